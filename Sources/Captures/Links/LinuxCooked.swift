import Observations

extension LinkFormat {
  static let linuxCooked = LinkFormat(numbers: [113]) {
    decoder, frame, extent throws(LengthError) in
    let view = try LinuxSLLView(frame, within: extent)
    if view.packetType == 1 { decoder.observation.marks.insert(.broadcast) }
    return try decoder.cooked(
      view.etherType, device: view.deviceType, frame, 16, extent.behind(16))
  }
  static let linuxCooked2 = LinkFormat(numbers: [276]) {
    decoder, frame, extent throws(LengthError) in
    let view = try LinuxSLL2View(frame, within: extent)
    if view.packetType == 1 { decoder.observation.marks.insert(.broadcast) }
    return try decoder.cooked(
      view.etherType, device: view.deviceType, frame, 20, extent.behind(20))
  }
}

extension PacketDecoder {
  /// Linux gives the EtherType, or a number of its own: 4 is an 802.2 header. Of some devices
  /// (`ARPHRD_…`) the frame's own header follows, whatever the number.
  fileprivate mutating func cooked(
    _ type: UInt16, device: UInt16, _ frame: RawSpan, _ header: Int, _ extent: Extent
  ) throws(LengthError) -> NetworkStart {
    switch (device, type) {
    case (801, _): return try wireless(frame, header, extent)
    case (803, _): return try radiotap(frame, header, extent)
    case (824, _): return NetworkStart(0, header, extent)  // netlink: a family, no EtherType
    case (_, 4): return try logicalLink(frame, header, extent)
    case (_, 7): return try pointToPoint(frame, header, extent)
    default: return NetworkStart(type, header, extent)
    }
  }
}

/// The header of Linux "cooked" captures, link type 113. If the initialiser returned, no accessor can fail.
public struct LinuxSLLView: ~Escapable {
  /// Packet type, device type, address length, address, protocol.
  public static let minimumLength = 16
  let bytes: RawSpan

  /// Checks the header.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, within extent: Extent) throws(LengthError) {
    try LengthError.check(.linuxSLL, needed: 16, bytes: bytes, extent: extent)
    self.bytes = bytes
  }

  /// 0 to us, 1 broadcast, 2 multicast, 3 to someone else, 4 sent by us.
  public var packetType: UInt16 { bytes.u16(0) }
  /// Linux's number of the device's kind (`ARPHRD_…`).
  public var deviceType: UInt16 { bytes.u16(2) }
  /// The EtherType; values under 0x0600 are Linux's own.
  public var etherType: UInt16 { bytes.u16(14) }
}

/// The header of Linux "cooked" captures of the second kind, link type 276. If the initialiser
/// returned, no accessor can fail.
public struct LinuxSLL2View: ~Escapable {
  /// Protocol, interface, device type, packet type, address.
  public static let minimumLength = 20
  let bytes: RawSpan

  /// Checks the header.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, within extent: Extent) throws(LengthError) {
    try LengthError.check(.linuxSLL2, needed: 20, bytes: bytes, extent: extent)
    self.bytes = bytes
  }

  /// Linux's number of the device's kind (`ARPHRD_…`).
  public var deviceType: UInt16 { bytes.u16(8) }
  /// 0 to us, 1 broadcast, 2 multicast, 3 to someone else, 4 sent by us.
  public var packetType: UInt8 { bytes.u8(10) }
  /// The EtherType; values under 0x0600 are Linux's own.
  public var etherType: UInt16 { bytes.u16(0) }
}
