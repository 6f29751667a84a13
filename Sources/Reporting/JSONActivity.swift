import Detection
import Diagnosis
import Observations

/// One activity as the JSON contract has it.
func json(_ activity: Activity) -> JSONValue {
  let evidence = activity.evidence
  return .object(
    [
      ("id", .string(activity.id)),
      ("label", .string(activity.label)),
      ("severity", .string(activity.severity.rawValue)),
      ("seenIn", .array(evidence.paths.map(JSONValue.string))),
      ("first", json(evidence.first)),
      ("last", json(evidence.last)),
      ("traffic", json(evidence.traffic)),
      (
        "findings",
        .array(
          evidence.findings.indices.map { index in
            json(evidence.findings[index], id: findingID(activity, index))
          })
      ),
      ("diagnosis", json(activity.diagnosis, of: activity)),
      ("ownership", .array(activity.owners.map(json))),
      ("senders", .array(activity.senders.map(json))),
      ("targets", json(TargetOrigin(evidence))),
      ("pattern", json(evidence.pattern)),
    ] + whyMembers(activity))
}

/// To whom the packets belong by one instrument.
private func json(_ owner: Owner) -> JSONValue {
  .object([
    ("flow", .string(owner.flow)),
    ("status", .string(owner.status)),
    ("grade", .string(owner.grade)),
    (
      "process",
      owner.process == nil && owner.processIdentifier == nil
        ? .null
        : .object([
          ("name", .text(owner.process)),
          ("id", owner.processIdentifier.map { .unsigned(UInt64($0)) } ?? .null),
          ("path", .text(owner.program)),
        ])
    ),
    ("instrument", .string(owner.instrument)),
    ("because", .string(owner.because)),
    ("evidence", .string(owner.path)),
    ("line", owner.line.map { .integer($0) } ?? .null),
  ])
}

/// A finding: its numbers by name, and the records behind it.
func json(_ finding: Finding, id: String) -> JSONValue {
  let values = finding.values.sorted { $0.key < $1.key }
  return .object([
    ("id", .string(id)),
    ("kind", .string(finding.kind.rawValue)),
    ("summary", .string(finding.summary)),
    ("values", .object(values.map { (key: $0.key, value: json($0.value)) })),
    ("count", .integer(finding.count)),
    (
      "evidence",
      .array(
        finding.evidence.map { reference in
          .object([
            ("path", .string(reference.path)), ("record", .unsigned(reference.record)),
            ("offset", .unsigned(reference.offset)),
          ])
        })
    ),
  ])
}

/// A pattern: its digest, and the features that are known, by name; where there is none, no digest.
func json(_ pattern: Pattern?) -> JSONValue {
  .object([
    ("digest", .text(pattern?.digest)),
    (
      "features",
      .object((pattern?.features ?? []).map { (key: $0.name, value: json($0.value)) })
    ),
  ])
}

/// The id of one of several findings of a kind bears its number, from the second on.
private func findingID(_ activity: Activity, _ index: Int) -> String {
  let findings = activity.evidence.findings
  let kind = findings[index].kind
  let before = findings[..<index].filter { $0.kind == kind }.count
  return findingID(activity, kind) + (before == 0 ? "" : "-\(before + 1)")
}

/// The id of the first finding of a kind.
private func findingID(_ activity: Activity, _ kind: FindingKind) -> String {
  "\(activity.id)/\(kind.rawValue)"
}

private func json(_ value: FindingValue) -> JSONValue {
  switch value {
  case .integer(let value): .integer(value)
  case .number(let value): .number(value)
  case .text(let value): .string(value)
  case .flag(let value): .bool(value)
  case .time(let value): json(value)
  case .bound(let value): json(value)
  }
}

private func json(_ traffic: Traffic) -> JSONValue {
  .object([
    ("transport", .string(traffic.transport.description)),
    ("sourcePorts", .array(traffic.sourcePorts.map { .integer(Int($0)) })),
    (
      "destinationPorts",
      .array(
        traffic.destinationPorts.map { range in
          json(Bound(low: Double(range.lowerBound), high: Double(range.upperBound)))
        })
    ),
    ("direction", .string(traffic.direction.rawValue)),
    ("packets", json(traffic.packets)),
    ("bytes", json(traffic.bytes)),
    ("destinations", json(traffic.destinations)),
  ])
}

func json(_ diagnosis: Diagnosis, of activity: Activity) -> JSONValue {
  .object([
    ("verdict", .text(diagnosis.verdict)),
    ("sentence", .string(diagnosis.sentence)),
    ("posterior", .number(diagnosis.posterior)),
    ("lead", .number(diagnosis.lead)),
    ("open", .array(diagnosis.open.map(JSONValue.string))),
    ("keep", .array(diagnosis.keep.map(JSONValue.string))),
    ("settledBy", .array(diagnosis.settledBy.map(JSONValue.string))),
    ("next", .array(diagnosis.next.map(json))),
    (
      "hypotheses",
      .array(diagnosis.hypotheses.map { json($0, of: activity) })
    ),
  ])
}

private func json(_ hypothesis: Hypothesis, of activity: Activity) -> JSONValue {
  .object([
    ("article", .string(hypothesis.article)),
    ("title", .string(hypothesis.title)),
    ("posterior", .number(hypothesis.posterior)),
    ("for", .array(hypothesis.supporting.map { json($0, of: activity) })),
    ("against", .array(hypothesis.opposing.map { json($0, of: activity) })),
    (
      "unseen",
      .array(
        hypothesis.unseen.map { unseen in
          .object([
            ("indicator", .string(unseen.indicator)), ("because", .string(unseen.because)),
          ])
        })
    ),
  ])
}

private func json(_ indicator: WeighedIndicator, of activity: Activity) -> JSONValue {
  let isThere = activity.evidence.finding(indicator.finding) != nil
  return .object([
    ("indicator", .string(indicator.indicator)),
    ("decibans", .number(indicator.decibans)),
    ("because", .string(indicator.because)),
    ("finding", isThere ? .string(findingID(activity, indicator.finding)) : .null),
  ])
}

private func json(_ targets: TargetOrigin) -> JSONValue {
  .object([
    ("origin", .string(targets.origin)),
    ("share", targets.share.map(JSONValue.number) ?? .null),
    ("medianLagSeconds", targets.medianLagSeconds.map(JSONValue.number) ?? .null),
    ("pValue", targets.pValue.map(JSONValue.number) ?? .null),
    ("because", .string(targets.because)),
  ])
}
