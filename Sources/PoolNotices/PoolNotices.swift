// How a pool tells its staff what happened, and sends the mails that an operator decided to send.
//
//   NoticeQueue    notices that wait, durable and bounded; tried again, and at last given up
//   NoticeFolder   the files they wait in
//   SMTPClient     mail by SMTP (RFC 5321), over TLS (RFC 3207), with a password (RFC 4954)
//   SMTPReply      what a server says, bounded
//   MailMessage    a message (RFC 5322) that no content can break out of
//   Webhook        signed requests by HTTP
//
// Nothing leaves a machine unless its settings say where to.

public import Pool

/// Where notices go.
public protocol NoticeDestination: Sendable {
  /// A word for it, for counters and names of files: lower-case letters.
  var name: String { get }
  /// The kinds that it is told of.
  var kinds: Set<Notice.Kind> { get }
  /// After a delivery the next one waits for so many seconds, so that much that happens is little to read.
  var secondsBetween: Int64 { get }

  /// Delivers notices together.
  ///
  /// - Parameter notices: at least one, oldest first.
  /// - Throws: `DeliveryError`; then all of them are tried again.
  func deliver(_ notices: [Notice]) async throws(DeliveryError)
}
