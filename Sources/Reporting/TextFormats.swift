internal import Analysis
internal import Observations

extension Analysis.Evidence {
  /// How it is stored and what it is, as one bracket says it: `netfilter, gzip-compressed`.
  var formatWords: String {
    [format, compression.map { "\($0)-compressed" }].compactMap { $0 }.joined(separator: ", ")
  }

  /// What links a capture is of, and whether it holds its packets whole.
  var linkWords: String {
    let cut = longestCut == 0 ? "" : ", packets cut to \(counted(longestCut, "byte", "bytes"))"
    return (links.count == 1 ? "link type " : "link types ") + links.joined(separator: ", ") + cut
  }

  /// Where a log's format changes, or that several stand side by side; nil for one format alone.
  var mixture: String? {
    guard formats.count > 1 else { return nil }
    let inOrder = formats.sorted { $0.first < $1.first }
    let changes = zip(inOrder, inOrder.dropFirst())
    guard changes.allSatisfy({ $0.last < $1.first.record }) else {
      return "lines of several formats stand side by side: "
        + inOrder.map { "\($0.format) (\(counted($0.lines, "line", "lines")))" }
        .joined(separator: ", ")
    }
    return changes.map {
      "the format changes at line \(grouped($1.first.record)) from \($0.format) to \($1.format)"
    }.joined(separator: "; ")
  }
}

extension TextPage {
  /// What the lines of a log are, with their shares, and the first that no format knows.
  mutating func lines(of file: Analysis.Evidence) {
    guard !file.formats.isEmpty, file.records > 0 else { return }
    func share(_ lines: UInt64) -> String {
      "\(counted(lines, "line", "lines")) (\(percent(Double(lines) / Double(file.records))))"
    }
    for format in file.formats {
      paragraph(
        "\(format.format): \(share(format.lines)), the first is line "
          + grouped(format.first.record), indent: 2, hang: 2)
    }
    if let mixture = file.mixture { paragraph(mixture, indent: 2, hang: 2) }
    let known = file.formats.reduce(file.unreadCount) { $0 &+ $1.lines }
    if known < file.records {
      paragraph(
        "blank, or of other programs: \(share(file.records - known))", indent: 2, hang: 2)
    }
    guard file.unreadCount > 0 else { return }
    paragraph("not recognised: \(share(file.unreadCount))", indent: 2, hang: 2)
    for line in file.unread {
      paragraph("line \(grouped(line.place.record)): \(line.text)", indent: 4, hang: 2)
    }
  }
}
