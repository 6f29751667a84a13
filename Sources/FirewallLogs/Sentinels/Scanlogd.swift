internal import Observations

/// Reports of scanlogd, which watches for TCP port scans:
/// `scanlogd: A[:p] to B [and others,] ports 80, 81, …, ..., fSrpauxy, TOS 00, TTL 49 @20:44:43`.
///
/// One report is one observation: as many packets as ports are listed, at least, since each of them
/// was probed and `...` stands for more. Which ports these were is lost, unless it is one alone: no
/// observation has several. Where others were scanned, too, one packet is all that is sure to have
/// gone to B. Of the flags a capital letter was set in all packets, a small one in none, and `?` in
/// some: only where none is mixed are the flags known. The time of day at the end is that of the
/// first packet, in a zone that the line does not state; the time of the report counts.
/// Source: scanlogd(8).
struct Scanlogd: LineFormat {
  static var name: String { "scanlogd" }

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    let text = log.syslog(bytes, range)
    guard bytes.fills("scanlogd", text.program) else { return .foreign }
    var line = TextCursor(bytes, text.message)
    let sender = line.token()
    guard line.take("to ") else { return .other }
    let receiver = line.token()
    let hasOthers = line.take("and others,")
    _ = line.take(0x20)
    guard line.take("ports ") || line.take("port ") else { return .wrong(.lineCut) }
    let source = Endpoint(bytes, sender)
    guard case .known(let from, let to) = EndpointPair(source, Endpoint(bytes, receiver)) else {
      return .wrong(.addressMalformed)
    }
    var packet = Observation()
    packet.source = from.0
    packet.destination = to.0
    packet.transport = .tcp
    packet.action = .audited
    packet.marks.insert(.lowerBound)
    var problem = Scanlogd.takePorts(&line, from.1, hasOthers, &packet)
    problem = Scanlogd.takeRest(bytes, &line, &packet) ?? problem
    problem = packet.take(text.stamp) ?? problem
    return .packet(packet, problem)
  }

  /// `80, 81, ..., `.
  private static func takePorts(
    _ line: inout TextCursor, _ sourcePort: UInt16?, _ hasOthers: Bool, _ packet: inout Observation
  ) -> Anomaly? {
    var count: UInt32 = 0
    var first: UInt16 = 0
    while let port = line.digits(1...5) {
      guard let port = UInt16(exactly: port) else { return .numberMalformed }
      if count == 0 { first = port }
      count += 1
      guard line.take(", ") else { return .lineCut }
    }
    let isAll = !line.take("..., ")
    if count == 1, isAll {
      packet.destinationPort = first
      if let sourcePort { packet.setPorts(sourcePort, first) }
    }
    packet.setPackets(hasOthers ? 1 : count)
    return count == 0 ? .lineCut : nil
  }

  /// `fSrpauxy, TOS 00, TTL 49 @20:44:43`.
  private static func takeRest(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> Anomaly? {
    let letters = line.at..<min(line.at + 8, line.end)
    guard letters.count == 8 else { return .lineCut }
    if letters.allSatisfy({ bytes.byte($0) != 0x3f }) {
      for at in letters where bytes.byte(at) & 0x20 == 0 {
        packet.tcpFlags.formUnion(TCPFlags(letters: bytes, at..<at + 1))
      }
    }
    while let blank = line.find(0x20) {
      line.at = blank + 1
      guard line.take("TTL ") else { continue }
      guard let left = line.digits(1...3), let left = UInt8(exactly: left) else {
        return .numberMalformed
      }
      packet.timeToLive = left
    }
    return nil
  }
}
