import Observations

/// The headers of a packet as far as a log's line tells of them: raw IP without options, and the
/// beginning of the transport's.
struct ToldPacket {
  private var bytes: [64 of UInt8] = .init(repeating: 0)
  /// A bit for each byte that the line tells.
  private var known: UInt64 = 0
  private let length: UInt32?

  /// nil where the line tells of no IP packet.
  init?(_ packet: Observation) {
    guard packet.transport != .arp else { return nil }
    length = packet.length == 0 ? nil : packet.length
    let isIPv4 =
      packet.source.isIPv4 || packet.destination.isIPv4 || packet.source.isVeiled
      || packet.destination.isVeiled
    if isIPv4 { ipv4(packet) } else { ipv6(packet) }
    transport(packet, at: isIPv4 ? 20 : 40)
  }

  /// What a filter for raw IP says of it.
  func ask(_ filter: MatchInterpreter) -> MatchInterpreter.Answer {
    unsafe filter.ask(bytes.span.bytes, known: known, length: length)
  }

  private mutating func ipv4(_ packet: Observation) {
    put(0x45, at: 0)
    if let length { put(UInt32(min(length, 65_535)), bytes: 2, at: 2) }
    if packet.marks.contains(.identification) {
      put(UInt32(packet.identification), bytes: 2, at: 4)
    }
    // No line tells of a fragment but one that marks it; of a later one's place nothing is known.
    if !packet.marks.contains(.laterFragment) {
      put(packet.marks.contains(.firstFragment) ? 0x20 : 0, at: 6)
      put(0, at: 7)
    }
    if packet.timeToLive != 0 { put(packet.timeToLive, at: 8) }
    if packet.transport.rawValue != 0 { put(packet.transport.rawValue, at: 9) }
    address(packet.source, at: 12)
    address(packet.destination, at: 16)
  }

  private mutating func ipv6(_ packet: Observation) {
    put(0x60, at: 0)
    if let length, length >= 40 { put(min(length - 40, 65_535), bytes: 2, at: 4) }
    if packet.transport.rawValue != 0 { put(packet.transport.rawValue, at: 6) }
    if packet.timeToLive != 0 { put(packet.timeToLive, at: 7) }
    for (address, place) in [(packet.source, 8), (packet.destination, 24)]
    where !address.isUnspecified {
      put(UInt32(truncatingIfNeeded: address.high >> 32), bytes: 4, at: place)
      put(UInt32(truncatingIfNeeded: address.high), bytes: 4, at: place + 4)
      put(UInt32(truncatingIfNeeded: address.low >> 32), bytes: 4, at: place + 8)
      put(UInt32(truncatingIfNeeded: address.low), bytes: 4, at: place + 12)
    }
  }

  /// An IPv4 address, as far as it can be read; `::` is a server that its own log does not name.
  private mutating func address(_ address: Address, at place: Int) {
    guard !address.isVeiled else {
      for octet in 0..<4 {
        let shift = UInt64(24 - 8 * octet)
        guard address.low >> (32 + shift) & 255 == 255 else { continue }
        put(UInt8(truncatingIfNeeded: address.low >> shift), at: place + octet)
      }
      return
    }
    guard address.isIPv4 else { return }
    put(address.ipv4, bytes: 4, at: place)
  }

  private mutating func transport(_ packet: Observation, at place: Int) {
    guard !packet.marks.contains(.laterFragment) else { return }
    if packet.transport == .icmp || packet.transport == .icmpv6 {
      guard packet.marks.contains(.ports) else { return }
      put(UInt8(truncatingIfNeeded: packet.sourcePort), at: place)
      put(UInt8(truncatingIfNeeded: packet.destinationPort), at: place + 1)
      return
    }
    guard packet.transport.hasPorts else { return }
    let knowsBoth = packet.marks.contains(.ports)
    if knowsBoth { put(UInt32(packet.sourcePort), bytes: 2, at: place) }
    if knowsBoth || packet.destinationPort != 0 {
      put(UInt32(packet.destinationPort), bytes: 2, at: place + 2)
    }
    // No flags at all is how a line says nothing of them.
    if packet.transport == .tcp, packet.tcpFlags.rawValue != 0 {
      put(packet.tcpFlags.rawValue, at: place + 13)
    }
  }

  private mutating func put(_ byte: UInt8, at place: Int) {
    bytes[place] = byte
    known |= 1 << UInt64(place)
  }

  private mutating func put(_ value: UInt32, bytes count: Int, at place: Int) {
    for number in 0..<count {
      put(UInt8(truncatingIfNeeded: value >> UInt32(8 * (count - 1 - number))), at: place + number)
    }
  }
}
