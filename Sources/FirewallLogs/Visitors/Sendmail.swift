internal import Observations

/// The visitors out of sendmail's log: `sm-mta[123]: n1A2: from=<…>, …, relay=name [a.b.c.d]`.
///
/// `NOQUEUE: connect from name [a.b.c.d]` (from LogLevel 12 on) is a visit; what else names a client
/// (`from=`, refusals by a rule set, `did not issue MAIL/EXPN/VRFY/ETRN`, `lost input channel from`)
/// is one where no line about its connection came before: by address and five minutes, as sendmail
/// names no port (`RecentVisitors`). `to=` lines are deliveries to others. The name before the bracket is what DNS
/// claims; only the address counts. A line that could be read in two ways is counted and not read.
struct Sendmail: LineFormat {
  static var name: String { "sendmail" }
  private static let mailPort: UInt16 = 25
  private var recent = RecentVisitors()

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    let text = log.syslog(bytes, range)
    guard text.stamp.quality == .good,
      bytes.fills("sendmail", text.program) || bytes.has("sm-", at: text.program.lowerBound)
    else { return .foreign }
    var line = TextCursor(bytes, text.message)
    let id = line.token()
    guard bytes.byte(id.upperBound - 1) == 0x3a, id.count <= 24 else { return .other }
    let isOpening = line.take("connect from ")
    var client: Address?
    if isOpening || line.take("lost input channel from ")
      || line.take("timeout waiting for input from ")
    {
      client = Sendmail.bracketed(bytes, line.at..<line.end)
    } else if line.take("from=") {
      // Sendmail's own words come last, the stranger's before.
      guard let relay = bytes.lastPlace(of: ", relay=", in: line.at..<line.end) else {
        return .other
      }
      guard bytes.first(0x5b, in: relay..<line.end) != nil else { return .other }
      client = Sendmail.bracketed(bytes, relay..<line.end)
    } else if line.take("ruleset=") {
      let rest = line.at..<line.end
      guard let relay = bytes.place(of: ", relay=", in: rest) else { return .other }
      guard relay == bytes.lastPlace(of: ", relay=", in: rest) else { return .other }
      client = Sendmail.bracketed(bytes, relay..<line.end)
    } else if let end = bytes.lastPlace(of: " did not issue ", in: line.at..<line.end) {
      client = Sendmail.bracketed(bytes, line.at..<end)
    } else {
      return .other
    }
    guard let client else { return .wrong(.addressMalformed) }
    var visit = Observation(visitOf: client, hint: .mailVisit)
    visit.time = text.stamp.time
    visit.destinationPort = Sendmail.mailPort
    if isOpening {
      recent.note(client, 0, visit.time)
    } else if recent.isKnown(client, 0, visit.time) {
      return .other
    }
    return .packet(visit, nil)
  }

  /// The address in the first brackets.
  private static func bracketed(_ bytes: RawSpan, _ range: Range<Int>) -> Address? {
    guard let open = bytes.first(0x5b, in: range) else { return nil }
    var line = TextCursor(bytes, open..<range.upperBound)
    return line.bracketed(bytes)?.address
  }
}
