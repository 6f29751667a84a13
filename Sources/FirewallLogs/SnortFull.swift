internal import Observations

/// Alerts of Snort over several lines (`alert_full`), and its packets as text (`-v`, `log_ascii`):
///
///     [**] [1:628:1] text [**]
///     10/20-20:14:21.99 S:p -> D:q
///     TCP TTL:44 TOS:0x0 ID:41635 IpLen:20 DgmLen:60 DF
///     ***A**** Seq: 0x6095635C Ack: 0x0 Win: 0x400 TcpLen: 40
///
/// A packet belongs to the line that completes it: of TCP, ICMP and fragments the third that speaks
/// of it, of others the second. Where the next begins before that, it is stated there, as cut; one that the log
/// ends in is not stated. Of errors the quoted packet (`ORIGINAL DATAGRAM DUMP`) is not read. Stamps
/// are those of `SnortFast`.
struct SnortFull: LineFormat {
  static var name: String { "snort-full" }
  private var dates = SnortDates()
  private var packet = Observation()
  private var progress = Progress.idle
  private var stampProblem: Anomaly?

  private enum Progress {
    /// No packet is under way.
    case idle
    /// Its ends were read.
    case ends
    /// Its IP header was read, too.
    case header
    /// It was stated; more about it follows.
    case stated
    /// The packet that an ICMP error quotes follows.
    case quoting
  }

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    var line = TextCursor(bytes, range)
    if line.take("[**] ") {
      // The whole line is the alert's text: `[Drop]` may stand there in a stranger's words.
      return bytes.ends(SnortFull.trimmed(bytes, range), with: "[**]") ? cut(.stated) : .foreign
    }
    if line.next &- 48 < 10 {
      if let stamp = SnortDates.Stamp(&line) {
        while line.take(0x20) {}
        let source = line.token()
        guard line.take("-> ") else { return .foreign }
        let time = dates.instant(stamp, &log.clock)
        return takeFirst(bytes, &line, source, time)
      }
      line.at = line.start
    }
    if progress == .idle { return .foreign }
    if line.take("** ORIGINAL DATAGRAM") {
      if progress == .stated { progress = .quoting }
      return .other
    }
    if line.take("** END OF DUMP") {
      if progress == .quoting { progress = .stated }
      return .other
    }
    let start = line.at
    let word = line.token()
    if bytes.has("TTL:", at: line.at) {
      return progress == .ends ? takeHeader(bytes, word, &line) : .other
    }
    if line.take("-> ") { return progress == .quoting ? .other : .foreign }
    let source = line.token()
    // A stamp that cannot be read, inside a record.
    if progress != .quoting, line.take("-> ") { return takeFirst(bytes, &line, source, nil) }
    line.at = start
    if progress == .header, let reading = takeTransport(bytes, &line) { return reading }
    return SnortFull.isOwn(bytes, line) ? .other : .foreign
  }

  /// States the packet under way, which lacks something.
  private mutating func cut(_ next: Progress) -> LineReading {
    let isOpen = progress == .ends || progress == .header
    progress = next
    return isOpen ? .packet(packet, stampProblem ?? .lineCut) : .other
  }

  private static func trimmed(_ bytes: RawSpan, _ range: Range<Int>) -> Range<Int> {
    var end = range.upperBound
    while end > range.lowerBound, bytes.byte(end - 1) == 0x20 { end -= 1 }
    return range.lowerBound..<end
  }

  /// `S:p -> D:q` behind the stamp, from the second end on; the packet before is stated where it
  /// waits for more.
  private mutating func takeFirst(
    _ bytes: RawSpan, _ line: inout TextCursor, _ source: Range<Int>, _ time: Int64?
  ) -> LineReading {
    let destination = line.token()
    // With `-e` the hardware's addresses come first, and the ends on a line of their own.
    if bytes.has("type:0x", at: line.at) { return .other }
    guard line.at >= line.end else { return .foreign }
    let before = cut(.stated)
    switch EndpointPair(Endpoint(bytes, source), Endpoint(bytes, destination)) {
    case .wrong(let anomaly):
      if case .packet = before { return before }
      return .wrong(anomaly)
    case .known(let from, let to):
      var next = Observation()
      next.source = from.0
      next.destination = to.0
      if let first = from.1, let second = to.1 { next.setPorts(first, second) }
      next.action = .audited
      next.time = time ?? packet.time
      if time == nil { next.marks.insert(.timeUncertain) }
      stampProblem = time == nil ? .stampMalformed : nil
      packet = next
    }
    progress = .ends
    return before
  }

  /// `TCP TTL:44 TOS:0x0 ID:41635 IpLen:20 DgmLen:60 DF`.
  private mutating func takeHeader(
    _ bytes: RawSpan, _ name: Range<Int>, _ line: inout TextCursor
  ) -> LineReading {
    var hasMore = false
    packet.transport = SnortFull.transport(bytes, name) ?? Transport(rawValue: 0)
    while line.at < line.end {
      let word = line.token()
      if bytes.fills("MF", word) { hasMore = true }
      guard let colon = bytes.first(0x3a, in: word) else { continue }
      let key = word.lowerBound..<colon
      let number = bytes.decimal(colon + 1..<word.upperBound)
      if bytes.fills("TTL", key), let number, number <= 255 {
        packet.timeToLive = UInt8(number)
      } else if bytes.fills("ID", key) {
        packet.takeIdentification(number)
      } else if bytes.fills("DgmLen", key), let number, number <= 0xffff, packet.isIPv4 {
        packet.length = UInt32(number)
      }
    }
    let hasPorts = packet.marks.contains(.ports)
    if hasPorts, packet.transport.rawValue == 0 {
      progress = .stated
      return .packet(packet, stampProblem ?? .numberMalformed)
    }
    if hasPorts, !packet.transport.hasPorts {
      // What looked like a port may have been the last group of an IPv6 address.
      guard packet.isIPv4 else { return forget(.addressMalformed) }
      packet.marks.remove(.ports)
      packet.sourcePort = 0
      packet.destinationPort = 0
      progress = .stated
      return .packet(packet, stampProblem ?? .numberMalformed)
    }
    packet.takeFragment(at: 0, hasMore: hasMore)
    let waits =
      packet.transport == .tcp || packet.transport == .icmp || packet.transport == .icmpv6
      || hasMore || (packet.transport.hasPorts && !hasPorts)
    progress = waits ? .header : .stated
    let problem: Anomaly? = packet.transport.rawValue == 0 ? .numberMalformed : nil
    return waits ? .other : .packet(packet, stampProblem ?? problem)
  }

  /// By name, or as `PROTO:103`.
  private static func transport(_ bytes: RawSpan, _ name: Range<Int>) -> Transport? {
    if bytes.fills("IPV6-ICMP", name) { return .icmpv6 }
    let isNumber = bytes.has("PROTO:", at: name.lowerBound) && name.count > 6
    return Transport(bytes, isNumber ? name.lowerBound + 6..<name.upperBound : name)
  }

  /// Gives the packet up.
  private mutating func forget(_ anomaly: Anomaly) -> LineReading {
    progress = .stated
    return .wrong(anomaly)
  }

  /// Flags, type and code, or the place of a fragment.
  private mutating func takeTransport(
    _ bytes: RawSpan, _ line: inout TextCursor
  ) -> LineReading? {
    if line.take("Frag Offset: 0x") {
      var offset = 0
      while let digit = Digits.hexadecimal(line.next), offset < 0x1_0000 {
        offset = offset << 4 | Int(digit)
        line.at += 1
      }
      packet.takeFragment(at: offset, hasMore: true)
    } else if line.take("Type:") {
      guard let type = line.digits(1...3), type <= 255 else { return forget(.numberMalformed) }
      while line.take(0x20) {}
      let code = line.take("Code:") ? line.digits(1...3) : nil
      packet.takeICMP(UInt16(type), code: code.flatMap { $0 <= 255 ? UInt16($0) : nil })
    } else if packet.transport == .tcp, let blank = line.find(0x20), blank - line.at == 8,
      bytes.has("Seq: ", at: blank + 1)
    {
      packet.tcpFlags = TCPFlags(letters: bytes, line.at..<blank)
    } else if packet.transport == .udp, line.take("Len: ") {
      // Nothing that the header had not said.
    } else {
      return nil
    }
    progress = .stated
    return .packet(packet, stampProblem)
  }

  /// Lines that Snort writes about a packet beside those that are read.
  private static func isOwn(_ bytes: RawSpan, _ line: borrowing TextCursor) -> Bool {
    for text in own where bytes.has(text, at: line.at) { return true }
    return false
  }

  private static let own: [StaticString] = [
    "[Classification:", "[Priority:", "[Xref", "TCP Options", "IP Options", "Len: ", "Seq: ",
    "Frag Offset:", "=+=+", "***", "Type:", "NEW GW:", "[Correlation", "[Impact", "[Source",
  ]
}
