/// Whether a payload's first bytes could begin a content that is recognised by itself. One cheap
/// question, asked of every packet with a payload: it lets through a little too much and never too
/// little, and the views decide.
enum ContentSigns {
  /// The first bytes that any content of a stream begins with, a bit each: 00, 16; C D G H O P S T; 81 to 83.
  @inline(__always) private static var streamLow: UInt64 { 1 << 0x00 | 1 << 0x16 }
  @inline(__always) private static var streamLetters: UInt64 {
    1 << 3 | 1 << 4 | 1 << 7 | 1 << 8 | 1 << 15 | 1 << 16 | 1 << 19 | 1 << 20
  }
  @inline(__always) private static var streamHigh: UInt64 { 1 << 1 | 1 << 2 | 1 << 3 }
  /// The same of datagrams: 00, 30; A B C H I M N O P R S.
  @inline(__always) private static var datagramLow: UInt64 { 1 << 0x00 | 1 << 0x30 }
  @inline(__always) private static var datagramLetters: UInt64 {
    1 << 1 | 1 << 2 | 1 << 3 | 1 << 8 | 1 << 9 | 1 << 13 | 1 << 14 | 1 << 15 | 1 << 16 | 1 << 18
      | 1 << 19
  }

  /// Whether a stream's segment is worth a look, by its first byte.
  @inline(__always)
  static func mayBeStream(_ key: UInt32) -> Bool {
    let place = UInt64(truncatingIfNeeded: key &>> 24)
    return word(place, streamLow, streamLetters, streamHigh) &>> (place & 63) & 1 != 0
  }

  /// A quarter of a set of 256 bits, chosen without branches, which would be tossed.
  @inline(__always)
  private static func word(_ place: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
    let quarter = place &>> 6
    return a & all(quarter, 0) | b & all(quarter, 1) | c & all(quarter, 2)
  }

  /// All bits where two numbers below four are equal, else none.
  @inline(__always)
  private static func all(_ x: UInt64, _ y: UInt64) -> UInt64 {
    // Only 0 less 1 has the upper bit.
    0 &- (((x ^ y) &- 1) &>> 63)
  }

  /// … and by its first eight bytes, of which `second` is 0 where they are not there.
  @inline(__always)
  static func isStream(_ key: UInt32, _ second: UInt32) -> Bool {
    switch key {
    case 0x4745_5420, 0x504f_5354, 0x4845_4144, 0x5055_5420: true  // GET POST HEAD PUT
    case 0x4f50_5449, 0x434f_4e4e, 0x4445_4c45, 0x5452_4143: true  // OPTIONS CONNECT DELETE TRACE
    case 0x5052_4f50, 0x4854_5450, 0x5353_482d: true  // PROPFIND HTTP SSH-
    case 0x8100_0044, 0x8200_0000, 0x8300_0001: true  // NetBIOS session
    default:
      key &>> 24 == 0
        ? second & 0x00ff_ffff == 0x0053_4d42 && second &>> 24 >= 0xfe  // SMB
        : key &>> 16 == 0x1603 && key &>> 8 & 0xff <= 4  // TLS
    }
  }

  /// Whether a datagram is worth a look, by its first eight bytes, of which `second` is 0 where they are
  /// not there, and by its ports: NTP has no sign of its own.
  @inline(__always)
  static func mayBeDatagram(_ key: UInt32, _ second: UInt32, _ ports: UInt32) -> Bool {
    // STUN's cookie; DNS and NetBIOS names: one question, or no question and one answer.
    second == 0x2112_a442 || second & 0xffff_ff00 == 0x0001_0000 || second == 1
      || ports &>> 16 == 123 || ports & 0xffff == 123 || isDatagram(key)
  }

  @inline(__always)
  private static func isDatagram(_ key: UInt32) -> Bool {
    let first = UInt64(truncatingIfNeeded: key &>> 24)
    guard word(first, datagramLow, datagramLetters, 0) &>> (first & 63) & 1 != 0 else {
      return false
    }
    switch first {
    case 0x30: return key & 0xffff == 0x0201 || key &>> 16 & 0x80 != 0  // SNMP
    case 0x00: return key &>> 16 == 1 || key &>> 16 == 2  // TFTP
    default: return isText(key)
    }
  }

  /// SSDP and SIP.
  @inline(__always)
  private static func isText(_ key: UInt32) -> Bool {
    switch key {
    case 0x4d2d_5345, 0x4e4f_5449, 0x4854_5450: true  // M-SEARCH NOTIFY HTTP
    case 0x494e_5649, 0x5245_4749, 0x4f50_5449, 0x5349_502f: true  // INVITE REGISTER OPTIONS SIP/
    case 0x4143_4b20, 0x4259_4520, 0x4341_4e43, 0x5355_4253: true  // ACK BYE CANCEL SUBSCRIBE
    case 0x5055_424c, 0x4d45_5353, 0x5245_4645, 0x494e_464f: true  // PUBLISH MESSAGE REFER INFO
    default: false
    }
  }
}
