/// Gathers Windows events written as XML, over lines, into records of name and value.
struct EventGatherer {
  private var text = ""
  private let line: Int

  init(line: Int) { self.line = line }

  /// Whether an event is still open.
  var isInside: Bool { !text.isEmpty }

  /// Takes a line and gives the events that end on it.
  mutating func take(_ line: String) -> [[String: String]] {
    text += line + " "
    // Only a line with an end tag is worth a search; else many short lines would cost squares.
    guard EventGatherer.find("</Event>", in: line[...]) != nil else {
      if text.utf8.count > HostTextFeed.objectLimit { text = "" }
      return []
    }
    var records: [[String: String]] = []
    while let end = EventGatherer.find("</Event>", in: text[...]) {
      let event = text[..<end.lowerBound]
      if let begin = EventGatherer.find("<Event", in: event) {
        records.append(EventGatherer.record(event[begin.lowerBound...]))
      }
      text = String(text[end.upperBound...])
    }
    let goesOn = EventGatherer.find("<Event", in: text[...]) != nil
    if !goesOn { text = "" }
    return records
  }

  /// `<Data Name='X'>value</Data>` and the plain elements of the event's head.
  static func record(_ event: Substring) -> [String: String] {
    var values: [String: String] = [:]
    var rest = event.utf8[...]
    while values.count < 256, let open = rest.firstIndex(of: UInt8(ascii: "<")),
      let close = rest[open...].firstIndex(of: UInt8(ascii: ">"))
    {
      let tag = String(decoding: rest[rest.index(after: open)..<close], as: UTF8.self)
      let body = rest[rest.index(after: close)...]
      let end = body.firstIndex(of: UInt8(ascii: "<")) ?? body.endIndex
      let value = HostLine.trim(unescaped(String(decoding: body[..<end], as: UTF8.self)))
      rest = body[end...]
      if tag.hasPrefix("/") { continue }
      if let name = attribute("Name", of: tag), tag.hasPrefix("Data") {
        values[RecordKey.fold(name)] = value
      } else if let time = attribute("SystemTime", of: tag) {
        values["systemtime"] = time
      } else if !value.isEmpty {
        let element = tag.prefix { $0 != " " }
        values[RecordKey.fold(String(element))] = value
      }
    }
    return values
  }

  private static func attribute(_ name: String, of tag: String) -> String? {
    guard let at = find(name + "=", in: tag[...]) else { return nil }
    let rest = tag[at.upperBound...]
    guard let quote = rest.first, quote == "\"" || quote == "'" else { return nil }
    return String(rest.dropFirst().prefix { $0 != quote })
  }

  private static func unescaped(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
    var plain = ""
    var rest = text[...]
    while let at = rest.firstIndex(of: "&") {
      plain += rest[..<at]
      rest = rest[at...]
      let known = entities.first { rest.hasPrefix($0.0) }
      plain += known?.1 ?? "&"
      rest = rest.dropFirst(known?.0.count ?? 1)
    }
    return plain + rest
  }

  private static let entities = [
    ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("&quot;", "\""), ("&apos;", "'"),
  ]

  /// The first place of an ASCII word.
  static func find(_ word: String, in text: Substring) -> Range<String.Index>? {
    let sought = word.utf8
    guard let first = sought.first else { return nil }
    let bytes = text.utf8
    var at = bytes.startIndex
    while let begin = bytes[at...].firstIndex(of: first) {
      if bytes[begin...].starts(with: sought) {
        return begin..<bytes.index(begin, offsetBy: sought.count)
      }
      at = bytes.index(after: begin)
    }
    return nil
  }
}
