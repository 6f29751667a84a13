internal import Observations

/// What the lines of a log say about the vantage: what it records, and what it cannot show.
public struct LogTally: Sendable, Equatable {
  /// Lines on packets that were let through.
  public var allowed: UInt64 = 0
  /// Lines on packets that were dropped or refused.
  public var blocked: UInt64 = 0
  /// Lines on packets that were only watched.
  public var audited: UInt64 = 0
  /// Lines whose prefix does not say.
  public var unknown: UInt64 = 0
  /// Lines on packets to the device itself (`OUT=` empty).
  public var inbound: UInt64 = 0
  /// Lines on packets of the device itself (`IN=` empty).
  public var outbound: UInt64 = 0
  /// Lines on packets that passed through.
  public var forwarded: UInt64 = 0
  /// Lines of rules that stop logging above a rate (UFW: 3 a minute after a burst of 10): their
  /// counts are lower bounds.
  public var rateLimited: UInt64 = 0
  /// Lines in which the device says that some were lost: all counts are lower bounds.
  public var lost: UInt64 = 0
  /// Lines on whole connections that say that something came back.
  public var exchanges: UInt64 = 0

  /// An empty tally.
  public init() {}

  @inline(__always)
  mutating func count(_ action: Action, _ path: Path) {
    switch action {
    case .allowed: allowed &+= 1
    case .blocked: blocked &+= 1
    case .audited: audited &+= 1
    case .unknown: unknown &+= 1
    }
    switch path {
    case .inbound: inbound &+= 1
    case .outbound: outbound &+= 1
    case .forwarded, .entering, .leaving: forwarded &+= 1
    case .unknown: break
    }
  }
}
