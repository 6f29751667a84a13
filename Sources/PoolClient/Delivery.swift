internal import Foundation
public import Pool

/// What became of the batches of a spool.
public struct Delivery: Hashable, Sendable {
  /// Batches that the pool has now.
  public var delivered = 0
  /// Batches that the pool had before.
  public var known = 0
  /// Batches that the pool will never take, with its reasons; they are not kept.
  public var refused: [Refusal] = []
  /// Batches that still wait.
  public var waiting = 0
  /// Why they wait; nil where none does.
  public var because: String?

  /// A batch that was refused.
  public struct Refusal: Hashable, Sendable {
    /// The sensor's count.
    public var sequence: Int64
    /// The pool's words.
    public var because: String
  }
}

/// Sends what waits.
public struct Courier<Transport: PoolTransport>: Sendable {
  private let transport: Transport
  private let wait: @Sendable (Int) async -> Void

  /// The most seconds that are waited at a time, whatever a server asks for.
  static var mostSeconds: Int { 60 }
  /// How often a batch is tried.
  static var mostTries: Int { 4 }

  /// A courier.
  ///
  /// - Parameters:
  ///   - transport: the way to the pool.
  ///   - wait: waits for so many seconds.
  public init(transport: Transport, wait: @escaping @Sendable (Int) async -> Void) {
    self.transport = transport
    self.wait = wait
  }

  /// Sends a spool's batches in order. What the pool has, or will never take, leaves the spool; what it
  /// cannot take now stays, and everything behind it.
  ///
  /// - Parameter spool: the spool.
  /// - Returns: what became of the batches.
  /// - Throws: `SensorError` where the spool cannot be read.
  public func deliver(_ spool: Spool) async throws(SensorError) -> Delivery {
    var delivery = Delivery()
    let batches = try spool.waiting()
    for (index, batch) in batches.enumerated() {
      guard let bytes = try spool.bytes(of: batch) else { continue }
      let reply: PoolReply
      do { reply = try await send(bytes) } catch {
        delivery.waiting = batches.count - index
        delivery.because = error.description
        return delivery
      }
      switch reply.status {
      case 200:
        let isKnown = String(decoding: reply.body, as: UTF8.self).contains("\"duplicate\"")
        if isKnown { delivery.known += 1 } else { delivery.delivered += 1 }
      case 400, 409, 413:
        delivery.refused.append(
          Delivery.Refusal(sequence: batch.sequence, because: reply.complaint))
      default:
        // Not enrolled, suspended, overburdened, or something else than a pool: nothing is lost by waiting.
        delivery.waiting = batches.count - index
        delivery.because = "the pool answered \(reply.status): \(reply.complaint)"
        return delivery
      }
      try spool.remove(batch)
    }
    return delivery
  }

  /// Tries again where that may help, after as long as the server asks for, else after 1, 2, 4 seconds.
  private func send(_ bytes: [UInt8]) async throws(SensorError) -> PoolReply {
    var pause = 1
    for attempt in 1...Self.mostTries {
      do {
        let reply = try await transport.send(
          path: "/api/v1/batches", body: bytes, type: "application/octet-stream")
        let mayHelp = reply.status == 429 || reply.status == 408 || reply.status >= 500
        guard mayHelp, attempt < Self.mostTries else { return reply }
        await wait(min(Self.mostSeconds, max(1, reply.retryAfter ?? pause)))
      } catch {
        guard attempt < Self.mostTries else { throw error }
        await wait(pause)
      }
      pause *= 2
    }
    throw .answer(status: 0, because: "it was never tried")
  }
}

extension SensorFolder {
  /// Makes a key, if there is none yet, and enrols the sensor.
  ///
  /// - Parameters:
  ///   - pool: the pool's address, to be noted.
  ///   - token: the right to enrol one sensor.
  ///   - transport: the way to the pool.
  /// - Returns: the sensor.
  /// - Throws: `SensorError` where the pool refuses.
  public func enrol(
    with pool: PoolAddress, token: EnrolmentToken, by transport: some PoolTransport
  ) async throws(SensorError) -> SensorID {
    let key: SensorKey
    do { key = try self.key() } catch {
      guard case .noKey = error else { throw error }
      key = try makeKey()
    }
    let digits = key.publicKey.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    let reply = try await transport.send(
      path: "/api/v1/sensors",
      body: Array("{\"token\": \"\(token.text)\", \"publicKey\": \"\(digits)\"}".utf8),
      type: "application/json")
    guard reply.status == 201 else {
      throw .answer(status: reply.status, because: reply.complaint)
    }
    try setPool(pool.description)
    return key.sensor
  }
}

/// An answer to a look-up, as far as people are told it.
public struct LookupAnswer: Hashable, Sendable {
  /// What is like a pattern that was sent.
  public struct Match: Hashable, Sendable {
    /// The pattern's digest.
    public var pattern: String
    /// Whether it counts as alike.
    public var isAlike: Bool
    /// How alike, 0...1; nil where too little is in common.
    public var total: Double?
    /// Why, feature by feature.
    public var because: [String]
    /// Addresses that did it.
    public var addresses: [String]
  }

  /// Whether anything is published.
  public var published: Bool
  /// Sentences, of the server's own: to be shown inert.
  public var says: [String]
  /// What is like a pattern, most alike first; empty where something else was asked for.
  public var matches: [Match]

  /// Reads an answer; nil for anything else.
  ///
  /// - Parameter bytes: a body.
  public init?(json bytes: [UInt8]) {
    struct Form: Decodable {
      var published: Bool
      var says: [String]
      var rules: String?
      var matches: [Found]?
    }
    struct Found: Decodable {
      var pattern: String
      var alike: Bool
      var total: Double?
      var features: [Feature]
      var addresses: [Source]
    }
    struct Feature: Decodable { var because: String }
    struct Source: Decodable { var address: String }
    guard let form = try? JSONDecoder().decode(Form.self, from: Data(bytes)) else { return nil }
    published = form.published
    says = form.says + (form.rules.map { [$0] } ?? [])
    matches = (form.matches ?? []).prefix(100).map { found in
      Match(
        pattern: found.pattern, isAlike: found.alike, total: found.total,
        because: found.features.map(\.because), addresses: found.addresses.map(\.address))
    }
  }
}
