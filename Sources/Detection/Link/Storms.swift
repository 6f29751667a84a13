internal import Observations

/// What one host's broadcasts ask for, as far as its first packets show.
struct NamesAsked {
  /// Packets looked at that ask for a NetBIOS name.
  var sampled = 0
  /// How often each name was asked for, by its 32 bits.
  var names: [UInt32: Int] = [:]
  private var transactions: [UInt32: Set<UInt16>] = [:]

  init(_ trace: [TracedPacket]) {
    for packet in trace where packet.nameKey != 0 {
      sampled += 1
      names[packet.nameKey, default: 0] += 1
      transactions[packet.nameKey, default: []].insert(
        UInt16(truncatingIfNeeded: packet.payloadKey >> 16))
    }
  }

  /// The name asked for most, where it makes up half at least.
  var main: UInt32? {
    guard let most = names.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else { return nil }
    return most.value * 2 >= sampled ? most.key : nil
  }

  /// The transactions by which it is asked for the main name; where there is none, for any.
  var lookups: Set<UInt16> {
    main.flatMap { transactions[$0] } ?? transactions.values.reduce(into: []) { $0.formUnion($1) }
  }
}

extension LinkView {
  /// Whether what single others send to a hardware would have been seen: it was itself seen speaking to
  /// single others, or most hosts were, so this is no foreign port of a switch.
  fileprivate func seesUnicasts(of hardware: UInt64) -> Bool {
    if stations.contains(where: { $0.hardware == hardware && $0.unicasts >= 3 }) { return true }
    let (hosts, unicast) = visibility
    return unicast * 2 >= hosts
  }
}

extension FindingBuilder {
  func broadcastStorm(_ link: LinkView?, hosts: Int) -> Finding? {
    guard case .broadcasts(let transport, let port) = draft.shape else { return nil }
    let frames = link?.frames ?? 0
    var values: [String: FindingValue] = [
      "packets": .integer(Int(clamping: draft.packets)),
      "perMinute": .integer(Int(draft.profile.busiestMinute)),
      "share": FindingBuilder.share(draft.packets, of: max(frames, draft.packets)),
      "hosts": .integer(hosts),
    ]
    var summary =
      "\(draft.packets) broadcasts, \(draft.profile.busiestMinute) in the busiest minute; "
      + "\(hosts) \(hosts == 1 ? "host does" : "hosts do") so"
    let asked = NamesAsked(draft.trace)
    let lookups = asked.lookups
    if transport == .udp, port == 137, asked.sampled > 0 {
      values["sampled"] = .integer(asked.sampled)
      values["names"] = .integer(asked.names.count)
      values["lookups"] = .integer(lookups.count)
      summary += "; \(asked.names.count) different names in \(asked.sampled) queries looked at"
      if let answered = answered(lookups, link) {
        values["answeredShare"] = FindingBuilder.share(answered, of: lookups.count)
        summary += ", \(answered) of \(lookups.count) lookups of the commonest answered"
      }
    }
    return finding(.broadcastStorm, summary, values)
  }

  /// Lookups that were answered; nil where answers could not have been seen.
  private func answered(_ lookups: Set<UInt16>, _ link: LinkView?) -> Int? {
    guard let link, let answers = link.nameAnswers, draft.subject.isIPv4, draft.forged == nil,
      draft.profile.hardwareCount == 1, link.seesUnicasts(of: draft.profile.hardware)
    else { return nil }
    return lookups.intersection(answers[draft.subject.ipv4] ?? []).count
  }
}

extension Correlation {
  private static let hostsOfAStorm = 3
  private static let hostsNamed = 10

  /// Says once of each stream what several hosts broadcast for together.
  mutating func stateStorms() {
    for stream in streams {
      var parts: [ActivityShape: [UInt32: [Draft]]] = [:]
      for draft in stream.drafts where draft.forged == nil {
        guard case .broadcasts(.udp, 137) = draft.shape,
          let name = NamesAsked(draft.trace).main
        else { continue }
        parts[draft.shape, default: [:]][name, default: []].append(draft)
      }
      for (_, names) in parts.sorted(by: { $0.key < $1.key }) {
        for (_, drafts) in names.sorted(by: { $0.key < $1.key })
        where drafts.count >= Correlation.hostsOfAStorm {
          networkFindings.append(Correlation.storm(drafts, stream.link))
        }
      }
    }
  }

  private static func storm(_ drafts: [Draft], _ link: LinkView?) -> Finding {
    let packets = drafts.reduce(0) { $0 + $1.packets }
    let hosts = drafts.map(\.subject).sorted()
    let told = hosts.prefix(hostsNamed).map(\.description).joined(separator: ", ")
    let more = hosts.count > hostsNamed ? " and \(hosts.count - hostsNamed) more" : ""
    return Finding(
      kind: .broadcastStorm,
      summary: "\(hosts.count) hosts broadcast for one and the same NetBIOS name in "
        + "\(drafts[0].path), \(packets) packets: \(told)\(more)",
      values: [
        "packets": .integer(Int(clamping: packets)), "hosts": .integer(hosts.count),
        "perMinute": .integer(Int(drafts.map(\.profile.busiestMinute).max() ?? 0)),
        "share": FindingBuilder.share(packets, of: max(link?.frames ?? 0, packets)),
        "names": .integer(1),
      ], count: Int(clamping: packets), evidence: [])
  }
}
