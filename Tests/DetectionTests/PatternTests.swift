import Detection
import Observations
import Testing

/// Random numbers that are the same in every run (SplitMix64).
struct Dice: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return Mixing.mix(state)
  }
}

@Suite struct PatternTests {
  /// Bursts of five to everybody, as captured, and the same from a log with veiled addresses whose
  /// ports run the other way.
  static let captured = Traces.bursts(8, of: 5, gap: 21.25, within: 0.0005, step: 1).map {
    var packet = $0
    packet.flags = 1 | 2 | 4
    packet.length = 56
    packet.payloadLength = 28
    packet.payloadKey = 0x4500_00ec
    return packet
  }
  static let logged = Traces.bursts(6, of: 5, gap: 30, within: 0, step: -1).map {
    var packet = $0
    packet.target = 0xf123_4567
    return packet
  }

  @Test func everyFeatureOfACapture() {
    let pattern = Pattern(of: PatternTests.captured, transport: .udp)
    #expect(pattern.sourcePort == .fixed(770))
    #expect(pattern.destinationPort == nil)
    #expect(pattern.portStep == 1 && pattern.portDirection == .up)
    #expect(pattern.portSpread == 1)
    #expect(pattern.targetOrder == .broadcast)
    #expect(pattern.burstSize == 5)
    #expect(abs((pattern.gapWithin ?? 0) - 0.0005) < 1e-6)
    #expect(abs((pattern.gapBetween ?? 0) - 21.25) < 1e-6)
    #expect(pattern.length == 56 && pattern.lengthShare == 1)
    #expect(pattern.payloadLength == 28 && pattern.payloadKey == 0x4500_00ec)
    #expect(pattern.tcpFlags == nil)
    #expect(pattern.features.map(\.name).first == "transport")
    #expect(pattern.features.contains { $0.name == "sourcePort" && $0.value == .integer(770) })
  }

  @Test func aVeiledLogLeavesOpenWhatItDoesNotShow() {
    let pattern = Pattern(of: PatternTests.logged, transport: .udp)
    #expect(pattern.targetOrder == nil && pattern.gapWithin == nil)
    #expect(pattern.length == nil && pattern.payloadLength == nil && pattern.payloadKey == nil)
    #expect(pattern.portStep == 1 && pattern.portDirection == .down && pattern.burstSize == 5)
  }

  @Test(arguments: [
    ("one", [7, 7, 7, 7, 7]), ("sequential", [1, 2, 3, 4, 6, 7]), ("sequential", [9, 8, 7, 6, 5]),
    ("unordered", [1, 900, 33, 412, 77]), ("unknown", [1, 5, 1, 5]),
  ])
  func targets(order: String, offsets: [UInt32]) {
    let trace = offsets.enumerated().map { index, offset in
      var packet = TracedPacket(time: Int64(index) * 5_000_000_000)
      packet.target = 0xc633_6400 + offset
      return packet
    }
    #expect((Pattern(of: trace, transport: .udp).targetOrder?.rawValue ?? "unknown") == order)
  }

  @Test(arguments: [
    (Pattern.SourcePort.fixed(137), [137, 137, 137, 137, 137, 137]),
    (.sequential, [1_040, 1_041, 1_042, 1_044, 1_045, 1_046]),
    (.ephemeral, [51_000, 40_333, 61_020, 33_000, 48_000, 58_111]),
    (.few, [900, 901, 900, 901, 900, 901]),
  ])
  func sourcePorts(mode: Pattern.SourcePort, ports: [UInt16]) {
    let trace = ports.enumerated().map { index, port in
      var packet = TracedPacket(time: Int64(index) * 5_000_000_000)
      packet.target = 0xc633_6400 + UInt32(index)
      packet.sourcePort = port
      packet.destinationPort = 137
      return packet
    }
    let pattern = Pattern(of: trace, transport: .udp)
    #expect(pattern.sourcePort == mode && pattern.destinationPort == 137 && pattern.portStep == 0)
  }

  /// That a conversation has one source port says nothing on how its host chooses them.
  @Test func aConversationShowsNoChoice() {
    let trace = (0..<20).map { index in
      var packet = TracedPacket(time: Int64(index) * 10_000_000)
      packet.target = 0xc633_6401
      packet.sourcePort = 51_515
      packet.destinationPort = 443
      packet.tcpFlags = 0x10
      return packet
    }
    let pattern = Pattern(of: trace, transport: .tcp)
    #expect(pattern.sourcePort == nil && pattern.tcpFlags == .ack)
  }

  @Test func emptyAndTinyTraces() {
    #expect(Pattern(of: [], transport: .tcp) == Pattern(transport: .tcp))
    let one = Pattern(of: [TracedPacket(time: .min)], transport: .udp)
    #expect(one.sourcePort == nil && one.portSpread == nil && one.targetOrder == nil)
  }

  @Test func theDigestLeavesOutDirectionAddressesAndSmallDifferences() {
    let up = Pattern(of: PatternTests.captured, transport: .udp)
    var down = up
    down.portDirection = .down
    down.gapBetween = (up.gapBetween ?? 0) * 1.05
    #expect(up.digest == down.digest && up.digest.count == 16)
    let moved = PatternTests.captured.map {
      var packet = $0
      packet.target = 0x0a00_00ff
      packet.time += 86_400_000_000_000
      return packet
    }
    #expect(Pattern(of: moved, transport: .udp).digest == up.digest)
    var other = up
    other.sourcePort = .fixed(771)
    #expect(other.digest != up.digest)
    other = up
    other.payloadKey = nil
    #expect(other.digest != up.digest)
  }

  /// Digests are kept and exchanged, so they must never change.
  @Test func digestsStay() {
    #expect(Pattern(transport: .udp).digest == "7c89526cdbe7fab7")
    var pattern = Pattern(transport: .tcp)
    pattern.sourcePort = .ephemeral
    pattern.destinationPort = 445
    pattern.tcpFlags = .syn
    #expect(pattern.digest == "1afe2eb0fac66948")
  }
}
