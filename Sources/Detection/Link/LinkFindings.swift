internal import Observations

/// Findings that need the link a stream was captured on.
extension Draft {
  /// Whether it is of the kinds that reach every host of a link, or one in floods, so that a service may
  /// fail by it.
  var mayDisturb: Bool {
    switch shape {
    case .misreadHeader, .broadcasts, .flood: true
    default: false
    }
  }
}

extension FindingBuilder {
  private var facts: StreamFacts { draft.facts }

  func forgedSource(_ link: LinkView?) -> Finding? {
    guard let forged = draft.forged else { return nil }
    let own = link?.address(of: forged.hardware).map { Address(ipv4: $0).description }
    let hardware = Subject.mac(forged.hardware).value
    return finding(
      .forgedSource,
      "\(hardware) sent them under \(forged.addresses.count) source addresses that are not its own "
        + "(\(forged.owned.count) belong to other hardware, \(forged.impossible) packets bear one that "
        + "no host can have)",
      [
        "packets": .integer(Int(clamping: draft.packets)),
        "impossible": .integer(Int(clamping: forged.impossible)),
        "addresses": .integer(forged.addresses.count), "owned": .integer(forged.owned.count),
        "hardware": .text(hardware), "ownAddress": .text(own ?? "not known"),
      ])
  }

  func directedBroadcast() -> Finding? {
    guard draft.profile.directedBroadcasts > 0 else { return nil }
    let address = Address(ipv4: draft.profile.broadcastAddress).description
    return finding(
      .directedBroadcast,
      "\(draft.profile.directedBroadcasts) of \(draft.packets) packets went to the broadcast address "
        + "\(address)",
      [
        "packets": .integer(Int(draft.profile.directedBroadcasts)),
        "share": FindingBuilder.share(draft.profile.directedBroadcasts, of: draft.profile.packets),
        "networks": .integer(1), "address": .text(address),
      ], count: Int(draft.profile.directedBroadcasts))
  }

  func spoofedFlood() -> Finding? {
    guard let flood = draft.flood, case .flood(let transport, let port) = draft.shape else {
      return nil
    }
    let seconds = max(1, (Double(draft.last) - Double(draft.first)) / 1e9)
    let newcomers = max(1, flood.looked)
    return finding(
      .spoofedFlood,
      "\(flood.sources) sources sent to \(transport) port \(port) of \(flood.victim); \(flood.single) "
        + "of them sent one packet and nothing more",
      [
        "sources": .integer(Int(flood.sources)), "packets": .integer(Int(clamping: draft.packets)),
        "unroutableShare": FindingBuilder.share(flood.unroutable, of: newcomers),
        "timeToLiveShare": FindingBuilder.share(flood.sameTimeToLive, of: newcomers),
        "singleShare": FindingBuilder.share(flood.single, of: flood.sources),
        "answeredShare": FindingBuilder.share(flood.sources - flood.single, of: flood.sources),
        "perSecond": .number(Double(flood.sources) / seconds), "port": .integer(Int(port)),
        "victim": .text(flood.victim.description),
      ])
  }

  /// When the activity's events were, ascending.
  private var eventTimes: [Int64] {
    let times = draft.records.map(\.time)
    return times.isEmpty ? draft.trace.map(\.time) : times
  }

  func startsAndStops(_ link: LinkView?, _ span: ClosedRange<Int64>?) -> Finding? {
    guard let link, let span, draft.facts.isCapture else { return nil }
    let episodes = Episodes(of: eventTimes)
    guard let best = StartsAndStops.best(episodes, among: link.stations, span: span) else {
      return nil
    }
    let host =
      link.address(of: best.host.hardware).map { Address(ipv4: $0).description }
      ?? best.host.addresses.first.map { Address(ipv4: $0).description }
      ?? Subject.mac(best.host.hardware).value
    let present = best.host.presences.reduce(0.0) {
      $0 + Double($1.upperBound) - Double($1.lowerBound)
    }
    let inside = eventTimes.count { time in best.host.presences.contains { $0.contains(time) } }
    return finding(
      .startsAndStops,
      "it began within \(best.window) s of \(best.joinsFollowed) of \(host)'s \(best.joins) arrivals and "
        + "ended with \(best.leavesFollowed) of its \(best.leaves) departures (by chance, for the best of "
        + "\(best.candidates) hosts: \(FindingBuilder.chance(best.pValue)))",
      [
        "joins": .integer(best.joins), "joinsFollowed": .integer(best.joinsFollowed),
        "leaves": .integer(best.leaves), "leavesFollowed": .integer(best.leavesFollowed),
        "medianDelaySeconds": .number(best.delay), "withinSeconds": .integer(Int(best.window)),
        "presentShare": .number(
          min(1, present / max(1, Double(span.upperBound) - Double(span.lowerBound)))),
        "insideShare": FindingBuilder.share(inside, of: eventTimes.count),
        "candidates": .integer(best.candidates), "pValue": .number(best.pValue),
        "host": .text(host),
      ])
  }

  func symptomAlignment(_ link: LinkView?) -> Finding? {
    guard let link, draft.facts.isCapture, !link.servers.isEmpty, draft.mayDisturb else {
      return nil
    }
    let times = eventTimes
    guard times.count >= 3,
      let best = SymptomAlignment.best(Episodes(of: times), link)
    else { return nil }
    let server = Address(ipv4: best.server).description
    let outsideAsked = best.asked - best.insideAsked
    var values: [String: FindingValue] = [
      "server": .text(server), "asked": .integer(Int(best.asked)),
      "answered": .integer(Int(best.answered)),
      "insideShare": .number(best.insideAsked > 0 ? best.insideAnswered / best.insideAsked : 0),
      "outsideShare": .number(
        outsideAsked > 0 ? (best.answered - best.insideAnswered) / outsideAsked : 0),
      "pings": .integer(Int(best.pings)), "lagSeconds": .integer(Int(best.lag) * 60),
      "pValue": .number(best.pValue),
    ]
    if best.pings > 0 { values["pingInsideShare"] = .number(best.pongs / best.pings) }
    let fails = best.pValue < 0.01
    return finding(
      .symptomAlignment,
      fails
        ? "\(server)'s file service answered \(Int(best.insideAnswered)) of \(Int(best.insideAsked)) "
          + "attempts while it went on (from \(best.lag) min after its beginning), "
          + "\(Int(best.answered - best.insideAnswered)) of \(Int(outsideAsked)) at other times, and "
          + "\(Int(best.pongs)) of \(Int(best.pings)) pings meanwhile"
        : "no file service was seen to fail while it went on",
      values)
  }

  func timeExceeded(_ link: LinkView?) -> Finding? {
    guard draft.subject.isIPv4, let entry = link?.expiries[draft.subject.ipv4]
    else { return nil }
    return finding(
      .timeExceeded,
      "\(entry.routers.count) routers on the way reported \(entry.errors) packets whose life ran out",
      [
        "routers": .integer(entry.routers.count), "errors": .integer(entry.errors),
        "targets": FindingBuilder.bound(draft.targets),
      ], count: entry.errors)
  }

  func peers() -> Finding? {
    guard case .peers(_, let port) = draft.shape else { return nil }
    return finding(
      .peers,
      "port \(port) is in touch with \(Int(draft.targets.low)) peers at \(draft.ports.count) ports",
      [
        "peers": FindingBuilder.bound(draft.targets), "ports": .integer(draft.ports.count),
        "sourcePort": .integer(Int(port)),
        "answeredShare": FindingBuilder.share(
          draft.profile.answered, of: max(1, UInt32(clamping: Int(draft.targets.low)))),
        "openedByPeersShare": FindingBuilder.share(
          draft.profile.peerOpened, of: max(1, UInt32(clamping: Int(draft.targets.low)))),
      ])
  }
}
