import Analysis
import FoundationEssentials
import Observations

/// What a report in JSON tells of its incidents, as far as their packets can be known by it.
enum EarlierReport {
  /// Longer reports are refused: 1 GiB.
  private static let longest = 1 << 30

  private struct Report: Decodable {
    var incidents: [Incident]
  }
  private struct Incident: Decodable {
    var id: String
    var subject: About
    var activities: [Activity]
  }
  private struct About: Decodable {
    var kind: String
    var value: String
  }
  private struct Activity: Decodable {
    var label: String
    var first: String
    var last: String
    var traffic: Traffic
    var findings: [Finding]
    var diagnosis: Diagnosis
  }
  private struct Traffic: Decodable {
    var transport: String
    var sourcePorts: [UInt16]
    var destinationPorts: [PortRange]
  }
  private struct Finding: Decodable {
    var summary: String
    var evidence: [Reference]
  }
  private struct Reference: Decodable {
    var path: String
    var record: UInt64
    var offset: UInt64
  }
  private struct Diagnosis: Decodable { var verdict: String? }

  /// A port, or two bounds of a range.
  private struct PortRange: Decodable {
    var range: ClosedRange<UInt16>

    private struct Bounds: Decodable {
      var low: UInt16
      var high: UInt16
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let port = try? container.decode(UInt16.self) {
        range = port...port
        return
      }
      let bounds = try container.decode(Bounds.self)
      guard bounds.low <= bounds.high else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "low above high")
      }
      range = bounds.low...bounds.high
    }
  }

  /// The incidents of a report.
  ///
  /// - Parameters:
  ///   - path: the report's file.
  ///   - activity: the number of one activity, from 1; nil for all.
  /// - Returns: what to take out for each.
  /// - Throws: `CommandError` where it is no such report.
  static func incidents(of path: String, activity: Int?) throws -> [Extraction] {
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path))
    } catch { throw CommandError.missing("\(path): \(Terminal.explain(error))") }
    guard data.count <= longest, let report = try? JSONDecoder().decode(Report.self, from: data)
    else { throw CommandError.data("\(path) is no report of culprit analyze --format json") }
    return try report.incidents.map { incident in
      guard let subject = subject(incident.subject) else {
        throw CommandError.data(
          "\(path): '\(incident.subject.value)' is no \(incident.subject.kind)")
      }
      let chosen = incident.activities.enumerated()
        .filter { activity == nil || $0.offset + 1 == activity }
      return Extraction(
        incident: incident.id, subject: subject,
        parts: try chosen.map { try part($0.element, path) },
        paths: Set(chosen.flatMap { $0.element.findings.flatMap { $0.evidence.map(\.path) } }))
    }
  }

  private static func part(_ activity: Activity, _ path: String) throws -> Extraction.Part {
    let transport = (0...UInt8.max).lazy.map(Transport.init(rawValue:))
      .first { $0.description == activity.traffic.transport }
    guard let transport, let first = Timestamp(activity.first), let last = Timestamp(activity.last)
    else { throw CommandError.data("\(path): activity '\(activity.label)' cannot be read") }
    var remarks: [EvidenceReference: [String]] = [:]
    for finding in activity.findings {
      for place in finding.evidence {
        let reference = EvidenceReference(
          path: place.path, record: place.record, offset: place.offset)
        remarks[reference, default: []].append(finding.summary)
      }
    }
    return Extraction.Part(
      label: activity.label, transport: transport, sourcePorts: activity.traffic.sourcePorts,
      destinationPorts: activity.traffic.destinationPorts.map(\.range), first: first, last: last,
      verdict: activity.diagnosis.verdict ?? "unexplained", remarks: remarks)
  }

  private static func subject(_ about: About) -> Subject? {
    switch about.kind {
    case "address": return Address(about.value).map(Subject.address)
    case "network": return Prefix(about.value).map(Subject.network)
    case "mac":
      let octets = about.value.split(separator: ":").compactMap { UInt64($0, radix: 16) }
      guard octets.count == 6, octets.allSatisfy({ $0 < 256 }) else { return nil }
      return .mac(octets.reduce(0) { $0 << 8 | $1 })
    case "port":
      let parts = about.value.split(separator: "/")
      guard parts.count == 2, let number = UInt16(parts[1]) else { return nil }
      return (0...UInt8.max).lazy.map(Transport.init(rawValue:))
        .first { $0.description == parts[0] }.map { .port(transport: $0, number: number) }
    default: return nil
    }
  }
}
