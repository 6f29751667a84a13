internal import Observations

extension NetfilterLine {
  /// NetBIOS name queries and node status requests are 50 bytes of UDP payload, so 78 of IPv4.
  private static let nameQueryLength: UInt32 = 78
  private static let nameServicePort: UInt16 = 137
  /// A UDP header alone; a length below says that the header is no UDP header.
  private static let udpHeaderLength: UInt32 = 8

  /// Whether ports (or type and code) should be here and are not.
  var isCut: Bool {
    !packet.marks.contains(.ports) && !packet.marks.contains(.laterFragment)
      && (packet.transport.hasPorts || isControlMessage)
  }

  private var isControlMessage: Bool {
    packet.transport == .icmp || packet.transport == .icmpv6
  }

  /// Derives what follows from the fields together.
  @inline(__always)
  mutating func complete() {
    let isFrom = fields.contains(.fromInterface)
    if isFrom != fields.contains(.toInterface) {
      packet.path = isFrom ? .inbound : .outbound
    } else if isFrom {
      packet.path = .forwarded
    }
    let ports: NetfilterFields = [.first, .second]
    if fields.isSuperset(of: ports), !packet.marks.contains(.laterFragment) {
      packet.marks.insert(.ports)
    } else {
      packet.sourcePort = 0
      packet.destinationPort = 0
    }
    if packet.destination.isMulticast { packet.marks.insert(.multicast) }
    if packet.destination.isLimitedBroadcast { packet.marks.insert(.broadcast) }
    if packet.transport == .udp {
      completeDatagram()
    } else if packet.transport != .tcp, isControlMessage {
      completeControl()
    }
    if fields.contains(.userID), !packet.marks.contains(.quoted) {
      packet.marks.insert(.userID)
      packet.detail = userID
    }
  }

  @inline(__always)
  private mutating func completeDatagram() {
    guard packet.marks.contains(.ports) else { return }
    if packet.destinationPort == NetfilterLine.nameServicePort,
      packet.length == NetfilterLine.nameQueryLength
    {
      packet.hint = .nameQueryBySize
    } else if fields.contains(.innerLength), innerLength < NetfilterLine.udpHeaderLength {
      packet.marks.insert(.malformed)
      if NetfilterLine.readsAsError(packet.sourcePort) {
        packet.hint = .icmpErrorAsUDPUntestable
      }
    }
  }

  /// Whether a port's two bytes are type and code of an ICMP error (RFC 792, RFC 1812, 4.3.2.7).
  static func readsAsError(_ port: UInt16) -> Bool {
    let code = port & 0xff
    switch port >> 8 {
    case 3: return code <= 15
    case 4: return code == 0
    case 5: return code <= 3
    case 11: return code <= 1
    case 12: return code <= 2
    default: return false
    }
  }

  @inline(never)
  private mutating func completeControl() {
    guard packet.marks.contains(.ports) else { return }
    let isError: Bool =
      packet.transport == .icmpv6
      ? (1...4).contains(packet.sourcePort)
      : [3, 4, 5, 11, 12].contains(packet.sourcePort)
    guard isError else { return }
    packet.hint = .icmpError
    guard fields.contains(.quotedSource) else { return }
    packet.marks.insert(.quoted)
    if fields.contains(.quotedPorts) { packet.detail = quotedPorts }
    if quotedSource == packet.destination { packet.marks.insert(.quoteMatches) }
  }
}

/// The prefixes met last: a log has a handful, so each is read once.
struct PrefixMemory {
  private static let slots = 16
  private static let wordsPerPrefix = 8
  private var words = [UInt64](
    repeating: 0, count: PrefixMemory.slots * PrefixMemory.wordsPerPrefix)
  private var lengths = [Int](repeating: -1, count: PrefixMemory.slots)
  private var meanings = [NetfilterPrefix](repeating: NetfilterPrefix(), count: PrefixMemory.slots)

  /// What the prefix in `range` says.
  @inline(__always)
  mutating func read(_ bytes: RawSpan, _ range: Range<Int>) -> NetfilterPrefix {
    let count = range.count
    guard count <= 8 &* PrefixMemory.wordsPerPrefix else { return NetfilterPrefix(bytes, range) }
    let slot = Int(
      truncatingIfNeeded: (PrefixMemory.word(bytes, range, 0) &* 0x9e37_79b9_7f4a_7c15) >> 60)
    if lengths[slot] == count, matches(bytes, range, slot) { return meanings[slot] }
    return learn(bytes, range, slot)
  }

  @inline(__always)
  private func matches(_ bytes: RawSpan, _ range: Range<Int>, _ slot: Int) -> Bool {
    let base = slot &* PrefixMemory.wordsPerPrefix
    for index in 0..<(range.count &+ 7) >> 3
    where words[base &+ index] != PrefixMemory.word(bytes, range, index) {
      return false
    }
    return true
  }

  @inline(never)
  private mutating func learn(
    _ bytes: RawSpan, _ range: Range<Int>, _ slot: Int
  ) -> NetfilterPrefix {
    let base = slot * PrefixMemory.wordsPerPrefix
    for index in 0..<(range.count + 7) >> 3 {
      words[base + index] = PrefixMemory.word(bytes, range, index)
    }
    lengths[slot] = range.count
    meanings[slot] = NetfilterPrefix(bytes, range)
    return meanings[slot]
  }

  /// Eight bytes of a prefix, with zeros behind its end.
  @inline(__always)
  private static func word(_ bytes: RawSpan, _ range: Range<Int>, _ index: Int) -> UInt64 {
    let word = bytes.word8(range.lowerBound &+ 8 &* index)
    let left = range.count &- 8 &* index
    if left >= 8 { return word }
    return left <= 0 ? 0 : word & (1 &<< UInt64(truncatingIfNeeded: 8 &* left) &- 1)
  }
}
