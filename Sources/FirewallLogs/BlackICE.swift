internal import Observations

/// BlackICE Defender's `attack-list.csv`: one line an attack, with the time of its last packet in
/// GMT.
///
/// Columns are found by the names of the header (`severity`, `timestamp (GMT)`, `issueId`,
/// `issueName`, `intruderIp`, `intruderName`, `victimIp`, `victimName`, `parameters`, `count`,
/// `responseLevel`); without one they stand in this order. The attack's name says the transport
/// where it begins with it, `port=` among the parameters the port at the victim. The intruder's
/// port is not known, so `Marks.ports` stays unset; neither is what was done with the packets.
struct BlackICE: LineFormat {
  static var name: String { "blackice" }
  /// Any step: a list in order of severity is as usual as one in order of time.
  static var orderTolerance: Int64 { .max }
  /// For each column of the file, which of `names` it is; -1 for others.
  private var columns: [Int] = Array(BlackICE.names.indices)
  private var cells = [Range<Int>?](repeating: nil, count: BlackICE.names.count)

  private static let names: [StaticString] = [
    "severity", "timestamp", "issueid", "issuename", "intruderip", "intrudername", "victimip",
    "victimname", "parameters", "count", "responselevel",
  ]
  private enum Column {
    static let severity = 0, time = 1, issue = 2, name = 3, intruder = 4, victim = 6
    static let parameters = 8, count = 9
  }
  private static let mostColumns = 64

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    if (bytes.byte(range.lowerBound) | 0x20) &- 97 < 26 || bytes.byte(range.lowerBound) == 0x23 {
      return readHeader(bytes, range)
    }
    take(bytes, range)
    guard let severity = cells[Column.severity], bytes.decimal(severity) != nil,
      let issue = cells[Column.issue], bytes.decimal(issue) != nil, let stamp = cells[Column.time]
    else { return .foreign }
    guard let time = instant(bytes, stamp, &log.clock) else { return .wrong(.stampMalformed) }
    guard let intruder = cells[Column.intruder], let victim = cells[Column.victim],
      !intruder.isEmpty, !victim.isEmpty
    else { return .wrong(.addressMissing) }
    let ends = EndpointPair(
      Endpoint(bytes, intruder, takesPort: false), Endpoint(bytes, victim, takesPort: false))
    switch ends {
    case .wrong(let anomaly): return .wrong(anomaly)
    case .known(let source, let destination):
      var packet = Observation()
      packet.time = time
      packet.source = source.0
      packet.destination = destination.0
      packet.path = .inbound
      let problem = addFacts(bytes, &packet)
      return .packet(packet, problem)
    }
  }

  /// Names of columns; false starts are lines of some other kind.
  private mutating func readHeader(_ bytes: RawSpan, _ range: Range<Int>) -> LineReading {
    var found: [Int] = []
    var line = TextCursor(bytes, range)
    _ = line.take(0x23)
    while line.at < line.end, found.count < BlackICE.mostColumns {
      let cell = BlackICE.cell(&line, bytes)
      let index = BlackICE.names.firstIndex { BlackICE.names($0, bytes, cell) } ?? -1
      found.append(found.contains(index) ? -1 : index)
    }
    guard found.contains(Column.time), found.contains(Column.intruder) else {
      return .foreign
    }
    columns = found
    return .other
  }

  /// Whether a cell is this name, in any case, perhaps with words behind it.
  private static func names(_ name: StaticString, _ bytes: RawSpan, _ cell: Range<Int>) -> Bool {
    guard cell.count >= name.utf8CodeUnitCount else { return false }
    let isSame = name.withUTF8Buffer { letters in
      for i in 0..<letters.count
      where unsafe bytes.byte(cell.lowerBound + i) | 0x20 != letters[i] { return false }
      return true
    }
    let behind = cell.lowerBound + name.utf8CodeUnitCount
    return isSame && (behind == cell.upperBound || bytes.byte(behind) == 0x20)
  }

  private mutating func take(_ bytes: RawSpan, _ range: Range<Int>) {
    for index in cells.indices { cells[index] = nil }
    var line = TextCursor(bytes, range)
    for index in columns where line.at < line.end {
      let cell = BlackICE.cell(&line, bytes)
      if index >= 0 { cells[index] = cell }
    }
  }

  /// One cell without the blanks and quotes about it, and the comma behind it.
  private static func cell(_ line: inout TextCursor, _ bytes: RawSpan) -> Range<Int> {
    while line.take(0x20) || line.take(0x09) {}
    if line.take(0x22) {
      let from = line.at
      let close = line.find(0x22) ?? line.end
      line.at = close
      _ = line.cell()
      return from..<close
    }
    let cell = line.cell()
    var end = cell.upperBound
    while end > cell.lowerBound, bytes.byte(end - 1) <= 0x20 { end -= 1 }
    return cell.lowerBound..<end
  }

  private func instant(
    _ bytes: RawSpan, _ cell: Range<Int>, _ clock: inout StampClock
  ) -> Int64? {
    var line = TextCursor(bytes, cell)
    guard let date = line.date(), line.take(0x20), let second = line.timeOfDay() else { return nil }
    // The column is headed `timestamp (GMT)`.
    clock.state(0)
    return StampClock.instant(date.year, date.month, date.day, secondOfDay: second, zone: 0)
  }

  /// Transport, port and count.
  private func addFacts(_ bytes: RawSpan, _ packet: inout Observation) -> Anomaly? {
    if let name = cells[Column.name] {
      var line = TextCursor(bytes, name)
      if let word = line.word(), let transport = Transport(bytes, word) {
        packet.transport = transport
      }
    }
    var problem: Anomaly?
    if let parameters = cells[Column.parameters] {
      var line = TextCursor(bytes, parameters)
      while line.at < line.end {
        if line.take("port=") {
          if let port = line.digits(1...5), port <= 0xffff {
            packet.destinationPort = UInt16(port)
          } else {
            problem = .numberMalformed
          }
          break
        }
        // The next parameter; `sourceport=` and the like are none of ours.
        while line.at < line.end, line.next != 0x26, line.next != 0x7c { line.at += 1 }
        line.at += 1
      }
    }
    guard let count = cells[Column.count], !count.isEmpty else { return problem }
    guard let count = bytes.decimal(count), count > 0 else { return .numberMalformed }
    packet.setPackets(UInt32(clamping: count))
    return problem
  }
}
