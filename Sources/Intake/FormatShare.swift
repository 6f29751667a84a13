internal import FirewallLogs
public import Observations

/// How much of a log one format has.
public struct FormatShare: Hashable, Sendable {
  /// Stable name of the format.
  public let format: String
  /// What a log of this format is.
  public let kind: EvidenceFile.Kind
  /// Lines that are the format's, whether they tell of something or not.
  public let lines: UInt64
  /// Observations out of them.
  public let observations: UInt64
  /// Where the first of them stands.
  public let first: Place
  /// The number of the last of them.
  public let last: UInt64

  init(_ share: LogShare) {
    format = share.format
    kind = share.kind == .firewall ? .firewallLog : .visitorsLog
    (lines, observations) = (share.lines, share.observations)
    (first, last) = (share.first, share.last)
  }
}
