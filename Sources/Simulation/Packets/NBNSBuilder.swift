/// NetBIOS name service messages (RFC 1002, 4.2).
enum NBNSBuilder {
  static let port: UInt16 = 137
  /// IP length of a node status query: 20 + 8 + 50.
  static let nodeStatusIPLength = 78
  /// UDP length of the same.
  static let nodeStatusUDPLength = 58

  private static let typeNB: UInt16 = 0x20
  private static let typeStatus: UInt16 = 0x21
  private static let classInternet: UInt16 = 1

  /// A wildcard node status query to one address (RFC 1002, 4.2.17): 50 bytes.
  static func nodeStatusQuery(id: UInt16) -> [UInt8] {
    query(id: id, flags: 0, name: wildcard, type: typeStatus)
  }

  /// A name query that is broadcast (RFC 1002, 4.2.12), recursion desired and broadcast flags set.
  static func nameQuery(id: UInt16, name: String, suffix: UInt8) -> [UInt8] {
    query(id: id, flags: 0x0110, name: encoded(name, suffix: suffix, filler: 32), type: typeNB)
  }

  /// A name registration that is broadcast (RFC 1002, 4.2.2).
  static func registration(
    id: UInt16, name: String, suffix: UInt8, isGroup: Bool, address: UInt32
  ) -> [UInt8] {
    var buffer = ByteBuffer(capacity: 68)
    buffer.u16(id)
    buffer.u16(0x2910)
    for count in [1, 0, 0, 1] as [UInt16] { buffer.u16(count) }
    buffer.append(encoded(name, suffix: suffix, filler: 32))
    buffer.u16(typeNB)
    buffer.u16(classInternet)
    buffer.u16(0xc00c)
    buffer.u16(typeNB)
    buffer.u16(classInternet)
    buffer.u32(300_000)
    buffer.u16(6)
    buffer.u16(isGroup ? 0x8000 : 0)
    buffer.u32(address)
    return buffer.bytes
  }

  /// The answer to a name query: one address of a unique name.
  static func nameAnswer(id: UInt16, name: String, suffix: UInt8, address: UInt32) -> [UInt8] {
    var buffer = header(id: id, flags: 0x8500, questions: 0, answers: 1)
    buffer.append(encoded(name, suffix: suffix, filler: 32))
    buffer.u16(typeNB)
    buffer.u16(classInternet)
    buffer.u32(300_000)
    buffer.u16(6)
    buffer.u16(0)
    buffer.u32(address)
    return buffer.bytes
  }

  /// A node status response (RFC 1002, 4.2.18): the station's name as workstation and server, its
  /// workgroup, and the unit's address in the statistics. 157 bytes.
  static func nodeStatusResponse(
    id: UInt16, name: String, workgroup: String, unit: [UInt8]
  ) -> [UInt8] {
    let names: [(String, UInt8, UInt16)] = [
      (name, 0x00, 0x0400), (workgroup, 0x00, 0x8400), (name, 0x20, 0x0400),
    ]
    var data = ByteBuffer()
    data.u8(UInt8(names.count))
    for (text, suffix, flags) in names {
      data.append(padded(text, suffix: suffix, filler: 32))
      data.u16(flags)
    }
    data.append(unit)
    data.append([UInt8](repeating: 0, count: 40))
    var buffer = header(id: id, flags: 0x8400, questions: 0, answers: 1)
    buffer.append(wildcard)
    buffer.u16(typeStatus)
    buffer.u16(classInternet)
    buffer.u32(0)
    buffer.u16(UInt16(data.bytes.count))
    buffer.append(data.bytes)
    return buffer.bytes
  }

  /// First-level encoding (RFC 1001, 14.1): each half byte becomes a letter from `A`.
  static func encoded(_ name: String, suffix: UInt8, filler: UInt8) -> [UInt8] {
    var buffer = ByteBuffer(capacity: 34)
    buffer.u8(32)
    for byte in padded(name, suffix: suffix, filler: filler) {
      buffer.u8(65 + byte >> 4)
      buffer.u8(65 + byte & 15)
    }
    buffer.u8(0)
    return buffer.bytes
  }

  private static var wildcard: [UInt8] { encoded("*", suffix: 0, filler: 0) }

  private static func padded(_ name: String, suffix: UInt8, filler: UInt8) -> [UInt8] {
    let text = Array(name.utf8.prefix(15))
    return text + [UInt8](repeating: filler, count: 15 - text.count) + [suffix]
  }

  private static func header(
    id: UInt16, flags: UInt16, questions: UInt16, answers: UInt16
  ) -> ByteBuffer {
    var buffer = ByteBuffer(capacity: 160)
    buffer.u16(id)
    buffer.u16(flags)
    buffer.u16(questions)
    buffer.u16(answers)
    buffer.u32(0)
    return buffer
  }

  private static func query(id: UInt16, flags: UInt16, name: [UInt8], type: UInt16) -> [UInt8] {
    var buffer = header(id: id, flags: flags, questions: 1, answers: 0)
    buffer.append(name)
    buffer.u16(type)
    buffer.u16(classInternet)
    return buffer.bytes
  }
}
