import Analysis
import Detection
import Diagnosis
import Observations

/// A rule that is proposed against a source, with what it would have met in this evidence.
struct ProposedRule {
  /// What it is for.
  let item: ExportedActivity
  /// The source.
  let address: Address
  /// The transport it is limited to.
  let transport: Transport
  /// The destination ports; empty where the transport has none, or they are too many to name.
  let ports: [ClosedRange<UInt16>]
  /// Packets it would have met that are no part of an accused activity: counted, by what they are.
  private(set) var collateral: [(what: String, packets: UInt64)]
  /// Whether the evidence was read again, so that traffic that no activity was raised for is counted.
  let countsOthers: Bool

  /// So many ranges of ports are named; beyond, the rule stands for all ports.
  static let mostRanges = 15

  private func meets(_ transport: Transport, _ range: ClosedRange<UInt16>) -> Bool {
    guard transport == self.transport else { return false }
    return !transport.hasPorts || ports.isEmpty || ports.contains { $0.overlaps(range) }
  }

  /// A rule against an activity's sender; nil where none is to be proposed.
  init?(_ item: ExportedActivity, in export: Export) {
    guard item.standing.mayBeNamed, case .address(let address) = item.activity.evidence.subject
    else { return nil }
    self.item = item
    self.address = address
    let traffic = item.activity.evidence.traffic
    transport = traffic.transport
    let ranges = transport.hasPorts ? traffic.destinationPorts : []
    ports = ranges.count > ProposedRule.mostRanges ? [] : ranges
    countsOthers = item.packets != nil
    collateral = []
    var met: [(what: String, packets: UInt64)] = []
    for other in export.activities
    where other.incident.id == item.incident.id && !other.standing.mayBeNamed
      && other.activity.evidence.traffic.destinationPorts.contains(where: {
        meets(other.activity.evidence.traffic.transport, $0)
      })
    {
      met.append(
        (
          "\(other.activity.label) (\(other.activity.diagnosis.verdict ?? "unexplained"))",
          UInt64(clamping: other.packetCount)
        ))
    }
    for (service, packets) in (item.packets?.others ?? [:]).sorted(by: { $0.key < $1.key })
    where meets(service.transport, service.port...service.port) {
      met.append(("\(service.transport) port \(service.port), in no activity", packets))
    }
    collateral = met
  }

  /// What is to be read before the rule is applied, a line each.
  var remarks: [String] {
    let diagnosis = item.activity.diagnosis
    var lines = [
      "incident \(item.incidentToken): \(item.activity.label)",
      "verdict \(item.verdictToken), probability \(percent(diagnosis.posterior)), "
        + "\(oneDecimal(diagnosis.lead)) dB ahead of the next; seen "
        + span(item.activity.evidence.first, item.activity.evidence.last),
      "it would have met \(counted(item.activity.evidence.traffic.packets, "packet", "packets")) of "
        + "what it is meant for",
    ]
    if collateral.isEmpty {
      lines.append(
        countsOthers
          ? "COLLATERAL in this evidence: none; no other packet of this source matches"
          : "COLLATERAL in this evidence: no other activity of this source matches; its other packets "
            + "were not counted (give the evidence itself)")
    } else {
      let sum = collateral.reduce(UInt64(0)) { $0 &+ $1.packets }
      lines.append(
        "COLLATERAL in this evidence: \(counted(sum, "packet", "packets")) that nobody is accused of"
      )
      lines += collateral.prefix(8).map {
        "  \(counted($0.packets, "packet", "packets")): \($0.what)"
      }
      if collateral.count > 8 { lines.append("  and \(collateral.count - 8) kinds more") }
    }
    lines += item.standing.cautions.map { "MIND: \($0)" }
    return lines.map(inert)
  }
}

extension Export {
  /// The head of a file of proposed rules, a line each.
  func ruleHead(_ program: String) -> [String] {
    let rules = activities.count(where: \.standing.mayBeNamed)
    return [
      "Rules for \(program), PROPOSED by culprit \(culpritVersion). Nothing has applied them.",
      "Read what stands beside each: what else it would meet, and who may stand behind the address.",
      "\(counted(UInt64(rules), "activity", "activities")) of \(activities.count) can be ruled against.",
    ]
  }

  /// Why there is no rule against the others: each reason, with how many and the first of them.
  var ruleRefusals: [String] {
    var order: [String] = []
    var subjects: [String: [String]] = [:]
    for item in activities where !item.standing.mayBeNamed {
      let reason = item.standing.obstacles.first?.words ?? ""
      if subjects[reason] == nil { order.append(reason) }
      if subjects[reason]?.contains(item.incident.subject.value) != true {
        subjects[reason, default: []].append(item.incident.subject.value)
      }
    }
    return order.map { reason in
      let names = subjects[reason] ?? []
      let more = names.count > 5 ? " and \(names.count - 5) more" : ""
      return inert("NO RULE against \(names.prefix(5).joined(separator: ", "))\(more): \(reason)")
    }
  }
}

/// Lines as comments of a file of rules, at most 100 columns wide.
func comments(_ lines: [String], indent: Int = 0) -> String {
  let front = String(repeating: " ", count: indent) + "# "
  return lines.flatMap { wrapped($0, hang: 2, columns: 96 - indent).split(separator: "\n") }
    .map { "\(front)\($0)\n" }.joined()
}
