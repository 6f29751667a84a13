import Diagnosis
import Observations

extension ExportForm {
  /// A table of its own that drops what accused sources send, for `nft -f`.
  static let nftables = ExportForm(
    name: "nftables", meaning: "proposed rules for nftables, with what else they would meet",
    needs: .tally
  ) { export throws(ExportRefusal) in
    var text = comments(
      export.ruleHead("nftables") + [
        "To check: nft -c -f FILE. To take them back: nft delete table inet culprit_proposed."
      ])
    text += comments(export.ruleRefusals)
    let rules = export.activities.compactMap { ProposedRule($0, in: export) }
    guard !rules.isEmpty else { return text + "# There is no rule to propose.\n" }
    text += "\ntable inet culprit_proposed {\n"
    text += "  chain incoming {\n"
    // Before connection tracking would be too early for what is already established.
    text += "    type filter hook prerouting priority filter; policy accept;\n"
    for rule in rules {
      text += "\n" + comments(rule.remarks, indent: 4) + "    \(rule.nftables)\n"
    }
    return text + "  }\n}\n"
  }
}

extension ProposedRule {
  fileprivate var nftables: String {
    let family = address.isIPv4 ? "ip" : "ip6"
    var match = "\(family) saddr \(address)"
    if transport.hasPorts, !ports.isEmpty {
      let list = ports.map {
        $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
      }
      let set = list.count == 1 ? list[0] : "{ \(list.joined(separator: ", ")) }"
      match += " \(transport) dport \(set)"
    } else {
      match += " meta l4proto \(transport.rawValue)"
    }
    // A comment has at most 128 bytes and no quotation marks; both parts are ours.
    let name = "culprit \(item.incidentToken) \(item.verdictToken)"
    return "\(match) counter drop comment \"\(name.prefix(120))\""
  }
}
