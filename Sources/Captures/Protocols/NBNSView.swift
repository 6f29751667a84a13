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

  /// Where the first name's type stands.
  let typeAt: Int

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
    typeAt = end
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

  /// Whether it is a response that nobody has the name, or that something is wrong.
  var isRefusal: Bool { bytes.u8(3) & 15 != 0 }

  /// The table of names in a node status response, or the addresses that an answer or a registration gives
  /// a name.
  func tellNames(_ teller: inout ContentTeller) {
    guard bytes.u8(3) & 15 == 0 else { return }
    if isResponse {
      // Type, class, time to live, then the data's length.
      guard bytes.u16(4) == 0, bytes.byteCount - typeAt >= 10 else { return }
      let data = typeAt + 10
      let end = min(bytes.byteCount, data + Int(bytes.u16(typeAt + 8)))
      type == 0x21 ? tellTable(data, end, &teller) : tellAddresses(data, end, &teller)
    } else if operation >= 5, bytes.u16(10) == 1 {
      // The record behind the question points back to its name.
      let record = typeAt + 4
      guard bytes.byteCount - record >= 12, bytes.u16(record) == 0xc00c,
        bytes.u16(record + 2) == 0x20
      else { return }
      let data = record + 12
      tellAddresses(data, min(bytes.byteCount, data + Int(bytes.u16(record + 10))), &teller)
    }
  }

  private func tellTable(_ data: Int, _ end: Int, _ teller: inout ContentTeller) {
    guard end > data else { return }
    let count = Int(bytes.u8(data))
    var at = data + 1
    for _ in 0..<count {
      guard end - at >= 18 else { return }
      var length = 15
      while length > 0, bytes.u8(at + length - 1) == 0x20 || bytes.u8(at + length - 1) == 0 {
        length -= 1
      }
      let isGroup = bytes.u8(at + 16) & 0x80 != 0
      // 01 02 __MSBROWSE__ 02 is everybody's.
      if length > 0, bytes.u8(at) >= 0x20 {
        teller.tell(
          isGroup ? .netbiosGroup : .netbiosName, of: teller.source,
          bytes.extracting(at..<at + length), extra: bytes.u8(at + 15))
      }
      at += 18
    }
    guard end - at >= 6 else { return }
    teller.tell(.netbiosHardware, of: teller.source, bytes.extracting(at..<at + 6))
  }

  private func tellAddresses(_ data: Int, _ end: Int, _ teller: inout ContentTeller) {
    guard type == 0x20, let name = NetbiosName(bytes, at: 12), !name.isWildcard else { return }
    var at = data
    for _ in 0..<25 {
      guard end - at >= 6 else { return }
      let address = Address(ipv4: bytes.u32(at + 2))
      // A group's members are not told apart by an answer for the group.
      if bytes.u8(at) & 0x80 == 0, !address.isUnspecified {
        name.tell(.netbiosName, of: address, &teller)
      }
      at += 6
    }
  }
}
