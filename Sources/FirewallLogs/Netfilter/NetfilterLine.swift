internal import Observations

/// The names of netfilter's fields as the four bytes that end in `=`, the first in the lowest bits.
private enum Name {
  static let source: UInt32 = 0x3d43_5253  // SRC=
  static let destination: UInt32 = 0x3d54_5344  // DST=
  static let length: UInt32 = 0x3d4e_454c  // LEN=
  static let timeToLive: UInt32 = 0x3d4c_5454  // TTL=
  static let hopLimit: UInt32 = 0x3d54_494d  // HOPLIMIT=
  static let flowLabel: UInt32 = 0x3d4c_424c  // FLOWLBL=
  static let identification: UInt32 = 0x3d44_4920  // ID= behind a blank
  static let proto: UInt32 = 0x3d4f_544f  // PROTO=
  static let sourcePort: UInt32 = 0x3d54_5053  // SPT=
  static let destinationPort: UInt32 = 0x3d54_5044  // DPT=
  static let type: UInt32 = 0x3d45_5059  // TYPE=
  static let code: UInt32 = 0x3d45_444f  // CODE=
  static let reserved: UInt32 = 0x3d53_4552  // RES=, which the TCP flags follow
  static let window: UInt32 = 0x3d57_4f44  // WINDOW=, which they follow where RES= is left out
  static let out: UInt32 = 0x3d54_554f  // OUT=
  static let mac: UInt32 = 0x3d43_414d  // MAC=
  static let userID: UInt32 = 0x3d44_4955  // UID=
  /// IN= in the upper three bytes: a prefix may touch it (`DROP:IN=`).
  static let into: UInt32 = 0x3d4e_49
  /// What stands before the N of PHYSIN=.
  static let physical = UInt8(ascii: "S")
}

/// Which fields of a line were read.
struct NetfilterFields: OptionSet {
  var rawValue: UInt32
  static let into = NetfilterFields(rawValue: 1 << 0)
  static let out = NetfilterFields(rawValue: 1 << 1)
  static let source = NetfilterFields(rawValue: 1 << 2)
  static let destination = NetfilterFields(rawValue: 1 << 3)
  static let length = NetfilterFields(rawValue: 1 << 4)
  static let proto = NetfilterFields(rawValue: 1 << 5)
  static let first = NetfilterFields(rawValue: 1 << 6)
  static let second = NetfilterFields(rawValue: 1 << 7)
  static let innerLength = NetfilterFields(rawValue: 1 << 8)
  static let userID = NetfilterFields(rawValue: 1 << 9)
  /// The bracketed packet of an ICMP error has begun: nothing behind it is the outer packet's.
  static let quote = NetfilterFields(rawValue: 1 << 10)
  static let quotedSource = NetfilterFields(rawValue: 1 << 11)
  static let quotedPorts = NetfilterFields(rawValue: 1 << 12)
  static let fromInterface = NetfilterFields(rawValue: 1 << 13)
  static let toInterface = NetfilterFields(rawValue: 1 << 14)
  static let identification = NetfilterFields(rawValue: 1 << 15)
  static let control = NetfilterFields(rawValue: 1 << 16)
  static let badAddress = NetfilterFields(rawValue: 1 << 17)
  static let badNumber = NetfilterFields(rawValue: 1 << 18)
  static let sourceSeen = NetfilterFields(rawValue: 1 << 19)

  static let addresses: NetfilterFields = [.source, .destination]
}

/// A netfilter line while it is read, field by field.
///
/// Text before `IN=` is the administrator's prefix (or another program's words) and gives no field.
/// The first of each field counts, so neither the second `LEN=` (UDP's own) nor anything in the
/// bracketed packet of an ICMP error overwrites the outer packet's.
struct NetfilterLine {
  var start: Int
  /// Where `IN=` begins.
  var prefixEnd: Int
  /// All that stands before this was read; no line ends before it.
  var resume: Int
  /// Where the value behind the IP identification or the flow label ends.
  var fragmentFrom: Int
  var fields: NetfilterFields
  /// Of UDP: the second `LEN=`.
  var innerLength: UInt32
  var userID: UInt32
  var quotedSource: Address
  var quotedPorts: UInt32
  /// Where the bracketed packet begins.
  private var quoteFrom: Int
  var packet: Observation

  @inline(__always)
  init(start: Int) {
    self.start = start
    prefixEnd = start
    resume = start
    fragmentFrom = 0
    fields = []
    innerLength = 0
    userID = 0
    quotedSource = Address(high: 0, low: 0)
    quotedPorts = 0
    quoteFrom = 0
    packet = Observation()
  }

  /// Takes the field whose `=` stands at `equals`.
  @inline(__always)
  mutating func take(_ bytes: RawSpan, _ equals: Int) {
    // Between `IN=` and the quoted packet: where nearly every field stands.
    guard fields.isSuperset(of: .into), fields.isDisjoint(with: .quote) else {
      takeOutside(bytes, equals)
      return
    }
    let name = bytes.word4(equals &- 3)
    let value = equals &+ 1
    switch name {
    case Name.source: takeSource(bytes, value)
    case Name.destination:
      if fields.contains(.destination) { return }
      if let address = bytes.address(value) {
        packet.destination = address
        fields.insert(.destination)
      } else {
        fields.insert(.badAddress)
      }
    case Name.length: takeLength(bytes, value)
    case Name.timeToLive, Name.hopLimit:
      packet.timeToLive = UInt8(truncatingIfNeeded: number(bytes, value, most: 255))
    case Name.identification: takeIdentification(bytes, value)
    case Name.flowLabel: fragmentFrom = value &+ bytes.number(value).count
    case Name.proto: takeProtocol(bytes, value)
    case Name.sourcePort, Name.type: takeFirst(bytes, value)
    case Name.destinationPort, Name.code: takeSecond(bytes, value)
    case Name.reserved: takeFlags(bytes, value)
    case Name.window: takeFlagWords(bytes, value &+ bytes.number(value).count &+ 1)
    case Name.out: takeOut(bytes, value)
    case Name.mac:
      // `ff:ff:ff` decides nearly always.
      if bytes.word8(value) == 0x6666_3a66_663a_6666 { takeBroadcast(bytes, value) }
    case Name.userID: takeUserID(bytes, value)
    default: if name >> 8 == Name.into { begin(bytes, equals) }
    }
  }

  /// A field before `IN=`, or in the quoted packet.
  @inline(__always)
  private mutating func takeOutside(_ bytes: RawSpan, _ equals: Int) {
    // A name of three letters or more needs three bytes of this line before its `=`.
    let isShort = equals &- start < 3
    let name = isShort ? bytes.word4(equals &- 2) << 8 : bytes.word4(equals &- 3)
    if isShort, equals &- start < 2 { return }
    if fields.contains(.quote) {
      takeQuoted(bytes, equals, name)
    } else if name >> 8 == Name.into {
      begin(bytes, equals)
    } else if name == Name.source {
      fields.insert(.sourceSeen)
    }
  }

  /// `IN=`: fields begin. One in a prefix is passed over when the kernel's own follows.
  @inline(__always)
  private mutating func begin(_ bytes: RawSpan, _ equals: Int) {
    guard !fields.contains(.source), !fields.contains(.out) else { return }
    if equals &- start > 2, bytes.byte(equals &- 3) == Name.physical { return }
    prefixEnd = equals &- 2
    fields.insert(.into)
    if bytes.byte(equals &+ 1) > 0x20 {
      fields.insert(.fromInterface)
    } else {
      fields.remove(.fromInterface)
    }
  }

  @inline(__always)
  private mutating func takeOut(_ bytes: RawSpan, _ value: Int) {
    if fields.contains(.out) || bytes.byte(value &- 5) == Name.physical { return }
    fields.insert(.out)
    if bytes.byte(value) > 0x20 { fields.insert(.toInterface) }
  }

  @inline(__always)
  private mutating func takeSource(_ bytes: RawSpan, _ value: Int) {
    fields.insert(.sourceSeen)
    if fields.contains(.source) || fields.contains(.badAddress) {
      if fields.contains(.proto), bytes.byte(value &- 5) == 0x5b { beginQuote(bytes, value) }
      return
    }
    if takeUsualRun(bytes, value) { return }
    if let address = bytes.address(value) {
      packet.source = address
      fields.insert(.source)
    } else {
      fields.insert(.badAddress)
    }
  }

  @inline(never)
  private mutating func beginQuote(_ bytes: RawSpan, _ value: Int) {
    fields.insert(.quote)
    quoteFrom = value
    if let address = bytes.address(value) {
      quotedSource = address
      fields.insert(.quotedSource)
    }
  }

  @inline(__always)
  private mutating func takeLength(_ bytes: RawSpan, _ value: Int) {
    if !fields.contains(.proto) {
      if fields.contains(.length) { return }
      packet.length = number(bytes, value, most: .max)
      fields.insert(.length)
    } else if !fields.contains(.innerLength) {
      innerLength = number(bytes, value, most: 0xffff)
      fields.insert(.innerLength)
    }
  }

  @inline(__always)
  private mutating func takeIdentification(_ bytes: RawSpan, _ value: Int) {
    // Behind the protocol it is an echo's identifier.
    if fields.contains(.proto) || fields.contains(.identification) { return }
    let scanned = bytes.number(value)
    if scanned.isSpoiled || scanned.value > 0xffff {
      fields.insert(.badNumber)
    } else {
      packet.identification = UInt16(truncatingIfNeeded: scanned.value)
      packet.marks.insert(.identification)
    }
    fields.insert(.identification)
    fragmentFrom = value &+ scanned.count
  }

  @inline(__always)
  private mutating func takeFirst(_ bytes: RawSpan, _ value: Int) {
    if fields.contains(.first) || !fields.contains(.proto) { return }
    let scanned = bytes.number(value)
    if scanned.isSpoiled || scanned.value > 0xffff {
      fields.insert(.badNumber)
      return
    }
    packet.sourcePort = UInt16(truncatingIfNeeded: scanned.value)
    fields.insert(.first)
  }

  @inline(__always)
  private mutating func takeSecond(_ bytes: RawSpan, _ value: Int) {
    if fields.contains(.second) || !fields.contains(.proto) { return }
    let scanned = bytes.number(value)
    if scanned.isSpoiled || scanned.value > 0xffff {
      fields.insert(.badNumber)
      return
    }
    packet.destinationPort = UInt16(truncatingIfNeeded: scanned.value)
    fields.insert(.second)
  }

  @inline(__always)
  mutating func takeProtocol(_ bytes: RawSpan, _ value: Int) {
    if fields.contains(.proto) { return }
    fields.insert(.proto)
    // Nothing, or " DF", stands between nearly always.
    if fragmentFrom != 0, value &- fragmentFrom > 7,
      value &- fragmentFrom != 10 || bytes.word4(fragmentFrom) != 0x2046_4420
    {
      takeFragment(bytes, fragmentFrom..<value &- 6)
    }
    switch bytes.word4(value) & 0x00ff_ffff {
    case 0x50_4354: packet.transport = .tcp
    case 0x50_4455 where Digits.ends(bytes.byte(value &+ 3)): packet.transport = .udp
    default: takeOtherProtocol(bytes, value)
    }
  }

  @inline(never)
  private mutating func takeOtherProtocol(_ bytes: RawSpan, _ value: Int) {
    let scanned = bytes.number(value)
    if !scanned.isSpoiled, scanned.value < 255 {
      packet.transport = Transport(rawValue: UInt8(truncatingIfNeeded: scanned.value))
      return
    }
    if let known = NetfilterLine.namedProtocol(bytes, value) {
      packet.transport = Transport(rawValue: known)
      return
    }
    fields.insert(.badNumber)
    fields.remove(.proto)
  }

  /// Protocols that netfilter and its relatives print by name.
  private static func namedProtocol(_ bytes: RawSpan, _ at: Int) -> UInt8? {
    if bytes.has("ICMPv6", at: at) { return 58 }
    if bytes.has("ICMP", at: at) { return 1 }
    if bytes.has("UDPLITE", at: at) { return 136 }
    if bytes.has("IGMP", at: at) { return 2 }
    if bytes.has("ESP", at: at) { return 50 }
    if bytes.has("AH", at: at) { return 51 }
    if bytes.has("GRE", at: at) { return 47 }
    if bytes.has("SCTP", at: at) { return 132 }
    if bytes.has("DCCP", at: at) { return 33 }
    if bytes.has("OSPF", at: at) { return 89 }
    return nil
  }

  /// The words between identification (or flow label) and protocol: `DF`, `MF`, `FRAG:n`.
  @inline(never)
  private mutating func takeFragment(_ bytes: RawSpan, _ range: Range<Int>) {
    var more = false
    var offset: UInt32 = 0
    var at = range.lowerBound
    while at < range.upperBound {
      if bytes.has("FRAG:", at: at) {
        offset = bytes.number(at + 5).value
      } else if bytes.has("MF ", at: at) || bytes.has("INCOMPLETE ", at: at) {
        more = true
      }
      at = (bytes.first(0x20, in: at..<range.upperBound) ?? range.upperBound) + 1
    }
    if offset != 0 {
      packet.marks.insert(.laterFragment)
    } else if more {
      packet.marks.insert(.firstFragment)
    }
  }

  /// The TCP flags: words behind `RES=0x00` (of some devices `RES=00`), up to `URGP=`.
  @inline(__always)
  mutating func takeFlags(_ bytes: RawSpan, _ value: Int) {
    takeFlagWords(bytes, value &+ (bytes.byte(value &+ 1) == 0x78 ? 5 : 3))
  }

  @inline(__always)
  private mutating func takeFlagWords(_ bytes: RawSpan, _ from: Int) {
    guard packet.transport == .tcp else { return }
    var at = from
    for _ in 0..<8 {
      let word = bytes.word4(at)
      // URGP= follows the flags; its fourth letter tells it from the flag URG.
      guard word >> 24 <= 0x20 else { return }
      switch word & 0x00ff_ffff {
      case 0x4e_5953: packet.tcpFlags.insert(.syn)
      case 0x4b_4341: packet.tcpFlags.insert(.ack)
      case 0x54_5352: packet.tcpFlags.insert(.rst)
      case 0x4e_4946: packet.tcpFlags.insert(.fin)
      case 0x48_5350: packet.tcpFlags.insert(.psh)
      case 0x47_5255: packet.tcpFlags.insert(.urg)
      case 0x45_4345: packet.tcpFlags.insert(.ece)
      case 0x52_5743: packet.tcpFlags.insert(.cwr)
      default: return
      }
      at &+= 4
    }
  }

  @inline(never)
  private mutating func takeBroadcast(_ bytes: RawSpan, _ value: Int) {
    if bytes.has("ff:ff:ff:ff:ff:ff:", at: value) { packet.marks.insert(.broadcast) }
  }

  @inline(never)
  private mutating func takeUserID(_ bytes: RawSpan, _ value: Int) {
    if fields.contains(.userID) { return }
    let scanned = bytes.number(value)
    guard !scanned.isSpoiled else {
      fields.insert(.badNumber)
      return
    }
    userID = scanned.value
    fields.insert(.userID)
  }

  /// Fields inside the brackets are the quoted packet's; behind them come the outer packet's again,
  /// of which only the user id is wanted.
  @inline(never)
  private mutating func takeQuoted(_ bytes: RawSpan, _ equals: Int, _ name: UInt32) {
    let isBehind = bytes.first(0x5d, in: quoteFrom..<equals) != nil
    switch name {
    case Name.userID where isBehind: takeUserID(bytes, equals + 1)
    case Name.sourcePort where !isBehind && !fields.contains(.quotedPorts):
      quotedPorts = number(bytes, equals + 1, most: 0xffff) << 16
    case Name.destinationPort where !isBehind && !fields.contains(.quotedPorts):
      quotedPorts |= number(bytes, equals + 1, most: 0xffff)
      fields.insert(.quotedPorts)
    default: return
    }
  }

  /// A number of at most `most`; 0, and noted, where it is none.
  @inline(__always)
  private mutating func number(_ bytes: RawSpan, _ at: Int, most: UInt32) -> UInt32 {
    let scanned = bytes.number(at)
    if scanned.isSpoiled || scanned.value > most {
      fields.insert(.badNumber)
      return 0
    }
    return scanned.value
  }
}
