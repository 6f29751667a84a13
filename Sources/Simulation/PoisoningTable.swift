internal import Pool

extension PoisoningCurve {
  /// The measured numbers as tables of Markdown, which can be read as they are.
  public var tables: String {
    let heads = rows.map { "\($0.story.short)\($0.story == .stranger ? "" : " \($0.honest)")" }
    let statements = PoisonedStatement.allCases
    func numbers(_ of: (Row) -> [PoisonedStatement: Int]) -> [[String]] {
      statements.map { statement in
        [statement.words] + rows.map { of($0)[statement].map(String.init) ?? "–" }
      }
    }
    return """
      Networks with fake sensors that change a statement, the fewest; – where twice as many as honest ones cannot:

      \(MarkdownTable.text([""] + heads, numbers(\.fake)))
      Networks of honest sensors that packets under a forged source have to reach, the fewest:

      \(MarkdownTable.text([""] + heads, numbers(\.reached)))
      Packets to addresses of chance that reach so many networks, on average (whoever knows the sensors sends one each):

      \(PoisoningCurve.packetTable)
      """
  }

  private static var packetTable: String {
    let reached = [3, 5, 10, 20]
    var lines: [[String]] = []
    for networks in [20, 100, 1_000] {
      for watched in [1, 256] {
        let packets = reached.map {
          PoisoningCurve.packets(toReach: $0, of: networks, watching: watched).map(short) ?? "–"
        }
        lines.append(
          ["\(networks) networks, \(watched == 1 ? "an address" : "\(watched) addresses") each"]
            + packets)
      }
    }
    return MarkdownTable.text(["pool"] + reached.map { "reach \($0)" }, lines)
  }

  /// Two significant digits: 130 M.
  private static func short(_ value: UInt64) -> String {
    var (rest, unit) = (value, 0)
    var digits = value
    while rest >= 1_000 { (rest, unit) = (rest / 1_000, unit + 1) }
    let scale = (0..<unit).reduce(UInt64(1)) { product, _ in product * 1_000 }
    let name = ["", " k", " M", " G", " T"][min(unit, 4)]
    if rest >= 10 { return "\(rest)\(name)" }
    digits = unit == 0 ? 0 : (value % scale) * 10 / scale
    return unit == 0 ? "\(rest)" : "\(rest).\(digits)\(name)"
  }
}

extension PoisoningStory {
  /// For the head of a column.
  fileprivate var short: String {
    switch self {
    case .innocentServer: "server"
    case .wormHost: "worm"
    case .stranger: "stranger"
    }
  }
}

extension PoisoningAttempts {
  /// What came of the attempts, a line for each statement.
  public var lines: [String] {
    [
      "\(made) attempts of chance; within the documented numbers \(flipsWithin) statements were changed."
    ]
      + PoisonedStatement.allCases.map { statement in
        let (inside, outside) = (within[statement] ?? (0, 0), beyond[statement] ?? (0, 0))
        return "  \(statement.rawValue): within \(inside.flipped) of \(inside.tried), "
          + "beyond \(outside.flipped) of \(outside.tried)"
      }
  }
}
