import Analysis
import Detection
import Diagnosis
import Knowledge
import Observations

extension ExportForm {
  /// A line of JSON for each activity, in the Elastic Common Schema.
  static let ecs = ExportForm(
    name: "ecs", meaning: "JSON Lines in the Elastic Common Schema, for a search engine or a SIEM"
  ) { export in
    export.activities.map { ecsLine($0, export).line() + "\n" }.joined()
  }
}

/// The version of the schema that the fields are of.
private let ecsVersion = "8.11.0"

private typealias Member = (key: String, value: JSONValue)

/// One activity. An accusation is an alert; anything else is an event.
private func ecsLine(_ item: ExportedActivity, _ export: Export) -> JSONValue {
  let evidence = item.activity.evidence
  let isAccused = item.activity.diagnosis.verdict != nil && item.activity.severity != .info
  let duration = evidence.last.nanoseconds.subtractingReportingOverflow(evidence.first.nanoseconds)
  return .object(
    [
      ("@timestamp", json(evidence.first)),
      ("ecs", .object([("version", .string(ecsVersion))])),
      ("message", .string(item.veiled(item.activity.diagnosis.sentence, export.options))),
      (
        "event",
        .object([
          ("kind", .string(isAccused ? "alert" : "event")),
          (
            "category",
            .array(
              (isAccused ? ["intrusion_detection", "network"] : ["network"]).map { .string($0) })
          ),
          ("type", .array([.string("info")])),
          ("id", .string(item.activity.id)),
          ("module", .string("culprit")),
          ("dataset", .string("culprit.activity")),
          ("provider", .string("culprit")),
          ("action", .string(item.activity.label)),
          ("severity", .integer(item.activity.severity.number)),
          ("start", json(evidence.first)),
          ("end", json(evidence.last)),
          ("duration", duration.overflow ? .null : .integer(Int(duration.partialValue))),
        ])
      ),
      (
        "observer",
        .object([
          ("vendor", .string("culprit")), ("product", .string("culprit")),
          ("version", .string(culpritVersion)), ("type", .string("analyzer")),
        ])
      ),
    ] + ends(evidence, export.options) + [
      ("network", network(evidence.traffic)),
      ("rule", rule(item.activity.diagnosis, export.analysis.knowledge)),
      (
        "related",
        .object([("ip", .array(related(evidence, export.options).map(JSONValue.string)))])
      ),
      ("log", .object([("file", .object([("path", .text(evidence.paths.first))]))])),
      ("tags", .array(["culprit", item.activity.severity.rawValue].map(JSONValue.string))),
      ("culprit", own(item)),
    ])
}

/// Source and destination, as far as each is one.
private func ends(_ evidence: ActivityEvidence, _ options: ExportOptions) -> [Member] {
  let traffic = evidence.traffic
  var source: [Member] = []
  switch evidence.subject {
  case .address(let address):
    source.append(("address", .string(address.description)))
    if !address.isVeiled { source.append(("ip", .string(address.description))) }
  case .mac:
    source.append(("address", .string(evidence.subject.value)))
    let hyphens = evidence.subject.value.uppercased().map { $0 == ":" ? "-" : $0 }
    source.append(("mac", .string(String(hyphens))))
  case .network: source.append(("address", .string(evidence.subject.value)))
  case .port: break
  }
  if traffic.transport.hasPorts, traffic.sourcePorts.count == 1 {
    source.append(("port", .integer(Int(traffic.sourcePorts[0]))))
  }
  source.append(("packets", whole(traffic.packets.low)))
  if let bytes = traffic.bytes { source.append(("bytes", whole(bytes.low))) }
  var destination: [Member] = []
  if options.targets == .kept, traffic.destinations.high == 1, let only = traffic.examples.first {
    destination.append(("address", .string(only.description)))
    if !only.isVeiled { destination.append(("ip", .string(only.description))) }
  }
  if traffic.transport.hasPorts, let port = traffic.onlyDestinationPort {
    destination.append(("port", .integer(Int(port))))
  }
  return [("source", .object(source))]
    + (destination.isEmpty ? [] : [("destination", .object(destination))])
}

private func network(_ traffic: Traffic) -> JSONValue {
  var members: [Member] = [("direction", .string(traffic.direction.rawValue))]
  if traffic.transport == .arp {
    members.append(("type", .string("arp")))
  } else {
    let name = traffic.transport == .icmpv6 ? "ipv6-icmp" : traffic.transport.description
    members.append(("transport", .string(name)))
    members.append(("iana_number", .string(String(traffic.transport.rawValue))))
  }
  members.append(("packets", whole(traffic.packets.low)))
  if let bytes = traffic.bytes { members.append(("bytes", whole(bytes.low))) }
  return .object(members)
}

private func rule(_ diagnosis: Diagnosis, _ knowledge: String) -> JSONValue {
  let leader = diagnosis.hypotheses.first { $0.article == diagnosis.verdict }
  return .object([
    ("id", .string(diagnosis.verdict ?? "unexplained")),
    ("name", .string(leader?.title ?? "Unexplained")),
    ("ruleset", .string("culprit knowledge")), ("version", .string(knowledge)),
  ])
}

private func related(_ evidence: ActivityEvidence, _ options: ExportOptions) -> [String] {
  var addresses: [Address] = []
  if case .address(let address) = evidence.subject { addresses.append(address) }
  if options.targets == .kept { addresses += evidence.traffic.examples }
  return addresses.filter { !$0.isVeiled }.map(\.description)
}

/// What the schema has no field for.
private func own(_ item: ExportedActivity) -> JSONValue {
  let diagnosis = item.activity.diagnosis
  let traffic = item.activity.evidence.traffic
  return .object([
    ("incident", .string(item.incident.id)),
    (
      "subject",
      .object([
        ("kind", .string(item.incident.subject.kind)),
        ("value", .string(item.incident.subject.value)),
      ])
    ),
    ("severity", .string(item.activity.severity.rawValue)),
    ("verdict", .text(diagnosis.verdict)),
    ("posterior", .number(diagnosis.posterior)),
    ("lead", .number(diagnosis.lead)),
    ("may_be_named", .bool(item.standing.mayBeNamed)),
    ("obstacles", .array(item.standing.obstacles.map { .string($0.words) })),
    ("cautions", .array(item.standing.cautions.map(JSONValue.string))),
    (
      "hypotheses",
      .array(
        diagnosis.hypotheses.map { hypothesis in
          .object([
            ("article", .string(hypothesis.article)), ("posterior", .number(hypothesis.posterior)),
            ("decibans_for", .number(hypothesis.supporting.reduce(0) { $0 + $1.decibans })),
            ("decibans_against", .number(hypothesis.opposing.reduce(0) { $0 + $1.decibans })),
          ])
        })
    ),
    (
      "destination_ports",
      .array(
        traffic.destinationPorts.map {
          .object([("gte", .integer(Int($0.lowerBound))), ("lte", .integer(Int($0.upperBound)))])
        })
    ),
    ("destinations", range(traffic.destinations)),
    ("packets", range(traffic.packets)),
    ("findings", .array(item.activity.evidence.findings.map { .string($0.kind.rawValue) })),
    ("pattern", .text(item.activity.evidence.pattern?.digest)),
  ])
}

/// A number with bounds as the schema's range fields take it.
private func range(_ bound: Bound) -> JSONValue {
  .object([("gte", .number(bound.low)), ("lte", .number(bound.high))])
}

/// A count, or null where it is not known.
private func whole(_ value: Double) -> JSONValue {
  value.isFinite ? .integer(Int(clamping: value)) : .null
}

extension Severity {
  /// As a number that sorts: from 0 to 3.
  var number: Int { Severity.allCases.firstIndex(of: self) ?? 0 }
}

extension Traffic {
  /// The destination port, where it is one.
  var onlyDestinationPort: UInt16? {
    guard destinationPorts.count == 1, let range = destinationPorts.first, range.count == 1 else {
      return nil
    }
    return range.lowerBound
  }
}
