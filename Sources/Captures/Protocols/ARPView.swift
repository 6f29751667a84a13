public import Observations

/// ARP for IPv4 (RFC 826). If the initialiser returned, no accessor can fail.
public struct ARPView: ~Escapable {
  /// The fixed part, before the addresses.
  public static let minimumLength = 8
  let bytes: RawSpan
  let hardware: Int

  /// Checks the fixed part, the address lengths (6 for Ethernet, 1 to 32 for others, 4 for IPv4) and the
  /// addresses.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, within extent: Extent) throws(LengthError) {
    try LengthError.check(.arp, needed: 8, bytes: bytes, extent: extent)
    let hardware = Int(bytes.u8(4))
    let type = bytes.u16(0)
    let plausible = type == 1 || type == 6 ? hardware == 6 : (1...32).contains(hardware)
    guard plausible, bytes.u16(2) == 0x0800, bytes.u8(5) == 4 else {
      throw LengthError(
        layer: .arp, offset: 4, needed: 8 + 2 * (hardware + 4), available: extent.claimed,
        limitedBy: .arpAddressLengths)
    }
    try LengthError.check(
      .arp, needed: 8 + 2 * (hardware + 4), offset: 8, bytes: bytes, extent: extent)
    self.bytes = bytes
    self.hardware = hardware
  }

  /// 1 request, 2 reply.
  public var operation: UInt16 { bytes.u16(6) }
  /// The sender's protocol address.
  public var sender: Address { Address(ipv4: bytes.u32(8 + hardware)) }
  /// The target's protocol address.
  public var target: Address { Address(ipv4: bytes.u32(8 + 2 * hardware + 4)) }
  /// The sender's hardware address in the low 48 bits; 0 where it is not six bytes long.
  public var senderHardware: UInt64 {
    hardware == 6 ? UInt64(bytes.u32(8)) << 16 | UInt64(bytes.u16(12)) : 0
  }
}
