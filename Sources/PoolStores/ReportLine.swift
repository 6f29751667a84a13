import Detection
import Foundation
import Observations
import Pool

/// A report as a line of an export tells it: names and words where the encoding has numbers.
struct ReportLine: Codable {
  struct Range: Codable {
    var low: UInt64
    var high: UInt64

    init(_ range: CountRange) {
      low = range.low
      high = range.high
    }

    var value: CountRange { CountRange(low: low, high: high) }
  }

  struct Verdict: Codable {
    var article: String
    var posterior: UInt16
  }

  /// Its place in the batch.
  var index: Int
  var subject: String
  var transport: UInt8
  var direction: String
  var manner: UInt8
  var icmpType: UInt8?
  var icmpCode: UInt8?
  var ports: [UInt16]
  var morePorts: Bool
  var first: String
  var last: String
  var packets: Range
  var targets: Range
  /// Hexadecimal.
  var pseudonyms: [String]
  /// The canonical bytes in Base64: a pattern's measures must come back bit by bit.
  var pattern: String?
  var verdict: Verdict?
  var knowledge: String
  var vantage: [String]
  var mayBeForged: Bool

  init(index: Int, _ report: Report) {
    self.index = index
    subject = report.subject.description
    transport = report.shape.transport.rawValue
    direction = report.shape.direction.rawValue
    manner = report.shape.manner.rawValue
    icmpType = report.shape.icmp?.type
    icmpCode = report.shape.icmp?.code
    ports = report.ports
    morePorts = report.morePorts
    first = report.first.description
    last = report.last.description
    packets = Range(report.packets)
    targets = Range(report.targets)
    pseudonyms = report.pseudonyms.map { String($0.rawValue, radix: 16) }
    pattern = report.pattern.map { Data($0.encoded).base64EncodedString() }
    verdict = report.verdict.map { Verdict(article: $0.article, posterior: $0.posterior) }
    knowledge = report.knowledge
    vantage = report.vantage.capabilities.map(\.rawValue)
    mayBeForged = report.mayBeForged
  }

  /// The report; nil where the line tells of none.
  var report: Report? {
    guard let address = Address(subject), let from = Timestamp(first), let to = Timestamp(last),
      let way = Direction(rawValue: direction), let kind = ReportShape.Manner(rawValue: manner)
    else { return nil }
    var shape = ReportShape(
      transport: Transport(rawValue: transport), direction: way, manner: kind)
    shape.icmp = icmpType.map { ReportShape.ICMPMessage(type: $0, code: icmpCode) }
    var held: Pattern?
    if let pattern {
      guard let data = Data(base64Encoded: pattern), let read = try? Pattern(encoded: [UInt8](data))
      else { return nil }
      held = read
    }
    let names = pseudonyms.compactMap { UInt64($0, radix: 16).map(Pseudonym.init(rawValue:)) }
    let capabilities = vantage.compactMap(Capability.init(rawValue:))
    guard names.count == pseudonyms.count, capabilities.count == vantage.count else { return nil }
    var report = Report(
      subject: address, shape: shape, ports: ports, morePorts: morePorts, first: from, last: to,
      packets: packets.value, targets: targets.value, pseudonyms: names, pattern: held,
      verdict: nil, knowledge: knowledge, vantage: Vantage(capabilities),
      mayBeForged: mayBeForged)
    if let verdict {
      report.verdict = SensorVerdict(article: verdict.article, posterior: 0)
      report.verdict?.posterior = verdict.posterior
    }
    return report.problem == nil ? report : nil
  }
}

/// A line of an export: one of these.
struct ExportLine: Codable {
  struct Batch: Codable {
    var sensor: String
    var sequence: Int64
    var network: String
    var received: String
    /// Hexadecimal, over the batch as it was signed.
    var digest: String
    /// Whether all of its reports are here; then the digest holds.
    var whole: Bool
    var reports: [ReportLine]
  }

  struct Sensor: Codable {
    /// Base64.
    var publicKey: String
    var name: String
    var network: String?
    var watched: UInt64?
    var enrolled: String
    var suspended: String?
    var because: String?
  }

  struct Incident: Codable {
    struct Event: Codable {
      var at: String
      /// For people; `encoded` counts.
      var event: String
      /// Base64.
      var encoded: String
    }

    var number: Int64
    var subject: String
    var opened: String
    var journal: [Event]
  }

  /// The form's version, in the first line.
  var culpritPool: Int?
  var batch: Batch?
  var sensor: Sensor?
  var incident: Incident?
}
