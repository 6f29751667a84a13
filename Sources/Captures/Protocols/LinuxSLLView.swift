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
  /// The EtherType; values under 0x0600 are Linux's own.
  public var etherType: UInt16 { bytes.u16(14) }
}
