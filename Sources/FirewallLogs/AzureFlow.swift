internal import Observations

/// Microsoft Azure's flow logs of network security groups and virtual networks (Azure Network
/// Watcher documentation, "Flow logging for network security groups", "Virtual network flow logs"):
/// JSON in which each flow is a text of cells, `"1236060000,192.0.2.4,198.51.100.7,4000,443,T,O,A,B,,,,"`.
///
/// It is read where a line holds one of these texts, as after a pretty-printer: of a line that holds
/// more nothing is read, and that is counted as a problem, as are lines too long to be read at all.
/// Cells: time in seconds or milliseconds, both ends and their ports, protocol, direction, and what
/// was done: `A` or `D`, since version 2 with a state of the flow and packets there and back. A
/// flow's begin (`B`) is one packet, which the count of its next report holds again; denied
/// flows have no count, so there was one packet at least.
struct AzureFlow: LineFormat {
  static var name: String { "azure-nsg-flow" }
  /// Any step: flows stand by the rules that decided about them.
  static var orderTolerance: Int64 { .max }
  private static let cellCount = 13
  private var cells = [Range<Int>](repeating: 0..<0, count: AzureFlow.cellCount)
  private var stated = StatedPackets()
  /// Whether a line has shown that the text is one of these logs.
  private var isUnderWay = false

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    var at = range.lowerBound
    while at < range.upperBound, bytes.byte(at) == 0x20 || bytes.byte(at) == 0x09 { at += 1 }
    let text = at..<range.upperBound
    switch bytes.byte(at) {
    case 0x22:
      guard let tuple = tuple(bytes, text) else { return readName(bytes, text) }
      return readTuple(bytes, tuple, &log)
    case 0x7b:
      if let count = tupleCount(bytes, text) {
        isUnderWay = true
        return count == 0 ? .other : .wrong(.lineTooLong)
      }
      return isUnderWay && AzureFlow.isBrackets(bytes, text) ? .other : .foreign
    case 0x7d, 0x5b, 0x5d:
      return isUnderWay && AzureFlow.isBrackets(bytes, text) ? .other : .foreign
    default: return .foreign
    }
  }

  /// Nothing but brackets, commas and blanks.
  private static func isBrackets(_ bytes: RawSpan, _ range: Range<Int>) -> Bool {
    range.allSatisfy {
      let byte = bytes.byte($0)
      return byte | 0x20 == 0x7b || byte | 0x20 == 0x7d || byte == 0x2c || byte == 0x20
    }
  }

  private static let members: [StaticString] = [
    "records", "time", "systemId", "macAddress", "category", "resourceId", "operationName",
    "properties", "Version", "flows", "rule", "mac", "flowTuples", "flowLogVersion",
    "flowLogGUID", "flowLogResourceID", "targetResourceID", "flowRecords", "aclID", "flowGroups",
  ]

  /// A member of the records' frame on a line of its own.
  private mutating func readName(_ bytes: RawSpan, _ text: Range<Int>) -> LineReading {
    guard let quote = bytes.first(0x22, in: text.lowerBound + 1..<text.upperBound) else {
      return .foreign
    }
    let name = text.lowerBound + 1..<quote
    guard bytes.byte(quote + 1) == 0x3a || bytes.word4(quote + 1) & 0xffff == 0x3a20,
      AzureFlow.members.contains(where: { bytes.fills($0, name) })
    else { return .foreign }
    if bytes.fills("flowTuples", name) { isUnderWay = true }
    guard isUnderWay || bytes.fills("records", name) else { return .foreign }
    isUnderWay = true
    return .other
  }

  /// How many tuples an object on one line holds; nil where it is none of these logs.
  private func tupleCount(_ bytes: RawSpan, _ text: Range<Int>) -> Int? {
    let isRecord =
      bytes.has("{\"records\":", at: text.lowerBound)
      || bytes.has("{\"time\":", at: text.lowerBound)
    guard isRecord else { return nil }
    var at = text.lowerBound
    while let quote = bytes.first(0x22, in: at..<text.upperBound) {
      if bytes.has("\"flowTuples\":", at: quote) {
        let more = bytes.first(0x5b, in: quote..<text.upperBound) ?? text.upperBound
        return bytes.byte(more + 1) == 0x22 ? 1 : 0
      }
      at = quote + 1
    }
    return bytes.has("{\"records\":", at: text.lowerBound) ? 0 : nil
  }

  /// The text of a flow that fills a line, but for a comma behind it.
  private func tuple(_ bytes: RawSpan, _ text: Range<Int>) -> Range<Int>? {
    var end = text.upperBound
    while end > text.lowerBound, bytes.byte(end - 1) == 0x2c || bytes.byte(end - 1) <= 0x20 {
      end -= 1
    }
    let from = text.lowerBound + 1
    guard end - from > 20, end - from < 256, bytes.byte(end - 1) == 0x22 else { return nil }
    let digits = (from..<end).first { bytes.byte($0) &- 48 > 9 } ?? end
    let isStamp = digits - from == 10 || digits - from == 13
    return isStamp && bytes.byte(digits) == 0x2c ? from..<end - 1 : nil
  }

  private mutating func readTuple(
    _ bytes: RawSpan, _ tuple: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    for index in cells.indices { cells[index] = 0..<0 }
    var count = 0
    var at = tuple.lowerBound
    while at <= tuple.upperBound, count < AzureFlow.cellCount {
      let to = bytes.first(0x2c, in: at..<max(at, tuple.upperBound)) ?? tuple.upperBound
      cells[count] = at..<to
      count += 1
      at = to + 1
    }
    guard count == 8 || count == AzureFlow.cellCount, at > tuple.upperBound else { return .foreign }
    guard let first = bytes.count(cells[0]) else { return .foreign }
    let scale: UInt64 = cells[0].count == 13 ? 1_000_000 : 1_000_000_000
    let (time, overflow) = first.multipliedReportingOverflow(by: scale)
    guard !overflow, let time = Int64(exactly: time) else { return .wrong(.stampMalformed) }
    isUnderWay = true
    var packet = Observation()
    packet.time = time
    switch EndpointPair(bytes.plainAddress(cells[1]), bytes.plainAddress(cells[2])) {
    case .wrong(let anomaly): return .wrong(anomaly)
    case .known(let source, let destination):
      packet.source = source.0
      packet.destination = destination.0
    }
    if bytes.fills("I", cells[6]) { packet.path = .inbound }
    if bytes.fills("O", cells[6]) { packet.path = .outbound }
    let problem = takeEnds(bytes, &packet)
    return finish(bytes, packet, problem, hasState: count == AzureFlow.cellCount, &log)
  }

  private func takeEnds(_ bytes: RawSpan, _ packet: inout Observation) -> Anomaly? {
    if bytes.fills("T", cells[5]) {
      packet.transport = .tcp
    } else if bytes.fills("U", cells[5]) {
      packet.transport = .udp
    } else if let transport = Transport(bytes, cells[5]) {
      packet.transport = transport
    } else {
      return .numberMalformed
    }
    guard packet.transport.hasPorts else { return nil }
    guard let first = bytes.port(cells[3]), let second = bytes.port(cells[4]) else {
      return .numberMalformed
    }
    packet.setPorts(first, second)
    return nil
  }

  /// What was done, and how many packets went there and back.
  private mutating func finish(
    _ bytes: RawSpan, _ packet: Observation, _ problem: Anomaly?, hasState: Bool,
    _ log: inout LogState
  ) -> LineReading {
    var packet = packet
    let decision = bytes.byte(cells[7].lowerBound)
    packet.action = decision == UInt8(ascii: "D") ? .blocked : .allowed
    // Of a virtual network the state stands in the decision's place.
    var state = decision
    if hasState, cells[8].count == 1 { state = bytes.byte(cells[8].lowerBound) }
    let flow = AzureFlow.number(packet)
    guard packet.action == .allowed, hasState, state == 0x43 || state == 0x45 else {
      packet.marks.insert(.lowerBound)
      // A begin is told again by the counts that follow.
      if hasState, packet.action == .allowed { _ = stated.note(flow, packet) }
      return .packet(packet, problem)
    }
    let known = stated.forget(flow, packet)
    guard let there = bytes.count(cells[9]), let back = bytes.count(cells[11]) else {
      return cells[9].isEmpty && cells[11].isEmpty ? .other : .wrong(.numberMalformed)
    }
    if packet.transport == .tcp, there > 0, back > 0 { packet.tcpFlags = .ack }
    var answer = packet.turned
    answer.path =
      packet.path == .inbound ? .outbound : packet.path == .outbound ? .inbound : .unknown
    let further = there &- min(there, known.sent)
    packet.setPackets(UInt32(clamping: further))
    answer.setPackets(UInt32(clamping: back))
    switch (further > 0, back > 0) {
    case (true, true): return log.exchange(packet, answer: answer, problem)
    case (true, false): return .packet(packet, problem)
    case (false, true): return .packet(answer, problem)
    case (false, false): return .other
    }
  }

  /// A number for a flow out of its ends.
  private static func number(_ packet: Observation) -> UInt64 {
    let ports = UInt64(packet.sourcePort) << 16 | UInt64(packet.destinationPort)
    let ends = packet.source.low &* 0x9e37_79b9_7f4a_7c15 ^ packet.destination.low
    return (ends &* 0xa076_1d64_78bd_642f ^ ports << 8 ^ UInt64(packet.transport.rawValue)) | 1
  }
}
