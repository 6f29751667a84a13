import Foundation
import Observations

/// Another program's word for the packets of a capture: Wireshark's dissectors by `tshark`.
enum Tshark {
  /// One packet as both would tell it: the innermost of tunnels, the outermost of what errors quote.
  struct Packet: Equatable, CustomStringConvertible {
    var source = ""
    var destination = ""
    /// IP protocol, or 0 for ARP.
    var transport = 0
    /// Ports, type and code, or ARP's operation; nil where there are none or they were not read.
    var ports: [Int]?
    /// Of the IP datagram by its header; 0 for ARP.
    var length = 0
    var description: String {
      let told = ports.map { " \($0)" } ?? ""
      return "\(source) > \(destination) \(transport)\(told) \(length)"
    }
  }

  static let program: String? = {
    let path = "/usr/bin/tshark"
    if FileManager.default.isExecutableFile(atPath: path) { return path }
    print("skipped: no tshark")
    return nil
  }()

  private static let fields = [
    "frame.number", "frame.protocols", "ip.src", "ip.dst", "ip.proto", "ip.len", "ip.frag_offset",
    "ipv6.src", "ipv6.dst", "ipv6.nxt", "ipv6.plen", "arp.src.proto_ipv4", "arp.dst.proto_ipv4",
    "arp.opcode", "tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport", "sctp.srcport",
    "sctp.dstport", "dccp.srcport", "dccp.dstport", "icmp.type", "icmp.code", "icmpv6.type",
    "icmpv6.code", "frame.interface_id",
  ]

  /// Nobody's profile: what the program does by itself.
  private static let profile: URL = {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("tshark-\(ProcessInfo.processInfo.processIdentifier)")
    try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }()

  /// The packets of a capture by their numbers; those that are neither IP nor ARP are left out. Nil
  /// where the program gives up.
  static func packets(_ path: String, _ more: [String] = []) throws -> [UInt64: Packet]? {
    guard let program else { return nil }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments =
      [
        "-n", "-r", path, "-T", "fields", "-o", "ip.defragment:FALSE", "-o",
        "ipv6.defragment:FALSE", "-o", "tcp.desegment_tcp_streams:FALSE",
        "-o", "wlan.defragment:FALSE", "--enable-heuristic", "teredo_udp",
        "-d", "udp.port==8472,vxlan",
      ] + more + fields.flatMap { ["-e", $0] }
    process.environment = [
      "WIRESHARK_CONFIG_DIR": profile.path, "HOME": profile.path, "LC_ALL": "C", "PATH": "/usr/bin",
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard let text = String(bytes: data, encoding: .utf8) else { return nil }
    var lines = text.split(separator: "\n").map {
      $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }.filter { $0.count == fields.count }
    // It numbers blocks of pcapng, too, that hold no packet: those belong to no interface.
    let hasInterfaces = lines.contains { $0.last != "" }
    lines.removeAll { hasInterfaces && $0.last == "" }
    var packets: [UInt64: Packet] = [:]
    for (index, cells) in lines.enumerated() { packets[UInt64(index + 1)] = packet(cells) }
    return packets
  }

  /// Walks the names of the headers, and takes from each field the value of the right one.
  private static func packet(_ cells: [String]) -> Packet? {
    var values: [String: [String]] = [:]
    for (name, cell) in zip(fields, cells) {
      values[name] = cell.split(separator: ",").map(String.init)
    }
    func value(_ name: String, _ at: Int) -> String? {
      values[name].flatMap { at < $0.count ? $0[at] : nil }
    }
    func number(_ name: String, _ at: Int) -> Int? {
      value(name, at).flatMap { $0.hasPrefix("0x") ? Int($0.dropFirst(2), radix: 16) : Int($0) }
    }
    var seen: [String: Int] = [:]
    var now: Packet?
    for header in cells[1].split(separator: ":").map(String.init) {
      let at = seen[header, default: 0]
      seen[header] = at + 1
      switch header {
      case "ip":
        guard let source = value("ip.src", at), let destination = value("ip.dst", at) else { break }
        now = Packet(
          source: source, destination: destination, transport: number("ip.proto", at) ?? -1,
          length: number("ip.len", at) ?? -1)
      case "ipv6":
        guard let source = value("ipv6.src", at), let destination = value("ipv6.dst", at)
        else { break }
        now = Packet(
          source: source, destination: destination, transport: number("ipv6.nxt", at) ?? -1,
          length: 40 + (number("ipv6.plen", at) ?? -1))
      case "arp":
        guard let source = value("arp.src.proto_ipv4", at) else { break }
        now = Packet(source: source, destination: value("arp.dst.proto_ipv4", at) ?? "")
        now?.ports = number("arp.opcode", at).map { [$0, 0] }
      case "tcp", "udp", "sctp", "dccp", "icmp", "icmpv6":
        let isError = header.hasPrefix("icmp")
        let (from, to) = isError ? ("type", "code") : ("srcport", "dstport")
        if let from = number("\(header).\(from)", at), let to = number("\(header).\(to)", at) {
          now?.ports = [from, to]
        }
        now?.transport =
          ["tcp": 6, "udp": 17, "sctp": 132, "dccp": 33, "icmp": 1, "icmpv6": 58][header] ?? -1
        if isError { return now }
      default: break
      }
    }
    return now
  }

  /// The same of an observation.
  static func packet(_ observation: Observation) -> Packet {
    let isARP = observation.transport == .arp
    let ports = [Int(observation.sourcePort), Int(observation.destinationPort)]
    return Packet(
      source: "\(observation.source)", destination: "\(observation.destination)",
      transport: isARP ? 0 : Int(observation.transport.rawValue),
      ports: isARP || observation.marks.contains(.ports) ? ports : nil,
      length: Int(observation.length))
  }

  /// In what a reading of a capture differs from the program's.
  ///
  /// - Parameters:
  ///   - path: the capture.
  ///   - outcome: our reading.
  ///   - more: further arguments of the program.
  /// - Returns: the differing packets with both words for them, and how many were compared.
  /// - Throws: where the program cannot be started.
  static func differences(
    _ path: String, _ outcome: Outcome, _ more: [String] = []
  ) throws -> (differing: [UInt64: String], compared: Int) {
    guard let theirs = try packets(path, more) else { return ([:], 0) }
    var ours: [UInt64: Packet] = [:]
    for seen in outcome.seen { ours[seen.record] = packet(seen.observation) }
    var differing: [UInt64: String] = [:]
    for number in Set(ours.keys).union(theirs.keys) where ours[number] != theirs[number] {
      let (own, other) = (ours[number], theirs[number])
      differing[number] =
        "\(own.map { "\($0)" } ?? "nothing"), tshark: \(other.map { "\($0)" } ?? "nothing")"
    }
    return (differing, Set(ours.keys).union(theirs.keys).count)
  }
}
