internal import Observations

/// Reports to myNetWatchman as its agents sent them, a web request each: `…?AttackerIP=…&SrcPort=…&
/// ProtocolID=…&DestPort=…&AttackCount=…&VictimIP=…&AttackDateTime=yyyy-mm-dd+hh:mm:ss`, out of the
/// log of a client, a proxy or the server.
///
/// Times are GMT. What was done with the packets is not said. What stands in the port fields of
/// protocols that have no ports is not known.
struct MyNetWatchman: LineFormat {
  static var name: String { "mynetwatchman" }
  /// Any step: reports come when an agent sends them.
  static var orderTolerance: Int64 { .max }

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    guard let mark = bytes.place(of: "AttackerIP=", in: range),
      mark == range.lowerBound || bytes.byte(mark - 1) == 0x26 || bytes.byte(mark - 1) == 0x3f
        || bytes.byte(mark - 1) <= 0x20
    else { return .foreign }
    let query = MyNetWatchman.query(bytes, range, around: mark)
    var report = Report()
    report.take(bytes, query)
    guard let time = report.time, let victim = report.victim else { return .foreign }
    log.hostWord = 0
    log.clock.state(0)
    guard let instant = MyNetWatchman.instant(bytes, time) else { return .wrong(.stampMalformed) }
    var packet = Observation()
    packet.time = instant
    var problem: Anomaly?
    if let number = report.transport, number < 255 {
      packet.transport = Transport(rawValue: UInt8(number))
    } else {
      problem = .numberMalformed
    }
    if let broken = packet.takeEnds(
      Endpoint(bytes, report.attacker ?? mark..<mark, port: report.sourcePort),
      Endpoint(bytes, victim, port: report.targetPort))
    {
      return .wrong(broken)
    }
    if packet.transport.hasPorts, !packet.marks.contains(.ports) {
      packet.destinationPort = report.targetPort ?? 0
      problem = problem ?? (report.isWhole ? .numberMalformed : .lineCut)
    }
    if let count = report.count, count > 0 {
      packet.setPackets(UInt32(clamping: count))
    } else {
      problem = problem ?? .numberMalformed
    }
    return .packet(packet, problem)
  }

  /// The query string around a place in it.
  private static func query(
    _ bytes: RawSpan, _ range: Range<Int>, around place: Int
  ) -> Range<Int> {
    var start = place
    while start > range.lowerBound {
      let byte = bytes.byte(start - 1)
      if byte <= 0x20 || byte == 0x3f || byte == 0x22 { break }
      start -= 1
    }
    var end = place
    while end < range.upperBound, bytes.byte(end) > 0x20, bytes.byte(end) != 0x22 { end += 1 }
    return start..<end
  }

  /// `2009-03-03+06:00:00`, with `%20` and `%3A` where a client wrote them so.
  private static func instant(_ bytes: RawSpan, _ range: Range<Int>) -> Int64? {
    var line = TextCursor(bytes, range)
    guard let date = line.date() else { return nil }
    guard line.take(0x2b) || line.take("%20") || line.take("T"), let hour = line.digits(1...2),
      line.colon(), let minute = line.digits(2...2), line.colon(), let second = line.digits(2...2),
      hour < 24, minute < 60, second <= 60
    else { return nil }
    return StampClock.instant(
      date.year, date.month, date.day, secondOfDay: hour * 3_600 + minute * 60 + second, zone: 0)
  }

  /// The values of one request.
  private struct Report {
    var attacker: Range<Int>?
    var victim: Range<Int>?
    var time: Range<Int>?
    var sourcePort: UInt16?
    var targetPort: UInt16?
    var transport: Int?
    var count: Int?
    var isWhole = false

    mutating func take(_ bytes: RawSpan, _ query: Range<Int>) {
      var line = TextCursor(bytes, query)
      var fields = 0
      while line.at < line.end {
        let end = line.find(0x26) ?? line.end
        if line.take("AttackerIP=") {
          attacker = line.at..<end
        } else if line.take("VictimIP=") {
          victim = line.at..<end
        } else if line.take("AttackDateTime=") {
          time = line.at..<end
        } else if line.take("SrcPort=") {
          sourcePort = bytes.port(line.at..<end)
          fields += 1
        } else if line.take("DestPort=") {
          targetPort = bytes.port(line.at..<end)
          fields += 1
        } else if line.take("ProtocolID=") {
          transport = bytes.decimal(line.at..<end)
        } else if line.take("AttackCount=") {
          count = bytes.decimal(line.at..<end)
        }
        line.at = min(end + 1, line.end)
      }
      isWhole = fields == 2
    }
  }
}

extension TextCursor {
  /// Takes a colon, plain or escaped.
  @_lifetime(self: copy self)
  fileprivate mutating func colon() -> Bool { take(0x3a) || take("%3A") || take("%3a") }
}
