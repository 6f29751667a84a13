internal import Observations

/// Four bytes that begin a word of a message, the first in the lowest bits.
enum CiscoMarker {
  static let from: UInt32 = 0x6d6f_7266
  static let source: UInt32 = 0x2063_7273  // with its blank
  static let packet: UInt32 = 0x6b63_6170
  static let `for`: UInt32 = 0x2072_6f66  // with its blank
  static let foreign: UInt32 = 0x6464_6166  // fadd
  static let payload: UInt32 = 0x6c79_6170  // payl
}

extension TextCursor {
  /// Skips words up to behind the one that begins with `marker`, and takes the first protocol
  /// named on the way; false, and all skipped, where there is no such word.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func announce(
    _ bytes: RawSpan, _ marker: UInt32, _ transport: inout Transport
  ) -> Bool {
    var isOpen = transport.rawValue == 0
    while at < end {
      let word = bytes.word4(at)
      let blank = bytes.first(0x20, in: at..<end)
      if word == marker {
        at = blank.map { $0 &+ 1 } ?? end
        while at < end, bytes.byte(at) == 0x20 { at &+= 1 }
        return true
      }
      if isOpen, let named = Transport(cisco: bytes, at, word) {
        transport = named
        isOpen = false
      }
      guard let blank else { break }
      at = blank &+ 1
      while at < end, bytes.byte(at) == 0x20 { at &+= 1 }
    }
    at = max(at, end)
    return false
  }

  /// Skips to behind ` WORD `, of which the first four bytes with the blank before are given;
  /// users and translations in brackets may stand before it. False where it does not come.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func join(_ bytes: RawSpan, _ word: UInt32, _ count: Int) -> Bool {
    if bytes.word4(at) == word {
      at = min(at &+ count, end)
      return true
    }
    return joinLater(bytes, word, count)
  }

  @inline(never)
  @_lifetime(self: copy self)
  private mutating func joinLater(_ bytes: RawSpan, _ word: UInt32, _ count: Int) -> Bool {
    // Behind a bracket only a closing one ends what a stranger's name may hold.
    let isBracketed = bytes.byte(at) == 0x28 || bytes.word4(at) & 0xffff == 0x2820
    var from = at
    while let blank = bytes.first(0x20, in: from..<max(from, end)) {
      if bytes.word4(blank) == word, !isBracketed || closesBracket(bytes, blank &- 1) {
        at = min(blank &+ count, end)
        return true
      }
      from = blank &+ 1
    }
    return false
  }

  /// A closing bracket, or the comma behind one.
  private func closesBracket(_ bytes: RawSpan, _ place: Int) -> Bool {
    let byte = bytes.byte(place)
    return byte == 0x29 || byte == 0x2c && bytes.byte(place &- 1) == 0x29
  }

  /// ` dst `, or ` dest ` of old messages.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func joinDestination(_ bytes: RawSpan) -> Bool {
    join(bytes, 0x7473_6420, 5) || join(bytes, 0x7365_6420, 6)
  }

  /// ` to `.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func joinTo(_ bytes: RawSpan) -> Bool {
    join(bytes, 0x206f_7420, 4)
  }

  /// Takes names of TCP flags with blanks or commas between.
  @_lifetime(self: copy self)
  mutating func ciscoFlags(_ bytes: RawSpan) -> TCPFlags {
    var flags = TCPFlags(rawValue: 0)
    while at < end {
      switch bytes.word4(at) & 0x00ff_ffff {
      case 0x4e_5953: flags.insert(.syn)
      case 0x4b_4341: flags.insert(.ack)
      case 0x54_5352: flags.insert(.rst)
      case 0x4e_4946: flags.insert(.fin)
      case 0x48_5350: flags.insert(.psh)
      case 0x47_5255: flags.insert(.urg)
      case 0x45_4345: flags.insert(.ece)
      case 0x52_5743: flags.insert(.cwr)
      default: return flags
      }
      at = min(at &+ 3, end)
      while take(0x20) || take(0x2c) {}
    }
    return flags
  }

  /// Takes ` (type 8, code 0)` wherever it comes; nil where it does not.
  @inline(never)
  @_lifetime(self: copy self)
  mutating func typeAndCode(_ bytes: RawSpan) -> (UInt16, UInt16)? {
    while let open = bytes.first(0x28, in: at..<max(at, end)) {
      at = open + 1
      guard take("type ") else { continue }
      guard let type = digits(1...3), type < 256 else { return nil }
      _ = take(0x2c)
      guard take(" code "), let code = digits(1...3), code < 256 else { return nil }
      return (UInt16(type), UInt16(code))
    }
    return nil
  }
}

extension Transport {
  /// The protocol that the word at `place` names, of which `word` is the beginning: `tcp`, `ICMP`,
  /// `protocol 47`, `protocol=UDP`.
  @inline(__always)
  init?(cisco bytes: RawSpan, _ place: Int, _ word: UInt32) {
    let lower = word | 0x2020_2020
    let isShort = Transport.endsWord(UInt8(truncatingIfNeeded: word >> 24))
    switch lower & 0x00ff_ffff {
    case 0x70_6374 where isShort: self = .tcp
    case 0x70_6475 where isShort: self = .udp
    default:
      guard let named = Transport(seldom: bytes, place, lower, isShort) else { return nil }
      self = named
    }
  }

  private static func endsWord(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- 97 > 25 && byte &- 48 > 9
  }

  @inline(never)
  private init?(seldom bytes: RawSpan, _ place: Int, _ lower: UInt32, _ isShort: Bool) {
    let next = bytes.byte(place &+ 4)
    switch lower {
    case 0x706d_6369:  // icmp
      if next == 0x36 || next | 0x20 == 0x76 {
        self = .icmpv6
      } else {
        guard Transport.endsWord(next) else { return nil }
        self = .icmp
      }
    case 0x706d_6769 where Transport.endsWord(next): self = .igmp
    case 0x7074_6373 where Transport.endsWord(next): self.init(rawValue: 132)
    case 0x6670_736f where Transport.endsWord(next): self.init(rawValue: 89)
    case 0x7267_6965 where bytes.byte(place &+ 5) <= 0x20: self.init(rawValue: 88)
    case 0x6e69_7069 where bytes.word4(place &+ 4) & 0xffff == 0x7069: self.init(rawValue: 4)
    case 0x746f_7270: self.init(numbered: bytes, place)
    default:
      guard isShort else { return nil }
      switch lower & 0x00ff_ffff {
      case 0x65_7267: self.init(rawValue: 47)
      case 0x70_7365: self.init(rawValue: 50)
      case 0x6d_6970: self.init(rawValue: 103)
      default: return nil
      }
    }
  }

  /// `protocol 47`, `protocol=UDP`, `protocol= TCP`.
  private init?(numbered bytes: RawSpan, _ place: Int) {
    guard bytes.has("protocol", at: place) else { return nil }
    var line = TextCursor(bytes, place + 8..<bytes.byteCount)
    _ = line.take(0x3d)
    _ = line.take(0x20)
    if let number = line.digits(1...3) {
      guard number < 255 else { return nil }
      self.init(rawValue: UInt8(number))
      return
    }
    guard let name = line.word(), let named = Transport(bytes, name) else { return nil }
    self = named
  }
}
