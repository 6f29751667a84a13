import Observations

extension SocketFormat {
  /// auditd's SYSCALL and SOCKADDR records, joined by their serial number.
  static let auditd = SocketFormat(
    name: "auditd",
    rows: { line in
      AuditSection.serial(line.text) != nil
        && (line.has("type=SYSCALL") || line.has("type=SOCKADDR"))
        ? AuditSection() : nil
    })
}

/// Audit records; the process stands in one, the address in another.
struct AuditSection: SocketSection {
  private var call: SocketEntry?
  private var callSerial: Substring?
  private var isBind = false

  /// `1600000000.123:456` of `msg=audit(…)`.
  static func serial(_ text: String) -> Substring? {
    guard let at = EventGatherer.find("msg=audit(", in: text[...]) else { return nil }
    let serial = text[at.upperBound...].prefix { $0 != ")" }
    return serial.isEmpty || serial.utf8.count > 40 ? nil : serial
  }

  mutating func take(_ line: HostLine, isLast: Bool, into build: inout SocketBuilder)
    -> SectionAnswer
  {
    guard let serial = AuditSection.serial(line.text) else {
      return line.word(0).hasPrefix("----") ? .taken : .refused
    }
    let values = AuditSection.values(line)
    switch values["type"] {
    case "SYSCALL":
      var entry = SocketEntry(transport: .unknown, line: line.number)
      entry.processIdentifier = values["pid"].flatMap { digits($0, as: UInt32.self) }
      entry.processName = values["comm"]
      entry.programPath = values["exe"]
      entry.user = values["uid"]
      let seconds = serial.prefix { $0 != "." && $0 != ":" }
      entry.created = digits(seconds, as: Int64.self).map { Timestamp(seconds: $0) }
      let name = values["SYSCALL"] ?? values["syscall"]
      isBind = name == "bind" || name == "49" && values["arch"] == "c000003e"
      entry.isOutbound = isBind ? nil : true
      call = entry
      callSerial = serial
    case "SOCKADDR":
      guard var entry = call, callSerial == serial, let end = AuditSection.end(values) else {
        return .taken
      }
      if isBind { entry.setEnds(end, nil) } else { entry.setEnds(nil, end) }
      build.note(.auditd, .linux)
      build.table.columns.formUnion([
        .remoteAddress, .remotePort, .processIdentifier, .processName, .programPath, .user,
        .created,
      ])
      build.add(entry)
    default: break
    }
    return .taken
  }

  private static func values(_ line: HostLine) -> [String: String] {
    var values: [String: String] = [:]
    for word in line.words {
      guard let equal = word.text.firstIndex(of: "=") else { continue }
      let key = String(word.text[..<equal])
      let value = word.text[word.text.index(after: equal)...].filter { $0 != "\"" }
      if values[key] == nil { values[key] = value }
    }
    return values
  }

  /// A sockaddr in hexadecimal: the family in the host's order, port and address in the wire's.
  private static func end(_ values: [String: String]) -> SocketEndpoint? {
    guard let text = values["saddr"], text.utf8.count >= 16, text.utf8.count <= 256 else {
      return nil
    }
    var bytes: [UInt64] = []
    var rest = text[...]
    while rest.count >= 2 {
      guard let byte = UInt64(rest.prefix(2), radix: 16) else { return nil }
      bytes.append(byte)
      rest = rest.dropFirst(2)
    }
    func number(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | $1 } }
    let port = UInt16(truncatingIfNeeded: number(2..<4))
    if bytes[0] == 2, bytes[1] == 0 {
      return SocketEndpoint(
        address: Address(ipv4: UInt32(truncatingIfNeeded: number(4..<8))), port: port)
    }
    guard bytes[0] == 10, bytes[1] == 0, bytes.count >= 24 else { return nil }
    return SocketEndpoint(
      address: Address(high: number(8..<16), low: number(16..<24)), port: port)
  }
}
