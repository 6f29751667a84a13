internal import Intake
internal import Observations

/// What a piece of evidence was, and what its place could show.
extension Analysis.Evidence {
  /// What was read of a file, in the words of the report.
  static func described(
    _ file: EvidenceFile, _ stream: EvidenceStream
  ) -> Analysis.Evidence {
    let facts = stream.facts
    var problems = stream.problems.entries.map {
      Problem(
        kind: $0.anomaly.name, meaning: facts.meaning(of: $0.anomaly), count: $0.count,
        first: $0.first)
    }
    if let failure = stream.failure {
      problems.append(
        Problem(
          kind: "readFailed", meaning: "reading stopped early: \(failure)", count: 1, first: []))
    }
    var told = Analysis.Evidence(
      path: file.path, kind: stream.kind.rawValue, format: stream.format, records: stream.records,
      observations: stream.observations, first: stream.first, last: stream.last,
      bytes: stream.bytes, sha256: stream.sha256, vantage: vantage(file, stream) + part(stream),
      problems: problems, dropped: stream.dropped, comments: stream.comments)
    told.compression = file.compression
    told.links = stream.facts.links
    told.longestCut = stream.facts.longestCut
    told.leftOut = stream.matching?.leftOut.count
    told.facts = facts
    told.formats = stream.formats.map(Share.init)
    return told
  }

  private static func part(_ stream: EvidenceStream) -> String {
    guard let matching = stream.matching, matching.leftOut.count > 0 else { return "" }
    return "; only what matches '\(matching.expression)': left out and unseen: "
      + "\(matching.leftOut.count)"
  }

  private static func vantage(_ file: EvidenceFile, _ stream: EvidenceStream) -> String {
    switch stream.kind {
    case .capture:
      let facts = stream.facts
      let place =
        facts.isRefusalsOnly
        ? "packets that a packet filter refused: what it let through is invisible in it"
        : facts.isFilterLog
          ? "packets that a packet filter was told to log"
          : "packets as they passed one point of the network"
      guard stream.dropped > 0 else { return place }
      return place
        + ", without those that were lost while it was taken (dropped: \(stream.dropped)):"
        + " what seems absent may have been among them"
    case .visitorsLog: return "contacts that a server let in; what it never saw is not in it"
    default: break
    }
    return logVantage(stream).joined(separator: "; ")
  }

  /// What a firewall's log can show, part by part.
  private static func logVantage(_ stream: EvidenceStream) -> [String] {
    var parts = [
      stream.refusalsOnly
        ? "refusals only: what was let through, and who visited, is invisible in it"
        : stream.showsReplies
          ? "connections, with whether they were answered" : "what a firewall was told to log"
    ]
    if stream.inboundOnly {
      parts.append("inbound only: what one's own hosts sent is invisible in it")
    }
    if stream.losesLines {
      parts.append("the device says that it lost lines: all counts are lower bounds")
    } else if stream.isRateLimited {
      parts.append(
        "rules that log only so many lines a minute: counts of what they stopped are lower bounds")
    }
    if stream.hostCount > 1 { parts.append("lines of \(stream.hostCount) hosts") }
    return parts
  }
}
