public import Observations

/// What the intake may be told.
public struct IntakeOptions: Sendable {
  /// The time of the analysis, for years that nothing else gives.
  public var now: Timestamp
  /// Hash files above 64 MiB, too.
  public var hashLargeFiles = false
  /// The zone of logs' stamps that state none.
  public var zone = ZoneRule.utc
  /// What the columns of tables mean that no format knows.
  public var columns: ColumnsArgument?
  /// The year of stamps that give none; nil takes it from other evidence, else from `now`.
  public var year: Int?
  /// Which packets and lines are wanted; nil for all.
  public var match: Match?
  /// Whether what is compressed may be decompressed on another thread, ahead of the reader.
  public var readsAhead = true
  /// Called now and then with the bytes read so far of a file, and its size.
  public var progress: (@Sendable (_ path: String, _ done: UInt64, _ total: UInt64) -> Void)?

  /// Options with defaults.
  ///
  /// - Parameter now: the time of the analysis.
  public init(now: Timestamp) { self.now = now }
}
