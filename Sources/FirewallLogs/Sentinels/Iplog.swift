internal import Observations

/// Lines of iplog, which logs connections, datagrams and scans of a Unix host, behind the stamps that
/// `StampClock` names, with `host iplog[123]: ` or without:
/// `TCP: ftp connection attempt from name (A):p`, `UDP: dgram to port 137 from A:p (50 data bytes)`,
/// `TCP: Bogus TCP flags set by A:p (dest port 25)`, `ICMP: echo from A (64 bytes)`,
/// `TCP: SYN scan detected [ports 21,22,...] from A [ports 3000,...]`, and `TCP: SYN scan mode expired for
/// A - received a total of 24 packets (960 bytes)`.
///
/// In a scan iplog stops telling of packets one by one, and tells their total at the end, those told
/// before included: the report of the scan and its end each stand for the packets not told before, as
/// far as that is remembered. Which ports they went to is lost. The receiver is named only where iplog
/// was told to; it may have watched for others than its own host. Names before an address are what
/// the DNS claims; where a name stands alone there is no address. Names of ports are those of
/// `/etc/services`. Source: iplog(8), iplog.conf(5).
struct Iplog: LineFormat {
  static var name: String { "iplog" }
  /// Packets told of a sender and a transport since its last scan ended. Bounded.
  private var told: [Sender: UInt32] = [:]
  private static let mostSenders = 1_024

  private struct Sender: Hashable {
    var address: Address
    var transport: Transport
  }

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    let text = log.syslog(bytes, range)
    var line = TextCursor(bytes, text.message)
    if !bytes.fills("iplog", text.program) {
      // Its own file names no host: the word there is the protocol.
      guard text.stamp.quality == .good, bytes.byte(text.host.upperBound &- 1) == 0x3a else {
        return .foreign
      }
      line = TextCursor(bytes, text.host.lowerBound..<range.upperBound)
    }
    guard let transport = Iplog.takeProtocol(&line) else {
      return bytes.fills("iplog", text.program) ? .other : .foreign
    }
    var packet = Observation()
    packet.transport = transport
    packet.action = .audited
    guard let outcome = takeText(bytes, &line, &packet) else {
      return bytes.fills("iplog", text.program) ? .other : .foreign
    }
    if !bytes.fills("iplog", text.program) { log.hostWord = 0 }
    switch outcome {
    case .other, .lost: return .other
    case .wrong(let anomaly): return .wrong(anomaly)
    case .packet(var problem):
      problem = packet.take(text.stamp) ?? problem
      return .packet(packet, problem)
    }
  }

  /// `TCP: `. Of a smurf attack both are named; 0 stands for either.
  private static func takeProtocol(_ line: inout TextCursor) -> Transport? {
    if line.take("TCP: ") { return .tcp }
    if line.take("UDP: ") { return .udp }
    if line.take("ICMP: ") { return .icmp }
    return line.take("ICMP/UDP: ") ? Transport(rawValue: 0) : nil
  }

  /// Nil where the line is nothing that iplog writes.
  private mutating func takeText(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> CiscoASA.Outcome? {
    let start = line.at
    if line.take("dgram to ") { return takeDatagram(bytes, &line, &packet) }
    if line.take("Bogus TCP flags set by ") { return takeBogus(bytes, &line, &packet) }
    if line.take("traceroute from ") || line.take("echo from ") {
      return takeSender(bytes, &line, &packet)
    }
    // A name of two words at most, and then what happened.
    for _ in 0..<4 {
      let mark = line.at
      if line.take("connection attempt ") {
        return takeAttempt(bytes, &line, start..<max(start, mark - 1), &packet)
      }
      if line.take("detected ") { return takeDetected(bytes, &line, start..<mark, &packet) }
      if line.take("mode expired for ") {
        return takeExpired(bytes, &line, start..<mark, &packet)
      }
      _ = line.token()
    }
    return nil
  }

  /// `name (A):p`, `A:p`, `A`; nil where no address stands.
  private func takeEnd(_ bytes: RawSpan, _ line: inout TextCursor) -> (Address, UInt16?)? {
    var word = line.token()
    if line.next == 0x28 {
      let close = line.find(0x29) ?? line.end
      let address = line.at + 1..<max(line.at + 1, close)
      guard case .known(let known, _) = Endpoint(bytes, address, takesPort: false) else {
        // `(300 data bytes)`: nothing of the end.
        return end(bytes, word)
      }
      line.at = min(close + 1, line.end)
      let port = line.take(0x3a) ? line.digits(1...5).flatMap { UInt16(exactly: $0) } : nil
      while line.take(0x20) {}
      return (known, port)
    }
    // The stop of a sentence.
    if let last = word.last, bytes.byte(last) == 0x2e { word = word.lowerBound..<last }
    return end(bytes, word)
  }

  private func end(_ bytes: RawSpan, _ word: Range<Int>) -> (Address, UInt16?)? {
    switch Endpoint(bytes, word) {
    case .known(let address, let port), .veiled(let address, let port): (address, port)
    case .unreadable: nil
    }
  }

  private mutating func takeSender(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> CiscoASA.Outcome {
    guard let (address, _) = takeEnd(bytes, &line) else { return .wrong(.addressMalformed) }
    packet.source = address
    tell(packet)
    return .packet(nil)
  }

  /// `from A:p`, perhaps with `to B ` before.
  private mutating func takeAttempt(
    _ bytes: RawSpan, _ line: inout TextCursor, _ service: Range<Int>, _ packet: inout Observation
  ) -> CiscoASA.Outcome? {
    if line.take("to ") { takeReceiver(bytes, &line, &packet) }
    guard line.take("from ") else { return nil }
    guard let (address, from) = takeEnd(bytes, &line) else { return .wrong(.addressMalformed) }
    packet.source = address
    let port = Iplog.port(bytes, service)
    if let port, let from {
      packet.setPorts(from, port)
    } else {
      packet.destinationPort = port ?? 0
    }
    tell(packet)
    return .packet(port == nil ? .numberMalformed : nil)
  }

  /// `port 137 from A:p (50 data bytes)`.
  private mutating func takeDatagram(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> CiscoASA.Outcome? {
    let from = line.at
    if line.take("port ") { _ = line.token() } else { _ = line.token() }
    let service = from..<max(from, line.at - 1)
    return takeAttempt(bytes, &line, service, &packet)
  }

  private func takeReceiver(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) {
    if let (address, _) = takeEnd(bytes, &line) { packet.destination = address }
  }

  /// `A:p (dest port 25)`.
  private mutating func takeBogus(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> CiscoASA.Outcome {
    guard let (address, from) = takeEnd(bytes, &line) else { return .wrong(.addressMalformed) }
    packet.source = address
    var problem: Anomaly? = .lineCut
    if line.take("(dest port ") || line.take("dest port ") {
      let word = line.at..<(line.find(0x29) ?? line.end)
      let port = bytes.port(word) ?? ServiceNames.services.port(bytes, word)
      if let port, let from { packet.setPorts(from, port) }
      problem = port == nil ? .numberMalformed : nil
    }
    tell(packet)
    return .packet(problem)
  }

  /// `port 137`, or the name of a service.
  private static func port(_ bytes: RawSpan, _ range: Range<Int>) -> UInt16? {
    if bytes.has("port ", at: range.lowerBound), range.count > 5 {
      return bytes.port(range.lowerBound + 5..<range.upperBound)
    }
    return ServiceNames.services.port(bytes, range)
  }

  /// `SYN scan `, up to here, and `[ports 21,22,...] from A [ports 3000,...]`.
  private mutating func takeDetected(
    _ bytes: RawSpan, _ line: inout TextCursor, _ kind: Range<Int>, _ packet: inout Observation
  ) -> CiscoASA.Outcome? {
    var listed: UInt32 = 0
    if line.take("[port") {
      _ = line.take("s")
      _ = line.take(0x20)
      while line.digits(1...5) != nil {
        listed &+= 1
        guard line.take(0x2c) else { break }
      }
      guard let close = line.find(0x5d) else { return .wrong(.lineCut) }
      line.at = close + 1
      _ = line.take(0x20)
    }
    guard line.take("from ") else { return nil }
    guard let (address, _) = takeEnd(bytes, &line) else { return .wrong(.addressMalformed) }
    packet.source = address
    packet.marks.insert(.lowerBound)
    return rest(of: max(listed, 1), bytes, kind, &packet)
  }

  /// `SYN scan `, up to here, and `A - received a total of 24 packets (960 bytes)`.
  private mutating func takeExpired(
    _ bytes: RawSpan, _ line: inout TextCursor, _ kind: Range<Int>, _ packet: inout Observation
  ) -> CiscoASA.Outcome? {
    guard let (address, _) = takeEnd(bytes, &line) else { return .wrong(.addressMalformed) }
    packet.source = address
    guard line.take("- received a total of "), let total = line.digits(1...9) else {
      return .wrong(.lineCut)
    }
    let outcome = rest(of: UInt32(total), bytes, kind, &packet)
    told[Sender(address: address, transport: packet.transport)] = nil
    return outcome
  }

  /// What of so many packets was not told before.
  private mutating func rest(
    of total: UInt32, _ bytes: RawSpan, _ kind: Range<Int>, _ packet: inout Observation
  ) -> CiscoASA.Outcome {
    let sender = Sender(address: packet.source, transport: packet.transport)
    let before = told[sender] ?? 0
    guard total > before else { return .other }
    if told[sender] != nil || told.count < Iplog.mostSenders { told[sender] = total }
    packet.setPackets(total - before)
    if packet.transport == .tcp { packet.tcpFlags = Iplog.flags(bytes, kind) }
    return .packet(nil)
  }

  private static func flags(_ bytes: RawSpan, _ kind: Range<Int>) -> TCPFlags {
    if bytes.has("SYN ", at: kind.lowerBound) { return .syn }
    if bytes.has("FIN ", at: kind.lowerBound) { return .fin }
    return bytes.has("Xmas ", at: kind.lowerBound) ? [.fin, .psh, .urg] : []
  }

  /// Counts a packet told by itself.
  private mutating func tell(_ packet: borrowing Observation) {
    let sender = Sender(address: packet.source, transport: packet.transport)
    if let count = told[sender] {
      told[sender] = count &+ 1
    } else if told.count < Iplog.mostSenders {
      told[sender] = 1
    }
  }
}
