internal import Observations

/// What one stream showed of its link, once it has been read: the input of the detectors that ask for
/// hardware addresses, coming and going, and failing services.
struct LinkView: Sendable {
  /// By hardware address.
  let stations: [StationBook.Station]
  let claims: AddressClaims
  /// Servers whose file service was asked often enough, by address, with their minutes in order.
  let servers: [(address: UInt32, minutes: [(minute: Int64, counts: ServerHealth.Minute)])]
  /// Routers that told a sender that its packets' lives had run out, by sender.
  let expiries: [UInt32: ServerHealth.Expiries]
  /// Answered transactions of the NetBIOS name service by asker; nil where not all were kept.
  let nameAnswers: [UInt32: Set<UInt16>]?
  let frames: UInt64
  let broadcasts: UInt64

  init(_ book: borrowing StationBook, _ health: borrowing ServerHealth) {
    stations = book.finished()
    claims = book.claims
    frames = book.frames
    broadcasts = book.broadcasts
    expiries = health.expiries
    nameAnswers = health.keptAllNameAnswers ? health.nameAnswers : nil
    servers = health.servers.filter { _, minutes in
      minutes.values.reduce(0) { $0 + $1.asked } >= SymptomAlignment.least
    }.sorted { $0.key < $1.key }.map { address, minutes in
      (address, minutes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }
  }

  /// The hardware that alone claims an address by ARP; else the only one, not a router, that used it as
  /// source; nil where there is none or several.
  func owner(of address: UInt32) -> UInt64? {
    if let owner = claims.owner(of: address) { return owner }
    guard claims.addresses[address] == nil else { return nil }
    let users = stations.filter { !$0.isManifold && $0.addresses.contains(address) }
    return users.count == 1 ? users[0].hardware : nil
  }

  /// An address that a hardware alone claims by ARP, the lowest; nil where there is none.
  func address(of hardware: UInt64) -> UInt32? {
    claims.addresses.filter { $0.value.claims.contains { $0.hardware == hardware } }
      .filter { $0.value.claims.count == 1 }.keys.min()
  }

  /// Hosts on the link, as far as they were heard at all, and those of them heard speaking to single
  /// others: where the second are few, this was a switch's port.
  var visibility: (hosts: Int, unicast: Int) {
    (stations.count, stations.count { $0.unicasts >= 3 })
  }
}
