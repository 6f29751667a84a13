import Analysis
import FoundationEssentials
import Observations
import Pool
import PoolClient
import Reporting

// What evidence is like, asked of a pool.
extension Lookup {
  /// The most patterns of a piece of evidence that are asked for.
  private static let mostPatterns = 10

  /// Asks for what is like the patterns of a file or folder.
  func find(patternsOf path: String) throws {
    var options = AnalysisOptions(now: reading.now ?? .present)
    options.threads = Terminal.processors
    options.zone = reading.zone
    options.columns = reading.columns
    options.year = reading.year
    options.match = reading.match
    let side = AlikeSide(name: path, activities: try activities(paths: [path], options: options))
    let wanted = side.patterns.prefix(Lookup.mostPatterns)
    guard !wanted.isEmpty else {
      throw CommandError.usage("there is no activity in \(path) whose pattern could be looked up")
    }
    let address = try place.address()
    let bodies = wanted.map(\.pattern.encoded)
    Terminal.note(
      "sent to \(address): the features of \(bodies.count) patterns, "
        + "\(bodies.reduce(0) { $0 + $1.count }) bytes, no address\n")
    let replies = try asking { () throws(SensorError) -> [PoolReply] in
      try await PoolConnection.open(address) { connection throws(SensorError) in
        var replies: [PoolReply] = []
        for body in bodies {
          replies.append(
            try await connection.send(
              path: "/api/v1/patterns/search", body: body, type: "application/octet-stream"))
        }
        return replies
      }
    }
    var page = TextPage(style: TextStyle())
    for (entry, reply) in zip(wanted, replies) {
      guard reply.status == 200, let answer = LookupAnswer(json: reply.body) else {
        throw CommandError(
          description: "the pool answered \(reply.status): \(reply.complaint)", status: 69)
      }
      if json {
        try Terminal.show(reply.body)
        continue
      }
      page.blank()
      page.paragraph("\(entry.label), pattern \(entry.pattern.digest)")
      for line in answer.says { page.item("-", line) }
      page.add(answer.matches)
    }
    if side.patterns.count > wanted.count {
      page.paragraph(
        "\(side.patterns.count - wanted.count) patterns of smaller activities were not asked for.")
    }
    if !json { try Terminal.show(page.text) }
  }
}

extension TextPage {
  /// What is like a pattern, most alike first.
  mutating func add(_ matches: [LookupAnswer.Match]) {
    for match in matches {
      let share = match.total.map { "\(Int((100 * $0).rounded())) %" } ?? "too little in common"
      let sources = match.addresses.isEmpty ? "" : ", by \(match.addresses.joined(separator: ", "))"
      item("*", "\(match.isAlike ? "alike" : "not alike"), \(share): \(match.pattern)\(sources)")
      for reason in match.because { item("-", reason, indent: 4) }
    }
  }
}
