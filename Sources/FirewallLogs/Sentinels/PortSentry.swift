internal import Observations

/// Reports of PortSentry, which listens at ports that nothing serves. Its history files:
/// `1403884279 - 06/27/2014 17:51:19 Host: name/A Port: 1 TCP Blocked`; its syslog lines
/// `attackalert: TCP SYN/Normal scan from host: name/A to TCP port: 111`, `attackalert: Connect from
/// host: …`; those of version 2: `Scan from: [A] (name) protocol: [TCP] port: [11] type: [Connect]`.
///
/// The receiver is PortSentry's own host, which no line names; the port that the packet came from is
/// not known either. `Blocked` tells what was done about the sender from then on: the packet itself
/// arrived. History files state the time in seconds since 1970, and so in UTC. A name before the
/// address is what the sender's DNS claims. Source: PortSentry's README and portsentry(8).
struct PortSentry: LineFormat {
  static var name: String { "portsentry" }

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    if bytes.byte(range.lowerBound) &- 48 < 10 {
      return PortSentry.readHistory(bytes, range, &log)
    }
    let text = log.syslog(bytes, range)
    var line = TextCursor(bytes, text.message)
    let isOwn = bytes.fills("portsentry", text.program)
    guard line.take("attackalert: ") || isOwn else { return .foreign }
    var packet = PortSentry.blank()
    if line.take("Scan from: [") {
      return PortSentry.readBrackets(bytes, &line, &packet, text.stamp)
    }
    guard let flags = PortSentry.takeKind(&line) else { return isOwn ? .other : .foreign }
    guard PortSentry.takeHost(bytes, &line, &packet) else { return .wrong(.addressMalformed) }
    guard line.take(" to "), let word = line.word(), let transport = Transport(bytes, word),
      line.take(" port: ")
    else { return .wrong(.lineCut) }
    packet.transport = transport
    if transport == .tcp { packet.tcpFlags = flags }
    let port = line.digits(1...5).flatMap { UInt16(exactly: $0) }
    packet.destinationPort = port ?? 0
    let problem = packet.take(text.stamp) ?? (port == nil ? .numberMalformed : nil)
    return .packet(packet, problem)
  }

  private static func blank() -> Observation {
    var packet = Observation()
    packet.action = .audited
    packet.path = .inbound
    return packet
  }

  /// `1403884279 - 06/27/2014 17:51:19 Host: name/A Port: 1 TCP Blocked`.
  private static func readHistory(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    var line = TextCursor(bytes, range)
    guard let seconds = line.digits(1...11), line.take(" - "), line.digits(2...2) != nil,
      line.take(0x2f), line.digits(2...2) != nil, line.take(0x2f), line.digits(4...4) != nil,
      line.take(0x20), line.timeOfDay() != nil, line.take(" Host: ")
    else { return .foreign }
    log.clock.state(0)
    var packet = blank()
    packet.time = Timestamp(seconds: Int64(seconds)).nanoseconds
    guard takeName(bytes, &line, &packet) else { return .wrong(.addressMalformed) }
    guard line.take(" Port: "), let port = line.digits(1...5), let port = UInt16(exactly: port),
      line.take(0x20), let word = line.word(), let transport = Transport(bytes, word)
    else { return .packet(packet, .lineCut) }
    packet.transport = transport
    packet.destinationPort = port
    return .packet(packet, nil)
  }

  /// What the packet was, up to the host; nil where the line is of something else.
  private static func takeKind(_ line: inout TextCursor) -> TCPFlags? {
    var flags: TCPFlags = []
    let isNamed =
      line.take("Connect") || line.take("UDP scan") || line.take("Unknown Type")
      || line.take("TCP NULL scan") || line.take("NULL scan")
    if !isNamed {
      _ = line.take("TCP ")
      if line.take("SYN/Normal scan") {
        flags = .syn
      } else if line.take("FIN stealth scan") || line.take("FIN scan") {
        flags = .fin
      } else if line.take("XMAS scan") {
        flags = [.fin, .psh, .urg]
      } else {
        return nil
      }
    }
    // An unknown type lists its flags before the host.
    while !line.take(" from host: ") {
      guard line.at < line.end, let blank = line.find(0x20) else { return nil }
      line.at = blank > line.at ? blank : blank + 1
    }
    return flags
  }

  private static func takeHost(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> Bool {
    takeName(bytes, &line, &packet)
  }

  /// `name/A`, with what is behind it left.
  private static func takeName(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> Bool {
    let word = line.at..<(line.find(0x20) ?? line.end)
    line.at = word.upperBound
    guard let slash = bytes.last(0x2f, in: word) else { return false }
    return put(Endpoint(bytes, slash + 1..<word.upperBound, takesPort: false), &packet)
  }

  private static func put(_ end: Endpoint, _ packet: inout Observation) -> Bool {
    switch end {
    case .known(let address, _), .veiled(let address, _):
      packet.source = address
      return true
    case .unreadable: return false
    }
  }

  /// `A] (name) protocol: [TCP] port: [11] type: [Connect] …`.
  private static func readBrackets(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation, _ stamp: LineStamp
  ) -> LineReading {
    let close = line.find(0x5d) ?? line.end
    guard put(Endpoint(bytes, line.at..<close, takesPort: false), &packet) else {
      return .wrong(.addressMalformed)
    }
    line.at = min(close + 1, line.end)
    var problem: Anomaly? = .lineCut
    while let open = line.find(0x5b) {
      let isTransport = bytes.has("protocol: ", at: open - 10)
      let isPort = bytes.has("port: ", at: open - 6)
      line.at = open + 1
      if isTransport, let word = line.word(), let transport = Transport(bytes, word) {
        packet.transport = transport
      } else if isPort {
        let port = line.digits(1...5).flatMap { UInt16(exactly: $0) }
        packet.destinationPort = port ?? 0
        problem = port == nil ? .numberMalformed : nil
        break
      }
    }
    problem = packet.take(stamp) ?? problem
    return .packet(packet, problem)
  }
}
