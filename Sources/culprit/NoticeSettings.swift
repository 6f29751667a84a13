import FoundationEssentials
import Observations
import Pool
import PoolNotices
import PoolServer
import Reporting

/// What `culprit serve` is told about whom to tell what. Nothing leaves without it.
struct NoticeSettings {
  var server: String?
  var port: Int?
  var mailTLS = SMTPServer.TLS.starttls
  var user: String?
  var passwordFile: String?
  var from: Reporter?
  var to: [String] = []
  var mailAuthority: String?
  var plainMail = false
  var webhook: String?
  var secretFile: String?
  var webhookAuthority: String?
  var plainWebhook = false
  /// What is told; each destination may have a list of its own.
  var about = Set(Notice.Kind.allCases)
  var mailAbout: Set<Notice.Kind>?
  var webhookAbout: Set<Notice.Kind>?
  var contacts: String?

  /// The port of the server that takes mail.
  var mailPort: Int { port ?? mailTLS.port }

  private typealias Setting = ServeSettings.Setting

  /// The settings, by their names.
  static let all: [ServeSettings.Setting] =
    mail + hook + [
      Setting(name: "notify.about", meaning: "a list of what is told: \(kinds)") {
        $0.notices.about = try NoticeSettings.kinds($1)
      },
      Setting(name: "contacts", meaning: "a table (CSV) of blocks and addresses for mail") {
        $0.notices.contacts = try ServeSettings.one($1)
      },
    ]

  private static let mail: [ServeSettings.Setting] = [
    Setting(name: "notify.smtp.server", meaning: "the server that takes our mail") {
      $0.notices.server = try ServeSettings.one($1)
    },
    Setting(name: "notify.smtp.port", meaning: "its port, if not 587, or 465 with tls: implicit") {
      $0.notices.port = try ServeSettings.number($1, in: 1...65_535)
    },
    Setting(name: "notify.smtp.tls", meaning: "starttls, or implicit: from the first word on") {
      $0.notices.mailTLS = try tls($1)
    },
    Setting(name: "notify.smtp.user", meaning: "what to sign in as") {
      $0.notices.user = try ServeSettings.one($1)
    },
    Setting(name: "notify.smtp.password-file", meaning: "a file with the password") {
      $0.notices.passwordFile = try ServeSettings.one($1)
    },
    Setting(name: "notify.smtp.from", meaning: "whose mails they are, like Pool <pool@example.org>")
    {
      $0.notices.from = try address($1)
    },
    Setting(name: "notify.smtp.to", meaning: "a list of those who are told by mail") {
      $0.notices.to = try $1.map { try address([$0]).address }
    },
    Setting(name: "notify.smtp.ca-file", meaning: "certificates (PEM) that vouch for the server") {
      $0.notices.mailAuthority = try ServeSettings.one($1)
    },
    Setting(name: "notify.smtp.plain", meaning: "true where mail may go without TLS") {
      $0.notices.plainMail = try ServeSettings.truth($1)
    },
    Setting(name: "notify.smtp.about", meaning: "what is told by mail, if not notify.about") {
      $0.notices.mailAbout = try kinds($1)
    },
  ]

  private static let hook: [ServeSettings.Setting] = [
    Setting(name: "notify.webhook.url", meaning: "where signed requests go, https://...") {
      $0.notices.webhook = try ServeSettings.one($1)
    },
    Setting(name: "notify.webhook.secret-file", meaning: "a file with what both sides know") {
      $0.notices.secretFile = try ServeSettings.one($1)
    },
    Setting(name: "notify.webhook.ca-file", meaning: "certificates (PEM) that vouch for it") {
      $0.notices.webhookAuthority = try ServeSettings.one($1)
    },
    Setting(name: "notify.webhook.plain", meaning: "true where it may be http://") {
      $0.notices.plainWebhook = try ServeSettings.truth($1)
    },
    Setting(name: "notify.webhook.about", meaning: "what it is told, if not notify.about") {
      $0.notices.webhookAbout = try kinds($1)
    },
  ]

  /// Settings that are lists: in the environment with blanks between.
  static let lists: Set<String> = [
    "notify.about", "notify.smtp.about", "notify.webhook.about", "notify.smtp.to",
  ]

  private static let kinds = Notice.Kind.allCases.map(\.rawValue).joined(separator: ", ")

  private static func kinds(_ values: [String]) throws -> Set<Notice.Kind> {
    Set(
      try values.map { text in
        guard let kind = Notice.Kind(rawValue: text) else {
          throw ServeSettings.Problem(text: "'\(inert(text))' is none of \(kinds)")
        }
        return kind
      })
  }

  private static func tls(_ values: [String]) throws -> SMTPServer.TLS {
    let text = try ServeSettings.one(values)
    guard let tls = SMTPServer.TLS(rawValue: text) else {
      throw ServeSettings.Problem(text: "'\(inert(text))' is neither starttls nor implicit")
    }
    return tls
  }

  private static func address(_ values: [String]) throws -> Reporter {
    let text = try ServeSettings.one(values)
    guard let address = Reporter(text) else {
      throw ServeSettings.Problem(text: "'\(inert(text))' is no address for mail")
    }
    return address
  }

  // MARK: what they come to

  /// The way that mail goes; nil where no server is named.
  ///
  /// - Parameter clock: tells the present time.
  /// - Returns: a client of the server.
  /// - Throws: `CommandError` where a setting is missing, or a file cannot be read.
  func letters(_ clock: @escaping @Sendable () -> Timestamp) throws -> SMTPClient? {
    guard let server else {
      if user != nil || passwordFile != nil || from != nil || !to.isEmpty {
        throw CommandError.usage("notify.smtp.server is missing")
      }
      return nil
    }
    guard let from else { throw CommandError.usage("notify.smtp.from is missing") }
    guard (user == nil) == (passwordFile == nil) else {
      throw CommandError.usage("notify.smtp.user and notify.smtp.password-file belong together")
    }
    guard !plainMail || mailTLS == .starttls else {
      throw CommandError.usage("notify.smtp.plain and tls: implicit exclude one another")
    }
    var place = SMTPServer(host: server, from: from)
    place.port = port
    place.tls = mailTLS
    place.user = user
    place.password = try passwordFile.map { try NoticeSettings.secret($0) } ?? ""
    place.authority = mailAuthority
    place.allowsPlain = plainMail
    return SMTPClient(server: place, clock: clock)
  }

  /// Where notices go; empty where nobody is to be told.
  ///
  /// - Parameters:
  ///   - letters: the way that mail goes.
  ///   - clock: tells the present time.
  /// - Returns: at most one by mail, and one webhook.
  /// - Throws: `CommandError` where a setting is missing, or a file cannot be read.
  func destinations(
    _ letters: SMTPClient?, _ clock: @escaping @Sendable () -> Timestamp
  ) throws -> [any NoticeDestination] {
    var destinations: [any NoticeDestination] = []
    if let letters, !to.isEmpty {
      destinations.append(SMTPServer.Staff(sender: letters, to: to, kinds: mailAbout ?? about))
    }
    switch (webhook, secretFile) {
    case (let url?, let file?):
      guard let address = WebhookAddress(url, allowsPlain: plainWebhook) else {
        throw CommandError.usage(
          "notify.webhook.url is an address like https://example.org/notices; http:// only with "
            + "notify.webhook.plain")
      }
      let secret = Array(try NoticeSettings.secret(file).utf8)
      guard secret.count >= Webhook.fewestBytesOfSecret else {
        throw CommandError.usage(
          "\(file): a secret has at least \(Webhook.fewestBytesOfSecret) bytes")
      }
      destinations.append(
        Webhook(
          address: address, secret: secret, kinds: webhookAbout ?? about,
          authority: webhookAuthority, clock: clock))
    case (nil, nil): break
    default:
      throw CommandError.usage("notify.webhook.url and notify.webhook.secret-file belong together")
    }
    return destinations
  }

  /// Whom mail about a source goes to.
  ///
  /// - Throws: `CommandError` where the table cannot be read.
  func contactTable() throws -> ContactTable {
    guard let contacts else { return ContactTable() }
    guard let data = try? Data(contentsOf: URL(filePath: contacts)), data.count <= 1 << 26 else {
      throw CommandError.usage("\(contacts) cannot be read, or is larger than 64 MiB")
    }
    do throws(ContactTable.Problem) {
      return try ContactTable(csv: String(decoding: data, as: UTF8.self))
    } catch {
      throw CommandError.usage("\(contacts), line \(error.line): \(error.because)")
    }
  }

  /// What a file holds, without the line's end behind it.
  private static func secret(_ path: String) throws -> String {
    guard let data = try? Data(contentsOf: URL(filePath: path)), data.count <= 4_096 else {
      throw CommandError.usage("\(path) cannot be read, or is larger than 4 KiB")
    }
    var text = String(decoding: data, as: UTF8.self)
    while text.last?.isNewline == true { text.removeLast() }
    guard !text.isEmpty else { throw CommandError.usage("\(path) is empty") }
    return text
  }
}
