internal import Observations

/// The visitors out of the logs of FTP servers: vsftpd (`Tue Mar  3 06:00:00 2009 [pid 2] CONNECT:
/// Client "a.b.c.d"`) and ProFTPD (`proftpd[123]: server (name[a.b.c.d]) - FTP session opened.`).
///
/// Both write these once for each connection; their other lines are passed over. vsftpd's times are
/// UTC unless told otherwise (`use_localtime`), which the line does not say: they are taken as local.
struct FileTransfer: LineFormat {
  static var name: String { "ftp" }
  private static let port: UInt16 = 21

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    var line = TextCursor(bytes, range)
    if let word = line.word(), word.count == 3, line.take(0x20), let month = line.monthName() {
      guard line.take(0x20) else { return .foreign }
      _ = line.take(0x20)
      guard let day = line.digits(1...2), line.take(0x20), let second = line.timeOfDay(),
        line.take(0x20), let year = line.digits(4...4), line.take(" [pid "),
        line.digits(1...10) != nil, line.take("] ")
      else { return .foreign }
      // The user's name stands in brackets of its own, once there is one.
      guard line.take("CONNECT: Client \"") else { return .other }
      let time = log.clock.instant(year, month, day, secondOfDay: second)
      guard let time else { return .wrong(.stampMalformed) }
      guard let quote = line.find(0x22) else { return .wrong(.lineCut) }
      return FileTransfer.visit(bytes, line.at..<quote, time)
    }
    let text = log.syslog(bytes, range)
    guard text.stamp.quality == .good, bytes.fills("proftpd", text.program) else { return .foreign }
    guard bytes.ends(text.message, with: ") - FTP session opened.") else { return .other }
    // The name before the bracket is what DNS claims.
    let rest = text.message.lowerBound..<text.message.upperBound - 23
    guard let open = bytes.last(0x5b, in: rest), bytes.byte(rest.upperBound - 1) == 0x5d else {
      return .wrong(.addressMalformed)
    }
    return FileTransfer.visit(bytes, open + 1..<rest.upperBound - 1, text.stamp.time)
  }

  private static func visit(
    _ bytes: RawSpan, _ word: Range<Int>, _ time: Int64
  ) -> LineReading {
    guard let client = bytes.wholeAddress(word) else { return .wrong(.addressMalformed) }
    var visit = Observation(visitOf: client, hint: .none)
    visit.time = time
    visit.destinationPort = port
    return .packet(visit, nil)
  }
}
