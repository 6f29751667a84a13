public import Observations
internal import Reporting

/// What became of a request, for those who run the server: a line of JSON. No address, no name and nothing
/// that was asked for stands in it, since a log outlives what it tells of.
public struct AccessLine: Hashable, Sendable {
  /// When it was answered.
  public var at: Timestamp
  /// The method.
  public var method: String
  /// The route, with its places left open.
  public var route: String
  /// The status.
  public var status: Int
  /// Bytes of the answer, before it was compressed.
  public var bytes: Int
  /// How long it took, in microseconds.
  public var microseconds: Int64
  /// What kept the store from serving, where that is the reason.
  public var problem: String?

  /// As a line of JSON without its end.
  public var json: String {
    var members: [(key: String, value: JSONValue)] = [
      ("time", .string("\(at)")), ("method", .string(method)), ("route", .string(route)),
      ("status", .integer(status)), ("bytes", .integer(bytes)),
      ("microseconds", .integer(Int(microseconds))),
    ]
    if let problem { members.append(("problem", .string(problem))) }
    return JSONValue.object(members).line()
  }
}
