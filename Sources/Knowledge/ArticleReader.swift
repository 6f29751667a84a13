import Observations
import Yams

/// Reads one article; every complaint carries its line.
struct ArticleReader {
  let file: String

  static func read(name: String, text: String) throws(KnowledgeProblem) -> Article {
    let reader = ArticleReader(file: name)
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw reader.yamlProblem(error)
    } catch {
      throw reader.problem(0, "not YAML", "\(error)", "Correct the file")
    }
    guard let root else {
      throw reader.problem(1, "an empty file", "it holds no article", "Fill it")
    }
    return try reader.article(root)
  }

  func problem(_ line: Int, _ what: String, _ why: String, _ remedy: String) -> KnowledgeProblem {
    KnowledgeProblem(file: file, line: line, what: what, why: why, remedy: remedy)
  }

  private func yamlProblem(_ error: YamlError) -> KnowledgeProblem {
    let remedy = "Check indentation, quotes and colons there; quote text that holds `: ` or `{`"
    switch error {
    case .scanner(_, let what, let mark, _), .parser(_, let what, let mark, _),
      .composer(_, let what, let mark, _):
      return problem(mark.line, "not YAML", what, remedy)
    case .duplicatedKeysInMapping(let keys, let context):
      return problem(
        context.mark.line, "a key given twice", keys.map { "\($0)" }.joined(separator: ", "),
        "Keep one of them")
    default: return problem(0, "not YAML", "\(error)", remedy)
    }
  }

  private func article(_ root: Node) throws(KnowledgeProblem) -> Article {
    let map = try Fields(
      root, in: self,
      known: """
        id title summary answers innocent severity prior requires excludes indicators \
        explainsOnset sentence cure settles next keep open ports sources
        """)
    let answers =
      try map.optional("answers") { (node) throws(KnowledgeProblem) in
        try choice(node, of: Question.self)
      } ?? .cause
    return Article(
      id: try map.text("id"), title: try map.text("title"), summary: try map.text("summary"),
      answers: answers,
      innocent: try map.flag("innocent"), severity: try map.text("severity"),
      prior: answers == .sender ? 0 : try map.number("prior"),
      requires: try map.list("requires") { (node) throws(KnowledgeProblem) in try condition(node) },
      excludes: try map.list("excludes") { (node) throws(KnowledgeProblem) in try condition(node) },
      indicators: try map.list("indicators") { (node) throws(KnowledgeProblem) in
        try indicator(node)
      },
      explainsOnset: try map.optional("explainsOnset") { (node) throws(KnowledgeProblem) in
        try condition(node)
      },
      sentences: try map.texts("sentence").map(Template.init), cure: try map.texts("cure"),
      settles: try map.list("settles") { (node) throws(KnowledgeProblem) in try settler(node) },
      next: try map.list("next") { (node) throws(KnowledgeProblem) in try command(node) },
      keep: try map.texts("keep"),
      open: try map.list("open") { (node) throws(KnowledgeProblem) in try remark(node) },
      ports: try map.list("ports") { (node) throws(KnowledgeProblem) in try port(node) },
      sources: try map.list("sources") { (node) throws(KnowledgeProblem) in try source(node) },
      file: file)
  }

  private func indicator(_ node: Node) throws(KnowledgeProblem) -> Indicator {
    let map = try Fields(
      node, in: self, known: "id group needs when decibans because otherwise")
    let when = try condition(try map.need("when"))
    let supports = Statement(
      when: when, decibans: try map.number("decibans"),
      because: Template(try map.text("because")))
    let otherwise = try map.optional("otherwise") { (node) throws(KnowledgeProblem) -> Statement in
      let map = try Fields(node, in: self, known: "when decibans because")
      let own = try map.optional("when") { (node) throws(KnowledgeProblem) in try condition(node) }
      return Statement(
        when: own ?? .not(when), decibans: try map.number("decibans"),
        because: Template(try map.text("because")))
    }
    let needs = try map.list("needs") { (node) throws(KnowledgeProblem) in try capability(node) }
    return Indicator(
      id: try map.text("id"), group: try map.text("group"), needs: needs, supports: supports,
      otherwise: otherwise)
  }

  private func settler(_ node: Node) throws(KnowledgeProblem) -> Settler {
    let map = try Fields(node, in: self, known: "ask cost capability moot when")
    let cost = try map.number("cost")
    guard (1...5).contains(cost), cost == cost.rounded() else {
      throw problem(map.line, "a cost of \(cost)", "costs are 1 to 5", "Choose a whole number")
    }
    return Settler(
      ask: try map.text("ask"), cost: Int(cost),
      capability: try map.optional("capability") { (node) throws(KnowledgeProblem) in
        try capability(node)
      },
      moot: try map.optional("moot") { (node) throws(KnowledgeProblem) in try kind(node) },
      when: try map.optional("when") { (node) throws(KnowledgeProblem) in try condition(node) })
  }

  private func command(_ node: Node) throws(KnowledgeProblem) -> NextCommand {
    let map = try Fields(node, in: self, known: "system run shows")
    return NextCommand(
      system: try choice(try map.need("system"), of: NextCommand.System.self),
      run: try map.text("run"), shows: try map.text("shows"))
  }

  /// One word of a few.
  private func choice<Word: RawRepresentable<String> & CaseIterable>(
    _ node: Node, of words: Word.Type
  ) throws(KnowledgeProblem) -> Word {
    guard let word = Word(rawValue: node.string ?? "") else {
      throw problem(
        line(of: node), "an unknown word `\(node.string ?? "?")`", "nothing reads it here",
        "Use one of: \(words.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return word
  }

  private func remark(_ node: Node) throws(KnowledgeProblem) -> Remark {
    if let text = node.string { return Remark(text: Template(text), when: nil) }
    let map = try Fields(node, in: self, known: "text when")
    return Remark(
      text: Template(try map.text("text")),
      when: try map.optional("when") { (node) throws(KnowledgeProblem) in try condition(node) })
  }

  private func source(_ node: Node) throws(KnowledgeProblem) -> Source {
    let map = try Fields(node, in: self, known: "fact source")
    return Source(
      fact: try map.text("fact"),
      source: try map.optional("source") { (node) throws(KnowledgeProblem) in
        try map.plain(node)
      })
  }

  private func port(_ node: Node) throws(KnowledgeProblem) -> UInt16 {
    guard let port = node.string.flatMap({ UInt16($0) }) else {
      throw problem(
        line(of: node), "not a port", "ports are 0 to 65535", "Write a whole number")
    }
    return port
  }

  func line(of node: Node) -> Int { node.mark?.line ?? 0 }
}

/// The fields of a mapping, each asked for by name; unknown ones are refused.
struct Fields {
  let reader: ArticleReader
  let line: Int
  private let nodes: [String: Node]

  init(_ node: Node, in reader: ArticleReader, known: String) throws(KnowledgeProblem) {
    self.reader = reader
    line = reader.line(of: node)
    guard let mapping = node.mapping else {
      throw reader.problem(
        line, "not a list of fields", "here `name: value` lines are expected", "Write them so")
    }
    let names = known.split(separator: " ").map(String.init)
    var nodes: [String: Node] = [:]
    for (key, value) in mapping {
      guard let name = key.string, names.contains(name) else {
        throw reader.problem(
          reader.line(of: key), "an unknown field `\(key.string ?? "?")`",
          "nothing reads it here", "Use one of: \(names.joined(separator: ", "))")
      }
      nodes[name] = value
    }
    self.nodes = nodes
  }

  func need(_ name: String) throws(KnowledgeProblem) -> Node {
    guard let node = nodes[name] else {
      throw reader.problem(
        line, "`\(name)` is missing", "the diagnosis needs it", "Add a line `\(name): …`")
    }
    return node
  }

  func plain(_ node: Node) throws(KnowledgeProblem) -> String {
    guard let text = node.scalar?.string, !text.isEmpty else {
      throw reader.problem(
        reader.line(of: node), "not a text", "a text that is not empty is expected",
        "Write one, in quotes if it holds `: ` or begins with `{` or `[`")
    }
    return text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  func text(_ name: String) throws(KnowledgeProblem) -> String { try plain(try need(name)) }

  func number(_ name: String) throws(KnowledgeProblem) -> Double {
    let node = try need(name)
    guard let number = Double(try plain(node)), number.isFinite else {
      throw reader.problem(
        reader.line(of: node), "`\(name)` is not a number", "it is calculated with",
        "Write a number")
    }
    return number
  }

  func flag(_ name: String) throws(KnowledgeProblem) -> Bool {
    let node = try need(name)
    switch try plain(node) {
    case "true": return true
    case "false": return false
    default:
      throw reader.problem(
        reader.line(of: node), "`\(name)` is neither true nor false", "it is a yes-or-no field",
        "Write true or false")
    }
  }

  func optional<T>(
    _ name: String, _ read: (Node) throws(KnowledgeProblem) -> T
  ) throws(KnowledgeProblem) -> T? {
    guard let node = nodes[name] else { return nil }
    return try read(node)
  }

  /// The items of a list; a missing field is an empty list, a single item a list of one.
  func list<T>(
    _ name: String, _ read: (Node) throws(KnowledgeProblem) -> T
  ) throws(KnowledgeProblem) -> [T] {
    guard let node = nodes[name] else { return [] }
    var result: [T] = []
    for item in node.sequence.map(Array.init) ?? [node] { result.append(try read(item)) }
    return result
  }

  func texts(_ name: String) throws(KnowledgeProblem) -> [String] {
    try list(name) { (node) throws(KnowledgeProblem) in try plain(node) }
  }
}
