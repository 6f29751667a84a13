import FirewallLogs
import Foundation
import Observations

/// What a format's reader made of some logs, and which fields it ever filled: derived from what was
/// read, so that it cannot claim more.
struct Score {
  var lines: UInt64 = 0
  /// Lines of which observations were made.
  var read: UInt64 = 0
  /// Lines of the format that tell of no packet.
  var other: UInt64 = 0
  var observations = 0
  var needsYear: Set<Bool> = []
  var statesZone: Set<Bool> = []
  var translates = false
  var answers = false
  var actions: Set<Action> = []
  var paths: Set<Path> = []
  var filled: Set<String> = []

  /// Lines that are empty, unreadable or nobody's.
  var neither: UInt64 { lines - read - other }

  /// The fields that a line may fill, in the table's order.
  static let fields = [
    "ports", "ICMP type", "flags", "length", "TTL", "IP ID", "IPv6", "counts", "program",
  ]

  mutating func add(_ log: ReadLog, _ reader: any LogReader, _ recognised: LogRecognition?) {
    lines += log.lines
    other += log.otherLines
    let numbers = log.records.map(\.record)
    read += UInt64(Set(numbers).count)
    answers = answers || Set(numbers).count < numbers.count
    observations += numbers.count
    if let recognised { needsYear.insert(recognised.needsYear) }
    statesZone.insert(reader.statedZones != nil)
    translates = translates || !reader.translations.entries.isEmpty
    for packet in log.records { add(packet) }
  }

  private mutating func add(_ packet: ReadRecord) {
    actions.insert(packet.action)
    paths.insert(packet.path)
    let isControl = packet.transport == .icmp || packet.transport == .icmpv6
    let facts: [(String, Bool)] = [
      ("ports", !isControl && packet.marks.contains(.ports)),
      ("ICMP type", isControl && packet.marks.contains(.ports)),
      ("flags", packet.tcpFlags.rawValue != 0), ("length", packet.length != 0),
      ("TTL", packet.timeToLive != 0), ("IP ID", packet.marks.contains(.identification)),
      ("IPv6", !packet.source.isIPv4 && !packet.source.isVeiled), ("counts", packet.packets > 1),
      ("program", packet.marks.contains(.userID)),
    ]
    for (name, isFilled) in facts where isFilled { filled.insert(name) }
  }
}

/// The table of formats, `docs/formats.md`.
enum Scoreboard {
  static let url = LogSupport.root.appendingPathComponent("docs/formats.md")
  static let border = "\n<!-- What follows is measured where real logs are at hand. -->\n"

  /// What the fixtures show: the same everywhere.
  static func fixtures() throws -> String {
    var scores: [String: Score] = [:]
    for name in FixtureTests.cases {
      let bytes = try LogSupport.fixture(name)
      let format = String(name.prefix { $0 != "/" })
      guard
        let (log, reader) = read(
          bytes, LogFormats.makeReader(named: format, context: LogSupport.context))
      else { continue }
      scores[format, default: Score()].add(log, reader, LogSupport.recognise(bytes))
    }
    let formats = scores.keys.sorted()
    var text = """
      # Log formats

      Measured, not written: `make formats` reads every log below `Fixtures/logs` and writes what came
      of it. A field that no line of a format ever filled is one it cannot tell. What is empty is not
      known to be there; `culprit` never fills it by guessing.

      ## Lines of the fixtures

      *Other* lines are the format's and tell of no packet; *neither* are empty, spoilt on purpose or
      another program's.

      | format | kind | lines | read | other | neither | observations |
      |---|---|---|---|---|---|---|

      """
    for format in formats {
      guard let score = scores[format] else { continue }
      let kind = LogFormats.kind(format) == .visitors ? "visitors" : "firewall"
      text += row([format, kind] + counts(score) + ["\(score.observations)"])
    }
    text += """

      ## What a format can tell

      *Year* and *zone*: whether stamps give them. *Way*: to the device, from it or through it. *Counts*:
      a line may stand for several packets. *Answers*: a line may tell that something came back. *NAT*:
      it names the host behind an address.

      | format | done with it | way | year | zone | \(Score.fields.joined(separator: " | ")) | answers | NAT |
      |---|---|---|---|---|\(String(repeating: "---|", count: Score.fields.count))---|---|

      """
    for format in formats { if let score = scores[format] { text += row(facts(format, score)) } }
    return text
  }

  private static func facts(_ format: String, _ score: Score) -> [String] {
    let actions: [(Action, String)] = [
      (.allowed, "allowed"), (.blocked, "blocked"), (.audited, "watched"),
    ]
    let paths: [(Path, String)] = [(.inbound, "in"), (.outbound, "out"), (.forwarded, "through")]
    let zone = LogFormats.statesZone(format) ? "yes" : some(score.statesZone)
    return [
      format,
      actions.filter { score.actions.contains($0.0) }.map(\.1).joined(separator: ", "),
      paths.filter { score.paths.contains($0.0) }.map(\.1).joined(separator: ", "),
      some(Set(score.needsYear.map(!))), zone,
    ] + Score.fields.map { score.filled.contains($0) ? "yes" : "" } + [
      score.answers ? "yes" : "", score.translates ? "yes" : "",
    ]
  }

  private static func some(_ values: Set<Bool>) -> String {
    values == [true] ? "yes" : values.contains(true) ? "some" : ""
  }

  private static func counts(_ score: Score) -> [String] {
    [score.lines, score.read, score.other, score.neither].map { "\($0)" }
  }

  private static func row(_ cells: [String]) -> String {
    "| " + cells.joined(separator: " | ") + " |\n"
  }

  /// What the logs of others show; nil where they are not at hand.
  static func evidence() -> String? {
    var text = """

      ## Logs of others

      Real logs, found by path and never copied (`CULPRIT_EVIDENCE`). *Stated*: how many statements of
      their manifest hold, and how many fields agree with what the sources' own tests say of each line.

      | log | format | lines | read | other | neither | observations | stated | fields |
      |---|---|---|---|---|---|---|---|---|

      """
    for entry in EvidenceFolder.logs.sorted(by: { $0.file < $1.file }) {
      guard let bytes = EvidenceFolder.bytes(entry.file) else { return nil }
      text += row([entry.file] + measured(entry, bytes))
    }
    return text
  }

  private static func measured(_ entry: EvidenceFolder.Log, _ bytes: [UInt8]) -> [String] {
    let context = EvidenceFolder.context(of: entry.file)
    let recognised = LogSupport.recognise(bytes, context: context)
    guard let recognised,
      let (log, reader) = read(bytes, recognised.makeReader(context: context))
    else {
      let none = entry.states.allSatisfy { $0.holds(ReadLog()) }
      return [none ? "none, rightly" : "not yet", "\(entry.lines)", "", "", "", "", "", ""]
    }
    var score = Score()
    score.add(log, reader, recognised)
    let held = entry.states.count { $0.holds(log) }
    var fields = ""
    if let expectations = Expectations.of(entry.file) {
      let result = Expectations.compare(log, expectations, needsYear: recognised.needsYear)
      fields = "\(result.agreed) of \(result.compared)"
    }
    return [recognised.format] + counts(score)
      + ["\(score.observations)", "\(held) of \(entry.states.count)", fields]
  }

  private static func read(_ bytes: [UInt8], _ reader: (any LogReader)?) -> (
    ReadLog, any LogReader
  )? {
    guard var reader else { return nil }
    let log = LogSupport.read(bytes, by: &reader)
    return (log, reader)
  }
}
