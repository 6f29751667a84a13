internal import Foundation

/// What a pool's server answered.
public struct PoolReply: Hashable, Sendable {
  /// The status.
  public var status: Int
  /// The body; at most `PoolAddress.mostBytes`.
  public var body: [UInt8]
  /// After how many seconds to ask again, where that was said.
  public var retryAfter: Int?

  /// A reply out of its parts.
  public init(status: Int, body: [UInt8] = [], retryAfter: Int? = nil) {
    self.status = status
    self.body = body
    self.retryAfter = retryAfter
  }

  /// What a problem says of itself (RFC 9457), else a few words by the status.
  public var complaint: String {
    struct Problem: Decodable { var detail: String? }
    let problem = try? JSONDecoder().decode(Problem.self, from: Data(body))
    return problem?.detail.map { String($0.prefix(500)) } ?? "status \(status)"
  }
}

/// Requests to a pool: by HTTP, or by whatever a test puts in its place.
public protocol PoolTransport: Sendable {
  /// Sends one request and returns the answer.
  ///
  /// - Parameters:
  ///   - path: behind the pool's address, with its slash.
  ///   - body: what is sent along; nil asks only.
  ///   - type: the media type of the body.
  /// - Returns: the answer, whatever its status.
  /// - Throws: `SensorError` where there is none.
  func send(path: String, body: [UInt8]?, type: String) async throws(SensorError) -> PoolReply
}

/// The address of a pool.
public struct PoolAddress: Hashable, Sendable, CustomStringConvertible {
  /// The most bytes of an answer that are read.
  public static let mostBytes = 4 << 20

  /// Without a slash at its end.
  public let description: String

  /// An address like `https://pool.example` or `http://127.0.0.1:8137`.
  ///
  /// - Parameter text: what somebody typed.
  /// - Throws: `SensorError` where it is none.
  public init(_ text: String) throws(SensorError) {
    var trimmed = text
    while trimmed.hasSuffix("/") { trimmed.removeLast() }
    guard let parts = URLComponents(string: trimmed), let scheme = parts.scheme?.lowercased(),
      ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty,
      parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil
    else { throw .badAddress(text) }
    description = trimmed
  }
}
