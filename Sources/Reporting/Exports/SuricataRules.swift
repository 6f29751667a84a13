import Diagnosis
import Observations

extension ExportForm {
  /// A rule for each accused activity, that alerts and does not drop.
  static let suricata = ExportForm(
    name: "suricata", meaning: "proposed rules for Suricata, that alert and drop nothing",
    needs: .tally
  ) { export throws(ExportRefusal) in
    var text = comments(
      export.ruleHead("Suricata") + [
        "They alert. Whoever wants to drop writes drop, after reading. Check: suricata -T -S FILE."
      ])
    text += comments(export.ruleRefusals)
    var used: Set<UInt32> = []
    let rules = export.activities.compactMap { ProposedRule($0, in: export) }
    if rules.isEmpty { text += "# There is no rule to propose.\n" }
    for rule in rules {
      var number = rule.suricataNumber
      while !used.insert(number).inserted {
        number = number == SuricataNumbers.last ? SuricataNumbers.first : number + 1
      }
      text += "\n" + comments(rule.remarks) + rule.suricata(number) + "\n"
    }
    return text
  }
}

/// Signature numbers: of those that are left to local use.
private enum SuricataNumbers {
  static let first: UInt32 = 1_000_000
  static let last: UInt32 = 1_999_999
}

extension ProposedRule {
  /// The same for the same activity, wherever it is ruled against.
  fileprivate var suricataNumber: UInt32 {
    let digits = nameUUID("suricata\n\(item.activity.id)", in: UUIDNamespace.own).prefix(8)
    let span = SuricataNumbers.last - SuricataNumbers.first + 1
    return SuricataNumbers.first + (UInt32(digits, radix: 16) ?? 0) % span
  }

  fileprivate func suricata(_ number: UInt32) -> String {
    let names: [Transport: String] = [
      .tcp: "tcp", .udp: "udp", .icmp: "icmp", .icmpv6: "icmp",
      Transport(rawValue: 132): "sctp",
    ]
    let port: String
    if transport.hasPorts, !ports.isEmpty {
      let list = ports.map {
        $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound):\($0.upperBound)"
      }
      port = list.count == 1 ? list[0] : "[\(list.joined(separator: ","))]"
    } else {
      port = "any"
    }
    let verdict = item.verdictToken
    let kind = verdict.hasSuffix("-worm") ? "trojan-activity" : "attempted-recon"
    let message = "culprit \(verdict) by \(address), incident \(item.incidentToken)"
    return "alert \(names[transport] ?? "ip") \(address) any -> any \(port) "
      + "(msg:\"\(ProposedRule.escaped(message))\"; classtype:\(kind); "
      + "threshold:type limit, track by_src, count 1, seconds 3600; "
      + "metadata:confidence \(item.confidence), incident \(item.incidentToken); "
      + "sid:\(number); rev:1;)"
  }

  /// What would end a message or its rule, escaped.
  private static func escaped(_ text: String) -> String {
    String(
      inert(text).flatMap { character -> [Character] in
        ";:\"\\".contains(character) ? ["\\", character] : [character]
      })
  }
}
