internal import Observations

/// What a format made of one line.
enum LineReading {
  /// Not this format's: another may know it.
  case foreign
  /// This format's, and it tells of no packet.
  case other
  /// A line in which the firewall says that it lost some.
  case lost
  /// This format's, but no packet could be read from it.
  case wrong(Anomaly)
  /// A packet, and what was wrong with its line nonetheless.
  case packet(Observation, Anomaly?)
  /// A packet and the answer to it, as records of whole connections tell: what `LogState.exchange`
  /// returns, which keeps the answer. (A reading is copied for every line; it must stay small.)
  case exchange(Observation, Anomaly?)
}

/// A reader of one format inside a log that may hold others.
protocol FormatReader {
  /// Reads lines of its own from `start` on; stops, with `log.foreign` set, at the first that is not.
  ///
  /// - Returns: where the first line begins that was not consumed.
  mutating func read(
    _ window: RawSpan, from start: Int, offset: UInt64, isLast: Bool, into batch: ObservationBatch,
    _ log: inout LogState
  ) -> Int

  /// Reads one line that another format did not know; nil where it is this format's.
  mutating func claim(
    _ window: RawSpan, _ line: LinePlace, offset: UInt64, into batch: ObservationBatch,
    _ log: inout LogState
  ) -> LogState.Foreign?
}

/// A log format whose lines are read one by one. What all of them need (lines, control characters,
/// the order of times, repetitions, tallies) is done for it.
///
/// Each format is its own `FormatReader`, so that the loop over lines is compiled for it alone.
protocol LineFormat: FormatReader, SendableMetatype {
  /// Stable name of the format, as in the JSON contract.
  static var name: String { get }
  /// How far a stamp may lie before the one above it unnoticed, in nanoseconds.
  static var orderTolerance: Int64 { get }

  init()

  /// Reads the line in `range`, which is not blank.
  ///
  /// Any line of any text is offered: what is not surely this format's is `foreign`, and leaves
  /// `log` and the format as they were.
  mutating func read(_ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState) -> LineReading
}

extension LineFormat {
  /// One second.
  static var orderTolerance: Int64 { 1_000_000_000 }
}

/// Lines of one format, one after the other.
extension LineFormat {
  // Inlined into each format's own witness: shared, the loop would call `read` without knowing it.
  @inline(__always)
  mutating func read(
    _ window: RawSpan, from start: Int, offset: UInt64, isLast: Bool, into batch: ObservationBatch,
    _ log: inout LogState
  ) -> Int {
    var at = start
    while !batch.isFull {
      switch log.feed.next(window, from: at, isLast: isLast) {
      case .none: return at
      case .tooLong(let consumed):
        log.note(.lineTooLong, offset &+ UInt64(at))
        log.repeatable = nil
        at = consumed
      case .line(let line):
        let place = offset &+ UInt64(line.start)
        if let foreign = claim(window, line, offset: place, into: batch, &log) {
          log.feed.putBack()
          log.foreign = foreign
          return line.start
        }
        at = line.next
      }
    }
    return at
  }

  @inline(__always)
  mutating func claim(
    _ window: RawSpan, _ line: LinePlace, offset: UInt64, into batch: ObservationBatch,
    _ log: inout LogState
  ) -> LogState.Foreign? {
    let range = line.start..<line.end
    if window.isBlank(range) { return .unknown }
    // One switch over what is returned: a reading is large, and is not copied for each question.
    switch read(window, range, &log) {
    case .foreign: return .unknown
    case .other:
      noteControls(line, offset, &log)
      log.otherLines &+= 1
      log.repeatable = nil
    case .lost:
      noteControls(line, offset, &log)
      log.otherLines &+= 1
      log.repeatable = nil
      log.tally.lost &+= 1
    case .wrong(let anomaly):
      noteControls(line, offset, &log)
      log.note(anomaly, offset)
      log.repeatable = nil
    case .packet(let packet, let anomaly):
      noteControls(line, offset, &log)
      if let anomaly { log.note(anomaly, offset) }
      state(packet, offset, batch, &log)
    case .exchange(let packet, let anomaly):
      noteControls(line, offset, &log)
      if let anomaly { log.note(anomaly, offset) }
      log.tally.exchanges &+= 1
      state(packet, offset, batch, &log)
      state(log.answer, offset, batch, &log)
    }
    return nil
  }

  @inline(__always)
  private func noteControls(
    _ line: LinePlace, _ offset: UInt64, _ log: inout LogState
  ) {
    if line.hasControls { log.note(.controlCharacters, offset) }
  }

  @inline(__always)
  private func state(
    _ packet: Observation, _ offset: UInt64, _ batch: ObservationBatch, _ log: inout LogState
  ) {
    log.state(
      packet, host: log.hostWord, tolerance: Self.orderTolerance, offset, batch)
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
