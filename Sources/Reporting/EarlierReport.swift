public import Analysis
import Detection
import Diagnosis
import FoundationEssentials
import Observations

/// The analysis that an earlier report in JSON tells of, as far as it tells.
///
/// What the report leaves out (what the evidence could have shown, examples of targets) is not there
/// either. Keys that this version does not know are passed over; of those that earlier versions did not
/// write, an activity without a severity is `info`, so that nobody is accused by what is missing.
///
/// - Parameter bytes: the report, as `renderJSON` makes it.
/// - Returns: the analysis; nil where this is no such report.
public func readReport(_ bytes: [UInt8]) -> Analysis? {
  guard let report = try? JSONDecoder().decode(Report.self, from: Data(bytes)) else { return nil }
  let incidents = report.incidents.compactMap(\.incident)
  guard incidents.count == report.incidents.count else { return nil }
  var analysis = Analysis(
    knowledge: report.culprit.knowledge,
    assumptions: report.assumptions.map {
      Analysis.Assumption(what: $0.what, value: $0.value, because: $0.because)
    }, evidence: report.evidence.map(\.evidence), incidents: incidents,
    networkFindings: (report.networkFindings ?? []).compactMap(\.finding), quiet: [])
  analysis.incidents.sort { ($1.severity, $0.subject, $0.id) < ($0.severity, $1.subject, $1.id) }
  return analysis
}

private struct Report: Decodable {
  struct Program: Decodable { var knowledge: String }
  struct Assumption: Decodable { var what, value, because: String }

  var culprit: Program
  var assumptions: [Assumption]
  var evidence: [Evidence]
  var incidents: [ToldIncident]
  var networkFindings: [ToldFinding]?
}

private struct Evidence: Decodable {
  var path, kind, vantage: String
  var format: String?
  var records, observations, bytes: UInt64
  var first, last, sha256: String?

  var evidence: Analysis.Evidence {
    Analysis.Evidence(
      path: path, kind: kind, format: format, records: records, observations: observations,
      first: first.flatMap { Timestamp($0) }, last: last.flatMap { Timestamp($0) }, bytes: bytes,
      sha256: sha256, vantage: vantage, problems: [])
  }
}

private struct ToldIncident: Decodable {
  struct About: Decodable { var kind, value: String }

  var id: String
  var subject: About
  var first, last, severity: String
  var activities: [ToldActivity]

  var incident: Incident? {
    guard let subject = Subject(kind: subject.kind, value: subject.value),
      let first = Timestamp(first), let last = Timestamp(last),
      let severity = Severity(rawValue: severity)
    else { return nil }
    let known = activities.compactMap { $0.activity(of: subject) }
    guard known.count == activities.count, !known.isEmpty else { return nil }
    return Incident(
      id: id, subject: subject, first: first, last: last, severity: severity, activities: known)
  }
}

private struct ToldActivity: Decodable {
  var id, label, first, last: String
  var severity: String?
  var seenIn: [String]?
  var traffic: ToldTraffic
  var findings: [ToldFinding]
  var diagnosis: ToldDiagnosis

  func activity(of subject: Subject) -> Activity? {
    guard let first = Timestamp(first), let last = Timestamp(last), let traffic = traffic.traffic
    else { return nil }
    var paths: [String] = []
    for path in seenIn ?? findings.flatMap({ $0.evidence.map(\.path) }) where !paths.contains(path)
    {
      paths.append(path)
    }
    let shape: ActivityShape =
      traffic.onlyDestinationPort.map { .service(transport: traffic.transport, port: $0) }
      ?? .manyPorts(transport: traffic.transport)
    return Activity(
      id: id, label: label,
      evidence: ActivityEvidence(
        subject: subject, shape: shape, first: first, last: last, traffic: traffic,
        findings: findings.compactMap(\.finding), capabilities: [:], paths: paths),
      diagnosis: diagnosis.diagnosis,
      severity: severity.flatMap(Severity.init) ?? (diagnosis.verdict == nil ? .low : .info))
  }
}

/// A number, or the bounds it lies within.
private struct ToldBound: Decodable {
  var low, high: Double

  private enum Key: CodingKey { case low, high }

  init(from decoder: any Decoder) throws {
    if let number = try? decoder.singleValueContainer().decode(Double.self) {
      (low, high) = (number, number)
      return
    }
    let bounds = try decoder.container(keyedBy: Key.self)
    low = try bounds.decode(Double?.self, forKey: .low) ?? -.infinity
    high = try bounds.decode(Double?.self, forKey: .high) ?? .infinity
  }

  var bound: Bound { Bound(low: low, high: high) }

  var ports: ClosedRange<UInt16>? {
    guard let low = UInt16(exactly: low), let high = UInt16(exactly: high), low <= high else {
      return nil
    }
    return low...high
  }
}

private struct ToldTraffic: Decodable {
  var transport, direction: String
  var sourcePorts: [UInt16]
  var destinationPorts: [ToldBound]
  var packets, destinations: ToldBound
  var bytes: ToldBound?

  var traffic: Traffic? {
    let ranges = destinationPorts.compactMap(\.ports)
    guard let transport = Transport(named: transport), ranges.count == destinationPorts.count else {
      return nil
    }
    return Traffic(
      transport: transport, sourcePorts: sourcePorts,
      sourcePortCount: sourcePorts.isEmpty ? 9 : sourcePorts.count, destinationPorts: ranges,
      direction: Direction(rawValue: direction) ?? .unknown, packets: packets.bound,
      bytes: bytes?.bound, destinations: destinations.bound, examples: [])
  }
}

private struct ToldFinding: Decodable {
  struct Reference: Decodable {
    var path: String
    var record, offset: UInt64
  }

  var kind, summary: String
  var values: [String: ToldValue]
  var count: Int
  var evidence: [Reference]

  var finding: Finding? {
    FindingKind(rawValue: kind).map {
      Finding(
        kind: $0, summary: summary, values: values.compactMapValues(\.value), count: count,
        evidence: evidence.map {
          EvidenceReference(path: $0.path, record: $0.record, offset: $0.offset)
        })
    }
  }
}

/// A value of a finding; nil where it is null.
private struct ToldValue: Decodable {
  var value: FindingValue?

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      value = nil
    } else if let flag = try? container.decode(Bool.self) {
      value = .flag(flag)
    } else if let whole = try? container.decode(Int.self) {
      value = .integer(whole)
    } else if let number = try? container.decode(Double.self) {
      value = .number(number)
    } else if let text = try? container.decode(String.self) {
      let isTime = text.utf8.count >= 20 && text.last == "Z"
      value = (isTime ? Timestamp(text) : nil).map(FindingValue.time) ?? .text(text)
    } else {
      value = .bound(try container.decode(ToldBound.self).bound)
    }
  }
}

private struct ToldDiagnosis: Decodable {
  struct Weighed: Decodable {
    var indicator, because: String
    var decibans: Double
    var finding: String?

    var weighed: WeighedIndicator {
      let kind = finding.flatMap { $0.split(separator: "/").last }
      return WeighedIndicator(
        indicator: indicator, decibans: decibans, because: because,
        finding: kind.flatMap { FindingKind(rawValue: String($0)) } ?? .traffic)
    }
  }
  struct Unseen: Decodable { var indicator, because: String }
  struct Candidate: Decodable {
    var article, title: String
    var posterior: Double?
    var `for`, against: [Weighed]
    var unseen: [Unseen]
  }

  var verdict, sentence: String?
  var posterior, lead: Double?
  var settledBy: [String]
  var open, keep: [String]?
  var hypotheses: [Candidate]

  var diagnosis: Diagnosis {
    Diagnosis(
      verdict: verdict, posterior: posterior ?? 0, lead: lead ?? 0, settledBy: settledBy,
      hypotheses: hypotheses.map { told in
        Hypothesis(
          article: told.article, title: told.title, posterior: told.posterior ?? 0,
          supporting: told.for.map(\.weighed), opposing: told.against.map(\.weighed),
          unseen: told.unseen.map {
            UnseenIndicator(indicator: $0.indicator, because: $0.because)
          })
      }, sentence: sentence ?? "", open: open ?? [], keep: keep ?? [], notDiagnostic: [])
  }
}

extension Transport {
  /// A transport by its short name; nil where there is none of that name.
  init?(named name: String) {
    guard
      let found = (0...UInt8.max).lazy.map(Transport.init(rawValue:)).first(where: {
        $0.description == name
      })
    else { return nil }
    self = found
  }
}

extension Subject {
  /// A subject out of the contract's two words; nil where they make none.
  init?(kind: String, value: String) {
    switch kind {
    case "address":
      guard let address = Address(value) ?? Address(veiledText: value) else { return nil }
      self = .address(address)
    case "network":
      guard let prefix = Prefix(value) else { return nil }
      self = .network(prefix)
    case "mac":
      let octets = value.split(separator: ":").compactMap { UInt64($0, radix: 16) }
      guard octets.count == 6, octets.allSatisfy({ $0 < 256 }) else { return nil }
      self = .mac(octets.reduce(0) { $0 << 8 | $1 })
    case "port":
      let parts = value.split(separator: "/")
      guard parts.count == 2, let number = UInt16(parts[1]),
        let transport = Transport(named: String(parts[0]))
      else { return nil }
      self = .port(transport: transport, number: number)
    default: return nil
    }
  }
}

extension Address {
  /// An address with asterisks in place of octets, as veiled ones are written.
  fileprivate init?(veiledText text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4, parts.contains("*") else { return nil }
    var known: UInt32 = 0
    var mask: UInt32 = 0
    for part in parts {
      let octet = UInt8(part)
      guard octet != nil || part == "*" else { return nil }
      known = known << 8 | UInt32(octet ?? 0)
      mask = mask << 8 | (octet == nil ? 0 : 255)
    }
    self.init(veiled: known, mask: mask)
  }
}
