internal import Observations

/// The visitors out of OpenSSH's log (`sshd`): one visit for each connection.
///
/// `Connection from a.b.c.d port p on …` exists only from LogLevel VERBOSE on. Of what else names a client
/// (`Accepted`, `Failed password`, `Invalid user`, `Connection closed by … [preauth]` …) the first line
/// about an address and port is the visit; without a port, as old versions write, about an address
/// and five minutes (`RecentVisitors`). What a client calls itself may hold anything: sshd's own
/// words are read from the end that it writes. Ends of sessions are no visits.
struct SecureShell: LineFormat {
  static var name: String { "sshd" }
  private static let shellPort: UInt16 = 22
  private var recent = RecentVisitors()

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    let text = log.syslog(bytes, range)
    guard text.stamp.quality == .good,
      bytes.fills("sshd", text.program) || bytes.fills("sshd-session", text.program)
    else { return .foreign }
    var line = TextCursor(bytes, text.message)
    guard let client = SecureShell.client(bytes, &line) else { return .other }
    guard case .found(let address, let port, let server) = client else {
      return .wrong(.addressMalformed)
    }
    var visit = Observation(visitOf: address, hint: .none)
    visit.time = text.stamp.time
    visit.destinationPort = server ?? SecureShell.shellPort
    if let port {
      visit.sourcePort = port
      if server != nil { visit.marks.insert(.ports) }
    }
    if recent.isKnown(address, UInt32(port ?? 0), visit.time) { return .other }
    return .packet(visit, nil)
  }

  private enum Client {
    case found(Address, port: UInt16?, server: UInt16?)
    case unreadable
  }

  /// Lines in which the address follows these words, and a stranger's words may follow it.
  private static let before: [StaticString] = [
    "Did not receive identification string from ", "Unable to negotiate with ",
    "banner exchange: Connection from ", "Connection reset by ",
  ]
  /// Lines that end with the address.
  private static let behind: [StaticString] = [
    "Accepted ", "Failed ", "Invalid user ", "Illegal user ",
    "Bad protocol version identification ",
    "Postponed ", "User ", "Connection closed by ", "Connection reset by ", "Disconnected from ",
  ]

  /// Who a line is about; nil where it names nobody, or tells of a session's end.
  private static func client(_ bytes: RawSpan, _ line: inout TextCursor) -> Client? {
    if line.take("Connection from ") {
      guard let end = address(bytes, line.token()) else { return .unreadable }
      let port = line.port(bytes)
      var server: UInt16?
      if line.take("on "), !line.token().isEmpty { server = line.port(bytes) }
      return .found(end, port: port, server: server)
    }
    for text in before where line.take(text) {
      // `reset by invalid user NAME a.b.c.d port p` is one of the others.
      let word = line.token()
      guard let end = address(bytes, word) else {
        line.at = line.start
        break
      }
      return .found(end, port: line.port(bytes), server: nil)
    }
    guard behind.contains(where: { line.take($0) }) else { return nil }
    let isEnd =
      bytes.has("Connection closed", at: line.start) || bytes.has("Disconnected", at: line.start)
      || bytes.has("Connection reset", at: line.start)
    if isEnd, !bytes.ends(line.start..<line.end, with: "[preauth]") { return nil }
    return last(bytes, line.at..<line.end)
  }

  /// `… a.b.c.d port p …`, or `… from a.b.c.d`, as near to the end as may be.
  private static func last(_ bytes: RawSpan, _ range: Range<Int>) -> Client? {
    if let mark = bytes.lastPlace(of: " port ", in: range) {
      let start = bytes.last(0x20, in: range.lowerBound..<mark).map { $0 + 1 } ?? range.lowerBound
      guard let end = address(bytes, start..<mark) else { return .unreadable }
      var line = TextCursor(bytes, mark + 1..<range.upperBound)
      return .found(end, port: line.port(bytes), server: nil)
    }
    guard let mark = bytes.lastPlace(of: " from ", in: range) else { return nil }
    var line = TextCursor(bytes, mark + 6..<range.upperBound)
    let word = line.token()
    guard let end = address(bytes, word) else { return .unreadable }
    return .found(end, port: nil, server: nil)
  }

  /// An address, without the interface behind a percent sign.
  private static func address(_ bytes: RawSpan, _ word: Range<Int>) -> Address? {
    var word = Endpoint.unscoped(bytes, word)
    if !word.isEmpty, bytes.byte(word.upperBound - 1) == 0x3a, word.count > 8 {
      word = word.lowerBound..<word.upperBound - 1
    }
    return bytes.wholeAddress(word)
  }
}

extension TextCursor {
  /// Takes `port 1234` and the blanks or the colon behind it.
  @_lifetime(self: copy self)
  fileprivate mutating func port(_ bytes: RawSpan) -> UInt16? {
    guard take("port "), let port = digits(1...5), port <= 0xffff else { return nil }
    while take(0x20) || take(0x3a) {}
    return UInt16(port)
  }
}
