internal import Observations

/// Alerts of Snort and Suricata that syslog carries, one a line: `snort[123]: [1:469:3] text
/// [Classification: …] [Priority: 2]: {ICMP} S -> D`, and Snort 1's `snort: text: S:p -> D:q`.
///
/// `[Drop]` stands before an alert whose packet was stopped. Snort 1 names no protocol, so that only
/// the ends are known. Its portscan lines count connections of a source and name no target. What the
/// alert says is not read: it is a stranger's text about any content.
struct SnortSyslog: LineFormat {
  static var name: String { "snort-syslog" }

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    let text = log.syslog(bytes, range)
    guard text.stamp.quality == .good, !text.program.isEmpty else { return .foreign }
    var line = TextCursor(bytes, text.message)
    var packet = Observation()
    let isDropped = line.take("[Drop] ") || line.take("[wDrop] ")
    packet.action = isDropped ? .blocked : .audited
    let isNumbered =
      line.take(0x5b) && line.digits(1...10) != nil && line.take(0x3a)
      && line.digits(1...10) != nil && line.take(0x3a) && line.digits(1...10) != nil
      && line.take("] ")
    if isNumbered {
      guard let open = bytes.last(0x7b, in: line.at..<line.end) else { return .wrong(.lineCut) }
      line.at = open + 1
      return SnortSyslog.stamped(SnortFast.takeEnds(bytes, &line, &packet), text.stamp)
    }
    guard bytes.fills("snort", text.program) else { return .foreign }
    return SnortSyslog.stamped(SnortSyslog.old(bytes, text.message, &packet), text.stamp)
  }

  /// `text: S:p -> D:q`, or what Snort says of itself.
  private static func old(
    _ bytes: RawSpan, _ message: Range<Int>, _ packet: inout Observation
  ) -> LineReading {
    guard let arrow = bytes.lastPlace(of: " -> ", in: message),
      let blank = bytes.last(0x20, in: message.lowerBound..<arrow),
      blank > message.lowerBound, bytes.byte(blank - 1) == 0x3a
    else { return .other }
    var line = TextCursor(bytes, arrow + 4..<message.upperBound)
    let source = Endpoint(bytes, blank + 1..<arrow)
    switch EndpointPair(source, Endpoint(bytes, line.token())) {
    case .wrong(let anomaly): return .wrong(anomaly)
    case .known(let from, let to):
      packet.source = from.0
      packet.destination = to.0
      if let first = from.1, let second = to.1 { packet.setPorts(first, second) }
      return .packet(packet, nil)
    }
  }

  private static func stamped(_ reading: LineReading, _ stamp: LineStamp) -> LineReading {
    guard case .packet(var packet, let anomaly) = reading else { return reading }
    let problem = packet.take(stamp)
    return .packet(packet, anomaly ?? problem)
  }
}
