internal import Observations

/// Who said by ARP that an IPv4 address is its own (RFC 826, RFC 5227), and who was answered.
struct AddressClaims: Sendable {
  /// One hardware's claims to one address.
  struct Claim: Sendable {
    var hardware: UInt64
    var first: Int64
    var last: Int64
    var count = 1
    var gratuitous = 0
    /// Times it asked who holds the address that it had just called its own.
    var contradictions = 0
    /// Where they were: the first five and the last.
    var places: [Place] = []

    mutating func keep(_ place: Place) {
      if places.count > 5 { places[5] = place } else { places.append(place) }
    }
  }

  /// All claims to one address.
  struct Address: Sendable {
    var claims: [Claim] = []
    /// How often the address changed hands.
    var alternations = 0
    var holder: UInt64 = 0
  }

  private static let claimantsKept = 8
  private(set) var addresses: [UInt32: Address] = [:]
  private var answered: Set<UInt64> = []
  /// Answers by asker: how many addresses it was told of.
  private(set) var answersTo: [UInt32: Int] = [:]

  mutating func note(
    _ address: UInt32, _ hardware: UInt64, _ time: Int64, isGratuitous: Bool, record: UInt64,
    offset: UInt64
  ) {
    guard addresses[address] != nil || addresses.count < Bounds.claimedAddresses else { return }
    let place = Place(record: record, offset: offset)
    var entry = addresses[address] ?? Address()
    if entry.holder != 0, entry.holder != hardware { entry.alternations += 1 }
    entry.holder = hardware
    if let at = entry.claims.firstIndex(where: { $0.hardware == hardware }) {
      entry.claims[at].last = time
      entry.claims[at].count += 1
      entry.claims[at].keep(place)
      if isGratuitous { entry.claims[at].gratuitous += 1 }
    } else if entry.claims.count < AddressClaims.claimantsKept {
      entry.claims.append(
        Claim(
          hardware: hardware, first: time, last: time, gratuitous: isGratuitous ? 1 : 0,
          places: [place]))
    }
    addresses[address] = entry
  }

  /// How long after its claim a question for the same address gives a card away, in nanoseconds: later it may
  /// have been given another address, and the old one to another host.
  private static let contradictionWindow: Int64 = 60 * 1_000_000_000

  /// Hardware that bears another address asks who holds this one.
  mutating func question(
    _ address: UInt32, _ hardware: UInt64, _ time: Int64, record: UInt64, offset: UInt64
  ) {
    guard
      let at = addresses[address]?.claims.firstIndex(where: {
        $0.hardware == hardware && time - $0.last <= AddressClaims.contradictionWindow
      })
    else { return }
    addresses[address]?.claims[at].contradictions += 1
    addresses[address]?.claims[at].keep(Place(record: record, offset: offset))
  }

  mutating func answer(_ address: UInt32, asker: UInt32) {
    guard answered.count < Bounds.claimedAddresses,
      answered.insert(UInt64(asker) << 32 | UInt64(address)).inserted
    else { return }
    answersTo[asker, default: 0] += 1
  }

  /// The hardware that claims an address, where only one does.
  func owner(of address: UInt32) -> UInt64? {
    guard let claims = addresses[address]?.claims, claims.count == 1 else { return nil }
    return claims[0].hardware
  }

  /// The addresses each hardware claims, ascending.
  func byHardware() -> [UInt64: [UInt32]] {
    var result: [UInt64: [UInt32]] = [:]
    for (address, entry) in addresses {
      for claim in entry.claims { result[claim.hardware, default: []].append(address) }
    }
    return result.mapValues { $0.sorted() }
  }

  /// The address that each hardware claims most often, the lowest of equals.
  func ownAddresses() -> [UInt64: UInt32] {
    var best: [UInt64: (address: UInt32, count: Int)] = [:]
    for address in addresses.keys.sorted() {
      for claim in addresses[address]?.claims ?? []
      where claim.count > (best[claim.hardware]?.count ?? 0) {
        best[claim.hardware] = (address, claim.count)
      }
    }
    return best.mapValues(\.address)
  }
}
