/// The one message of file sharing that tells what somebody is after (MS-CIFS).
enum SMBBuilder {
  /// A request for a share of the server's (MS-CIFS, 2.2.4.55: tree connect), in a NetBIOS session
  /// message (RFC 1002, 4.3.1).
  static func treeConnect(to server: Endpoint, _ share: String) -> [UInt8] {
    let path = Array("\\\\\(dotted(server.address))\\\(share)".utf8) + [0]
    let service = Array("?????".utf8) + [0]
    var message = ByteBuffer(capacity: 80)
    message.append([0xff, 0x53, 0x4d, 0x42, 0x75])
    message.append([UInt8](repeating: 0, count: 27))
    message.u8(4)
    message.append([0xff, 0])
    for word in [0, 0, 1] as [UInt16] { message.u16LittleEndian(word) }
    message.u16LittleEndian(UInt16(1 + path.count + service.count))
    message.append([0] + path + service)
    var session = ByteBuffer(capacity: 4 + message.bytes.count)
    session.u32(UInt32(message.bytes.count))
    session.append(message.bytes)
    return session.bytes
  }
}
