/// A NetBIOS datagram (RFC 1002, 4.4). If the initialiser returned, no accessor can fail.
public struct NetbiosDatagramView: ~Escapable {
  /// The header that all kinds share.
  public static let minimumLength = 10
  let bytes: RawSpan

  /// Why it is no NetBIOS datagram.
  public enum Failure: Error, Hashable, Sendable {
    /// Header or name end too early.
    case length(LengthError)
    /// Not a kind that there is, or a name that is not first-level encoded (RFC 1001, 14.1).
    case malformed
  }

  /// Checks the header and the first name behind it.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, within extent: Extent) throws(Failure) {
    // Datagrams name their source behind their length and offset; queries name their destination.
    var name: Int?
    do {
      try LengthError.check(.netbiosDatagram, needed: 10, bytes: bytes, extent: extent)
      switch bytes.u8(0) {
      case 0x10...0x12: name = 14
      case 0x13: name = nil
      case 0x14...0x16: name = 10
      default: throw Failure.malformed
      }
      let needed = name.map { $0 + 33 } ?? 11
      try LengthError.check(
        .netbiosDatagram, needed: needed, offset: 10, bytes: bytes, extent: extent)
    } catch let error as LengthError {
      throw .length(error)
    } catch { throw .malformed }
    guard bytes.u8(1) & 0xf0 == 0 else { throw .malformed }
    if let name {
      guard bytes.u8(name) == 32 else { throw .malformed }
      for i in name + 1...name + 32 where bytes.u8(i) < 65 || bytes.u8(i) > 80 {
        throw .malformed
      }
    }
    self.bytes = bytes
  }

  /// 0x10 to one name, 0x11 to a group, 0x12 to all; 0x13 an error; 0x14 to 0x16 a query and its answers.
  public var kind: UInt8 { bytes.u8(0) }
  /// The sender's number of the datagram.
  public var id: UInt16 { bytes.u16(2) }
  /// The sender's name; nil of errors and queries.
  var sourceName: NetbiosName? { kind <= 0x12 ? NetbiosName(bytes, at: 14) : nil }
  /// Whom it is for; nil where that is not there.
  var destinationName: NetbiosName? { kind <= 0x12 ? NetbiosName(bytes, at: 48) : nil }
}

/// A DHCP packet (RFC 2131). If the initialiser returned, no accessor can fail.
public struct DHCPView: ~Escapable {
  /// The fields of BOOTP and the magic cookie.
  public static let minimumLength = 240
  let bytes: RawSpan
  /// The message type (RFC 2132, 9.6): 1 discover, 2 offer, 3 request, 5 acknowledgement, 8 inform …;
  /// 0 where no such option was captured.
  public let messageType: UInt8
  /// The address that a client asks for (RFC 2132, 9.1), or that it says it has; 0 where it says none.
  public let wanted: UInt32
  /// The client's name and vendor class (RFC 2132, 3.14 and 9.13); empty where there are none.
  let hostName: Range<Int>, vendorClass: Range<Int>
  /// Whether the options end before the packet does, or where it does.
  public let areOptionsWhole: Bool

  /// Why it is no DHCP packet.
  public enum Failure: Error, Hashable, Sendable {
    /// It ends too early.
    case length(LengthError)
    /// Neither request nor reply, or another cookie than RFC 2131's.
    case malformed
  }

  /// Checks operation and cookie, and looks through the options.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, within extent: Extent) throws(Failure) {
    do {
      try LengthError.check(.dhcp, needed: 240, bytes: bytes, extent: extent)
    } catch { throw .length(error) }
    guard bytes.u8(0) == 1 || bytes.u8(0) == 2, bytes.u32(236) == 0x6382_5363 else {
      throw .malformed
    }
    var found: UInt8 = 0
    var at = 240
    var isWhole = true
    var asked = bytes.u32(12)
    var (name, vendor) = (0..<0, 0..<0)
    while at < bytes.byteCount, bytes.u8(at) != 255 {
      if bytes.u8(at) == 0 {
        at += 1
        continue
      }
      guard bytes.byteCount - at >= 2, bytes.byteCount - at - 2 >= Int(bytes.u8(at + 1)) else {
        isWhole = false
        break
      }
      let data = at + 2..<at + 2 + Int(bytes.u8(at + 1))
      switch bytes.u8(at) {
      case 12: name = data
      case 50 where data.count == 4: asked = bytes.u32(at + 2)
      case 53 where data.count == 1: found = bytes.u8(at + 2)
      case 60: vendor = data
      default: break
      }
      at = data.upperBound
    }
    self.bytes = bytes
    messageType = found
    (wanted, hostName, vendorClass) = (asked, name, vendor)
    areOptionsWhole = isWhole
  }
}
