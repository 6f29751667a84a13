import Observations

/// Whose socket sent a packet, as a packet filter said.
struct PacketOwner: Hashable {
  var user: UInt32
  /// 0 where it is not said.
  var process: UInt32
}

/// Counts what a capture tells beside its packets. Bounded: what is beyond is counted in one number.
final class CaptureTally {
  /// Pairs of ends that are told apart.
  static let mostPairs = 256
  /// Links not decoded that are told apart; a pcapng file may describe any number.
  static let mostLinks = 64

  private struct Passage: Hashable {
    var kind: Tunnel
    var from: Address
    var to: Address
  }
  private var passages: [Passage: UInt64] = [:]
  private var passagesBeyond: UInt64 = 0
  private var owners = OwnershipBook()
  private var links: [UInt16: UInt64] = [:]
  private var isFilterLog = false
  private var filterPassed: UInt64 = 0
  private var filterRefused: UInt64 = 0

  /// Counts what a packet filter did with a packet it logged; nil where the packet is not decoded.
  func filtered(_ action: Action?) {
    isFilterLog = true
    guard let action else { return }
    if action == .blocked { filterRefused &+= 1 } else { filterPassed &+= 1 }
  }

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
    owners.count(packet, user: owner.user, process: owner.process)
  }

  var facts: CaptureFacts {
    var facts = CaptureFacts()
    facts.isFilterLog = isFilterLog
    (facts.filterPassed, facts.filterRefused) = (filterPassed, filterRefused)
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
    facts.owners = owners.entries
    return facts
  }
}
