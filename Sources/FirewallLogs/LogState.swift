internal import Observations

/// What all formats of one log share while it is read: lines, times, counts, what was wrong.
struct LogState {
  /// Lines out of windows.
  var feed = LineFeed()
  /// What was wrong so far.
  var problems = ProblemLog()
  /// What was done with the packets, and which way they went.
  var tally = LogTally()
  /// The visits among them.
  var visitTally = LogTally()
  /// Well-formed lines that tell of no packet.
  var otherLines: UInt64 = 0
  /// Times, with the year that stamps leave out.
  var clock: StampClock
  /// The order of the times, for each host that writes into the log.
  var order = ClockOrder()
  /// Which addresses stood for which, as the log's device translated them.
  var translations = TranslationLog()
  /// The packet of the line before, for `last message repeated`, and who wrote it.
  var repeatable: (packet: Observation, host: UInt64)?
  /// Set by a reader that stopped at a line because it is not its own.
  var foreign: Foreign?
  /// Who wrote the line under way, where a format asked: see `SyslogText.hostWord`.
  var hostWord: UInt64 = 0
  /// The answer that the exchange read last tells of.
  private(set) var answer = Observation()
  private var syslog = SyslogText()
  private var syslogLine: UInt64 = 0
  private var pairsFrom: Int?
  private var pairsLine: UInt64 = 0

  /// A line that is not a format's own.
  enum Foreign {
    /// Nothing about it is known.
    case unknown
    /// It tells of a packet in the format's own words, but not in its form: nobody's line.
    case suspect
  }

  init(_ context: LogContext) { clock = StampClock(context) }

  /// The line as a syslog line; read once, however many formats ask.
  mutating func syslog(_ bytes: RawSpan, _ range: Range<Int>) -> SyslogText {
    // Lines are counted from 1, and ranges are places in a window that may have moved meanwhile.
    if syslogLine != feed.lineCount || syslog.line != range {
      syslog = SyslogText(bytes, range, &clock)
      syslogLine = feed.lineCount
    }
    hostWord = syslog.hostWord
    return syslog
  }

  /// Forgets what was found out about the line: another text stands in its place.
  mutating func forgetLine() {
    syslogLine = 0
    pairsLine = 0
  }

  /// Where the first `key=` of the line begins, behind its syslog header; nil where there is none.
  /// The name of the key says at once which product a line of pairs may be.
  mutating func firstKey(_ bytes: RawSpan, _ range: Range<Int>) -> Int? {
    let text = syslog(bytes, range)
    if pairsLine != feed.lineCount {
      let message = text.stamp.isStructured ? text.message : text.rest
      pairsFrom = bytes.firstKey(message)?.lowerBound
      pairsLine = feed.lineCount
    }
    return pairsFrom
  }

  /// The reading of a line that tells of a packet and of the answer to it.
  @inline(__always)
  mutating func exchange(
    _ packet: Observation, answer: Observation, _ anomaly: Anomaly?
  ) -> LineReading {
    self.answer = answer
    return .exchange(packet, anomaly)
  }

  /// Counts something wrong with the line met last.
  mutating func note(_ anomaly: Anomaly, _ offset: UInt64) {
    problems.note(anomaly, record: feed.lineCount, offset: offset)
  }

  /// Counts a line that no format knows: blank, a comment, well-formed syslog of some other program, or not
  /// recognised.
  ///
  /// - Returns: whether it was not recognised.
  mutating func pass(
    _ window: RawSpan, _ range: Range<Int>, _ foreign: Foreign, _ offset: UInt64
  ) -> Bool {
    repeatable = nil
    // A comment, as people and other programs put into logs they keep.
    if window.isBlank(range) || window.has("# ", at: range.lowerBound) {
      otherLines &+= 1
      return false
    }
    if window.hasControls(range) { note(.controlCharacters, offset) }
    let text = syslog(window, range)
    if text.stamp.quality == .malformed {
      note(.stampMalformed, offset)
      return true
    }
    let isSyslog = text.stamp.quality == .uptime || !text.program.isEmpty
    if isSyslog, foreign != .suspect {
      otherLines &+= 1
      return false
    }
    note(.lineNotRecognised, offset)
    return true
  }

  /// States a packet of the line met last, and what follows from its fields.
  ///
  /// - Parameters:
  ///   - packet: without what `derive` adds.
  ///   - host: who wrote the line, as `RawSpan.word8` at the host's name; 0 where none is named.
  ///   - tolerance: how far the stamp may lie before the one above unnoticed, in nanoseconds.
  ///   - offset: the line's place in the log.
  ///   - batch: has room.
  mutating func state(
    _ packet: consuming Observation, host: UInt64, tolerance: Int64, _ offset: UInt64,
    _ batch: ObservationBatch
  ) {
    if packet.source.isVeiled || packet.destination.isVeiled {
      packet.marks.insert(.veiled)
      note(.addressVeiled, offset)
    }
    if let doubt = clock.doubt {
      note(doubt, offset)
      if clock.isUncertain { packet.marks.insert(.timeUncertain) }
    }
    if !packet.marks.contains(.timeUncertain),
      order.stepsBack(to: packet.time, host: host, tolerance: tolerance)
    {
      note(.clockStepBack, offset)
    }
    packet.derive()
    tally.count(packet.action, packet.path)
    if packet.marks.contains(.visit) { visitTally.count(packet.action, packet.path) }
    repeatable = (packet, host)
    batch.append(packet, offset: offset, record: feed.lineCount)
  }

  /// Reads `last message repeated n times` and states the packet before once more; false for any other line.
  mutating func takeRepetition(
    _ window: RawSpan, _ line: LinePlace, _ offset: UInt64, _ batch: ObservationBatch
  ) -> Bool {
    guard let (packet, host) = repeatable else { return false }
    let text = syslog(window, line.start..<line.end)
    var cursor = TextCursor(window, text.message)
    // Mac OS X puts `---` in the host's place.
    guard let times = cursor.repetitions(),
      HostKey.same(host, text.hostWord) || window.fills("---", text.host)
    else { return false }
    var again = packet
    again.time = text.stamp.time
    again.setPackets(UInt32(times))
    tally.count(again.action, again.path)
    if again.marks.contains(.visit) { visitTally.count(again.action, again.path) }
    batch.append(again, offset: offset, record: feed.lineCount)
    return true
  }
}

/// Hosts by the first eight bytes of their names, the first in the lowest bits.
enum HostKey {
  /// What stands before the first blank, colon or control character.
  static func name(_ word: UInt64) -> UInt64 {
    for place in 0..<8 {
      let byte = UInt8(truncatingIfNeeded: word >> UInt64(8 * place))
      if byte <= 0x20 || byte == 0x3a { return word & ((1 << UInt64(8 * place)) - 1) }
    }
    return word
  }

  /// Whether two words begin with the same name.
  static func same(_ a: UInt64, _ b: UInt64) -> Bool { name(a) == name(b) }
}
