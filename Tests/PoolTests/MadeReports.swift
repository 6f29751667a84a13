import Detection
import Observations
import Pool

/// Reproducible chance.
struct Chance {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return Mixing.mix(state)
  }

  mutating func below(_ bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(max(1, bound))).high)
  }

  /// 0 ..< 1
  mutating func share() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }
  mutating func coin() -> Bool { next() >> 63 == 1 }

  mutating func one<Value>(of values: [Value]) -> Value { values[below(values.count)] }
}

let noon = Timestamp(seconds: 1_780_056_000)

/// Reports of every form that there is.
func madeReport(_ chance: inout Chance) -> Report {
  let transport = chance.one(of: [Transport.tcp, .udp, .icmp, .icmpv6, Transport(rawValue: 47)])
  let isICMP = transport == .icmp || transport == .icmpv6
  let message = ReportShape.ICMPMessage(
    type: UInt8(chance.below(256)), code: chance.coin() ? UInt8(chance.below(256)) : nil)
  let first = Timestamp(seconds: noon.wholeSeconds + Int64(chance.below(80_000)))
  let targets = UInt64(1 + chance.below(1_000))
  return Report(
    subject: chance.coin()
      ? Address(ipv4: 0xc000_0200 + UInt32(chance.below(256)))
      : Address(high: 0x2001_0db8_0000_0000, low: UInt64(1 + chance.below(1_000))),
    shape: ReportShape(
      transport: transport,
      direction: chance.one(of: [.outbound, .inbound, .internal, .unknown]),
      manner: chance.one(of: ReportShape.Manner.allCases), icmp: isICMP ? message : nil),
    ports: transport.hasPorts
      ? (0..<chance.below(30)).map { _ in UInt16(chance.below(65_536)) } : [],
    first: first, last: Timestamp(seconds: first.wholeSeconds + Int64(chance.below(86_401))),
    packets: CountRange(low: targets, high: targets + UInt64(chance.below(1_000))),
    targets: CountRange(low: targets, high: targets),
    pseudonyms: (0..<min(Int(targets), chance.below(40))).map { _ in
      Pseudonym(rawValue: chance.next())
    },
    pattern: chance.coin() ? madePattern(&chance, transport) : nil,
    verdict: chance.coin()
      ? SensorVerdict(article: "article-\(chance.below(9))", posterior: chance.share()) : nil,
    knowledge: chance.coin() ? "34 articles, 0123456789abcdef" : "",
    vantage: Vantage(Capability.allCases.filter { _ in chance.coin() }),
    mayBeForged: chance.coin())
}

/// Patterns with every feature known or not.
func madePattern(_ chance: inout Chance, _ transport: Transport) -> Pattern {
  var pattern = Pattern(transport: transport)
  pattern.sourcePort = chance.one(of: [
    nil, .fixed(UInt16(chance.below(65_536))), .few, .sequential, .ephemeral,
  ])
  pattern.targetOrder = chance.one(of: [nil, .one, .broadcast, .sequential, .unordered])
  pattern.portDirection = chance.one(of: [nil, .up, .down])
  func maybe<Value>(_ value: Value) -> Value? { chance.coin() ? value : nil }
  pattern.destinationPort = maybe(UInt16(chance.below(65_536)))
  pattern.portStep = maybe(UInt16(chance.below(100)))
  pattern.portSpread = maybe(chance.share())
  pattern.burstSize = maybe(chance.share() * 100)
  pattern.gapWithin = maybe(chance.share())
  pattern.gapBetween = maybe(chance.share() * 1_000)
  pattern.length = maybe(UInt16(chance.below(1_500)))
  pattern.lengthShare = maybe(chance.share())
  pattern.payloadLength = maybe(UInt16(chance.below(1_400)))
  pattern.payloadKey = maybe(UInt32(truncatingIfNeeded: chance.next()))
  pattern.tcpFlags = maybe(TCPFlags(rawValue: UInt8(chance.below(256))))
  return pattern
}
