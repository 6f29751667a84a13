import Observations
import Pool
import PoolStores
import Testing

/// A store that lays sums of past days together answers as one that never does.
@Suite struct PastSumsTests {
  private static let made = MadeBatches(sources: 30, batches: 60, reports: 20, days: 7)

  private static func options(fewestPastDays: Int, isLate: Bool) -> SQLiteOptions {
    var options = SQLiteOptions()
    options.fewestPastDays = fewestPastDays
    options.lateSums.above = isLate ? 0 : nil
    options.lateSums.most = 50
    options.lateSums.piece = 7
    return options
  }

  /// The same is done to both.
  private struct Pair {
    let arranged: SQLiteStore
    let plain: SQLiteStore

    func both<Value: Equatable>(
      _ work: (SQLiteStore) async throws -> Value
    ) async throws {
      let (one, other) = (try await work(arranged), try await work(plain))
      #expect(one == other)
    }

    func check(_ step: String) async throws {
      try await both { try await $0.settle() == () }
      let days = made.span
      let ranges = [
        days, days.lowerBound...days.lowerBound, days.upperBound...days.upperBound,
        days.lowerBound.advanced(by: 2)...days.lowerBound.advanced(by: 4),
        days.lowerBound.advanced(by: -90)...days.upperBound.advanced(by: 90),
      ]
      for number in 0..<made.sources {
        for range in ranges {
          let source = MadeBatches.source(number)
          let one = try await arranged.summary(source: source, in: range)
          let other = try await plain.summary(source: source, in: range)
          #expect(one == other, "\(step): \(source) in \(range)")
        }
      }
      let problems = try await arranged.check()
      #expect(problems.isEmpty, "\(step): \(problems)")
    }
  }

  @Test(arguments: [(1, false), (1, true), (3, false)])
  func noAnswerChanges(fewestPastDays: Int, isLate: Bool) async throws {
    let folders = Folders()
    let made = PastSumsTests.made
    let pair = Pair(
      arranged: try SQLiteStore(
        folder: folders.next(),
        options: PastSumsTests.options(fewestPastDays: fewestPastDays, isLate: isLate)),
      plain: try SQLiteStore(
        folder: folders.next(), options: PastSumsTests.options(fewestPastDays: 99, isLate: isLate)))
    var chance = Chance(UInt64(fewestPastDays) + (isLate ? 100 : 0))
    var rest = made.submissions()[...]
    for step in 0..<40 {
      let day = made.span.lowerBound.advanced(by: chance.below(made.days))
      let source = MadeBatches.source(chance.below(made.sources))
      var word = "step \(step): "
      switch step == 0 ? 0 : chance.below(10) {
      case 0...3:
        let part = Array(rest.prefix(4))
        rest = rest.dropFirst(4)
        word += "\(part.count) batches"
        if !part.isEmpty { try await pair.both { try await $0.append(part) } }
      case 4...6:
        word += "arranged up to \(day)"
        try await pair.arranged.arrange(upTo: day)
      case 7:
        word += "\(day) recounted"
        // Of a day without reports there is nothing to be counted.
        try await pair.both { store in (try? await store.recount(day)) != nil }
      case 8:
        word += "\(source) erased"
        try await pair.both { try await $0.erase(source: source) }
      default:
        let sensor = MadeBatches.sensor(chance.below(made.sensors))
        word += "\(sensor) taken back"
        if chance.below(3) == 0 {
          try await pair.both { try await $0.retract(sensor: sensor) }
        }
      }
      try await pair.check(word)
    }
    let middle = made.span.lowerBound.advanced(by: 3)
    try await pair.arranged.arrange(upTo: made.span.upperBound)
    try await pair.both { try await $0.forget(rawBefore: middle, sumsBefore: middle) == () }
    try await pair.check("days forgotten")
    try await pair.both { try await $0.append(Array(rest)) }
    try await pair.check("the rest")
  }

  /// Days go by, and those that are gone by for long are not kept together any more.
  @Test func rowsFollowTheDays() async throws {
    let folders = Folders()
    let options = PastSumsTests.options(fewestPastDays: 2, isLate: false)
    let store = try SQLiteStore(folder: folders.next(), options: options)
    let made = PastSumsTests.made
    _ = try await store.append(made.submissions())
    let source = MadeBatches.source(0)
    let before = try await store.summary(source: source, in: made.span)
    for days in [3, 3, 4, 2, 20, 44, 45, 46, 47, 90, 200] {
      try await store.arrange(upTo: made.span.lowerBound.advanced(by: days))
      #expect(try await store.summary(source: source, in: made.span) == before, "\(days)")
      #expect(try await store.check().isEmpty, "\(days)")
    }
  }
}
