import Detection
import Foundation
import Observations
import Pool

/// Reproducible chance.
struct Chance {
  private var state: UInt64

  init(_ seed: UInt64) { state = Mixing.mix(seed &+ 0x706f_6f6c) }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return Mixing.mix(state)
  }

  mutating func below(_ bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(max(1, bound))).high)
  }

  mutating func share() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }
  mutating func one<Value>(of values: [Value]) -> Value { values[below(values.count)] }

  mutating func shuffled<Value>(_ values: [Value]) -> [Value] {
    var result = values
    for place in result.indices.dropFirst().reversed() {
      result.swapAt(place, below(place + 1))
    }
    return result
  }
}

/// Batches of many sensors about many sources, few of which are met by everybody.
struct MadeBatches {
  var sensors = 8
  var networks = 5
  var sources = 20
  var batches = 16
  var reports = 15
  var days = 2
  var seed: UInt64 = 1

  static let start = Day(rawValue: 20_600)
  var span: ClosedRange<Day> {
    MadeBatches.start...MadeBatches.start.advanced(by: days - 1)
  }

  static func sensor(_ number: Int) -> SensorID {
    SensorID(publicKey: [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)])
  }

  func network(_ sensor: Int) -> Prefix {
    Prefix(of: Address(ipv4: 0x5000_0000 + UInt32(sensor % networks) << 8), length: 24)
  }

  func submissions() -> [Submission] {
    var chance = Chance(seed)
    return (0..<batches).map { number in submission(number, &chance) }
  }

  func submission(_ number: Int, _ chance: inout Chance) -> Submission {
    let sensor = number % sensors
    let made = (0..<reports).map { _ in report(&chance) }
    let id = BatchID(
      sensor: MadeBatches.sensor(sensor), sequence: Int64(number / sensors + 1))
    return Submission(
      batch: Batch(id: id, reports: made), network: network(sensor),
      received: MadeBatches.start.advanced(by: days).start)
  }

  private static let ports: [UInt16] = [22, 23, 80, 137, 443, 445, 3_389, 5_060]

  private func report(_ chance: inout Chance) -> Report {
    // Small numbers are drawn more often.
    let number = Int(Double(sources) * chance.share() * chance.share())
    let seconds =
      MadeBatches.start.start.wholeSeconds + Int64(chance.below(days * 86_400 - 4_000))
    let transport = chance.one(of: [Transport.tcp, .udp])
    let packets = UInt64(1 + chance.below(50))
    var pattern = Pattern(transport: transport)
    pattern.sourcePort = number % 3 == 0 ? .fixed(770) : .ephemeral
    pattern.length = UInt16(40 + number % 5)
    pattern.burstSize = Double(1 + number % 4) + chance.share() / 100
    let verdict = number % 4 == 0 ? nil : "article-\(number % 4)"
    return Report(
      subject: MadeBatches.source(number),
      shape: ReportShape(transport: transport, direction: .inbound, manner: .service),
      ports: [chance.one(of: MadeBatches.ports)], first: Timestamp(seconds: seconds),
      last: Timestamp(seconds: seconds + Int64(chance.below(3_600))),
      packets: CountRange(low: packets, high: packets + 2), targets: CountRange(packets),
      pseudonyms: [Pseudonym(rawValue: chance.next())],
      pattern: chance.below(3) == 0 ? nil : pattern,
      verdict: verdict.map { SensorVerdict(article: $0, posterior: 0.95) },
      knowledge: "34 articles, 0123", vantage: Vantage([.replies]),
      mayBeForged: chance.below(2) == 0)
  }

  /// Two families, and several blocks of each.
  static func source(_ number: Int) -> Address {
    number % 5 == 4
      ? Address(high: 0x2001_0db8_0000_0000 | UInt64(number % 3), low: UInt64(number + 1))
      : Address(ipv4: 0xc633_6400 + UInt32(number % 4) << 16 + UInt32(number + 1))
  }
}

/// A folder that is gone when the test is.
final class Folder {
  let path: String

  init() throws {
    // In memory where that is at hand: what reaches a disk, and when, is the kernel's own matter.
    let memory = "/dev/shm/"
    let parent =
      FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
    path = parent + "culprit-pool-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
