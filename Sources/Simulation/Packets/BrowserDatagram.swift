/// The announcement of a Windows host to its workgroup: a NetBIOS datagram (RFC 1002, 4.4.2) with
/// an SMB mailslot message to `\MAILSLOT\BROWSE` inside (MS-BRWS).
enum BrowserDatagram {
  static let port: UInt16 = 138

  /// The UDP payload.
  static func announcement(id: UInt16, source: UInt32, name: String, workgroup: String) -> [UInt8] {
    let message = mailslot(name: name)
    var buffer = ByteBuffer(capacity: 220)
    buffer.u8(0x11)
    buffer.u8(0x02)
    buffer.u16(id)
    buffer.u32(source)
    buffer.u16(port)
    buffer.u16(UInt16(68 + message.count))
    buffer.u16(0)
    buffer.append(NBNSBuilder.encoded(name, suffix: 0x20, filler: 32))
    buffer.append(NBNSBuilder.encoded(workgroup, suffix: 0x1d, filler: 32))
    buffer.append(message)
    return buffer.bytes
  }

  private static func mailslot(name: String) -> [UInt8] {
    let slot = "\\MAILSLOT\\BROWSE"
    let host = Array(name.utf8.prefix(15))
    var data = ByteBuffer()
    data.u8(1)
    data.u8(0)
    data.u32LittleEndian(720_000)
    data.append(host + [UInt8](repeating: 0, count: 16 - host.count))
    data.append([5, 0])
    data.u32LittleEndian(0x0001_1003)
    data.append([0x0f, 0x01, 0x55, 0xaa, 0])
    var smb = ByteBuffer()
    smb.append([0xff, 0x53, 0x4d, 0x42, 0x25])
    smb.append([UInt8](repeating: 0, count: 27))
    smb.u8(17)
    smb.u16LittleEndian(0)
    smb.u16LittleEndian(UInt16(data.bytes.count))
    smb.append([UInt8](repeating: 0, count: 16))
    smb.u16LittleEndian(UInt16(data.bytes.count))
    smb.u16LittleEndian(UInt16(70 + slot.utf8.count))
    smb.append([3, 0, 1, 0, 0, 0, 2, 0])
    smb.u16LittleEndian(UInt16(slot.utf8.count + 1 + data.bytes.count))
    smb.append(slot)
    smb.u8(0)
    smb.append(data.bytes)
    return smb.bytes
  }
}
