import Captures
import Observations
import Testing

private let a: UInt32 = 0xc000_0201
private let b: UInt32 = 0xc633_6407

/// One frame of each kind that the decoders know.
let assortment: [[UInt8]] = [
  Build.ethernet(0x0800, Build.ipv4(a, b, transport: 6, Build.tcp(1025, 80, flags: 2))),
  Build.ethernet(0x0800, Build.ipv4(a, b, transport: 17, Build.udp(1026, 123, [1, 2, 3]))),
  Build.ethernet(
    0x0800, tags: [0x88a8, 0x8100],
    Build.ipv4(a, b, transport: 17, Build.udp(137, 137, Build.nbns(type: 0x21)))),
  Build.ethernet(
    0x0806, to: [255, 255, 255, 255, 255, 255],
    [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 2] + Build.be32(a) + [0, 0, 0, 0, 0, 0]
      + Build.be32(b)),
  Build.ethernet(
    0x0800,
    Build.ipv4(
      b, a, transport: 1,
      [3, 3, 0, 0, 0, 0, 0, 0] + Build.ipv4(a, b, transport: 17, Build.udp(1026, 123, [])))),
  Build.ethernet(
    0x86dd,
    Build.ipv6(
      [UInt8](repeating: 1, count: 16), [UInt8](repeating: 2, count: 16), next: 0,
      [44, 0, 0, 0, 0, 0, 0, 0, 17, 0, 0, 1, 0, 0, 0, 9] + Build.udp(53, 5000, []))),
  Build.ethernet(
    0x0800,
    Build.ipv4(a, b, transport: 17, Build.udp(1027, 53, reverseQuestion))),
  Build.ethernet(0x0800, misread(correct: true)),
]

/// A PTR question for 192.0.2.9.
let reverseQuestion =
  Build.be16(77) + Build.be16(0x0100) + Build.be16(1) + [0, 0, 0, 0, 0, 0]
  + Build.name(["9", "2", "0", "192", "in-addr", "arpa"]) + Build.be16(12) + Build.be16(1)

/// An ICMP 3/2 behind protocol number 17, about a datagram from `a` to `b`.
func misread(correct: Bool, quotedTo: UInt32 = b, from: UInt32 = b) -> [UInt8] {
  let quoted = Build.ipv4(a, quotedTo, transport: 17, Build.udp(138, 138, []))
  var icmp: [UInt8] = [3, 2, 0, 0, 0, 0, 0, 0] + quoted
  let sum = Build.checksum(icmp) ^ (correct ? 0 : 0x0101)
  icmp.replaceSubrange(2..<4, with: Build.be16(sum))
  return Build.ipv4(from, a, transport: 17, icmp)
}

@Suite struct ReaderTests {
  @Test(arguments: [false, true], [false, true])
  func ordersAndPrecisions(big: Bool, nano: Bool) throws {
    let bytes = Build.pcap(assortment, link: 0x1000_0001, big: big, nano: nano)
    let outcome = try #require(readAll(bytes))
    #expect(outcome.records == UInt64(assortment.count))
    #expect(outcome.seen.count == assortment.count)
    #expect(outcome.problems.entries.map(\.anomaly) == [.udpLengthTooSmall, .fragmentsMissing])
    let expected: Int64 = nano ? 1_000_000_000_005 : 1_000_000_005_000
    #expect(outcome.observations.first?.time == expected)
  }

  @Test func meaningsOfTheAssortment() throws {
    let seen = try #require(readAll(Build.pcap(assortment))).observations
    try #require(seen.count == 8)
    #expect(seen[0].tcpFlags == .syn && seen[0].destinationPort == 80)
    #expect(seen[0].marks == [.ports, .identification] && seen[0].identification == 0x1234)
    #expect(seen[1].transport == .udp && seen[1].length == 31 && seen[1].timeToLive == 64)
    #expect(seen[2].hint == .nodeStatusQuery && seen[2].detail == 0xd4 && seen[2].length == 78)
    #expect(seen[3].transport == .arp && seen[3].marks.contains(.broadcast))
    #expect(seen[3].source == Address(ipv4: a) && seen[3].destination == Address(ipv4: b))
    #expect(seen[4].hint == .icmpError && seen[4].detail == 1026 << 16 | 123)
    #expect(seen[4].marks.isSuperset(of: [.quoted, .quoteMatches]))
    #expect(seen[5].transport == .udp && seen[5].marks.contains(.firstFragment))
    #expect(seen[6].hint == .dnsQuery && seen[6].detail == 12 << 16 | 77)
    #expect(seen[7].hint == .icmpErrorAsUDP && seen[7].sourcePort == 770)
  }

  @Test func cutAtEveryByte() throws {
    let bytes = Build.pcap(assortment)
    var starts: [Int] = []
    var at = 24
    for frame in assortment {
      at += 16 + frame.count
      starts.append(at)
    }
    for length in 24...bytes.count {
      let outcome = try #require(readAll(Array(bytes[..<length])))
      let whole = starts.filter { $0 <= length }.count
      #expect(outcome.records == UInt64(whole))
      let atEdge = length == 24 || starts.contains(length)
      #expect(outcome.problems.count(.captureCut) == (atEdge ? 0 : 1))
    }
  }

  @Test(arguments: [1, 7, 40, 100, 1_000])
  func windowsDoNotMatter(step: Int) throws {
    let bytes = Build.pcap(assortment)
    #expect(readAll(bytes, step: step) == readAll(bytes))
  }

  @Test func moreThanABatch() throws {
    let bytes = Build.pcap([[UInt8]](repeating: assortment[0], count: 2_500))
    let outcome = try #require(readAll(bytes))
    #expect(outcome.seen.map(\.record) == Array(1...2_500))
  }

  @Test func impossibleHeaders() throws {
    let late = try #require(readAll(Build.pcap([assortment[0]], fraction: 1_000_000)))
    #expect(late.problems.count(.timeImpossible) == 1)
    #expect(late.observations.first?.marks.contains(.timeUncertain) == true)
    let lying = try #require(readAll(Build.pcap([assortment[0]], wire: 20)))
    #expect(lying.problems.count(.recordLengthLies) == 1 && lying.seen.count == 1)
    var long = Build.pcap([assortment[0], assortment[0]])
    long.replaceSubrange(32..<36, with: [0, 0, 0, 0x7f])
    let stopped = try #require(readAll(long))
    #expect(stopped.problems.count(.recordTooLong) == 1 && stopped.records == 1)
    #expect(stopped.problems.count(.bytesSkipped) == 16 + UInt64(assortment[0].count))
    #expect(stopped.seen.map(\.observation.time) == [1_001_000_005_000])
    let other = try #require(readAll(Build.pcap(assortment, link: 189)))
    #expect(other.problems.count(.linkNotDecoded) == 8 && other.records == 8)
  }

  /// Snapshots of every length: never a trap, and both paths say the same.
  @Test func framesCutAtEveryByte() {
    for frame in assortment {
      for length in 0...frame.count {
        let bytes = Build.pcap([Array(frame[..<length])], wire: frame.count)
        #expect(readAll(bytes, fast: true) == readAll(bytes, fast: false))
        let short = Build.pcap([Array(frame[..<length])])
        #expect(readAll(short, fast: true) == readAll(short, fast: false))
      }
    }
  }

  /// 200,000 mutated packets: never a trap, and both paths say the same.
  @Test func mutations() {
    var dice = Dice(state: 0x9e37_79b9_7f4a_7c15)
    let wide = assortment + linkFrames + serviceFrames
    for _ in 0..<2_000 {
      var frames: [[UInt8]] = []
      for _ in 0..<100 {
        var frame = wide[dice.next(wide.count)]
        for _ in 0..<dice.next(4) { frame[dice.next(frame.count)] = UInt8(dice.next(256)) }
        if dice.next(4) == 0 { frame = Array(frame[..<dice.next(frame.count)]) }
        frames.append(frame)
      }
      let wire = dice.next(3) == 0 ? 90 : nil
      let link: UInt32 = [1, 1, 1, 1, 1, 113, 276, 0, 9, 101, 228, 229][dice.next(12)]
      let bytes = Build.pcap(frames, link: link, wire: wire)
      #expect(readAll(bytes, fast: true) == readAll(bytes, fast: false))
    }
  }
}
