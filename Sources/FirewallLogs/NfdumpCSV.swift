internal import Observations

/// What nfdump prints of NetFlow records as CSV, by the names of its first line (nfdump(1), `-o
/// csv`): `ts,te,td,sa,da,sp,dp,pr,flg,…,ipkt,ibyt,opkt,obyt,…`, or since version 1.7
/// `firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,…`.
///
/// It tells what the other formats of nfdump tell (see `Nfdump`); packets back stand in columns
/// of their own.
struct NfdumpCSV: LineFormat {
  static var name: String { "nfdump-csv" }
  /// Any step: records are printed as they were exported, when flows had ended.
  static var orderTolerance: Int64 { .max }

  private enum Column {
    static let time = 0, source = 1, destination = 2, sourcePort = 3, destinationPort = 4
    static let proto = 5, flags = 6, sent = 7, returned = 8
  }
  private var cells = NamedCells(
    [
      ["ts", "firstSeen"], ["sa", "srcAddr"], ["da", "dstAddr"], ["sp", "srcPort"],
      ["dp", "dstPort"], ["pr", "proto"], ["flg", "flags"], ["ipkt", "packets", "inPackets"],
      ["opkt", "outPackets"],
    ], separator: 0x2c)
  private var stamps = ISOStamps()
  private var isSummary = false

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    switch bytes.byte(range.lowerBound) {
    case 0x30...0x39: break
    case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "c"), UInt8(ascii: "S"),
      UInt8(ascii: "N"):
      return readWords(bytes, range)
    default: return .foreign
    }
    guard cells.count > 0 else { return .foreign }
    if cells.take(bytes, range) != cells.count {
      // The totals below the records are numbers alone.
      let isTotal = isSummary && range.allSatisfy { bytes.byte($0) &- 0x2c < 14 }
      return isTotal ? .other : .foreign
    }
    return readRecord(bytes, &log)
  }

  private mutating func readWords(_ bytes: RawSpan, _ range: Range<Int>) -> LineReading {
    let required = [Column.time, Column.source, Column.destination, Column.proto]
    if cells.name(bytes, range, requiring: required) {
      isSummary = false
      return .other
    }
    guard cells.count > 0 else { return .foreign }
    if bytes.fills("Summary", range) || bytes.has("flows,bytes,packets,", at: range.lowerBound) {
      isSummary = true
      return .other
    }
    return bytes.fills("No matched flows", range) ? .other : .foreign
  }

  private mutating func readRecord(_ bytes: RawSpan, _ log: inout LogState) -> LineReading {
    guard let from = cells[Column.source], let to = cells[Column.destination],
      let proto = cells[Column.proto], let stamp = cells[Column.time]
    else { return .wrong(.lineCut) }
    guard let time = bytes.epoch(stamp) ?? stamps.read(bytes, stamp, &log.clock) else {
      return .wrong(.stampMalformed)
    }
    var packet = Observation()
    switch EndpointPair(bytes.plainAddress(from), bytes.plainAddress(to)) {
    case .wrong(let anomaly): return .wrong(anomaly)
    case .known(let source, let destination):
      packet.source = source.0
      packet.destination = destination.0
    }
    packet.time = time
    packet.action = .audited
    guard let transport = Transport(anyName: bytes, proto) else {
      return .packet(packet, .numberMalformed)
    }
    packet.transport = transport == .icmp && !packet.source.isIPv4 ? .icmpv6 : transport
    var problem = packet.setEnds(bytes, cells[Column.sourcePort], cells[Column.destinationPort])
    let sent = cells[Column.sent].map { bytes.count($0) }
    let back = cells[Column.returned].map { bytes.count($0) }
    if case .some(.none) = sent { problem = .numberMalformed }
    if case .some(.none) = back { problem = .numberMalformed }
    // Without a column for packets there was one at least.
    guard let there = sent ?? 1, let returned = back ?? 0 else { return .packet(packet, problem) }
    if sent == nil { packet.marks.insert(.lowerBound) }
    var answer = packet.turned
    if !answer.transport.hasPorts {
      answer.sourcePort = 0
      answer.destinationPort = 0
      answer.marks.remove(.ports)
    }
    if packet.transport == .tcp, returned == 0,
      let flags = cells[Column.flags].flatMap({ TCPFlags(printed: bytes, $0) })
    {
      packet.tcpFlags = FlowFlags.way(flags, packets: there)
    }
    packet.setPackets(UInt32(clamping: there))
    answer.setPackets(UInt32(clamping: returned))
    switch (there > 0, returned > 0) {
    case (true, true): return log.exchange(packet, answer: answer, problem)
    case (true, false): return .packet(packet, problem)
    case (false, true): return .packet(answer, problem)
    case (false, false): return .other
    }
  }
}
