internal import CScan

/// A line's place in a window, without its end-of-line characters.
struct LinePlace {
  var start: Int
  var end: Int
  /// Where the following line starts.
  var next: Int
  /// Whether control characters other than tabs stand in it.
  var hasControls = false
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
    var controls = false
    let newline = window.lineEnd(from: start, controls: &controls)
    let end = newline ?? window.byteCount
    if end - start >= LineFeed.longestLine {
      lineCount &+= 1
      isSkipping = newline == nil
      return .tooLong(newline.map { $0 + 1 } ?? window.byteCount)
    }
    guard newline != nil || (isLast && end > start) else { return .none }
    lineCount &+= 1
    let text = end > start && window.byte(end - 1) == 0x0d ? end - 1 : end
    var line = LinePlace(start: start, end: text, next: newline == nil ? end : end + 1)
    // A carriage return at the end is none of the line's.
    line.hasControls = controls && window.hasControls(start..<text)
    return .line(line)
  }
}

extension RawSpan {
  /// The first newline from `start` on, and whether control characters other than tabs may stand
  /// before it; nil where there is none.
  @inline(__always)
  fileprivate func lineEnd(from start: Int, controls: inout Bool) -> Int? {
    var at = start
    var found: UInt64 = 0
    while at &+ 64 <= byteCount {
      let mask = masks64(at) { culprit_control16($0) }
      if mask != 0 {
        let newlines = masks64(at) { culprit_equal16($0, 0x0a) }
        let others = mask & ~newlines & ~masks64(at) { culprit_equal16($0, 0x09) }
        if newlines != 0 {
          let place = newlines.trailingZeroBitCount
          controls = (found | others & (1 &<< UInt64(truncatingIfNeeded: place) &- 1)) != 0
          return at &+ place
        }
        found |= others
      }
      at &+= 64
    }
    while at < byteCount, byte(at) != 0x0a {
      found |= byte(at) < 0x20 && byte(at) != 0x09 || byte(at) == 0x7f ? 1 : 0
      at &+= 1
    }
    controls = found != 0
    return at < byteCount ? at : nil
  }

  /// What `mask` says of each of the 64 bytes from `at` on: bit i for byte i.
  @inline(__always)
  private func masks64(_ at: Int, _ mask: (SIMD16<UInt8>) -> UInt32) -> UInt64 {
    var all: UInt64 = 0
    for part in 0..<4 {
      let bytes = unsafe unsafeLoadUnaligned(
        fromByteOffset: at &+ 16 &* part, as: SIMD16<UInt8>.self)
      all |= UInt64(mask(bytes)) &<< UInt64(truncatingIfNeeded: 16 &* part)
    }
    return all
  }

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
