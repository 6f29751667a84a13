internal import Observations

/// Reports of Snort's sfPortscan (`logfile`), each over several lines:
///
///     Time: 09/08-15:07:31.603880
///     event_id: 2
///     S -> D (portscan) TCP Filtered Portscan
///     Priority Count: 0
///     Connection Count: 200
///
/// A report is stated at its `Connection Count:`, as that many packets of which the ports are not
/// known. Of sweeps, distributed and decoy scans the connections are of several targets or sources,
/// of which one is named: they are stated as one packet. All are lower bounds: a report is written when a threshold is
/// reached, and not again for what follows. `Open Port` reports name the scanned host first or the
/// scanner, by version, and are not stated.
struct SnortSfPortscan: LineFormat {
  static var name: String { "snort-sfportscan" }
  private var dates = SnortDates()
  private var time: Int64 = 0
  private var isTimed = false
  private var packet: Observation?
  private var isOneToOne = false
  private var isUnder = false

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    var line = TextCursor(bytes, range)
    if line.take("Time: ") {
      guard let stamp = SnortDates.Stamp(&line) else { return .foreign }
      let before = flush()
      let instant = dates.instant(stamp, &log.clock)
      time = instant ?? time
      isTimed = instant != nil
      isUnder = true
      if case .packet = before { return before }
      return isTimed ? .other : .wrong(.stampMalformed)
    }
    if line.next != 0x5b, let mark = bytes.place(of: "(portscan) ", in: range) {
      let ends = line.arrow(bytes, takesPort: false)
      guard let ends, line.at == mark else { return .foreign }
      line.at = mark + 11
      return takeReport(bytes, &line, ends)
    }
    guard isUnder else { return .foreign }
    if line.take("Connection Count: ") {
      guard var whole = packet else { return .other }
      packet = nil
      let count = line.digits(1...9)
      if let count, isOneToOne { whole.setPackets(UInt32(count)) }
      whole.marks.insert(.lowerBound)
      return .packet(whole, count == nil ? .numberMalformed : nil)
    }
    for text in SnortSfPortscan.own where line.take(text) { return .other }
    return .foreign
  }

  private static let own: [StaticString] = [
    "event_id: ", "event_ref: ", "Priority Count: ", "IP Count: ", "Scanner IP Range: ",
    "Scanned IP Range: ", "Port/Proto Count: ", "Port/Proto Range: ", "Open Port: ",
    "Connection Count:",
  ]

  /// The kind of scan, behind the ends.
  private mutating func takeReport(
    _ bytes: RawSpan, _ line: inout TextCursor, _ ends: EndpointPair
  ) -> LineReading {
    let before = flush()
    isUnder = true
    let kind = line.at..<line.end
    if bytes.has("Open Port", at: kind.lowerBound) { return before }
    guard case .known(let from, let to) = ends else {
      if case .packet = before { return before }
      if case .wrong(let anomaly) = ends { return .wrong(anomaly) }
      return .other
    }
    var next = Observation()
    next.source = from.0
    next.destination = to.0
    next.action = .audited
    next.time = time
    if !isTimed { next.marks.insert(.timeUncertain) }
    if let word = line.word(), let transport = Transport(bytes, word) { next.transport = transport }
    isOneToOne =
      bytes.place(of: "sweep", in: kind) == nil && bytes.place(of: "Distributed", in: kind) == nil
      && bytes.place(of: "Decoy", in: kind) == nil
    packet = next
    return before
  }

  /// States the report under way, which says no count.
  private mutating func flush() -> LineReading {
    guard var whole = packet else { return .other }
    packet = nil
    whole.marks.insert(.lowerBound)
    return .packet(whole, .lineCut)
  }
}
