internal import Observations

/// What the text before `IN=` says: who wrote the line, and what was done with the packet.
struct NetfilterPrefix {
  var action = Action.unknown
  /// UFW's own lines, which stop above 3 a minute after a burst of 10.
  var isRateLimited = false

  /// Words that say what was done, whole and in any case. Where both kinds stand, nothing is known.
  static func meaning(_ bytes: RawSpan, _ word: Range<Int>) -> Action? {
    guard (4...8).contains(word.count) else { return nil }
    var letters: UInt64 = 0
    for at in word.reversed() { letters = letters << 8 | UInt64(bytes.byte(at) | 0x20) }
    switch letters {
    case 0x706f_7264, 0x796e_6564: return .blocked  // drop, deny
    case 0x7463_656a_6572, 0x6b_636f_6c62: return .blocked  // reject, block
    case 0x64_6570_706f_7264, 0x6465_696e_6564: return .blocked  // dropped, denied
    case 0x6465_7463_656a_6572, 0x64_656b_636f_6c62: return .blocked  // rejected, blocked
    case 0x7470_6563_6361, 0x77_6f6c_6c61: return .allowed  // accept, allow
    case 0x6465_7470_6563_6361, 0x6465_776f_6c6c_61: return .allowed  // accepted, allowed
    case 0x7373_6170, 0x6465_7373_6170: return .allowed  // pass, passed
    case 0x74_6964_7561: return .audited  // audit
    default: return nil
    }
  }

  init() {}

  /// Reads a prefix. Its text goes no further than this.
  init(_ bytes: RawSpan, _ range: Range<Int>) {
    var allows = false
    var blocks = false
    var audits = false
    var at = range.lowerBound
    while at < range.upperBound {
      let from = at
      while at < range.upperBound, (bytes.byte(at) | 0x20) &- 97 < 26 { at += 1 }
      let word = from..<at
      at += 1
      if word.isEmpty { continue }
      if let ruled = NetfilterPrefix.ruleSuffix(bytes, word, range) {
        action = ruled
        return
      }
      if word.count == 3, bytes.has("UFW", at: from) { isRateLimited = true }
      switch NetfilterPrefix.meaning(bytes, word) {
      case .allowed: allows = true
      case .blocked: blocks = true
      case .audited: audits = true
      default: break
      }
    }
    if audits {
      action = .audited
    } else if allows != blocks {
      action = allows ? .allowed : .blocked
    }
  }

  /// EdgeOS and UniFi name rule set, rule and action: `[WAN_OUT-2000-A]`, `[WAN_LOCAL-D-21474]`.
  private static func ruleSuffix(
    _ bytes: RawSpan, _ word: Range<Int>, _ range: Range<Int>
  ) -> Action? {
    guard word.count == 1, word.lowerBound > range.lowerBound,
      bytes.byte(word.lowerBound - 1) == 0x2d,
      bytes.byte(word.upperBound) == 0x5d || bytes.byte(word.upperBound) == 0x2d
    else { return nil }
    switch bytes.byte(word.lowerBound) {
    case UInt8(ascii: "A"): return .allowed
    case UInt8(ascii: "D"), UInt8(ascii: "R"): return .blocked
    default: return nil
    }
  }
}

/// What stands between a line's stamp and its text.
struct SyslogHeader {
  /// Where the text behind host, program and the kernel's own stamp begins.
  var textStart: Int
  /// Another program wrote the line: whatever it looks like, the kernel did not say it.
  var isForeign = false

  /// Reads the header of a line whose stamp is known.
  @inline(__always)
  init(_ bytes: RawSpan, _ line: Range<Int>, _ stamp: LineStamp) {
    var at = stamp.end
    if stamp.quality == .good, !stamp.isStructured, bytes.byte(at) == 0x20 {
      at &+= 1
      let host = at
      at = SyslogHeader.token(bytes, at..<line.upperBound)
      // `dmesg -T` has no host: what follows its bracket is the kernel's text.
      if bytes.byte(stamp.end &- 1) == 0x5d || stamp.isHostless { at = host }
      // "kernel: " in eight bytes.
      if bytes.word8(at) == 0x203a_6c65_6e72_656b {
        textStart = SyslogHeader.behindUptime(bytes, at &+ 8, line.upperBound)
        return
      }
    }
    textStart = at
    self = SyslogHeader(slow: bytes, line, stamp, at)
  }

  private init(textStart: Int, isForeign: Bool) {
    self.textStart = textStart
    self.isForeign = isForeign
  }

  /// Every header but the commonest.
  @inline(never)
  private init(slow bytes: RawSpan, _ line: Range<Int>, _ stamp: LineStamp, _ from: Int) {
    var cursor = TextCursor(bytes, from..<line.upperBound)
    if stamp.quality != .good {
      cursor.skipControl()
      if cursor.take(0x3c) {
        cursor.skipTo(behind: 0x3e)
      }
      self.init(
        textStart: SyslogHeader.behindUptime(bytes, cursor.at, line.upperBound), isForeign: false)
      return
    }
    var isForeign = false
    if stamp.isStructured {
      _ = cursor.take(0x20)
      cursor.skipToken()  // host
      isForeign = !cursor.isKernel()
      cursor.skipToken()  // program
      cursor.skipToken()  // process
      cursor.skipToken()  // kind of message
      cursor.skipStructuredData()
    } else if let tag = cursor.programTag() {
      isForeign = !tag.isKernel && tag.hasProcess
    }
    self.init(
      textStart: SyslogHeader.behindUptime(bytes, cursor.at, line.upperBound),
      isForeign: isForeign)
  }

  /// Behind the next blank, or the end.
  @inline(__always)
  private static func token(_ bytes: RawSpan, _ range: Range<Int>) -> Int {
    guard let blank = bytes.first(0x20, in: range) else { return range.upperBound }
    return blank &+ 1
  }

  /// Behind `[ 3445.031964] `, where that is what follows.
  @inline(__always)
  static func behindUptime(_ bytes: RawSpan, _ at: Int, _ end: Int) -> Int {
    guard bytes.byte(at) == 0x5b else { return at }
    var digits = at &+ 1
    while bytes.byte(digits) == 0x20 { digits &+= 1 }
    let seconds = Digits.leading(bytes.word8(digits))
    guard seconds > 0, bytes.byte(digits &+ seconds) == 0x2e,
      let close = bytes.first(0x5d, in: digits..<min(end, digits &+ 24))
    else { return at }
    return bytes.byte(close &+ 1) == 0x20 ? close &+ 2 : close &+ 1
  }
}

extension TextCursor {
  /// Skips to behind the next `wanted`; nowhere where there is none.
  @_lifetime(self: copy self)
  mutating func skipTo(behind wanted: UInt8) {
    if let found = find(wanted) { at = found + 1 }
  }

  /// Whether the kernel, or a program that writes the kernel's lines in its own name, comes next.
  @_lifetime(self: copy self)
  mutating func isKernel() -> Bool {
    let mark = at
    defer { at = mark }
    return take("kernel") || take("ulogd") || take("-")
  }

  /// Skips RFC 5424 structured data: a dash, or elements in brackets with quoted values.
  @_lifetime(self: copy self)
  mutating func skipStructuredData() {
    if take("- ") { return }
    let mark = at
    while take(0x5b) {
      var isQuoted = false
      while at < end {
        let byte = next
        at += 1
        if byte == 0x5c {
          at = min(at + 1, end)
        } else if byte == 0x22 {
          isQuoted.toggle()
        } else if byte == 0x5d, !isQuoted {
          break
        }
      }
    }
    // A firewall's own bracket (`[UFW BLOCK]`) stands where a sender left the data out.
    if !take(0x20) { at = mark }
  }

  /// Takes `program:`, `program[123]:` or the like with the blank behind it.
  @_lifetime(self: copy self)
  mutating func programTag() -> (isKernel: Bool, hasProcess: Bool)? {
    let mark = at
    let isKernel = isKernel()
    while at < end, next > 0x20, next != 0x3a, next != 0x5b { at += 1 }
    var hasProcess = false
    if at > mark, take(0x5b) {
      guard digits(1...10) != nil, take(0x5d) else {
        at = mark
        return nil
      }
      hasProcess = true
    }
    guard take(": ") else {
      at = mark
      return nil
    }
    // Without a process id the word may be the firewall's prefix, which must still be read.
    if !hasProcess, !isKernel { at = mark }
    return (isKernel, hasProcess)
  }
}
