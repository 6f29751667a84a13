import Analysis
import Detection
import Diagnosis
import Observations

extension ExportForm {
  /// A draft for those whose network the source belongs to; for one incident.
  static let mail = ExportForm(
    name: "mail", meaning: "the draft of a mail to the source's network, never sent", needs: .tally
  ) { export throws(ExportRefusal) in
    try AbuseMail(export).text
  }
}

/// A report of abuse in plain words.
struct AbuseMail {
  private let items: [ExportedActivity]
  private let incident: Incident
  private let source: String
  private let options: ExportOptions

  /// A mail about those activities of one incident for which the subject may be named.
  ///
  /// - Parameter export: what is to be reported.
  /// - Throws: `ExportRefusal` where nobody may be named, with the reasons.
  init(_ export: Export) throws(ExportRefusal) {
    guard let first = export.activities.first else {
      throw ExportRefusal("there is no incident to write about")
    }
    guard export.activities.allSatisfy({ $0.incident.id == first.incident.id }) else {
      throw ExportRefusal(
        "a mail is about one incident: culprit report ID --format mail writes it")
    }
    items = export.activities.filter { $0.standing.mayBeNamed }
    guard !items.isEmpty else {
      let reasons = export.activities.flatMap(\.standing.obstacles).map(\.words)
      var told: Set<String> = []
      throw ExportRefusal(
        "nobody can be written to about incident \(first.incident.id): "
          + reasons.filter { told.insert($0).inserted }.joined(separator: "; "))
    }
    incident = first.incident
    source = first.incident.subject.value
    options = export.options
  }

  /// The whole message.
  var text: String {
    let from = options.reporter ?? AbuseMail.nobody
    return head(from: from, identifier: identifier)
      + MailText.plainHeader("MIME-Version", "1.0")
      + MailText.plainHeader("Content-Type", "text/plain; charset=utf-8")
      + MailText.plainHeader("Content-Transfer-Encoding", "quoted-printable")
      + MailText.plainHeader("X-Unsent", "1")
      + MailText.plainHeader(
        "X-Culprit-Draft", "yes; nobody has sent this, read it before you do")
      + "\r\n" + MailText.quotedPrintable(body)
  }

  /// How a message begins, of whatever form: when, who to whom, what about.
  func head(from: Reporter, identifier: String) -> String {
    MailText.plainHeader("Date", MailText.date(options.now))
      + MailText.plainHeader("From", MailText.mailbox(from))
      + MailText.plainHeader("To", options.recipient?.address ?? AbuseMail.nowhere)
      + MailText.header("Subject", subject)
      + MailText.plainHeader("Message-ID", "<\(identifier)@\(from.domain)>")
  }

  /// Stands where nobody said who writes: mail to it goes nowhere (RFC 2606).
  private static let nobody = Reporter(name: "your name", address: "you@unset.invalid")

  /// The same for whom it is written to.
  private static let nowhere = "abuse@unset.invalid"

  /// What the mail is about.
  var subject: String {
    "Abuse report: \(source), \(items[0].activity.diagnosis.verdict ?? ""), "
      + "\(shortTime(incident.first)) UTC"
  }

  /// The same for the same report of the same reporter.
  var identifier: String {
    nameUUID(
      "mail\n\(incident.id)\n\(items.map(\.activity.id))\n\(options.reporter?.address ?? "")",
      in: UUIDNamespace.own)
  }

  /// The body, its lines ended by line feeds.
  var body: String {
    var text = wrapped(
      "A host with the address \(source), which we take to be of your network, sent traffic to us "
        + "that we believe to be abuse. All times are UTC.")
    for item in items { text += "\n" + part(item) }
    text += "\nHOW TO ANSWER\n\n"
    text += wrapped(
      "Please look for this address and these source ports in your own records of the times given, "
        + "and tell the customer or the host's keeper. If you find that the address was not in use, "
        + "or that another explanation holds, please tell us: we will correct our records. A reply to "
        + "this mail reaches us; please quote \(incident.id).")
    text += "\n-- \n"
    let from = options.reporter ?? AbuseMail.nobody
    return text + wrapped("\(from.name) <\(from.address)>")
      + "drafted by culprit \(culpritVersion)\n"
  }

  private func part(_ item: ExportedActivity) -> String {
    let evidence = item.activity.evidence
    let traffic = evidence.traffic
    var text = wrapped("WHAT WAS SEEN: \(item.activity.label)", hang: 2) + "\n"
    var page = TextPage(style: TextStyle(columns: 76))
    page.field("from", span(evidence.first, evidence.last), indent: 2, width: 9)
    page.field("traffic", describe(traffic), indent: 2, width: 9)
    text += page.text
    if let packets = item.packets, !packets.samples.isEmpty {
      text += "\n" + wrapped("The first \(packets.samples.count) of the packets, by our clock:")
      for sample in packets.samples { text += "  " + line(sample) + "\n" }
    }
    text += "\nWHAT WE BELIEVE IT IS\n\n"
    text += wrapped(
      "\(item.veiled(item.activity.diagnosis.sentence, options)). Probability "
        + "\(percent(item.activity.diagnosis.posterior)) among the causes we know of.")
    let verdict = item.activity.diagnosis.hypotheses.first {
      $0.article == item.activity.diagnosis.verdict
    }
    for indicator in verdict?.supporting ?? [] {
      text += wrapped("- \(item.veiled(indicator.because, options))", indent: 2, hang: 2)
    }
    text += "\nWHAT ELSE IT COULD BE\n\n"
    let rivals = item.activity.diagnosis.hypotheses.filter {
      $0.article != item.activity.diagnosis.verdict && $0.posterior >= Diagnosis.rivalFloor
    }
    for rival in rivals {
      text += wrapped(
        "- \(rival.article == "unexplained" ? "something we have no name for" : rival.title) "
          + "(\(percent(rival.posterior)))", indent: 2, hang: 2)
    }
    for indicator in verdict?.opposing ?? [] {
      text += wrapped(
        "- against it speaks: \(item.veiled(indicator.because, options))", indent: 2, hang: 2)
    }
    for caution in item.standing.cautions { text += wrapped("- \(caution)", indent: 2, hang: 2) }
    return text
  }

  private func line(_ sample: SentSample) -> String {
    let ports = sample.transport.hasPorts
    let source =
      sample.source.description + (ports && sample.hasPorts ? ":\(sample.sourcePort)" : "")
    let target =
      options.targets == .hidden
      ? "us" : options.targets.shown(sample.destination).description
    let port = ports ? " port \(sample.destinationPort)" : ""
    return "\(sample.time)  \(sample.transport.description)  \(source) to \(target)\(port)"
      + (sample.count > 1 ? ", \(sample.count) packets" : "")
  }
}
