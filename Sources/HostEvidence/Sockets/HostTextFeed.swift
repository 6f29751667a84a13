/// A piece of a host's text: a line, or one JSON object however many lines it fills.
enum HostPiece {
  case line(HostLine)
  case object([UInt8], record: Int)
  case tooLong(line: Int)
}

/// Cuts bytes into lines and JSON objects with a bound on both, in any of the encodings Windows
/// saves text in. Memory does not depend on the input.
struct HostTextFeed {
  static let lineLimit = 16 << 10
  static let objectLimit = 64 << 10

  private enum Encoding { case undecided, utf8, utf16(big: Bool) }
  private enum Mode { case lineStart, line, array, object, between }

  private var encoding = Encoding.undecided
  private var head: [UInt8] = []
  private var unit: UInt8?
  private var highSurrogate: UInt32?
  private var escape = 0
  private var mode = Mode.lineStart
  private var buffer: [UInt8] = []
  private var isOverlong = false
  private var afterReturn = false
  private var depth = 0
  private var inString = false
  private var isEscaped = false
  private var line = 1
  private var record = 0

  mutating func take(_ bytes: RawSpan, _ emit: (HostPiece) -> Void) {
    for offset in bytes.byteOffsets {
      let byte = bytes.unsafeLoadByte(offset)
      switch encoding {
      case .utf8: takeByte(byte, emit)
      case .utf16(let big): takeUnit(byte, big: big, emit)
      case .undecided:
        head.append(byte)
        if head.count == 4 { decide(emit) }
      }
    }
  }

  mutating func finish(_ emit: (HostPiece) -> Void) {
    decide(emit)
    switch mode {
    case .object: emit(.tooLong(line: line))
    case .line, .array, .lineStart: if !buffer.isEmpty || isOverlong { endLine(emit) }
    case .between: break
    }
  }

  /// A byte order mark, or zeros in every second place, tell UTF-16.
  private mutating func decide(_ emit: (HostPiece) -> Void) {
    guard case .undecided = encoding else { return }
    let held = head
    head = []
    switch (held.first, held.dropFirst().first) {
    case (0xff, 0xfe): encoding = .utf16(big: false)
    case (0xfe, 0xff): encoding = .utf16(big: true)
    case (let first?, 0) where first != 0 && held.count == 4 && held[3] == 0:
      encoding = .utf16(big: false)
    case (0, let second?) where second != 0 && held.count == 4 && held[2] == 0:
      encoding = .utf16(big: true)
    default: encoding = .utf8
    }
    unsafe take(held.span.bytes, emit)
  }

  private mutating func takeUnit(_ byte: UInt8, big: Bool, _ emit: (HostPiece) -> Void) {
    guard let first = unit else {
      unit = byte
      return
    }
    unit = nil
    let value = big ? UInt32(first) << 8 | UInt32(byte) : UInt32(byte) << 8 | UInt32(first)
    if value & 0xfc00 == 0xd800 {
      highSurrogate = value
      return
    }
    var scalar = value
    if value & 0xfc00 == 0xdc00, let high = highSurrogate {
      scalar = 0x10000 + (high & 0x3ff) << 10 + value & 0x3ff
    }
    highSurrogate = nil
    guard scalar != 0xfeff else { return }
    for byte in String(Unicode.Scalar(scalar) ?? "\u{fffd}").utf8 { takeByte(byte, emit) }
  }

  private mutating func takeByte(_ byte: UInt8, _ emit: (HostPiece) -> Void) {
    if byte == 10, afterReturn {
      afterReturn = false
      return
    }
    afterReturn = byte == 13
    let isNewline = byte == 10 || byte == 13
    if isNewline { line += 1 }
    switch mode {
    case .object: takeInObject(byte, emit)
    case .between:
      switch byte {
      case UInt8(ascii: "{"): beginObject()
      case UInt8(ascii: ","), 32, 9, 10, 13: break
      case UInt8(ascii: "]"): mode = .lineStart
      default:
        mode = .line
        append(byte)
      }
    case .lineStart, .line, .array:
      if isNewline {
        line -= 1
        endLine(emit)
        line += 1
      } else {
        takeInLine(byte)
      }
    }
  }

  private mutating func takeInLine(_ byte: UInt8) {
    if byte == 27 || escape > 0 {
      skipEscape(byte)
      return
    }
    guard byte >= 32 && byte != 127 || byte == 9 else { return }
    if mode != .line, byte == UInt8(ascii: "{") {
      buffer.removeAll(keepingCapacity: true)
      beginObject()
      return
    }
    if mode == .lineStart, byte == UInt8(ascii: "[") {
      mode = .array
    } else if byte != 32, byte != 9, byte < 0xee {
      mode = .line
    }
    append(byte)
  }

  /// Skips a terminal's control sequence (ECMA-48, 5.4): ESC, `[`, parameters, one final byte.
  private mutating func skipEscape(_ byte: UInt8) {
    if byte == 27 {
      escape = 1
    } else if escape == 1 {
      escape = byte == UInt8(ascii: "[") ? 2 : 0
    } else if byte >= 0x40 || escape > 32 {
      escape = 0
    } else {
      escape += 1
    }
  }

  private mutating func append(_ byte: UInt8) {
    if buffer.count < HostTextFeed.lineLimit { buffer.append(byte) } else { isOverlong = true }
  }

  private mutating func endLine(_ emit: (HostPiece) -> Void) {
    if isOverlong {
      emit(.tooLong(line: line))
    } else if buffer.isEmpty {
      emit(.line(HostLine(blank: line)))
    } else {
      let plain = PastedText.plain(buffer[...])
      let text = String(decoding: PastedText.unquoted(plain[...]), as: UTF8.self)
      emit(.line(HostLine(number: line, text: text)))
    }
    buffer.removeAll(keepingCapacity: true)
    isOverlong = false
    escape = 0
    mode = .lineStart
  }

  private mutating func beginObject() {
    mode = .object
    depth = 1
    inString = false
    isEscaped = false
    isOverlong = false
    buffer.removeAll(keepingCapacity: true)
    buffer.append(UInt8(ascii: "{"))
  }

  private mutating func takeInObject(_ byte: UInt8, _ emit: (HostPiece) -> Void) {
    if buffer.count < HostTextFeed.objectLimit { buffer.append(byte) } else { isOverlong = true }
    if inString {
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        inString = false
      }
      return
    }
    switch byte {
    case UInt8(ascii: "\""): inString = true
    case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      depth -= 1
      guard depth == 0 else { return }
      record += 1
      emit(isOverlong ? .tooLong(line: line) : .object(buffer, record: record))
      buffer.removeAll(keepingCapacity: true)
      isOverlong = false
      mode = .between
    default: break
    }
  }
}

extension RawSpan {
  /// One byte within bounds that the caller has checked by taking the offset from the span.
  fileprivate func unsafeLoadByte(_ offset: Int) -> UInt8 {
    unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }
}
