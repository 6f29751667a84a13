internal import AsyncHTTPClient
internal import Crypto
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
public import Observations
public import Pool
internal import Reporting

/// Where a webhook's requests go.
public struct WebhookAddress: Hashable, Sendable {
  /// The address as it was given.
  public let text: String

  /// An address of the web; nil for anything else.
  ///
  /// - Parameters:
  ///   - text: `https://`, a host, and a path if there is one; nobody's name or password.
  ///   - allowsPlain: whether it may be `http://`: for a receiver on the same machine.
  public init?(_ text: String, allowsPlain: Bool = false) {
    let starts = ["https://"] + (allowsPlain ? ["http://"] : [])
    guard let start = starts.first(where: { text.hasPrefix($0) }), text.utf8.count <= 2_048,
      text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x5c })
    else { return nil }
    let authority = text.dropFirst(start.utf8.count).prefix { !"/?#".contains($0) }
    guard !authority.isEmpty, authority.first != ":", !authority.contains("@"),
      !text.contains("#")
    else { return nil }
    self.text = text
  }
}

/// Sends notices to a program by HTTP, signed so that it knows whose they are.
///
/// Each request bears `Culprit-Timestamp`, the second at which it was made, and `Culprit-Signature`:
/// `v1=` and the HMAC-SHA-256 (RFC 2104) of the timestamp, a full stop and the body, in lower-case
/// hexadecimal digits. Redirections are not followed: what is signed goes where the settings say.
public struct Webhook: NoticeDestination {
  /// `webhook`.
  public let name = "webhook"
  /// What it is told of.
  public let kinds: Set<Notice.Kind>
  /// Ten.
  public let secondsBetween: Int64 = 10

  private let address: WebhookAddress
  private let secret: [UInt8]
  private let authority: String?
  private let clock: @Sendable () -> Timestamp

  /// The fewest bytes of a secret.
  public static let fewestBytesOfSecret = 16
  private static let seconds: Int64 = 30

  /// A destination.
  ///
  /// - Parameters:
  ///   - address: where requests go.
  ///   - secret: what both sides know, at least `fewestBytesOfSecret` bytes.
  ///   - kinds: what it is told of.
  ///   - authority: a file of certificates (PEM) that may vouch for the receiver; nil for this machine's.
  ///   - clock: tells the present time.
  public init(
    address: WebhookAddress, secret: [UInt8], kinds: Set<Notice.Kind>, authority: String? = nil,
    clock: @escaping @Sendable () -> Timestamp
  ) {
    self.address = address
    self.secret = secret
    self.kinds = kinds
    self.authority = authority
    self.clock = clock
  }

  /// The signature of a body sent at a time.
  ///
  /// - Parameters:
  ///   - body: the request's body.
  ///   - timestamp: what stands in `Culprit-Timestamp`.
  ///   - secret: what both sides know.
  /// - Returns: what stands in `Culprit-Signature`.
  public static func signature(of body: [UInt8], timestamp: String, secret: [UInt8]) -> String {
    let code = HMAC<SHA256>.authenticationCode(
      for: Array("\(timestamp).".utf8) + body, using: SymmetricKey(data: secret))
    return "v1=" + NoticeText.hexadecimal(code)
  }

  /// Sends one request about all of them. Any status of 200 to 299 means that they arrived.
  public func deliver(_ notices: [Notice]) async throws(DeliveryError) {
    let body = Array(NoticeText.json(notices).document().utf8)
    let timestamp = String(clock().wholeSeconds)
    var request = HTTPClientRequest(url: address.text)
    request.method = .POST
    request.headers.add(name: "Content-Type", value: "application/json")
    request.headers.add(name: "User-Agent", value: "culprit")
    request.headers.add(name: "Culprit-Timestamp", value: timestamp)
    request.headers.add(
      name: "Culprit-Signature",
      value: Webhook.signature(of: body, timestamp: timestamp, secret: secret))
    request.body = .bytes(ByteBuffer(bytes: body))
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.timeout = .init(connect: .seconds(10), read: .seconds(Webhook.seconds))
    if let authority {
      var tls = TLSConfiguration.makeClientConfiguration()
      tls.trustRoots = .file(authority)
      configuration.tlsConfiguration = tls
    }
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    let problem: DeliveryError?
    do {
      // Of the answer nothing is read but its status.
      let status = Int(
        try await client.execute(request, timeout: .seconds(Webhook.seconds)).status.code)
      problem = (200..<300).contains(status) ? nil : DeliveryError("the webhook answered \(status)")
    } catch {
      let words = (error as? HTTPClientError)?.shortDescription ?? "\(error)"
      problem = DeliveryError("the webhook cannot be reached: \(inert(words).prefix(500))")
    }
    // What is still open is closed; there is nothing to be done where that fails.
    try? await client.shutdown()
    if let problem { throw problem }
  }
}
