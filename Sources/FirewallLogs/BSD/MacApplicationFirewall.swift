internal import Observations

/// Mac OS X's application firewall (`appfirewall.log`, from 10.5 on).
///
/// Nearly all of its lines name a program and whether it may listen or connect; they have no address,
/// or only the visitor's, and tell of no packet. Both ends stand in `Stealth Mode connection attempt to TCP D:p
/// from S:p` alone: a packet to a port where nothing listens, which was not answered.
struct MacApplicationFirewall: LineFormat {
  static var name: String { "macos-appfirewall" }

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    let text = log.syslog(bytes, range)
    guard text.stamp.quality == .good else { return .foreign }
    // Its repetitions have no host. Those of a packet are not this format's to count.
    if bytes.fills("---", text.host), log.repeatable == nil,
      bytes.has("last message repeated ", at: text.message.lowerBound)
    {
      return .other
    }
    var line = TextCursor(bytes, text.rest)
    guard line.take("socketfilterfw[") || line.take("Firewall["), line.digits(1...10) != nil,
      line.take(0x5d)
    else { return .foreign }
    // `<Info>` stands between the process and its colon.
    if line.take(" <"), line.word() == nil || !line.take(0x3e) { return .foreign }
    guard line.take(": ") else { return .foreign }
    if line.take("Stealth Mode ") {
      return StealthMode.read(bytes, &line, text.stamp)
    }
    return .other
  }
}
