import Observations

/// Why a line is no line of DShield's form, or none that a pool takes.
enum DShieldProblem: String, Error, Hashable, Comparable, CaseIterable {
  case cells = "a line has 8 or 9 cells with tabs between"
  case time = "the time is not like 2008-10-09 12:00:00 +00:00"
  case author = "the author's number has at most 64 printable characters"
  case count = "the count is no number from 1 to 4294967295"
  case source = "the source is no address that one host elsewhere can have"
  case target = "the target is no address"
  case port = "a port is 0 to 65535, ??? or nothing"
  case transport = "the protocol is no name of TCP, UDP, ICMP, and no number from 0 to 254"
  case flags = "the flags are none"
  case outOfTime = "it is of the future, or older than anything that is kept"

  static func < (a: DShieldProblem, b: DShieldProblem) -> Bool { a.rawValue < b.rawValue }
}

/// A line as DShield's clients send it (isc.sans.edu/specs.html): date, time and zone, author, count,
/// source, its port, target, its port, protocol, TCP flags. ICMP has type and code in place of ports.
struct DShieldLine: Hashable, Sendable {
  var time: Timestamp
  var count: UInt64
  var source: Address
  var target: Address
  /// The type of ICMP; else the source's port. Nil where it is not known.
  var first: UInt16?
  /// The code of ICMP; else the port that was aimed at. Nil where it is not known.
  var second: UInt16?
  var transport: Transport

  /// The longest line, in bytes.
  static let mostBytes = 512

  /// Reads a line without its end.
  ///
  /// - Parameter bytes: any bytes.
  /// - Throws: `DShieldProblem` for the first thing that is wrong.
  init(_ bytes: some Collection<UInt8>) throws(DShieldProblem) {
    guard bytes.count <= DShieldLine.mostBytes,
      bytes.allSatisfy({ $0 == 0x09 || (0x20...0x7e).contains($0) })
    else { throw .cells }
    let cells = bytes.split(separator: 0x09, omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
    guard (8...9).contains(cells.count) else { throw .cells }
    time = try DShieldLine.time(Array(cells[0].utf8))
    guard cells[1].utf8.count <= 64 else { throw .author }
    guard let count = DShieldLine.number(cells[2], most: UInt64(UInt32.max)), count > 0 else {
      throw .count
    }
    self.count = count
    guard let source = Address(cells[3]) else { throw .source }
    guard let target = Address(cells[5]) else { throw .target }
    (self.source, self.target) = (source, target)
    first = try DShieldLine.port(cells[4])
    second = try DShieldLine.port(cells[6])
    transport = try DShieldLine.transport(cells[7], source)
    guard cells.count < 9 || cells[8].utf8.count <= 32 else { throw .flags }
  }

  private static func number(_ text: String, most: UInt64) -> UInt64? {
    guard (1...10).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = UInt64(text), number <= most
    else { return nil }
    return number
  }

  private static func port(_ text: String) throws(DShieldProblem) -> UInt16? {
    if text.utf8.allSatisfy({ $0 == 0x3f || $0 == 0x2d }) { return nil }
    guard let port = number(text, most: 65_535) else { throw .port }
    return UInt16(port)
  }

  private static func transport(
    _ text: String, _ source: Address
  ) throws(DShieldProblem) -> Transport {
    switch text.lowercased() {
    case "tcp": return .tcp
    case "udp": return .udp
    case "icmp": return source.isIPv4 ? .icmp : .icmpv6
    // 255 stands for something else within this program.
    default:
      guard let number = number(text, most: 254) else { throw .transport }
      return Transport(rawValue: UInt8(number))
    }
  }

  /// `2008-10-09 12:00:00 +00:00`; the zone may be `Z`.
  private static func time(_ text: [UInt8]) throws(DShieldProblem) -> Timestamp {
    func number(_ range: Range<Int>) -> Int? {
      guard range.upperBound <= text.count else { return nil }
      var value = 0
      for byte in text[range] {
        guard (0x30...0x39).contains(byte) else { return nil }
        value = value * 10 + Int(byte - 0x30)
      }
      return value
    }
    func stands(_ byte: UInt8, at place: Int) -> Bool { place < text.count && text[place] == byte }
    guard let year = number(0..<4), stands(0x2d, at: 4), let month = number(5..<7),
      stands(0x2d, at: 7), let day = number(8..<10), stands(0x20, at: 10),
      let hour = number(11..<13), stands(0x3a, at: 13), let minute = number(14..<16),
      stands(0x3a, at: 16), let second = number(17..<19), stands(0x20, at: 19),
      (1970...2199).contains(year), (1...12).contains(month), day >= 1, hour < 24, minute < 60,
      second < 60
    else { throw .time }
    let civil = CivilTime(
      year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    // The 31st of a shorter month is a day of the next one.
    guard CivilTime(civil.timestamp) == civil else { throw .time }
    if text.count == 21, stands(0x5a, at: 20) { return civil.timestamp }
    guard text.count == 26, stands(0x2b, at: 20) || stands(0x2d, at: 20),
      let hours = number(21..<23), stands(0x3a, at: 23), let minutes = number(24..<26),
      hours <= 14, minutes < 60
    else { throw .time }
    let offset = Int64(hours * 3_600 + minutes * 60)
    let seconds = civil.timestamp.wholeSeconds - (stands(0x2d, at: 20) ? -offset : offset)
    guard seconds >= 0 else { throw .time }
    return Timestamp(seconds: seconds)
  }
}
