internal import AsyncHTTPClient
internal import Compression
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Requests by HTTP. Redirections are not followed: what a sensor signs goes where its owner said.
public struct PoolConnection: PoolTransport {
  private let address: PoolAddress
  private let client: HTTPClient

  /// Opens a connection for as long as a body takes.
  ///
  /// - Parameters:
  ///   - address: the pool.
  ///   - body: what is done with the connection.
  /// - Returns: what the body returns.
  /// - Throws: what the body throws.
  public static func open<Value: Sendable>(
    _ address: PoolAddress,
    _ body: @Sendable (PoolConnection) async throws(SensorError) -> Value
  ) async throws(SensorError) -> Value {
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.timeout = .init(connect: .seconds(10), read: .seconds(60))
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    let result: Result<Value, SensorError>
    do { result = .success(try await body(PoolConnection(address: address, client: client))) } catch
    { result = .failure(error) }
    // What is still open is closed; there is nothing to be done where that fails.
    try? await client.shutdown()
    return try result.get()
  }

  /// Sends one request and returns the answer.
  public func send(
    path: String, body: [UInt8]?, type: String
  ) async throws(SensorError) -> PoolReply {
    var request = HTTPClientRequest(url: address.description + path)
    request.headers.add(name: "User-Agent", value: "culprit")
    if let body {
      request.method = .POST
      request.headers.add(name: "Content-Type", value: type)
      var sent = body
      if body.count >= PoolConnection.fewestBytesToCompress,
        let compressed = Gzip.compressed(body)
      {
        sent = compressed
        request.headers.add(name: "Content-Encoding", value: "gzip")
      }
      request.body = .bytes(ByteBuffer(bytes: sent))
    }
    do {
      let response = try await client.execute(request, timeout: .seconds(120))
      let body = try await response.body.collect(upTo: PoolAddress.mostBytes)
      return PoolReply(
        status: Int(response.status.code), body: Array(body.readableBytesView),
        retryAfter: response.headers.first(name: "Retry-After").flatMap { Int($0) })
    } catch {
      throw .unreachable(address.description, because: PoolConnection.reason(error))
    }
  }

  private static let fewestBytesToCompress = 1_024

  private static func reason(_ error: any Error) -> String {
    if let error = error as? HTTPClientError {
      return error == .connectTimeout ? "nobody answered in time" : error.shortDescription
    }
    if error is NIOTooManyBytesError { return "the answer is larger than it can be" }
    if let error = error as? NIOConnectionError {
      return error.connectionErrors.first.map { "\($0.error)" } ?? "no address could be reached"
    }
    return "\(error)"
  }
}
