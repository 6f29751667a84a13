internal import Observations

/// The kernel's own sequence of fields, as words with the first byte in the lowest bits.
private enum Words {
  /// Five bytes.
  static let five: UInt64 = 0xff_ffff_ffff
  /// Seven bytes.
  static let seven: UInt64 = 0xff_ffff_ffff_ffff
  static let destination: UInt64 = 0x3d54534420
  static let length: UInt64 = 0x3d4e454c20
  static let service: UInt64 = 0x78303d534f5420
  static let precedence: UInt64 = 0x78303d4345525020
  static let timeToLive: UInt64 = 0x3d4c545420
  static let identification: UInt32 = 0x3d444920
  static let unfragmented: UInt64 = 0x464420
  static let proto: UInt64 = 0x3d4f544f525020
  static let tcp: UInt64 = 0x3d54505320504354
  static let udp: UInt64 = 0x3d54505320504455
  static let window: UInt64 = 0x3d574f444e495720
  static let reserved: UInt64 = 0x3d53455220
  static let destinationPort: UInt64 = 0x3d54504420
}

extension NetfilterLine {
  /// Reads the fields of IPv4 from `SRC=` on in the kernel's order, as far as they keep to it.
  ///
  /// The way of nearly every line: each field says where the next one must begin, so there is no
  /// name to look up. Whatever differs is left, from there on, to be read field by field; what was
  /// read here is what would have been read that way.
  ///
  /// - Parameters:
  ///   - bytes: the window.
  ///   - value: where the source address begins.
  /// - Returns: whether both addresses were read; else nothing was.
  @inline(__always)
  mutating func takeUsualRun(_ bytes: RawSpan, _ value: Int) -> Bool {
    let before: NetfilterFields = [
      .destination, .length, .proto, .identification, .first, .second, .badAddress,
    ]
    guard fields.isDisjoint(with: before), let from = bytes.dottedQuad(value),
      bytes.word8(from.end) & Words.five == Words.destination,
      let to = bytes.dottedQuad(from.end &+ 5),
      bytes.word8(to.end) & Words.five == Words.length
    else { return false }
    packet.source = Address(ipv4: from.value)
    packet.destination = Address(ipv4: to.value)
    fields.insert(.addresses)
    resume = to.end
    let length = bytes.number(to.end &+ 5)
    guard !length.isSpoiled else { return true }
    packet.length = length.value
    fields.insert(.length)
    resume = to.end &+ 5 &+ length.count
    takeMiddle(bytes)
    return true
  }

  /// From behind the length: type of service, precedence, time to live, identification.
  @inline(__always)
  private mutating func takeMiddle(_ bytes: RawSpan) {
    let at = resume
    guard bytes.word8(at) & Words.seven == Words.service,
      bytes.word8(at &+ 9) == Words.precedence,
      bytes.word8(at &+ 19) & Words.five == Words.timeToLive,
      // No line ends within the two digits of either.
      bytes.byte(at &+ 7) > 0x20, bytes.byte(at &+ 8) > 0x20, bytes.byte(at &+ 17) > 0x20,
      bytes.byte(at &+ 18) > 0x20
    else { return }
    let left = bytes.number(at &+ 24)
    guard !left.isSpoiled, left.value <= 255 else { return }
    let behind = at &+ 24 &+ left.count
    guard bytes.word4(behind) == Words.identification else { return }
    let number = bytes.number(behind &+ 4)
    guard !number.isSpoiled, number.value <= 0xffff else { return }
    packet.timeToLive = UInt8(truncatingIfNeeded: left.value)
    packet.identification = UInt16(truncatingIfNeeded: number.value)
    packet.marks.insert(.identification)
    fields.insert(.identification)
    resume = behind &+ 4 &+ number.count
    fragmentFrom = resume
    takeEnd(bytes)
  }

  /// From behind the identification: protocol and ports.
  @inline(__always)
  private mutating func takeEnd(_ bytes: RawSpan) {
    var at = resume
    if bytes.word8(at) & 0xffff_ffff == Words.unfragmented | 0x2000_0000 { at &+= 3 }
    guard bytes.word8(at) & Words.seven == Words.proto else { return }
    at &+= 7
    takeProtocol(bytes, at)
    resume = at
    let word = bytes.word8(at)
    guard word == Words.tcp || word == Words.udp else { return }
    let first = bytes.number(at &+ 8)
    let behind = at &+ 8 &+ first.count
    guard !first.isSpoiled, first.value <= 0xffff,
      bytes.word8(behind) & Words.five == Words.destinationPort
    else { return }
    let second = bytes.number(behind &+ 5)
    guard !second.isSpoiled, second.value <= 0xffff else { return }
    packet.sourcePort = UInt16(truncatingIfNeeded: first.value)
    packet.destinationPort = UInt16(truncatingIfNeeded: second.value)
    fields.insert([.first, .second])
    resume = behind &+ 5 &+ second.count
    guard bytes.word8(resume) == Words.window else { return }
    let window = bytes.number(resume &+ 8)
    let flags = resume &+ 8 &+ window.count
    guard !window.isSpoiled, bytes.word8(flags) & Words.five == Words.reserved else { return }
    takeFlags(bytes, flags &+ 5)
    resume = flags &+ 5
  }
}
