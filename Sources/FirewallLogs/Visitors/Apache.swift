internal import Observations

/// Reads the visitors out of a web server's access log in the common or combined format of Apache
/// httpd, which nginx and others write too: each request is one visit.
///
/// `client identity user [10/Oct/2008:13:55:36 +0200] "request" status bytes …`. A client that was
/// logged by name instead of address cannot be used and is counted. The server's port is not in the
/// line, unless the server's name stands before it (`vhost_combined`): 80 is put for it, without
/// `Marks.ports`.
struct Apache: LineFormat {
  static var name: String { "apache" }
  /// Ten minutes: a server writes a request when it is done, under the time when it began. Small
  /// steps back are its way of working, not its clock's.
  static var orderTolerance: Int64 { 600_000_000_000 }
  private static let webPort: UInt16 = 80

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    guard let time = Apache.time(bytes, range) else { return .foreign }
    guard let client = Apache.client(bytes, range) else { return .wrong(.addressMalformed) }
    var visit = Observation(visitOf: client.address, hint: .webVisit)
    visit.time = time
    visit.destinationPort = client.serverPort ?? Apache.webPort
    return .packet(visit, nil)
  }

  /// The client, and the server's port where its name stands before it: `example.org:80 a.b.c.d`.
  private static func client(
    _ bytes: RawSpan, _ range: Range<Int>
  ) -> (address: Address, serverPort: UInt16?)? {
    var line = TextCursor(bytes, range)
    let first = line.token()
    if let address = bytes.wholeAddress(first) { return (address, nil) }
    guard let colon = bytes.last(0x3a, in: first),
      let port = bytes.port(colon + 1..<first.upperBound),
      let address = bytes.wholeAddress(line.token())
    else { return nil }
    return (address, port)
  }

  /// The time of a line of this format; nil for any other line.
  ///
  /// A user name may hold brackets, so every bracket is tried until one holds a stamp.
  private static func time(_ bytes: RawSpan, _ range: Range<Int>) -> Int64? {
    guard let blank = bytes.first(0x20, in: range), blank > range.lowerBound else { return nil }
    var cursor = TextCursor(bytes, blank..<range.upperBound)
    while let open = cursor.find(0x5b) {
      cursor.at = open + 1
      let isApart = bytes.byte(open - 1) == 0x20
      if isApart, let time = stamp(&cursor), cursor.take("] \"") { return time }
      cursor.at = max(cursor.at, open + 1)
    }
    return nil
  }

  /// `10/Oct/2008:13:55:36 +0200`.
  private static func stamp(_ cursor: inout TextCursor) -> Int64? {
    guard let day = cursor.digits(2...2), cursor.take(0x2f), let month = cursor.monthName(),
      cursor.take(0x2f), let year = cursor.digits(4...4), cursor.take(0x3a),
      let clock = cursor.timeOfDay(), cursor.take(0x20), let zone = cursor.zone(),
      CalendarDay.exists(year, month, day)
    else { return nil }
    let days = Int64(CivilTime.days(year: year, month: month, day: day))
    return Timestamp(seconds: days * 86_400 + Int64(clock) - zone).nanoseconds
  }
}
