internal import Observations

/// Findings out of what packets said in words.
extension FindingBuilder {
  func hostNames(_ book: NameBook?) -> Finding? {
    guard let book, draft.forged == nil, let best = book.best(draft.subject) else { return nil }
    let members = draft.members ?? []
    let targets = members.prefix(Finishing.sample).compactMap { TargetSets.address($0) }
    let named = targets.count { book.best($0) != nil }
    let all = book.names[draft.subject] ?? []
    let workgroup = book.workgroups[draft.subject]
    let user = book.users[draft.subject]
    var words = "\(draft.subject) calls itself \(best.name) (\(best.how.words))"
    if best.how.rank >= HostName.How.dns.rank {
      words = "\(draft.subject) is called \(best.name) by \(best.how.words)"
    }
    if let workgroup { words += ", workgroup \(workgroup)" }
    if let user { words += ", with \(user) logged on" }
    return finding(
      .hostNames, words,
      [
        "name": .text(best.name), "how": .text(best.how.rawValue),
        "names": .integer(all.count), "workgroup": .text(workgroup ?? "not known"),
        "user": .text(user ?? "not known"), "targets": .integer(targets.count),
        "targetsNamed": .integer(named),
      ], count: all.count)
  }

  func shareAccess(_ book: NameBook?) -> Finding? {
    guard let shares = book?.shares[draft.subject], draft.forged == nil, !shares.isEmpty else {
      return nil
    }
    func targets(_ test: (String) -> Bool) -> Int {
      var all: Set<Address> = []
      for (name, targets) in shares where test(name) { all.formUnion(targets) }
      return all.count
    }
    func isLetter(_ name: some StringProtocol) -> Bool {
      name.utf8.count == 1 && name.utf8.allSatisfy { (65...90).contains($0) }
    }
    let all = targets { _ in true }
    let drives = targets { isLetter($0) }
    let hidden = targets { $0 == "ADMIN$" || $0.hasSuffix("$") && isLetter($0.dropLast()) }
    let ordered = shares.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
    let examples = ordered.prefix(4).map { "\($0.key) of \($0.value.count)" }
    return finding(
      .shareAccess,
      "\(draft.subject) asked \(all) \(all == 1 ? "host" : "hosts") for \(shares.count) "
        + (shares.count == 1 ? "share" : "shares of different names")
        + ": \(examples.joined(separator: ", "))",
      [
        "targets": .integer(all), "shares": .integer(shares.count), "drives": .integer(drives),
        "hidden": .integer(hidden), "channel": .integer(targets { $0 == "IPC$" }),
        "most": .integer(ordered.first?.value.count ?? 0),
        "share": .text(ordered.first?.key ?? ""),
      ], count: all)
  }

  /// What the subject's packets at the activity's port carried, as far as it is known by itself.
  func content(_ book: NameBook?) -> Finding? {
    guard let book, draft.forged == nil, let (transport, port) = carrying,
      transport == .tcp || transport == .udp,
      let counts = book.contents[
        NameBook.ContentKey(source: draft.subject, transport: transport, port: port)],
      let most = counts.max(by: { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) })
    else { return nil }
    let total = counts.values.reduce(0, +)
    let usual = ContentWords.usual(transport, port)
    let others = counts.filter { !usual.contains(ContentWords.name($0.key)) }
      .reduce(0) { $0 + $1.value }
    let contradicts = !usual.isEmpty && others * 2 > total
    let name = ContentWords.name(most.key)
    return finding(
      .content,
      "\(total) of its packets to \(transport) port \(port) were seen to carry \(name)"
        + (counts.count > 1 ? " and others" : "")
        + (contradicts ? ", though the port is \(usual[0])'s" : ""),
      [
        "protocol": .text(name), "packets": .integer(Int(clamping: total)),
        "protocols": .integer(Set(counts.keys.map { ContentWords.name($0) }).count),
        "share": FindingBuilder.share(most.value, of: total),
        "usual": .text(usual.first ?? "none"), "contradicts": .flag(contradicts),
      ], count: Int(clamping: total))
  }
}

extension FindingBuilder {
  /// Where to all packets of the activity go, if to one port.
  private var carrying: (Transport, UInt16)? {
    switch draft.shape {
    case .service(let transport, let port), .specialPurpose(let transport, let port):
      (transport, port)
    default: nil
    }
  }
}

/// What contents are called, and what ports are for.
enum ContentWords {
  static func name(_ hint: ApplicationHint) -> String {
    switch hint {
    case .nodeStatusQuery, .nameQuery, .nameResponse, .nameService: "NetBIOS names"
    case .dnsQuery, .dnsResponse: "DNS"
    case .ssdp: "SSDP"
    case .multicastName: "mDNS/LLMNR"
    case .ntp: "NTP"
    case .tftp: "TFTP"
    case .snmp: "SNMP"
    case .sip: "SIP"
    case .stun: "STUN"
    case .tls: "TLS"
    case .httpRequest, .httpResponse: "HTTP"
    case .ssh: "SSH"
    case .netbiosSession, .smb1, .smb2: "SMB"
    default: "something else"
    }
  }

  /// What a port carries as a rule, what it is named for first; empty where that is anybody's guess.
  static func usual(_ transport: Transport, _ port: UInt16) -> [String] {
    switch (transport, port) {
    case (.tcp, 22): ["SSH"]
    case (.tcp, 80), (.tcp, 8_080): ["HTTP"]
    case (.tcp, 443): ["TLS"]
    case (.tcp, 139), (.tcp, 445): ["SMB"]
    case (.udp, 53): ["DNS"]
    case (.udp, 69): ["TFTP"]
    case (.udp, 123): ["NTP"]
    case (.udp, 137): ["NetBIOS names"]
    case (.udp, 161), (.udp, 162): ["SNMP"]
    case (.udp, 1_900): ["SSDP"]
    case (.udp, 5_353), (.udp, 5_355): ["mDNS/LLMNR"]
    case (.udp, 3_478): ["STUN"]
    case (.udp, 5_060): ["SIP"]
    default: []
    }
  }
}
