internal import Observations
internal import Pool
internal import Reporting

/// A message of plain text (RFC 5322, RFC 2045). Line breaks and other control characters in a header are
/// refused, not repaired: who puts them there wants something else.
struct MailMessage: Sendable {
  /// The envelope's sender.
  let from: Reporter
  /// The envelope's recipients.
  let to: [Reporter]
  /// All of it, lines ended by CR LF, no line longer than 78 bytes but for addresses.
  let bytes: [UInt8]

  /// The longest subject, in bytes.
  static let subjectBytes = 512
  /// The longest text, in bytes.
  static let textBytes = 1 << 20
  /// The most recipients.
  static let mostRecipients = 50
  /// The longest address (RFC 5321, 4.5.3.1.3, without brackets).
  private static let addressBytes = 254

  /// A message.
  ///
  /// - Parameters:
  ///   - letter: what it says, and to whom.
  ///   - from: who says it.
  ///   - time: its date.
  /// - Throws: `DeliveryError` where a part of it cannot be sent.
  init(_ letter: Letter, from: Reporter, at time: Timestamp) throws(DeliveryError) {
    guard (1...MailMessage.mostRecipients).contains(letter.to.count) else {
      throw DeliveryError("a mail has 1 to \(MailMessage.mostRecipients) recipients")
    }
    var to: [Reporter] = []
    for text in letter.to {
      guard text.utf8.count <= MailMessage.addressBytes, !text.contains("<"),
        let recipient = Reporter(text)
      else { throw DeliveryError("this is no address for mail: \(inert(text))") }
      to.append(recipient)
    }
    guard (1...MailMessage.subjectBytes).contains(letter.subject.utf8.count),
      !letter.subject.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f })
    else { throw DeliveryError("a subject has no control characters, and 1 to 512 bytes") }
    guard letter.text.utf8.count <= MailMessage.textBytes else {
      throw DeliveryError("a mail has at most 1 MiB")
    }
    guard !letter.identity.isEmpty, letter.identity.utf8.count <= 128,
      letter.identity.utf8.allSatisfy({
        (0x61...0x7a).contains($0 | 0x20) || (0x30...0x39).contains($0) || $0 == 0x2d
      })
    else { throw DeliveryError("a mail's identity has letters, digits and hyphens") }
    self.from = from
    self.to = to
    let recipients = to.map(\.address).joined(separator: ",\r\n ")
    bytes = Array(
      (MailText.plainHeader("Date", MailText.date(time))
        + MailText.plainHeader("From", MailText.mailbox(from))
        + MailText.plainHeader("To", recipients)
        + MailText.header("Subject", letter.subject)
        + MailText.plainHeader("Message-ID", "<\(letter.identity)@\(from.domain)>")
        + MailText.plainHeader("MIME-Version", "1.0")
        + MailText.plainHeader("Content-Type", "text/plain; charset=utf-8")
        + MailText.plainHeader("Content-Transfer-Encoding", "quoted-printable")
        // So that no answering machine answers (RFC 3834).
        + MailText.plainHeader("Auto-Submitted", "auto-generated")
        + "\r\n" + MailText.quotedPrintable(letter.text)).utf8)
  }

  /// What is sent behind DATA.
  var data: [UInt8] { MailMessage.data(of: bytes) }

  /// Bytes as they are sent behind DATA: full stops at the front of lines doubled (RFC 5321, 4.5.2), and
  /// the line that ends it.
  static func data(of bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count + 64)
    var isFront = true
    for byte in bytes {
      if isFront, byte == 0x2e { out.append(0x2e) }
      out.append(byte)
      isFront = byte == 0x0a
    }
    return out + (isFront ? [] : [0x0d, 0x0a]) + [0x2e, 0x0d, 0x0a]
  }
}
