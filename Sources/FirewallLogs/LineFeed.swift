internal import CScan

/// A line's place in a window, without its end-of-line characters.
struct LinePlace {
  var start: Int
  var end: Int
  /// Where the following line starts.
  var next: Int
}

/// Takes lines out of windows, and keeps what must be remembered between windows.
struct LineFeed {
  /// Lines of this many bytes or more, without the newline, are skipped: no log has such lines, and
  /// a window need not grow further.
  static let longestLine = 65_536

  /// Lines met so far, of any kind.
  var lineCount: UInt64 = 0
  private var isSkipping = false

  /// Consumes what is left of a line that was too long.
  /// - Returns: where the next line starts, or nil where all of the window belongs to it.
  mutating func skipRest(_ window: RawSpan) -> Int? {
    guard isSkipping else { return 0 }
    guard let end = window.first(0x0a, in: 0..<window.byteCount) else { return nil }
    isSkipping = false
    return end + 1
  }

  /// Uncounts the line taken last: somebody else will take it.
  mutating func putBack() { lineCount &-= 1 }

  /// Counts a line that is too long and not ended yet; its rest will be skipped.
  mutating func skipLine() {
    lineCount &+= 1
    isSkipping = true
  }

  /// What a window holds from `start` on.
  enum Step {
    /// No whole line.
    case none
    /// A line.
    case line(LinePlace)
    /// A line that is too long, consumed up to here.
    case tooLong(Int)
  }

  /// Takes the line that starts at `start`, if the window holds it whole or nothing follows.
  mutating func next(_ window: RawSpan, from start: Int, isLast: Bool) -> Step {
    let newline = window.first(0x0a, in: start..<window.byteCount)
    let end = newline ?? window.byteCount
    if end - start >= LineFeed.longestLine {
      lineCount &+= 1
      isSkipping = newline == nil
      return .tooLong(newline.map { $0 + 1 } ?? window.byteCount)
    }
    guard newline != nil || (isLast && end > start) else { return .none }
    lineCount &+= 1
    let text = end > start && window.byte(end - 1) == 0x0d ? end - 1 : end
    return .line(LinePlace(start: start, end: text, next: newline == nil ? end : end + 1))
  }
}

extension RawSpan {
  /// Whether a control character other than a tab stands in `range`.
  func hasControls(_ range: Range<Int>) -> Bool {
    var at = range.lowerBound
    while at &+ 16 <= min(range.upperBound, byteCount) {
      let bytes = unsafe unsafeLoadUnaligned(fromByteOffset: at, as: SIMD16<UInt8>.self)
      if culprit_control16(bytes) & ~culprit_equal16(bytes, 0x09) != 0 { return true }
      at &+= 16
    }
    while at < range.upperBound {
      let byte = byte(at)
      if (byte < 0x20 && byte != 0x09) || byte == 0x7f { return true }
      at &+= 1
    }
    return false
  }

  /// Whether nothing but blanks and carriage returns stands in `range`.
  func isBlank(_ range: Range<Int>) -> Bool {
    for at in range where byte(at) != 0x20 && byte(at) != 0x0d { return false }
    return true
  }

  /// The last place of `wanted` in `range`; nil where there is none.
  func last(_ wanted: UInt8, in range: Range<Int>) -> Int? {
    range.last { byte($0) == wanted }
  }
}
