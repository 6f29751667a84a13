/// One line of a manifest, ready to be read.
struct ManifestLine {
  /// Its number, from 1.
  let number: Int
  /// Its text without line end, terminal escapes, quote marks.
  let text: String
  /// Whether bytes of it were left out because it is too long.
  let isCut: Bool
}

/// Cuts a stream of bytes into lines with a bounded memory: UTF-8, or UTF-16 by its byte order
/// mark; bytes that are no UTF-8 are taken as Latin-1.
struct ManifestLines {
  /// Code units of a line that are kept; the longest path of Windows has half as many.
  static let longestLine = 1 << 16

  private enum Encoding {
    case open, bytes, littleEndian, bigEndian
  }

  private var encoding = Encoding.open
  private var held: UInt8?
  private var units: [UInt16] = []
  private var isCut = false
  private var number = 1

  /// Takes further bytes and hands out the lines that are complete.
  mutating func feed(_ bytes: [UInt8], each: (ManifestLine) -> Void) {
    for byte in bytes { take(byte, each: each) }
  }

  /// Hands out what stands after the last line end.
  mutating func finish(each: (ManifestLine) -> Void) {
    if let held, encoding == .open || encoding == .bytes { append(UInt16(held), each: each) }
    held = nil
    if !units.isEmpty { end(each: each) }
  }

  private mutating func take(_ byte: UInt8, each: (ManifestLine) -> Void) {
    switch encoding {
    case .bytes: append(UInt16(byte), each: each)
    case .open:
      guard let first = held else {
        held = byte
        return
      }
      held = nil
      switch (first, byte) {
      case (0xFF, 0xFE): encoding = .littleEndian
      case (0xFE, 0xFF): encoding = .bigEndian
      default:
        encoding = .bytes
        append(UInt16(first), each: each)
        append(UInt16(byte), each: each)
      }
    case .littleEndian, .bigEndian:
      guard let first = held else {
        held = byte
        return
      }
      held = nil
      let (low, high) = encoding == .littleEndian ? (first, byte) : (byte, first)
      append(UInt16(high) << 8 | UInt16(low), each: each)
    }
  }

  private mutating func append(_ unit: UInt16, each: (ManifestLine) -> Void) {
    if unit == 0x0A {
      end(each: each)
    } else if units.count < Self.longestLine {
      units.append(unit)
    } else {
      isCut = true
    }
  }

  private mutating func end(each: (ManifestLine) -> Void) {
    each(ManifestLine(number: number, text: Self.cleaned(text), isCut: isCut))
    units.removeAll(keepingCapacity: true)
    isCut = false
    number += 1
  }

  private var text: String {
    if encoding == .littleEndian || encoding == .bigEndian {
      return String(decoding: units, as: UTF16.self)
    }
    let bytes = units.map { UInt8(truncatingIfNeeded: $0) }
    return String(validating: bytes, as: UTF8.self)
      ?? bytes.reduce(into: "") { $0.unicodeScalars.append(Unicode.Scalar($1)) }
  }

  /// The text without terminal escapes, control characters, byte order mark, and marks of quoting.
  private static func cleaned(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    var isInEscape = false
    for scalar in text.unicodeScalars {
      if isInEscape {
        // A sequence `ESC [ … letter` ends with its first letter.
        isInEscape = !(scalar.properties.isAlphabetic)
      } else if scalar.value == 0x1B {
        isInEscape = true
      } else if scalar.value == 9 || (scalar.value >= 32 && scalar.value != 127) {
        if scalar.value != 0xFEFF { scalars.append(scalar) }
      }
    }
    var rest = Substring(String(scalars))
    while let first = rest.drop(while: { $0 == " " }).first, first == ">" {
      rest = rest.drop { $0 == " " }.dropFirst()
      if rest.first == " " { rest = rest.dropFirst() }
    }
    return String(rest)
  }
}

extension StringProtocol {
  /// The text without blanks at its ends.
  var trimmed: String {
    let front = drop { $0 == " " || $0 == "\t" || $0 == "\u{A0}" }
    var end = front.endIndex
    while end > front.startIndex {
      let before = front.index(before: end)
      guard front[before] == " " || front[before] == "\t" || front[before] == "\u{A0}" else {
        break
      }
      end = before
    }
    return String(front[..<end])
  }
}
