import Observations

/// Whose socket sent a packet, as a packet filter said.
struct PacketOwner: Hashable {
  var user: UInt32
  /// 0 where it is not said.
  var process: UInt32
}

/// Counts what a capture tells beside its packets. Bounded: what is beyond is counted in one number.
final class CaptureTally {
  /// Pairs of ends, and owners, that are told apart.
  static let mostPairs = 256
  /// Links not decoded that are told apart; a pcapng file may describe any number.
  static let mostLinks = 64

  private struct Passage: Hashable {
    var kind: Tunnel
    var from: Address
    var to: Address
  }
  private struct Owned: Hashable {
    var source: Address
    var transport: Transport
    var port: UInt16
    var owner: PacketOwner
  }
  private var passages: [Passage: UInt64] = [:]
  private var passagesBeyond: UInt64 = 0
  private var owners: [Owned: UInt64] = [:]
  private var links: [UInt16: UInt64] = [:]
  var isFilterLog = false

  /// Counts a packet that came through a tunnel.
  func pass(_ kind: Tunnel, _ a: Address, _ b: Address) {
    let passage = Passage(kind: kind, from: min(a, b), to: max(a, b))
    if passages[passage] == nil, passages.count >= CaptureTally.mostPairs {
      passagesBeyond &+= 1
    } else {
      passages[passage, default: 0] &+= 1
    }
  }

  /// Counts a packet of a link that is not decoded.
  func count(undecoded link: Link) {
    guard links[link.number] != nil || links.count < CaptureTally.mostLinks else { return }
    links[link.number, default: 0] &+= 1
  }

  /// Counts a packet whose sender's user is known.
  func count(_ owner: PacketOwner, of packet: Observation) {
    let owned = Owned(
      source: packet.source, transport: packet.transport,
      port: packet.transport.hasPorts ? packet.destinationPort : 0, owner: owner)
    guard owners[owned] != nil || owners.count < CaptureTally.mostPairs else { return }
    owners[owned, default: 0] &+= 1
  }

  var facts: CaptureFacts {
    var facts = CaptureFacts()
    facts.isFilterLog = isFilterLog
    facts.undecodedLinks = links.sorted { $0.key < $1.key }.map {
      let isListed = $0.key != Link.notDecoded.number
      return CaptureFacts.UndecodedLink(
        number: isListed ? $0.key : nil, name: isListed ? LinkNames.name($0.key) : nil,
        packets: $0.value)
    }
    facts.tunnelledBeyondBound = passagesBeyond
    facts.tunnels = passages.map {
      CaptureFacts.TunnelPassage(
        kind: $0.key.kind, from: $0.key.from, to: $0.key.to, packets: $0.value)
    }.sorted {
      ($1.packets, $0.kind.rawValue, $0.from, $0.to) < (
        $0.packets, $1.kind.rawValue, $1.from, $1.to
      )
    }
    facts.owners = owners.map {
      CaptureFacts.Ownership(
        source: $0.key.source, transport: $0.key.transport, port: $0.key.port,
        user: $0.key.owner.user, process: $0.key.owner.process, packets: $0.value)
    }.sorted {
      ($1.packets, $0.source, $0.transport.rawValue, $0.port, $0.user, UInt64($0.process))
        < ($0.packets, $1.source, $1.transport.rawValue, $1.port, $1.user, UInt64($1.process))
    }
    return facts
  }
}
