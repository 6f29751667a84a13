internal import Observations

/// What else a notable sender does, and by which way its packets come in.
extension Finishing {
  /// A conversation this short is anybody's: two minutes …
  private static let leastConversation: Int64 = 120_000_000_000
  /// … and so many packets of the sender's.
  private static let leastConversationPackets: UInt32 = 20

  /// The longest conversation with one or two hosts at an unusual port.
  mutating func addLongConversation(_ subject: Address, _ entries: [Entry]) {
    guard facts.isCapture else { return }
    let kept = entries.filter { entry in
      let service = entry.service
      return service.key.kind == ServiceKey.Kind.attempt && service.key.transport == .tcp
        && !Finishing.usualPorts.contains(service.key.port) && (1...2).contains(service.distinct)
        && service.packets >= Finishing.leastConversationPackets
        && service.last &- service.first >= Finishing.leastConversation && service.profile != 0
        && books.profiles[Int(service.profile)].answered >= 1
    }
    func length(_ entry: Entry) -> (Int64, UInt16) {
      (entry.service.last &- entry.service.first, entry.service.key.port)
    }
    guard let longest = kept.max(by: { length($0) < length($1) })?.service else { return }
    let seconds = (Double(longest.last) - Double(longest.first)) / 1e9
    let port = longest.key.port
    for number in result.drafts.indices where result.drafts[number].subject == subject {
      let builder = FindingBuilder(result.drafts[number], direction: .unknown)
      result.drafts[number].extra.append(
        builder.finding(
          .longConversation,
          "meanwhile it keeps up a conversation at TCP port \(port) for "
            + "\(FindingBuilder.rate(seconds / 60)) min (\(longest.packets) packets of its own)",
          [
            "port": .integer(Int(port)), "targets": .integer(Int(longest.distinct)),
            "packets": .integer(Int(longest.packets)), "durationSeconds": .number(seconds),
          ], count: Int(longest.packets)))
    }
  }

  /// Whether the subject, no host of this link, is brought in by another hardware than the router.
  mutating func addSecondRouter(_ subject: Address) {
    guard facts.isCapture, subject.isIPv4 else { return }
    for number in result.drafts.indices where result.drafts[number].subject == subject {
      let draft = result.drafts[number]
      guard case .service = draft.shape, draft.shape.transport != .arp,
        draft.profile.hardwareCount == 1,
        let way = link.secondWay(draft.profile.hardware, for: subject.ipv4)
      else { continue }
      let hardware = Subject.mac(draft.profile.hardware).value
      let own = Address(ipv4: way.own).description
      let router =
        link.address(of: way.router).map { Address(ipv4: $0).description }
        ?? Subject.mac(way.router).value
      let builder = FindingBuilder(draft, direction: .unknown)
      result.drafts[number].extra.append(
        builder.finding(
          .secondRouter,
          "\(hardware), which is \(own), brings it into this network; what else comes from outside comes "
            + "by \(router)",
          [
            "addresses": .integer(way.foreign), "hardware": .text(hardware),
            "ownAddress": .text(own), "router": .text(router),
          ]))
    }
  }
}

extension LinkView {
  /// A way into a link beside its router.
  struct SecondWay {
    /// The address that the hardware itself has by ARP.
    var own: UInt32
    /// Addresses it sends for that are not its own.
    var foreign: Int
    /// The hardware that sends for more addresses than are kept.
    var router: UInt64
  }

  /// The way by which a hardware lets a source in that nobody on the link claims by ARP; nil where the
  /// hardware is the router, or there is none to compare it with.
  func secondWay(_ hardware: UInt64, for source: UInt32) -> SecondWay? {
    guard claims.addresses[source] == nil, let own = address(of: hardware), own != source,
      let station = stations.first(where: { $0.hardware == hardware }), !station.isManifold
    else { return nil }
    let routers = stations.filter { $0.isManifold && $0.hardware != hardware }
    guard routers.count == 1 else { return nil }
    let foreign = station.addresses.count { claims.addresses[$0] == nil }
    return SecondWay(own: own, foreign: foreign, router: routers[0].hardware)
  }
}
