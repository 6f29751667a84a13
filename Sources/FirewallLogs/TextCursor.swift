/// Reads small things from one line, left to right. Past the end of the line there is nothing but
/// zeros, so no reader of it can leave the line.
struct TextCursor: ~Copyable, ~Escapable {
  private let bytes: RawSpan
  /// Where the line starts and ends in its window.
  let start: Int
  let end: Int
  /// What is read next.
  var at: Int

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, _ range: Range<Int>) {
    self.bytes = bytes
    start = range.lowerBound
    end = min(range.upperBound, bytes.byteCount)
    at = range.lowerBound
  }

  /// The byte to be read next; 0 at the end.
  var next: UInt8 { at < end ? bytes.byte(at) : 0 }

  /// Takes one byte if it is `wanted`.
  @_lifetime(self: copy self)
  mutating func take(_ wanted: UInt8) -> Bool {
    guard at < end, bytes.byte(at) == wanted else { return false }
    at += 1
    return true
  }

  /// Takes a decimal number of so many digits; nothing is taken where there are fewer or more.
  @_lifetime(self: copy self)
  mutating func digits(_ count: ClosedRange<Int>) -> Int? {
    var value = 0
    var taken = 0
    while taken <= count.upperBound, at + taken < end, bytes.byte(at + taken) &- 48 < 10 {
      value = value &* 10 &+ Int(bytes.byte(at + taken) &- 48)
      taken += 1
    }
    guard count.contains(taken) else { return nil }
    at += taken
    return value
  }

  /// Takes a run of letters; nil where there is none.
  @_lifetime(self: copy self)
  mutating func word() -> Range<Int>? {
    let from = at
    while at < end, (bytes.byte(at) | 0x20) &- 97 < 26 { at += 1 }
    return at > from ? from..<at : nil
  }

  /// Takes an English month's three letters: 1...12.
  @_lifetime(self: copy self)
  mutating func monthName() -> Int? {
    guard end - at >= 3 else { return nil }
    let month: Int
    switch bytes.word4(at) & 0x00ff_ffff {
    case 0x6e_614a: month = 1
    case 0x62_6546: month = 2
    case 0x72_614d: month = 3
    case 0x72_7041: month = 4
    case 0x79_614d: month = 5
    case 0x6e_754a: month = 6
    case 0x6c_754a: month = 7
    case 0x67_7541: month = 8
    case 0x70_6553: month = 9
    case 0x74_634f: month = 10
    case 0x76_6f4e: month = 11
    case 0x63_6544: month = 12
    default: return nil
    }
    at += 3
    return month
  }

  /// Takes `hh:mm:ss` (a leap second counts): seconds since midnight.
  @_lifetime(self: copy self)
  mutating func timeOfDay() -> Int? {
    guard let hour = digits(2...2), hour < 24, take(0x3a), let minute = digits(2...2),
      minute < 60, take(0x3a), let second = digits(2...2), second <= 60
    else { return nil }
    return hour * 3_600 + minute * 60 + second
  }

  /// Takes a fraction behind a point or comma: nanoseconds; 0 where there is none.
  @_lifetime(self: copy self)
  mutating func fraction() -> Int {
    guard next == 0x2e || next == 0x2c else { return 0 }
    at += 1
    var value = 0
    var scale = 100_000_000
    while next &- 48 < 10 {
      value += Int(next &- 48) * scale
      scale /= 10
      at += 1
    }
    return value
  }

  /// Takes `+hh:mm` or `+hhmm`: seconds ahead of UTC.
  @_lifetime(self: copy self)
  mutating func zone() -> Int64? {
    let mark = at
    let sign: Int64 = next == 0x2b ? 1 : -1
    guard take(0x2b) || take(0x2d) else { return nil }
    var minutes: Int?
    var hours = digits(2...2)
    if hours != nil {
      _ = take(0x3a)
      minutes = digits(2...2)
    } else if let both = digits(4...4) {
      hours = both / 100
      minutes = both % 100
    }
    guard let hours, let minutes, hours <= 14, minutes < 60 else {
      at = mark
      return nil
    }
    return sign * Int64(hours * 3_600 + minutes * 60)
  }

  /// Skips control characters, such as the zeros that a crash leaves in a file.
  @_lifetime(self: copy self)
  mutating func skipControl() {
    while at < end, bytes.byte(at) < 0x20 { at += 1 }
  }

  /// Skips to behind the next blank; to the end where there is none.
  @_lifetime(self: copy self)
  mutating func skipToken() {
    at = (bytes.first(0x20, in: at..<max(at, end)) ?? end - 1) + 1
    at = min(at, end)
  }

  /// Takes `text` if it comes next.
  @_lifetime(self: copy self)
  mutating func take(_ text: StaticString) -> Bool {
    guard text.utf8CodeUnitCount <= end - at, bytes.has(text, at: at) else { return false }
    at += text.utf8CodeUnitCount
    return true
  }

  /// Where `wanted` comes next; nil where it does not.
  func find(_ wanted: UInt8) -> Int? { bytes.first(wanted, in: at..<max(at, end)) }
}
