internal import Observations

/// The visitors out of the logs of Microsoft's Internet Information Services (and others) in the
/// W3C Extended Log File Format, by its `#Fields:`: each request of the web is a visit, and each
/// connection of the SMTP service (`IISMail`).
///
/// Times are UTC, as that format demands. Where lines have a time alone, the date is that of the
/// last `#Date:`, and goes on at midnight. The server's address and port are taken where they are
/// logged; else the destination stays unspecified, with port 80.
struct IISWeb: LineFormat {
  static var name: String { "iis" }
  /// Ten minutes: a request is written when it is done.
  static var orderTolerance: Int64 { 600_000_000_000 }
  /// Days since the epoch of the last `#Date:`, and the last time of day under it.
  private var day: (year: Int, month: Int, day: Int)?
  private var daysOn = 0
  private var lastSecond = 0
  private var mail = IISMail()
  private var columns = NamedColumns(wanted: IISWeb.names, standard: [])

  private static let names: [StaticString] = [
    "date", "time", "c-ip", "s-ip", "s-port", "c-port", "cs-method", "cs-username",
  ]
  private enum Column {
    static let date = 0, time = 1, client = 2, server = 3, serverPort = 4, clientPort = 5
    static let method = 6, user = 7
  }
  private static let webPort: UInt16 = 80
  /// A time of day that falls by more than this has passed midnight.
  private static let halfDay = 43_200

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    if bytes.byte(range.lowerBound) == UInt8(ascii: "#") { return readHeader(bytes, range) }
    guard columns.has(Column.client), columns.has(Column.time), columns.has(Column.method) else {
      return .foreign
    }
    let count = columns.take(bytes, range)
    guard let time = columns[Column.time] else { return .wrong(.stampMissing) }
    guard let client = columns[Column.client] else { return .wrong(.addressMissing) }
    guard let instant = instant(bytes, time) else { return .wrong(.stampMalformed) }
    let source = Endpoint(bytes, client, takesPort: false)
    guard case .known(let address, _) = source else {
      return .wrong(source.anomaly ?? .addressMalformed)
    }
    let isMail = columns[Column.method].map { IISMail.isCommand(bytes, $0) } ?? false
    if isMail || columns[Column.method] == nil, let user = columns[Column.user],
      IISMail.isOutbound(bytes, user)
    {
      return .other
    }
    var visit = Observation(visitOf: address, hint: isMail ? .mailVisit : .webVisit)
    visit.time = instant
    let problem = addServer(bytes, &visit)
    if isMail, let method = columns[Column.method] {
      guard mail.isOpening(bytes, method, visit) else { return .other }
      if visit.destinationPort == 0 || !columns.has(Column.serverPort) {
        visit.destinationPort = IISMail.port
        visit.marks.remove(.ports)
      }
    }
    return .packet(visit, problem ?? (count < columns.count ? .lineCut : nil))
  }

  private mutating func readHeader(_ bytes: RawSpan, _ range: Range<Int>) -> LineReading {
    var line = TextCursor(bytes, range)
    if line.take("#Fields:") {
      return columns.name(&line, bytes, requiring: [Column.client, Column.method])
        ? .other : .foreign
    }
    if line.take("#Date: ") {
      day = line.date()
      daysOn = 0
      lastSecond = 0
      return day == nil ? .wrong(.stampMalformed) : .other
    }
    let isHead = line.take("#Software:") || line.take("#Version:") || line.take("#Remark:")
    return isHead ? .other : .foreign
  }

  private mutating func instant(_ bytes: RawSpan, _ time: Range<Int>) -> Int64? {
    var clock = TextCursor(bytes, time)
    guard let second = clock.timeOfDay() else { return nil }
    if let date = columns[Column.date] {
      var line = TextCursor(bytes, date)
      guard let date = line.date() else { return nil }
      return StampClock.instant(date.year, date.month, date.day, secondOfDay: second, zone: 0)
    }
    guard let day else { return nil }
    if lastSecond - second > IISWeb.halfDay { daysOn = min(daysOn + 1, 100_000) }
    lastSecond = second
    return StampClock.instant(
      day.year, day.month, day.day, secondOfDay: second + daysOn * 86_400, zone: 0)
  }

  private func addServer(_ bytes: RawSpan, _ visit: inout Observation) -> Anomaly? {
    visit.destinationPort = IISWeb.webPort
    var problem: Anomaly?
    if let server = columns[Column.server] {
      let end = Endpoint(bytes, server, takesPort: false)
      if case .known(let address, _) = end {
        visit.destination = address
      } else {
        problem = end.anomaly
      }
    }
    if let port = columns[Column.serverPort] {
      if let port = bytes.port(port) {
        visit.destinationPort = port
        if let from = columns[Column.clientPort], let from = bytes.port(from) {
          visit.setPorts(from, port)
        }
      } else {
        problem = .numberMalformed
      }
    }
    return problem
  }
}
