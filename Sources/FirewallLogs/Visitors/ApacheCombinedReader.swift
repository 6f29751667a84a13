public import Observations

/// Reads the visitors out of a web server's access log in the common or combined format of Apache
/// httpd, which nginx and others write too: each request is one visit.
///
/// `client identity user [10/Oct/2008:13:55:36 +0200] "request" status bytes …`. A client that was
/// logged by name instead of address cannot be used and is counted. The server's port is not in the
/// line: 80 is put for it, without `Marks.ports`.
public struct ApacheCombinedReader: LogReader {
  /// `apache`.
  public var format: String { "apache" }
  /// What was wrong so far.
  public private(set) var problems = ProblemLog()
  /// Visits by what was done with them: all allowed, all inbound.
  public private(set) var tally = LogTally()
  /// Blank lines.
  public private(set) var otherLines: UInt64 = 0
  /// Never: every stamp gives its year.
  public var usesAssumedYear: Bool { false }
  /// None: every stamp gives its year.
  public var firstYearless: YearlessStamp? { nil }
  /// Always nil: a visitor's time is read by the zone of its own stamp, and nobody asks which that was.
  public var statedZones: ClosedRange<Int64>? { nil }
  private var feed = LineFeed()
  private var order = ClockOrder(tolerance: ApacheCombinedReader.orderTolerance)

  private static let webPort: UInt16 = 80

  /// A reader for one log; stamps say all there is to know.
  public init(context: LogContext) {}

  /// Lines met so far, of any kind.
  public var recordCount: UInt64 { feed.lineCount }
  /// 64 KiB.
  public var longestRecord: Int { LineFeed.longestLine }

  /// Reads lines from the front of `window`; see `EvidenceReader`.
  public mutating func read(
    _ window: RawSpan, offset: UInt64, isLast: Bool, into batch: ObservationBatch
  ) -> Int {
    if batch.isFull { return 0 }
    guard var at = feed.skipRest(window) else { return window.byteCount }
    while !batch.isFull {
      switch feed.next(window, from: at, isLast: isLast) {
      case .none: return at
      case .tooLong(let consumed):
        problems.note(.lineTooLong, record: feed.lineCount, offset: offset &+ UInt64(at))
        at = consumed
      case .line(let line):
        take(window, line, offset &+ UInt64(line.start), batch)
        at = line.next
      }
    }
    return at
  }

  private mutating func take(
    _ window: RawSpan, _ line: LinePlace, _ offset: UInt64, _ batch: ObservationBatch
  ) {
    let range = line.start..<line.end
    if range.isEmpty {
      otherLines &+= 1
      return
    }
    if window.hasControls(range) {
      problems.note(.controlCharacters, record: feed.lineCount, offset: offset)
    }
    guard let time = ApacheCombinedReader.time(window, range) else {
      problems.note(.lineNotRecognised, record: feed.lineCount, offset: offset)
      return
    }
    guard let client = window.address(line.start) else {
      problems.note(.addressMalformed, record: feed.lineCount, offset: offset)
      return
    }
    // A server writes a request when it is done, under the time when it began: small steps back
    // are its way of working, not its clock's.
    if order.stepsBack(to: time) {
      problems.note(.clockStepBack, record: feed.lineCount, offset: offset)
    }
    var visit = Observation(visitOf: client, hint: .webVisit)
    visit.time = time
    visit.destinationPort = ApacheCombinedReader.webPort
    tally.count(visit.action, visit.path)
    batch.append(visit, offset: offset, record: feed.lineCount)
  }

  /// Ten minutes: requests that take longer are rare.
  private static let orderTolerance: Int64 = 600_000_000_000

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
