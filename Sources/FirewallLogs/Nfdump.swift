internal import Observations

/// What nfdump prints of NetFlow records in its formats `line`, `long`, `extended` and `biline`
/// (nfdump(1)): `2009-03-03 06:00:00.338 0.001 UDP 192.0.2.1:3040 -> 192.0.2.2:1434 … 1 404 1`.
///
/// A record is one way of a flow, from its own start on; `<->` holds both. An exporter counts and
/// decides nothing: all are `audited`. Of ICMP type and code stand in place of the second port.
/// Bytes are those of the flow, and no packet's length. Flags are of all packets together, and
/// stated as far as that is sure of one; counts with a unit are rounded, and lower bounds. Times
/// are of the computer that printed them, without a zone. Shortened IPv6 addresses cannot be read.
struct Nfdump: LineFormat {
  static var name: String { "nfdump" }
  /// Any step: records are printed as they were exported, when flows had ended.
  static var orderTolerance: Int64 { .max }
  private var stamps = ISOStamps()

  init() {}

  /// What stands around the records.
  private static let frames: [StaticString] = [
    "Date first seen ", "Date flow start ", "Summary: total flows", "Time window: ",
    "Total flows processed: ", "Sys: ", "No matched flows", "Aggregated flows ", "Top ",
  ]

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    let first = bytes.byte(range.lowerBound)
    guard first &- 48 < 10 else {
      guard "DSTNA".utf8.contains(first) else { return .foreign }
      return Nfdump.frames.contains { bytes.has($0, at: range.lowerBound) }
        && Nfdump.isFrame(bytes, range) ? .other : .foreign
    }
    guard bytes.byte(range.lowerBound + 4) == 0x2d, bytes.byte(range.lowerBound + 10) == 0x20,
      bytes.byte(range.lowerBound + 19) == 0x2e
    else { return .foreign }
    var line = TextCursor(bytes, range)
    let day = line.token()
    let hour = line.token()
    let duration = line.token()
    let proto = line.token()
    let source = line.token()
    let arrow = line.token()
    let destination = line.token()
    let isBoth = bytes.fills("<->", arrow)
    guard isBoth || bytes.fills("->", arrow), !destination.isEmpty,
      bytes.byte(duration.lowerBound) &- 48 < 10
    else { return .foreign }
    guard let time = stamps.read(bytes, day.lowerBound..<hour.upperBound, &log.clock) else {
      return .wrong(.stampMalformed)
    }
    guard let from = Nfdump.split(bytes, source), let to = Nfdump.split(bytes, destination) else {
      return .wrong(.addressMalformed)
    }
    var packet = Observation()
    switch EndpointPair(bytes.plainAddress(from.address), bytes.plainAddress(to.address)) {
    case .wrong(let anomaly): return .wrong(anomaly)
    case .known(let source, let destination):
      packet.source = source.0
      packet.destination = destination.0
    }
    packet.time = time
    packet.action = .audited
    guard let transport = Transport(anyName: bytes, proto) else {
      return .packet(packet, .numberMalformed)
    }
    packet.transport =
      transport == .icmp && !packet.source.isIPv4 ? .icmpv6 : transport
    let problem = packet.setEnds(bytes, from.port, to.port)
    return isBoth
      ? Nfdump.readBoth(bytes, &line, packet, problem, &log)
      : Nfdump.readWay(bytes, &line, packet, problem)
  }

  /// `Top 10 flows ordered by …` begins as many other texts do.
  private static func isFrame(_ bytes: RawSpan, _ range: Range<Int>) -> Bool {
    guard bytes.has("Top ", at: range.lowerBound) else { return true }
    var line = TextCursor(bytes, range.lowerBound + 4..<range.upperBound)
    guard line.digits(1...9) != nil, line.take(0x20), line.word() != nil else { return false }
    return line.take(" ordered by ")
  }

  /// An address and what stands behind its colon, or behind its dot where it has colons itself.
  private static func split(
    _ bytes: RawSpan, _ token: Range<Int>
  ) -> (address: Range<Int>, port: Range<Int>?)? {
    guard token.count <= 64, let colon = bytes.first(0x3a, in: token) else {
      return token.isEmpty ? nil : (token, nil)
    }
    let isIPv6 = bytes.first(0x3a, in: colon + 1..<token.upperBound) != nil
    guard let mark = isIPv6 ? bytes.first(0x2e, in: token) : colon else { return (token, nil) }
    return (token.lowerBound..<mark, mark + 1..<token.upperBound)
  }

  /// Flags and type of service where they stand, then packets.
  private static func readWay(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: Observation, _ problem: Anomaly?
  ) -> LineReading {
    var packet = packet
    var flags: TCPFlags?
    let mark = line.at
    let word = line.token()
    if let found = TCPFlags(printed: bytes, word) {
      flags = found
      _ = line.token()
    } else {
      line.at = mark
    }
    guard let count = takeCount(bytes, &line) else {
      return .packet(packet, problem ?? (line.at >= line.end ? .lineCut : .numberMalformed))
    }
    if count.packets == 0 { return .other }
    count.state(in: &packet)
    if packet.transport == .tcp, let flags {
      packet.tcpFlags = FlowFlags.way(flags, packets: count.packets)
    }
    return .packet(packet, problem)
  }

  /// Packets back, then packets there.
  private static func readBoth(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: Observation, _ problem: Anomaly?,
    _ log: inout LogState
  ) -> LineReading {
    guard let back = takeCount(bytes, &line), let there = takeCount(bytes, &line) else {
      return .packet(packet, problem ?? (line.at >= line.end ? .lineCut : .numberMalformed))
    }
    var packet = packet
    var answer = packet.turned
    if !answer.transport.hasPorts {
      answer.sourcePort = 0
      answer.destinationPort = 0
      answer.marks.remove(.ports)
    }
    there.state(in: &packet)
    back.state(in: &answer)
    switch (there.packets > 0, back.packets > 0) {
    case (true, true): return log.exchange(packet, answer: answer, problem)
    case (true, false): return .packet(packet, problem)
    case (false, true): return .packet(answer, problem)
    case (false, false): return .other
    }
  }

  /// A number and the unit that may stand behind it.
  private static func takeCount(_ bytes: RawSpan, _ line: inout TextCursor) -> FlowCount? {
    let number = line.token()
    let mark = line.at
    let unit = line.token()
    if unit.count == 1, bytes.byte(unit.lowerBound) &- 48 > 9 {
      return FlowCount(bytes, number, unit: bytes.byte(unit.lowerBound))
    }
    line.at = mark
    return FlowCount(bytes, number, unit: 0)
  }
}

extension TCPFlags {
  /// Flags as nfdump prints them, letters at their places and dots for what is not set: `.AP.SF`,
  /// `CEUAPRSF`; or `0x1b`. Nil for anything else.
  init?(printed bytes: RawSpan, _ word: Range<Int>) {
    if word.count == 4, bytes.has("0x", at: word.lowerBound),
      let high = Digits.hexadecimal(bytes.byte(word.lowerBound + 2)),
      let low = Digits.hexadecimal(bytes.byte(word.lowerBound + 3))
    {
      self.init(rawValue: UInt8(high << 4 | low))
      return
    }
    guard word.count == 6 || word.count == 8 else { return nil }
    self.init(rawValue: 0)
    for (i, at) in word.reversed().enumerated() {
      switch bytes.byte(at) {
      case 0x2e: continue
      case "FSRPAUEC".utf8.dropFirst(i).first: insert(TCPFlags(rawValue: 1 << UInt8(i)))
      default: return nil
      }
    }
  }
}
