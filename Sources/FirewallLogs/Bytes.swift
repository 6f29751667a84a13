internal import CScan
internal import Observations

/// A number read from text and how many bytes it took; no bytes where there was no number.
struct ScannedNumber {
  var value: UInt32
  var count: Int
  /// A digit follows that no longer fits, or a letter that does not belong to a number.
  var isSpoiled: Bool
}

extension RawSpan {
  /// The byte at `at`, or 0 past the end.
  @inline(__always)
  func byte(_ at: Int) -> UInt8 {
    guard at >= 0, at < byteCount else { return 0 }
    // The line above is the bounds check.
    return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: UInt8.self)
  }

  /// Four bytes from `at`, the first in the lowest bits; zeros past the end.
  @inline(__always)
  func word4(_ at: Int) -> UInt32 {
    if at >= 0, at <= byteCount &- 4 {
      // The line above is the bounds check; a span's length is never negative.
      return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: UInt32.self).littleEndian
    }
    return UInt32(truncatingIfNeeded: partialWord(at))
  }

  /// Eight bytes from `at`, the first in the lowest bits; zeros past the end.
  @inline(__always)
  func word8(_ at: Int) -> UInt64 {
    if at >= 0, at <= byteCount &- 8 {
      // The line above is the bounds check; a span's length is never negative.
      return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: UInt64.self).littleEndian
    }
    return partialWord(at)
  }

  @inline(never)
  private func partialWord(_ at: Int) -> UInt64 {
    var word: UInt64 = 0
    for i in 0..<8 { word |= UInt64(byte(at &+ i)) << UInt64(8 * i) }
    return word
  }

  /// Whether `text` stands at `at`.
  func has(_ text: StaticString, at: Int) -> Bool {
    guard at >= 0, text.utf8CodeUnitCount <= byteCount - at else { return false }
    return text.withUTF8Buffer { expected in
      for i in 0..<expected.count where unsafe byte(at &+ i) != expected[i] { return false }
      return true
    }
  }

  /// The first place of `wanted` in `range`; nil where there is none.
  @inline(__always)
  func first(_ wanted: UInt8, in range: Range<Int>) -> Int? {
    var at = max(0, range.lowerBound)
    let end = Swift.min(range.upperBound, byteCount)
    while at &+ 16 <= end {
      let mask = culprit_equal16(
        unsafe unsafeLoadUnaligned(fromByteOffset: at, as: SIMD16<UInt8>.self), wanted)
      if mask != 0 { return at &+ mask.trailingZeroBitCount }
      at &+= 16
    }
    while at < end {
      if byte(at) == wanted { return at }
      at &+= 1
    }
    return nil
  }

  /// A decimal number of at most ten digits that fits 32 bits, ended by a blank, a bracket or the
  /// end of the line.
  @inline(__always)
  func number(_ at: Int) -> ScannedNumber {
    let word = word8(at)
    let digits = Digits.leading(word)
    if digits == 8 { return longNumber(at) }
    let next = UInt8(truncatingIfNeeded: word &>> UInt64(truncatingIfNeeded: 8 &* digits))
    return ScannedNumber(
      value: Digits.value(word, digits), count: digits,
      isSpoiled: digits == 0 || !Digits.ends(next))
  }

  @inline(never)
  private func longNumber(_ at: Int) -> ScannedNumber {
    var value: UInt64 = 0
    var count = 0
    while count < 11, byte(at &+ count) &- 48 < 10 {
      value = value &* 10 &+ UInt64(byte(at &+ count) &- 48)
      count &+= 1
    }
    let fits = count <= 10 && value <= UInt64(UInt32.max)
    return ScannedNumber(
      value: fits ? UInt32(value) : .max, count: count,
      isSpoiled: !fits || !Digits.ends(byte(at &+ count)))
  }

  /// The address at `at`, ended by a blank, a bracket or the end of the line; nil where there is
  /// none that can be read.
  @inline(__always)
  func address(_ at: Int) -> Address? {
    if let quad = dottedQuad(at), quad.isEnded {
      return Address(ipv4: quad.value)
    }
    return colonAddress(at)
  }

  /// Four decimal octets with dots between them, where they end, and whether a value may end there.
  @inline(__always)
  func dottedQuad(_ at: Int) -> (value: UInt32, end: Int, isEnded: Bool)? {
    var end = at
    var value: UInt32 = 0
    var wrong: UInt32 = 0
    var next: UInt8 = 0
    for index in 0..<4 {
      let word = word4(end)
      let digits = Digits.leading(word)
      // One to three digits: none wraps round to a large number.
      wrong |= UInt32(truncatingIfNeeded: digits &- 1) > 2 ? 1 : 0
      let octet = Digits.octet(word, digits)
      wrong |= octet >> 8
      value = value << 8 | (octet & 0xff)
      next = UInt8(truncatingIfNeeded: word &>> UInt32(truncatingIfNeeded: 8 &* (digits & 3)))
      end &+= digits
      if index < 3 {
        wrong |= next == 0x2e ? 0 : 1
        end &+= 1
      }
    }
    return wrong == 0 ? (value, end, Digits.ends(next)) : nil
  }

  /// An IPv6 address in any of the forms of RFC 4291, 2.2.
  @inline(never)
  private func colonAddress(_ at: Int) -> Address? {
    var groups = GroupList()
    var place = at
    var gap = -1
    if word4(place) & 0xffff == 0x3a3a {
      gap = 0
      place &+= 2
    }
    while groups.count < 8 {
      if let quad = dottedQuad(place), quad.isEnded, groups.count <= 6 {
        groups.append(quad.value >> 16)
        groups.append(quad.value & 0xffff)
        place = quad.end
        break
      }
      var group: UInt32 = 0
      var count = 0
      while count < 5, let digit = Digits.hexadecimal(byte(place)) {
        group = group << 4 | digit
        count &+= 1
        place &+= 1
      }
      if count == 0, gap == groups.count { break }
      guard (1...4).contains(count) else { return nil }
      groups.append(group)
      guard byte(place) == 0x3a else { break }
      place &+= 1
      if byte(place) == 0x3a {
        guard gap < 0 else { return nil }
        gap = groups.count
        place &+= 1
      } else if Digits.ends(byte(place)) {
        return nil
      }
    }
    guard Digits.ends(byte(place)) else { return nil }
    return groups.address(gap: gap)
  }
}

/// Up to eight groups of an IPv6 address.
private struct GroupList {
  var high: UInt64 = 0
  var low: UInt64 = 0
  var count = 0

  mutating func append(_ group: UInt32) {
    high = high << 16 | low >> 48
    low = low << 16 | UInt64(group)
    count &+= 1
  }

  /// The address, with zeros inserted before the group at `gap` where there is a `::`.
  func address(gap: Int) -> Address? {
    guard gap >= 0 else { return count == 8 ? Address(high: high, low: low) : nil }
    guard count < 8 else { return nil }
    let behind = count - gap
    var front = GroupList()
    for index in 0..<8 {
      let fromEnd = 7 - index
      if index < gap {
        front.append(group(index))
      } else if fromEnd < behind {
        front.append(group(count - 1 - fromEnd))
      } else {
        front.append(0)
      }
    }
    return Address(high: front.high, low: front.low)
  }

  private func group(_ index: Int) -> UInt32 {
    let fromEnd = UInt64(count - 1 - index)
    let word = fromEnd < 4 ? low >> (16 * fromEnd) : high >> (16 * (fromEnd - 4))
    return UInt32(word & 0xffff)
  }
}

/// Decimal digits, several at a time.
enum Digits {
  /// How many of the eight bytes are digits before the first that is not.
  @inline(__always)
  static func leading(_ word: UInt64) -> Int {
    let shape = word ^ 0x3030_3030_3030_3030
    let others = ((shape &+ 0x0606_0606_0606_0606) | shape) & 0xf0f0_f0f0_f0f0_f0f0
    return others.trailingZeroBitCount >> 3
  }

  /// The same of four bytes.
  @inline(__always)
  static func leading(_ word: UInt32) -> Int {
    let shape = word ^ 0x3030_3030
    let others = ((shape &+ 0x0606_0606) | shape) & 0xf0f0_f0f0
    return others.trailingZeroBitCount >> 3
  }

  /// The value of the first `count` bytes, which are digits; 0 for none.
  @inline(__always)
  static func value(_ word: UInt64, _ count: Int) -> UInt32 {
    var v = (word & 0x0f0f_0f0f_0f0f_0f0f) &<< UInt64(truncatingIfNeeded: 64 &- 8 &* count)
    v = v &* 10 &+ v >> 8
    let even = (v & 0x0000_00ff_0000_00ff) &* 0x000f_4240_0000_0064
    let odd = ((v >> 16) & 0x0000_00ff_0000_00ff) &* 0x0000_2710_0000_0001
    return UInt32(truncatingIfNeeded: (even &+ odd) >> 32)
  }

  /// The value of the first one to three bytes, which are digits.
  @inline(__always)
  static func octet(_ word: UInt32, _ count: Int) -> UInt32 {
    let v = (word & 0x0f0f_0f0f) &<< UInt32(truncatingIfNeeded: 32 &- 8 &* count)
    return v >> 24 &+ (v >> 16 & 0xff) &* 10 &+ (v >> 8 & 0xff) &* 100
  }

  /// Whether a byte may follow a value: a blank, a control character, the end, or a bracket.
  @inline(__always)
  static func ends(_ byte: UInt8) -> Bool { byte <= 0x20 || byte == 0x5d }

  static func hexadecimal(_ byte: UInt8) -> UInt32? {
    switch byte {
    case 48...57: UInt32(byte - 48)
    case 65...70: UInt32(byte - 55)
    case 97...102: UInt32(byte - 87)
    default: nil
    }
  }
}
