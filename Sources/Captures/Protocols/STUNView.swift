import Observations

/// A STUN message (RFC 8489). If the initialiser returned, no accessor can fail.
public struct STUNView: ~Escapable {
  let bytes: RawSpan

  /// Checks the two zero bits, the magic cookie, and that its length is the datagram's.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, within extent: Extent) throws(ContentMismatch) {
    guard bytes.byteCount >= 20, bytes.u8(0) & 0xc0 == 0, bytes.u32(4) == 0x2112_a442,
      bytes.u16(2) & 3 == 0, Int(bytes.u16(2)) + 20 == extent.claimed
    else { throw ContentMismatch() }
    self.bytes = bytes
  }

  /// Method and class.
  public var type: UInt16 { bytes.u16(0) }

  static func read(
    _ payload: RawSpan, _ extent: Extent, _ ports: Ports, _ teller: inout ContentTeller
  ) -> Content? {
    guard let view = try? STUNView(payload, within: extent) else { return nil }
    return Content(hint: .stun, detail: UInt32(view.type))
  }
}
