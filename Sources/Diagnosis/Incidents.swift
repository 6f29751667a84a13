public import Detection
public import Knowledge
import Observations

/// Diagnoses activities and groups them by subject; by severity (highest first), then subject.
/// `digest` turns text into hexadecimal digits; an incident's id is the first 16 of them. `threads` may
/// be used; nothing depends on how many.
public func incidents(
  from activities: [ActivityEvidence], using knowledge: KnowledgeBase, threads: Int = 1,
  digest: @Sendable (String) -> String
) -> [Incident] {
  let subjects = Dictionary(grouping: activities, by: \.subject).map { ($0.key, $0.value) }
  return concurrentMap(subjects, threads: threads) { subject, evidence in
    let ordered = evidence.sorted { ($0.first, $0.shape, $0.last) < ($1.first, $1.shape, $1.last) }
    let first = ordered[0].first
    let names = Set(ordered.flatMap(\.paths).map(baseName)).sorted()
    let key = ([subject.kind, subject.value, first.description] + names).joined(separator: "\n")
    let id = String(digest(key).prefix(16))
    let diagnosed = ordered.enumerated().map { index, evidence in
      let diagnosis = diagnose(evidence, using: knowledge)
      var activity = Activity(
        id: "\(id)-\(index + 1)", label: label(of: evidence), evidence: evidence,
        diagnosis: diagnosis, severity: severity(of: diagnosis, using: knowledge))
      activity.senders = senders(of: evidence, using: knowledge)
      return activity
    }
    return Incident(
      id: id, subject: subject, first: first, last: ordered.map(\.last).max() ?? first,
      severity: diagnosed.map(\.severity).max() ?? .info, activities: diagnosed)
  }.sorted { ($1.severity, $0.subject, $0.id) < ($0.severity, $1.subject, $1.id) }
}

/// Innocent causes are `info`, unexplained activities `low`, others what their article says.
func severity(of diagnosis: Diagnosis, using knowledge: KnowledgeBase) -> Severity {
  guard let article = diagnosis.verdict.flatMap(knowledge.article) else { return .low }
  return article.innocent ? .info : Severity(rawValue: article.severity) ?? .low
}

/// The last part of a path: where evidence lies must not change an incident's id.
private func baseName(_ path: String) -> String {
  path.split(separator: "/").last.map(String.init) ?? path
}

/// A few words on what is done.
func label(of evidence: ActivityEvidence) -> String {
  let targets = Wording.text(.bound(evidence.traffic.destinations), named: "targets")
  let to = "to \(targets) address\(targets == "1" ? "" : "es")"
  if evidence.finding(.nameLookups) != nil { return "NetBIOS name lookups \(to)" }
  switch evidence.shape {
  case .service(let transport, let port):
    if transport == .arp { return "ARP requests for \(targets) addresses" }
    let name = transport.description.uppercased()
    return transport.hasPorts ? "\(name) port \(port) \(to)" : "\(name) type \(port) \(to)"
  case .manyPorts(let transport):
    return "many \(transport.description.uppercased()) ports \(to)"
  case .misreadHeader(let port):
    let isCaptured = evidence.capabilities[.content] == .available
    return "UDP from port \(port) \(to) whose "
      + (isCaptured ? "headers read as ICMP errors" : "source port reads as an ICMP error")
  case .unaskedReplies(let transport, let port):
    let name = transport.description.uppercased()
    return "unasked replies, \(name) \(transport.hasPorts ? "from port" : "type") \(port), \(to)"
  case .broadcasts(let transport, let port):
    let name = transport.description.uppercased()
    return transport.hasPorts
      ? "broadcasts to \(name) port \(port)" : "\(name) broadcasts"
  case .flood(let transport, let port):
    let name = transport.description.uppercased()
    return "flood of many sources at \(name) port \(port), \(to)"
  case .peers(let transport, let port):
    let name = transport.description.uppercased()
    return "\(name) from port \(port) \(to) at many ports"
  case .addressClaims: return "claims to addresses by ARP"
  case .nameAsked(let name): return "lookups of the name \(name.rawValue)"
  case .specialPurpose(let transport, let port):
    return "\(transport.description.uppercased()) port \(port) \(to) of special purpose"
  }
}
