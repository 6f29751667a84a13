import Observations

/// What is wrong with a report.
public enum ReportProblem: String, Hashable, Sendable, CaseIterable {
  /// The subject is no single host's address: unspecified, multicast, broadcast, loopback, link-local
  /// or partly unreadable.
  case noSingleHost = "no-single-host"
  /// The last packet is before the first one.
  case endsBeforeItBegins = "ends-before-it-begins"
  /// It covers more than `PoolLimits.secondsOfReport`.
  case tooLong = "too-long"
  /// A time outside of what can be counted, or with fractions of a second.
  case badTime = "bad-time"
  /// A count whose least exceeds its most, or of nothing at all.
  case badCount = "bad-count"
  /// More targets than packets.
  case moreTargetsThanPackets = "more-targets-than-packets"
  /// Ports or pseudonyms too many, twice or not ascending.
  case badList = "bad-list"
  /// Ports of a transport that has none.
  case portsWithoutPorts = "ports-without-ports"
  /// An ICMP message of another transport, or none of ICMP.
  case badMessage = "bad-message"
  /// An article's id that none can have.
  case badArticle = "bad-article"
  /// A posterior beyond 1.
  case badPosterior = "bad-posterior"
  /// The knowledge's version is too long or holds more than printable ASCII.
  case badKnowledge = "bad-knowledge"
  /// Capabilities that do not exist.
  case badVantage = "bad-vantage"
  /// A pattern of another transport, or with a measure that is none.
  case badPattern = "bad-pattern"
}

extension Report {
  /// The first thing wrong with this report, whoever made it; nil where it may be pooled.
  public var problem: ReportProblem? {
    if !subject.isSingleHost { return .noSingleHost }
    return timeProblem ?? countProblem ?? listProblem ?? shapeProblem ?? claimProblem
  }

  /// Times of 1970 to 2200: what is outside is no observation, and arithmetic with it could overflow.
  private static let times = Timestamp(seconds: 0)...Timestamp(seconds: 7_258_118_400)

  private var timeProblem: ReportProblem? {
    for time in [first, last] {
      guard Report.times.contains(time), time.nanoseconds % 1_000_000_000 == 0 else {
        return .badTime
      }
    }
    if last < first { return .endsBeforeItBegins }
    let length = last.wholeSeconds - first.wholeSeconds
    return length > PoolLimits.secondsOfReport ? .tooLong : nil
  }

  private var countProblem: ReportProblem? {
    for count in [packets, targets] where count.low > count.high || count.high == 0 {
      return .badCount
    }
    // Sums of many reports are kept in 63 bits.
    if packets.high > 1 << 48 || targets.high > 1 << 48 { return .badCount }
    return targets.low > packets.high ? .moreTargetsThanPackets : nil
  }

  private var listProblem: ReportProblem? {
    func ascends<Value: Comparable>(_ values: [Value]) -> Bool {
      zip(values, values.dropFirst()).allSatisfy { $0 < $1 }
    }
    guard ports.count <= PoolLimits.portsOfReport, ascends(ports),
      pseudonyms.count <= PoolLimits.pseudonymsOfReport, ascends(pseudonyms)
    else { return .badList }
    guard pseudonyms.count <= targets.high else { return .badList }
    return !shape.transport.hasPorts && (!ports.isEmpty || morePorts) ? .portsWithoutPorts : nil
  }

  private var shapeProblem: ReportProblem? {
    let isICMP = shape.transport == .icmp || shape.transport == .icmpv6
    if isICMP != (shape.icmp != nil) { return .badMessage }
    guard let pattern else { return nil }
    let measures = [
      pattern.portSpread, pattern.burstSize, pattern.gapWithin, pattern.gapBetween,
      pattern.lengthShare,
    ].compactMap(\.self)
    let sound = measures.allSatisfy { $0.isFinite && $0 >= 0 && $0.sign == .plus }
    return sound && pattern.transport == shape.transport ? nil : .badPattern
  }

  private var claimProblem: ReportProblem? {
    if let verdict {
      guard isArticleName(verdict.article) else { return .badArticle }
      guard verdict.posterior <= 10_000 else { return .badPosterior }
    }
    let text = knowledge.utf8
    guard text.count <= PoolLimits.knowledgeBytes, text.allSatisfy({ (0x20...0x7e).contains($0) })
    else { return .badKnowledge }
    return vantage.rawValue & ~Vantage.known == 0 ? nil : .badVantage
  }
}

/// Whether a text may be an article's id: lower-case words and digits joined by hyphens.
func isArticleName(_ text: String) -> Bool {
  let bytes = text.utf8
  guard (1...PoolLimits.articleBytes).contains(bytes.count), bytes.first != 0x2d,
    bytes.last != 0x2d
  else { return false }
  return bytes.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d }
}

extension Address {
  /// Whether one host can have this address on a network that others share with it.
  var isSingleHost: Bool {
    !isUnspecified && !isMulticast && !isLimitedBroadcast && !isLoopback && !isLinkLocal
      && !isVeiled && !(isIPv4 && ipv4 >> 24 == 0)
  }
}
