/// What was read of some evidence and then left out because the user asked for a part only.
///
/// Whose silence means nothing any more: of addresses only a sketch is kept, which may take one for left
/// out that was not, and never the other way round. Memory is fixed.
public struct LeftOut: Sendable, Equatable {
  /// Packets or lines left out.
  public private(set) var count: UInt64 = 0
  /// Of these: those of which the evidence does not tell enough to be asked.
  public private(set) var unanswerable: UInt64 = 0
  /// Whether any name lookup was left out.
  public private(set) var holdsLookups = false
  private var involved = AddressSketch()
  private var halved = AddressSketch()
  private var keptFlows = AddressSketch()
  private var droppedFlows = AddressSketch()

  /// Nothing.
  public init() {}

  /// Counts a packet that yields no observation.
  ///
  /// - Parameter isUnanswerable: the expression could not be asked of it.
  public mutating func add(isUnanswerable: Bool = false) {
    count &+= 1
    if isUnanswerable { unanswerable &+= 1 }
  }

  /// Notes an observation that is left out.
  ///
  /// - Parameters:
  ///   - packet: the observation.
  ///   - isUnanswerable: the expression could not be asked of it.
  public mutating func add(_ packet: Observation, isUnanswerable: Bool = false) {
    add(isUnanswerable: isUnanswerable)
    involved.insert(Mixing.hash(packet.source))
    involved.insert(Mixing.hash(packet.destination))
    if packet.hint == .dnsQuery || packet.hint == .dnsResponse
      || packet.transport.hasPorts && (packet.sourcePort == 53 || packet.destinationPort == 53)
    {
      holdsLookups = true
    }
    droppedFlows.insert(LeftOut.flow(packet))
    // An error speaks to whoever sent what it quotes, whichever host on the way says it.
    let isAnswer =
      packet.hint == .icmpError
      ? keptFlows.contains(~Mixing.hash(packet.destination))
      : keptFlows.contains(LeftOut.flow(packet, isReversed: true))
    if isAnswer { halve(packet) }
  }

  /// Notes an observation that is kept.
  public mutating func keep(_ packet: Observation) {
    keptFlows.insert(LeftOut.flow(packet))
    keptFlows.insert(~Mixing.hash(packet.source))
    if droppedFlows.contains(LeftOut.flow(packet, isReversed: true)) { halve(packet) }
  }

  /// Whether packets from or to an address were left out.
  public func involves(_ address: Address) -> Bool { involved.contains(Mixing.hash(address)) }

  /// Whether of a conversation of an address only one direction was kept.
  public func halves(_ address: Address) -> Bool { halved.contains(Mixing.hash(address)) }

  private mutating func halve(_ packet: Observation) {
    halved.insert(Mixing.hash(packet.source))
    halved.insert(Mixing.hash(packet.destination))
  }

  private static func flow(_ packet: Observation, isReversed: Bool = false) -> UInt64 {
    let (from, to) =
      isReversed ? (packet.destination, packet.source) : (packet.source, packet.destination)
    var ports = UInt64(packet.transport.rawValue) << 32
    if packet.transport.hasPorts {
      ports |=
        isReversed
        ? UInt64(packet.destinationPort) << 16 | UInt64(packet.sourcePort)
        : UInt64(packet.sourcePort) << 16 | UInt64(packet.destinationPort)
    }
    return Mixing.mix(Mixing.hash(from) ^ Mixing.mix(Mixing.hash(to) &+ ports))
  }
}

/// A set of hashes that may hold more than was put into it, and never less.
private struct AddressSketch: Sendable, Equatable {
  /// 128 KiB once anything is in it.
  private static let words = 1 << 14
  private var bits: [UInt64] = []

  mutating func insert(_ hash: UInt64) {
    if bits.isEmpty { bits = [UInt64](repeating: 0, count: AddressSketch.words) }
    for turn in 0..<AddressSketch.turns {
      let place = AddressSketch.place(hash, turn)
      bits[place >> 6] |= 1 << UInt64(place & 63)
    }
  }

  func contains(_ hash: UInt64) -> Bool {
    guard !bits.isEmpty else { return false }
    for turn in 0..<AddressSketch.turns {
      let place = AddressSketch.place(hash, turn)
      if bits[place >> 6] >> UInt64(place & 63) & 1 == 0 { return false }
    }
    return true
  }

  private static let turns: UInt64 = 3

  private static func place(_ hash: UInt64, _ turn: UInt64) -> Int {
    Int(Mixing.mix(hash &+ turn) & UInt64(words * 64 - 1))
  }
}
