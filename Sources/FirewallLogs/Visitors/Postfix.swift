internal import Observations

/// Reads the visitors out of a Postfix mail log: each `connect from name[address]` of `smtpd`, and
/// each `CONNECT from [address]:port` of `postscreen`, is one visit.
///
/// The name before the bracket is what the visitor's DNS claims; only the address counts. Where the
/// line does not state the server's port it is that of the service: 25, 587 (submission) or 465
/// (smtps); `Marks.ports` is set only where both ports were stated.
struct Postfix: LineFormat {
  static var name: String { "postfix" }

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    let text = log.syslog(bytes, range)
    guard text.stamp.quality == .good else { return .foreign }
    switch PostfixVisit.read(bytes, text.rest) {
    case .none: return .foreign
    case .unreadable: return .wrong(.addressMalformed)
    case .visit(var visit):
      visit.time = text.stamp.time
      return .packet(visit, nil)
    }
  }
}

/// One line of Postfix behind its stamp.
private enum PostfixVisit {
  case none
  case unreadable
  case visit(Observation)

  static func read(_ bytes: RawSpan, _ range: Range<Int>) -> PostfixVisit {
    var cursor = TextCursor(bytes, range)
    guard cursor.take("postfix"), let service = service(&cursor) else { return .none }
    if service.isScreen {
      guard cursor.take("CONNECT from [") else { return .none }
      return screened(bytes, &cursor)
    }
    guard cursor.take("connect from ") else { return .none }
    // The name may not hold a bracket, but it is a stranger's: the last pair is Postfix's own.
    guard let open = bytes.last(0x5b, in: cursor.at..<cursor.end) else { return .unreadable }
    cursor.at = open + 1
    guard let source = address(bytes, &cursor) else { return .unreadable }
    var visit = blank(source)
    visit.destinationPort = service.port
    if cursor.take(0x3a), let port = cursor.digits(1...5), port < 65_536 {
      visit.sourcePort = UInt16(port)
    }
    return .visit(visit)
  }

  /// `/smtpd[123]: `, `/submission/smtpd[123]: `, `/postscreen[123]: `.
  private static func service(_ cursor: inout TextCursor) -> (port: UInt16, isScreen: Bool)? {
    var port: UInt16 = 25
    var program: Bool?
    // An instance's name may stand before the service (`postfix-out/smtpd`).
    while cursor.at < cursor.end, cursor.next > 0x20, cursor.next != 0x5b {
      if cursor.take("/smtpd[") {
        program = false
        break
      }
      if cursor.take("/postscreen[") {
        program = true
        break
      }
      if cursor.take("/submission/") {
        port = 587
        cursor.at -= 1
      } else if cursor.take("/smtps/") || cursor.take("/submissions/") {
        port = 465
        cursor.at -= 1
      } else {
        cursor.at += 1
      }
    }
    guard let program, cursor.digits(1...10) != nil, cursor.take("]: ") else { return nil }
    return (port, program)
  }

  /// `192.0.2.7]:4321 to [198.51.100.25]:25`.
  private static func screened(_ bytes: RawSpan, _ cursor: inout TextCursor) -> PostfixVisit {
    guard let source = address(bytes, &cursor) else { return .unreadable }
    var visit = blank(source)
    visit.destinationPort = 25
    guard cursor.take(0x3a), let from = cursor.digits(1...5), from < 65_536 else {
      return .visit(visit)
    }
    visit.sourcePort = UInt16(from)
    guard cursor.take(" to ["), address(bytes, &cursor) != nil, cursor.take(0x3a),
      let to = cursor.digits(1...5), to < 65_536
    else { return .visit(visit) }
    visit.destinationPort = UInt16(to)
    visit.marks.insert(.ports)
    return .visit(visit)
  }

  /// An address and the bracket behind it.
  private static func address(_ bytes: RawSpan, _ cursor: inout TextCursor) -> Address? {
    _ = cursor.take("IPv6:")
    guard let close = cursor.find(0x5d), let address = bytes.address(cursor.at) else { return nil }
    cursor.at = close + 1
    return address
  }

  private static func blank(_ source: Address) -> Observation {
    Observation(visitOf: source, hint: .mailVisit)
  }
}

extension Observation {
  /// A visit: the log does not name its own server, and the server let the visitor in.
  init(visitOf source: Address, hint: ApplicationHint) {
    self.init()
    self.source = source
    destination = .unspecified
    transport = .tcp
    marks = .visit
    action = .allowed
    path = .inbound
    self.hint = hint
  }
}
