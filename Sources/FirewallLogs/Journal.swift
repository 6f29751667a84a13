internal import Observations

/// Takes the lines out of systemd's journal, as `journalctl -o export` (a field a line, a blank line
/// behind each record) and `journalctl -o json` (a record a line) print it, and writes each as the
/// line of syslog it would have been: `2009-03-03T06:00:00.123456Z host program[123]: message`. The
/// formats read that, and need not know where it came from.
///
/// The time is the journal's own, in UTC. A program that calls itself the kernel, but did not write
/// by the kernel's way (`_TRANSPORT`, which the journal itself sets), is not believed. Of a message
/// of several lines the first is taken.
///
/// Source: systemd.journal-fields(7), "Journal Export Formats", "Journal JSON Format".
struct Journal {
  /// What a line of the log is.
  enum Reading {
    /// Not the journal's.
    case foreign
    /// The journal's, and not the last that is needed of its record.
    case part
    /// The journal's, and its record cannot be read.
    case wrong(Anomaly)
    /// A record is whole: `line` holds it.
    case record
  }

  /// The record taken last, as a line of syslog.
  private(set) var line: [UInt8] = []
  /// Whether lines of an export record are under way.
  private(set) var isOpen = false
  private var time: Int64?
  private var host: [UInt8] = []
  private var program: [UInt8] = []
  private var process: [UInt8] = []
  private var message: [UInt8] = []
  private var hasMessage = false
  private var hasProgram = false
  private var isDone = false
  private var isBinary = false
  /// Nil where the record does not say who brought it.
  private var isFromKernel: Bool?

  /// Names of fields.
  private enum Field: Int {
    case cursor, time, host, program, command, process, message, transport
  }
  private static let fields = KeyTable([
    ("__CURSOR", Field.cursor.rawValue), ("__REALTIME_TIMESTAMP", Field.time.rawValue),
    ("_HOSTNAME", Field.host.rawValue), ("SYSLOG_IDENTIFIER", Field.program.rawValue),
    ("_COMM", Field.command.rawValue), ("SYSLOG_PID", Field.process.rawValue),
    ("_PID", Field.process.rawValue), ("MESSAGE", Field.message.rawValue),
    ("_TRANSPORT", Field.transport.rawValue),
  ])

  /// Reads a line of the log.
  mutating func take(_ bytes: RawSpan, _ range: Range<Int>) -> Reading {
    if range.isEmpty {
      defer { isOpen = false }
      return isOpen ? .part : .foreign
    }
    let reading =
      bytes.byte(range.lowerBound) == 0x7b ? takeObject(bytes, range) : takeField(bytes, range)
    // Whatever else stands here, the record is over.
    if case .foreign = reading { isOpen = false }
    return reading
  }

  // MARK: Export

  /// `NAME=value`, or `NAME` alone, whose value follows in binary.
  private mutating func takeField(_ bytes: RawSpan, _ range: Range<Int>) -> Reading {
    if isOpen, isBinary {
      isBinary = false
      return .part
    }
    var end = range.lowerBound
    while end < range.upperBound, Journal.isName(bytes.byte(end)) { end += 1 }
    let field = Field(rawValue: Journal.fields.find(bytes, range.lowerBound..<end))
    let isStart = field == .cursor || field == .time
    guard end > range.lowerBound, isOpen || isStart else { return .foreign }
    guard end < range.upperBound, bytes.byte(end) == 0x3d else {
      guard isOpen, end == range.upperBound else { return .foreign }
      isBinary = true
      return .part
    }
    if field == .cursor || field == .time && time != nil || !isOpen { clear() }
    isOpen = true
    if let field { put(field, bytes, end + 1..<range.upperBound, isEscaped: false) }
    // The program may be named before the message or behind it.
    guard !isDone, hasMessage, hasProgram else { return .part }
    isDone = true
    return finish()
  }

  /// Capital letters, digits and `_`.
  private static func isName(_ byte: UInt8) -> Bool {
    byte &- 65 < 26 || byte &- 48 < 10 || byte == 0x5f
  }

  private mutating func clear() {
    time = nil
    host.removeAll(keepingCapacity: true)
    program.removeAll(keepingCapacity: true)
    process.removeAll(keepingCapacity: true)
    message.removeAll(keepingCapacity: true)
    hasMessage = false
    hasProgram = false
    isDone = false
    isBinary = false
    isFromKernel = nil
  }

  // MARK: JSON

  /// `{"__REALTIME_TIMESTAMP":"…","MESSAGE":"…",…}`, the fields in any order.
  private mutating func takeObject(_ bytes: RawSpan, _ range: Range<Int>) -> Reading {
    clear()
    isOpen = false
    var at = range.lowerBound + 1
    let end = range.upperBound
    var isWhole = false
    while at < end {
      let byte = bytes.byte(at)
      if byte == 0x20 || byte == 0x2c || byte == 0x09 {
        at += 1
        continue
      }
      if byte == 0x7d { isWhole = true }
      guard byte == 0x22, let close = Journal.quote(bytes, at + 1..<end) else { break }
      let key = at + 1..<close
      at = close + 1
      while bytes.byte(at) == 0x20, at < end { at += 1 }
      guard at < end, bytes.byte(at) == 0x3a else { break }
      at += 1
      while bytes.byte(at) == 0x20, at < end { at += 1 }
      guard let value = Journal.value(bytes, at..<end) else { break }
      at = value.end
      if let field = Field(rawValue: Journal.fields.find(bytes, key)) {
        put(field, bytes, value.text, isEscaped: value.isText)
      }
    }
    guard time != nil else { return .foreign }
    guard isWhole else { return .wrong(.lineCut) }
    return hasMessage ? finish() : .part
  }

  /// The next quote that no backslash stands before.
  private static func quote(_ bytes: RawSpan, _ range: Range<Int>) -> Int? {
    var at = range.lowerBound
    while at < range.upperBound {
      let byte = bytes.byte(at)
      if byte == 0x22 { return at }
      at += byte == 0x5c ? 2 : 1
    }
    return nil
  }

  /// A text without its quotes, a list with its brackets, or anything else up to what ends it.
  private static func value(
    _ bytes: RawSpan, _ range: Range<Int>
  ) -> (text: Range<Int>, end: Int, isText: Bool)? {
    let from = range.lowerBound
    guard from < range.upperBound else { return nil }
    if bytes.byte(from) == 0x22 {
      guard let close = quote(bytes, from + 1..<range.upperBound) else { return nil }
      return (from + 1..<close, close + 1, true)
    }
    var depth = 0
    var at = from
    while at < range.upperBound {
      switch bytes.byte(at) {
      case 0x5b, 0x7b: depth += 1
      case 0x5d, 0x7d:
        if depth == 0 { return (from..<at, at, false) }
        depth -= 1
      case 0x2c where depth == 0: return (from..<at, at, false)
      case 0x22:
        guard let close = quote(bytes, at + 1..<range.upperBound) else { return nil }
        at = close
      default: break
      }
      at += 1
    }
    return nil
  }

  // MARK: Fields

  private mutating func put(
    _ field: Field, _ bytes: RawSpan, _ value: Range<Int>, isEscaped: Bool
  ) {
    switch field {
    case .cursor: break
    case .time:
      guard time == nil, let micro = bytes.whole(value) else { return }
      let (nano, overflow) = Int64(micro).multipliedReportingOverflow(by: 1_000)
      if !overflow { time = nano }
    case .host: if host.isEmpty { Journal.copyName(bytes, value, into: &host) }
    case .program:
      program.removeAll(keepingCapacity: true)
      Journal.copyName(bytes, value, into: &program)
      hasProgram = true
    case .command: if program.isEmpty { Journal.copyName(bytes, value, into: &program) }
    case .process: if process.isEmpty { Journal.copyName(bytes, value, into: &process) }
    case .transport: isFromKernel = bytes.fills("kernel", value)
    case .message:
      guard !hasMessage else { return }
      hasMessage = true
      if isEscaped {
        Journal.copyText(bytes, value, into: &message)
      } else if bytes.byte(value.lowerBound) == 0x5b, bytes.byte(value.upperBound - 1) == 0x5d,
        !isOpen
      {
        Journal.copyList(bytes, value, into: &message)
      } else {
        for at in value { message.append(bytes.byte(at)) }
      }
    }
  }

  /// A name, with nothing in it that would end it.
  private static func copyName(
    _ bytes: RawSpan, _ range: Range<Int>, into name: inout [UInt8]
  ) {
    for at in range.prefix(64) {
      let byte = bytes.byte(at)
      let ends = byte <= 0x20 || byte == 0x3a || byte == 0x5b || byte == 0x5d
      name.append(ends ? 0x5f : byte)
    }
  }

  /// A text of JSON (RFC 8259, 7), up to its first newline.
  private static func copyText(
    _ bytes: RawSpan, _ range: Range<Int>, into text: inout [UInt8]
  ) {
    var at = range.lowerBound
    while at < range.upperBound {
      let byte = bytes.byte(at)
      at += 1
      guard byte == 0x5c, at < range.upperBound else {
        text.append(byte)
        continue
      }
      let escape = bytes.byte(at)
      at += 1
      switch escape {
      case 0x6e: return
      case 0x74: text.append(0x09)
      case 0x72: text.append(0x0d)
      case 0x62: text.append(0x08)
      case 0x66: text.append(0x0c)
      case 0x75:
        let unit = hexadecimal(bytes, at)
        at += 4
        guard let unit else { return }
        if unit == 0x0a { return }
        var scalar = unit
        if unit & 0xfc00 == 0xd800, bytes.has("\\u", at: at),
          let low = hexadecimal(bytes, at + 2), low & 0xfc00 == 0xdc00
        {
          scalar = 0x1_0000 + (unit & 0x3ff) << 10 + (low & 0x3ff)
          at += 6
        }
        text.append(contentsOf: (Unicode.Scalar(scalar) ?? "\u{fffd}").utf8)
      default: text.append(escape)
      }
    }
  }

  private static func hexadecimal(_ bytes: RawSpan, _ at: Int) -> UInt32? {
    var value: UInt32 = 0
    for index in 0..<4 {
      guard let digit = Digits.hexadecimal(bytes.byte(at + index)) else { return nil }
      value = value << 4 | digit
    }
    return value
  }

  /// `[72,101,…]`, bytes by number: a message that is no UTF-8.
  private static func copyList(
    _ bytes: RawSpan, _ range: Range<Int>, into text: inout [UInt8]
  ) {
    var value = 0
    var digits = 0
    for at in range.dropFirst() {
      let byte = bytes.byte(at)
      if byte &- 48 < 10, digits < 3 {
        value = value * 10 + Int(byte - 48)
        digits += 1
      } else if byte == 0x2c || byte == 0x5d {
        guard digits > 0, value < 256, value != 0x0a else { return }
        text.append(UInt8(value))
        value = 0
        digits = 0
      } else if byte != 0x20 {
        return
      }
    }
  }

  // MARK: The line

  /// Writes the record as a line of syslog.
  private mutating func finish() -> Reading {
    guard let time else { return .wrong(.stampMissing) }
    let isKernel = program.elementsEqual("kernel".utf8)
    if isKernel, isFromKernel == false { return .part }
    line.removeAll(keepingCapacity: true)
    let civil = CivilTime(Timestamp(nanoseconds: time))
    put(civil.year, 4, 0x2d)
    put(civil.month, 2, 0x2d)
    put(civil.day, 2, 0x54)
    put(civil.hour, 2, 0x3a)
    put(civil.minute, 2, 0x3a)
    put(civil.second, 2, 0x2e)
    put(civil.nanosecond / 1_000, 6, 0x5a)
    line.append(0x20)
    line += host.isEmpty ? [0x2d] : host
    line.append(0x20)
    line += program.isEmpty ? [0x2d] : program
    if !process.isEmpty, !isKernel {
      line.append(0x5b)
      line += process
      line.append(0x5d)
    }
    line.append(0x3a)
    line.append(0x20)
    line += message
    return .record
  }

  private mutating func put(_ value: Int, _ digits: Int, _ end: UInt8) {
    var scale = 1
    for _ in 1..<digits { scale *= 10 }
    for _ in 0..<digits {
      line.append(48 + UInt8(truncatingIfNeeded: max(0, value) / scale % 10))
      scale /= 10
    }
    line.append(end)
  }
}
