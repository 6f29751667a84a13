import Foundation
import Plots
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct PlotsTests {
  /// Drawings compared with files that people have looked at; `UPDATE_BASELINES=1` writes them anew.
  @Test(arguments: Drawings.all.map(\.name))
  func drawingsAreAsTheyWereApproved(name: String) throws {
    let svg = try #require(Drawings.all.first { $0.name == name }).svg
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Snapshots/\(name).svg")
    if ProcessInfo.processInfo.environment["UPDATE_BASELINES"] == "1" {
      try Data(svg.utf8).write(to: file)
    }
    #expect(try Data(contentsOf: file) == Data(svg.utf8), "\(name).svg differs from its snapshot")
  }

  @Test(arguments: (Drawings.all + Drawings.odd).map(\.name))
  func everyDrawingIsXMLThatSaysWhatItShows(name: String) throws {
    let svg = try #require((Drawings.all + Drawings.odd).first { $0.name == name }).svg
    let reader = Reader(svg)
    #expect(reader.isSound, "\(name) is no XML: \(svg.prefix(300))")
    #expect(reader.elements.first == "svg" && reader.role == "img")
    #expect(reader.elements.dropFirst().starts(with: ["title", "desc"]))
    #expect(!reader.told.isEmpty)
    #expect(Set(reader.identifiers).count == reader.identifiers.count)
    #expect(Set(reader.elements).isSubset(of: ["svg", "title", "desc", "rect", "path", "text"]))
    for wrong in ["nan", "inf", "e+"] {
      #expect(!reader.coordinates.contains(wrong), "\(wrong) in the coordinates of \(name)")
    }
    #expect(!svg.unicodeScalars.contains { $0.properties.generalCategory == .format })
    #expect(svg.utf8.count < 40_000, "\(name) takes \(svg.utf8.count) bytes")
  }

  @Test(
    arguments: [
      ("no bins", "no  were kept by time"), ("no hypotheses", "no hypothesis"),
      ("no targets", "no target"), ("no packets", "no packet"),
      ("no bursts", "the packets make no bursts"), ("no growth", "no target"),
      ("no contacts", "nobody began"), ("growth backwards", "no target"),
    ])
  func whatCannotBeDrawnIsSaid(name: String, words: String) throws {
    let svg = try #require(Drawings.odd.first { $0.name == name }).svg
    #expect(svg.contains("Nothing to plot: \(words)"))
  }

  @Test func whatIsFoldedOrLeftOutIsSaid() throws {
    let crowd = try #require(Drawings.odd.first { $0.name == "a crowd" }).svg
    #expect(crowd.contains("477 more are not drawn"))
    let events = try #require(Drawings.odd.first { $0.name == "all of time" }).svg
    #expect(events.contains("21 more are not drawn"))
    let space = try #require(Drawings.all.first { $0.name == "space" }).svg
    #expect(space.contains("600 of 2,000 targets") && space.contains("Hilbert curve"))
  }

  @Test func binsAreFoldedWithoutLosingAny() {
    let bins = (0..<10_000).map { Timeline.Bin(start: Int64($0), count: 1) }
    let svg = Timeline(title: "t", unit: "events", binWidth: 1, bins: bins, covered: 0...10_000)
      .svg(id: "a")
    // 10,000 nanoseconds in at most 160 columns are 63 each.
    #expect(svg.contains("10,000 events between") && svg.contains("at most 63 per 63 ns"))
    #expect(svg.components(separatedBy: "v-").count <= 162)
  }

  /// What is rounded down does not add up to anything.
  @Test func floorsAreNotAddedUp() {
    let day: Int64 = 86_400_000_000_000
    let bins = (0..<5).map { Timeline.Bin(start: Int64($0) * day, count: 20 + UInt64($0)) }
    var timeline = Timeline(
      title: "t", unit: "reports", binWidth: day, bins: bins, covered: 0...5 * day)
    timeline.areFloors = true
    let svg = timeline.svg(id: "a")
    #expect(svg.contains("At least 24 reports in the fullest day between 1970-01-01 00:00:00"))
    #expect(svg.contains(">reports per day, at least<") && !svg.contains("110 reports"))
    timeline.areFloors = false
    #expect(timeline.svg(id: "a").contains("110 reports between"))
    #expect(timeline.svg(id: "a").contains("at most 24 per day"))
  }

  @Test func forAndAgainstDifferInShapeAndSide() {
    let svg = Drawings.weights().svg(id: "a")
    #expect(svg.contains("class=\"p\" x=\"260\"") && svg.contains("class=\"q\""))
    #expect(PlotStyle.css.contains(".plot .q{fill:none"), "against is hollow, for is filled")
    #expect(PlotStyle.css.contains("stroke-dasharray"), "unseen is dashed")
  }

  @Test func burstsAreToldApartBySilences() {
    let bursts = BurstPorts(title: "b", packets: Drawings.bursts)
    #expect(bursts.isTelling)
    let svg = bursts.svg(id: "a")
    #expect(svg.contains("the first 6 of 8 bursts") && svg.contains("2 more are not drawn"))
    #expect(svg.contains("58943 → 58939"))
    let constant = Drawings.bursts.map { PortsOverTime.Packet(time: $0.time, port: 137) }
    #expect(!BurstPorts(title: "b", packets: constant).isTelling)
  }

  @Test func theSameValuesGiveTheSameBytes() {
    let map = TargetMap(title: "m", targets: Drawings.scattered, total: "600", isWhole: true)
    let back = TargetMap(
      title: "m", targets: Drawings.scattered.reversed(), total: "600", isWhole: true)
    #expect(map.svg(id: "a") == back.svg(id: "a"))
  }
}

/// A drawing as an XML parser sees it.
private final class Reader: NSObject, XMLParserDelegate {
  private(set) var elements: [String] = []
  private(set) var identifiers: [String] = []
  private(set) var role = ""
  private(set) var coordinates = ""
  private(set) var told = ""
  private(set) var isSound = false

  init(_ svg: String) {
    super.init()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = self
    isSound = parser.parse()
  }

  func parser(
    _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String] = [:]
  ) {
    elements.append(element)
    if let id = attributes["id"] { identifiers.append(id) }
    if element == "svg" { role = attributes["role"] ?? "" }
    for name in ["d", "x", "y", "width", "height", "viewBox"] {
      coordinates += (attributes[name] ?? "") + " "
    }
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) {
    if elements.last == "desc" { told += text }
  }
}
