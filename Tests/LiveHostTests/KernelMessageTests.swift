import HostEvidence
import Observations
import Testing

@testable import LiveHost

@Suite("What the kernel answers") struct KernelMessageTests {
  private static let tcp = SocketDiagnostics.Table(name: "tcp", family: 2, transport: 6)
  private static let raw = SocketDiagnostics.Table(name: "raw6", family: 10, transport: 255)
  private static let packet = SocketDiagnostics.Table(name: "packet", family: 17, transport: 0)

  /// inet_diag_msg, as include/uapi/linux/inet_diag.h lays it out.
  private static func internet(
    family: UInt8, state: UInt8, ports: [UInt8], source: [UInt8], target: [UInt8], inode: UInt32
  ) -> [UInt8] {
    var bytes: [UInt8] = [family, state, 0, 0] + ports
    bytes += source + [UInt8](repeating: 0, count: 16 - source.count)
    bytes += target + [UInt8](repeating: 0, count: 16 - target.count)
    bytes.append(host: UInt32(3))
    bytes += [UInt8](repeating: 0, count: 8 + 12)
    bytes.append(host: UInt32(1_000))
    bytes.append(host: inode)
    return bytes
  }

  @Test("A TCP socket") func internetSocket() throws {
    let bytes = Self.internet(
      family: 2, state: 1, ports: [0x1f, 0x90, 0, 53], source: [192, 0, 2, 1],
      target: [198, 51, 100, 7], inode: 77)
    let entry = try #require(SocketDiagnostics.entry(bytes[...], of: Self.tcp))
    #expect(entry.transport == .tcp && entry.family == .ipv4 && entry.state == .established)
    #expect(entry.local == SocketEndpoint(address: Address("192.0.2.1"), port: 8_080))
    #expect(entry.remote == SocketEndpoint(address: Address("198.51.100.7"), port: 53))
    #expect(entry.user == "1000" && entry.inode == 77 && entry.interface == "3")
  }

  @Test("A raw socket has a protocol where others have a port") func rawSocket() throws {
    var bytes = Self.internet(
      family: 10, state: 7, ports: [0, 253, 0, 0], source: [], target: [], inode: 5)
    bytes.append(host: UInt16(5))
    bytes.append(host: UInt16(10))
    bytes += [253, 0, 0, 0]
    let entry = try #require(SocketDiagnostics.entry(bytes[...], of: Self.raw))
    #expect(entry.transport == .raw(253) && entry.local?.port == nil && entry.remote == nil)
  }

  @Test("A packet socket") func packetSocket() throws {
    var bytes: [UInt8] = [17, 3]
    bytes.append(host: UInt16(0x0800))
    bytes.append(host: UInt32(9))
    bytes += [UInt8](repeating: 0, count: 8)
    bytes.append(host: UInt16(8))
    bytes.append(host: UInt16(0))
    bytes.append(host: UInt32(2))
    let entry = try #require(SocketDiagnostics.entry(bytes[...], of: Self.packet))
    #expect(entry.transport == .packet(0x0800) && entry.inode == 9 && entry.interface == "2")
  }

  @Test("Cut anywhere, a message is no socket or the same one") func cut() {
    let bytes = Self.internet(
      family: 2, state: 10, ports: [0, 22, 0, 0], source: [0, 0, 0, 0], target: [], inode: 4)
    for length in 0...bytes.count {
      for table in [Self.tcp, Self.raw, Self.packet] {
        let entry = SocketDiagnostics.entry(bytes[..<length], of: table)
        #expect(entry == nil || length == bytes.count && table == Self.tcp)
      }
    }
  }

  @Test("Lengths that lie end the reading and are told") func lengths() {
    for length: UInt32 in [0, 1, 15, 17, 1_000, .max] {
      var bytes: [UInt8] = []
      bytes.append(host: length)
      bytes += [UInt8](repeating: 0, count: 12)
      let (messages, isWhole) = NetlinkMessage.all(in: bytes)
      #expect(messages.isEmpty && !isWhole)
    }
    var attribute: [UInt8] = []
    attribute.append(host: UInt16(200))
    attribute.append(host: UInt16(1))
    #expect(NetlinkMessage.attributes(attribute[...]).isEmpty)
    #expect(NetlinkMessage.attributes([3, 0, 1, 0][...]).isEmpty)
  }

  @Test("Any bytes are read without harm, by every reader") func anyBytes() {
    var state: UInt64 = 42
    func next() -> UInt8 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 33)
    }
    for round in 0..<2_000 {
      let bytes = (0..<(round % 160)).map { _ in next() }
      for table in SocketDiagnostics.tables { _ = SocketDiagnostics.entry(bytes[...], of: table) }
      for type: UInt16 in [16, 20, 24, 28] {
        let message = NetlinkMessage(type: type, flags: 0, body: bytes[...])
        _ = NetworkTables.link(message)
        _ = NetworkTables.address(message)
        _ = NetworkTables.route(message, [:])
        _ = NetworkTables.neighbour(message, [:])
      }
      _ = NetlinkMessage.all(in: bytes)
      _ = LogGatherer.isFirewall(bytes[...])
    }
  }

  @Test("A process whose name holds brackets and blanks") func processName() throws {
    let line = "77 (a) (b c)) S 5 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 1234 0 0 0\n"
    let facts = try #require(ProcessFacts(stat: line))
    #expect(facts.process == 77 && facts.parent == 5 && facts.name == "a) (b c)")
    #expect(facts.started == 1_234 && !facts.isKernel)
    #expect(ProcessFacts(stat: "77 (a S 5") == nil)
  }
}
