internal import Observations

/// A conflict over addresses, found on one link.
struct ClaimDraft: Sendable {
  /// The address, where two hold one; the hardware, where one takes many.
  var subject: Subject
  var path: String
  var first: Int64
  var last: Int64
  var packets: Int
  /// Addresses that the hardware claims, or the one in conflict.
  var addresses: [UInt32]
  var claimants: Int
  var gratuitous: Int
  var alternations: Int
  var contradictions: Int
  var overlapSeconds: Double
  var isConflict: Bool
  var isPoisoning: Bool
  var places: [Place]
}

extension Finishing {
  /// Addresses that change hands more than once, and hardware that answers for others' addresses.
  mutating func findClaims() {
    let owned = link.claims.byHardware()
    let mine = link.claims.ownAddresses()
    var reported: Set<UInt64> = []
    for address in link.claims.addresses.keys.sorted() {
      guard let entry = link.claims.addresses[address] else { continue }
      // What was said once may be a damaged frame.
      let serious = entry.claims.filter { $0.count >= 2 }
      if let taker = serious.first(where: { $0.contradictions > 0 }) {
        if reported.insert(taker.hardware).inserted { poisoning(taker, owned) }
        continue
      }
      guard entry.claims.count >= 2, !serious.isEmpty else { continue }
      // Whose own address is another, and who yet speaks for one that is another's own.
      let taker = serious.first { claim in
        mine[claim.hardware] != address
          && serious.contains { $0.hardware != claim.hardware && mine[$0.hardware] == address }
      }
      if let taker, entry.alternations >= 1 {
        if reported.insert(taker.hardware).inserted { poisoning(taker, owned) }
      } else if entry.alternations >= 2, serious.count >= 2 {
        conflict(address, entry)
      }
    }
  }

  private mutating func conflict(_ address: UInt32, _ entry: AddressClaims.Address) {
    let first = entry.claims.map(\.first).max() ?? 0
    let last = entry.claims.map(\.last).min() ?? 0
    result.claims.append(
      ClaimDraft(
        subject: .address(Address(ipv4: address)), path: facts.path,
        first: entry.claims.map(\.first).min() ?? 0, last: entry.claims.map(\.last).max() ?? 0,
        packets: entry.claims.reduce(0) { $0 + $1.count }, addresses: [address],
        claimants: entry.claims.count, gratuitous: entry.claims.reduce(0) { $0 + $1.gratuitous },
        alternations: entry.alternations, contradictions: 0,
        overlapSeconds: max(0, (Double(last) - Double(first)) / 1e9), isConflict: true,
        isPoisoning: false, places: entry.claims.flatMap(\.places).sorted()))
  }

  private mutating func poisoning(_ claim: AddressClaims.Claim, _ owned: [UInt64: [UInt32]]) {
    let addresses = owned[claim.hardware] ?? []
    let entries = addresses.compactMap { link.claims.addresses[$0] }
    let mine = entries.flatMap(\.claims).filter { $0.hardware == claim.hardware }
    result.claims.append(
      ClaimDraft(
        subject: .mac(claim.hardware), path: facts.path, first: mine.map(\.first).min() ?? 0,
        last: mine.map(\.last).max() ?? 0, packets: mine.reduce(0) { $0 + $1.count },
        addresses: addresses, claimants: entries.map(\.claims.count).max() ?? 1,
        gratuitous: mine.reduce(0) { $0 + $1.gratuitous },
        alternations: entries.reduce(0) { $0 + $1.alternations },
        contradictions: mine.reduce(0) { $0 + $1.contradictions },
        overlapSeconds: 0, isConflict: true, isPoisoning: true,
        places: mine.flatMap(\.places).sorted()))
  }
}
