// The pool's model: what sensors report, how reports are written and signed, what a store must do,
// whom to believe, what becomes of incidents, and what may be concluded from many reports.
//
// Nothing here opens a file, a database or a connection. Stores are in `PoolStores`; a server asks
// the protocols `ReportStore` and `IncidentStore` and publishes only what `Publication` lets through.

/// Bounds of what a pool reads and keeps; every one is enforced where bytes are decoded.
public enum PoolLimits {
  /// The most reports of a batch.
  public static let reportsOfBatch = 4_096
  /// The most bytes of an encoded batch, signature not counted.
  public static let bytesOfBatch = 2 << 20
  /// The most service ports named by a report; further ones are only said to exist.
  public static let portsOfReport = 16
  /// The most pseudonyms of targets in a report.
  public static let pseudonymsOfReport = 32
  /// The longest time a report covers, in seconds: sensors cut longer activities at this length, so that
  /// each report belongs to one day.
  public static let secondsOfReport: Int64 = 86_400
  /// The longest article id, in bytes.
  public static let articleBytes = 64
  /// The longest name of a version of the knowledge, in bytes.
  public static let knowledgeBytes = 64
  /// The most results that one question to a store returns.
  public static let pageSize = 1_000
  /// The longest comment on an incident, in bytes of UTF-8.
  public static let commentBytes = 4_096
}
