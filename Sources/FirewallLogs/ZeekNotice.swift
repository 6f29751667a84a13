internal import Observations

/// Zeek's `notice.log` (Zeek manual, "notice.log"), by its `#fields` or as one JSON object a line.
///
/// A notice is what a script of Zeek's found remarkable. One that names a protocol and both ends
/// (`id.orig_h` and `id.resp_h`, or `src` and `dst` with the port `p`) tells of one packet at
/// least, which is `audited`; how many there were it does not say. One that names less, as those
/// on scans do, tells of no packet that could be counted.
struct ZeekNotice: LineFormat {
  static var name: String { "zeek-notice" }
  /// Any step: a script may think about a connection for as long as it likes.
  static var orderTolerance: Int64 { .max }

  private enum Column {
    static let time = 0, source = 1, sourcePort = 2, destination = 3, destinationPort = 4
    static let proto = 5, note = 6, from = 7, to = 8, port = 9
  }
  private static let names: [[StaticString]] = [
    ["ts"], ["id.orig_h"], ["id.orig_p"], ["id.resp_h"], ["id.resp_p"], ["proto"], ["note"],
    ["src"], ["dst"], ["p"],
  ]
  private var table = ZeekTable(ZeekNotice.names)

  init() {}

  /// Whether a header's columns are those of this log.
  static func isNamed(_ bytes: RawSpan, _ names: Range<Int>) -> Bool {
    var table = ZeekTable(ZeekNotice.names)
    return table.name(bytes, names, requiring: [Column.time, Column.note, Column.from, Column.to])
  }

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    switch bytes.byte(range.lowerBound) {
    case 0x23: return readHeader(bytes, range)
    case 0x30...0x39:
      guard table.takeRow(bytes, range) else { return .foreign }
      return readNotice(bytes, &log)
    case 0x7b:
      let isWhole = table.takeObject(bytes, range)
      guard table.cells[Column.time] != nil, let note = table.cells[Column.note],
        ZeekNotice.isKind(bytes, note)
      else { return .foreign }
      return isWhole ? readNotice(bytes, &log) : .wrong(.lineCut)
    default: return .foreign
    }
  }

  /// Kinds of notices are written as `Module::Name`.
  private static func isKind(_ bytes: RawSpan, _ cell: Range<Int>) -> Bool {
    guard let colon = bytes.first(0x3a, in: cell) else { return false }
    return bytes.byte(colon + 1) == 0x3a && colon + 2 < cell.upperBound
  }

  private mutating func readHeader(_ bytes: RawSpan, _ range: Range<Int>) -> LineReading {
    switch table.header(bytes, range) {
    case .none: return .foreign
    case .about: return .other
    case .path(let name): return bytes.fills("notice", name) ? .other : .foreign
    case .fields(let names):
      let required = [Column.time, Column.note, Column.from, Column.to]
      return table.name(bytes, names, requiring: required) ? .other : .foreign
    }
  }

  private mutating func readNotice(_ bytes: RawSpan, _ log: inout LogState) -> LineReading {
    let cells = table.cells
    guard let time = table.time(bytes, Column.time, &log.clock) else {
      return .wrong(.stampMalformed)
    }
    let isConnection = cells[Column.source] != nil && cells[Column.destination] != nil
    guard cells[Column.proto] != nil, let from = cells[isConnection ? Column.source : Column.from],
      let to = cells[isConnection ? Column.destination : Column.to]
    else { return .other }
    var packet = Observation()
    switch EndpointPair(bytes.plainAddress(from), bytes.plainAddress(to)) {
    case .wrong(let anomaly): return .wrong(anomaly)
    case .known(let source, let destination):
      packet.source = source.0
      packet.destination = destination.0
    }
    packet.time = time
    packet.action = .audited
    packet.marks.insert(.lowerBound)
    let transport = table.transport(bytes, Column.proto, nil, isIPv4: packet.source.isIPv4)
    guard let transport else { return .packet(packet, .numberMalformed) }
    packet.transport = transport
    if let first = cells[Column.sourcePort], let second = cells[Column.destinationPort] {
      guard let first = bytes.port(first), let second = bytes.port(second) else {
        return .packet(packet, .numberMalformed)
      }
      packet.setZeekPorts(first, second)
    } else if let port = cells[Column.port], transport.hasPorts {
      guard let port = bytes.port(port) else { return .packet(packet, .numberMalformed) }
      packet.destinationPort = port
    }
    return .packet(packet, nil)
  }
}
