internal import Observations

/// The TCP flags of a flow record are those of all its packets together. They are stated as those
/// of a packet only where that is sure: else a connection that opened and closed would look like a
/// packet that does both, which only a scanner sends.
enum FlowFlags {
  /// What the one who opened the flow sent: of one packet its own flags, else the opening alone.
  @inline(__always)
  static func sent(_ flags: TCPFlags?, packets: UInt64) -> TCPFlags {
    guard let flags else { return TCPFlags(rawValue: 0) }
    if packets <= 1 { return flags }
    if flags.contains(.syn) { return .syn }
    // Joined half-way; or nothing but what no connection sends, in each of the packets.
    return flags.contains(.ack) ? .ack : flags
  }

  /// What came back: an acceptance, a refusal, or something within.
  @inline(__always)
  static func returned(_ flags: TCPFlags?, packets: UInt64) -> TCPFlags {
    guard let flags else { return TCPFlags(rawValue: 0) }
    if packets <= 1 { return flags }
    if flags.contains(.syn) { return [.syn, .ack] }
    if flags.contains(.rst) { return flags.contains(.ack) ? [.rst, .ack] : .rst }
    return flags.contains(.ack) ? .ack : flags
  }
}

/// Packets of flows that were stated one by one, so that neither a second record of the same
/// packet nor the record of the whole flow counts them again. Bounded: of flows that share a place
/// the later one is remembered.
struct StatedPackets {
  private struct Entry {
    var flow: UInt64 = 0
    var time: Int64 = 0
    /// One end, and its packets; the others' are `returned`.
    var end = Address.unspecified
    var port: UInt16 = 0
    var isBlocked = false
    var wasReturned = false
    var sent: UInt32 = 0
    var returned: UInt32 = 0
  }
  private static let places = 4_096
  private var entries: [Entry] = []

  private static func place(_ flow: UInt64) -> Int {
    Int(truncatingIfNeeded: (flow &* 0x9e37_79b9_7f4a_7c15) >> 52)
  }

  /// Takes note of a packet; false where it was stated before and nothing is new about it.
  mutating func note(_ flow: UInt64, _ packet: Observation) -> Bool {
    guard flow != 0 else { return true }
    if entries.isEmpty { entries = Array(repeating: Entry(), count: StatedPackets.places) }
    let place = StatedPackets.place(flow)
    var entry = entries[place]
    if entry.flow != flow {
      entry = Entry(
        flow: flow, time: .min, end: packet.source, port: StatedPackets.port(packet))
    }
    let isReturn = !(entry.end == packet.source && entry.port == StatedPackets.port(packet))
    let isSame = entry.time == packet.time && entry.wasReturned == isReturn
    if isSame, entry.isBlocked || packet.action != .blocked { return false }
    if !isSame {
      if isReturn { entry.returned &+= 1 } else { entry.sent &+= 1 }
    }
    entry.time = packet.time
    entry.wasReturned = isReturn
    entry.isBlocked = packet.action == .blocked
    entries[place] = entry
    return true
  }

  /// How many packets each way of a flow were stated, the way of `packet` first; the flow is over.
  mutating func forget(_ flow: UInt64, _ packet: Observation) -> (sent: UInt64, returned: UInt64) {
    guard flow != 0, !entries.isEmpty else { return (0, 0) }
    let place = StatedPackets.place(flow)
    let entry = entries[place]
    guard entry.flow == flow else { return (0, 0) }
    entries[place].flow = 0
    let isSame = entry.end == packet.source && entry.port == StatedPackets.port(packet)
    let (first, second) = (UInt64(entry.sent), UInt64(entry.returned))
    return isSame ? (first, second) : (second, first)
  }

  /// What tells the two ends of one address apart.
  private static func port(_ packet: Observation) -> UInt16 {
    packet.transport.hasPorts ? packet.sourcePort : 0
  }
}

extension Transport {
  /// The protocol that fills `range`, by number or by any name that flow records and sensors use
  /// (IANA registry "Protocol Numbers").
  @inline(__always)
  init?(anyName bytes: RawSpan, _ range: Range<Int>) {
    if range.count == 3 {
      switch bytes.word4(range.lowerBound) & 0x00df_dfdf {
      case 0x50_4354: self = .tcp
      case 0x50_4455: self = .udp
      default: self.init(rareName: bytes, range)
      }
    } else {
      self.init(rareName: bytes, range)
    }
  }

  private static let rareNames: [(StaticString, UInt8)] = [
    ("ipv6-icmp", 58), ("icmp6", 58), ("icmp-v6", 58), ("ipip", 4), ("ipv6", 41), ("rsvp", 46),
    ("ospfigp", 89), ("ospf", 89), ("eigrp", 88), ("pim", 103), ("vrrp", 112), ("l2tp", 115),
    ("udplite", 136), ("dccp", 33), ("ipencap", 4), ("ipv4", 4), ("sctp", 132),
  ]

  @inline(never)
  private init?(rareName bytes: RawSpan, _ range: Range<Int>) {
    if let known = Transport(bytes, range) {
      self = known
      return
    }
    guard let found = Transport.rareNames.first(where: { bytes.isWord($0.0, range) }) else {
      return nil
    }
    self.init(rawValue: found.1)
  }
}

extension RawSpan {
  /// Whether `text`, which is in lower case, fills `range` in any case.
  func isWord(_ text: StaticString, _ range: Range<Int>) -> Bool {
    guard range.count == text.utf8CodeUnitCount else { return false }
    return text.withUTF8Buffer { expected in
      for i in 0..<expected.count {
        let byte = byte(range.lowerBound &+ i)
        let folded = byte &- 65 < 26 ? byte | 0x20 : byte
        if unsafe folded != expected[i] { return false }
      }
      return true
    }
  }
}

extension FlowFlags {
  /// The flags of one way, where nothing says who opened the flow: both ends of a connection sent
  /// SYN and ACK, so that it was under way is all that is sure.
  static func way(_ flags: TCPFlags, packets: UInt64) -> TCPFlags {
    if packets <= 1 || flags.isSubset(of: [.rst, .ack]) { return flags }
    if flags.contains(.ack) { return .ack }
    return flags.contains(.syn) ? .syn : flags
  }
}

extension Observation {
  /// Type and code of ICMP as flow records give them in place of the second port: `8.0`, or both
  /// in one number as in NetFlow (type · 256 + code); false where neither stands there.
  mutating func setControl(_ bytes: RawSpan, _ cell: Range<Int>) -> Bool {
    if let dot = bytes.first(0x2e, in: cell) {
      guard let type = bytes.port(cell.lowerBound..<dot),
        let code = bytes.port(dot + 1..<cell.upperBound),
        type <= 255, code <= 255
      else { return false }
      setPorts(type, code)
      return true
    }
    guard let both = bytes.port(cell) else { return false }
    setPorts(both >> 8, both & 255)
    return true
  }

  /// Ports, or type and code, out of the cells of a flow record; what is wrong with them.
  mutating func setEnds(_ bytes: RawSpan, _ first: Range<Int>?, _ second: Range<Int>?) -> Anomaly? {
    guard let second else { return nil }
    if transport == .icmp || transport == .icmpv6 {
      return setControl(bytes, second) ? nil : .numberMalformed
    }
    guard transport.hasPorts, let first else { return nil }
    guard let from = bytes.port(first), let to = bytes.port(second) else { return .numberMalformed }
    setPorts(from, to)
    return nil
  }
}

/// A number of packets as flow tools print it.
struct FlowCount {
  var packets: UInt64 = 0
  /// Printed with a unit, so rounded: there were so many at least.
  var isRounded = false

  /// `404`, or `1.2` before the unit `M`, which is a million: of what is rounded to a tenth the
  /// least that it can be.
  init?(_ bytes: RawSpan, _ cell: Range<Int>, unit: UInt8) {
    let scale: UInt64
    switch unit {
    case 0: scale = 0
    case UInt8(ascii: "K"), UInt8(ascii: "k"): scale = 1_000
    case UInt8(ascii: "M"): scale = 1_000_000
    case UInt8(ascii: "G"): scale = 1_000_000_000
    case UInt8(ascii: "T"): scale = 1_000_000_000_000
    default: return nil
    }
    if scale == 0 {
      guard let count = bytes.count(cell) else { return nil }
      packets = count
      return
    }
    isRounded = true
    let dot = bytes.first(0x2e, in: cell)
    guard let whole = bytes.decimal(cell.lowerBound..<(dot ?? cell.upperBound)) else { return nil }
    var tenths = 0
    if let dot {
      guard let tenth = bytes.decimal(dot + 1..<cell.upperBound), tenth < 10 else { return nil }
      tenths = tenth
    }
    let twentieths = UInt64(whole * 20 + tenths * 2)
    packets =
      twentieths > 0
      ? (twentieths &- 1).multipliedReportingOverflow(by: scale / 20).partialValue : 0
  }

  /// States the count.
  func state(in packet: inout Observation) {
    packet.setPackets(UInt32(clamping: packets))
    if isRounded { packet.marks.insert(.lowerBound) }
  }
}
