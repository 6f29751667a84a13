import Analysis
import Detection
import Diagnosis
import Foundation
import Knowledge
import Observations
import Reporting
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct HTMLTests {
  /// A page as an XML parser sees it, once void elements are closed: sound nesting, sound escapes.
  static func problem(of page: String) -> String? {
    var text = page.replacing("<!DOCTYPE html>", with: "")
    for void in ["meta", "link", "input", "br"] {
      text = text.replacing(/<(\/?)\b([a-z]+)([^<>]*)>/) { match in
        match.2 == void && match.1.isEmpty ? "<\(void)\(match.3)/>" : match.0
      }
    }
    // Attributes without a value are HTML only; the style sheet and the script are no XML.
    text = text.replacing(/<(style|script)>.*?<\/\1>/.dotMatchesNewlines(), with: "")
    for word in [" hidden>", " open>"] {
      text = text.replacing(word, with: word.replacing(">", with: "=\"\">"))
    }
    let parser = XMLParser(data: Data(text.utf8))
    if parser.parse() { return nil }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let line = lines.indices.contains(parser.lineNumber - 1) ? lines[parser.lineNumber - 1] : ""
    return "line \(parser.lineNumber): \(line.prefix(200))"
  }

  @Test(arguments: Fixtures.all.map(\.name))
  func everyPageIsWellFormed(name: String) throws {
    let analysis = try #require(Fixtures.all.first { $0.name == name }).analysis
    #expect(HTMLTests.problem(of: renderHTML(analysis)) == nil)
  }

  @Test func nothingOutOfEvidenceIsMarkup() throws {
    let page = renderHTML(Fixtures.hostile)
    let plain = renderHTML(Fixtures.explained)
    #expect(page.components(separatedBy: "<script").count == 2)
    #expect(page.components(separatedBy: "</script").count == 2)
    #expect(page.contains("&lt;/script&gt;") && page.contains("&quot;\\"))
    #expect(page.contains("\\u{202e}") && page.contains("\\u{1b}"))
    for scalar in page.unicodeScalars where scalar != "\n" {
      let category = scalar.properties.generalCategory
      #expect(category != .control && category != .format && category != .lineSeparator)
    }
    // The policy is the same for any evidence, and allows nothing but what the program wrote.
    let policy = try #require(page.firstMatch(of: /Content-Security-Policy" content="([^"]*)"/)).1
    #expect(plain.contains(policy))
    #expect(policy.hasPrefix("default-src 'none'; img-src data:; style-src 'sha256-"))
    #expect(!policy.contains("unsafe"))
  }

  @Test func identifiersAreOursWhateverTheEvidenceSays() {
    let page = renderHTML(Fixtures.hostile)
    for match in page.matches(of: #/ (?:id|href|class|data-[a-z]+)="([^"]*)"/#) {
      #expect(
        match.1.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "#- :,".contains($0)) })
    }
  }

  @Test func thePageSaysWhatIsShownWhatIsOpenAndWhatToDo() {
    var analysis = Fixtures.twoActivities
    analysis.excerpts = [
      EvidenceReference(path: "case/visitors.log", record: 9, offset: 828):
        .line("<b>GET</b> \u{1b}[2J")
    ]
    let page = renderHTML(analysis)
    for words in [
      "case/visitors.log, record 9 (at byte 828)", "&lt;b&gt;GET&lt;/b&gt; \\u{1b}[2J",
      "1 incident, 2 activities: 1 explained, 1 unexplained", "What shows it", "What is open",
      "What to do next", "probability 98.7 %", "What began at the onset is not explained.",
      "case/visitors.log: records 2 (at byte 184)", "Hand in the log of the mail or web server",
      "too few targets, ports or packets", "What was taken for granted", "lineNotRecognised",
      "only sums were kept",
    ] {
      #expect(page.contains(words), "\(words) is missing")
    }
  }

  /// A packet stands in one line made of numbers, and in bytes, of which none is markup.
  @Test func aPacketIsQuotedInALineAndInBytes() {
    var analysis = Fixtures.explained
    var packet = Observation()
    packet.time = Fixtures.noon.nanoseconds + 250_000_000
    (packet.source, packet.destination) = (Address(ipv4: 0xcb00_7114), Address(ipv4: 0xc633_6407))
    (packet.sourcePort, packet.destinationPort, packet.transport) = (137, 137, .udp)
    (packet.length, packet.timeToLive, packet.hint) = (78, 128, .nodeStatusQuery)
    packet.marks = [.ports]
    let bytes = Array("</pre><script>\u{1b}[2J\u{e9}".utf8)
    func reference(_ record: UInt64) -> EvidenceReference {
      EvidenceReference(path: "case/visitors.log", record: record, offset: record * 92)
    }
    analysis.excerpts = [
      reference(2): .packet(PacketExcerpt(packet, head: bytes, held: 92, sent: 1_500)),
      reference(9): .packet(PacketExcerpt(nil, head: [], held: 0, sent: 7)),
    ]
    analysis.unquoted = ["case/visitors.log": "it cannot be read twice"]
    let page = renderHTML(analysis)
    #expect(HTMLTests.problem(of: page) == nil)
    for words in [
      "2008-10-09 12:00:00.250 UTC, UDP 203.0.113.20:137 to 198.51.100.7:137, 78 bytes of IP, "
        + "TTL 128: NetBIOS node status query",
      "The capture holds 92 of its 1,500 bytes; the first 20 are shown.",
      "00  3c 2f 70 72 65 3e 3c 73  &lt;/pre&gt;&lt;s\n08  63 72 69 70 74 3e 1b 5b  cript&gt;.[",
      "10  32 4a c3 a9              2J..", "7 bytes that are not decoded",
      "case/visitors.log: not all is quoted, for it cannot be read twice.",
    ] {
      #expect(page.contains(words), "\(words) is missing")
    }
  }

  /// What the verdict hangs on, what changed, and what others' rules say, each has its place.
  @Test func whyChangesAndOthersRulesAreToldInThePage() throws {
    var analysis = Fixtures.twoActivities
    analysis.workOutWhy(using: try KnowledgeBase.load())
    let changes = SinceLast(from: Fixtures.explained, to: analysis)
    var attempts = Attempts()
    for port in 0..<20 {
      var packet = Observation()
      packet.time = Fixtures.noon.nanoseconds
      packet.source = Address(ipv4: 0xc633_644d)
      packet.destination = Address(ipv4: 0xcb00_7114)
      (packet.transport, packet.marks, packet.action) = (.tcp, [.ports], .blocked)
      (packet.sourcePort, packet.destinationPort) = (4_000, UInt16(port + 1))
      packet.tcpFlags = .syn
      attempts.take(packet, format: "netfilter")
    }
    let comparison = PeerComparison(
      PeerComparison.names, attempts: attempts, analysis: analysis)
    let page = renderHTML(
      analysis, sinceLast: (changes, "<b>earlier.json"), comparison: comparison)
    #expect(HTMLTests.problem(of: page) == nil)
    for words in [
      "What the verdict hangs on", "and what changes when one piece is taken away",
      "href=\"#since\"", "Compared with &lt;b&gt;earlier.json.",
      "<th scope=\"row\">new</th>", "href=\"#peers\"", "iptables-scan-multi_ports",
      "Scan::Port_Scan", "not raised by us", "1 activity is as before.",
    ] {
      #expect(page.contains(words), "\(words) is missing")
    }
    let plain = renderHTML(Fixtures.twoActivities)
    for words in ["What the verdict hangs on", "#since", "#peers"] {
      #expect(!plain.contains(words))
    }
  }

  @Test func aCourseIsDrawnWithItsNotesAndItsSample() {
    var analysis = Fixtures.explained
    var course = Course(path: "case/wan.pcap", covered: Fixtures.noon...Fixtures.after(86_400))
    course.basis = .hours
    course.binWidth = 3_600_000_000_000
    course.bins = [
      .init(start: Fixtures.noon, count: 7), .init(start: Fixtures.after(7_200), count: 3),
    ]
    course.targets = [1, 2, 3].map { Address(ipv4: 0xc633_6400 + $0) }
    course.growth = [0, 60, 90].enumerated().map {
      .init(time: Fixtures.after(Int64($0.element)), targets: UInt32($0.offset + 1))
    }
    course.packets = (0..<9).map {
      .init(time: Fixtures.after($0), sourcePort: 770, destinationPort: UInt16(1_000 + $0 * 7))
    }
    course.contacts = [
      .init(
        time: Fixtures.after(60), from: Address(ipv4: 0xc000_0201),
        to: Address(ipv4: 0xc000_0202), delay: 12)
    ]
    let note = Finding(
      kind: .noteTested, summary: "\"LAN cables pulled\": unchanged",
      values: [
        "text": .text("LAN <cables> pulled"), "effect": .text("unchanged"),
        "coincides": .flag(false), "from": .time(Fixtures.after(3_600)),
        "to": .time(Fixtures.after(7_200)),
      ], count: 1, evidence: [])
    analysis.incidents[0].activities[0].evidence.course = course
    analysis.incidents[0].activities[0].evidence.findings.append(note)
    let page = renderHTML(analysis)
    #expect(HTMLTests.problem(of: page) == nil)
    for words in [
      "Counted by the hour", "10 attempts between",
      "LAN &lt;cables&gt; pulled, 2008-10-09 13:00:00",
      "3 of 412 targets", "the beginning only", "Destination ports", "the first 9 of 36,000",
      "192.0.2.1 reached 192.0.2.2, which began 12 s later", "onset",
    ] {
      #expect(page.contains(words), "\(words) is missing")
    }
  }

  /// A page has room for so much; what has none is said, and is in the index as long as that has room.
  @Test func aCrowdFitsAndWhatIsLeftOutIsSaid() throws {
    var analysis = Fixtures.explained
    var incident = analysis.incidents[0]
    incident.activities[0].diagnosis.keep = [String(repeating: "long ", count: 300)]
    analysis.incidents = (0..<3_500).map { number in
      var one = incident
      one.id = "\(number)"
      one.subject = .address(Address(ipv4: UInt32(number)))
      return one
    }
    let page = renderHTML(analysis)
    #expect(page.utf8.count < 5_000_000)
    #expect(page.contains("more incidents stand in the index above"))
    #expect(page.contains("And 500 more activities, which the JSON report lists"))
    // Every link leads somewhere.
    let places = Set(page.matches(of: #/ id="([^"]*)"/#).map { String($0.1) })
    for match in page.matches(of: /href="#([^"]*)"/) {
      #expect(places.contains(String(match.1)))
    }
    #expect(renderHTML(analysis) == page)
  }
}
