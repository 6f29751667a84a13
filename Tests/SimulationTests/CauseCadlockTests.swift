import Simulation
import Testing

@Suite struct CauseCadlockTests {
  static let visible: Set<UInt32> = [0xac16_0115, 0xac16_011c]
  static let server: UInt32 = 0xac16_010a

  func seen(_ seed: UInt64) throws -> [SeenPacket] {
    try packets(of: try file("lan.pcap", in: try scenario("cadlock770").make(seed: seed)))
  }

  @Test("a hub on a switch: whole conversations of two stations only", arguments: [1, 5, 9])
  func vantage(_ seed: Int) throws {
    var speakers: Set<[UInt8]> = []
    for packet in try seen(UInt64(seed)) {
      speakers.insert(packet.sourceMAC)
      guard packet.frame[0] & 1 == 0, packet.isIPv4 else { continue }
      #expect(!Self.visible.isDisjoint(with: [packet.source, packet.destination]))
    }
    // Nine stations, the file server and the proxy by what they broadcast, and who answers the two.
    #expect(speakers.count >= 11)
  }

  @Test("the share falls silent while pings are answered", arguments: [1, 5, 9])
  func outages(_ seed: Int) throws {
    let all = try seen(UInt64(seed))
    let asks = all.filter { $0.transport == 6 && $0.destinationPort == 445 && $0.frame[47] == 2 }
    let answers = Set(
      all.filter { $0.transport == 6 && $0.sourcePort == 445 && $0.frame[47] == 0x12 }
        .map { UInt64($0.destination) << 32 | UInt64($0.address(42)) })
    let unanswered = asks.filter {
      !answers.contains(UInt64($0.source) << 32 | UInt64($0.address(38) &+ 1))
    }
    #expect(unanswered.count >= 15 && asks.count - unanswered.count >= 50)
    let joins = all.filter {
      $0.word(12) == 0x0806 && $0.address(28) == 0xac16_011f && $0.address(38) == 0xac16_011f
    }.map(\.microseconds)
    for ask in unanswered {
      let since = try #require(joins.last { $0 <= ask.microseconds })
      #expect((118_000_000...490_000_000).contains(ask.microseconds - since))
    }
    let pings = all.filter { $0.transport == 1 && $0.destination == Self.server }
    let pongs = all.filter { $0.transport == 1 && $0.source == Self.server }
    #expect(pings.count == pongs.count)
    let first = try #require(unanswered.first), last = try #require(unanswered.last)
    #expect(
      pongs.filter { (first.microseconds...last.microseconds).contains($0.microseconds) }.count > 20
    )
  }

  @Test("the veiled log: runs of eight downwards, a name server's line before each")
  func veiled() throws {
    let files = try scenario("cadlock770").make(seed: 4)
    let all = lines(of: try file("veiled.alert", in: files))
    #expect(all.count == (try truthNumber("lines", in: files, section: "veiled")))
    #expect(all.count % 9 == 0 && all.count >= 27)
    for start in stride(from: 0, to: all.count, by: 9) {
      let ports = try all[start..<(start + 9)].map { line in
        let words = line.split(separator: " ")
        #expect(words.count == 7 && words[0] == "Feb" && words[6] == "UDP")
        #expect(words[5].hasPrefix("x.w.q."))
        let source = try #require(words[3].split(separator: ":").last.flatMap { Int($0) })
        let target = try #require(words[5].split(separator: ":").last.flatMap { Int($0) })
        return (source, target)
      }
      #expect(ports[0] == (53, 53))
      #expect(ports[1...].allSatisfy { $0.0 == 770 })
      #expect(ports[1...].map(\.1) == (0..<8).map { ports[1].1 - $0 })
    }
  }
}
