internal import Observations
internal import Yams

/// `notes.yaml`: dated statements of what was done, changed and noticed.
///
///     notes:
///       - from: 2008-10-14T10:00:00-05:00
///         to: 2008-10-14T12:00:00-05:00
///         kind: intervention
///         about: lan-disconnected
///         text: LAN cables pulled
///
/// `to`, `kind`, `about` and `host` may be left out; what is left out is taken from the words.
struct NotesFile {
  /// The longest file read, in bytes.
  static let longest = 1 << 20
  /// The most notes of one file.
  static let most = 10_000
  /// Brackets, and columns before a line's first word, beyond which a file is no list of notes but an
  /// attack on the reader's stack, which grows with every level.
  private static let mostNesting = 256

  private(set) var notes: [Note] = []
  private(set) var problems = ProblemLog()
  /// Entries met, good or bad.
  private(set) var entries: UInt64 = 0
  /// What is wrong with the first bad entry, and how to write it; nil where all are good.
  private(set) var complaint: String?

  /// Whether a file of this name is one of notes.
  static func isNamed(_ name: String) -> Bool {
    let lower = name.lowercased()
    return ["notes.yaml", "notes.yml"].contains { lower == $0 || lower.hasSuffix(".\($0)") }
  }

  /// Reads a whole file.
  ///
  /// - Parameters:
  ///   - bytes: at most `longest`.
  ///   - path: as the user named it.
  ///   - zone: of times that state none.
  init(_ bytes: [UInt8], path: String, zone: ZoneRule) {
    guard bytes.count <= NotesFile.longest, NotesFile.isShallow(bytes) else {
      complain("the file is too long or too deeply nested for notes", line: 1)
      return
    }
    let text = String(decoding: bytes, as: UTF8.self)
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      complain("it is not YAML (\(error))".split(separator: "\n").joined(separator: " "), line: 1)
      return
    }
    let list = root?.mapping?["notes"]?.sequence ?? root?.sequence
    guard let list else {
      complain("there is no list `notes:`", line: 1)
      return
    }
    for node in list.prefix(NotesFile.most) { take(node, path: path, zone: zone) }
    if list.count > NotesFile.most {
      complain("more than \(NotesFile.most) notes", line: NotesFile.most)
    }
  }

  private static func isShallow(_ bytes: [UInt8]) -> Bool {
    var brackets = 0
    var lead = 0
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"): lead = 0
      case UInt8(ascii: "["), UInt8(ascii: "{"): brackets += 1
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "-"), UInt8(ascii: "?"),
        UInt8(ascii: ":"):
        if lead >= 0 { lead += 1 }
      default: lead = -1
      }
      if brackets > mostNesting || lead > mostNesting { return false }
    }
    return true
  }

  private mutating func complain(_ what: String, line: Int) {
    problems.note(.noteMalformed, record: UInt64(line), offset: 0)
    if complaint == nil { complaint = "line \(line): \(what)" }
  }

  private mutating func take(_ node: Node, path: String, zone: ZoneRule) {
    entries += 1
    let line = node.mark?.line ?? 1
    func text(_ key: String) -> String? { node.mapping?[key]?.scalar?.string }
    guard let words = text("text"), !words.isEmpty else {
      complain("a note without `text:`", line: line)
      return
    }
    guard let from = text("from").flatMap({ NoteTime.read($0, zone: zone) }) else {
      complain("a note without a time; write `from: 2008-10-14T10:00:00Z`", line: line)
      return
    }
    let to = text("to").map { NoteTime.read($0, zone: zone) }
    if let to, to.map({ $0 < from }) ?? true {
      complain("`to:` cannot be read, or lies before `from:`", line: line)
      return
    }
    let kind = text("kind").map { Note.Kind(rawValue: $0) }
    let topic = text("about").map { Note.Topic(rawValue: $0) }
    let host = text("host").map { Address($0) }
    if let kind, kind == nil {
      complain("`kind:` is one of intervention, change, symptom", line: line)
    } else if let topic, topic == nil {
      complain(
        "`about:` is one of \(Note.Topic.allCases.map(\.rawValue).joined(separator: ", "))",
        line: line)
    } else if let host, host == nil {
      complain("`host:` is an address", line: line)
    } else {
      notes.append(
        Note(
          from: from, to: to ?? nil, words: words, kind: kind ?? nil, topic: topic ?? nil,
          host: host ?? nil, origin: path))
    }
  }
}
