internal import Observations

/// The visitors out of Exchange's SMTP receive protocol log: `date-time,connector-id,session-id,
/// sequence-number,local-endpoint,remote-endpoint,event,data,context`, of which the event `+` opens
/// a connection, and is the visit.
///
/// The log of what Exchange sends has the same columns: its head (`#Log-type:`) tells, and without
/// a head the ports do. Times are UTC. The server's address and port are taken from the line.
struct ExchangeSmtp: LineFormat {
  static var name: String { "exchange-smtp" }
  private var isSending = false
  private var isHead = false
  private static let mailPorts: [UInt16] = [25, 465, 587, 2_525]

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    if bytes.byte(range.lowerBound) == 0x23 { return readHead(bytes, range) }
    var line = TextCursor(bytes, range)
    guard line.date() != nil, line.take(0x54), line.timeOfDay() != nil else { return .foreign }
    _ = line.fraction()
    guard line.take(0x5a), line.take(0x2c) else { return .foreign }
    _ = line.cell()
    let session = line.cell()
    let number = bytes.decimal(line.cell())
    let local = line.cell()
    let remote = line.cell()
    let event = line.cell()
    guard number != nil, event.count == 1, session.count <= 32, !session.isEmpty,
      "+-<>*".utf8.contains(bytes.byte(event.lowerBound))
    else { return .foreign }
    isHead = false
    let stamp = log.syslog(bytes, range).stamp
    log.hostWord = 0
    guard bytes.byte(event.lowerBound) == 0x2b, !isSending else { return .other }
    let client = Endpoint(bracketed: bytes, remote)
    let server = Endpoint(bracketed: bytes, local)
    guard case .known(let address, let port) = client else {
      return .wrong(client.anomaly ?? .addressMalformed)
    }
    var visit = Observation(visitOf: address, hint: .mailVisit)
    visit.destinationPort = 25
    if case .known(let own, let ownPort) = server {
      visit.destination = own
      if let port, let ownPort {
        // Headless: who speaks from a port of the service's own does not visit.
        let isOurs =
          ExchangeSmtp.mailPorts.contains(port) && !ExchangeSmtp.mailPorts.contains(ownPort)
        if isOurs, ownPort >= 1_024 { return .other }
        visit.setPorts(port, ownPort)
      }
    }
    let problem = visit.take(stamp)
    return .packet(visit, problem ?? server.anomaly)
  }

  private mutating func readHead(_ bytes: RawSpan, _ range: Range<Int>) -> LineReading {
    var line = TextCursor(bytes, range)
    if line.take("#Software: Microsoft Exchange") {
      isHead = true
      isSending = false
      return .other
    }
    if line.take("#Log-type: SMTP ") {
      isHead = true
      isSending = line.take("Send ")
      return .other
    }
    guard isHead else { return .foreign }
    if line.take("#Version: ") || line.take("#Date: ") { return .other }
    if line.take("#Fields: date-time,connector-id,") { return .other }
    return .foreign
  }
}
