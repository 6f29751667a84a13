internal import Observations

/// What one host did to find one of the names that hosts ask for by themselves.
struct NameSearch: Sendable {
  static let mostNames = 8

  /// Questions, by the way they went.
  var byDNS = 0, byMulticast = 0, byNetBIOS = 0
  /// Answers that nobody has it, and such that gave an address.
  var denied = 0, answered = 0
  /// The full names asked for, with how often.
  var names: [String: Int] = [:]
  var first = Int64.max, last = Int64.min
  /// The first five records, and the last.
  var records: [(record: UInt64, offset: UInt64)] = []

  var lookups: Int { byDNS + byMulticast + byNetBIOS }

  mutating func add(_ extra: UInt8, name: String, time: Int64, _ place: (UInt64, UInt64)) {
    if extra & 0xc0 != 0 {
      if extra & 0x80 != 0 { denied += 1 } else { answered += 1 }
      return
    }
    switch extra & 0x30 {
    case 0x10: byDNS += 1
    case 0x20: byMulticast += 1
    default: byNetBIOS += 1
    }
    if names[name] != nil || names.count < NameSearch.mostNames { names[name, default: 0] += 1 }
    (first, last) = (min(first, time), max(last, time))
    if records.count > 5 { records.removeLast() }
    records.append(place)
  }
}

extension Thresholds {
  /// Lookups of such a name by one host, below which nobody asks …
  static let nameSearches = 20
  /// … and its part of all lookups of that name: where every host asks, no one of them stands out.
  static let nameSearchShare = 0.1
}

extension Correlation {
  /// Searches for names that nobody has, as activities of their own.
  static func nameSearches(_ stream: StreamResult) -> [ActivityEvidence] {
    guard let searches = stream.names?.searches, !searches.isEmpty else { return [] }
    var result: [ActivityEvidence] = []
    for name in WellKnownName.allCases {
      let all = searches.filter { $0.key.name == name }
      let total = all.values.reduce(0) { $0 + $1.lookups }
      let hosts = all.count { $0.value.lookups >= Thresholds.nameSearches }
      for (key, search) in all.sorted(by: { $0.key.asker < $1.key.asker })
      where search.lookups >= Thresholds.nameSearches && search.answered * 5 <= search.lookups
        && Double(search.lookups) >= Thresholds.nameSearchShare * Double(total)
      {
        result.append(activity(key.asker, name, search, hosts: hosts, stream.facts))
      }
    }
    return result
  }

  private static func activity(
    _ asker: Address, _ name: WellKnownName, _ search: NameSearch, hosts: Int,
    _ facts: StreamFacts
  ) -> ActivityEvidence {
    let lookups = search.lookups
    let commonest =
      search.names.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key ?? name.rawValue
    let hours = max(1.0 / 60, (Double(search.last) - Double(search.first)) / 3.6e12)
    let ways = [
      (search.byDNS, "DNS"), (search.byMulticast, "multicast"), (search.byNetBIOS, "NetBIOS"),
    ].filter { $0.0 > 0 }.map { "\($0.0) by \($0.1)" }
    let finding = Finding(
      kind: .nameAsked,
      summary: "asked \(lookups) times for \(commonest)"
        + (search.names.count > 1 ? " and \(search.names.count - 1) other names of its kind" : "")
        + " (\(ways.joined(separator: ", "))); \(search.answered) answers gave an address, "
        + "\(search.denied) said that nobody has it",
      values: [
        "name": .text(name.rawValue), "asked": .text(commonest),
        "names": .integer(search.names.count), "lookups": .integer(lookups),
        "byDNS": .integer(search.byDNS), "byMulticast": .integer(search.byMulticast),
        "byNetBIOS": .integer(search.byNetBIOS), "denied": .integer(search.denied),
        "answered": .integer(search.answered),
        "answeredShare": FindingBuilder.share(search.answered, of: lookups),
        "hosts": .integer(hosts), "perHour": .number(Double(lookups) / hours),
      ], count: lookups,
      evidence: search.records.map {
        let place = facts.place(of: $0.record)
        return EvidenceReference(path: place.path, record: place.record, offset: $0.offset)
      })
    let count = Bound(low: Double(lookups), high: Double(lookups) + Double(facts.dropped))
    return ActivityEvidence(
      subject: .address(asker), shape: .nameAsked(name),
      first: Timestamp(nanoseconds: search.first), last: Timestamp(nanoseconds: search.last),
      traffic: Traffic(
        transport: .udp, sourcePorts: [], sourcePortCount: 0, destinationPorts: [],
        direction: .unknown, packets: count, bytes: nil, destinations: Bound(low: 1, high: 1),
        examples: []),
      findings: [finding],
      capabilities: [
        .content: .available,
        .replies: facts.showsReplies(of: asker)
          ? .available
          : .missing(
            because: "answers to it were left out",
            ask: "the same evidence once more, without --match"),
      ], paths: facts.parts.isEmpty ? [facts.path] : facts.parts.map(\.path))
  }
}
