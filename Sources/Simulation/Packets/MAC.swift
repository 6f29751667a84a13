/// A 48-bit Ethernet address.
struct MAC: Equatable {
  var bytes: [UInt8]

  static let broadcast = MAC(bytes: [255, 255, 255, 255, 255, 255])
  static let zero = MAC(bytes: [0, 0, 0, 0, 0, 0])

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// The address of a made station: locally administered (IEEE 802), so it is no vendor's, with the
  /// IPv4 address in its last four bytes.
  init(station address: UInt32) {
    var buffer = ByteBuffer()
    buffer.u16(0x0200)
    buffer.u32(address)
    bytes = buffer.bytes
  }

  /// The group address of an IPv4 multicast address (RFC 1112, 6.4).
  init(multicast address: UInt32) {
    var buffer = ByteBuffer()
    buffer.u16(0x0100)
    buffer.u32(0x5e00_0000 | address & 0x7f_ffff)
    bytes = buffer.bytes
  }

  /// Six pairs of hexadecimal digits with colons.
  var text: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
  }
}
