internal import Observations

/// The visitors out of Dovecot's log: `dovecot: imap-login: Login: user=<…>, method=PLAIN,
/// rip=a.b.c.d, lip=e.f.g.h, …`, by syslog or in a file of its own.
///
/// Its login processes write one line for each connection: `Login`, or how it ended before that
/// (`Disconnected`, `Aborted login`). The user is a stranger's word: the last `rip=` counts. Which
/// port it was is not said, whether 143 or 993 least of all; that of the service is put for it.
struct Dovecot: LineFormat {
  static var name: String { "dovecot" }
  private static let services: [(name: StaticString, port: UInt16)] = [
    ("imap-login: ", 143), ("pop3-login: ", 110), ("managesieve-login: ", 4_190),
    ("submission-login: ", 587),
  ]

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    let text = log.syslog(bytes, range)
    guard text.stamp.quality == .good else { return .foreign }
    var line = TextCursor(bytes, text.message)
    if !bytes.fills("dovecot", text.program) {
      // Its own file names no host: the process stands in its place.
      line = TextCursor(bytes, text.host.lowerBound..<range.upperBound)
      guard !text.host.isEmpty,
        Dovecot.services.contains(where: { bytes.has($0.name, at: line.at) })
      else { return .foreign }
      log.hostWord = 0
    }
    guard let service = Dovecot.services.first(where: { line.take($0.name) }) else { return .other }
    _ = line.take("Info: ") || line.take("Warning: ")
    guard line.take("Login: ") || line.take("Disconnected") || line.take("Aborted login") else {
      return .other
    }
    guard let mark = bytes.lastPlace(of: "rip=", in: line.at..<line.end) else { return .other }
    line.at = mark + 4
    let word = line.cell()
    guard let client = bytes.wholeAddress(word) else { return .wrong(.addressMalformed) }
    var visit = Observation(visitOf: client, hint: .mailVisit)
    visit.time = text.stamp.time
    visit.destinationPort = service.port
    return .packet(visit, nil)
  }
}
