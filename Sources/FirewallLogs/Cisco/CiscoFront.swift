internal import Observations

/// What stands before the `%` of a message of a Cisco device: stamps, names, sequence numbers.
///
/// Relays and devices put many things there: `Jan  1 10:00:00 gate : Jan 01 2024 09:59:59 UTC: `,
/// `<166>Jan 01 2024 10:00:00: `, `45: *Jan  1 10:00:00.123: `, RFC 5424 with four dashes. A second
/// stamp is the device's own; it counts where it says a year or a zone, or where there is no other.
/// A word that no device puts there (`Invalid user %ASA-…`) makes the line somebody else's: what
/// strangers type may look like any message.
struct CiscoFront {
  /// The line's time.
  private(set) var stamp = LineStamp(quality: .missing, time: 0, end: 0)
  /// Times that a relay says it met the line: `message repeated 3 times: [ … ]`.
  private(set) var repeats: UInt32 = 1
  /// The host, for the order of times.
  private var hostWord: UInt64 = 0
  /// The front read last, as words; most lines have the front of the line before.
  private var words = InlineArray<8, UInt64>(repeating: 0)
  private var length = -1
  /// The device's own stamp, where one was met.
  private var own: DeviceStamp?

  /// Reads the front that ends at `percent`.
  ///
  /// - Returns: whether it may be a Cisco device's; if not, `log` is as it was.
  @inline(__always)
  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ percent: Int, _ log: inout LogState
  ) -> Bool {
    let count = percent &- range.lowerBound
    if count == length, isKnown(bytes, range.lowerBound) {
      log.hostWord = hostWord
      return true
    }
    return change(bytes, range, percent, &log)
  }

  /// Whether the front is that of the line before.
  @inline(__always)
  private func isKnown(_ bytes: RawSpan, _ start: Int) -> Bool {
    let whole = (length &- 1) >> 3
    var differs = bytes.word8(start &+ length &- 8) ^ words[7]
    for index in 0..<whole { differs |= bytes.word8(start &+ 8 &* index) ^ words[index] }
    return differs == 0
  }

  @inline(never)
  private mutating func change(
    _ bytes: RawSpan, _ range: Range<Int>, _ percent: Int, _ log: inout LogState
  ) -> Bool {
    // What a device writes there is short, and quotes nothing.
    guard percent - range.lowerBound <= 160 else { return false }
    length = -1
    hostWord = 0
    repeats = 1
    own = nil
    stamp = log.clock.read(bytes, range)
    var line = TextCursor(bytes, range.lowerBound..<percent)
    guard walk(bytes, &line, log.clock.zone) else { return false }
    settle(&log)
    log.hostWord = hostWord
    let count = percent - range.lowerBound
    if stamp.quality == .good, (8...56).contains(count) {
      length = count
      words[7] = bytes.word8(percent - 8)
      for index in 0..<(count - 1) >> 3 { words[index] = bytes.word8(range.lowerBound + 8 * index) }
    }
    return true
  }

  /// Takes all words; false at one that no device writes.
  private mutating func walk(
    _ bytes: RawSpan, _ line: inout TextCursor, _ zone: Int64
  ) -> Bool {
    if stamp.quality == .good {
      line.at = min(stamp.end, line.end)
      if line.next == 0x2e { stamp.time &+= Int64(line.fraction()) }
      if line.takesUniversalTime() {
        stamp.time &+= zone &* 1_000_000_000
        own = DeviceStamp(zone: 0)
      }
    } else if line.take(0x3c) {
      guard line.digits(1...3) != nil, line.take(0x3e) else { return false }
    }
    var isFirst = true
    while line.at < line.end {
      if line.take(0x20) || line.take(0x3a) || line.take(0x2a) || line.take(0x2e) { continue }
      if let stamp = DeviceStamp(&line) {
        own = stamp
        continue
      }
      if line.take("message repeated ") {
        guard let times = line.digits(1...6), line.take(" times: [") else { return false }
        repeats = UInt32(max(times, 1))
        continue
      }
      let from = line.at
      let word = line.token()
      if isFirst {
        isFirst = false
        hostWord = bytes.word8(from)
        // `RP/0/RSP0/CPU0:Jan  1 …` of IOS-XR.
        if let colon = bytes.last(0x3a, in: word), word.upperBound - colon == 4 {
          line.at = colon + 1
        }
        if stamp.isStructured {
          // Program, process, kind and data (RFC 5424) may hold anything.
          for _ in 0..<3 { _ = line.token() }
          line.skipStructuredData()
          return line.end - line.at <= 4
        }
      } else if !isDevices(bytes, word) {
        return false
      }
    }
    return true
  }

  /// A tag or number with a colon behind it, a bare number, or a dash.
  private func isDevices(_ bytes: RawSpan, _ word: Range<Int>) -> Bool {
    let last = bytes.byte(word.upperBound - 1)
    guard last == 0x3a || last == 0x2d else {
      return word.allSatisfy { bytes.byte($0) &- 48 < 10 }
    }
    return !word.contains { bytes.byte($0) == 0x22 || bytes.byte($0) == 0x27 }
  }

  /// Puts the device's own stamp in place of the relay's where it says more.
  private mutating func settle(_ log: inout LogState) {
    guard let own else { return }
    if own.month == 0 {
      log.clock.state(0)
      return
    }
    guard own.year != nil || own.zone != nil || stamp.quality != .good else { return }
    let year = own.year ?? log.clock.yearOf(own.month, own.day, own.second)
    guard
      let time = log.clock.instant(
        year, own.month, own.day, secondOfDay: own.second, fraction: own.fraction,
        stated: own.zone)
    else {
      if stamp.quality != .good { stamp.quality = .malformed }
      return
    }
    if let zone = own.zone { log.clock.state(zone) }
    stamp.quality = .good
    stamp.time = time
  }
}

/// A stamp as Cisco devices write it: `Jan 01 2024 10:00:00.123 UTC`, or with the year first (NX-OS);
/// year, fraction and zone may be missing.
private struct DeviceStamp {
  var year: Int?
  var month = 0
  var day = 0
  var second = 0
  var fraction = 0
  /// Seconds ahead of UTC. Names of zones other than UTC's mean different ones to different people.
  var zone: Int64?

  init(zone: Int64) { self.zone = zone }

  /// Nil, and nothing taken, where none stands.
  init?(_ line: inout TextCursor) {
    let mark = line.at
    if let stated = line.digits(4...4) {
      if line.take(0x20) { year = stated } else { line.at = mark }
    }
    guard takeDate(&line), let second = line.timeOfDay() else {
      line.at = mark
      return nil
    }
    self.second = second
    fraction = line.fraction()
    if line.takesUniversalTime() {
      zone = 0
    } else {
      line.skipZoneName()
    }
  }

  private mutating func takeDate(_ line: inout TextCursor) -> Bool {
    guard let month = line.monthName(), line.take(0x20) else { return false }
    _ = line.take(0x20)
    guard let day = line.digits(1...2), line.take(0x20) else { return false }
    (self.month, self.day) = (month, day)
    let mark = line.at
    if year == nil, let stated = line.digits(4...4) {
      if line.take(0x20) { year = stated } else { line.at = mark }
    }
    return true
  }
}

extension TextCursor {
  /// Takes ` UTC` or ` GMT` where no letter follows.
  @_lifetime(self: copy self)
  fileprivate mutating func takesUniversalTime() -> Bool {
    let mark = at
    if take(" UTC") || take(" GMT"), next == 0x3a || next == 0x20 { return true }
    at = mark
    return false
  }

  /// Takes the name of a zone, ` CEST:`, but for the colon.
  @_lifetime(self: copy self)
  fileprivate mutating func skipZoneName() {
    let mark = at
    guard take(0x20), let name = word(), name.count <= 5, next == 0x3a else {
      at = mark
      return
    }
  }
}
