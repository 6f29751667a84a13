internal import Compression
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
public import Knowledge
internal import Logging
internal import NIOCore
internal import NIOSSL
internal import Observations
public import Pool

/// A pool's server on the wire.
public struct PoolServer: Sendable {
  private let desk: Desk
  private let options: PoolServerOptions

  /// A server of a store.
  ///
  /// - Parameters:
  ///   - store: where reports, incidents and sensors are kept.
  ///   - knowledge: the articles.
  ///   - options: where and how it serves.
  ///   - rules: what it takes in.
  public init(
    store: any ReportStore & IncidentStore & StaffStore, knowledge: KnowledgeBase,
    options: PoolServerOptions,
    rules: AdmissionRules = AdmissionRules()
  ) {
    desk = Desk(store: store, knowledge: knowledge, options: options, rules: rules)
    self.options = options
  }

  /// Serves until the program is asked to stop (SIGINT, SIGTERM); requests that have begun are
  /// answered first.
  ///
  /// - Parameter running: called once with the port that is listened on.
  /// - Throws: what keeps it from listening.
  public func run(running: @escaping @Sendable (Int) async -> Void) async throws {
    let ending = ServerLog.Ending()
    var logger = Logger(label: "culprit") { ServerLog(label: $0, until: ending) }
    logger.logLevel = .error
    let responder = CallbackResponder<PoolContext> { request, context in
      await respond(to: request, context)
    }
    let seconds = options.secondsToAsk
    let plain = HTTPServerBuilder.http1(
      configuration: .init(
        additionalChannelHandlers: [RequestDeadline(seconds: seconds)],
        idleTimeout: .seconds(options.secondsIdle),
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: 8_192, maxHeaderListSize: 16_384, maxHeaderFieldCount: 64)))
    let application = Application(
      responder: responder,
      server: try options.certificate.map { try .tls(plain, tlsConfiguration: $0.configuration()) }
        ?? plain,
      configuration: .init(
        address: .hostname(options.host, port: options.port), serverName: nil,
        reuseAddress: true,
        availableConnectionsDelegate: MaximumAvailableConnections(options.mostConnections)),
      onServerRunning: { channel in await running(channel.localAddress?.port ?? 0) },
      logger: logger)
    let upkeep = Task { await keepUpAlways() }
    let outcome: Result<Void, any Error>
    do {
      outcome = try await withTaskCancellationHandler {
        .success(try await application.runService())
      } onCancel: {
        ending.cancel()
      }
    } catch { outcome = .failure(error) }
    // Whoever closes the store next must not be in the way of what has begun.
    upkeep.cancel()
    await upkeep.value
    try outcome.get()
  }

  /// A new link for an operator's first entry, as a path; good once, for an hour.
  public func operatorPath() -> String {
    "/operator/enter/\(desk.sessions.issueLink(at: desk.clock()).text)"
  }

  /// Keeps up again and again, until it is cancelled.
  private func keepUpAlways() async {
    var isStart = true
    while !Task.isCancelled {
      do {
        try await desk.upkeep.run(at: desk.clock(), isStart: isStart)
        isStart = false
      } catch {
        desk.counters.count("culprit_pool_upkeep_failures_total")
        options.log?(
          AccessLine(
            at: desk.clock(), method: "-", route: "upkeep", status: 503, bytes: 0, microseconds: 0,
            problem: "\(error)"))
      }
      try? await Task.sleep(for: .seconds(PoolServer.secondsBetweenUpkeep))
    }
  }

  private static let secondsBetweenUpkeep = 10

  private func respond(to request: Request, _ context: PoolContext) async -> Response {
    let method = request.method.rawValue
    let began = ContinuousClock.now
    let (answer, route) = await take(request, method: method, context)
    if let log = options.log {
      let taken = (ContinuousClock.now - began).components
      log(
        AccessLine(
          at: desk.clock(), method: route == "none" ? "-" : method, route: route,
          status: answer.status, bytes: answer.body.count,
          microseconds: taken.seconds * 1_000_000 + taken.attoseconds / 1_000_000_000_000,
          problem: answer.reason))
    }
    desk.counters.count(
      "culprit_pool_requests_total", [("route", route), ("status", String(answer.status))])
    return response(answer, to: request, isHead: method == "HEAD")
  }

  private func take(
    _ request: Request, method: String, _ context: PoolContext
  ) async -> (ServerAnswer, route: String) {
    var call = Call()
    call.from = origin(of: request, context)
    call.session = PoolServer.cookie(request.headers[.cookie])
    call.site = HTTPField.Name("Sec-Fetch-Site").flatMap { request.headers[$0] }
    if let shown = request.headers[.authorization], shown.lowercased().hasPrefix("bearer ") {
      call.key = String(shown.dropFirst(7).drop { $0 == " " })
    }
    if method == "POST" {
      let most = PoolServer.mostBytes
      if let stated = request.headers[.contentLength].flatMap({ Int($0) }), stated > most {
        return (PoolServer.tooLarge, "none")
      }
      do {
        let body = try await request.body.collect(upTo: most)
        call.body = Array(body.readableBytesView)
        switch (request.headers[.contentEncoding] ?? "identity").lowercased() {
        case "identity": break
        case "gzip": call.body = try Gzip.inflated(call.body, most: most)
        default: return (PoolServer.unknownEncoding, "none")
        }
      } catch Gzip.Problem.damaged {
        return (.problem(400, "Not gzip", "the body is not what its encoding says"), "none")
      } catch Gzip.Problem.tooLarge {
        return (PoolServer.tooLarge, "none")
      } catch is NIOTooManyBytesError {
        return (PoolServer.tooLarge, "none")
      } catch {
        return (.problem(400, "Cut short", "the request ended before it was whole"), "none")
      }
    }
    return await desk.answer(method: method, target: request.head.path ?? "", call: call)
  }

  /// No request has more.
  private static let mostBytes = PoolLimits.bytesOfBatch + 64
  private static let unknownEncoding = ServerAnswer.problem(
    415, "Unknown encoding", "a body is sent as it is, or by gzip")
  private static let tooLarge = ServerAnswer.problem(
    413, "Too large", "a request has at most \(mostBytes) bytes")

  private func response(_ answer: ServerAnswer, to request: Request, isHead: Bool) -> Response {
    var fields = HTTPFields()
    fields[.contentType] = answer.type
    fields[.xContentTypeOptions] = "nosniff"
    fields[.contentSecurityPolicy] = Page.policy
    if let name = HTTPField.Name("Referrer-Policy") { fields[name] = "no-referrer" }
    for (name, value) in answer.headers {
      if let name = HTTPField.Name(name) { fields[name] = value }
    }
    let isKept = answer.status == 200 && request.method != .post && !answer.isPrivate
    fields[.cacheControl] = isKept ? "no-cache" : "no-store"
    if isKept {
      fields[.eTag] = "W/" + answer.tag
      fields[.vary] = "Accept-Encoding"
      if PoolServer.tags(request.headers[.ifNoneMatch]).contains(answer.tag) {
        return Response(status: .notModified, headers: fields)
      }
    }
    // What is left of a request that was refused is not waited for.
    if answer.status == 413 { fields[.connection] = "close" }
    var body = answer.body
    // What is for one reader holds secrets of his: its length is not to tell of them.
    if isKept, body.count >= PoolServer.fewestBytesToCompress,
      PoolServer.takesGzip(request.headers[.acceptEncoding]),
      let compressed = Gzip.compressed(body)
    {
      body = compressed
      fields[.contentEncoding] = "gzip"
    }
    let response = Response(
      status: HTTPResponse.Status(code: answer.status), headers: fields,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    return isHead ? response.createHeadResponse() : response
  }

  /// Where a request comes from: what a proxy that is believed says, else the peer.
  private func origin(of request: Request, _ context: PoolContext) -> Address {
    guard options.proxies.contains(where: { $0.contains(context.from) }),
      let name = HTTPField.Name("X-Forwarded-For"),
      let last = request.headers[values: name].last?.split(separator: ",").last,
      let address = Address(String(last.filter { $0 != " " }))
    else { return context.from }
    return address
  }

  private static let fewestBytesToCompress = 1_024

  /// Whether an `Accept-Encoding` takes gzip (RFC 9110, 12.5.3).
  private static func takesGzip(_ field: String?) -> Bool {
    for part in (field ?? "").lowercased().split(separator: ",").prefix(32) {
      let sides = part.split(separator: ";", maxSplits: 1).map { $0.filter { $0 != " " } }
      guard sides.first == "gzip" || sides.first == "*" else { continue }
      return sides.count < 2 || !sides[1].hasPrefix("q=0")
        || sides[1].contains { "123456789".contains($0) }
    }
    return false
  }

  private static func cookie(_ field: String?) -> String? {
    for pair in (field ?? "").split(separator: ";").prefix(32) {
      let sides = pair.split(separator: "=", maxSplits: 1)
      if sides.count == 2, sides[0].drop(while: { $0 == " " }) == Sessions.cookie {
        return String(sides[1])
      }
    }
    return nil
  }

  private static func tags(_ field: String?) -> Set<String> {
    Set(
      (field ?? "").split(separator: ",").prefix(16).map {
        var tag = $0.drop { $0 == " " }
        if tag.hasPrefix("W/") { tag = tag.dropFirst(2) }
        return String(tag.prefix { $0 != " " })
      })
  }
}

extension PoolCertificate {
  /// What the wire needs of it: TLS 1.2 or later.
  func configuration() throws -> TLSConfiguration {
    let chain = try NIOSSLCertificate.fromPEMFile(chain).map {
      NIOSSLCertificateSource.certificate($0)
    }
    let key = try NIOSSLPrivateKey(file: key, format: .pem)
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = .tlsv12
    return configuration
  }
}

/// A request with where it came from.
struct PoolContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let from: Address

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    from = source.channel.remoteAddress?.ipAddress.flatMap { Address($0) } ?? .unspecified
  }
}
