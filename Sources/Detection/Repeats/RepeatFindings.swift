internal import Observations

/// What is said of a stream where many do alike, or one packet comes again and again.
extension Correlation {
  /// Sources that answer from one port unasked, from which on it is a crowd.
  private static let leastReflectors = 25
  /// Receivers per source, at most: what is meant for one is sent to few.
  private static let receiversPerSource = 0.1
  /// Prevalent and dispersed, as EarlyBird has it: more than so many sources and targets (Singh and others
  /// 2004).
  private static let crowd = 30
  private static let contentsTold = 10

  /// How many times as many bytes some services answer as they are asked with, at the least
  /// (US-CERT TA14-017A).
  private static let amplification: [UInt16: Double] = [
    17: 140, 19: 359, 53: 28, 69: 60, 111: 7, 123: 557, 137: 3.8, 161: 6.3, 389: 56, 520: 131,
    1_900: 31, 5_353: 2, 11_211: 10_000,
  ]

  /// Says of each stream what its tallies show.
  mutating func stateRepeats() {
    for stream in streams {
      for loop in stream.repeats.loops.prefix(RepeatTally.loopsKept) {
        networkFindings.append(Correlation.loop(loop, stream))
      }
      for (key, found) in stream.repeats.reflectors.sorted(by: { $0.key < $1.key }) {
        if let finding = Correlation.reflection(key, found, stream) {
          networkFindings.append(finding)
        }
      }
      let crowds = stream.repeats.contents.filter {
        $0.value.sources > Correlation.crowd && $0.value.targets.count > Correlation.crowd
      }
      let told = crowds.sorted {
        $0.value.sources != $1.value.sources
          ? $0.value.sources > $1.value.sources : $0.key < $1.key
      }.prefix(Correlation.contentsTold)
      for (content, spread) in told {
        networkFindings.append(Correlation.prevalence(content, spread, stream))
      }
    }
  }

  private static func loop(_ found: RepeatTally.Loop, _ stream: StreamResult) -> Finding {
    let loop = found.loop
    let target = TargetSets.address(found.target).map(\.description) ?? "an address"
    let what =
      switch loop.kind {
      case .routers:
        "comes again and again with its time to live falling by \(loop.step) (from \(loop.highest) to "
          + "\(loop.lowest)): it circles among \(loop.step) \(loop.step == 1 ? "router" : "routers")"
      case .link:
        "comes again and again with the same time to live: a loop of the link, or a sender that repeats "
          + "itself"
      }
    return Finding(
      kind: .packetLoop,
      summary: "in \(stream.facts.path) a packet of \(found.subject) to \(target) \(what); "
        + "\(loop.copies) copies within \(MeasuredEpidemic.time(loop.seconds)), \(loop.packets) such "
        + (loop.packets == 1 ? "packet" : "packets"),
      values: [
        "kind": .text(loop.kind.rawValue), "packets": .integer(loop.packets),
        "copies": .integer(loop.copies), "step": .integer(loop.step),
        "highest": .integer(loop.highest), "lowest": .integer(loop.lowest),
        "seconds": .number(loop.seconds), "subject": .text(found.subject.description),
        "target": .text(target),
      ], count: loop.copies, evidence: [])
  }

  private static func reflection(
    _ key: UInt32, _ found: RepeatTally.Reflectors, _ stream: StreamResult
  ) -> Finding? {
    guard stream.facts.showsReplies, found.sources >= leastReflectors, !found.receivers.isEmpty,
      Double(found.receivers.count) <= max(2, receiversPerSource * Double(found.sources))
    else { return nil }
    let transport = Transport(rawValue: UInt8(truncatingIfNeeded: key >> 16))
    let port = UInt16(truncatingIfNeeded: key)
    let told = found.receivers.sorted().prefix(3).map {
      TargetSets.address($0).map(\.description) ?? "an address"
    }
    let asked = found.receivers.contains { stream.askers.contains($0) }
    let each = found.followed > 0 ? Double(found.bytes) / Double(found.followed) : 0
    let factor = transport == .udp ? amplification[port] ?? 0 : 0
    let doubt =
      asked
      ? "their own packets are in it, and no request is among them: somebody asks in their name"
      : "nothing that they sent is in \(stream.facts.path), so that they may have asked"
    return Finding(
      kind: .reflection,
      summary:
        "\(found.sources) sources answer from \(transport) port \(port) to "
        + "\(told.joined(separator: ", ")), at \(found.ports.count) ports, \(found.packets) packets of "
        + "\(Int(each.rounded())) bytes on average; \(doubt)",
      values: [
        "sources": .integer(found.sources), "receivers": .integer(found.receivers.count),
        "port": .integer(Int(port)), "packets": .integer(Int(clamping: found.packets)),
        "bytesPerPacket": .number(each), "ports": .integer(found.ports.count),
        "amplification": .number(factor), "requestsVisible": .flag(asked),
        "receiver": .text(told.first ?? "none"),
      ], count: Int(clamping: found.packets), evidence: [])
  }

  private static func prevalence(
    _ content: RepeatTally.Content, _ spread: RepeatTally.Spread, _ stream: StreamResult
  ) -> Finding {
    let transport = Transport(rawValue: content.transport)
    let key = String(content.payloadKey, radix: 16)
    let bytes = String(repeating: "0", count: 8 - key.count) + key
    let service = transport.hasPorts ? "\(transport) port \(content.port)" : "\(transport)"
    return Finding(
      kind: .contentPrevalence,
      summary:
        "in \(stream.facts.path) \(spread.sources) sources send the same to \(service): "
        + "\(content.payloadLength) bytes that begin with \(bytes), to "
        + (spread.targets.count >= RepeatTally.members ? "at least " : "")
        + "\(spread.targets.count) addresses that mostly do not answer, as copies of one program do",
      values: [
        "sources": .integer(spread.sources), "targets": .integer(spread.targets.count),
        "packets": .integer(spread.packets), "port": .integer(Int(content.port)),
        "payloadLength": .integer(Int(content.payloadLength)),
        "payloadKey": .integer(Int(content.payloadKey)),
      ], count: spread.packets, evidence: [])
  }
}

extension Finishing {
  /// Which receivers of unasked answers sent anything themselves.
  mutating func findAskers() {
    for found in result.repeats.reflectors.values where found.sources >= 25 {
      for receiver in found.receivers {
        if let address = TargetSets.address(receiver), books.existing(address) != 0 {
          result.askers.insert(receiver)
        }
      }
    }
  }
}
