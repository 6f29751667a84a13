internal import Observations

/// A table whose columns a user has explained, see `ColumnMap`: one packet a line.
///
/// Nothing is read that the map does not name, and nothing is taken for a table without a map.
/// Cells may stand in quotes. Where columns are named by words, the line that holds all of them is
/// the header and what stands before it is not the table's; where all are numbers, a first line in
/// which neither time nor address can be read is taken for one.
struct ColumnLog: LineFormat {
  static var name: String { "columns" }
  /// Any step: how the table is sorted is not told.
  static var orderTolerance: Int64 { .max }

  private let map: ColumnMap
  private let time: ColumnTime
  /// For each column of the table the index of its field; -1 for others.
  private var fields: [Int8] = []
  /// The cells of the last line, by field; of no bytes where there is none.
  private var cells: [Range<Int>]
  private var hasHeader = false
  private var lineCount = 0

  /// A table of which nothing is known: no line is its own.
  init() { self.init(nil) }

  /// A table as a user has explained it.
  init(_ map: ColumnMap?) {
    self.map = map ?? .nothing
    time = ColumnTime(self.map)
    cells = [Range<Int>](repeating: 0..<0, count: ColumnMap.Field.allCases.count)
    let isNumbered = self.map.places.values.allSatisfy {
      if case .number = $0 { true } else { false }
    }
    if map != nil, isNumbered { number() }
  }

  private mutating func number() {
    fields = [Int8](repeating: -1, count: ColumnMap.mostColumns)
    var most = 0
    for field in ColumnMap.Field.allCases {
      guard case .number(let column) = map.places[field], column < fields.count else { continue }
      fields[column] = Int8(field.index)
      most = max(most, column + 1)
    }
    fields.removeLast(fields.count - most)
  }

  private func cell(_ field: ColumnMap.Field) -> Range<Int>? {
    let cell = cells[field.index]
    return cell.isEmpty ? nil : cell
  }

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    if !hasHeader, takeHeader(bytes, range) { return .other }
    guard !fields.isEmpty else { return .foreign }
    lineCount &+= 1
    let count = split(bytes, range)
    if hasHeader, isHeader(bytes) { return .other }
    guard count >= fields.count || cell(.source) != nil else { return .wrong(.lineCut) }
    guard let from = cell(.source), let to = cell(.destination) else {
      return .wrong(.addressMissing)
    }
    let instant = (cell(.date) ?? cell(.time)).flatMap {
      time.read(bytes, $0, cell(.date) == nil ? nil : cell(.time), &log.clock)
    }
    let ends = EndpointPair(Endpoint(bytes, from), Endpoint(bytes, to))
    guard case .known(let source, let destination) = ends else {
      if lineCount == 1, instant == nil { return .other }
      if case .wrong(let anomaly) = ends { return .wrong(anomaly) }
      return .other
    }
    guard let instant else { return .wrong(.stampMalformed) }
    var packet = Observation()
    packet.time = instant
    packet.source = source.0
    packet.destination = destination.0
    var problem: Anomaly?
    if let proto = cell(.proto) {
      if let transport = Transport(anyName: bytes, proto) {
        packet.transport =
          transport == .icmp && !packet.source.isIPv4 && !packet.source.isVeiled
          ? .icmpv6 : transport
      } else {
        problem = .numberMalformed
      }
    }
    setPorts(bytes, (source.1, destination.1), &packet, &problem)
    setFurther(bytes, &packet, &problem)
    return .packet(packet, problem)
  }

  /// Ports out of their columns, or from behind the addresses.
  private func setPorts(
    _ bytes: RawSpan, _ stated: (UInt16?, UInt16?), _ packet: inout Observation,
    _ problem: inout Anomaly?
  ) {
    let isControl = packet.transport == .icmp || packet.transport == .icmpv6
    let first = cell(isControl ? .icmpType : .sourcePort)
    let second = cell(isControl ? .icmpCode : .destinationPort)
    // A protocol that is not told may well have ports.
    guard isControl || packet.transport.hasPorts || cell(.proto) == nil else { return }
    let from = first.map { bytes.port($0) } ?? (isControl ? nil : stated.0)
    let to = second.map { bytes.port($0) } ?? (isControl ? nil : stated.1)
    if first != nil && from == nil || second != nil && to == nil { problem = .numberMalformed }
    if let from, let to {
      packet.setPorts(from, to)
    } else if let to, !isControl {
      packet.destinationPort = to
    }
  }

  private func setFurther(
    _ bytes: RawSpan, _ packet: inout Observation, _ problem: inout Anomaly?
  ) {
    if let action = cell(.action) {
      if map.blocked.contains(where: { bytes.isWord($0, action) }) { packet.action = .blocked }
      if map.allowed.contains(where: { bytes.isWord($0, action) }) { packet.action = .allowed }
    }
    if let flags = cell(.flags), packet.transport == .tcp {
      packet.tcpFlags = TCPFlags(letters: bytes, flags)
    }
    if let length = cell(.length) {
      if let length = bytes.decimal(length), length <= 0xffff {
        packet.length = UInt32(length)
      } else {
        problem = .numberMalformed
      }
    }
    if let count = cell(.count) {
      if let count = bytes.count(count), count > 0 {
        packet.setPackets(UInt32(clamping: count))
      } else {
        problem = .numberMalformed
      }
    }
  }

  /// Takes the columns' names from a line that holds all that the map names.
  private mutating func takeHeader(_ bytes: RawSpan, _ range: Range<Int>) -> Bool {
    guard map.places.values.contains(where: { if case .name = $0 { true } else { false } }) else {
      return false
    }
    var found = [Int8](repeating: -1, count: ColumnMap.mostColumns)
    var count = 0
    var most = 0
    var at = range.lowerBound
    var left = map.places
    while at <= range.upperBound, count < found.count {
      let cell = next(bytes, &at, range.upperBound)
      for field in ColumnMap.Field.allCases {
        switch left[field] {
        case .number(count): break
        case .name(let name) where bytes.isWord(name, cell): break
        default: continue
        }
        found[count] = Int8(field.index)
        left[field] = nil
        most = count + 1
        break
      }
      count += 1
    }
    guard left.isEmpty else { return false }
    fields = Array(found[..<most])
    hasHeader = true
    return true
  }

  /// Whether the last line is the header once more.
  private func isHeader(_ bytes: RawSpan) -> Bool {
    map.places.allSatisfy { field, place in
      guard case .name(let name) = place else { return true }
      return bytes.isWord(name, cells[field.index])
    }
  }

  /// Finds the cells of a line, as far as they are wanted; how many there were.
  private mutating func split(_ bytes: RawSpan, _ range: Range<Int>) -> Int {
    for index in cells.indices { cells[index] = 0..<0 }
    var at = range.lowerBound
    var count = 0
    while at <= range.upperBound, count < fields.count {
      let cell = next(bytes, &at, range.upperBound)
      if fields[count] >= 0 { cells[Int(fields[count])] = cell }
      count &+= 1
    }
    return count
  }

  /// The cell at `at`, without blanks and quotes around it; `at` goes behind its delimiter.
  private func next(_ bytes: RawSpan, _ at: inout Int, _ end: Int) -> Range<Int> {
    var from = at
    while from < end, bytes.byte(from) == 0x20 { from &+= 1 }
    if from < end, bytes.byte(from) == 0x22 {
      let quoted = NamedCells.quoted(bytes, from + 1, end)
      at = (bytes.first(map.delimiter, in: quoted.upperBound..<end) ?? end) &+ 1
      return quoted
    }
    var to = bytes.first(map.delimiter, in: from..<max(from, end)) ?? end
    at = to &+ 1
    while to > from, bytes.byte(to &- 1) == 0x20 { to &-= 1 }
    return from..<to
  }
}

extension ColumnMap {
  /// No columns at all.
  fileprivate static var nothing: ColumnMap { ColumnMap(places: [:]) }

  private init(places: [Field: Place]) { self.places = places }
}

extension RawSpan {
  /// Whether a word fills `range` in any case.
  func isWord(_ word: [UInt8], _ range: Range<Int>) -> Bool {
    guard range.count == word.count else { return false }
    for i in word.indices {
      let byte = byte(range.lowerBound &+ i)
      let folded = byte &- 65 < 26 ? byte | 0x20 : byte
      let wanted = word[i] &- 65 < 26 ? word[i] | 0x20 : word[i]
      if folded != wanted { return false }
    }
    return true
  }
}
