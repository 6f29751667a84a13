import Observations

/// A NetBIOS session's request or its answers (RFC 1002, 4.3). If the initialiser returned, no accessor can fail.
public struct NetbiosSessionView: ~Escapable {
  let bytes: RawSpan

  /// Checks kind and length, the two names of a request, the error of a refusal.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, within extent: Extent) throws(ContentMismatch) {
    guard bytes.byteCount >= 4 else { throw ContentMismatch() }
    switch bytes.u32(0) {
    case 0x8100_0044:
      guard bytes.byteCount >= 72, extent.claimed == 72 else { throw ContentMismatch() }
      for name in [4, 38] {
        guard NetbiosName(bytes, at: name) != nil, bytes.u8(name + 33) == 0 else {
          throw ContentMismatch()
        }
      }
    case 0x8200_0000: guard extent.claimed == 4 else { throw ContentMismatch() }
    case 0x8300_0001:
      guard bytes.byteCount == 5, extent.claimed == 5, (0x80...0x8f).contains(bytes.u8(4)) else {
        throw ContentMismatch()
      }
    default: throw ContentMismatch()
    }
    self.bytes = bytes
  }

  /// 0x81 a request, 0x82 its acceptance, 0x83 its refusal.
  public var kind: UInt8 { bytes.u8(0) }

  static func read(
    _ payload: RawSpan, _ extent: Extent, _ ports: Ports, _ teller: inout ContentTeller
  ) -> Content? {
    guard let view = try? NetbiosSessionView(payload, within: extent) else { return nil }
    // Four bytes alone are anybody's: the port must agree.
    guard view.kind == 0x81 || ports.has(139) else { return nil }
    if view.kind == 0x81 {
      if let called = NetbiosName(payload, at: 4), !called.isWildcard {
        called.tell(.netbiosName, of: teller.destination, &teller)
      }
      if let calling = NetbiosName(payload, at: 38) {
        calling.tell(.netbiosName, of: teller.source, &teller)
      }
    }
    return Content(hint: .netbiosSession, detail: UInt32(view.kind))
  }
}

/// A NetBIOS name, first-level encoded (RFC 1001, 14.1): sixteen bytes in 32 letters.
struct NetbiosName {
  private var name = InlineArray<16, UInt8>(repeating: 0)

  /// Reads the name whose length byte stands at an offset; nil where it is none.
  init?(_ bytes: RawSpan, at offset: Int) {
    guard offset >= 0, bytes.byteCount - offset >= 33, bytes.u8(offset) == 32 else { return nil }
    for i in 0..<16 {
      let high = bytes.u8(offset + 1 + 2 * i) &- 65
      let low = bytes.u8(offset + 2 + 2 * i) &- 65
      guard high < 16, low < 16 else { return nil }
      name[i] = high << 4 | low
    }
  }

  /// The sixteenth byte: what the name is for.
  var suffix: UInt8 { name[15] }
  /// `*` or `*SMBSERVER`: whoever is there.
  var isWildcard: Bool { name[0] == 0x2a }

  /// Keeps it without what fills it up.
  func tell(_ kind: Sighting.Kind, of address: Address, _ teller: inout ContentTeller) {
    var length = 15
    while length > 0, name[length - 1] == 0x20 || name[length - 1] == 0 { length -= 1 }
    guard length > 0 else { return }
    unsafe teller.tell(kind, of: address, name.span.bytes.extracting(0..<length), extra: suffix)
  }
}
