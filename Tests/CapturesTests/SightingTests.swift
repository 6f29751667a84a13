import Captures
import Foundation
import Observations
import Testing

private let client: UInt32 = 0xc000_0201
private let server: UInt32 = 0xc633_6407

private func udp(_ from: UInt32, _ to: UInt32, _ ports: (Int, Int), _ data: [UInt8]) -> [UInt8] {
  Build.ethernet(
    0x0800, Build.ipv4(from, to, transport: 17, Build.udp(ports.0, ports.1, data)))
}

/// A node status response with a table of (name, suffix, group).
private func nodeStatus(_ table: [(String, UInt8, Bool)]) -> [UInt8] {
  var data: [UInt8] = [UInt8(table.count)]
  for (name, suffix, isGroup) in table {
    data += Array(name.utf8) + [UInt8](repeating: 0x20, count: 15 - name.utf8.count)
    data += [suffix, isGroup ? 0x84 : 0x04, 0]
  }
  data += [2, 0, 0, 0, 0, 9] + [UInt8](repeating: 0, count: 40)
  return Build.be16(0xd4) + Build.be16(0x8400) + Build.be16(0) + Build.be16(1) + [0, 0, 0, 0]
    + Sample.netbios("*", 0, pad: 0) + Build.be16(0x21) + Build.be16(1) + Build.be32(0)
    + Build.be16(data.count) + data
}

@Suite struct SightingTests {
  private func told(_ frame: [UInt8]) throws -> [Told] {
    let bytes = Build.pcap([frame])
    let outcome = try #require(readAll(bytes))
    #expect(outcome == readAll(bytes, fast: false))
    #expect(outcome.problems.entries.isEmpty)
    // Cut anywhere, by the capture or by the sender, nothing traps.
    let cuts = (14..<frame.count).map { Array(frame[..<$0]) }
    for bytes in [Build.pcap(cuts, wire: frame.count), Build.pcap(cuts)] {
      #expect(readAll(bytes) == readAll(bytes, fast: false))
    }
    return outcome.told
  }

  @Test func namesOfTheDNS() throws {
    let name = ["www", "example", "com"]
    let labels = Array(Build.name(name).dropLast())
    func answer(_ type: Int, _ data: [UInt8]) -> [UInt8] {
      [0xc0, 12] + Build.be16(type) + Build.be16(1) + Build.be32(60) + Build.be16(data.count) + data
    }
    let head = Build.be16(9) + Build.be16(0x8180) + Build.be16(1)
    let both =
      head + Build.be16(2) + [0, 0, 0, 0] + Build.name(name) + Build.be16(1) + Build.be16(1)
      + answer(1, Build.be32(server)) + answer(1, Build.be32(server + 1))
    #expect(
      try self.told(udp(server, client, (53, 1_030), both)) == [
        Told(.dnsName, server, labels), Told(.dnsName, server + 1, labels),
      ])
    let reverse = ["7", "100", "51", "198", "in-addr", "arpa"]
    let pointer =
      head + Build.be16(1) + [0, 0, 0, 0] + Build.name(reverse) + Build.be16(12) + Build.be16(1)
      + answer(12, Build.name(name))
    #expect(
      try self.told(udp(server, client, (53, 1_030), pointer)) == [
        Told(.dnsName, 0xc633_6407, labels)
      ])
    let local =
      Build.be16(0) + Build.be16(0x8400) + Build.be16(0) + Build.be16(1) + [0, 0, 0, 0]
      + Build.name(["ws", "local"]) + Build.be16(1) + Build.be16(0x8001) + Build.be32(120)
      + Build.be16(4) + Build.be32(client)
    #expect(
      try self.told(udp(client, 0xe000_00fb, (5_353, 5_353), local)) == [
        Told(.multicastName, client, Array(Build.name(["ws", "local"]).dropLast()))
      ])
  }

  @Test func aTableOfNames() throws {
    let table = [
      ("WS-17", UInt8(0), false), ("OFFICE", 0, true), ("ANNA", 3, false), ("WS-17", 0x20, false),
    ]
    #expect(
      try self.told(udp(server, client, (137, 137), nodeStatus(table))) == [
        Told(.netbiosName, server, Sample.text("WS-17")),
        Told(.netbiosGroup, server, Sample.text("OFFICE")),
        Told(.netbiosName, server, Sample.text("ANNA"), extra: 3),
        Told(.netbiosName, server, Sample.text("WS-17"), extra: 0x20),
        Told(.netbiosHardware, server, [2, 0, 0, 0, 0, 9]),
      ])
  }

  @Test func registrationsAndAnswers() throws {
    let record: [UInt8] =
      Build.be16(0x20) + Build.be16(1) + Build.be32(60) + Build.be16(6) + [0, 0]
    let registration =
      Build.be16(7) + Build.be16(0x2910) + Build.be16(1) + Build.be16(0) + Build.be16(0)
      + Build.be16(1) + Sample.netbios("WS-17", 0x20) + Build.be16(0x20) + Build.be16(1) + [
        0xc0, 12,
      ]
      + record + Build.be32(client)
    #expect(
      try self.told(udp(client, server, (137, 137), registration)) == [
        Told(.netbiosName, client, Sample.text("WS-17"), extra: 0x20)
      ])
    let answer =
      Build.be16(7) + Build.be16(0x8580) + Build.be16(0) + Build.be16(1) + [0, 0, 0, 0]
      + Sample.netbios("FS", 0) + record + Build.be32(server)
    #expect(
      try self.told(udp(server, client, (137, 137), answer)) == [
        Told(.netbiosName, server, Sample.text("FS"))
      ])
  }

  @Test func hostsThatAskForAddresses() throws {
    let options: [UInt8] =
      [53, 1, 3, 12, 5] + Sample.text("ws-17") + [60, 4] + Sample.text("MSFT") + [50, 4]
      + Build.be32(client) + [255]
    let request =
      [1, 1, 6, 0] + [UInt8](repeating: 0, count: 232) + Build.be32(0x6382_5363) + options
    #expect(
      try self.told(udp(0x0a00_0001, server, (68, 67), request)) == [
        Told(.dhcpName, client, Sample.text("ws-17")),
        Told(.dhcpClass, client, Sample.text("MSFT")),
      ])
    let datagram: [UInt8] =
      [0x11, 0x0a, 0x12, 0x34] + Build.be32(client) + Build.be16(138) + Build.be16(70) + [0, 0]
      + Sample.netbios("WS-17", 0) + Sample.netbios("OFFICE", 0x1d) + [1, 2]
    #expect(
      try self.told(udp(client, server, (138, 138), datagram)) == [
        Told(.netbiosName, client, Sample.text("WS-17")),
        Told(.netbiosGroup, client, Sample.text("OFFICE"), extra: 0x1d),
      ])
  }

  /// What a batch keeps of its observations it keeps of what they said.
  @Test func keepsWhatStays() throws {
    let batch = ObservationBatch()
    for port in 0..<6 {
      var observation = Observation()
      observation.destinationPort = UInt16(port)
      for _ in 0..<port % 3 {
        let text = [UInt8(port)]
        let kept = try #require(unsafe batch.keepText(text.span.bytes))
        #expect(
          batch.append(
            Sighting(
              index: UInt32(batch.count), kind: .banner, address: .unspecified, start: kept.start,
              length: kept.length)))
      }
      batch.append(observation, offset: 0, record: UInt64(port))
    }
    batch.keep { $0.destinationPort != 1 && $0.destinationPort != 5 }
    #expect(batch.count == 4 && batch.sightingCount == 3)
    for number in 0..<batch.sightingCount {
      let sighting = batch.sightings[number]
      let port = batch.observations[Int(sighting.index)].destinationPort
      #expect(batch.bytes(of: sighting) == [UInt8(port)])
    }
    batch.removeAll()
    #expect(batch.sightingCount == 0 && batch.textCount == 0)
  }

  /// A batch that says more than there is room for says so, and reads on.
  @Test func moreThanThereIsRoomFor() throws {
    let frame = ContentsByThemselvesTests.frame(ContentsByThemselvesTests.streams[0])
    let bytes = Build.pcap([[UInt8]](repeating: frame, count: 3_000))
    let outcome = try #require(readAll(bytes))
    #expect(outcome.observations.allSatisfy { $0.hint == .httpRequest })
    #expect(outcome.observations.count == 3_000)
    #expect(outcome == readAll(bytes, fast: false))
  }
}

/// What tshark says of the same packets.
@Suite struct SightingOracleTests {
  static let tshark = ["/usr/bin/tshark", "/usr/local/bin/tshark"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }
  static let captures = [
    "zeek/smb__raw_ntlm_in_smb.pcap", "zeek/smb__smb_v2_only_non_zero_reserved1.pcap",
    "zeek/wikipedia.pcap", "zeek/http__get-to-ssh-server.pcap", "zeek/tcp__payload-syn.pcap",
    "zeek/chksums__localhost-bad-chksum.pcap", "zeek/pppoe-over-qinq.pcap",
    "zeek/tunnels__Teredo.pcap", "packets/arppoison.pcapng",
  ]
  static let isReady: Bool = {
    if tshark == nil { print("skipped: no tshark to compare with") }
    return tshark != nil && !Evidence.entries.isEmpty
  }()

  /// Fields of packets, as tshark prints them.
  private func fields(_ path: String, _ filter: String, _ field: String) throws -> [String] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.tshark))
    process.arguments = [
      "-n", "-r", Evidence.root.appendingPathComponent("captures/" + path).path, "-Y", filter,
      "-o", "tcp.desegment_tcp_streams:FALSE", "-T", "fields", "-e", field,
      "-E", "occurrence=l",
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test(.enabled(if: isReady), arguments: captures)
  func theSameNames(path: String) throws {
    let bytes = try #require(Evidence.read("captures/" + path))
    let outcome = try #require(readAll(bytes))
    func mine(_ kind: Sighting.Kind) -> [String] {
      outcome.told.filter { $0.kind == kind }.map { String(decoding: $0.text, as: UTF8.self) }
    }
    if path.contains("smb__") {
      let first = try fields(path, "smb.cmd == 0x75 && smb.flags.response == 0", "smb.path")
      let second = try fields(path, "smb2.cmd == 3 && smb2.flags.response == 0", "smb2.tree")
      #expect(mine(.share).sorted() == (first + second).sorted())
      #expect(!mine(.share).isEmpty || path.contains("raw"))
    } else if path.contains("pppoe") {
      #expect(
        mine(.serverName)
          == (try fields(path, "tls.handshake.type == 1", "tls.handshake.extensions_server_name")))
    } else if path.contains("ssh") {
      // tshark believes the port, at which an HTTP request is sent here.
      #expect(mine(.banner) == (try fields(path, "ssh.protocol", "ssh.protocol")))
      #expect(mine(.httpRequest).count == 1)
    } else {
      // tshark leaves the tunnel shut; Zeek's own log of this capture has two requests in it.
      let inside = path.contains("Teredo") ? ["ipv6.google.com", "ipv6.google.com"] : []
      let seen = try fields(path, "http.host && tcp", "http.host")
      #expect(mine(.httpHost).sorted() == (seen + inside).sorted())
    }
  }
}
