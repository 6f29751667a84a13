internal import CScan
internal import Observations

/// Reads lines of netfilter's LOG target (iptables, nftables, UFW, firewalld, Shorewall …) as the
/// kernel writes them, behind the stamps that `StampClock` names.
///
/// The layout is that of the kernel's `nf_log_syslog`. One pass, 64 bytes at a time: a mask
/// of newlines and equals signs says where fields and lines end, four bytes before an equals sign
/// name the field. Nothing is allocated per line.
///
/// A line counts as netfilter's with `IN=`, `SRC=`, `DST=` and `PROTO=`. A stamped line without
/// `SRC=`, or one that another program wrote, may be another format's.
struct NetfilterReader: FormatReader {
  private var prefixes = PrefixMemory()

  /// One second: what a clock may step back unnoticed.
  private static let clockTolerance: Int64 = 1_000_000_000

  mutating func read(
    _ window: RawSpan, from start: Int, offset: UInt64, isLast: Bool, into batch: ObservationBatch,
    _ log: inout LogState
  ) -> Int {
    var line = NetfilterLine(start: start)
    var at = start
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
        finish(window, &line, place, offset, batch, &log)
        if log.foreign != nil { return line.start }
        line = NetfilterLine(start: place &+ 1)
        if batch.isFull { return line.start }
      }
      if masks.controls != 0 { noteControls(masks.controls, 64, at, &line) }
      at &+= 64
    }
    return rest(window, &line, offset, isLast, batch, &log)
  }

  mutating func claim(
    _ window: RawSpan, _ place: LinePlace, offset: UInt64, into batch: ObservationBatch,
    _ log: inout LogState
  ) -> LogState.Foreign? {
    var line = NetfilterLine(start: place.start)
    if window.hasControls(place.start..<place.end) { line.fields.insert(.control) }
    var at = place.start
    while let equals = window.first(0x3d, in: max(at, line.resume)..<place.end) {
      line.take(window, equals)
      at = equals &+ 1
    }
    return complete(window, &line, place.end, offset &- UInt64(place.start), batch, &log)
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
    _ batch: ObservationBatch, _ log: inout LogState
  ) -> Int {
    let count = window.byteCount - line.start
    if count >= LineFeed.longestLine {
      log.feed.skipLine()
      log.repeatable = nil
      log.note(.lineTooLong, offset &+ UInt64(line.start))
      return window.byteCount
    }
    guard isLast, count > 0 else { return line.start }
    finish(window, &line, window.byteCount, offset, batch, &log)
    return log.foreign == nil ? window.byteCount : line.start
  }

  private func note(
    _ anomaly: Anomaly, _ line: NetfilterLine, _ offset: UInt64, _ log: inout LogState
  ) {
    log.note(anomaly, offset &+ UInt64(line.start))
  }

  /// Ends a line: states the packet, or says why there is none, or leaves it to other formats.
  @inline(__always)
  private mutating func finish(
    _ window: RawSpan, _ line: inout NetfilterLine, _ end: Int, _ offset: UInt64,
    _ batch: ObservationBatch, _ log: inout LogState
  ) {
    log.feed.lineCount &+= 1
    if end &- line.start >= LineFeed.longestLine {
      log.repeatable = nil
      note(.lineTooLong, line, offset, &log)
      return
    }
    guard let foreign = complete(window, &line, end, offset, batch, &log) else { return }
    log.feed.putBack()
    log.foreign = foreign
  }

  /// Nil where the line is netfilter's.
  @inline(__always)
  private mutating func complete(
    _ window: RawSpan, _ line: inout NetfilterLine, _ end: Int, _ offset: UInt64,
    _ batch: ObservationBatch, _ log: inout LogState
  ) -> LogState.Foreign? {
    // A record of JSON is no line of the kernel's, whatever it quotes.
    if window.byte(line.start) == 0x7b { return .unknown }
    let range = line.start..<end
    let stamp = log.clock.read(window, range)
    guard line.fields.isSuperset(of: [.source, .destination, .proto, .into]) else {
      return pass(window, line, range, stamp, offset, batch, &log)
    }
    let header = SyslogHeader(window, range.lowerBound..<line.prefixEnd, stamp)
    if header.isForeign { return .unknown }
    if line.fields.contains(.control) { note(.controlCharacters, line, offset, &log) }
    if !line.fields.isDisjoint(with: [.badAddress, .badNumber]) { noteValues(line, offset, &log) }
    emit(window, &line, header, stamp, offset, batch, &log)
    return nil
  }

  /// The commonest end of a line.
  @inline(__always)
  private mutating func emit(
    _ window: RawSpan, _ line: inout NetfilterLine, _ header: SyslogHeader, _ stamp: LineStamp,
    _ offset: UInt64, _ batch: ObservationBatch, _ log: inout LogState
  ) {
    var textStart = min(header.textStart, line.prefixEnd)
    line.complete()
    if window.word8(textStart) == NetfilterReader.messageWord {
      textStart = takeRepetitions(window, &line, textStart)
    }
    let prefix = prefixes.read(window, textStart..<line.prefixEnd)
    line.packet.time = stamp.time
    line.packet.action = prefix.action
    if prefix.isRateLimited {
      log.tally.rateLimited &+= 1
      line.packet.marks.insert(.lowerBound)
    }
    let host = stamp.namesHost ? window.word8(stamp.end &+ 1) : 0
    if stamp.quality == .good {
      let stepsBack = log.order.stepsBack(
        to: stamp.time, host: host, tolerance: NetfilterReader.clockTolerance)
      if stepsBack { note(.clockStepBack, line, offset, &log) }
    } else {
      line.packet.marks.insert(.timeUncertain)
      note(stamp.quality == .malformed ? .stampMalformed : .stampMissing, line, offset, &log)
    }
    if line.isCut { note(.lineCut, line, offset, &log) }
    log.tally.count(line.packet.action, line.packet.path)
    log.repeatable = (line.packet, host)
    batch.append(
      line.packet, offset: offset &+ UInt64(line.start), record: log.feed.lineCount)
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
    line.packet.setPackets(UInt32(times))
    return min(SyslogHeader.behindUptime(window, cursor.at, line.prefixEnd), line.prefixEnd)
  }

  @inline(never)
  private func noteValues(_ line: NetfilterLine, _ offset: UInt64, _ log: inout LogState) {
    if line.fields.contains(.badAddress) { note(.addressMalformed, line, offset, &log) }
    if line.fields.contains(.badNumber) { note(.numberMalformed, line, offset, &log) }
  }

  /// A line that yields no packet of its own; nil where it is netfilter's nonetheless.
  @inline(never)
  private func pass(
    _ window: RawSpan, _ line: NetfilterLine, _ range: Range<Int>, _ stamp: LineStamp,
    _ offset: UInt64, _ batch: ObservationBatch, _ log: inout LogState
  ) -> LogState.Foreign? {
    let header = SyslogHeader(window, range, stamp)
    let fields = line.fields
    if header.isForeign || window.isBlank(range) { return .unknown }
    if fields.isSuperset(of: [.into, .out]) {
      let anomaly: Anomaly
      if fields.contains(.badAddress) {
        anomaly = badAddress(window, range)
      } else if !fields.isSuperset(of: .addresses) {
        anomaly = .addressMissing
      } else {
        anomaly = fields.contains(.badNumber) ? .numberMalformed : .lineCut
      }
      if fields.contains(.control) { note(.controlCharacters, line, offset, &log) }
      note(anomaly, line, offset, &log)
      log.repeatable = nil
      return nil
    }
    guard !fields.contains(.sourceSeen) else { return .suspect }
    if takeNote(window, header.textStart..<range.upperBound, line, stamp, offset, batch, &log) {
      return nil
    }
    return .unknown
  }

  /// A line of the kernel's own about a packet; false for any other.
  private func takeNote(
    _ window: RawSpan, _ text: Range<Int>, _ line: NetfilterLine, _ stamp: LineStamp,
    _ offset: UInt64, _ batch: ObservationBatch, _ log: inout LogState
  ) -> Bool {
    switch KernelNote(window, text) {
    case .none: return false
    case .wrong(let anomaly):
      note(anomaly, line, offset, &log)
      log.repeatable = nil
    case .packet(var packet):
      if let anomaly = packet.take(stamp) { note(anomaly, line, offset, &log) }
      if line.fields.contains(.control) { note(.controlCharacters, line, offset, &log) }
      let host = stamp.namesHost ? window.word8(stamp.end &+ 1) : 0
      log.state(
        packet, host: host, tolerance: NetfilterReader.clockTolerance,
        offset &+ UInt64(line.start), batch)
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
