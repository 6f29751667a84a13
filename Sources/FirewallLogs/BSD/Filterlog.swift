internal import Observations

/// Packets that pfSense and OPNsense log, values with commas between: `filterlog: RULE,SUBRULE,
/// ANCHOR,TRACKER,IF,REASON,ACTION,in|out,4|6,` and then by version, transport and kind of message.
///
/// IPv4: `TOS,ECN,TTL,ID,OFFSET,FLAGS,PROTO,NAME,LENGTH,S,D`. IPv6: `CLASS,FLOW,LIMIT,NAME,PROTO,
/// LENGTH,S,D`, where the length is that of the payload. TCP and UDP go on with ports, of TCP with
/// flags as letters; ICMP with the kind of message as a word, which often leaves the code open.
/// `in` and `out` are ways through an interface, and do not say for whom a packet was. Carried by
/// RFC 3164, with or without a host's name, and RFC 5424 (Netgate's "Raw Filter Log Format").
struct Filterlog: LineFormat {
  static var name: String { "filterlog" }
  private static let headerIPv6 = 40

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    let text = log.syslog(bytes, range)
    var cells = text.message
    if !bytes.ends(text.program, with: "filterlog") {
      // Without a host's name the program stands in its place: `filterlog[123]:`.
      guard bytes.has("filterlog", at: text.host.lowerBound), !text.host.isEmpty,
        bytes.byte(text.host.upperBound - 1) == 0x3a
      else { return .foreign }
      log.hostWord = 0
      cells = text.rest
    }
    var line = TextCursor(bytes, cells)
    for _ in 0..<6 { _ = line.cell() }
    var packet = Observation()
    guard let action = Filterlog.action(bytes, line.cell()) else { return .other }
    packet.action = action
    let way = line.cell()
    guard bytes.fills("in", way) || bytes.fills("out", way) else { return .wrong(.lineCut) }
    let version = line.cell()
    let isIPv4 = bytes.fills("4", version)
    guard isIPv4 || bytes.fills("6", version) else { return .wrong(.lineCut) }
    let problem =
      isIPv4
      ? Filterlog.takeIPv4(bytes, &line, &packet) : Filterlog.takeIPv6(bytes, &line, &packet)
    if packet.transport.rawValue == 0, packet.length == 0, problem != nil {
      return .wrong(.lineCut)
    }
    if let broken = packet.takeEnds(
      Filterlog.end(bytes, line.cell()), Filterlog.end(bytes, line.cell()))
    {
      return .wrong(broken)
    }
    if isIPv4 { Filterlog.checkIdentification(&packet) }
    let rest = Filterlog.takeTransport(bytes, &line, &packet)
    let stamped = packet.take(text.stamp)
    return .packet(packet, stamped ?? problem ?? rest)
  }

  private static func end(_ bytes: RawSpan, _ cell: Range<Int>) -> Endpoint {
    Endpoint(bytes, Endpoint.unscoped(bytes, cell), port: nil)
  }

  private static let actions: [(word: StaticString, action: Action)] = [
    ("block", .blocked), ("pass", .allowed), ("reject", .blocked), ("match", .audited),
    ("nat", .unknown), ("rdr", .unknown), ("binat", .unknown), ("scrub", .unknown),
  ]

  /// nil for what is none.
  private static func action(_ bytes: RawSpan, _ cell: Range<Int>) -> Action? {
    for (name, action) in actions where bytes.fills(name, cell) { return action }
    return nil
  }

  /// From the type of service to the length.
  private static func takeIPv4(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> Anomaly? {
    _ = line.cell()  // type of service
    _ = line.cell()  // congestion
    let timeToLive = bytes.decimal(line.cell())
    let identification = bytes.decimal(line.cell())
    let offset = bytes.decimal(line.cell())
    let flags = line.cell()
    let transport = bytes.decimal(line.cell())
    _ = line.cell()  // its name
    let length = bytes.decimal(line.cell())
    packet.takeFragment(at: offset ?? 0, hasMore: bytes.first(0x2b, in: flags) != nil)
    if let timeToLive, timeToLive <= 255 { packet.timeToLive = UInt8(timeToLive) }
    if let identification, identification <= 0xffff {
      packet.identification = UInt16(identification)
      packet.marks.insert(.identification)
    }
    if let length, length <= 0xffff { packet.length = UInt32(length) }
    guard let transport, transport < 255 else { return .numberMalformed }
    packet.transport = Transport(rawValue: UInt8(transport))
    let isSpoiled = timeToLive == nil || identification == nil || offset == nil || length == nil
    return isSpoiled ? .numberMalformed : nil
  }

  /// From the class to the length.
  private static func takeIPv6(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> Anomaly? {
    _ = line.cell()  // class
    _ = line.cell()  // flow label
    let hopLimit = bytes.decimal(line.cell())
    _ = line.cell()  // the transport's name
    let transport = bytes.decimal(line.cell())
    let length = bytes.decimal(line.cell())
    if let hopLimit, hopLimit <= 255 { packet.timeToLive = UInt8(hopLimit) }
    if let length, length <= 0xffff { packet.length = UInt32(length + headerIPv6) }
    guard let transport, transport < 255 else { return .numberMalformed }
    // Number 0 is a header of options: what follows it is not said.
    packet.transport = Transport(rawValue: UInt8(transport))
    return hopLimit == nil || length == nil ? .numberMalformed : nil
  }

  /// An IPv4 cell with an IPv6 address in it: the line contradicts itself.
  private static func checkIdentification(_ packet: inout Observation) {
    if !packet.source.isIPv4, !packet.source.isVeiled {
      packet.marks.remove(.identification)
      packet.identification = 0
    }
  }

  private static func takeTransport(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> Anomaly? {
    if packet.marks.contains(.laterFragment) { return nil }
    switch packet.transport {
    case .tcp, .udp:
      let first = line.cell()
      let second = line.cell()
      guard let from = bytes.port(first), let to = bytes.port(second) else {
        // What filterlog could not decode itself: `errormsg='…'`.
        if bytes.has("errormsg", at: first.lowerBound) { return nil }
        return second.isEmpty ? .lineCut : .numberMalformed
      }
      packet.setPorts(from, to)
      _ = line.cell()  // bytes of data
      if packet.transport == .tcp { packet.tcpFlags = TCPFlags(pf: bytes, line.cell()) }
    case .icmp:
      let word = line.cell()
      guard !word.isEmpty else { return .lineCut }
      if let (type, code) = kind(bytes, word) { packet.takeICMP(type, code: code) }
    default: break
    }
    return nil
  }

  private static let kinds: [(word: StaticString, type: UInt16, code: UInt16?)] = [
    ("request", 8, 0), ("reply", 0, 0), ("unreachproto", 3, 2), ("unreachport", 3, 3),
    ("needfrag", 3, 4), ("unreach", 3, nil), ("redirect", 5, nil), ("timexceed", 11, nil),
    ("timeexceed", 11, nil), ("paramprob", 12, nil), ("tstamp", 13, 0), ("tstampreply", 14, 0),
    ("maskreply", 18, 0),
  ]

  /// Type, and code where the word tells it.
  private static func kind(
    _ bytes: RawSpan, _ word: Range<Int>
  ) -> (type: UInt16, code: UInt16?)? {
    for (name, type, code) in kinds where bytes.fills(name, word) { return (type, code) }
    let number = word.lowerBound + 6..<max(word.upperBound, word.lowerBound + 6)
    guard bytes.has("type-#", at: word.lowerBound), let type = bytes.port(number), type <= 255
    else { return nil }
    return (type, nil)
  }
}

extension TCPFlags {
  /// Flags as pf's tools write them: `S`, `SA`, `FP.`, where `.` is an acknowledgement, `E` and `W`
  /// stand for congestion (RFC 3168).
  init(pf bytes: RawSpan, _ range: Range<Int>) {
    self.init(letters: bytes, range)
    for at in range {
      if bytes.byte(at) == 0x2e { insert(.ack) }
      if bytes.byte(at) == UInt8(ascii: "W") { insert(.cwr) }
    }
  }
}
