public import Observations

/// A NetBIOS name service packet (RFC 1002, 4.2). If the initialiser returned, no accessor can fail.
public struct NBNSView: ~Escapable {
  /// The header, without which there is nothing.
  public static let minimumLength = 12
  let bytes: RawSpan
  /// Type of the question, or of the first record of a response: 0x20 name, 0x21 node status.
  public let type: UInt16

  /// Why it is not a name service packet.
  public enum Failure: Error, Hashable, Sendable {
    /// Header, name or record end too early.
    case length(LengthError)
    /// The name is not first-level encoded (RFC 1001, 14.1), or the class is not the internet.
    case nameMalformed
  }

  /// Checks the header, the first name and the type and class behind it.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, within extent: Extent) throws(Failure) {
    do {
      try LengthError.check(.nbns, needed: 12, bytes: bytes, extent: extent)
      try LengthError.check(.nbns, needed: 50, offset: 12, bytes: bytes, extent: extent)
    } catch { throw .length(error) }
    guard bytes.u16(4) != 0 || bytes.u16(6) != 0, bytes.u8(12) == 32 else { throw .nameMalformed }
    for i in 13..<45 where bytes.u8(i) < 65 || bytes.u8(i) > 80 { throw .nameMalformed }
    var cursor = NameCursor(at: 12)
    while cursor.next(in: bytes) != nil {}
    guard !cursor.isMalformed, !cursor.isCut, let end = cursor.end,
      bytes.byteCount - end >= 4, bytes.u16(end + 2) & 0x7fff == 1
    else { throw .nameMalformed }
    self.bytes = bytes
    type = bytes.u16(end)
  }

  /// The transaction id.
  public var id: UInt16 { bytes.u16(0) }
  /// 32 bits of the name as it is encoded, its sixteenth byte included; never 0.
  public var nameKey: UInt32 {
    var hash: UInt64 = 0
    for i in 13..<45 { hash = Mixing.mix(hash &* 257 &+ UInt64(bytes.u8(i))) }
    return max(1, UInt32(truncatingIfNeeded: hash))
  }
  /// Whether it is a response.
  public var isResponse: Bool { bytes.u8(2) & 0x80 != 0 }
  /// 0 is a query; 5 to 9 and 15 register, refresh, release and the like.
  public var operation: UInt8 { bytes.u8(2) >> 3 & 15 }
  /// What it is, in the words of observations.
  public var hint: ApplicationHint {
    if isResponse { return .nameResponse }
    if operation == 0, type == 0x21 { return .nodeStatusQuery }
    return operation == 0 && type == 0x20 ? .nameQuery : .nameService
  }
}
