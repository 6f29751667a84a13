internal import FirewallLogs

/// What the columns of a table mean, as a user says it: `time=1,source=src_ip,destination=4`.
public struct ColumnsArgument: Sendable {
  /// Why a text is no such statement, in words.
  public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public let description: String
  }

  let map: ColumnMap

  /// The meaning that a text states.
  ///
  /// - Parameter text: parts `name=value` with commas between.
  /// - Throws: `Failure` where it states none.
  public init(_ text: String) throws(Failure) {
    do throws(ColumnMapError) {
      map = try ColumnMap(text)
    } catch {
      throw Failure(description: error.description)
    }
  }
}
