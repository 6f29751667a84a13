internal import NIOCore
internal import NIOPosix
internal import NIOSSL
public import Observations
public import Pool
public import Reporting

/// The server that takes over our mail.
public struct SMTPServer: Sendable {
  /// Its name, or its address.
  public var host: String
  /// How TLS begins; without leave to go without it, it always does.
  public var tls = TLS.starttls
  /// Its port; nil for that which is usual.
  public var port: Int?
  /// What we sign in as; nil for not at all.
  public var user: String?
  /// The password; it is sent over TLS only, unless `allowsPlain`.
  public var password = ""
  /// Whose mails they are.
  public var from: Reporter
  /// A file of certificates (PEM) that may vouch for the server; nil for those of this machine.
  public var authority: String?
  /// Whether mail, and the password, may go without TLS to a server that offers none: for one on the same
  /// machine.
  public var allowsPlain = false
  /// A reply must have come after so many seconds.
  public var seconds: Int64 = 60

  /// When TLS begins.
  public enum TLS: String, CaseIterable, Hashable, Sendable {
    /// After both sides agreed on it (RFC 3207); usually at port 587 (RFC 6409).
    case starttls
    /// Before the first word (RFC 8314), usually at port 465.
    case implicit

    /// The port that is usual for it.
    public var port: Int { self == .implicit ? 465 : 587 }
  }

  /// A server.
  public init(host: String, from: Reporter) {
    self.host = host
    self.from = from
  }
}

/// Sends mail by SMTP (RFC 5321) over TLS, begun by STARTTLS (RFC 3207) or at once (RFC 8314), signed in by AUTH PLAIN (RFC 4954, RFC 4616).
///
/// Without TLS nothing is sent, unless the settings say so; the server's certificate must be good for its
/// name. Nothing is kept between letters.
public struct SMTPClient: LetterSender {
  private let server: SMTPServer
  private let clock: @Sendable () -> Timestamp

  /// A client.
  ///
  /// - Parameters:
  ///   - server: where mail is handed in.
  ///   - clock: tells the present time, for mails' dates.
  public init(server: SMTPServer, clock: @escaping @Sendable () -> Timestamp) {
    self.server = server
    self.clock = clock
  }

  /// Hands a letter to the server.
  public func send(_ letter: Letter) async throws(DeliveryError) {
    let message = try MailMessage(letter, from: server.from, at: clock())
    let secrets = (server.user ?? "") + server.password
    guard !secrets.utf8.contains(where: { $0 < 0x20 }) else {
      throw DeliveryError("user and password have no control characters")
    }
    let talk = try await SMTPTalk(to: server)
    let problem: DeliveryError?
    do {
      try await talk.hand(in: message)
      problem = nil
    } catch { problem = error }
    await talk.end()
    if let problem { throw problem }
  }
}

/// One connection to a server.
private struct SMTPTalk {
  private let server: SMTPServer
  private let channel: any Channel
  private let reader: SMTPReader

  init(to server: SMTPServer) async throws(DeliveryError) {
    self.server = server
    let reader = SMTPReader()
    self.reader = reader
    let port = server.port ?? server.tls.port
    do {
      channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connectTimeout(.seconds(min(server.seconds, 30)))
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            if server.tls == .implicit {
              try channel.pipeline.syncOperations.addHandler(server.newTLS())
            }
            try channel.pipeline.syncOperations.addHandler(reader)
          }
        }
        .connect(host: server.host, port: port).get()
    } catch {
      throw DeliveryError("\(server.host):\(port) cannot be reached: \(error)")
    }
  }

  /// Hands a message in, from the greeting to the server's word that it answers for it.
  func hand(in message: MailMessage) async throws(DeliveryError) {
    _ = try await said(nil, 220, "greets")
    let hello = "EHLO \(ownName)"
    var offers = try await said(hello, 250, "is greeted").lines.map { $0.uppercased() }
    if server.tls == .implicit {
      // All was said over TLS.
    } else if offers.contains("STARTTLS") {
      _ = try await said("STARTTLS", 220, "is asked for TLS")
      try await startTLS()
      // What was offered before is nobody's word (RFC 3207, 4.2).
      offers = try await said(hello, 250, "is greeted over TLS").lines.map { $0.uppercased() }
    } else if !server.allowsPlain {
      throw DeliveryError("\(server.host) offers no TLS: nothing was sent")
    }
    if let user = server.user {
      guard
        offers.contains(where: {
          $0.hasPrefix("AUTH ") && $0.split(separator: " ").contains("PLAIN")
        })
      else { throw DeliveryError("\(server.host) does not offer AUTH PLAIN") }
      let proof = base64(Array("\0\(user)\0\(server.password)".utf8))
      _ = try await said("AUTH PLAIN \(proof)", 235, "is told user and password")
    }
    _ = try await said("MAIL FROM:<\(message.from.address)>", 250, "is told the sender")
    for recipient in message.to {
      _ = try await said("RCPT TO:<\(recipient.address)>", 250, "is told the recipient")
    }
    _ = try await said("DATA", 354, "is told that the mail comes")
    // A server may look a mail through before it answers for it.
    _ = try await said(bytes: message.data, 250, "has the mail", seconds: server.seconds * 5)
  }

  /// Says goodbye, and ends the connection.
  func end() async {
    _ = try? await said("QUIT", 221, "is told goodbye", seconds: 5)
    // It may be closed already.
    try? await channel.close()
  }

  /// What we call ourselves: our address on this connection (RFC 5321, 4.1.3).
  private var ownName: String {
    let address = channel.localAddress?.ipAddress ?? "127.0.0.1"
    return address.contains(":") ? "[IPv6:\(address)]" : "[\(address)]"
  }

  private func said(
    _ line: String?, _ wanted: Int, _ moment: String, seconds: Int64? = nil
  ) async throws(DeliveryError) -> SMTPReply {
    try await said(bytes: line.map { Array("\($0)\r\n".utf8) }, wanted, moment, seconds: seconds)
  }

  /// Says something and waits for the reply that is wanted.
  private func said(
    bytes: [UInt8]?, _ wanted: Int, _ moment: String, seconds: Int64? = nil
  ) async throws(DeliveryError) -> SMTPReply {
    let (reader, channel) = (reader, channel)
    let promise = channel.eventLoop.makePromise(of: SMTPReply.self)
    let late = channel.eventLoop.scheduleTask(in: .seconds(seconds ?? server.seconds)) {
      reader.fail(.late)
    }
    defer { late.cancel() }
    reader.expect(promise)
    // What cannot be written is told by the reader: the connection is then at its end.
    if let bytes { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }
    let reply: SMTPReply
    do { reply = try await promise.futureResult.get() } catch {
      let words = (error as? SMTPProblem)?.words ?? "\(error)"
      throw DeliveryError("\(server.host), as it \(moment): \(inert(words).prefix(500))")
    }
    guard reply.code == wanted else {
      throw DeliveryError("\(server.host), as it \(moment): \(reply.words)")
    }
    return reply
  }

  private func startTLS() async throws(DeliveryError) {
    let (reader, channel, server) = (reader, channel, server)
    do {
      try await channel.eventLoop.submit {
        guard reader.isQuiet else { throw SMTPProblem.spokeBeforeTLS }
        try channel.pipeline.syncOperations.addHandler(server.newTLS(), position: .first)
      }.get()
    } catch {
      let words = (error as? SMTPProblem)?.words ?? "\(error)"
      throw DeliveryError("\(server.host): TLS cannot begin: \(inert(words).prefix(500))")
    }
  }
}

extension SMTPServer {
  /// What speaks TLS with the server, whose certificate must be good for its name.
  fileprivate func newTLS() throws -> NIOSSLClientHandler {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    if let authority { configuration.trustRoots = .file(authority) }
    // An address is vouched for as an address, a name as a name.
    let name = (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
    return try NIOSSLClientHandler(
      context: NIOSSLContext(configuration: configuration), serverHostname: name)
  }
}

extension SMTPServer {
  /// Tells notices to the pool's staff by mail.
  public struct Staff: NoticeDestination {
    /// `mail`.
    public let name = "mail"
    /// What they are told of.
    public let kinds: Set<Notice.Kind>
    /// Five minutes.
    public let secondsBetween: Int64 = 300
    private let sender: any LetterSender
    private let to: [String]

    /// A destination.
    ///
    /// - Parameters:
    ///   - sender: the way that mail goes.
    ///   - to: the staff's addresses.
    ///   - kinds: what they are told of.
    public init(sender: any LetterSender, to: [String], kinds: Set<Notice.Kind>) {
      self.sender = sender
      self.to = to
      self.kinds = kinds
    }

    /// Sends one mail about all of them.
    public func deliver(_ notices: [Notice]) async throws(DeliveryError) {
      try await sender.send(NoticeText.letter(about: notices, to: to))
    }
  }
}
