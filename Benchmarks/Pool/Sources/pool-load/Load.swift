import Detection
import Observations
import Pool

/// Reports as a pool of many sensors gets them, made by number: the same on every run.
///
/// Half of them are about 100,000 sources that many meet, drawn by the cube of chance; the other half
/// about eight million that hardly anybody meets twice. Time goes on with the number.
struct Load: Sendable {
  /// All reports, which fill `days`.
  var reports: Int
  /// Reports of a batch.
  var batch = 500
  /// Days that they are spread over.
  var days = 30
  /// Sensors that take turns.
  var sensors = 500
  /// Distinct patterns; with `onePatternEach` every report has one of its own.
  var patterns = 2_000
  /// Whether every report bears a pattern that no other bears.
  var onePatternEach = false

  /// The first of the days.
  var first = Day(rawValue: 20_600)
  var span: ClosedRange<Day> { first...first.advanced(by: days - 1) }
  var batches: Int { reports / batch }

  /// A batch by its number, from 0.
  func submission(_ number: Int) -> Submission {
    var chance = LoadChance(UInt64(number))
    let sensor = number % sensors
    let made = (0..<batch).map { report(number * batch + $0, &chance) }
    let id = BatchID(
      sensor: SensorID(publicKey: [UInt8(truncatingIfNeeded: sensor), UInt8(sensor >> 8)]),
      sequence: Int64(number / sensors + 1))
    let network = Prefix(of: Address(ipv4: 0x5000_0000 + UInt32(sensor * 4 / 5) << 8), length: 24)
    return Submission(
      batch: Batch(id: id, reports: made), network: network,
      received: made.map(\.last).max() ?? first.start)
  }

  /// A source, as often as reports are about it.
  static func source(_ chance: inout LoadChance) -> Address {
    let share = chance.share()
    if chance.next() & 1 == 0 {
      return Address(ipv4: 0x2000_0000 + UInt32(100_000 * share * share * share))
    }
    return Address(ipv4: 0x4000_0000 + UInt32(share * 8_388_608))
  }

  private static let ports: [UInt16] = [
    23, 445, 22, 80, 8_080, 3_389, 443, 137, 5_060, 1_433, 6_379, 2_323,
  ]

  private func report(_ number: Int, _ chance: inout LoadChance) -> Report {
    let position = Double(number % reports) / Double(reports) * Double(days) * 86_400
    let seconds = first.start.wholeSeconds + Int64(position)
    let share = chance.share()
    let port = Load.ports[Int(Double(Load.ports.count) * share * share)]
    let transport: Transport = port == 137 || port == 5_060 ? .udp : .tcp
    let packets = UInt64(1 + chance.below(50))
    let kind = onePatternEach ? number : chance.below(patterns)
    let verdict = kind % 3 == 0 ? nil : "article-\(kind % 20)"
    return Report(
      subject: Load.source(&chance),
      shape: ReportShape(transport: transport, direction: .inbound, manner: .service),
      ports: [port], first: Timestamp(seconds: seconds),
      last: Timestamp(seconds: seconds + Int64(chance.below(600))),
      packets: CountRange(low: packets, high: packets + 2), targets: CountRange(packets),
      pseudonyms: [Pseudonym(rawValue: chance.next())],
      pattern: onePatternEach || number % 5 < 3 ? Load.pattern(kind, transport) : nil,
      verdict: verdict.map { SensorVerdict(article: $0, posterior: 0.95) },
      knowledge: "34 articles, 0123", vantage: Vantage(rawValue: 2),
      mayBeForged: chance.below(4) != 0)
  }

  /// One of very many patterns: families that share most features, members that differ in few.
  static func pattern(_ number: Int, _ transport: Transport) -> Pattern {
    var chance = LoadChance(UInt64(number) &+ 0x7061_7474)
    var pattern = Pattern(transport: transport)
    let family = chance.below(64)
    pattern.sourcePort = family % 3 == 0 ? .fixed(UInt16(chance.below(65_536))) : .ephemeral
    pattern.destinationPort = ports[family % ports.count]
    pattern.targetOrder = family % 2 == 0 ? .sequential : .unordered
    pattern.length = UInt16(40 + chance.below(1_400))
    pattern.payloadLength = family % 4 == 0 ? nil : UInt16(chance.below(1_400))
    pattern.payloadKey = family % 5 == 0 ? UInt32(truncatingIfNeeded: chance.next()) : nil
    pattern.burstSize = Double(1 << chance.below(8))
    pattern.gapWithin = Double(1 << chance.below(6)) / 8
    pattern.gapBetween = Double(1 << chance.below(12))
    return pattern
  }
}

/// Reproducible chance.
struct LoadChance {
  private var state: UInt64

  init(_ seed: UInt64) { state = Mixing.mix(seed &+ 0x6c6f_6164) }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return Mixing.mix(state)
  }

  mutating func below(_ bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(max(1, bound))).high)
  }

  mutating func share() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }
}
