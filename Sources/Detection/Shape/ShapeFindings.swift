internal import Observations

/// Findings out of an activity's first packets.
extension FindingBuilder {
  func burstGrammar() -> Finding? {
    guard let grammar = BurstGrammar(draft.trace) else { return nil }
    let ports =
      switch grammar.portOrder {
      case .ascending: "destination ports counting up by one"
      case .descending: "destination ports counting down by one"
      case .constant: "one destination port"
      case .mixed: "destination ports in no order"
      }
    let source = grammar.sourcePort.map { "source port \($0), " } ?? ""
    return finding(
      .burstGrammar,
      "\(grammar.bursts) bursts of \(FindingBuilder.rate(grammar.burstSize)) packets, "
        + "\(FindingBuilder.rate(grammar.gapSeconds)) s apart: \(source)\(ports)", grammar.values,
      count: grammar.sampled)
  }

  func packetShape() -> Finding? {
    guard let shape = PacketShape(draft.trace) else { return nil }
    var parts: [String] = []
    func share(_ value: Double) -> String { "\(Int((value * 100).rounded())) %" }
    if let length = shape.payloadLength {
      parts.append("\(length.value) bytes of payload in \(share(length.share))")
    }
    if let life = shape.timeToLive {
      parts.append("time to live \(life.value) in \(share(life.share))")
    }
    if let same = shape.sequenceIsDestinationShare, same > 0 {
      parts.append("the sequence number is the destination address in \(share(same))")
    }
    if shape.timeToLiveRises == true { parts.append("the time to live rises step by step") }
    guard !parts.isEmpty else { return nil }
    return finding(
      .packetShape, "of \(shape.sampled) packets looked at: \(parts.joined(separator: ", "))",
      shape.values, count: shape.sampled)
  }

  func hostsBehind() -> Finding? {
    // What has made-up sources says nothing of hosts; nor does a log without identifications.
    guard draft.forged == nil, draft.flood == nil,
      draft.trace.contains(where: \.hasIdentification)
    else { return nil }
    let behind = HostsBehind(draft.trace)
    let summary: String
    if let hosts = behind.hosts {
      summary =
        hosts.high <= 1
        ? "one counter of IP identifications: one host"
        : "\(behind.chains) counters of IP identifications: \(hosts.low) to \(hosts.high) hosts behind "
          + "this address"
    } else {
      summary =
        "how many hosts are behind the address cannot be told: "
        + (behind.obstacle?.because ?? "no counters")
    }
    return finding(.hostsBehind, summary, behind.values, count: behind.packets)
  }

  /// The pattern of the activity; nil where no packet was kept.
  var pattern: Pattern? {
    draft.trace.isEmpty ? nil : Pattern(of: draft.trace, transport: draft.shape.transport)
  }
}
