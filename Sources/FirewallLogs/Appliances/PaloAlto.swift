internal import Observations

/// Lines of Palo Alto Networks' firewalls (PAN-OS 8 to 11), cells with commas between, by their
/// place: `1,2009/03/03 06:00:00,serial,TRAFFIC,drop,…,2009/03/03 06:00:00,source,destination,…`.
///
/// A session counts where it begins or, where only its end is logged, there, with the packets of
/// both directions and the time of its beginning. A record may stand for several alike (repeat
/// count). Of THREAT lines scans, floods, broken packets and exploits are packets; what is said of
/// pages and files belongs to sessions told of anyway. NAT addresses are translations; the
/// observation carries the inside ones. Of ICMP the type is not logged.
///
/// Source: Palo Alto Networks, "PAN-OS Administrator's Guide", Syslog Field Descriptions.
struct PaloAlto: LineFormat {
  static var name: String { "paloalto" }
  /// Any step: sessions are logged when they end.
  static var orderTolerance: Int64 { .max }

  /// Places of cells, counted from 0.
  private enum Cell {
    static let type = 3
    static let subtype = 4
    static let generated = 6
    static let source = 7
    static let destination = 8
    static let sourceTranslated = 9
    static let destinationTranslated = 10
    static let fromInterface = 18
    static let toInterface = 19
    static let repeats = 23
    static let sourcePort = 24
    static let destinationPort = 25
    static let destinationPortTranslated = 27
    static let proto = 29
    static let action = 30
    static let receivedBytes = 33
    static let start = 35
    static let sentPackets = 44
    static let receivedPackets = 45
    static let most = 46
  }

  private var cells = [Range<Int>](repeating: 0..<0, count: Cell.most)
  private var count = 0
  private var sessions = SessionMemory()
  /// The last good time.
  private var last: Int64 = 0

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    guard let from = PaloAlto.front(bytes, range, &log) else { return .foreign }
    takeCells(bytes, from..<range.upperBound)
    guard count > Cell.generated else { return .foreign }
    let type = cells[Cell.type]
    if bytes.fills("TRAFFIC", type) { return readTraffic(bytes, &log) }
    if bytes.fills("THREAT", type) { return readThreat(bytes, &log) }
    let isOther =
      bytes.fills("SYSTEM", type) || bytes.fills("CONFIG", type) || bytes.fills("HIPMATCH", type)
      || bytes.fills("GLOBALPROTECT", type) || bytes.fills("USERID", type)
      || bytes.fills("DECRYPTION", type) || bytes.fills("CORRELATION", type)
      || bytes.fills("AUTHENTICATION", type) || bytes.fills("IPTAG", type)
    return isOther ? .other : .foreign
  }

  /// Where `1,2009/03/03 06:00:00,` begins: at the front, or behind a syslog header.
  private static func front(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> Int? {
    if isFront(bytes, range) { return range.lowerBound }
    let text = log.syslog(bytes, range)
    if isFront(bytes, text.message) { return text.message.lowerBound }
    return isFront(bytes, text.rest) ? text.rest.lowerBound : nil
  }

  private static func isFront(_ bytes: RawSpan, _ range: Range<Int>) -> Bool {
    guard range.count > 30 else { return false }
    var line = TextCursor(bytes, range)
    _ = line.digits(1...3)
    return line.take(0x2c) && line.date() != nil && line.take(0x20) && line.timeOfDay() != nil
      && line.take(0x2c)
  }

  /// Splits at commas outside quotes.
  private mutating func takeCells(_ bytes: RawSpan, _ range: Range<Int>) {
    count = 0
    var at = range.lowerBound
    while count < Cell.most, at <= range.upperBound {
      var from = at
      var end: Int
      if at < range.upperBound, bytes.byte(at) == 0x22 {
        from = at + 1
        end = bytes.first(0x22, in: from..<range.upperBound) ?? range.upperBound
        // A doubled quote is one of the cell's own.
        while end + 1 < range.upperBound, bytes.byte(end + 1) == 0x22 {
          end = bytes.first(0x22, in: end + 2..<range.upperBound) ?? range.upperBound
        }
        let behind = min(end + 1, range.upperBound)
        at = (bytes.first(0x2c, in: behind..<range.upperBound) ?? range.upperBound) + 1
      } else {
        end = bytes.first(0x2c, in: at..<range.upperBound) ?? range.upperBound
        at = end + 1
      }
      cells[count] = from..<max(from, end)
      count += 1
    }
  }

  /// A cell; nil where the line ends before it.
  private func cell(_ index: Int) -> Range<Int>? { index < count ? cells[index] : nil }

  private mutating func readTraffic(_ bytes: RawSpan, _ log: inout LogState) -> LineReading {
    var packet = Observation()
    if let problem = packet.takeEnds(bytes, cell(Cell.source), cell(Cell.destination)) {
      return .wrong(problem)
    }
    var problem = takeTransport(bytes, &packet)
    let subtype = cell(Cell.subtype)
    let isEnd = bytes.fills("end", subtype)
    let start = isEnd ? instant(bytes, Cell.start, log.clock.zone) : nil
    if let time = start ?? instant(bytes, Cell.generated, log.clock.zone) {
      packet.time = time
      last = time
    } else {
      problem = .stampMalformed
      packet.time = last
      packet.marks.insert(.timeUncertain)
    }
    packet.action = PaloAlto.action(bytes, cell(Cell.action))
    let isRefused = bytes.fills("drop", subtype) || bytes.fills("deny", subtype)
    if isRefused { packet.action = .blocked }
    takePath(bytes, &packet)
    packet.takeTranslation(
      bytes, source: cell(Cell.sourceTranslated), destination: cell(Cell.destinationTranslated),
      port: cell(Cell.destinationPortTranslated), &log)
    let repeats = bytes.whole(cell(Cell.repeats)) ?? 1
    packet.setPackets(UInt32(clamping: repeats))
    guard !isRefused, bytes.fills("start", subtype) || isEnd else {
      return .packet(packet, problem)
    }
    if !isEnd {
      if packet.action == .allowed { sessions.open(packet) }
      return .packet(packet, problem)
    }
    if let sent = bytes.whole(cell(Cell.sentPackets)) {
      packet.setPackets(UInt32(clamping: max(sent, repeats)))
    }
    let replies = SessionReplies(
      packets: bytes.whole(cell(Cell.receivedPackets)),
      bytes: bytes.whole(cell(Cell.receivedBytes)))
    return sessions.end(packet, replies: replies, problem, &log)
  }

  private mutating func readThreat(_ bytes: RawSpan, _ log: inout LogState) -> LineReading {
    guard let subtype = cell(Cell.subtype),
      PaloAlto.attacks.find(bytes, subtype, ignoringCase: true) >= 0
    else { return .other }
    var packet = Observation()
    if let problem = packet.takeEnds(bytes, cell(Cell.source), cell(Cell.destination)) {
      return .wrong(problem)
    }
    var problem = takeTransport(bytes, &packet)
    if let time = instant(bytes, Cell.generated, log.clock.zone) {
      packet.time = time
      last = time
    } else {
      problem = .stampMalformed
      packet.time = last
      packet.marks.insert(.timeUncertain)
    }
    let action = cell(Cell.action)
    packet.action = PaloAlto.action(bytes, action)
    if bytes.fills("alert", action) { packet.action = .audited }
    takePath(bytes, &packet)
    packet.takeTranslation(
      bytes, source: cell(Cell.sourceTranslated), destination: cell(Cell.destinationTranslated),
      port: cell(Cell.destinationPortTranslated), &log)
    packet.setPackets(UInt32(clamping: bytes.whole(cell(Cell.repeats)) ?? 1))
    return .packet(packet, problem)
  }

  private static let attacks = KeyTable([
    ("flood", 0), ("scan", 0), ("packet", 0), ("vulnerability", 0), ("spyware", 0),
  ])

  private func takeTransport(_ bytes: RawSpan, _ packet: inout Observation) -> Anomaly? {
    guard let proto = cell(Cell.proto) else { return .lineCut }
    guard let transport = Transport(bytes, proto) else { return .numberMalformed }
    packet.transport = transport
    let ports = (cell(Cell.sourcePort), cell(Cell.destinationPort))
    // Of a scan no ports are kept; nothing else has none at both ends.
    if bytes.fills("0", ports.0), bytes.fills("0", ports.1) { return nil }
    return packet.takePorts(bytes, ports.0, ports.1)
  }

  /// `allow`, or one of the ways to refuse: `deny`, `drop`, `drop ICMP`, `reset both`, `block-ip`.
  private static func action(_ bytes: RawSpan, _ cell: Range<Int>?) -> Action {
    if bytes.fills("allow", cell) { return .allowed }
    let refuses =
      bytes.starts("deny", cell) || bytes.starts("drop", cell) || bytes.starts("reset", cell)
      || bytes.starts("block", cell) || bytes.starts("sinkhole", cell)
    return refuses ? .blocked : .unknown
  }

  /// Both interfaces are named of what passes through.
  private func takePath(_ bytes: RawSpan, _ packet: inout Observation) {
    guard let from = cell(Cell.fromInterface), let to = cell(Cell.toInterface), !from.isEmpty,
      !to.isEmpty
    else { return }
    packet.path = .forwarded
  }

  /// `2009/03/03 06:00:00`, local time.
  private func instant(_ bytes: RawSpan, _ index: Int, _ zone: Int64) -> Int64? {
    guard let cell = cell(index), !cell.isEmpty else { return nil }
    var cursor = TextCursor(bytes, cell)
    guard let date = cursor.date(), cursor.take(0x20), let second = cursor.timeOfDay() else {
      return nil
    }
    return StampClock.instant(date.year, date.month, date.day, secondOfDay: second, zone: zone)
  }
}
