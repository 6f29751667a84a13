import Observations

/// An SNMP message (RFC 1157, 3416, 3412). If the initialiser returned, no accessor can fail.
public struct SNMPView: ~Escapable {
  let bytes: RawSpan
  /// 0, 1 (for 2c) or 3.
  public let version: UInt8
  /// The tag of the PDU; of version 3 that of the message's header.
  public let pdu: UInt8
  let community: Range<Int>

  /// Checks that it is one sequence as long as the datagram, its version, and what follows.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, within extent: Extent) throws(ContentMismatch) {
    let outer = try SNMPView.element(bytes, at: 0)
    guard outer.tag == 0x30, outer.end == extent.claimed else { throw ContentMismatch() }
    let number = try SNMPView.element(bytes, at: outer.start)
    guard number.tag == 2, number.end - number.start == 1, number.end <= bytes.byteCount else {
      throw ContentMismatch()
    }
    version = bytes.u8(number.start)
    let next = try SNMPView.element(bytes, at: number.end)
    guard next.end <= outer.end else { throw ContentMismatch() }
    switch version {
    case 0, 1:
      guard next.tag == 4, next.end <= bytes.byteCount else { throw ContentMismatch() }
      let rest = try SNMPView.element(bytes, at: next.end)
      guard (0xa0...0xa8).contains(rest.tag), rest.end == outer.end else { throw ContentMismatch() }
      (pdu, community) = (rest.tag, next.start..<next.end)
    case 3:
      guard next.tag == 0x30 else { throw ContentMismatch() }
      (pdu, community) = (next.tag, 0..<0)
    default: throw ContentMismatch()
    }
    self.bytes = bytes
  }

  /// Tag and extent of the element at an offset (X.690, 8.1): lengths of up to two bytes.
  private static func element(
    _ bytes: RawSpan, at offset: Int
  ) throws(ContentMismatch) -> (tag: UInt8, start: Int, end: Int) {
    guard bytes.byteCount - offset >= 2 else { throw ContentMismatch() }
    let tag = bytes.u8(offset)
    switch bytes.u8(offset + 1) {
    case let short where short < 0x80: return (tag, offset + 2, offset + 2 + Int(short))
    case 0x81 where bytes.byteCount - offset >= 3:
      return (tag, offset + 3, offset + 3 + Int(bytes.u8(offset + 2)))
    case 0x82 where bytes.byteCount - offset >= 4:
      return (tag, offset + 4, offset + 4 + Int(bytes.u16(offset + 2)))
    default: throw ContentMismatch()
    }
  }

  /// 1 for the community `public`, 2 for `private`, 0 for any other or none: which one it is, is a secret.
  public var defaultCommunity: UInt8 {
    let text = bytes.extracting(community)
    if text.byteCount == 6, text.has("public") { return 1 }
    return text.byteCount == 7 && text.has("private") ? 2 : 0
  }

  static func read(
    _ payload: RawSpan, _ extent: Extent, _ ports: Ports, _ teller: inout ContentTeller
  ) -> Content? {
    guard let view = try? SNMPView(payload, within: extent) else { return nil }
    if view.version < 3 {
      let known = view.defaultCommunity
      let text = payload.extracting(known == 0 ? 0..<0 : view.community)
      teller.tell(.community, of: teller.destination, text, extra: known)
    }
    return Content(hint: .snmp, detail: UInt32(view.version) << 16 | UInt32(view.pdu))
  }
}
