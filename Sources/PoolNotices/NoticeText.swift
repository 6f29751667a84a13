internal import Crypto
internal import Observations
internal import Pool
internal import Reporting

/// Notices in words and as JSON.
enum NoticeText {
  /// One letter about several notices.
  static func letter(about notices: [Notice], to: [String]) -> Letter {
    let first = notices.first.map { sentence($0) } ?? "nothing"
    let more = notices.count > 1 ? ", and \(notices.count - 1) more" : ""
    var text = ""
    for notice in notices {
      text += wrapped("\(notice.at): \(sentence(notice))", hang: 2)
      text += "  \(path(notice))\n"
    }
    text +=
      "\n"
      + wrapped(
        "The paths stand under the pool's own address. An address in an incident was borne by packets that "
          + "sensors reported, which is no proof of who sent them.")
    text += "\n-- \nsent by culprit \(culpritVersion), as its settings say\n"
    return Letter(to: to, subject: "Pool: \(first)\(more)", text: text, identity: identity(notices))
  }

  /// What happened, without a trailing stop.
  static func sentence(_ notice: Notice) -> String {
    switch notice.kind {
    case .opened: "incident #\(notice.number) began: \(notice.subject)\(cause(notice))"
    case .cameBack: "incident #\(notice.number) came back: \(notice.subject)\(cause(notice))"
    case .escalateAgain:
      "incident #\(notice.number), \(notice.subject): reports still come, "
        + "\(IncidentRules.hoursToEscalateAgain) hours after those answerable were told"
    case .fellQuiet:
      "incident #\(notice.number), \(notice.subject), was closed: quiet for "
        + "\(IncidentRules.quietDays) days"
    case .correction: "request \(notice.number) for a correction or an erasure: \(notice.subject)"
    }
  }

  private static func cause(_ notice: Notice) -> String {
    notice.article.map { ", which most networks take for \($0)" } ?? ""
  }

  /// Where the pool shows it.
  static func path(_ notice: Notice) -> String {
    notice.kind == .correction ? "/operator" : "/incident/\(notice.number)"
  }

  /// The same for the same notices: what tells a message sent again from another.
  static func identity(_ notices: [Notice]) -> String {
    let names = notices.map(\.identity).joined(separator: "\n")
    return "notice-" + hexadecimal(SHA256.hash(data: Array(names.utf8)).prefix(16))
  }

  /// What a webhook is sent.
  static func json(_ notices: [Notice]) -> JSONValue {
    .object([
      ("version", .integer(1)),
      (
        "notices",
        .array(
          notices.map { notice in
            .object([
              ("id", .string(notice.identity)), ("kind", .string(notice.kind.rawValue)),
              ("at", .string(notice.at.description)), ("number", .integer(Int(notice.number))),
              ("address", .string(notice.subject.description)),
              ("article", .text(notice.article)), ("path", .string(path(notice))),
              ("says", .string(sentence(notice))),
            ])
          })
      ),
    ])
  }

  static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
