extension SocketTable {
  /// What the table can and cannot show, in one short statement.
  public var sight: String {
    if instrument.isProcessList { return "processes by number; it lists no sockets" }
    var words = ["\(entries.count) sockets at one moment"]
    words.append(captured.map { "taken \($0)" } ?? "when is not stated")
    let named = entries.count { $0.processIdentifier != nil || $0.processName != nil }
    if named == 0 {
      words.append("owners are not in it")
    } else if named < entries.count {
      words.append("owners of \(named)")
    }
    if let row = InstrumentMatrix.row(for: self) {
      words.append("read as \(row.label); it cannot show \(unseen(by: row))")
    }
    return words.joined(separator: "; ")
  }
}

extension SocketProblem {
  /// One line of explanation.
  public var meaning: String {
    switch self {
    case .lineTooLong: "a line longer than any table's, which was not read"
    case .rowUnreadable: "a row that begins like one and cannot be read"
    case .rowCut: "a row whose end is missing"
    case .fieldCut: "an address or port that the tool cut for want of width"
    case .tooManyRows: "rows beyond the bound, which were only counted"
    case .ownersRefused: "the tool was refused the owners: run it as administrator"
    case .encoding: "text that is not valid in its encoding"
    }
  }
}
