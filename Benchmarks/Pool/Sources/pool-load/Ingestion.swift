import Foundation
import Observations
import Pool
import PoolStores
import Synchronization

/// Stores reports while addresses are looked up two hundred times a second.
struct Ingestion {
  let folder: String
  let load: Load
  /// Sensors that submit a batch each at the same time.
  let together = 16

  init(folder: String, reports: Int) {
    self.folder = folder
    var load = Load(reports: reports)
    // As full as the days of fifty million in a month.
    load.days = max(1, (reports + 833_333) / 1_666_667)
    self.load = load
  }

  func run() async throws {
    let store = try SQLiteStore(folder: folder)
    try await fill(store, with: load, numbers: 0..<load.batches)
    // What waits is the rest of the work.
    let (rest, used) = (ContinuousClock.now, Meter.processor)
    try await store.settle()
    say(
      String(
        format: "sums that waited: %.1f s, %.1f us CPU a report of all",
        (ContinuousClock.now - rest) / .seconds(1),
        (Meter.processor - used) / Double(load.batches * load.batch) * 1e6))
    try await LookUps(load: load).run(in: store)
    try await recount(store)
    try await store.close()
  }

  /// Looks up in what an earlier run stored, alone and while a further day is stored.
  func lookUpAgain() async throws {
    let store = try SQLiteStore(folder: folder)
    try await LookUps(load: load).run(in: store)
    var further = load
    (further.days, further.reports) = (1, load.reports / load.days)
    further.first = load.span.upperBound.advanced(by: 1)
    // Numbers that nothing else took, be it a run like this.
    var first = 2 * load.batches
    while try await store.seen([further.submission(first).batch.id]).isEmpty == false {
      first += further.batches
    }
    try await fill(store, with: further, numbers: first..<first + further.batches)
    try await store.close()
  }

  /// Stores batches, and prints what that took.
  private func fill(
    _ store: SQLiteStore, with load: Load, numbers: Range<Int>
  ) async throws {
    let done = Mutex(false)
    async let asked = lookUp(store, until: done)
    var (processor, kernel, wall) = (0.0, 0.0, Duration.zero)
    var (printed, before) = (0, (processor: 0.0, number: numbers.lowerBound))
    var longest = Duration.zero
    var number = numbers.lowerBound
    while number < numbers.upperBound {
      let some = (number..<min(number + together, numbers.upperBound)).map(load.submission)
      let (start, used, inside) = (ContinuousClock.now, Meter.processor, Meter.kernel)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for submission in some { group.addTask { _ = try await store.append([submission]) } }
        try await group.waitForAll()
      }
      processor += Meter.processor - used
      kernel += Meter.kernel - inside
      longest = max(longest, ContinuousClock.now - start)
      wall += ContinuousClock.now - start
      number += some.count
      // A line at each tenth, for the course of it.
      let tenths = (number - numbers.lowerBound) * 10 / numbers.count
      if tenths > printed {
        printed = tenths
        let part = Double((number - before.number) * load.batch)
        say(
          String(
            format: "  %3d %%: %5.1f us CPU a report of this tenth, %d MB resident", printed * 10,
            (processor - before.processor) / part * 1e6, Meter.residentMegabytes))
        before = (processor, number)
      }
    }
    done.withLock { $0 = true }
    let latencies = try await asked
    let count = Double(numbers.count * load.batch)
    say(
      String(
        format: "ingest: %.0f reports, %.0f a second, %.1f us CPU a report (%.1f in the kernel)",
        count, count / (wall / .seconds(1)), processor / count * 1e6, kernel / count * 1e6))
    say(
      String(
        format: "longest wait of %d sensors at a time: %.0f ms", together,
        longest / .milliseconds(1)))
    say("look-up by address while storing: \(latencies.text)")
  }

  /// Makes the first day's sums anew while batches of a further day come in.
  private func recount(_ store: SQLiteStore) async throws {
    var further = load
    further.days = 1
    further.first = load.span.upperBound.advanced(by: 1)
    let day = load.span.lowerBound
    let done = Mutex(false)
    async let took = timed {
      defer { done.withLock { $0 = true } }
      try await store.recount(day)
    }
    var (longest, stored, number) = (Duration.zero, 0, load.batches)
    while !done.withLock({ $0 }) {
      let submission = further.submission(number)
      let start = ContinuousClock.now
      _ = try await store.append([submission])
      longest = max(longest, ContinuousClock.now - start)
      stored += submission.batch.reports.count
      number += 1
      try await Task.sleep(for: .milliseconds(10))
    }
    let seconds = try await took / .seconds(1)
    let reports = try await store.trend(.total, in: day...day, bucket: .day).first?.reports ?? 0
    say(
      String(
        format:
          "recount of a day of %d reports: %.1f s, while %d were stored; longest wait %.0f ms",
        reports, seconds, stored, longest / .milliseconds(1)))
  }

  private func timed(_ body: () async throws -> Void) async rethrows -> Duration {
    let start = ContinuousClock.now
    try await body()
    return ContinuousClock.now - start
  }

  private func lookUp(_ store: SQLiteStore, until done: borrowing Mutex<Bool>) async throws
    -> Latencies
  {
    var chance = LoadChance(77)
    var latencies = Latencies()
    while !done.withLock({ $0 }) {
      let source = Load.source(&chance)
      let start = ContinuousClock.now
      _ = try await store.summary(source: source, in: load.span)
      latencies.add(ContinuousClock.now - start)
      try await Task.sleep(for: .milliseconds(5))
    }
    return latencies
  }
}
