public import Observations

/// The visits out of one visitors' log: who contacted the server, and when.
public struct VisitBook: Sendable {
  /// A visit.
  struct Visit: Sendable {
    var target: UInt32
    var time: Int64
  }

  /// The log's path.
  public let path: String
  private(set) var visits: [Visit] = []
  /// Visits beyond the bound, not kept.
  public private(set) var beyond: UInt64 = 0
  private(set) var distinct: [UInt32] = []

  /// An empty book.
  public init(path: String) { self.path = path }

  /// Whether no visit was met.
  public var isEmpty: Bool { visits.isEmpty && beyond == 0 }

  /// Takes the visits of a batch.
  ///
  /// - Parameter batch: may hold anything beside visits.
  /// - Returns: how many visits it holds.
  @discardableResult
  public mutating func consume(_ batch: ObservationBatch) -> Int {
    var met = 0
    for i in 0..<batch.count where batch.observations[i].marks.contains(.visit) {
      met += 1
      guard visits.count < Bounds.visits else {
        beyond += 1
        continue
      }
      visits.append(
        Visit(
          target: TargetSets.target(batch.observations[i].source),
          time: batch.observations[i].time))
    }
    return met
  }

  /// Sorts by visitor and time. Call once, after the last batch.
  public mutating func finish() {
    // Stamps of whole seconds are cut off, on average by half a second.
    if visits.allSatisfy({ $0.time % 1_000_000_000 == 0 }) {
      for k in visits.indices { visits[k].time += 500_000_000 }
    }
    visits.sort { ($0.target, $0.time) < ($1.target, $1.time) }
    distinct = []
    for visit in visits where distinct.last != visit.target { distinct.append(visit.target) }
  }

  /// First and last visit; nil for an empty book.
  var range: ClosedRange<Int64>? {
    guard let first = visits.map(\.time).min(), let last = visits.map(\.time).max() else {
      return nil
    }
    return first...last
  }

  /// The index of the first visit not before (`target`, `time`).
  private func lowerBound(_ target: UInt32, _ time: Int64) -> Int {
    var low = 0
    var high = visits.count
    while low < high {
      let middle = (low + high) / 2
      if (visits[middle].target, visits[middle].time) < (target, time) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }

  /// The last visit of `target` at or before `time`; nil where it had not come by then.
  func lastVisit(of target: UInt32, by time: Int64) -> Int64? {
    let at = lowerBound(target, time == .max ? .max : time + 1)
    guard at > 0, visits[at - 1].target == target else { return nil }
    return visits[at - 1].time
  }

  /// The visit of `target` nearest to `time`.
  func nearestVisit(of target: UInt32, to time: Int64) -> Int64? {
    let at = lowerBound(target, time)
    var best: Int64?
    for index in [at - 1, at] where visits.indices.contains(index) {
      let visit = visits[index]
      guard visit.target == target else { continue }
      if best.map({ (visit.time &- time).magnitude < ($0 &- time).magnitude }) ?? true {
        best = visit.time
      }
    }
    return best
  }

  /// Visits within a range of time.
  func count(from: Int64, to: Int64) -> Int {
    visits.reduce(0) { $0 + ($1.time >= from && $1.time < to ? 1 : 0) }
  }
}
