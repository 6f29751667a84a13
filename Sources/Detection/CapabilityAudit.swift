internal import Observations

/// What the evidence at hand could have shown about an activity, and what would show the rest.
struct CapabilityAudit {
  private(set) var statuses: [Capability: CapabilityStatus] = [:]

  init(
    group: [(draft: Draft, stream: Int)], streams: [StreamResult],
    findings: [FindingKind: Finding], visitors: CapabilityStatus, notes: [Finding]
  ) {
    let main = group[0].draft
    let capture = group.first { $0.draft.facts.isCapture }
    statuses[.visitors] = visitors
    statuses[.content] = content(main, capture?.draft)
    statuses[.replies] = replies(main, capture?.draft)
    statuses[.dns] = dns(main, streams)
    statuses[.followUp] = followUp(capture, streams, findings)
    statuses[.targetChoice] =
      main.targets.low >= Thresholds.targetsForChoice
      ? .available
      : .missing(
        because: "fewer than \(Int(Thresholds.targetsForChoice)) targets",
        ask: "a longer stretch of the same evidence")
    statuses[.rate] =
      group.contains { $0.draft.bins >= RateStep.leastBins }
      ? .available
      : .missing(
        because: "the evidence covers fewer than \(RateStep.leastBins) hours or too few events",
        ask: "the firewall's log of the days before")
    statuses[.wholePackets] = wholePackets(capture?.draft)
    statuses[.replication] = replication(main, streams[group[0].stream], findings)
    statuses[.hardware] =
      capture.map { !(streams[$0.stream].link?.stations.isEmpty ?? true) } ?? false
      ? .available
      : .missing(
        because: "no hardware addresses are in the evidence",
        ask: "a packet capture on the sender's own network, with link-layer headers")
    let isTested = notes.contains { $0.values["effect"] != .text("untestable") }
    statuses[.notes] =
      isTested
      ? .available
      : .missing(
        because: notes.isEmpty
          ? "no dated notes were given"
          : "none of the \(notes.count) notes could be tested on this evidence",
        ask: "dated notes of what was done, changed and noticed (--note, or a notes.yaml)")
    statuses[.clientQueries] =
      findings[.askedByClients] != nil
      ? .available
      : .missing(
        because: "no DNS queries to the sender are in the evidence",
        ask: "a capture of UDP/53 on the sender's network, inside")
    statuses[.bystanders] =
      findings[.bystanders] != nil
      ? .available
      : .missing(
        because: "traffic between others is not in the evidence",
        ask: "a capture on the sender's network of all hosts' traffic")
    // What reads such tables says so where there is one.
    statuses[.sockets] = .missing(
      because: "no table of the sender's sockets is in the evidence",
      ask: "where the sender is yours: its sockets and processes, listed as administrator while it "
        + "sends (culprit collect, or netstat -anob, or ss -tuwanp0)")
    limit(group, findings)
  }

  /// Of what the user left out, nothing can be said to be absent.
  private mutating func limit(
    _ group: [(draft: Draft, stream: Int)], _ findings: [FindingKind: Finding]
  ) {
    let subject = group[0].draft.subject
    let parts = group.compactMap(\.draft.facts.leftOut)
    guard parts.contains(where: { $0.involves(subject) }) else { return }
    var limited: [Capability] = [.visitors]
    if parts.contains(where: \.holdsLookups) { limited.append(.dns) }
    if case .integer(1...)? = findings[.propagation]?.values["becameSenders"] {
    } else {
      limited.append(.replication)
    }
    for capability in limited where statuses[capability] == .available {
      statuses[capability] = CapabilityAudit.leftOut
    }
  }

  private static let leftOut = CapabilityStatus.missing(
    because: "packets that this could be seen from were left out by --match",
    ask: "the same evidence once more, without --match")

  /// Whether receivers that began to do the same would have been seen.
  private func replication(
    _ main: Draft, _ stream: StreamResult, _ findings: [FindingKind: Finding]
  ) -> CapabilityStatus {
    let ask = "a capture at a mirror port of the switch, or captures on several hosts"
    // What was seen needs no better vantage.
    if case .integer(1...)? = findings[.propagation]?.values["becameSenders"] { return .available }
    switch main.shape {
    case .misreadHeader, .broadcasts, .addressClaims, .specialPurpose:
      guard let link = stream.link, !link.stations.isEmpty else {
        return .missing(because: "a log does not show what receivers went on to do", ask: ask)
      }
      let (hosts, unicast) = link.visibility
      return unicast * 2 >= hosts
        ? .available
        : .missing(
          because: "this vantage could not show replication: of \(hosts) hosts on the link only "
            + "\(unicast) were seen speaking to single others (a hub, or a port of a switch)",
          ask: ask)
    default:
      let reached = main.targets.low
      if Double(main.activeReceivers) >= min(3, reached / 2), main.activeReceivers > 0 {
        return .available
      }
      return .missing(
        because: "this vantage could not show replication: of \(Int(reached)) receivers "
          + "\(main.activeReceivers) were seen sending anything of their own",
        ask: "the log or capture of the receivers' own network")
    }
  }

  private func content(_ main: Draft, _ capture: Draft?) -> CapabilityStatus {
    capture != nil
      ? .available
      : .missing(
        because: "\(main.path) holds headers, not what the packets say",
        ask: "a packet capture of this traffic, whole packets")
  }

  private func replies(_ main: Draft, _ capture: Draft?) -> CapabilityStatus {
    let shows = main.facts.showsReplies(of: main.subject)
    if shows || capture?.facts.showsReplies(of: main.subject) == true { return .available }
    if capture != nil { return CapabilityAudit.leftOut }
    return .missing(
      because: main.facts.refusalsOnly
        ? "\(main.path) records refused packets only: whether anything was let through or answered is "
          + "invisible in it"
        : "\(main.path) is a firewall's log: answers are not in it",
      ask: "a packet capture on the same side of the firewall")
  }

  private func dns(_ main: Draft, _ streams: [StreamResult]) -> CapabilityStatus {
    if streams.contains(where: { !($0.reverseQueries[main.subject] ?? []).isEmpty }) {
      return .available
    }
    return .missing(
      because: "no DNS queries of the sender are in the evidence",
      ask: "a capture of the sender's UDP/137 together with its DNS (UDP/53)")
  }

  private func followUp(
    _ capture: (draft: Draft, stream: Int)?, _ streams: [StreamResult],
    _ findings: [FindingKind: Finding]
  ) -> CapabilityStatus {
    if findings[.shareFollowUp] != nil { return .available }
    guard let capture else {
      return .missing(
        because: "a log of single packets does not tie one to another",
        ask: "a packet capture of all traffic of the sender")
    }
    guard capture.draft.profile.answered > 0 else {
      return .missing(
        because: "no lookup was answered, so nothing could follow (refused on the way out, or "
          + "nobody there)",
        ask: "a capture where the lookups can be answered")
    }
    return .missing(
      because: streams[capture.stream].hasTCP
        ? "the sender's TCP attempts were too many to follow each"
        : "\(capture.draft.path) holds no TCP: it was filtered when it was taken",
      ask: "a capture of all traffic of the sender, not of UDP alone")
  }

  private func wholePackets(_ capture: Draft?) -> CapabilityStatus {
    guard let capture else {
      return .missing(
        because: "a log does not hold the packets",
        ask: "a packet capture of whole packets (snap length 262144)")
    }
    guard capture.profile.untestable > 0 else { return .available }
    return .missing(
      because:
        "\(capture.profile.untestable) packets are cut short: their checksum covers bytes that "
        + "were not captured",
      ask: "the same capture with whole packets (snap length 262144, not 68)")
  }
}
