public import Analysis
import Detection
import Diagnosis
import Observations

/// An analysis as the JSON contract has it: UTF-8, keys in the contract's order, and the same bytes
/// for the same analysis.
///
/// Times are RFC 3339 UTC; a number known only within bounds is `{"low", "high"}`, and so is a run of
/// ports; what is not known is null.
///
/// - Parameters:
///   - analysis: the analysis.
///   - sinceLast: what changed since an earlier report; told where it was asked.
///   - comparison: what others' rules would have said; told where it was asked.
///   - threads: how many may be used; the bytes do not depend on it.
/// - Returns: the document.
public func renderJSON(
  _ analysis: Analysis, sinceLast: SinceLast? = nil, comparison: PeerComparison? = nil,
  threads: Int = 1
) -> String {
  // The incidents are nearly all of it; each stands two levels deep.
  let incidents = concurrentMap(analysis.incidents, threads: threads) { json($0).bytes(depth: 2) }
  var members: [(key: String, value: JSONValue)] = [
    (
      "culprit",
      .object([("version", .string(culpritVersion)), ("knowledge", .string(analysis.knowledge))])
    ),
    ("assumptions", .array(analysis.assumptions.map(json))),
    ("evidence", .array(analysis.evidence.map(json))),
    ("incidents", .array(incidents.map(JSONValue.written))),
    (
      "networkFindings",
      .array(
        analysis.networkFindings.enumerated().map { index, finding in
          json(finding, id: "network-\(index + 1)/\(finding.kind.rawValue)")
        })
    ),
    (
      "hostFindings",
      .array(
        analysis.hostFindings.enumerated().map { json($1, number: $0 + 1) })
    ),
    ("files", .array(analysis.files.map(json))),
    ("quiet", .array(analysis.quiet.map(json))),
  ]
  if let sinceLast { members.append(("sinceLast", sinceLast.json)) }
  if let comparison { members.append(("comparison", comparison.json)) }
  return JSONValue.object(members).document()
}

private func json(_ assumption: Analysis.Assumption) -> JSONValue {
  .object([
    ("what", .string(assumption.what)), ("value", .string(assumption.value)),
    ("because", .string(assumption.because)),
  ])
}

private func json(_ evidence: Analysis.Evidence) -> JSONValue {
  // Only where there are any: most formats cannot say.
  let told = [(key: "dropped", value: evidence.dropped), ("comments", evidence.comments)]
    .filter { $0.value > 0 }.map { (key: $0.key, value: JSONValue.unsigned($0.value)) }
  var added: [(key: String, value: JSONValue)] = []
  if let compression = evidence.compression {
    added.append(("compression", .string(compression)))
  }
  if let leftOut = evidence.leftOut { added.append(("leftOut", .unsigned(leftOut))) }
  if evidence.copies.total > 0 { added.append(("copies", json(evidence.copies))) }
  if evidence.formats.count > 1 {
    added.append(("formats", .array(evidence.formats.map(json))))
  }
  if !evidence.links.isEmpty {
    added.append(("links", .array(evidence.links.map(JSONValue.string))))
  }
  for (key, count) in [
    ("longestCut", evidence.longestCut), ("fragments", evidence.facts.fragments),
  ] where count > 0 {
    added.append((key, .unsigned(count)))
  }
  if !evidence.facts.tunnels.isEmpty {
    added.append(("tunnels", .array(evidence.facts.tunnels.map(json))))
  }
  if !evidence.facts.undecodedLinks.isEmpty {
    added.append(("undecodedLinks", .array(evidence.facts.undecodedLinks.map(json))))
  }
  return .object(
    [
      ("path", .string(evidence.path)),
      ("kind", .string(evidence.kind)),
      ("format", .text(evidence.format)),
      ("records", .unsigned(evidence.records)),
      ("observations", .unsigned(evidence.observations)),
      ("first", json(evidence.first)),
      ("last", json(evidence.last)),
      ("bytes", .unsigned(evidence.bytes)),
      ("sha256", .text(evidence.sha256)),
      ("vantage", .string(evidence.vantage)),
      ("problems", .array(evidence.problems.map(json))),
    ] + told + added)
}

private func json(_ copies: CopyTally) -> JSONValue {
  .object([
    ("same", .unsigned(copies.same)), ("routed", .unsigned(copies.routed)),
    ("offloaded", .unsigned(copies.offloaded)),
  ])
}

private func json(_ passage: CaptureFacts.TunnelPassage) -> JSONValue {
  .object([
    ("kind", .string(passage.kind.name)), ("from", .string("\(passage.from)")),
    ("to", .string("\(passage.to)")), ("packets", .unsigned(passage.packets)),
  ])
}

private func json(_ link: CaptureFacts.UndecodedLink) -> JSONValue {
  .object([
    ("number", link.number.map { .unsigned(UInt64($0)) } ?? .null), ("name", .text(link.name)),
    ("packets", .unsigned(link.packets)),
  ])
}

private func json(_ share: Analysis.Evidence.Share) -> JSONValue {
  .object([
    ("format", .string(share.format)), ("lines", .unsigned(share.lines)),
    ("observations", .unsigned(share.observations)), ("first", .unsigned(share.first.record)),
  ])
}

private func json(_ problem: Analysis.Evidence.Problem) -> JSONValue {
  .object([
    ("kind", .string(problem.kind)),
    ("count", .unsigned(problem.count)),
    (
      "first",
      .array(
        problem.first.map { place in
          .object([("record", .unsigned(place.record)), ("offset", .unsigned(place.offset))])
        })
    ),
  ])
}

private func json(_ incident: Incident) -> JSONValue {
  // Only where packets told of any.
  let names: [(key: String, value: JSONValue)] =
    incident.names.isEmpty ? [] : [("names", .array(incident.names.map(json)))]
  return .object(
    [
      ("id", .string(incident.id)),
      (
        "subject",
        .object([
          ("kind", .string(incident.subject.kind)), ("value", .string(incident.subject.value)),
        ])
      ),
      ("first", json(incident.first)),
      ("last", json(incident.last)),
      ("severity", .string(incident.severity.rawValue)),
      ("activities", .array(incident.activities.map(json))),
      ("hostsBehind", hostsBehind(incident)),
    ] + names)
}

/// What a host is called, and by whom.
private func json(_ name: HostName) -> JSONValue {
  .object([
    ("address", .string(name.address.description)), ("name", .string(name.name)),
    ("by", .string(name.how.rawValue)),
  ])
}

extension Incident {
  /// The names of its subject and of targets, each address once.
  var names: [HostName] {
    var known: Set<Address> = []
    return activities.flatMap(\.evidence.names).filter { known.insert($0.address).inserted }
  }
}

/// How many hosts stand behind the address, by the activity that shows most of them.
private func hostsBehind(_ incident: Incident) -> JSONValue {
  let findings = incident.activities.compactMap { $0.evidence.finding(.hostsBehind) }
    .filter { $0.values["applicable"] == .flag(true) }
  let best = findings.max {
    ($0.values["low"]?.numeric ?? 0, $0.count) < ($1.values["low"]?.numeric ?? 0, $1.count)
  }
  func number(_ name: String) -> JSONValue {
    best?.values[name]?.numeric.map { .integer(Int($0)) } ?? .null
  }
  return .object([
    ("applicable", .bool(best != nil)), ("estimate", number("estimate")), ("low", number("low")),
    ("high", number("high")),
  ])
}

private func json(_ quiet: Quiet) -> JSONValue {
  .object([
    ("reason", .string(quiet.reason.rawValue)),
    ("count", .integer(quiet.count)),
    ("examples", .array(quiet.examples.map(JSONValue.string))),
  ])
}

/// A time, or null.
func json(_ time: Timestamp?) -> JSONValue { .text(time?.description) }

/// A number, or the bounds it lies within; null where there is none.
func json(_ bound: Bound?) -> JSONValue {
  guard let bound else { return .null }
  if bound.low == bound.high { return .number(bound.low) }
  return .object([("low", .number(bound.low)), ("high", .number(bound.high))])
}
