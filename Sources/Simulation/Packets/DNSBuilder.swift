/// DNS messages (RFC 1035) of the few kinds that scenarios need.
enum DNSBuilder {
  static let port: UInt16 = 53

  /// Response codes (RFC 1035, 4.1.1).
  enum Code: UInt16 {
    case noError = 0
    case serverFailure = 2
    case noSuchName = 3
  }

  private static let typeA: UInt16 = 1
  private static let typeMX: UInt16 = 15
  private static let typePTR: UInt16 = 12
  private static let classInternet: UInt16 = 1
  private static let recursionDesired: UInt16 = 0x0100
  private static let responseBits: UInt16 = 0x8180
  private static let questionName: UInt16 = 0xc00c

  /// A question for a name's address.
  static func addressQuery(id: UInt16, name: String) -> [UInt8] {
    message(id: id, flags: recursionDesired, name: name, type: typeA, answers: [])
  }

  /// The answer to it; no address means no such name.
  static func addressAnswer(
    id: UInt16, name: String, addresses: [UInt32], ttl: UInt32 = 3_600
  ) -> [UInt8] {
    let code: Code = addresses.isEmpty ? .noSuchName : .noError
    return message(
      id: id, flags: responseBits | code.rawValue, name: name, type: typeA,
      answers: addresses.map { address in
        var data = ByteBuffer()
        data.u32(address)
        return record(type: typeA, ttl: ttl, data: data.bytes)
      })
  }

  /// A question for the name of an address.
  static func reverseQuery(id: UInt16, address: UInt32) -> [UInt8] {
    message(
      id: id, flags: recursionDesired, name: reverseName(address), type: typePTR, answers: [])
  }

  /// The answer to it: a name, or a failure without an answer record.
  static func reverseAnswer(id: UInt16, address: UInt32, name: String?, code: Code) -> [UInt8] {
    message(
      id: id, flags: responseBits | code.rawValue, name: reverseName(address), type: typePTR,
      answers: name.map { [record(type: typePTR, ttl: 86_400, data: encoded($0))] } ?? [])
  }

  /// A question for a domain's mail servers.
  static func mailQuery(id: UInt16, domain: String) -> [UInt8] {
    message(id: id, flags: recursionDesired, name: domain, type: typeMX, answers: [])
  }

  /// The answer to it: one server of preference 10 (RFC 1035, 3.3.9).
  static func mailAnswer(id: UInt16, domain: String, server: String) -> [UInt8] {
    message(
      id: id, flags: responseBits, name: domain, type: typeMX,
      answers: [record(type: typeMX, ttl: 3_600, data: [0, 10] + encoded(server))])
  }

  /// `4.3.2.1.in-addr.arpa` for 1.2.3.4 (RFC 1035, 3.5).
  static func reverseName(_ address: UInt32) -> String {
    "\(address & 255).\(address >> 8 & 255).\(address >> 16 & 255).\(address >> 24).in-addr.arpa"
  }

  /// Labels with their lengths; a label is cut at 63 bytes, which no name here reaches.
  static func encoded(_ name: String) -> [UInt8] {
    var buffer = ByteBuffer()
    for label in name.utf8.split(separator: UInt8(ascii: ".")) {
      let kept = label.prefix(63)
      buffer.u8(UInt8(kept.count))
      buffer.append(Array(kept))
    }
    buffer.u8(0)
    return buffer.bytes
  }

  private static func message(
    id: UInt16, flags: UInt16, name: String, type: UInt16, answers: [[UInt8]]
  ) -> [UInt8] {
    var buffer = ByteBuffer(capacity: 128)
    buffer.u16(id)
    buffer.u16(flags)
    buffer.u16(1)
    buffer.u16(UInt16(answers.count))
    buffer.u32(0)
    buffer.append(encoded(name))
    buffer.u16(type)
    buffer.u16(classInternet)
    for answer in answers { buffer.append(answer) }
    return buffer.bytes
  }

  private static func record(type: UInt16, ttl: UInt32, data: [UInt8]) -> [UInt8] {
    var buffer = ByteBuffer(capacity: 12 + data.count)
    buffer.u16(questionName)
    buffer.u16(type)
    buffer.u16(classInternet)
    buffer.u32(ttl)
    buffer.u16(UInt16(data.count))
    buffer.append(data)
    return buffer.bytes
  }
}
