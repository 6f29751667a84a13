import Foundation
import HostEvidence
import Observations
import Testing

/// The folder of real evidence, if it is there.
enum SocketEvidence {
  static let folder: URL? = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let stated = ProcessInfo.processInfo.environment["CULPRIT_EVIDENCE"]
    let folder = URL(filePath: stated ?? "../shared/evidence", relativeTo: root)
      .appending(path: "host-tables")
    let isThere = FileManager.default.fileExists(atPath: folder.path)
    if !isThere { print("skipped: no \(folder.path); set CULPRIT_EVIDENCE") }
    return isThere ? folder : nil
  }()

  static func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: try #require(folder).appending(path: path)))
  }

  static func rows(_ path: String) throws -> [[String: Any]] {
    let data = Data(try bytes(path))
    return try #require(JSONSerialization.jsonObject(with: data) as? [[String: Any]])
  }
}

/// Agreements, disagreements, and fields left open where the source took a cut text for whole.
struct Score {
  var agree = 0
  var stricter = 0
  var differ: [String] = []

  mutating func compare(_ what: String, _ ours: String?, _ theirs: String?, isCut: Bool = false) {
    if ours == theirs {
      agree += 1
    } else if isCut, ours == nil {
      stricter += 1
    } else {
      differ.append("\(what): \(ours ?? "nothing") for \(theirs ?? "nothing")")
    }
  }
}

@Suite(.enabled(if: SocketEvidence.folder != nil, "no evidence folder: set CULPRIT_EVIDENCE"))
struct SocketsEvidenceTests {
  static let tables = [
    "windows-10_netstat-aon", "ubuntu-18.04_ss-sudo-tulpen", "ubuntu-18.04_netstat-sudo-lnp",
    "ubuntu-18.04_netstat-sudo-aeep", "centos-7.7_netstat-p", "freebsd12_netstat-an",
    "osx-10.14.6_netstat-An", "generic_netstat-no-state", "ubuntu-18.04_lsof-sudo",
    "proc_net_tcp", "proc_net_tcp6",
  ]
  /// Not socket tables; addresses, routes, neighbours and filters are read elsewhere or not at all.
  static let others = [
    "windows-10_ipconfig", "windows-10_route", "ubuntu-18.04_arp-v", "centos-7.7_arp-a",
    "centos-7.7_netstat-rne", "osx-10.14.6_arp-a2", "generic_ufw-numbered",
    "ubuntu-18.04_iptables-filter-nv", "proc_net_arp", "proc_net_route",
  ]

  private static func path(_ name: String) -> String {
    "jc/" + (name.hasPrefix("proc_") ? name : name + ".out")
  }

  @Test(arguments: tables)
  func agreesWithTheSource(_ name: String) throws {
    let table = SocketTables.read(try SocketEvidence.bytes(Self.path(name)))
    let rows = try SocketEvidence.rows("jc/\(name).json").filter(Self.isNetwork)
    let entries = table.entries
    let expected = name.hasPrefix("ubuntu-18.04_lsof") ? Self.withoutThreads(rows) : rows
    var score = Score()
    #expect(entries.count == expected.count)
    for (entry, row) in zip(entries, expected) { Self.compare(entry, row, &score) }
    print(
      "scoreboard \(name): \(entries.count) of \(expected.count) rows, \(score.agree) fields agree,"
        + " \(score.stricter) left open where the text is cut, \(score.differ.count) differ,"
        + " \(table.unrecognisedLines) lines unrecognised")
    #expect(score.differ.prefix(10) == [])
    #expect(table.unrecognisedLines == 0)
  }

  private static func isNetwork(_ row: [String: Any]) -> Bool {
    if let kind = row["kind"] as? String { return kind == "network" }
    if let type = row["type"] as? String {
      return ["IPv4", "IPv6", "raw6", "raw", "pack"].contains(type)
    }
    return (row["proto"] as? String) != "unix"
  }

  /// lsof repeats a socket for each thread.
  private static func withoutThreads(_ rows: [[String: Any]]) -> [[String: Any]] {
    rows.filter { $0["tid"] is NSNull }
  }

  private static func text(_ value: Any?) -> String? {
    switch value {
    case let text as String: text.isEmpty ? nil : text
    case let number as NSNumber: number.stringValue
    default: nil
    }
  }

  private static func compare(_ entry: SocketEntry, _ row: [String: Any], _ score: inout Score) {
    if row["command"] != nil {
      compareListing(entry, row, &score)
      return
    }
    let place = "line \(entry.line)"
    if let kind = text(row["transport_protocol"] ?? row["netid"] ?? row["proto"]) {
      score.compare(
        place + " transport", name(entry.transport),
        String(kind.lowercased().prefix(3)).replacing("icm", with: "raw"))
    }
    compareEnd(place + " local", entry.local, entry, row, ["local_address"], "local_port", &score)
    compareEnd(
      place + " remote", entry.remote, entry, row,
      ["foreign_address", "remote_address", "peer_address"],
      row["foreign_port"] != nil
        ? "foreign_port" : row["peer_port"] != nil ? "peer_port" : "remote_port",
      &score)
    let word = text(row["state"])
    if word != nil || entry.state != nil {
      score.compare(place + " state", entry.state.map { "\($0)" }, word.map { "\(state($0))" })
    }
    let options = row["opts"] as? [String: Any]
    let owner = (options?["process_id"] as? [String: Any])?.keys.min { Int($0) ?? 0 < Int($1) ?? 0 }
    if row["pid"] != nil || options != nil {
      let ids =
        [entry.processIdentifier].compactMap(\.self)
        + entry.sharedWith.compactMap(\.processIdentifier)
      score.compare(place + " pid", ids.min().map(String.init), text(row["pid"]) ?? owner)
    }
    if row.keys.contains("program_name") {
      score.compare(place + " program", entry.processName, text(row["program_name"]))
    }
    let user = row["user"] ?? row["uid"] ?? options?["uid_number"]
    if user != nil || options != nil { score.compare(place + " user", entry.user, text(user)) }
    if let inode = row["inode"] ?? options?["inode_number"] {
      score.compare(place + " inode", entry.inode.map(String.init), text(inode))
    }
  }

  private static func compareListing(
    _ entry: SocketEntry, _ row: [String: Any], _ score: inout Score
  ) {
    let place = "line \(entry.line)"
    score.compare(place + " command", entry.processName, text(row["command"]))
    score.compare(place + " pid", entry.processIdentifier.map(String.init), text(row["pid"]))
    score.compare(place + " user", entry.user, text(row["user"]))
    guard text(row["type"])?.hasPrefix("IPv") == true else { return }
    score.compare(place + " inode", entry.inode.map(String.init), text(row["device"]))
    // The source makes NODE a number and loses TCP and UDP by it; that is not compared.
    if let node = text(row["node"]) {
      score.compare(place + " transport", name(entry.transport), node.lowercased())
    }
    let ends = (text(row["name"]) ?? "").split(separator: " ").first ?? ""
    let ours = [entry.local, entry.remote].compactMap(\.self).map(printed).joined(separator: "->")
    score.compare(place + " name", ours, String(ends))
  }

  private static func printed(_ end: SocketEndpoint) -> String {
    let host = end.name ?? end.address.map { $0.isUnspecified ? "*" : "\($0)" } ?? "*"
    return host + ":" + (end.service ?? end.port.map(String.init) ?? "*")
  }

  private static func name(_ transport: SocketTransport) -> String {
    switch transport {
    case .tcp: "tcp"
    case .udp: "udp"
    case .icmp: "icm"
    case .raw: "raw"
    default: "\(transport)"
    }
  }

  private static func compareEnd(
    _ place: String, _ end: SocketEndpoint?, _ entry: SocketEntry, _ row: [String: Any],
    _ keys: [String], _ portKey: String, _ score: inout Score
  ) {
    var host = keys.compactMap { text(row[$0]) }.first
    var port = text(row[portKey])
    if case .raw = entry.transport { port = nil }
    if let bare = host { host = bare.trimmingCharacters(in: CharacterSet(charactersIn: "[]")) }
    let zone = host.flatMap { $0.split(separator: "%").dropFirst().first.map(String.init) }
    host = host?.split(separator: "%").first.map(String.init)
    let isAny = host == nil || host == "*" || host == "0.0.0.0" || host == "::"
    if port == "*" || port == "0" { port = nil }
    let isCut = end?.isCut == true
    let address = end?.address.flatMap { $0.isUnspecified ? nil : "\($0)" }
    let theirs = isAny ? nil : host.map { Address($0).map { "\($0)" } ?? $0 }
    // A cut address is kept as text and no longer taken for an address.
    let ours = address ?? (isCut && row["flowhash"] != nil ? nil : end?.name)
    score.compare(place + " address", ours, theirs, isCut: isCut)
    score.compare(
      place + " port", end?.port.flatMap { $0 == 0 ? nil : String($0) } ?? end?.service, port,
      isCut: isCut)
    if zone != nil { score.compare(place + " zone", end?.zone, zone) }
  }

  private static func state(_ word: String) -> SocketState {
    let words: [String: SocketState] = [
      "LISTENING": .listening, "LISTEN": .listening, "ESTABLISHED": .established,
      "ESTAB": .established, "TIME_WAIT": .timeWait, "CLOSE_WAIT": .closeWait,
      "UNCONN": .unconnected, "SYN_SENT": .synSent, "FIN_WAIT_1": .finWait1,
      "FIN_WAIT_2": .finWait2, "LAST_ACK": .lastAck, "CLOSING": .closing, "CLOSED": .closed,
      "BOUND": .bound, "7": .unconnected, "0A": .listening, "01": .established,
      "04": .finWait1, "06": .timeWait, "08": .closeWait, "02": .synSent, "05": .finWait2,
    ]
    return words[word] ?? .unknown(word)
  }

  @Test func everyFileIsCoveredOrNamed() throws {
    let folder = try #require(SocketEvidence.folder).appending(path: "jc")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
    #expect(Set(files) == Set(Self.tables + Self.others))
  }

  @Test(arguments: others)
  func otherTablesAreNotClaimed(_ name: String) throws {
    #expect(SocketTables.recognise(try SocketEvidence.bytes(Self.path(name))) == nil)
  }

  @Test func componentsOfWindowsXP() throws {
    let bytes = try SocketEvidence.bytes("parse-netstat/netstat-anp-win32.txt")
    let table = SocketTables.read(bytes)
    let rows = table.entries.map { "\($0.local?.port ?? 0) \($0.processName ?? "")" }
    #expect(
      rows == [
        "135 svchost.exe", "445 System", "1027 alg.exe", "139 System", "1025 svchost.exe",
        "500 lsass.exe",
      ])
    #expect(table.entries[0].components.contains { $0.hasPrefix("--") })
    #expect(table.entries[0].programPath?.hasSuffix("svchost.exe") == true)
    #expect(table.unrecognisedLines == 0)
  }

  @Test func solaris() throws {
    let table = SocketTables.read(try SocketEvidence.bytes("parse-netstat/netstat-n-solaris.txt"))
    #expect(table.entries.count { $0.transport == .tcp } == 6)
    #expect(table.entries.count { $0.transport == .udp } == 3)
    #expect(table.localSockets == 11)
    #expect(table.unrecognisedLines == 0)
  }

  @Test func fport() throws {
    let table = SocketTables.read(try SocketEvidence.bytes("quoted/fport-2.0.txt"))
    let owners = Dictionary(grouping: table.entries) {
      "\($0.processName ?? "") \($0.processIdentifier ?? 0)"
    }.mapValues { $0.map { "\($0.transport) \($0.local?.port ?? 0)" } }
    #expect(owners["System 8"] == ["tcp 139", "tcp 445", "udp 137", "udp 138", "udp 445"])
    #expect(owners["MSTask 508"] == ["tcp 1025"])
    #expect(owners["svchost 392"] == ["tcp 135", "udp 135"])
    #expect(table.entries.allSatisfy { $0.local?.address == nil })
  }

  @Test func tcpvconClaimsNoPort() throws {
    let table = SocketTables.read(try SocketEvidence.bytes("quoted/tcpvcon-a-c-n.csv"))
    #expect(table.instrument == .tcpvcon)
    #expect(table.entries.count == 19)
    #expect(table.entries.allSatisfy { $0.local?.port == nil && $0.remote?.port == nil })
    #expect(!InstrumentSight(table).showsLocalPorts)
  }
}
