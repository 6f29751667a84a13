import Analysis
import Detection
import Diagnosis
import Knowledge
import Observations

extension HTMLReport {
  /// The articles that are a verdict or a sender here.
  var shownArticles: [Article] {
    let all = activities.map(\.activity) + analysis.hostFindings.compactMap(\.state)
    let names = Set(
      all.compactMap(\.diagnosis.verdict) + all.flatMap { $0.senders.map(\.article) })
    return analysis.articles.filter { names.contains($0.id) }
  }

  /// What is known of the causes that the page names.
  mutating func articles() {
    guard !shownArticles.isEmpty else { return }
    section("causes", "Causes named")
    for article in shownArticles {
      page.add("<div class=\"card\" id=\"a-\(htmlName(article.id))\">\n")
      page.element("h3", article.title)
      page.element(
        "p", article.id + (article.innocent ? ", harmless in itself" : ""), style: "meta")
      page.element("p", article.summary)
      if !article.cure.isEmpty {
        page.element("p", "What helps:")
        page.list(article.cure)
      }
      let sources = article.sources.compactMap { source in
        source.source.map { "\(source.fact) (\($0))" }
      }
      if !sources.isEmpty {
        page.details("Sources", isOpen: false) { $0.list(sources) }
      }
      page.add("</div>\n")
    }
    page.add("</section>\n")
  }

  /// The words that the page uses, for readers of other trades.
  mutating func glossary() {
    section("words", "Words")
    page.add("<div class=\"card\"><dl class=\"words\">\n")
    for word in HTMLReport.words where word.isUsed(by: kindsShown) {
      page.element("dt", word.name)
      page.element("dd", word.meaning)
    }
    page.add("</dl></div>\n</section>\n")
  }

  /// The kinds of findings that the page tells of.
  private var kindsShown: Set<FindingKind> {
    Set(
      activities.flatMap { $0.activity.evidence.findings.map(\.kind) }
        + analysis.networkFindings.map(\.kind) + analysis.hostFindings.map(\.finding.kind))
  }

  private struct Word {
    var name: String
    var meaning: String
    /// The findings that need it; empty: always told.
    var kinds: Set<FindingKind>

    func isUsed(by shown: Set<FindingKind>) -> Bool {
      kinds.isEmpty || !kinds.isDisjoint(with: shown)
    }
  }

  private static func word(
    _ name: String, _ meaning: String, _ kinds: Set<FindingKind> = []
  ) -> Word {
    Word(name: name, meaning: meaning, kinds: kinds)
  }

  private static let words = [
    word(
      "Activity",
      "One thing that somebody does: the same kind of packets to the same service, in "
        + "one stretch of time. Each is diagnosed by itself, as one host may have several "
        + "troubles."),
    word(
      "Address claims (ARP)",
      "How hosts on one network say which of them has an address; two claims to one "
        + "address are a conflict or a deceit.", [.arpClaims]),
    word(
      "At byte",
      "Where a record begins in its file, counted in the uncompressed bytes."),
    word(
      "Backscatter",
      "Replies that reach somebody who never asked, because another wrote this address "
        + "on packets of its own.", [.backscatter]),
    word(
      "Broadcast",
      "A packet to everybody on a network.", [.directedBroadcast, .broadcastStorm]),
    word(
      "By chance",
      "How likely a match as good as this one would be if the two things had nothing to "
        + "do with each other. 10^-6 is one in a million.",
      [.rateStep, .solicitedProbes, .startsAndStops, .propagation, .noteTested]),
    word(
      "Decibel (dB)",
      "The weight of a reason: 10 dB make a cause ten times as likely against "
        + "\"unexplained\" as before, 20 dB a hundred times; below zero, so many times less "
        + "likely."),
    word(
      "ICMP error",
      "A message of a host or router that a packet could not be delivered; it quotes "
        + "the beginning of that packet.", [.icmpErrorAsUDP, .timeExceeded]),
    word(
      "Incident",
      "Everything that one address, or one piece of hardware, is raised for."),
    word(
      "NAT",
      "A router that lets many hosts share one address.", [.passedOn, .addressTranslation]),
    word(
      "NetBIOS name lookup",
      "A question to UDP port 137 by which Windows asks a host for its name.", [.nameLookups]),
    word(
      "Not seen",
      "What this evidence could not have shown, whatever happened. It weighs nothing: "
        + "it is neither for nor against any cause."),
    word(
      "Onset",
      "When the rate stepped up.", [.rateStep]),
    word(
      "Probability",
      "Of a cause, given the reasons shown here and that \"unexplained\" always "
        + "competes. It is only as good as the evidence and the articles."),
    word(
      "Record",
      "A packet of a capture or a line of a log, counted from 1."),
    word(
      "Reverse DNS query",
      "A question for the name that belongs to an address.",
      [.failedReverseLookupFirst, .askedByClients]),
    word(
      "Severity",
      "Info: nothing to worry about; low: worth knowing, and the most that the "
        + "unexplained can be; medium: look into it; high: act upon it."),
    word(
      "Socket",
      "What a program holds to send and receive packets at a port.",
      [.socketPool, .packetOwner, .snapshotComparison]),
    word(
      "Sweep",
      "One service tried at many addresses, or many ports at few.", [.sweep, .portSweep]),
    word(
      "Verdict",
      "The cause named for an activity. It must be at least 90 % probable and ten times "
        + "as likely as the next; otherwise the activity stays unexplained."),
  ]
}
