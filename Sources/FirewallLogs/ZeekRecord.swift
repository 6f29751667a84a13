internal import Observations

/// What Zeek's connection and notice logs have in common: rows of named columns between header
/// lines, or one JSON object a line.
struct ZeekTable {
  var cells: NamedCells
  private var stamps = ISOStamps()
  /// Whether a header named the columns.
  private(set) var hasColumns = false

  init(_ names: [[StaticString]]) { cells = NamedCells(names) }

  /// A line of a header, by its first word.
  enum Header {
    case none
    /// What is said about the file: separators, times, types.
    case about
    /// The log's name; it fills the range.
    case path(Range<Int>)
    /// The columns' names.
    case fields(Range<Int>)
  }

  /// What a line says about the columns.
  func header(_ bytes: RawSpan, _ range: Range<Int>) -> Header {
    guard bytes.byte(range.lowerBound) == 0x23 else { return .none }
    var line = TextCursor(bytes, range)
    // The separator is what stands behind the word, so it need not be told.
    if line.take("#fields"), line.at + 1 < line.end { return .fields(line.at + 1..<line.end) }
    if line.take("#path"), line.at + 1 < line.end { return .path(line.at + 1..<line.end) }
    for word: StaticString in [
      "#separator ", "#set_separator", "#empty_field", "#unset_field", "#open", "#types", "#close",
    ] where line.take(word) { return .about }
    return .none
  }

  /// Takes the columns' names from a header; false where a required one is missing.
  mutating func name(_ bytes: RawSpan, _ names: Range<Int>, requiring required: [Int]) -> Bool {
    let before = cells.separator
    cells.separator = bytes.byte(names.lowerBound - 1)
    guard cells.name(bytes, names, requiring: required) else {
      cells.separator = before
      return false
    }
    hasColumns = true
    return true
  }

  /// Takes a row; false where it has not the columns that the header named.
  mutating func takeRow(_ bytes: RawSpan, _ range: Range<Int>) -> Bool {
    guard hasColumns, cells.take(bytes, range) == cells.count else { return false }
    cells.drop("-", bytes)
    cells.drop("(empty)", bytes)
    return true
  }

  /// Takes the members of an object; false where it is broken off.
  mutating func takeObject(_ bytes: RawSpan, _ object: Range<Int>) -> Bool {
    cells.clear()
    var json = JSONLine(bytes, object)
    while true {
      switch json.next(bytes) {
      case .member: cells.take(bytes, json)
      case .close: return true
      case .broken: return false
      }
    }
  }

  /// A time: seconds since the epoch, or ISO 8601 where JSON was set to that.
  mutating func time(
    _ bytes: RawSpan, _ index: Int, _ clock: inout StampClock
  ) -> Int64? {
    guard let cell = cells[index] else { return nil }
    return bytes.epoch(cell) ?? stamps.read(bytes, cell, &clock)
  }

  /// `T` or `F`, in JSON `true` or `false`; nil where nothing is said.
  func truth(_ bytes: RawSpan, _ index: Int) -> Bool? {
    guard let cell = cells[index] else { return nil }
    switch bytes.byte(cell.lowerBound) | 0x20 {
    case UInt8(ascii: "t"): return true
    case UInt8(ascii: "f"): return false
    default: return nil
    }
  }

  /// The transport that Zeek names, or the number where it knows no name; `icmp` is both kinds.
  func transport(_ bytes: RawSpan, _ name: Int, _ number: Int?, isIPv4: Bool) -> Transport? {
    guard let cell = cells[name] else { return nil }
    if bytes.fills("unknown_transport", cell) {
      guard let number, let cell = cells[number] else { return nil }
      return Transport(anyName: bytes, cell)
    }
    guard let transport = Transport(anyName: bytes, cell) else { return nil }
    return transport == .icmp && !isIPv4 ? .icmpv6 : transport
  }
}

extension Observation {
  /// Ports as Zeek gives them. Of ICMP the first is the type, and the second the type of the answer
  /// where there is one (its code is then not told, and none but 0 is defined), else the code.
  mutating func setZeekPorts(_ first: UInt16, _ second: UInt16) {
    switch transport {
    case .icmp, .icmpv6:
      setPorts(first, ZeekTable.counterpart(first, transport) == second ? 0 : second)
    default: if transport.hasPorts { setPorts(first, second) }
    }
  }
}

extension ZeekTable {
  /// The type that answers another: ICMP (RFC 792, RFC 950, RFC 1256), ICMPv6 (RFC 2710, 4443,
  /// 4620, 4861, 5568).
  static func counterpart(_ type: UInt16, _ transport: Transport) -> UInt16? {
    let pairs: [(UInt16, UInt16)] =
      transport == .icmp ? controlPairs : controlPairs6
    for pair in pairs {
      if pair.0 == type { return pair.1 }
      if pair.1 == type { return pair.0 }
    }
    return nil
  }

  private static let controlPairs: [(UInt16, UInt16)] = [
    (8, 0), (10, 9), (13, 14), (15, 16), (17, 18),
  ]
  private static let controlPairs6: [(UInt16, UInt16)] = [
    (128, 129), (130, 131), (133, 134), (135, 136), (139, 140), (144, 145),
  ]
}
