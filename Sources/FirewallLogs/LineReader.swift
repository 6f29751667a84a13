internal import Observations

/// What a format made of one line.
enum LineReading {
  /// A well-formed line that tells of no packet.
  case other
  /// A line in which the firewall says that it lost some.
  case lost
  /// A line from which no packet could be read.
  case wrong(Anomaly)
  /// A packet, and what was wrong with its line nonetheless.
  case packet(Observation, Anomaly?)
}

/// A log format whose lines are read one by one. What all of them need (lines, control characters,
/// the order of times, tallies) is `LineReader`'s.
protocol LineFormat {
  /// Stable name of the format, as in the JSON contract.
  static var name: String { get }
  /// How far a stamp may lie before the one above it unnoticed, in nanoseconds.
  static var orderTolerance: Int64 { get }
  /// What is known about the log's times; keeps the year where stamps give none.
  var clock: StampClock { get }

  init(_ context: LogContext)

  /// Reads the line in `range`, which is not empty.
  mutating func read(_ bytes: RawSpan, _ range: Range<Int>) -> LineReading
}

extension LineFormat {
  /// One second.
  static var orderTolerance: Int64 { 1_000_000_000 }
}

/// Reads a log of a format line by line.
struct LineReader<Format: LineFormat>: LogReader {
  var format: String { Format.name }
  private(set) var problems = ProblemLog()
  private(set) var tally = LogTally()
  private(set) var otherLines: UInt64 = 0
  private var feed = LineFeed()
  private var order = ClockOrder(tolerance: Format.orderTolerance)
  private var lines: Format

  init(context: LogContext) { lines = Format(context) }

  var recordCount: UInt64 { feed.lineCount }
  var longestRecord: Int { LineFeed.longestLine }
  var usesAssumedYear: Bool { lines.clock.usesAssumedYear }
  var firstYearless: YearlessStamp? { lines.clock.firstYearless }
  var statedZones: ClosedRange<Int64>? { lines.clock.statedZones }

  mutating func read(
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
    if range.allSatisfy({ window.byte($0) == 0x20 }) {
      otherLines &+= 1
      return
    }
    if window.hasControls(range) { note(.controlCharacters, offset) }
    switch lines.read(window, range) {
    case .other: otherLines &+= 1
    case .lost:
      otherLines &+= 1
      tally.rateLimited &+= 1
    case .wrong(let anomaly): note(anomaly, offset)
    case .packet(var packet, let anomaly):
      if let anomaly { note(anomaly, offset) }
      if packet.source.isVeiled || packet.destination.isVeiled {
        packet.marks.insert(.veiled)
        note(.addressVeiled, offset)
      }
      if !packet.marks.contains(.timeUncertain), order.stepsBack(to: packet.time) {
        note(.clockStepBack, offset)
      }
      packet.derive()
      tally.count(packet.action, packet.path)
      batch.append(packet, offset: offset, record: feed.lineCount)
    }
  }

  private mutating func note(_ anomaly: Anomaly, _ offset: UInt64) {
    problems.note(anomaly, record: feed.lineCount, offset: offset)
  }
}

extension Observation {
  /// NetBIOS name queries and node status requests are 50 bytes of UDP payload, so 78 of IPv4.
  static let nameQueryLength: UInt32 = 78
  static let nameServicePort: UInt16 = 137
  /// Source ports that read as ICMP's type 3, codes 0 to 15 (RFC 792, RFC 1812): no client takes one of
  /// these by itself. A log can raise the question whether they are ports, and never answer it.
  static let unreachablePorts: ClosedRange<UInt16> = 768...783

  /// Takes the stamp of a syslog line; says what was wrong with it.
  mutating func take(_ stamp: LineStamp) -> Anomaly? {
    time = stamp.time
    if stamp.quality == .good { return nil }
    marks.insert(.timeUncertain)
    return stamp.quality == .malformed ? .stampMalformed : .stampMissing
  }

  /// Says both ports, or type and code.
  mutating func setPorts(_ first: UInt16, _ second: UInt16) {
    sourcePort = first
    destinationPort = second
    marks.insert(.ports)
  }

  /// Sets how many packets a line stands for.
  mutating func setCount(_ count: Int) { repeats = UInt8(min(max(count - 1, 0), 255)) }

  /// States what follows from the fields together.
  mutating func derive() {
    if destination.isMulticast { marks.insert(.multicast) }
    if destination.isLimitedBroadcast { marks.insert(.broadcast) }
    guard hint == .none, marks.contains(.ports) else { return }
    switch transport {
    case .udp:
      if destinationPort == Observation.nameServicePort, length == Observation.nameQueryLength {
        hint = .nameQueryBySize
      } else if Observation.unreachablePorts.contains(sourcePort) {
        hint = .icmpErrorAsUDPUntestable
      }
    case .icmp: if [3, 4, 5, 11, 12].contains(sourcePort) { hint = .icmpError }
    case .icmpv6: if (1...4).contains(sourcePort) { hint = .icmpError }
    default: break
    }
  }
}

extension StampClock {
  /// Nanoseconds since the epoch of a date and a time of day in a zone so many seconds ahead of
  /// UTC; nil for a date there is not.
  static func instant(
    _ year: Int, _ month: Int, _ day: Int, secondOfDay: Int, fraction: Int = 0, zone: Int64
  ) -> Int64? {
    guard CalendarDay.exists(year, month, day) else { return nil }
    let days = Int64(CivilTime.days(year: year, month: month, day: day))
    let whole = Timestamp(seconds: days * 86_400 + Int64(secondOfDay) - zone).nanoseconds
    let (sum, overflow) = whole.addingReportingOverflow(Int64(fraction))
    return overflow ? whole : sum
  }
}

extension TextCursor {
  /// How often syslogd says that the line before came again: `last message repeated n times`.
  @_lifetime(self: copy self)
  mutating func repetitions() -> Int? {
    guard take("last message repeated "), let times = digits(1...6), times > 0, take(" time")
    else { return nil }
    return times
  }

  /// Takes `yyyy-mm-dd` with any of `-` and `/` between.
  @_lifetime(self: copy self)
  mutating func date() -> (year: Int, month: Int, day: Int)? {
    guard let year = digits(4...4), take(0x2d) || take(0x2f), let month = digits(2...2),
      take(0x2d) || take(0x2f), let day = digits(2...2)
    else { return nil }
    return (year, month, day)
  }
}
