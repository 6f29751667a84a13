import Observations
import Yams

extension ArticleReader {
  func kind(_ node: Node) throws(KnowledgeProblem) -> FindingKind {
    guard let kind = FindingKind(rawValue: node.string ?? "") else {
      throw problem(
        line(of: node), "an unknown kind of finding `\(node.string ?? "?")`",
        "no detector makes it",
        "Use one of: \(FindingKind.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return kind
  }

  func capability(_ node: Node) throws(KnowledgeProblem) -> Capability {
    guard let capability = Capability(rawValue: node.string ?? "") else {
      throw problem(
        line(of: node), "an undefined capability `\(node.string ?? "?")`",
        "no evidence is ever asked for it",
        "Use one of: \(Capability.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return capability
  }

  func condition(_ node: Node, depth: Int = 0) throws(KnowledgeProblem) -> Condition {
    let fields = try Fields(node, in: self, known: "finding where present all any not")
    let forms = "Write one of finding (with where), present, all, any, not"
    guard depth < 16 else {
      throw problem(fields.line, "a condition nested too deeply", "16 levels are allowed", forms)
    }
    var found: [Condition] = []
    let inner = { (node: Node) throws(KnowledgeProblem) in
      try condition(node, depth: depth + 1)
    }
    let comparisons = try fields.optional("where") { (node) throws(KnowledgeProblem) in
      try self.comparisons(node)
    }
    if let kind = try fields.optional("finding", kind) {
      found.append(.finding(kind, comparisons ?? [:]))
    } else if comparisons != nil {
      throw problem(
        fields.line, "`where` without `finding`", "it compares a finding's values", forms)
    }
    if let kind = try fields.optional("present", kind) { found.append(.present(kind)) }
    if let one = try fields.optional("not", inner) { found.append(.not(one)) }
    let all = try fields.list("all", inner)
    if !all.isEmpty { found.append(.all(all)) }
    let any = try fields.list("any", inner)
    if !any.isEmpty { found.append(.any(any)) }
    guard found.count == 1, let only = found.first else {
      throw problem(fields.line, "a condition of \(found.count) forms", "it must have one", forms)
    }
    return only
  }

  private func comparisons(_ node: Node) throws(KnowledgeProblem) -> [String: Comparison] {
    guard let mapping = node.mapping else {
      throw problem(
        line(of: node), "`where` is not a list of fields", "", "Write `value: \">= 1\"`")
    }
    var result: [String: Comparison] = [:]
    for (key, value) in mapping {
      guard let name = key.string, let text = value.scalar?.string,
        let comparison = comparison(text)
      else {
        throw problem(
          line(of: key), "a comparison that cannot be read",
          "`\(key.string ?? "?")` is compared with `\(value.scalar?.string ?? "?")`",
          "Write \">= 0.5\", \"== word\", \"in one, two\", \"ends .one, .two\", true or false")
      }
      result[name] = comparison
    }
    return result
  }

  private func comparison(_ text: String) -> Comparison? {
    if text == "true" || text == "false" { return .flag(text == "true") }
    let words = text.split(separator: " ").map(String.init)
    guard words.count >= 2 else { return nil }
    if words[0] == "in" || words[0] == "ends" {
      let list = text.dropFirst(words[0].count).split { $0 == "," || $0 == " " }.map(String.init)
      return words[0] == "in" ? .oneOf(list) : .ending(list.map { $0.lowercased() })
    }
    guard words.count == 2, let relation = Comparison.Relation(rawValue: words[0]) else {
      return nil
    }
    if let number = Double(words[1]), number.isFinite { return .number(relation, number) }
    return relation == .equal ? .oneOf([words[1]]) : nil
  }
}
