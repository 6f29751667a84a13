internal import Observations

/// Connections out of the log of IIS' SMTP service (`SMTPSVC1`), which has a line for each command.
///
/// A command is a visit where the client was quiet for five minutes or had said `QUIT`; the service
/// logs no port of the client's, and 0 for its own. What the service itself says to other servers
/// stands in the same log, under the users `OutboundConnectionCommand` and
/// `OutboundConnectionResponse`, and is none.
struct IISMail {
  /// The service's port.
  static let port: UInt16 = 25
  private static let commands: [StaticString] = [
    "HELO", "EHLO", "MAIL", "RCPT", "DATA", "BDAT", "QUIT", "RSET", "NOOP", "VRFY", "EXPN", "AUTH",
    "STARTTLS", "ETRN", "TURN", "X-EXPS", "XEXCH50",
  ]
  private var recent = RecentVisitors()

  /// Whether a method is one of SMTP (RFC 5321), not of HTTP.
  static func isCommand(_ bytes: RawSpan, _ method: Range<Int>) -> Bool {
    commands.contains { bytes.fills($0, method) }
  }

  /// Whether a user stands for the service itself.
  static func isOutbound(_ bytes: RawSpan, _ user: Range<Int>) -> Bool {
    bytes.fills("OutboundConnectionCommand", user)
      || bytes.fills("OutboundConnectionResponse", user)
  }

  /// Whether a command is the first of its connection.
  mutating func isOpening(
    _ bytes: RawSpan, _ method: Range<Int>, _ visit: Observation
  ) -> Bool {
    let isKnown = recent.isKnown(visit.source, 0, visit.time)
    if bytes.fills("QUIT", method) { recent.forget(visit.source) }
    return !isKnown
  }
}
