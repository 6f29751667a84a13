import Captures
import Observations
import Testing

private let a: UInt32 = 0xc000_0201
private let b: UInt32 = 0xc633_6407
private let four = Build.ipv4(a, b, transport: 6, Build.tcp(1025, 80, flags: 2))
private let six = Build.ipv6(
  [UInt8](repeating: 1, count: 16), [UInt8](repeating: 2, count: 16), next: 17,
  Build.udp(7, 9, [1]))
private let arp =
  [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 2] + Build.be32(a) + [0, 0, 0, 0, 0, 0] + Build.be32(b)

private func cooked2(_ type: Int, kind: UInt8 = 0, _ payload: [UInt8]) -> [UInt8] {
  Build.be16(type) + [0, 0, 0, 0, 0, 3, 0, 1, kind, 6, 2, 0, 0, 0, 0, 2, 0, 0] + payload
}
private func snap(_ type: Int, organisation: [UInt8] = [0, 0, 0], _ payload: [UInt8]) -> [UInt8] {
  [0xaa, 0xaa, 3] + organisation + Build.be16(type) + payload
}
private func session(_ ppp: [UInt8], length: Int? = nil, code: UInt8 = 0) -> [UInt8] {
  [0x11, code, 0, 9] + Build.be16(length ?? ppp.count) + ppp
}
private func lengthened(_ llc: [UInt8]) -> [UInt8] { Build.ethernet(llc.count, llc) }

/// Frames of links other than plain Ethernet.
let linkFrames: [[UInt8]] = [
  lengthened(snap(0x0800, four)), lengthened([6, 6, 3] + four),
  Build.ethernet(0x8864, tags: [0x88a8, 0x8100], session([0, 0x21] + four)),
  cooked2(0x0800, four), [2, 0, 0, 0] + four, [0xff, 3, 0, 0x21] + four,
]

@Suite struct LinkTests {
  struct Case: CustomStringConvertible, Sendable {
    var name: String
    var link: UInt32
    var frame: [UInt8]
    /// nil where nothing is to be seen.
    var transport: Transport?
    var problem: Anomaly?
    var description: String { name }
    init(
      _ name: String, _ link: UInt32, _ frame: [UInt8], _ transport: Transport?,
      _ problem: Anomaly? = nil
    ) {
      (self.name, self.link, self.frame) = (name, link, frame)
      (self.transport, self.problem) = (transport, problem)
    }
  }

  static let cases: [Case] = [
    Case("SLL2 IPv4", 276, cooked2(0x0800, four), .tcp),
    Case("SLL2 IPv6", 276, cooked2(0x86dd, six), .udp),
    Case("SLL2 ARP", 276, cooked2(0x0806, arp), .arp),
    Case("SLL2 802.2", 276, cooked2(4, snap(0x0800, four)), .tcp),
    Case("SLL2 short", 276, Array(cooked2(0x0800, []).dropLast()), nil, .frameTooShort),
    Case("NULL little", 0, [2, 0, 0, 0] + four, .tcp),
    Case("NULL big", 0, [0, 0, 0, 2] + four, .tcp),
    Case("NULL FreeBSD", 0, [28, 0, 0, 0] + six, .udp),
    Case("NULL Darwin", 0, [0, 0, 0, 30] + six, .udp),
    Case("NULL OpenBSD", 0, [24, 0, 0, 0] + six, .udp),
    Case("NULL Linux", 0, [10, 0, 0, 0] + six, .udp),
    Case("NULL other", 0, [7, 0, 0, 0] + four, nil, .etherTypeNotDecoded),
    Case("NULL short", 0, [2, 0, 0], nil, .frameTooShort),
    Case("LOOP", 108, [0, 0, 0, 2] + four, .tcp),
    Case("LOOP little", 108, [24, 0, 0, 0] + six, .udp),
    Case("SNAP IPv4", 1, lengthened(snap(0x0800, four)), .tcp),
    Case("SNAP ARP", 1, lengthened(snap(0x0806, arp)), .arp),
    Case("SNAP 802.1H", 1, lengthened(snap(0x0800, organisation: [0, 0, 0xf8], four)), .tcp),
    Case("SNAP Cisco", 1, lengthened(snap(0x2000, organisation: [0, 0, 12], four)), nil),
    Case("SAP IPv4", 1, lengthened([6, 6, 3] + four), .tcp),
    Case("STP", 1, lengthened([0x42, 0x42, 3, 0, 0, 0]), nil),
    Case("SNAP short", 1, lengthened([0xaa, 0xaa, 3, 0]), nil, .frameTooShort),
    Case("802.2 short", 1, lengthened([6, 6]), nil, .frameTooShort),
    Case("SNAP tagged", 1, Build.ethernet(48, tags: [0x8100], snap(0x0800, four)), .tcp),
    Case("QinQ", 1, Build.ethernet(0x0800, tags: [0x88a8, 0x8100], four), .tcp),
    Case("PPPoE IPv4", 1, Build.ethernet(0x8864, session([0, 0x21] + four)), .tcp),
    Case("PPPoE IPv6", 1, Build.ethernet(0x8864, session([0, 0x57] + six)), .udp),
    Case("PPPoE compressed", 1, Build.ethernet(0x8864, session([0x21] + four)), .tcp),
    Case("PPPoE LCP", 1, Build.ethernet(0x8864, session([0xc0, 0x21, 1, 1])), nil),
    Case("PPPoE code", 1, Build.ethernet(0x8864, session([0, 0x21] + four, code: 7)), nil),
    Case("PPPoE discovery", 1, Build.ethernet(0x8863, session([])), nil),
    Case("PPPoE empty", 1, Build.ethernet(0x8864, session([])), nil, .frameTooShort),
    Case(
      "PPPoE lying", 1, Build.ethernet(0x8864, session([0, 0x21] + four, length: 12)), nil,
      .ipPacketTooShort),
    Case("PPPoE QinQ", 1, linkFrames[2], .tcp),
    Case("PPP", 9, [0, 0x21] + four, .tcp), Case("PPP framed", 50, [0xff, 3, 0x57] + six, .udp),
    Case("PPP short", 9, [0xff], nil, .frameTooShort),
  ]

  @Test(arguments: cases)
  func reaches(it: Case) throws {
    let outcome = try #require(readAll(Build.pcap([it.frame], link: it.link)))
    #expect(outcome.observations.map(\.transport) == (it.transport.map { [$0] } ?? []))
    #expect(outcome.problems.entries.map(\.anomaly) == (it.problem.map { [$0] } ?? []))
    let length: UInt32 = it.transport == .tcp ? 40 : it.transport == .udp ? 49 : 0
    #expect(outcome.observations.first?.length ?? length == length)
    // One byte less in the capture than on the wire is the capture's doing, never the sender's.
    for kept in 0..<it.frame.count {
      let cut = try #require(
        readAll(
          Build.pcap([Array(it.frame[..<kept])], link: it.link, wire: it.frame.count)))
      let lies: [Anomaly] = [.frameTooShort, .ipPacketTooShort].filter { $0 != it.problem }
      for lie in lies { #expect(cut.problems.count(lie) == 0) }
    }
  }

  @Test func broadcasts() throws {
    let outcome = try #require(readAll(Build.pcap([cooked2(0x0800, kind: 1, four)], link: 276)))
    #expect(outcome.observations.first?.marks.contains(.broadcast) == true)
  }

  /// What follows an 802.3 length is padding, not the packet's.
  @Test func padding() throws {
    let short = Build.ipv4(a, b, transport: 17, Build.udp(7, 9, length: 30, [1, 2]))
    let frame = lengthened(snap(0x0800, short)) + [UInt8](repeating: 0, count: 40)
    let outcome = try #require(readAll(Build.pcap([frame])))
    #expect(outcome.problems.count(.udpLengthBeyondPacket) == 1)
    #expect(outcome.seen.first?.details.payloadLength == 2)
  }

  /// Authentication headers and long chains of IPv6 extension headers.
  @Test func extensionChains() throws {
    func read(_ next: UInt8, _ payload: [UInt8]) throws -> Outcome {
      let packet = Build.ipv6(
        [UInt8](repeating: 1, count: 16), [UInt8](repeating: 2, count: 16), next: next, payload)
      return try #require(readAll(Build.pcap([packet], link: 229)))
    }
    let udp = Build.udp(7, 9, [1])
    // The length of AH counts four bytes each, less two (RFC 4302, 2.2): 24 bytes here.
    let header = [17, 4] + [UInt8](repeating: 5, count: 22)
    let ah = try read(51, header + udp)
    #expect(ah.observations.first?.transport == .udp && ah.observations.first?.destinationPort == 9)
    #expect(ah.problems.entries.isEmpty)
    let shortAH = try read(51, Array((header + udp).prefix(20)))
    #expect(shortAH.problems.count(.ipv6ExtensionCut) == 1)
    let inside = try read(0, [51, 0, 0, 0, 0, 0, 0, 0] + header + udp)
    #expect(inside.observations.first?.transport == .udp)
    for count in [1, 15, 16, 17, 100] {
      var chain: [UInt8] = []
      for i in 1...count { chain += [i == count ? 17 : 60, 0, 0, 0, 0, 0, 0, 0] }
      let seen = try read(60, chain + udp)
      let isTooLong = count > IPv6View.mostExtensions
      #expect(seen.problems.count(.ipv6ExtensionChainTooLong) == (isTooLong ? 1 : 0))
      #expect(seen.observations.first?.transport == (isTooLong ? Transport(rawValue: 60) : .udp))
      #expect(seen.observations.first?.marks.contains(.ports) == !isTooLong)
    }
  }
}
