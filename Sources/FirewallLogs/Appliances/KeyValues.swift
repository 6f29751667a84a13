internal import Observations

/// Walks the `key=value` pairs of a line, left to right; each byte is looked at a bounded number of
/// times, whatever the line holds, and nothing is allocated.
///
/// A quoted value ends at the next quote that no backslash stands before; one whose quote never
/// ends reaches to the end of the line. Some collectors escape the quotes of the device itself
/// (`time=\"…\"`): such a value ends at the next such quote.
struct KeyValues {
  /// How keys and values are set off.
  enum Style {
    /// `key=value key="value"`, with blanks or commas between.
    case equals
    /// `key=value key=value`, with blanks in values: a value ends where the next key begins, and
    /// `\=` is no equals sign (CEF).
    case spaced
    /// `key:"value"; key:"value"` or `key: value; key: value`.
    case colons
  }
  /// The key met last.
  private(set) var key: Range<Int>
  /// Its value, without quotes.
  private(set) var value: Range<Int>
  private var at: Int
  private let end: Int

  /// A walker before the first pair in `range`.
  init(_ bytes: RawSpan, _ range: Range<Int>) {
    at = max(0, range.lowerBound)
    end = max(at, min(range.upperBound, bytes.byteCount))
    key = at..<at
    value = at..<at
  }

  /// Goes to the next pair; false where there is none.
  @inline(__always)
  mutating func next(_ bytes: RawSpan, _ style: Style = .equals) -> Bool {
    let mark: UInt8 = style == .colons ? 0x3a : 0x3d
    while let place = bytes.first(mark, in: at..<end) {
      var from = place
      while from > at, KeyValues.isName(bytes.byte(from &- 1)) { from &-= 1 }
      at = place &+ 1
      if from == place { continue }
      key = from..<place
      switch style {
      case .equals: takeEquals(bytes)
      case .colons: takeColons(bytes)
      case .spaced: takeSpaced(bytes)
      }
      return true
    }
    at = end
    return false
  }

  /// Letters, digits, `_`, `-`, `.` and `/`.
  @inline(__always)
  private static func isName(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- 97 < 26 || byte &- 45 < 13 || byte == 0x5f
  }

  @inline(__always)
  private mutating func takeEquals(_ bytes: RawSpan) {
    if at < end, bytes.byte(at) == 0x22 { return takeQuoted(bytes) }
    if at &+ 1 < end, bytes.byte(at) == 0x5c, bytes.byte(at &+ 1) == 0x22 {
      return takeEscaped(bytes)
    }
    let stop = bytes.first(0x20, in: at..<end) ?? end
    value = at..<stop
    at = stop
    if !value.isEmpty, bytes.byte(stop &- 1) == 0x2c { value = value.lowerBound..<stop &- 1 }
  }

  /// Behind the mark, at a quote.
  @inline(__always)
  private mutating func takeQuoted(_ bytes: RawSpan) {
    let from = at &+ 1
    var scan = from
    while let quote = bytes.first(0x22, in: scan..<end) {
      if bytes.byte(quote &- 1) != 0x5c || !isEscaped(bytes, quote, from) {
        value = from..<quote
        at = quote &+ 1
        return
      }
      scan = quote &+ 1
    }
    value = from..<end
    at = end
  }

  /// Whether an odd number of backslashes stands before `quote`.
  private func isEscaped(_ bytes: RawSpan, _ quote: Int, _ from: Int) -> Bool {
    var first = quote
    while first > from, bytes.byte(first &- 1) == 0x5c { first &-= 1 }
    return (quote &- first) & 1 == 1
  }

  /// `\"value\"`.
  private mutating func takeEscaped(_ bytes: RawSpan) {
    let from = at &+ 2
    let stop = bytes.first(0x22, in: from..<end) ?? end
    value = from..<max(from, stop &- (stop < end && bytes.byte(stop &- 1) == 0x5c ? 1 : 0))
    at = min(end, stop &+ 1)
  }

  @inline(__always)
  private mutating func takeColons(_ bytes: RawSpan) {
    while at < end, bytes.byte(at) == 0x20 { at &+= 1 }
    if at < end, bytes.byte(at) == 0x22 { return takeQuoted(bytes) }
    let stop = bytes.first(0x3b, in: at..<end) ?? end
    value = at..<stop
    at = stop
  }

  /// The value reaches to the blank before the next key.
  @inline(__always)
  private mutating func takeSpaced(_ bytes: RawSpan) {
    let from = at
    var scan = at
    while let place = bytes.first(0x3d, in: scan..<end) {
      scan = place &+ 1
      if bytes.byte(place &- 1) == 0x5c { continue }
      var name = place
      while name > from, KeyValues.isName(bytes.byte(name &- 1)) { name &-= 1 }
      guard name < place, name > from, bytes.byte(name &- 1) == 0x20 else { continue }
      value = from..<name &- 1
      at = name
      return
    }
    value = from..<end
    at = end
  }
}

/// Names of fields and what they mean, looked up by their bytes.
struct KeyTable: Sendable {
  private struct Slot {
    var first: UInt64 = 0
    var middle: UInt64 = 0
    var last: UInt64 = 0
    var count = 0
    var index = -1

    /// Turns letters of names of letters alone into small ones.
    mutating func lower() {
      let small: UInt64 = 0x2020_2020_2020_2020
      first |= count < 8 ? small & ((1 &<< UInt64(8 * count)) &- 1) : small
      if count >= 8 { last |= small }
      if count >= 16 { middle |= small }
    }
  }
  private let slots: [Slot]

  /// A table of names, each with the number that it is looked up for; several may share one.
  init(_ names: [(StaticString, Int)]) {
    var size = 16
    while size < names.count * 4 { size *= 2 }
    var slots = [Slot](repeating: Slot(), count: size)
    for (name, index) in names {
      let bytes = name.withUTF8Buffer { unsafe Array($0) }
      let slot = unsafe KeyTable.slot(bytes.span.bytes, 0..<bytes.count)
      var place = KeyTable.place(slot, size)
      while slots[place].index >= 0 { place = (place + 1) & (size - 1) }
      slots[place] = slot
      slots[place].index = index
    }
    self.slots = slots
  }

  /// The number of the name that fills `range`; -1 for any other.
  ///
  /// - Parameters:
  ///   - bytes: the window.
  ///   - range: a name.
  ///   - ignoringCase: whether letters may be of any case; the table's are small then.
  /// - Returns: the number.
  @inline(__always)
  func find(_ bytes: RawSpan, _ range: Range<Int>, ignoringCase: Bool = false) -> Int {
    var wanted = KeyTable.slot(bytes, range)
    if ignoringCase { wanted.lower() }
    var place = KeyTable.place(wanted, slots.count)
    while slots[place].index >= 0 {
      let slot = slots[place]
      if slot.first == wanted.first, slot.last == wanted.last, slot.count == wanted.count,
        slot.middle == wanted.middle
      {
        return slot.index
      }
      place = (place &+ 1) & (slots.count &- 1)
    }
    return -1
  }

  /// A name as its first, its second and its last eight bytes.
  @inline(__always)
  private static func slot(_ bytes: RawSpan, _ range: Range<Int>) -> Slot {
    let count = range.count
    var slot = Slot()
    slot.count = count
    slot.first = bytes.word8(range.lowerBound)
    if count < 8 {
      slot.first &= (1 &<< UInt64(truncatingIfNeeded: 8 &* count)) &- 1
    } else {
      slot.last = bytes.word8(range.upperBound &- 8)
      if count >= 16 { slot.middle = bytes.word8(range.lowerBound &+ 8) }
    }
    return slot
  }

  @inline(__always)
  private static func place(_ slot: Slot, _ size: Int) -> Int {
    let mixed = (slot.first ^ slot.last &* 31 ^ UInt64(truncatingIfNeeded: slot.count))
    return Int(truncatingIfNeeded: (mixed &* 0x9e37_79b9_7f4a_7c15) >> 40) & (size &- 1)
  }
}

/// The values of a line by name. Of a name met twice the first counts: what a stranger can write
/// (addresses of pages, names of users) stands behind what the device says itself.
struct KeyCells<Key: RawRepresentable> where Key.RawValue == Int {
  private let table: KeyTable
  private var cells: [Range<Int>]
  /// Bit i for the key of number i.
  private var found: UInt64 = 0

  /// Room for keys numbered 0 to 63.
  init(_ table: KeyTable) {
    self.table = table
    cells = [Range<Int>](repeating: 0..<0, count: 64)
  }

  /// Finds the cells of a line.
  mutating func take(_ bytes: RawSpan, _ range: Range<Int>, _ style: KeyValues.Style = .equals) {
    found = 0
    var pairs = KeyValues(bytes, range)
    while pairs.next(bytes, style) {
      let index = table.find(bytes, pairs.key)
      if index >= 0 { put(index, pairs.value) }
    }
  }

  /// Forgets the line taken last.
  mutating func clear() { found = 0 }

  /// Sets a cell, unless it has been.
  mutating func put(_ index: Int, _ value: Range<Int>) {
    guard cells.indices.contains(index), found & (1 << UInt64(index)) == 0 else { return }
    found |= 1 << UInt64(index)
    cells[index] = value
  }

  /// The value of a key; nil where the line does not name it.
  subscript(_ key: Key) -> Range<Int>? {
    found & (1 << UInt64(key.rawValue)) == 0 ? nil : cells[key.rawValue]
  }
}

extension RawSpan {
  /// The key before the first equals sign of a line, where only blanks, a priority or a syslog
  /// header stand before it; nil where there is none within 400 bytes. Says at once which product
  /// a line of pairs may be.
  func firstKey(_ range: Range<Int>) -> Range<Int>? {
    let head = range.lowerBound..<Swift.min(range.upperBound, range.lowerBound &+ 400)
    var from = head.lowerBound
    while let equals = first(0x3d, in: from..<head.upperBound) {
      var name = equals
      while name > from, isNameByte(byte(name &- 1)) { name &-= 1 }
      if name < equals { return name..<equals }
      from = equals &+ 1
    }
    return nil
  }

  private func isNameByte(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- 97 < 26 || byte &- 48 < 10 || byte == 0x5f || byte == 0x2d
  }

  /// The decimal number that fills `range`, of at most 18 digits.
  func whole(_ range: Range<Int>?) -> Int? {
    guard let range, (1...18).contains(range.count) else { return nil }
    var value = 0
    for at in range {
      let digit = byte(at) &- 48
      guard digit < 10 else { return nil }
      value = value &* 10 &+ Int(digit)
    }
    return value
  }

  /// Whether `text` fills `range`.
  func fills(_ text: StaticString, _ range: Range<Int>?) -> Bool {
    range.map { fills(text, $0) } ?? false
  }

  /// Whether `range` begins with `text`.
  func starts(_ text: StaticString, _ range: Range<Int>?) -> Bool {
    guard let range, range.count >= text.utf8CodeUnitCount else { return false }
    return has(text, at: range.lowerBound)
  }
}
