internal import Observations

/// What is wrong with the text of a `ColumnMap`.
public enum ColumnMapError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A part that is not `name=value`.
  case notAPair(String)
  /// A name that means nothing.
  case unknownName(String)
  /// A name that is given twice.
  case twice(String)
  /// A value that its name cannot have, and what it can.
  case wrongValue(name: String, value: String, expected: String)
  /// A column without which no packet can be read.
  case missing(String)

  /// What is wrong, in a sentence.
  public var description: String {
    switch self {
    case .notAPair(let part):
      "\"\(part)\" is not of the form name=value; parts are divided by commas"
    case .unknownName(let name):
      "\"\(name)\" names no column or setting; known are \(ColumnMap.names)"
    case .twice(let name): "\"\(name)\" is given twice"
    case .wrongValue(let name, let value, let expected):
      "\(name)=\(value): expected \(expected)"
    case .missing(let name): "no column is named for \"\(name)\""
    }
  }
}

/// Which columns of a table mean what, as a user says it:
/// `time=1,source=src_ip,destination=4,destination-port=dport,protocol=proto,action=verdict`.
///
/// Numbers are columns counted from 1, words are names in the table's first line. Columns: `time`
/// (or `date` and `time`), `source`, `source-port`, `destination`, `destination-port`, `protocol`,
/// `icmp-type`, `icmp-code`, `action`, `count`, `length` (of the IP packet), `flags`. Settings:
/// `delimiter` (`comma`, `tab`, `semicolon`, `blank`, `pipe` or a character), `time-format`, `zone`
/// (`+01:00`, `UTC`), `blocked` and `allowed` (words of the action's column, `|` between).
public struct ColumnMap: Hashable, Sendable {
  /// Where a column is.
  enum Place: Hashable, Sendable {
    /// Its number, counted from 0.
    case number(Int)
    /// Its name.
    case name([UInt8])

    /// As a user gives it.
    var text: String {
      switch self {
      case .number(let number): "\(number + 1)"
      case .name(let name): String(decoding: name, as: UTF8.self)
      }
    }
  }
  /// What a column means.
  enum Field: String, CaseIterable, Sendable {
    case time, date, source, destination, action, count, length, flags
    case sourcePort = "source-port"
    case destinationPort = "destination-port"
    case proto = "protocol"
    case icmpType = "icmp-type"
    case icmpCode = "icmp-code"

    /// Its place among all.
    var index: Int { Field.allCases.firstIndex(of: self) ?? 0 }
  }
  /// How times are written.
  enum TimeFormat: String, CaseIterable, Sendable {
    /// By its looks: ISO 8601, an epoch by its length, `03/Mar/2009` or `03.03.2009`.
    case auto
    case iso
    case epoch
    case milliseconds = "epoch-ms"
    case microseconds = "epoch-us"
    case nanoseconds = "epoch-ns"
    case dayFirst = "dd/mm/yyyy"
    case monthFirst = "mm/dd/yyyy"
    case monthName = "dd/mon/yyyy"

    /// Other words for some of them.
    static let aliases: [String: TimeFormat] = [
      "us": .monthFirst, "german": .dayFirst, "dd.mm.yyyy": .dayFirst, "apache": .monthName,
      "epoch-s": .epoch,
    ]
  }

  var places: [Field: Place] = [:]
  var delimiter: UInt8 = 0x2c
  var timeFormat = TimeFormat.auto
  /// Seconds ahead of UTC; nil leaves it to the context.
  var zone: Int64?
  /// Words for what was dropped or refused, in lower case.
  var blocked = ColumnMap.words(
    "deny|denied|drop|dropped|block|blocked|reject|rejected|refuse|refused|discard|discarded"
      + "|prevent|prevented|reset")
  /// Words for what was let through, in lower case.
  var allowed = ColumnMap.words(
    "allow|allowed|accept|accepted|permit|permitted|pass|passed|built|forward|forwarded")

  /// All names there are, for messages.
  static var names: String {
    (Field.allCases.map(\.rawValue) + ["delimiter", "time-format", "zone", "blocked", "allowed"])
      .joined(separator: ", ")
  }

  /// A map out of its text.
  public init(_ text: String) throws(ColumnMapError) {
    var seen: Set<String> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: true) {
      guard let equals = part.firstIndex(of: "="), equals != part.startIndex else {
        throw .notAPair(String(part))
      }
      let name = ColumnMap.trimmed(part[..<equals]).lowercased()
      let value = ColumnMap.trimmed(part[part.index(after: equals)...])
      guard seen.insert(name).inserted else { throw .twice(name) }
      guard !value.isEmpty else {
        throw .wrongValue(name: name, value: "", expected: "a value behind the equals sign")
      }
      if let field = Field(rawValue: name) {
        places[field] = try ColumnMap.place(name, value)
      } else {
        try set(name, value)
      }
    }
    for field in Field.allCases {
      let others = places.filter { $0.key != field }.values
      if let place = places[field], others.contains(place) {
        throw .wrongValue(
          name: field.rawValue, value: place.text, expected: "a column that is named once")
      }
    }
    for field in [Field.source, .destination] where places[field] == nil {
      throw .missing(field.rawValue)
    }
    if places[.time] == nil, places[.date] == nil { throw .missing("time") }
  }

  private static func trimmed(_ text: Substring) -> String {
    var rest = text
    while rest.first == " " { rest = rest.dropFirst() }
    while rest.last == " " { rest = rest.dropLast() }
    return String(rest)
  }

  static func words(_ text: String) -> [[UInt8]] {
    text.lowercased().split(separator: "|").map { Array($0.utf8) }
  }

  /// The most columns that are looked at.
  static let mostColumns = 256

  private static func place(_ name: String, _ value: String) throws(ColumnMapError) -> Place {
    guard value.utf8.allSatisfy({ $0 &- 48 < 10 }) else { return .name(Array(value.utf8)) }
    guard let number = Int(value), (1...mostColumns).contains(number) else {
      throw .wrongValue(
        name: name, value: value,
        expected: "a column's number from 1 to \(mostColumns), or its name")
    }
    return .number(number - 1)
  }

  private mutating func set(_ name: String, _ value: String) throws(ColumnMapError) {
    switch name {
    case "delimiter":
      let known: [String: UInt8] = [
        "comma": 0x2c, "tab": 0x09, "semicolon": 0x3b, "blank": 0x20, "space": 0x20, "pipe": 0x7c,
      ]
      if let byte = known[value.lowercased()] {
        delimiter = byte
      } else if value.utf8.count == 1, let byte = value.utf8.first, byte != 0x22, byte >= 0x20 {
        delimiter = byte
      } else {
        throw .wrongValue(
          name: name, value: value,
          expected: "comma, tab, semicolon, blank, pipe, or one character of ASCII")
      }
    case "time-format":
      let word = value.lowercased()
      guard let format = TimeFormat(rawValue: word) ?? TimeFormat.aliases[word] else {
        let known = TimeFormat.allCases.map(\.rawValue) + TimeFormat.aliases.keys.sorted()
        throw .wrongValue(
          name: name, value: value, expected: "one of \(known.joined(separator: ", "))")
      }
      timeFormat = format
    case "zone":
      guard let seconds = ColumnMap.seconds(value) else {
        throw .wrongValue(name: name, value: value, expected: "UTC, or an offset such as +01:00")
      }
      zone = seconds
    case "blocked": blocked = ColumnMap.words(value)
    case "allowed": allowed = ColumnMap.words(value)
    default: throw .unknownName(name)
    }
  }

  /// Seconds ahead of UTC.
  private static func seconds(_ value: String) -> Int64? {
    if ["utc", "z", "gmt"].contains(value.lowercased()) { return 0 }
    let bytes = Array(value.utf8)
    var cursor = unsafe TextCursor(bytes.span.bytes, 0..<bytes.count)
    guard let zone = cursor.zone(), cursor.at == cursor.end else { return nil }
    return zone
  }
}
