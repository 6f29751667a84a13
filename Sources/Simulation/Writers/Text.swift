import Observations

/// Decimal digits with leading zeros up to a width.
func padded(_ value: Int, width: Int) -> String {
  let digits = String(value)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// Lower-case hexadecimal digits with leading zeros up to a width.
func hexadecimal(_ value: Int, width: Int) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// Dotted decimal of an IPv4 address in host order.
func dotted(_ address: UInt32) -> String { Address(ipv4: address).description }

/// Times of scenarios: microseconds since 1970-01-01T00:00:00Z.
enum Clock {
  static let millisecond: Int64 = 1_000
  static let second: Int64 = 1_000_000
  static let minute = 60 * second
  static let hour = 60 * minute
  static let day = 24 * hour

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Midnight that begins a date, UTC.
  static func midnight(year: Int, month: Int, day: Int) -> Int64 {
    Int64(CivilTime.days(year: year, month: month, day: day)) * Clock.day
  }

  /// RFC 3339 in UTC.
  static func text(_ time: Int64) -> String { Timestamp(nanoseconds: time * 1_000).description }

  /// The stamp of RFC 3164, section 4.1.2: no year, the day of the month padded with a blank.
  static func syslogStamp(_ time: Int64) -> String {
    let civil = CivilTime(Timestamp(nanoseconds: time * 1_000))
    let day = civil.day < 10 ? " \(civil.day)" : "\(civil.day)"
    return "\(months[civil.month - 1]) \(day) \(timeOfDay(civil))"
  }

  /// The stamp of the Common Log Format, with its zone.
  static func webStamp(_ time: Int64) -> String {
    let civil = CivilTime(Timestamp(nanoseconds: time * 1_000))
    return "\(padded(civil.day, width: 2))/\(months[civil.month - 1])/\(civil.year):"
      + "\(timeOfDay(civil)) +0000"
  }

  /// The date alone, `2002` `10` `01` with a separator between.
  static func dateStamp(_ time: Int64, separator: String) -> String {
    let civil = CivilTime(Timestamp(nanoseconds: time * 1_000))
    return "\(civil.year)\(separator)\(padded(civil.month, width: 2))\(separator)"
      + padded(civil.day, width: 2)
  }

  /// The time of day alone, `hh:mm:ss`.
  static func timeStamp(_ time: Int64) -> String {
    timeOfDay(CivilTime(Timestamp(nanoseconds: time * 1_000)))
  }

  private static func timeOfDay(_ civil: CivilTime) -> String {
    "\(padded(civil.hour, width: 2)):\(padded(civil.minute, width: 2)):"
      + padded(civil.second, width: 2)
  }
}

/// Lines that come from several sources, written in the order of their times.
struct LogLines {
  private var lines: [(time: Int64, text: String)] = []

  var count: Int { lines.count }

  /// Adds a line without its line feed.
  mutating func add(_ time: Int64, _ text: String) { lines.append((time, text)) }

  /// The file. Lines of one time keep the order in which they were added.
  func file(named name: String) -> SimulatedFile {
    let order = lines.indices.sorted { (lines[$0].time, $0) < (lines[$1].time, $1) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(lines.count * 160)
    for index in order {
      bytes += lines[index].text.utf8
      bytes.append(10)
    }
    return SimulatedFile(name: name, bytes: bytes)
  }
}
