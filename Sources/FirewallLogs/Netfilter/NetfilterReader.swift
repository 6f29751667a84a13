internal import CScan
public import Observations

/// Reads lines of netfilter's LOG target (iptables, nftables, UFW, firewalld, Shorewall …) as the
/// kernel writes them, behind the stamps that `StampClock` names.
///
/// The layout is that of the kernel's `nf_log_syslog`. One pass, 64 bytes at a time: a mask
/// of newlines and equals signs says where fields and lines end, four bytes before an equals sign
/// name the field. Nothing is allocated per line.
///
/// A line counts as netfilter's with `IN=`, `SRC=`, `DST=` and `PROTO=`. A stamped line without
/// `SRC=`, or one that another program wrote, is one of `otherLines`. `last message repeated n
/// times` behind a packet's line yields that packet once more, with `repeats`.
public struct NetfilterReader: LogReader {
  /// `netfilter`.
  public var format: String { "netfilter" }
  /// What was wrong so far.
  public private(set) var problems = ProblemLog()
  /// Lines by what was done with the packet and which way it went.
  public private(set) var tally = LogTally()
  /// Well-formed lines of other programs, and blank ones.
  public private(set) var otherLines: UInt64 = 0
  private var feed = LineFeed()
  private var clock: StampClock
  private var order = ClockOrder(tolerance: NetfilterReader.clockTolerance)
  private var prefixes = PrefixMemory()
  /// The packet of the line before, for `last message repeated`.
  private var repeatable: Observation?

  /// One second: what a clock may step back unnoticed.
  private static let clockTolerance: Int64 = 1_000_000_000

  /// A reader for one log.
  public init(context: LogContext) { clock = StampClock(context) }

  /// Lines met so far, of any kind.
  public var recordCount: UInt64 { feed.lineCount }
  /// 64 KiB.
  public var longestRecord: Int { LineFeed.longestLine }
  /// Whether stamps without a year were met and nobody had said which year it was.
  public var usesAssumedYear: Bool { clock.usesAssumedYear }
  /// The first stamp that gave no year; nil where all gave one.
  public var firstYearless: YearlessStamp? { clock.firstYearless }
  /// The zones that stamps state, in seconds east of UTC; nil where none states any.
  public var statedZones: ClosedRange<Int64>? { clock.statedZones }

  /// Reads lines from the front of `window`; see `EvidenceReader`.
  public mutating func read(
    _ window: RawSpan, offset: UInt64, isLast: Bool, into batch: ObservationBatch
  ) -> Int {
    if batch.isFull { return 0 }
    guard let from = feed.skipRest(window) else { return window.byteCount }
    var line = NetfilterLine(start: from)
    var at = from
    while at < window.byteCount {
      let masks = BlockMasks(window, at)
      var delimiters = masks.newlines | masks.equals
      if line.resume > at { delimiters &= BlockMasks.from(line.resume &- at) }
      while delimiters != 0 {
        let bit = delimiters.trailingZeroBitCount
        let place = at &+ bit
        delimiters &= delimiters &- 1
        if masks.newlines & (1 &<< UInt64(truncatingIfNeeded: bit)) == 0 {
          line.take(window, place)
          if line.resume > place { delimiters &= BlockMasks.from(line.resume &- at) }
          continue
        }
        if masks.controls != 0, masks.controls &<< UInt64(63 &- bit) != 0 {
          noteControls(masks.controls, bit, at, &line)
        }
        finish(window, &line, place, offset, batch)
        line = NetfilterLine(start: place &+ 1)
        if batch.isFull { return line.start }
      }
      if masks.controls != 0 { noteControls(masks.controls, 64, at, &line) }
      at &+= 64
    }
    return rest(window, &line, offset, isLast, batch)
  }

  /// Marks the line if one of the block's control characters before `bit` is its own.
  @inline(never)
  private func noteControls(_ controls: UInt64, _ bit: Int, _ at: Int, _ line: inout NetfilterLine)
  {
    let before = bit == 64 ? controls : controls & (1 << UInt64(bit) - 1)
    let skipped = line.start - at
    let own = skipped <= 0 ? before : skipped > 63 ? 0 : before >> UInt64(skipped)
    if own != 0 { line.fields.insert(.control) }
  }

  /// What to do with a line whose end the window does not hold.
  private mutating func rest(
    _ window: RawSpan, _ line: inout NetfilterLine, _ offset: UInt64, _ isLast: Bool,
    _ batch: ObservationBatch
  ) -> Int {
    let count = window.byteCount - line.start
    if count >= LineFeed.longestLine {
      feed.skipLine()
      repeatable = nil
      note(.lineTooLong, line, offset)
      return window.byteCount
    }
    guard isLast, count > 0 else { return line.start }
    finish(window, &line, window.byteCount, offset, batch)
    return window.byteCount
  }

  private mutating func note(_ anomaly: Anomaly, _ line: NetfilterLine, _ offset: UInt64) {
    problems.note(anomaly, record: feed.lineCount, offset: offset &+ UInt64(line.start))
  }

  /// Ends a line: states the packet, or says why there is none.
  @inline(__always)
  private mutating func finish(
    _ window: RawSpan, _ line: inout NetfilterLine, _ end: Int, _ offset: UInt64,
    _ batch: ObservationBatch
  ) {
    feed.lineCount &+= 1
    if end &- line.start >= LineFeed.longestLine {
      repeatable = nil
      note(.lineTooLong, line, offset)
      return
    }
    let range = line.start..<end
    let stamp = clock.read(window, range)
    if line.fields.contains(.control) { note(.controlCharacters, line, offset) }
    guard line.fields.isSuperset(of: [.source, .destination, .proto, .into]) else {
      pass(window, line, range, stamp, offset, batch)
      return
    }
    let header = SyslogHeader(window, range.lowerBound..<line.prefixEnd, stamp)
    if header.isForeign {
      otherLines &+= 1
      repeatable = nil
      return
    }
    if !line.fields.isDisjoint(with: [.badAddress, .badNumber]) { noteValues(line, offset) }
    emit(window, &line, header, stamp, offset, batch)
  }

  /// The commonest end of a line.
  @inline(__always)
  private mutating func emit(
    _ window: RawSpan, _ line: inout NetfilterLine, _ header: SyslogHeader, _ stamp: LineStamp,
    _ offset: UInt64, _ batch: ObservationBatch
  ) {
    var textStart = min(header.textStart, line.prefixEnd)
    line.complete()
    if window.word8(textStart) == NetfilterReader.messageWord {
      textStart = takeRepetitions(window, &line, textStart)
    }
    let prefix = prefixes.read(window, textStart..<line.prefixEnd)
    line.packet.time = stamp.time
    line.packet.action = prefix.action
    if prefix.isRateLimited { tally.rateLimited &+= 1 }
    if stamp.quality == .good {
      if order.stepsBack(to: stamp.time) { note(.clockStepBack, line, offset) }
    } else {
      line.packet.marks.insert(.timeUncertain)
      note(stamp.quality == .malformed ? .stampMalformed : .stampMissing, line, offset)
    }
    if line.isCut { note(.lineCut, line, offset) }
    tally.count(line.packet.action, line.packet.path)
    repeatable = line.packet
    batch.append(
      line.packet, offset: offset &+ UInt64(line.start), record: feed.lineCount)
  }

  /// `message ` in eight bytes, the first in the lowest bits.
  private static let messageWord: UInt64 = 0x2065_6761_7373_656d

  /// `message repeated 3 times: [ …]`, as rsyslog folds lines into one.
  ///
  /// - Returns: where the kernel's own text begins.
  @inline(never)
  private func takeRepetitions(
    _ window: RawSpan, _ line: inout NetfilterLine, _ textStart: Int
  ) -> Int {
    var cursor = TextCursor(window, textStart..<line.prefixEnd)
    guard cursor.take("message repeated "), let times = cursor.digits(1...6), times > 0,
      cursor.take(" times: [ ")
    else { return textStart }
    line.packet.repeats = UInt8(min(times - 1, 255))
    return min(SyslogHeader.behindUptime(window, cursor.at, line.prefixEnd), line.prefixEnd)
  }

  @inline(never)
  private mutating func noteValues(_ line: NetfilterLine, _ offset: UInt64) {
    if line.fields.contains(.badAddress) { note(.addressMalformed, line, offset) }
    if line.fields.contains(.badNumber) { note(.numberMalformed, line, offset) }
  }

  /// A line that yields no packet of its own.
  @inline(never)
  private mutating func pass(
    _ window: RawSpan, _ line: NetfilterLine, _ range: Range<Int>, _ stamp: LineStamp,
    _ offset: UInt64, _ batch: ObservationBatch
  ) {
    let header = SyslogHeader(window, range, stamp)
    if let packet = repeatable, let times = repetitions(window, header.textStart..<range.upperBound)
    {
      repeatPacket(packet, times, line, stamp, offset, batch)
      otherLines &+= 1
      return
    }
    repeatable = nil
    let fields = line.fields
    if header.isForeign || isBlank(window, range) {
      otherLines &+= 1
    } else if fields.isSuperset(of: [.into, .out]) {
      if fields.contains(.badAddress) {
        note(badAddress(window, range), line, offset)
      } else if !fields.isSuperset(of: .addresses) {
        note(.addressMissing, line, offset)
      } else {
        note(fields.contains(.badNumber) ? .numberMalformed : .lineCut, line, offset)
      }
    } else if !fields.contains(.sourceSeen),
      takeNote(window, header.textStart..<range.upperBound, line, stamp, offset, batch)
    {
      return
    } else if !fields.contains(.sourceSeen), stamp.quality == .good || stamp.quality == .uptime {
      otherLines &+= 1
    } else {
      note(stamp.quality == .malformed ? .stampMalformed : .lineNotRecognised, line, offset)
    }
  }

  /// A line of the kernel's own about a packet; false for any other.
  private mutating func takeNote(
    _ window: RawSpan, _ text: Range<Int>, _ line: NetfilterLine, _ stamp: LineStamp,
    _ offset: UInt64, _ batch: ObservationBatch
  ) -> Bool {
    switch KernelNote(window, text) {
    case .none: return false
    case .wrong(let anomaly): note(anomaly, line, offset)
    case .packet(var packet):
      if let anomaly = packet.take(stamp) {
        note(anomaly, line, offset)
      } else if order.stepsBack(to: stamp.time) {
        note(.clockStepBack, line, offset)
      }
      tally.count(packet.action, packet.path)
      repeatable = packet
      batch.append(packet, offset: offset &+ UInt64(line.start), record: feed.lineCount)
    }
    return true
  }

  /// Whether an address that is none was veiled, or spoiled.
  private func badAddress(_ window: RawSpan, _ range: Range<Int>) -> Anomaly {
    var line = TextCursor(window, range)
    var anomaly = Anomaly.addressMalformed
    while line.at < line.end {
      let word = line.token()
      guard window.has("SRC=", at: word.lowerBound) || window.has("DST=", at: word.lowerBound)
      else { continue }
      switch Endpoint(window, word.lowerBound + 4..<max(word.lowerBound + 4, word.upperBound)) {
      case .known: break
      case .veiled: anomaly = .addressVeiled
      case .unreadable: return .addressMalformed
      }
    }
    return anomaly
  }

  private func isBlank(_ window: RawSpan, _ range: Range<Int>) -> Bool {
    range.allSatisfy { window.byte($0) == 0x20 || window.byte($0) == 0x0d }
  }

  /// How often syslogd says that the line before came again.
  private func repetitions(_ window: RawSpan, _ text: Range<Int>) -> Int? {
    var cursor = TextCursor(window, text)
    guard cursor.take("last message repeated "), let times = cursor.digits(1...6), times > 0,
      cursor.take(" time")
    else { return nil }
    return times
  }

  private mutating func repeatPacket(
    _ packet: Observation, _ times: Int, _ line: NetfilterLine, _ stamp: LineStamp,
    _ offset: UInt64, _ batch: ObservationBatch
  ) {
    var packet = packet
    packet.time = stamp.time
    packet.repeats = UInt8(min(times - 1, 255))
    batch.append(packet, offset: offset &+ UInt64(line.start), record: feed.lineCount)
  }
}

/// Where newlines, equals signs and control characters stand in 64 bytes: bit i for byte i.
private struct BlockMasks {
  var newlines: UInt64 = 0
  var equals: UInt64 = 0
  /// Control characters other than newline, carriage return and tab.
  var controls: UInt64 = 0

  /// All bits from `bit` on; none where it lies beyond the block.
  @inline(__always)
  static func from(_ bit: Int) -> UInt64 {
    bit > 63 ? 0 : ~0 &<< UInt64(truncatingIfNeeded: bit)
  }

  @inline(__always)
  init(_ window: RawSpan, _ at: Int) {
    guard at &+ 64 <= window.byteCount else {
      addTail(window, at)
      return
    }
    for part in 0..<4 {
      add(
        unsafe window.unsafeLoadUnaligned(fromByteOffset: at &+ 16 &* part, as: SIMD16<UInt8>.self),
        UInt64(truncatingIfNeeded: 16 &* part))
    }
    controls &= ~newlines
    if controls != 0 { forgive(window, at) }
  }

  @inline(__always)
  private mutating func add(_ bytes: SIMD16<UInt8>, _ shift: UInt64) {
    newlines |= UInt64(culprit_equal16(bytes, 0x0a)) &<< shift
    equals |= UInt64(culprit_equal16(bytes, 0x3d)) &<< shift
    controls |= UInt64(culprit_control16(bytes)) &<< shift
  }

  /// Takes tabs and carriage returns out of the control characters.
  @inline(never)
  private mutating func forgive(_ window: RawSpan, _ at: Int) {
    var rest = controls
    while rest != 0 {
      let bit = rest.trailingZeroBitCount
      rest &= rest &- 1
      let byte = window.byte(at &+ bit)
      if byte == 0x09 || byte == 0x0d { controls &= ~(1 &<< UInt64(bit)) }
    }
  }

  /// Fewer than 64 bytes.
  @inline(never)
  private mutating func addTail(_ window: RawSpan, _ at: Int) {
    for index in 0..<max(0, window.byteCount - at) {
      let bit: UInt64 = 1 << UInt64(index)
      switch window.byte(at + index) {
      case 0x0a: newlines |= bit
      case 0x3d: equals |= bit
      case 0x09, 0x0d: break
      case 0..<0x20, 0x7f: controls |= bit
      default: break
      }
    }
  }
}
