internal import Observations

/// The visitors out of Exim's main log, with or without syslog: `yyyy-mm-dd hh:mm:ss [pid] SMTP
/// connection from [a.b.c.d]:p I=[e.f.g.h]:25 (TCP/IP connection count = 1)`.
///
/// That line exists only with `log_selector = +smtp_connection`; then it is the visit. What else names a
/// client (`<= … H=name [a.b.c.d]`, `H=… rejected …`, `no MAIL in SMTP connection from`, `… lost`) is
/// a visit where no line about its connection came before, by address and port, or address and five
/// minutes (`RecentVisitors`). Names before the bracket are the client's own word: the address in
/// brackets counts. Messages that came in by a local program, and deliveries, are no visits.
struct Exim: LineFormat {
  static var name: String { "exim" }
  static var orderTolerance: Int64 { 60_000_000_000 }
  private var recent = RecentVisitors()
  /// What stands before a client in lines of no message.
  private static let clients: [StaticString] = [
    "H=", "no MAIL in SMTP connection from ", "SMTP call from ",
    "unexpected disconnection while reading SMTP command from ",
    "SMTP command timeout on connection from ",
    "SMTP data timeout (message abandoned) on connection from ",
    "SMTP protocol synchronization error (", "TLS error on connection from ",
  ]
  /// Lines that name none.
  private static let own: [StaticString] = [
    "Start queue run: ", "End queue run: ", "exim ", "no host name found for IP address ",
    "no IP address found for host ", "SMTP syntax error in ", "cwd=/",
  ]

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    guard let word = Exim.text(bytes, range, &log) else { return .foreign }
    var line = TextCursor(bytes, word.text)
    // The id of the message: `1aQrOE-0004A7-TL`, longer since 4.97.
    let first = line.token()
    let hasID = Exim.isMessageID(bytes, first)
    if !hasID { line.at = first.lowerBound }
    var isOpening = false
    if line.take("SMTP connection from ") {
      let rest = line.at..<line.end
      isOpening = bytes.place(of: "(TCP/IP connection count = ", in: rest) != nil
      guard bytes.last(0x5b, in: rest) != nil else { return .other }
    } else if hasID, line.take("<= ") {
      guard let host = bytes.place(of: " H=", in: line.at..<line.end) else { return .other }
      line.at = host + 3
    } else if let mark = bytes.place(of: "authenticator failed for ", in: line.at..<line.end) {
      line.at = mark + 25
    } else if !Exim.clients.contains(where: { line.take($0) }) {
      return hasID || Exim.own.contains(where: { line.take($0) }) ? .other : .foreign
    }
    return visit(bytes, &line, word.time, isOpening)
  }

  /// `name (helo) [a.b.c.d]:p I=[e.f.g.h]:25`.
  private mutating func visit(
    _ bytes: RawSpan, _ line: inout TextCursor, _ time: Int64, _ isOpening: Bool
  ) -> LineReading {
    guard let ends = Exim.ends(bytes, line.at..<line.end) else {
      return .wrong(.addressMalformed)
    }
    var visit = Observation(visitOf: ends.client, hint: .mailVisit)
    visit.time = time
    visit.destinationPort = ends.serverPort ?? 25
    if let port = ends.clientPort {
      visit.sourcePort = port
      if ends.serverPort != nil { visit.marks.insert(.ports) }
    }
    let number = UInt32(ends.clientPort ?? 0)
    if isOpening {
      recent.note(ends.client, number, time)
    } else if recent.isKnown(ends.client, number, time) {
      return .other
    }
    return .packet(visit, nil)
  }

  /// What stands behind the stamp and the process; nil for any other program's line.
  private static func text(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> (text: Range<Int>, time: Int64)? {
    var line = TextCursor(bytes, range)
    if line.next &- 48 < 10 {
      // Exim's own file: its stamp has a blank, and may have a zone.
      let isOwn = bytes.byte(range.lowerBound + 10) == 0x20
      let stamp = isOwn ? log.syslog(bytes, range).stamp : nil
      log.hostWord = 0
      guard let stamp, stamp.quality == .good, !stamp.isStructured else { return nil }
      line.at = min(stamp.end, line.end)
      guard line.take(0x20) else { return nil }
      var time = stamp.time
      // With `log_timezone` it stands apart.
      if let zone = line.zone() {
        guard line.take(0x20) else { return nil }
        time = time &+ (log.clock.zone &- zone) &* 1_000_000_000
      }
      return (behindProcess(&line), time)
    }
    let text = log.syslog(bytes, range)
    guard text.stamp.quality == .good, bytes.has("exim", at: text.program.lowerBound) else {
      return nil
    }
    line = TextCursor(bytes, text.message)
    // Exim writes its own stamp into syslog, too, unless told not to.
    if line.date() != nil {
      _ = line.take(0x20)
      _ = line.timeOfDay()
      while line.take(0x20) {}
    }
    return (behindProcess(&line), text.stamp.time)
  }

  private static func behindProcess(_ line: inout TextCursor) -> Range<Int> {
    let mark = line.at
    if !(line.take(0x5b) && line.digits(1...10) != nil && line.take("] ")) { line.at = mark }
    return line.at..<line.end
  }

  /// Three groups of letters and digits with dashes between.
  private static func isMessageID(_ bytes: RawSpan, _ word: Range<Int>) -> Bool {
    guard word.count == 16 || word.count == 23 else { return false }
    let secondDash = word.count == 16 ? 13 : 18
    for (place, at) in word.enumerated() {
      let byte = bytes.byte(at)
      if (place == 6 || place == secondDash) != (byte == 0x2d) { return false }
      let isLetter = (byte | 0x20) &- 97 < 26 || byte &- 48 < 10
      if byte != 0x2d, !isLetter { return false }
    }
    return true
  }

  /// The first bracket outside parentheses that holds an address is the client, the one behind `I=` the server.
  private static func ends(
    _ bytes: RawSpan, _ range: Range<Int>
  ) -> (client: Address, clientPort: UInt16?, serverPort: UInt16?)? {
    var line = TextCursor(bytes, range)
    // In parentheses stands what the client called itself, which may be an address in brackets.
    while line.at < line.end, line.next != 0x5b {
      if line.next == 0x28, let close = line.find(0x29) { line.at = close }
      line.at += 1
    }
    guard let client = line.bracketed(bytes) else { return nil }
    while line.take(0x20) {}
    var serverPort: UInt16?
    if line.take("I="), let server = line.bracketed(bytes) { serverPort = server.port }
    return (client.address, client.port, serverPort)
  }
}

extension TextCursor {
  /// Takes `[address]` or `[address]:port`.
  @_lifetime(self: copy self)
  mutating func bracketed(_ bytes: RawSpan) -> (address: Address, port: UInt16?)? {
    guard take(0x5b) else { return nil }
    _ = take("IPv6:")
    guard let close = find(0x5d), let address = bytes.wholeAddress(at..<close) else { return nil }
    at = close + 1
    let mark = at
    guard take(0x3a), let port = digits(1...5), port <= 0xffff else {
      at = mark
      return (address, nil)
    }
    return (address, UInt16(port))
  }
}
