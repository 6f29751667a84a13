/// A word of a line with the column it begins in.
struct HostWord {
  let text: String
  let start: Int
  var end: Int { start + text.unicodeScalars.count }
}

/// A line of pasted text after quote marks, escapes and foreign blanks are gone.
struct HostLine {
  let number: Int
  let text: String
  let words: [HostWord]

  static let wordLimit = 512

  init(number: Int, text: String) {
    self.number = number
    self.text = text
    self.words = HostLine.split(text)
  }

  init(blank number: Int) {
    self.number = number
    self.text = ""
    self.words = []
  }

  var isBlank: Bool { words.isEmpty }

  func word(_ index: Int) -> String { index < words.count ? words[index].text : "" }

  /// Whether the line has a text of ASCII anywhere; bytes are compared, not characters.
  func has(_ sought: String) -> Bool { HostLine.has(sought, in: text) }

  static func has(_ sought: String, in text: String) -> Bool {
    EventGatherer.find(sought, in: text[...]) != nil
  }

  /// Whether this may be a heading: two words and hardly a digit, or one of the few others.
  var mayOpen: Bool {
    if text.hasPrefix("/proc/") || text.hasPrefix("TCPView v") { return true }
    guard words.count >= 2 || text.utf8.count > 12 else { return false }
    var digits = 0
    for byte in text.utf8 where (48...57).contains(byte) {
      digits += 1
      if digits > 2 { return false }
    }
    return true
  }

  /// The line without leading and trailing blanks.
  var trimmed: String { HostLine.trim(text) }

  /// The text from a word to the end.
  func rest(from index: Int) -> String {
    index < words.count ? words[index...].map(\.text).joined(separator: " ") : ""
  }

  /// The parts between a separator, without blanks around them.
  func fields(at separator: UInt8) -> [String] {
    text.utf8.split(
      separator: separator, maxSplits: HostLine.wordLimit, omittingEmptySubsequences: false
    )
    .map { HostLine.trim(String(decoding: $0, as: UTF8.self)) }
  }

  /// The fields of a line of comma-separated values (RFC 4180), quotes taken off.
  func separated(by separator: UInt8) -> [String] {
    guard text.utf8.contains(UInt8(ascii: "\"")) else { return fields(at: separator) }
    var fields: [String] = []
    var field: [UInt8] = []
    var quoted = false
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\"") {
        quoted.toggle()
      } else if byte == separator, !quoted, fields.count < HostLine.wordLimit {
        fields.append(HostLine.trim(String(decoding: field, as: UTF8.self)))
        field.removeAll(keepingCapacity: true)
      } else {
        field.append(byte)
      }
    }
    return fields + [HostLine.trim(String(decoding: field, as: UTF8.self))]
  }

  static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }

  static func trim(_ text: String) -> String {
    let bytes = text.utf8
    guard let first = bytes.firstIndex(where: { !isBlank($0) }),
      let last = bytes.lastIndex(where: { !isBlank($0) })
    else { return "" }
    return String(text[first...last])
  }

  /// Words with their columns; a tab goes to the next multiple of eight.
  private static func split(_ text: String) -> [HostWord] {
    var words: [HostWord] = []
    var word: [UInt8] = []
    var column = 0
    var start = 0
    for byte in text.utf8 {
      if isBlank(byte) {
        if !word.isEmpty {
          words.append(HostWord(text: String(decoding: word, as: UTF8.self), start: start))
        }
        word.removeAll(keepingCapacity: true)
        if words.count >= wordLimit { return words }
        column = byte == 9 ? (column / 8 + 1) * 8 : column + 1
        continue
      }
      if word.isEmpty { start = column }
      word.append(byte)
      if byte & 0xc0 != 0x80 { column += 1 }
    }
    if !word.isEmpty {
      words.append(HostWord(text: String(decoding: word, as: UTF8.self), start: start))
    }
    return words
  }
}

/// What a mail or a forum does to a line, undone.
enum PastedText {
  /// Quote marks at the beginning, taken off.
  static func unquoted(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var rest = bytes
    while let at = rest.firstIndex(where: { !HostLine.isBlank($0) }), rest[at] == UInt8(ascii: ">")
    {
      rest = rest[(at + 1)...]
    }
    // Exactly one blank belongs to the mark; columns keep their distances.
    if rest.startIndex != bytes.startIndex, rest.first == 32 { rest = rest.dropFirst() }
    return rest
  }

  /// Blanks other than ASCII's made ordinary, marks of no width taken out.
  static func plain(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    guard bytes.contains(where: { $0 >= 128 }) else { return Array(bytes) }
    var plain: [UInt8] = []
    plain.reserveCapacity(bytes.count)
    var at = bytes.startIndex
    while at < bytes.endIndex {
      let byte = bytes[at]
      let next = at + 1 < bytes.endIndex ? bytes[at + 1] : 0
      let third = at + 2 < bytes.endIndex ? bytes[at + 2] : 0
      switch (byte, next, third) {
      case (0xc2, 0xa0, _):
        plain.append(32)
        at += 2
      case (0xe2, 0x80, 0x80...0x8a), (0xe2, 0x80, 0xaf), (0xe3, 0x80, 0x80):
        plain.append(32)
        at += 3
      case (0xe2, 0x80, 0x8b...0x8f), (0xef, 0xbb, 0xbf):
        at += 3
      case (0xa0, _, _) where plain.last.map({ $0 < 128 }) ?? true:
        plain.append(32)
        at += 1
      default:
        plain.append(byte)
        at += 1
      }
    }
    return plain
  }

  /// The command after a prompt of cmd, PowerShell or a shell; nil where no prompt stands.
  static func command(_ text: String) -> (command: String, isRoot: Bool?)? {
    guard text.utf8.contains(where: { $0 == 62 || $0 == 36 || $0 == 35 || $0 == 37 }) else {
      return nil
    }
    let line = HostLine.trim(text)
    let bytes = Array(line.utf8.prefix(512))
    let isDrive = { (at: Int) in
      at + 2 < bytes.count && (65...90).contains(bytes[at] & 0xdf) && bytes[at + 1] == 58
        && bytes[at + 2] == 92
    }
    if isDrive(line.hasPrefix("PS ") ? 3 : 0), let end = bytes.firstIndex(of: UInt8(ascii: ">")) {
      return (HostLine.trim(String(decoding: bytes[(end + 1)...], as: UTF8.self)), nil)
    }
    for (at, byte) in bytes.enumerated() where byte == 36 || byte == 35 || byte == 37 {
      guard at + 1 == bytes.count || bytes[at + 1] == 32 else { continue }
      let before = bytes[..<at].split(separator: 32).count
      guard at == 0 || before <= 2 else { return nil }
      let command = HostLine.trim(String(decoding: bytes[(at + 1)...], as: UTF8.self))
      guard at == 0 || bytes[..<at].contains(64) || isTool(command) else { return nil }
      return isTool(command) || command.isEmpty
        ? (command, byte == 35 || command.hasPrefix("sudo ") ? true : nil) : nil
    }
    return nil
  }

  private static func isTool(_ command: String) -> Bool {
    var words = command.split(separator: " ")[...]
    while let first = words.first, first == "sudo" || first == "doas" || first == "watch" {
      words = words.dropFirst()
    }
    guard let name = words.first?.split(separator: "/").last else { return false }
    return tools.contains(String(name))
  }

  private static let tools: Set<String> = [
    "netstat", "ss", "lsof", "cat", "ls", "ps", "sockstat", "osqueryi", "ausearch", "fstat",
    "head", "grep", "for", "date", "tail",
  ]
}
