internal import Observations

/// The visitors out of nginx's error log: `2009/03/03 06:00:00 [error] 1#0: *45 text, client:
/// a.b.c.d, server: …`. Its access log is that of `Apache`.
///
/// The number behind the asterisk is the connection: each is one visit, at its first line. The text
/// before may be a stranger's, and so may the request behind: a line with two clients is counted and not
/// read. Times are local.
struct NginxErrors: LineFormat {
  static var name: String { "nginx-error" }
  private static let webPort: UInt16 = 80
  private var recent = RecentVisitors()

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    var line = TextCursor(bytes, range)
    guard let year = line.digits(4...4), line.take(0x2f), let month = line.digits(2...2),
      line.take(0x2f), let day = line.digits(2...2), line.take(0x20),
      let second = line.timeOfDay(), line.take(" ["), line.word() != nil, line.take("] "),
      line.digits(1...10) != nil, line.take(0x23), line.digits(1...10) != nil, line.take(": ")
    else { return .foreign }
    var connection: Int?
    if line.take(0x2a) { connection = line.digits(1...18) }
    let rest = line.at..<line.end
    guard let mark = bytes.place(of: "client: ", in: rest) else { return .other }
    guard mark == bytes.lastPlace(of: "client: ", in: rest) else {
      return .wrong(.addressMalformed)
    }
    line.at = mark + 8
    guard let client = bytes.wholeAddress(line.cell()) else { return .wrong(.addressMalformed) }
    let time = log.clock.instant(year, month, day, secondOfDay: second)
    guard let time else { return .wrong(.stampMalformed) }
    var visit = Observation(visitOf: client, hint: .webVisit)
    visit.time = time
    visit.destinationPort = NginxErrors.webPort
    let number = UInt32(truncatingIfNeeded: connection ?? 0)
    return recent.isKnown(client, number, time) ? .other : .packet(visit, nil)
  }
}
