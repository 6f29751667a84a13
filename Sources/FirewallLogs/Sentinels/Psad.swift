internal import Observations

/// Reports of psad, which reads what a Linux firewall logs:
/// `psad: scan detected: A -> B tcp: [1-1024] flags: SYN tcp pkts: 512 DL: 2`, and
/// `psad: src: A signature match: "text" (sid: 1) tcp port: 3389`.
///
/// A report of a scan is as many packets as it says; their port is known only where the range is
/// one alone. Of a line that counts packets of several protocols the first is read and the count is
/// a lower bound. A match is one packet, at least. psad tells of lines that the firewall logged:
/// where the log itself holds a firewall's lines, psad's are passed over, or all would count twice. What was done with the packets it does not say. Source: psad(8).
struct Psad: LineFormat {
  static var name: String { "psad" }

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    let text = log.syslog(bytes, range)
    guard bytes.fills("psad", text.program) else { return .foreign }
    var line = TextCursor(bytes, text.message)
    var packet = Observation()
    packet.action = .audited
    var problem: Anomaly?
    if line.take("scan detected") {
      guard let arrow = bytes.first(0x3e, in: line.at..<max(line.at, line.end)),
        bytes.has(" -> ", at: arrow - 2)
      else { return .wrong(.addressMissing) }
      // A guess of the tool that scanned may stand before the colon.
      line.at = (bytes.last(0x20, in: line.at..<max(line.at, arrow - 2)) ?? arrow) + 1
      guard case .known(let from, let to)? = line.arrow(bytes, takesPort: false) else {
        return .wrong(.addressMalformed)
      }
      packet.source = from.0
      packet.destination = to.0
      problem = Psad.takeCounts(bytes, &line, &packet)
    } else if line.take("src: ") {
      guard Psad.takeMatch(bytes, &line, &packet, &problem) else {
        return .wrong(problem ?? .lineCut)
      }
    } else {
      return .other
    }
    // What is reported here is only watched.
    if log.tally.blocked &+ log.tally.unknown > 0 { return .other }
    problem = packet.take(text.stamp) ?? problem
    return .packet(packet, problem)
  }

  /// `tcp: [1-1024] flags: SYN tcp pkts: 512 DL: 2`.
  private static func takeCounts(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> Anomaly? {
    var isCounted = false
    while line.at < line.end {
      let word = line.token()
      let name = word.lowerBound..<max(word.lowerBound, word.upperBound - 1)
      if bytes.fills("flags:", word) {
        packet.tcpFlags = line.ciscoFlags(bytes)
      } else if bytes.fills("pkts:", word) {
        guard let count = line.digits(1...9), count > 0 else { return .numberMalformed }
        packet.setPackets(UInt32(count))
        isCounted = true
      } else if line.next == 0x5b || word.upperBound - word.lowerBound >= 3,
        let transport = Transport(bytes, line.next == 0x5b ? name : word)
      {
        if isCounted {
          packet.marks.insert(.lowerBound)
          return nil
        }
        packet.transport = transport
        if line.take(0x5b), let first = line.digits(1...5), line.take(0x5d) {
          packet.destinationPort = UInt16(exactly: first) ?? 0
        }
      }
    }
    return isCounted ? nil : .lineCut
  }

  /// `A signature match: "text" (sid: 1) tcp port: 3389`.
  private static func takeMatch(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation,
    _ problem: inout Anomaly?
  ) -> Bool {
    switch Endpoint(bytes, line.token(), takesPort: false) {
    case .known(let address, _), .veiled(let address, _): packet.source = address
    case .unreadable:
      problem = .addressMalformed
      return false
    }
    if line.take("dst: "), case .known(let address, _) = Endpoint(bytes, line.token()) {
      packet.destination = address
    }
    guard line.take("signature match: "), let quote = bytes.last(0x22, in: line.at..<line.end)
    else { return false }
    line.at = quote
    packet.marks.insert(.lowerBound)
    problem = .lineCut
    while line.at < line.end {
      let word = line.token()
      if let transport = Transport(bytes, word) { packet.transport = transport }
      if bytes.fills("port:", word) {
        let port = line.digits(1...5).flatMap { UInt16(exactly: $0) }
        packet.destinationPort = port ?? 0
        problem = port == nil ? .numberMalformed : nil
      }
    }
    if packet.transport.rawValue != 0, !packet.transport.hasPorts { problem = nil }
    return true
  }
}
