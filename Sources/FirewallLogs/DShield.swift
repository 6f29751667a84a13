internal import Observations

/// Lines as DShield takes them: date, time and zone, user, count, source, source port, target,
/// target port, protocol and TCP flags, with tabs between.
///
/// ICMP has type and code in place of ports. A port that the sender did not know is `???`, `-` or
/// nothing. Flags are letters (`SA`, `12UAPRSF`) or names with commas between (`SYN,ACK`). What
/// was done with the packets is not said: most senders report what they blocked, but not all.
struct DShield: LineFormat {
  static var name: String { "dshield" }
  /// Any step: clients add up equal lines and send them in any order.
  static var orderTolerance: Int64 { .max }

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    var line = TextCursor(bytes, range)
    let stamp = line.tabbed()
    guard stamp.count >= 10, bytes.byte(stamp.lowerBound + 4) == 0x2d,
      bytes.byte(stamp.upperBound) == 0x09
    else { return .foreign }
    let user = line.tabbed()
    let count = line.tabbed()
    let source = line.tabbed()
    let sourcePort = line.tabbed()
    let target = line.tabbed()
    let targetPort = line.tabbed()
    let proto = line.tabbed()
    let flags = line.tabbed()
    guard !target.isEmpty, user.count <= 64 else { return .foreign }
    guard let time = instant(bytes, stamp, &log.clock) else { return .wrong(.stampMalformed) }
    let ends = EndpointPair(
      Endpoint(bytes, source, takesPort: false), Endpoint(bytes, target, takesPort: false))
    guard case .known(let from, let to) = ends else {
      if case .wrong(let anomaly) = ends { return .wrong(anomaly) }
      return .other
    }
    var packet = Observation()
    packet.time = time
    packet.source = from.0
    packet.destination = to.0
    var problem: Anomaly?
    if let count = bytes.decimal(count), count > 0 {
      packet.setPackets(UInt32(clamping: count))
    } else {
      problem = .numberMalformed
    }
    guard let transport = Transport(bytes, proto) else {
      return .packet(packet, proto.isEmpty ? .lineCut : .numberMalformed)
    }
    packet.transport = transport
    switch (DShield.port(bytes, sourcePort), DShield.port(bytes, targetPort)) {
    case (.number(let first), .number(let second)): packet.setPorts(first, second)
    case (.spoiled, _), (_, .spoiled): problem = .numberMalformed
    // The port aimed at, without `Marks.ports`: the other one is not known.
    case (_, .number(let second)): packet.destinationPort = second
    default: break
    }
    if transport == .tcp { packet.tcpFlags = DShield.flags(bytes, flags) }
    return .packet(packet, problem)
  }

  private func instant(
    _ bytes: RawSpan, _ cell: Range<Int>, _ clock: inout StampClock
  ) -> Int64? {
    var line = TextCursor(bytes, cell)
    guard let date = line.date(), line.take(0x20), let second = line.timeOfDay() else { return nil }
    var zone: Int64?
    if line.take(0x20) {
      guard let stated = line.zone() else { return nil }
      zone = stated
      clock.state(stated)
    }
    return clock.instant(date.year, date.month, date.day, secondOfDay: second, stated: zone)
  }

  private enum Port {
    case number(UInt16)
    case unknown
    case spoiled
  }

  private static func port(_ bytes: RawSpan, _ cell: Range<Int>) -> Port {
    if let port = bytes.port(cell) { return .number(port) }
    let isUnknown = cell.allSatisfy { bytes.byte($0) == 0x3f || bytes.byte($0) == 0x2d }
    return isUnknown ? .unknown : .spoiled
  }

  private static func flags(_ bytes: RawSpan, _ cell: Range<Int>) -> TCPFlags {
    var isNamed = false
    var flags = TCPFlags(rawValue: 0)
    var line = TextCursor(bytes, cell)
    while line.at < line.end {
      let name = line.cell()
      guard name.count == 3 else { continue }
      // The first letter of each name is the flag's own letter.
      switch bytes.word4(name.lowerBound) & 0x00ff_ffff {
      case 0x4e_5953, 0x4b_4341, 0x54_5352, 0x4e_4946, 0x48_5350, 0x47_5255, 0x45_4345, 0x52_5743:
        isNamed = true
        flags.formUnion(TCPFlags(letters: bytes, name.lowerBound..<name.lowerBound + 1))
      default: break
      }
    }
    return isNamed ? flags : TCPFlags(letters: bytes, cell)
  }
}

extension TextCursor {
  /// Takes what stands before the next tab or the end, and the tab.
  @_lifetime(self: copy self)
  mutating func tabbed() -> Range<Int> {
    let from = at
    let tab = find(0x09)
    at = tab.map { $0 + 1 } ?? end
    return from..<(tab ?? end)
  }
}
