extension InstrumentMatrix {
  /// The whole matrix as a page.
  public static var page: String {
    var text = """
      # What tools can show of a sender

      A table of sockets names who may have sent a packet only where the tool could show that kind of
      sender. This is what Culprit holds of each tool, and what a tool's silence is worth in a report.
      What is said of Linux is tried on real senders by the tests (`Tests/InstrumentTests`); the rest is
      taken from the makers' descriptions. `culprit explain instruments` prints this page,
      `culprit explain netstat` a part of it.

      ## The senders


      """
    for sender in SenderKind.allCases {
      text +=
        "* **\(sender.heading)**: \(sender.name)"
        + (sender.bearsAnyPort ? "; its packets may bear a port that another holds\n" : "\n")
    }
    text += "\n## What a cell says\n\n"
    for showing in InstrumentCell.Showing.allCases {
      text += "* **\(showing.rawValue)**: \(showing.meaning)\n"
    }
    text += "\n## All in one table\n\n" + overview(rows)
    text += "\n## Each tool\n" + details(rows)
    return text
  }

  /// The part of the page about some tools; nil where no row is meant.
  ///
  /// - Parameter word: a tool's name or a part of it, such as `netstat`.
  /// - Returns: its rows with their reasons.
  public static func page(of word: String) -> String? {
    let word = word.lowercased()
    let found = rows.filter { row in
      row.call.lowercased().prefix { $0 != " " } == word
        || row.instrument.name.lowercased().prefix { $0 != " " } == word
    }
    return found.isEmpty ? nil : overview(found) + details(found)
  }

  private static func overview(_ rows: [InstrumentRow]) -> String {
    let heads = ["called"] + SenderKind.allCases.map(\.heading)
    var text = line(heads) + line(heads.map { _ in "---" })
    for row in rows { text += line([row.label] + row.cells.map(\.showing.rawValue)) }
    return text
  }

  private static func line(_ cells: [String]) -> String {
    "| " + cells.joined(separator: " | ") + " |\n"
  }

  /// The reasons, those that are the same for several senders together.
  private static func details(_ rows: [InstrumentRow]) -> String {
    var text = ""
    for row in rows {
      text += "\n### \(row.label)\n\n"
      var said: [InstrumentCell: [SenderKind]] = [:]
      for sender in SenderKind.allCases { said[row[sender], default: []].append(sender) }
      for (cell, senders) in said.sorted(by: { $0.value.lexicographicallyPrecedes($1.value) }) {
        let names = senders.map(\.heading).joined(separator: ", ")
        text += "* \(names): **\(cell.showing.rawValue)**, \(cell.because)\n"
      }
    }
    return text
  }
}

extension InstrumentCell.Showing {
  /// What it means, in a clause.
  public var meaning: String {
    switch self {
    case .owner: "a row with its port and every process that holds it"
    case .oneHolder: "a row with its port and at most one process, of several perhaps"
    case .ownUser: "a row with its port; the process only where it is the caller's own"
    case .onlyOwnUser: "a row only where the process is the caller's own, nothing of others"
    case .withoutPort: "a row, without the port that its packets bear"
    case .socket: "a row with its port, without a process"
    case .byChance: "a row only if it is alive at the moment of the look"
    case .nothing: "nothing"
    }
  }
}
