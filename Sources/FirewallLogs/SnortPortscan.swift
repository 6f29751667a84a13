internal import Observations

/// `portscan.log` of Snort 1: `Mar  3 12:00:00 S:p -> D:p SYN ******S*`, or `… UDP`, behind the
/// stamps that `StampClock` names.
///
/// The word behind the ends is `UDP` or a kind of TCP probe (`SYN`, `FIN`, `NULL`, `XMAS`, `VECNA`
/// …); the flags in eight letters (`12UAPRSF`) say exactly what was set. Of a probe without them
/// only `SYN` and `FIN` are sure.
struct SnortPortscan: LineFormat {
  static var name: String { "snort-portscan" }

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    let stamp = log.syslog(bytes, range).stamp
    // It names no host: the word there is the sender's address.
    log.hostWord = 0
    guard stamp.quality == .good || stamp.quality == .malformed else { return .foreign }
    var line = TextCursor(bytes, min(stamp.end, range.upperBound)..<range.upperBound)
    // The end of a time that cannot be read is not known either.
    if stamp.quality == .malformed { line.at = SnortPortscan.behindTime(bytes, range) }
    guard line.take(0x20), let ends = line.arrow(bytes, takesPort: true) else {
      return .foreign
    }
    switch ends {
    case .wrong(let anomaly): return .wrong(anomaly)
    case .known(let source, let destination):
      var packet = Observation()
      packet.source = source.0
      packet.destination = destination.0
      packet.action = .audited
      let isNamed = SnortPortscan.takeKind(bytes, &line, &packet)
      if isNamed, let from = source.1, let to = destination.1 { packet.setPorts(from, to) }
      let problem = packet.take(stamp)
      return .packet(packet, problem ?? (isNamed && source.1 != nil ? nil : .lineCut))
    }
  }

  /// The blank before the sender: the last one before ` -> `, but one word.
  private static func behindTime(_ bytes: RawSpan, _ range: Range<Int>) -> Int {
    var line = TextCursor(bytes, range)
    for _ in 0..<3 { _ = line.token() }
    return max(range.lowerBound, line.at - 1)
  }

  /// Transport and flags; false where the line ends before.
  private static func takeKind(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> Bool {
    let kind = line.token()
    guard !kind.isEmpty else { return false }
    if let transport = Transport(bytes, kind) {
      packet.transport = transport
      return true
    }
    packet.transport = .tcp
    let flags = line.token()
    if flags.count == 8 {
      packet.tcpFlags = TCPFlags(letters: bytes, flags)
    } else if bytes.fills("SYN", kind) {
      packet.tcpFlags = .syn
    } else if bytes.fills("FIN", kind) {
      packet.tcpFlags = .fin
    }
    return true
  }
}
