/// Runs of IP identifications that look like one host's counter (Bellovin, "A Technique for Counting
/// NATted Hosts", IMW 2002): each packet joins the chain whose last number lies nearest below its own.
///
/// Some hosts count in the other byte order; a chain's order is settled by its second packet. Hosts
/// begin with different times to live (32, 64, 128, 255), so a chain keeps to one of these classes.
struct IdentificationChains {
  /// One chain.
  struct Chain {
    /// The number of its first packet, as on the wire.
    var firstNumber: UInt16
    /// The number of its last packet, as on the wire.
    var lastNumber: UInt16
    var firstTime: Int64
    var lastTime: Int64
    /// Whether the bytes are to be swapped before counting; nil with one packet only.
    var swapped: Bool?
    /// The class of its packets' time to live; 0 where unknown.
    var ttlClass: UInt8
    /// Packets, the same number sent again not counted.
    var packets: Int
    /// The first target, and whether there were others.
    var target: UInt32
    var hasManyTargets: Bool
  }

  /// The furthest that a counter is taken to run on between two packets of a trace.
  static let gapLimit: UInt16 = 64
  /// The longest silence within a chain, in seconds.
  static let timeLimit = 300.0
  /// The furthest that a counter is taken to have run on between the pieces of a broken chain.
  static let joinLimit: UInt16 = 1_024

  private(set) var chains: [Chain] = []

  /// Chains out of packets in order of time.
  init(_ packets: [TracedPacket]) {
    for packet in packets { add(packet) }
    join()
  }

  /// The least usual initial time to live that is not below: hosts in one place differ in it by make.
  static func ttlClass(_ value: UInt8) -> UInt8 {
    switch value {
    case 0: 0
    case ...32: 32
    case ...64: 64
    case ...128: 128
    default: 255
    }
  }

  /// How far a counter ran from one number to another; numbers wrap.
  private static func gap(_ from: UInt16, _ to: UInt16, swapped: Bool) -> UInt16 {
    swapped ? to.byteSwapped &- from.byteSwapped : to &- from
  }

  private mutating func add(_ packet: TracedPacket) {
    let number = packet.identification
    let ttl = IdentificationChains.ttlClass(packet.timeToLive)
    var best: (index: Int, gap: UInt16, swapped: Bool)?
    for (index, chain) in chains.enumerated() where chain.ttlClass == ttl {
      guard
        TraceMeasures.seconds(from: chain.lastTime, to: packet.time)
          <= IdentificationChains.timeLimit
      else { continue }
      if chain.lastNumber == number {
        // The same packet seen twice, or sent again.
        chains[index].lastTime = packet.time
        return
      }
      for swapped in [false, true] where (chain.swapped ?? swapped) == swapped {
        let gap = IdentificationChains.gap(chain.lastNumber, number, swapped: swapped)
        guard gap <= IdentificationChains.gapLimit else { continue }
        // Of two as near, a settled chain is likelier than a chance beginning.
        if let best,
          (best.gap, chains[best.index].swapped == nil ? 1 : 0)
            <= (gap, chain.swapped == nil ? 1 : 0)
        {
          continue
        }
        best = (index, gap, swapped)
      }
    }
    guard let best else {
      chains.append(
        Chain(
          firstNumber: number, lastNumber: number, firstTime: packet.time, lastTime: packet.time,
          swapped: nil, ttlClass: ttl, packets: 1, target: packet.target, hasManyTargets: false))
      return
    }
    chains[best.index].swapped = best.swapped
    chains[best.index].lastNumber = number
    chains[best.index].lastTime = packet.time
    chains[best.index].packets += 1
    if chains[best.index].target != packet.target { chains[best.index].hasManyTargets = true }
  }

  /// Pieces of which one goes on a little above where another ended become one chain.
  private mutating func join() {
    var pieces = chains.filter { $0.packets > 1 }.sorted {
      ($0.firstTime, $0.firstNumber) < ($1.firstTime, $1.firstNumber)
    }
    var index = 0
    while index < pieces.count {
      let piece = pieces[index]
      let earlier = pieces[..<index].indices.filter {
        IdentificationChains.follows(pieces[$0], piece)
      }
      let swapped = piece.swapped ?? false
      let nearest = earlier.min {
        IdentificationChains.gap(pieces[$0].lastNumber, piece.firstNumber, swapped: swapped)
          < IdentificationChains.gap(pieces[$1].lastNumber, piece.firstNumber, swapped: swapped)
      }
      guard let nearest else {
        index += 1
        continue
      }
      pieces[nearest].lastNumber = piece.lastNumber
      pieces[nearest].lastTime = piece.lastTime
      pieces[nearest].packets += piece.packets
      if piece.hasManyTargets || piece.target != pieces[nearest].target {
        pieces[nearest].hasManyTargets = true
      }
      pieces.remove(at: index)
    }
    chains = pieces
  }

  private static func follows(_ a: Chain, _ b: Chain) -> Bool {
    a.ttlClass == b.ttlClass && a.swapped == b.swapped && a.lastTime <= b.firstTime
      && TraceMeasures.seconds(from: a.lastTime, to: b.firstTime) <= timeLimit
      && gap(a.lastNumber, b.firstNumber, swapped: a.swapped ?? false) <= joinLimit
  }

  /// Whether chains lie in so short an arc of the circle of numbers as those of several hosts, which
  /// begin anywhere, do once in a hundred times: of n points all lie within a share f of a circle with
  /// probability n·fⁿ⁻¹ (Stevens 1939, for f up to a half).
  static func areCrowded(_ chains: [Chain]) -> Bool {
    let orders = Dictionary(grouping: chains) { $0.swapped ?? false }
    return orders.contains { swapped, members in
      guard members.count >= 2, 2 * members.count > chains.count else { return false }
      let places = members.map { swapped ? $0.firstNumber.byteSwapped : $0.firstNumber }.sorted()
      var widest = Int(places[0]) + 65_536 - Int(places[places.count - 1])
      for (one, next) in zip(places, places.dropFirst()) {
        widest = max(widest, Int(next) - Int(one))
      }
      let arc = Double(65_536 - widest) / 65_536
      guard arc < 0.5 else { return false }
      var probability = Double(members.count)
      for _ in 1..<members.count { probability *= arc }
      return probability < 0.01
    }
  }

  /// The most of these chains that were there at the same time: so many counters at least.
  static func mostAtOnce(_ chains: [Chain]) -> Int {
    chains.map { chain in
      chains.count { $0.firstTime <= chain.firstTime && chain.firstTime <= $0.lastTime }
    }.max() ?? 0
  }
}
