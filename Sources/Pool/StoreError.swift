public import Observations

/// Why a store could not do what was asked. No batch is stored in part.
public enum StoreError: Error, Hashable, Sendable {
  /// It cannot serve for the moment (disk full, locked, read-only medium); try again after so many
  /// seconds.
  case unavailable(because: String, retryAfterSeconds: Int)
  /// Some of a store's parts did not answer.
  case partial(because: String)
  /// What was asked can never be done, however often it is asked.
  case rejected(because: String)
  /// What is stored contradicts itself: restore a copy.
  case damaged(because: String)
}

/// What a store can do.
public struct StoreCapabilities: Hashable, Sendable {
  /// `sqlite`, …
  public var kind: String
  /// The most reports that one call of `append` should bring.
  public var reportsOfAppend: Int
  /// How long after it was acknowledged a report may still be missing in answers; 0 for none.
  public var stalenessSeconds: Double

  /// Capabilities out of their parts.
  public init(kind: String, reportsOfAppend: Int, stalenessSeconds: Double) {
    self.kind = kind
    self.reportsOfAppend = reportsOfAppend
    self.stalenessSeconds = stalenessSeconds
  }
}

/// A day of UTC, counted from 1970-01-01.
public struct Day: Hashable, Comparable, Sendable, CustomStringConvertible, Strideable {
  /// Days since 1970-01-01.
  public var rawValue: Int

  /// A day by its number.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// The day a time lies in.
  public init(_ time: Timestamp) {
    rawValue = Int((Double(time.wholeSeconds) / 86_400).rounded(.down))
  }

  /// Its first instant.
  public var start: Timestamp { Timestamp(seconds: Int64(rawValue) * 86_400) }

  /// `2026-11-22`.
  public var description: String { String(start.description.prefix(10)) }

  /// By time.
  public static func < (a: Day, b: Day) -> Bool { a.rawValue < b.rawValue }
  /// Days from this day to another.
  public func distance(to other: Day) -> Int { other.rawValue - rawValue }
  /// The day so many days later.
  public func advanced(by days: Int) -> Day { Day(rawValue: rawValue + days) }
}
