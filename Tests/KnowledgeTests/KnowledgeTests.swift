import Foundation
import Knowledge
import Observations
import Testing

@Test func embeddedArticlesPassTheCheck() throws {
  let base = try KnowledgeBase.load()
  #expect(base.articles.count == 50)
  #expect(base.check().map(\.description) == [])
}

@Test func everyArticleFileIsCompiledIn() throws {
  let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Sources/Knowledge/Articles").standardized
  let files = try FileManager.default.contentsOfDirectory(atPath: folder.path())
  let texts = try files.map {
    (name: $0, text: try String(contentsOf: folder.appending(path: $0), encoding: .utf8))
  }
  let fromDisk = try KnowledgeBase.load(directory: texts)
  #expect(fromDisk.articles.map(\.file) == (try KnowledgeBase.load()).articles.map(\.file))
  #expect(fromDisk.version == (try KnowledgeBase.load()).version)
}

@Test func catalogueAgreesWithTheDocumentationOfFindingKinds() throws {
  let file = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Sources/Observations/FindingKind.swift").standardized
  let source = try String(contentsOf: file, encoding: .utf8)
  var documentation = ""
  var checked = 0
  for line in source.components(separatedBy: .newlines).map({
    $0.trimmingCharacters(in: .whitespaces)
  }) {
    if line.hasPrefix("///") { documentation += line.dropFirst(3) }
    guard line.hasPrefix("case ") else { continue }
    let raw = line.dropFirst(5).split(separator: " = ").last.map(String.init) ?? ""
    if let kind = FindingKind(rawValue: raw.trimmingCharacters(in: ["\""])),
      let values = documentation.range(of: "Values:")
    {
      checked += 1
      let named = String(documentation[values.upperBound...]).components(separatedBy: "`")
      let words = Set(named.enumerated().filter { $0.offset % 2 == 1 }.map(\.element))
      let table = FindingCatalogue.values(of: kind)
      var allowed = Set(Capability.allCases.map(\.rawValue)).union(["followUp", "udp", "unknown"])
      for case .text(let texts) in table.values { allowed.formUnion(texts) }
      #expect(Set(table.keys).isSubset(of: words), "\(raw): \(Set(table.keys).subtracting(words))")
      #expect(words.subtracting(table.keys).isSubset(of: allowed), "\(raw): \(words)")
    }
    documentation = ""
  }
  #expect(checked == FindingKind.allCases.count)
}

/// A small sound article; tests break one line of it.
private let sound = """
  id: sample-cause
  title: A sample
  summary: What it is.
  severity: low
  innocent: false
  prior: -3
  ports: [4242]
  requires:
    - {finding: sweep, where: {targets: ">= 10"}}
  indicators:
    - {id: one, group: first, when: {finding: sweep, where: {unexpected: ">= 9"}}, decibans: 9, because: "{sweep.unexpected} targets"}
    - {id: two, group: second, needs: [replies], when: {finding: traffic, where: {direction: "== inbound"}}, decibans: 8, because: "inbound"}
  sentence: "{subject} does it"
  sources:
    - {fact: something, source: RFC 1}
  """

@Test func theSampleIsSound() throws {
  #expect(try KnowledgeBase.load(directory: [("sample-cause.yaml", sound)]).check() == [])
}

@Test(arguments: [
  ("unexpected: \">= 9\"", "surprising: \">= 9\"", "carries no such value"),
  ("\"== inbound\"", "\"== sideways\"", "never has that value"),
  ("\"== inbound\"", "\">= 3\"", "another type"),
  ("\"== inbound\"", "\"ends .example\"", "another type"),
  ("decibans: 9", "decibans: 11", "±10"),
  ("decibans: 9", "decibans: 3", "all its indicators together"),
  ("prior: -3", "prior: 0", "one group of indicators alone"),
  ("{sweep.unexpected} targets", "{sweep.nothing} targets", "no finding carries"),
  ("sources:\n  - {fact: something, source: RFC 1}", "", "readers must be able to check"),
  ("id: sample-cause", "id: Sample_Cause", "lower-case words"),
  ("title: A sample", "title: A sample worm", "worms end in -worm"),
  ("innocent: false", "innocent: true", "innocent causes are info"),
  ("id: two", "id: one", "indicators by it"),
])
func checkFindsWhatIsWrong(old: String, new: String, complaint: String) throws {
  let text = sound.replacingOccurrences(of: old, with: new)
  #expect(text != sound)
  let problems = try KnowledgeBase.load(directory: [("sample-cause.yaml", text)]).check()
  #expect(problems.contains { $0.description.contains(complaint) }, "\(problems)")
}

@Test func duplicateIdsAreFound() throws {
  let base = try KnowledgeBase.load(directory: [("sample-cause.yaml", sound), ("b.yaml", sound)])
  #expect(base.check().contains { $0.what.contains("twice") })
}

@Test(arguments: [
  ("title: A sample", "title: [A sample", 0),
  ("prior: -3", "prior: much", 6),
  ("prior: -3", "prior: -3\npriority: 4", 7),
  ("severity: low\n", "", 1),
  ("finding: sweep, where: {targets", "finding: swoop, where: {targets", 9),
  ("needs: [replies]", "needs: [telepathy]", 12),
  ("\">= 10\"", "\"about 10\"", 9),
])
func brokenFilesAreExplained(old: String, new: String, line: Int) throws {
  let text = sound.replacingOccurrences(of: old, with: new)
  #expect(text != sound)
  let problem = #expect(throws: KnowledgeProblem.self) {
    try KnowledgeBase.load(directory: [("sample-cause.yaml", text)])
  }
  guard let problem else { return }
  #expect(problem.file == "sample-cause.yaml")
  #expect(line == 0 ? problem.line > 0 : problem.line == line, "\(problem)")
  #expect(!problem.what.isEmpty && !problem.why.isEmpty && !problem.remedy.isEmpty)
}

@Test func everyCutOfAnArticleIsReadOrRefused() {
  for length in stride(from: 0, to: sound.utf8.count, by: 7) {
    let text = String(decoding: sound.utf8.prefix(length), as: UTF8.self)
    do { _ = try KnowledgeBase.load(directory: [("x.yaml", text)]) } catch {
      #expect(error.file == "x.yaml")
    }
  }
}

@Test(arguments: [
  ("reverse-name-lookup", "reverse-name-lookup"), ("udp/137", "opaserv-share-worm"),
  ("770", "icmp-error-sent-as-udp"), ("port-sweep", "vertical-scan"),
  ("horizontal", "horizontal-scan"), ("Backscatter", "backscatter"),
  ("5060", "sip-scanner"), ("conficker", "conficker-worm"), ("distributed", "bittorrent-dht"),
  ("cameras", "iot-bot-worm"), ("regular", "monitoring-checks"), ("123", "ntp-pool-clients"),
])
func articlesAreFound(word: String, id: String) throws {
  #expect(try KnowledgeBase.load().find(word).contains { $0.id == id })
}

@Test func nothingIsFoundForNonsense() throws {
  #expect(try KnowledgeBase.load().find("quux").isEmpty)
  #expect(try KnowledgeBase.load().find("").isEmpty)
}

@Test(
  arguments: zip(
    [0.5, 0.004, 1.96e-6, 9.7e-7, 0, Double.leastNonzeroMagnitude],
    ["0.5", "0.004", "2·10⁻⁶", "1·10⁻⁶", "below 10⁻³⁰⁰", "below 10⁻³⁰⁰"]))
func probabilities(p: Double, text: String) { #expect(Wording.probability(p) == text) }

@Test func valuesInWords() {
  #expect(Wording.text(.number(0.973), named: "shareInWindow") == "97 %")
  #expect(Wording.text(.number(0.973), named: "followedShare") == "97 %")
  #expect(Wording.text(.number(1.5), named: "cadenceSeconds") == "1.5 s")
  #expect(Wording.text(.bound(Bound(low: 3, high: 9)), named: "packets") == "3 to 9")
  #expect(Wording.text(.number(.nan), named: "x") == "an unknown number")
}
