import Observations

/// An NTP packet (RFC 5905), or one of its control and private modes. It has no sign of its own: who makes
/// one has seen its port. If the initialiser returned, no accessor can fail.
public struct NTPView: ~Escapable {
  /// 1 and 2 symmetric, 3 client, 4 server, 5 broadcast, 6 control, 7 private.
  public let mode: UInt8

  /// Checks version, mode and the fields that go with it.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, within extent: Extent) throws(ContentMismatch) {
    guard bytes.byteCount >= 8 else { throw ContentMismatch() }
    let version = bytes.u8(0) >> 3 & 7
    mode = bytes.u8(0) & 7
    guard (1...4).contains(version) else { throw ContentMismatch() }
    switch mode {
    case 1...5:
      guard bytes.byteCount >= 16, extent.claimed >= 48, extent.claimed % 4 == 0,
        bytes.u8(1) <= 16
      else { throw ContentMismatch() }
      // Poll and precision are powers of two, the second of seconds' parts; a client may leave both out.
      let poll = bytes.u8(2)
      let precision = Int8(bitPattern: bytes.u8(3))
      guard poll <= 24, precision <= 0 || mode == 3 && precision <= 32 else {
        throw ContentMismatch()
      }
      if mode == 4 || mode == 5, bytes.u8(1) > 0, precision == 0, poll == 0 {
        throw ContentMismatch()
      }
    case 6:
      // A control message counts its data.
      guard bytes.byteCount >= 12, bytes.u8(1) & 0x1f <= 31, extent.claimed >= 12,
        Int(bytes.u16(10)) <= extent.claimed - 12,
        Int(bytes.u16(10)) + 3 + 12 + 20 >= extent.claimed
      else { throw ContentMismatch() }
    case 7:
      // Implementation 0, 2 or 3 (universal, xntpd old and new).
      guard bytes.u8(2) == 0 || bytes.u8(2) == 2 || bytes.u8(2) == 3, bytes.u8(3) <= 63 else {
        throw ContentMismatch()
      }
    default: throw ContentMismatch()
    }
  }

  static func read(
    _ payload: RawSpan, _ extent: Extent, _ ports: Ports, _ teller: inout ContentTeller
  ) -> Content? {
    guard ports.has(123), let view = try? NTPView(payload, within: extent) else { return nil }
    return Content(hint: .ntp, detail: UInt32(view.mode))
  }
}
