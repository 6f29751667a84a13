import Observations
import Pool
import Testing

/// Sums do not depend on the order in which reports come.
@Suite struct SumTests {
  @Test func fewAreCountedExactly() throws {
    var set = DistinctSet()
    for number in 0..<64 as Range<UInt32> {
      set.insert(Address(ipv4: number))
      set.insert(Address(ipv4: number / 2))
      #expect(set.count == DistinctCount(value: UInt64(number) + 1, isExact: true))
    }
    set.insert(Address(ipv4: 64))
    #expect(!set.count.isExact)
  }

  /// The standard error is stated as 1.6 %: over many sets the errors must be of that size.
  @Test func manyAreCountedWithinTheStatedError() throws {
    for size in [65, 200, 1_000, 5_000, 50_000] {
      var squares = 0.0
      let rounds = size > 10_000 ? 3 : 20
      for round in 0..<rounds {
        var chance = Chance(UInt64(round * 1_000_003 + size))
        var set = DistinctSet()
        for _ in 0..<size { set.insert(hash: chance.next()) }
        let error = Double(set.count.value) / Double(size) - 1
        #expect(abs(error) < 0.07, "\(size) counted as \(set.count.value)")
        squares += error * error
      }
      #expect((squares / Double(rounds)).squareRoot() < 0.03, "\(size)")
    }
  }

  @Test func unionsAreWhatOneSetWouldBe() throws {
    for size in [10, 60, 64, 65, 90, 500, 3_000] {
      var chance = Chance(UInt64(size))
      var (whole, a, b) = (DistinctSet(), DistinctSet(), DistinctSet())
      for _ in 0..<size {
        let hash = chance.next()
        whole.insert(hash: hash)
        let part = chance.below(3)
        if part != 0 { a.insert(hash: hash) }
        if part != 1 { b.insert(hash: hash) }
      }
      var (first, second) = (a, b)
      first.formUnion(b)
      second.formUnion(a)
      #expect(first == whole)
      #expect(second == whole)
      #expect(try DistinctSet(encoded: whole.encoded) == whole)
    }
  }

  @Test func hostileSketchesAreRefused() throws {
    var chance = Chance(5)
    for mark in 0...255 as ClosedRange<UInt8> {
      let bytes = [mark] + (0..<chance.below(5_000)).map { _ in UInt8(chance.below(256)) }
      guard let set = try? DistinctSet(encoded: bytes) else { continue }
      #expect(set.count.value < .max)
    }
  }

  private func submissions(_ count: Int, seed: UInt64) throws -> [(Report, SensorID, Prefix)] {
    var chance = Chance(seed)
    return try (0..<count).map { _ in
      var report = madeReport(&chance)
      report.verdict = SensorVerdict(article: "article-\(chance.below(40))", posterior: 1)
      let sensor = try #require(SensorID(rawValue: Int64(1 + chance.below(90))))
      let address = Address(ipv4: UInt32(chance.below(70)) << 8)
      return (report, sensor, Independence.network(of: address, declared: nil))
    }
  }

  @Test(arguments: [1, 5, 60, 300])
  func talliesDoNotDependOnOrder(_ count: Int) throws {
    let made = try submissions(count, seed: UInt64(count))
    var whole = SourceTally()
    for (report, sensor, network) in made { whole.add(report, sensor: sensor, network: network) }
    var chance = Chance(99)
    for _ in 0..<4 {
      var parts = [SourceTally](repeating: SourceTally(), count: 7)
      for (report, sensor, network) in made.shuffled(&chance) {
        parts[chance.below(7)].add(report, sensor: sensor, network: network)
      }
      var sum = SourceTally()
      for part in parts.shuffled(&chance) { sum.merge(part) }
      #expect(sum == whole)
      #expect(sum.encoded == whole.encoded)
    }
    #expect(try SourceTally(encoded: whole.encoded) == whole)
    #expect(whole.summary(of: .unspecified).reports == UInt64(count))
  }

  /// What is read as a day's sums is the same to whoever asks for a summary; sums of several days are refused.
  @Test(arguments: [1, 40, 400, 3_000])
  func encodedDaysAreMergedAsTheyAre(_ count: Int) throws {
    var days: [Day: SourceTally] = [:]
    var whole = SourceTally()
    var chance = Chance(UInt64(count))
    for (made, sensor, network) in try submissions(count, seed: UInt64(count)) {
      var report = made
      let moved = Int64(chance.below(4)) * 86_400
      report.first = Timestamp(seconds: made.first.wholeSeconds + moved)
      report.last = Timestamp(seconds: made.last.wholeSeconds + moved)
      days[Day(report.first), default: SourceTally()].add(
        report, sensor: sensor, network: network)
      whole.add(report, sensor: sensor, network: network)
    }
    #expect(count < 40 || days.count >= 4)
    for _ in 0..<3 {
      var sum = SourceTally()
      for day in days.values.map(\.encoded).shuffled(&chance) { try sum.merge(encodedDay: day) }
      #expect(sum.summary(of: .unspecified) == whole.summary(of: .unspecified))
    }
    if days.count > 1 {
      #expect(throws: BatchError.self) {
        var sum = SourceTally()
        try sum.merge(encodedDay: whole.encoded)
      }
    }
  }

  @Test func hostileTalliesAreRefusedOrSound() throws {
    var chance = Chance(3)
    var whole = SourceTally()
    for (report, sensor, network) in try submissions(30, seed: 2) {
      whole.add(report, sensor: sensor, network: network)
    }
    let bytes = whole.encoded
    for _ in 0..<800 {
      var changed = bytes
      changed[chance.below(bytes.count)] = UInt8(chance.below(256))
      if let tally = try? SourceTally(encoded: changed) {
        _ = tally.summary(of: .unspecified)
      }
      var sum = whole
      if (try? sum.merge(encodedDay: changed)) != nil { _ = sum.summary(of: .unspecified) }
    }
    for length in 0..<bytes.count {
      #expect(throws: BatchError.self) { try SourceTally(encoded: Array(bytes[..<length])) }
    }
  }
}

extension Array {
  /// In an order of chance.
  func shuffled(_ chance: inout Chance) -> [Element] {
    var rest = self
    var result: [Element] = []
    while !rest.isEmpty { result.append(rest.remove(at: chance.below(rest.count))) }
    return result
  }
}
