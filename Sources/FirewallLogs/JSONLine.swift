internal import CScan
internal import Observations

/// The name of a member of a JSON object as two words, the first byte in the lowest bits.
struct JSONKey: Equatable {
  /// Its first eight bytes; zeros behind its end.
  var head: UInt64 = 0
  /// The eight bytes behind those; zeros behind its end.
  var tail: UInt64 = 0
  /// All its bytes.
  var count = 0
}

/// Walks one JSON object on one line from left to right, each byte once (RFC 8259).
///
/// `next` gives member after member of the object under way, without copying: the name as words,
/// the value as a place. A nested object or array is passed over unless it is entered; an array's
/// elements are members without a name. Depth is bounded; what is not JSON ends the walk.
struct JSONLine {
  /// What stands as a member's value.
  enum Kind {
    /// Text; `value` is what stands between the quotes.
    case string
    /// A number, `true`, `false` or `null`.
    case word
    /// `{`; `value` is empty.
    case object
    /// `[`; `value` is empty.
    case array
  }
  /// What comes next.
  enum Step {
    /// A member of the object or array under way.
    case member
    /// The end of the object or array under way; what follows belongs to the one around it.
    case close
    /// The line ends too early, or is not JSON.
    case broken
  }
  /// Objects and arrays within one another that are entered at most.
  static let deepest = 60

  /// The name of the last member; of no bytes within an array.
  private(set) var key = JSONKey()
  /// Where that name stands.
  private(set) var name = 0..<0
  /// Where the last member's value stands.
  private(set) var value = 0..<0
  private(set) var kind = Kind.word
  /// Whether `value` holds a backslash, so is not the text itself.
  private(set) var hasEscapes = false
  /// Objects and arrays under way; 0 behind the end.
  private(set) var depth = 0
  /// What is read next.
  private(set) var at: Int
  private let end: Int
  /// A bit for each level, the innermost lowest: 1 for an array.
  private var arrays: UInt64 = 0
  private var isFirst = true
  private var isPending = false

  /// A walk of the object that begins at the range's first byte, which is `{`.
  @inline(__always)
  init(_ bytes: RawSpan, _ range: Range<Int>) {
    at = range.lowerBound &+ 1
    end = min(range.upperBound, bytes.byteCount)
    depth = bytes.byte(range.lowerBound) == 0x7b ? 1 : 0
  }

  /// Enters the object or array that is the last member's value.
  @inline(__always)
  mutating func enter() {
    guard isPending, depth < JSONLine.deepest else { return }
    isPending = false
    depth &+= 1
    arrays = arrays &<< 1 | (kind == .array ? 1 : 0)
    at &+= 1
    isFirst = true
  }

  /// Finds the next member.
  @inline(__always)
  mutating func next(_ bytes: RawSpan) -> Step {
    guard depth > 0 else { return .broken }
    if isPending, !pass(bytes) { return fail() }
    var here = skipBlanks(bytes)
    if here | 0x20 == 0x7d { return close(here) }
    if !isFirst {
      guard here == 0x2c else { return fail() }
      at &+= 1
      here = skipBlanks(bytes)
    }
    isFirst = false
    if arrays & 1 == 0 {
      guard here == 0x22, takeKey(bytes) else { return fail() }
      here = skipBlanks(bytes)
    } else {
      key = JSONKey()
      name = 0..<0
    }
    return takeValue(bytes, here) ? .member : fail()
  }

  /// Leaves the object or array under way without looking at what is left of it.
  @inline(never)
  mutating func leave(_ bytes: RawSpan) -> Bool {
    while true {
      switch next(bytes) {
      case .member: continue
      case .close: return true
      case .broken: return false
      }
    }
  }

  private mutating func fail() -> Step {
    depth = 0
    return .broken
  }

  @inline(__always)
  private mutating func close(_ byte: UInt8) -> Step {
    guard (byte == 0x5d) == (arrays & 1 == 1) else { return fail() }
    at &+= 1
    depth &-= 1
    arrays = arrays &>> 1
    isFirst = false
    return .close
  }

  /// The first byte from `at` on that is no blank; 0 at the end.
  @inline(__always)
  private mutating func skipBlanks(_ bytes: RawSpan) -> UInt8 {
    while at < end {
      let byte = bytes.byte(at)
      if byte > 0x20 { return byte }
      at &+= 1
    }
    return 0
  }

  @inline(__always)
  private mutating func takeKey(_ bytes: RawSpan) -> Bool {
    let from = at &+ 1
    guard let to = textEnd(bytes, from) else { return false }
    let count = to &- from
    name = unsafe Range(uncheckedBounds: (from, to))
    key.count = count
    key.head = bytes.word8(from) & JSONLine.mask(count)
    key.tail = count > 8 ? bytes.word8(from &+ 8) & JSONLine.mask(count &- 8) : 0
    at = to &+ 1
    guard skipBlanks(bytes) == 0x3a else { return false }
    at &+= 1
    return true
  }

  /// The lowest so many bytes of a word.
  @inline(__always)
  private static func mask(_ count: Int) -> UInt64 {
    count >= 8 ? .max : (1 &<< UInt64(truncatingIfNeeded: 8 &* count)) &- 1
  }

  @inline(__always)
  private mutating func takeValue(_ bytes: RawSpan, _ first: UInt8) -> Bool {
    switch first {
    case 0x22:
      let from = at &+ 1
      guard let to = textEnd(bytes, from) else { return false }
      kind = .string
      value = unsafe Range(uncheckedBounds: (from, to))
      at = to &+ 1
    case 0x7b, 0x5b:
      kind = first == 0x7b ? .object : .array
      value = unsafe Range(uncheckedBounds: (at, at))
      isPending = true
    default:
      let to = wordEnd(bytes)
      guard to > at, to < end else { return false }
      kind = .word
      value = unsafe Range(uncheckedBounds: (at, to))
      at = to
    }
    return true
  }

  /// Where the text ends that begins at `from`: its closing quote; nil where it has none.
  @inline(__always)
  private mutating func textEnd(_ bytes: RawSpan, _ from: Int) -> Int? {
    hasEscapes = false
    var at = from
    while at &+ 16 <= bytes.byteCount, at < end {
      let mask = culprit_either16(
        unsafe bytes.unsafeLoadUnaligned(fromByteOffset: at, as: SIMD16<UInt8>.self), 0x22, 0x5c)
      guard mask != 0 else {
        at &+= 16
        continue
      }
      at &+= mask.trailingZeroBitCount
      if bytes.byte(at) == 0x22 { return at < end ? at : nil }
      hasEscapes = true
      at &+= 2
    }
    return slowTextEnd(bytes, at)
  }

  @inline(never)
  private mutating func slowTextEnd(_ bytes: RawSpan, _ from: Int) -> Int? {
    var at = from
    while at < end {
      switch bytes.byte(at) {
      case 0x22: return at
      case 0x5c:
        hasEscapes = true
        at &+= 2
      default: at &+= 1
      }
    }
    return nil
  }

  /// Where the number or word at `at` ends.
  @inline(__always)
  private func wordEnd(_ bytes: RawSpan) -> Int {
    var to = at
    while to &+ 16 <= bytes.byteCount, to < end {
      let mask = culprit_ending16(
        unsafe bytes.unsafeLoadUnaligned(fromByteOffset: to, as: SIMD16<UInt8>.self))
      if mask != 0 { return min(to &+ mask.trailingZeroBitCount, end) }
      to &+= 16
    }
    while to < end {
      let byte = bytes.byte(to)
      if byte <= 0x20 || byte == 0x2c || byte | 0x20 == 0x7d { return to }
      to &+= 1
    }
    return end
  }

  /// Passes over the object or array at `at`.
  @inline(never)
  private mutating func pass(_ bytes: RawSpan) -> Bool {
    isPending = false
    var open = 0
    while let place = nesting(bytes) {
      at = place &+ 1
      switch bytes.byte(place) {
      case 0x22:
        guard let to = textEnd(bytes, at) else { return false }
        at = to &+ 1
      case 0x7b, 0x5b: open &+= 1
      default:
        open &-= 1
        if open == 0 { return true }
      }
    }
    return false
  }

  /// The next quote or bracket from `at` on.
  @inline(__always)
  private func nesting(_ bytes: RawSpan) -> Int? {
    var place = at
    while place &+ 16 <= bytes.byteCount, place < end {
      let mask = culprit_nesting16(
        unsafe bytes.unsafeLoadUnaligned(fromByteOffset: place, as: SIMD16<UInt8>.self))
      if mask != 0 {
        place &+= mask.trailingZeroBitCount
        return place < end ? place : nil
      }
      place &+= 16
    }
    while place < end {
      let byte = bytes.byte(place)
      if byte == 0x22 || byte | 0x20 == 0x7b || byte | 0x20 == 0x7d { return place }
      place &+= 1
    }
    return nil
  }
}

extension LogState {
  /// Where the JSON object of a line stands: the whole line, or what a syslog daemon put behind its
  /// header, perhaps as `@cee: {`; behind the commas and brackets that an array of lines has. Nil
  /// where the line is no object.
  @inline(__always)
  mutating func object(_ bytes: RawSpan, _ range: Range<Int>) -> Range<Int>? {
    bytes.byte(range.lowerBound) == 0x7b ? range : framedObject(bytes, range)
  }

  @inline(never)
  private mutating func framedObject(_ bytes: RawSpan, _ range: Range<Int>) -> Range<Int>? {
    var at = range.lowerBound
    let first = bytes.byte(at)
    if LogState.frames(first) {
      while at < range.upperBound, LogState.frames(bytes.byte(at)) { at += 1 }
    }
    if bytes.byte(at) != 0x7b {
      // A syslog line that holds an object ends as one.
      guard bytes.byte(range.upperBound - 1) == 0x7d else { return nil }
      let text = syslog(bytes, range).message
      at = text.lowerBound
      if bytes.has("@cee:", at: at) { at += 5 }
      while at < range.upperBound, bytes.byte(at) == 0x20 { at += 1 }
    }
    return at < range.upperBound && bytes.byte(at) == 0x7b ? at..<range.upperBound : nil
  }

  /// Whether a byte may stand before an object within an array: `[`, a comma, a blank, a tab.
  private static func frames(_ byte: UInt8) -> Bool {
    byte == 0x5b || byte == 0x2c || byte == 0x20 || byte == 0x09
  }
}

extension RawSpan {
  /// The address that fills `range`, nearly always a dotted quad.
  @inline(__always)
  func plainAddress(_ range: Range<Int>) -> Endpoint {
    if let quad = dottedQuad(range.lowerBound), quad.end == range.upperBound {
      return .known(Address(ipv4: quad.value), port: nil)
    }
    return Endpoint(self, range, takesPort: false)
  }

  /// The number that fills `range`, of at most 19 digits.
  @inline(__always)
  func count(_ range: Range<Int>) -> UInt64? {
    let digits = range.upperBound &- range.lowerBound
    if digits > 0, digits <= 7 {
      let word = word8(range.lowerBound)
      guard Digits.leading(word) >= digits else { return nil }
      return UInt64(Digits.value(word, digits))
    }
    return longCount(range)
  }

  @inline(never)
  private func longCount(_ range: Range<Int>) -> UInt64? {
    guard (1...19).contains(range.count) else { return nil }
    var value: UInt64 = 0
    for at in range {
      let digit = byte(at) &- 48
      guard digit < 10 else { return nil }
      value = value &* 10 &+ UInt64(digit)
    }
    return value
  }
}
