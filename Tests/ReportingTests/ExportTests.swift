import Analysis
import Detection
import Diagnosis
import Foundation
import Observations
import Reporting
import Testing

/// What leaves the house: nobody is named who may not be, and nothing hostile gets through.
@Suite struct ExportTests {
  static let options = ExportOptions(now: Fixtures.noon)

  static func text(
    _ form: String, _ analysis: Analysis, _ options: ExportOptions = ExportTests.options
  ) throws -> String {
    let form = try #require(ExportForm.all.first { $0.name == form })
    return try form.render(Export(analysis, options: options))
  }

  /// A sweep by TCP of somebody outside.
  static func accused(
    by source: String = "198.51.100.77", transport: Transport = .tcp,
    direction: Direction = .inbound, findings: [Finding] = [], verdict: String? = "horizontal-scan",
    severity: Severity = .medium
  ) throws -> Analysis {
    var activity = Fixtures.unknown
    activity.label = "TCP port 445 to 64 addresses"
    activity.severity = severity
    let subject = Subject.address(try #require(Address(source)))
    activity.evidence.subject = subject
    activity.evidence.traffic = Traffic(
      transport: transport, sourcePorts: [4_321], sourcePortCount: 1,
      destinationPorts: [445...445], direction: direction, packets: Bound(low: 64, high: 64),
      bytes: nil, destinations: Bound(low: 64, high: 64),
      examples: [Address(ipv4: 0xcb00_7105)])
    activity.evidence.findings = findings
    activity.diagnosis.verdict = verdict
    activity.diagnosis.posterior = 0.97
    activity.diagnosis.sentence = "\(source) tried tcp port 445 at 64 addresses, 203.0.113.5 first"
    var analysis = Fixtures.analysis([activity], severity: severity)
    analysis.incidents[0].subject = subject
    return analysis
  }

  static func standing(_ analysis: Analysis) -> Standing {
    Standing(analysis.incidents[0].activities[0], home: [])
  }

  @Test func onlyWhoIsAccusedAndProvenIsNamed() throws {
    #expect(ExportTests.standing(try ExportTests.accused()).mayBeNamed)
    let unexplained = try ExportTests.accused(verdict: nil, severity: .low)
    #expect(ExportTests.standing(unexplained).obstacles == [.unexplained])
    let innocent = try ExportTests.accused(verdict: "traceroute", severity: .info)
    #expect(ExportTests.standing(innocent).obstacles == [.innocent(article: "traceroute")])
    for own in [Direction.outbound, .internal] {
      #expect(ExportTests.standing(try ExportTests.accused(direction: own)).obstacles == [.own])
    }
    for address in [
      "10.1.2.3", "169.254.9.9", "127.0.0.1", "224.0.0.5", "255.255.255.255", "0.0.0.0",
      "fe80::1", "240.0.0.1", "::",
    ] {
      #expect(!ExportTests.standing(try ExportTests.accused(by: address)).mayBeNamed, "\(address)")
    }
  }

  @Test func aSourceThatMayBeForgedIsNobodysName() throws {
    for transport in [Transport.udp, .icmp, .igmp] {
      let standing = ExportTests.standing(try ExportTests.accused(transport: transport))
      #expect(!standing.mayBeNamed)
    }
    // Who goes on at a target that had answered reads the answers.
    let followed = Finding(
      kind: .shareFollowUp, summary: "", values: ["followed": .integer(3)], count: 3, evidence: [])
    #expect(
      ExportTests.standing(try ExportTests.accused(transport: .udp, findings: [followed]))
        .mayBeNamed)
    let forged = Finding(
      kind: .forgedSource, summary: "", values: ["packets": .integer(9)], count: 9, evidence: [])
    #expect(!ExportTests.standing(try ExportTests.accused(findings: [forged])).mayBeNamed)
    let flood = try ExportTests.accused(verdict: "spoofed-flood", severity: .high)
    #expect(!ExportTests.standing(flood).mayBeNamed)
  }

  /// The hostile analysis, as an accusation of somebody outside.
  static let hostile: Analysis = {
    var analysis = Fixtures.hostile
    var activity = analysis.incidents[0].activities[0]
    activity.severity = .high
    activity.diagnosis.verdict = "horizontal-scan"
    activity.diagnosis.posterior = 0.97
    activity.evidence.subject = .address(Address(ipv4: 0xc633_644d))
    activity.evidence.traffic.transport = .tcp
    activity.evidence.traffic.direction = .inbound
    activity.evidence.findings = []
    analysis.incidents[0].subject = activity.evidence.subject
    analysis.incidents[0].activities = [activity]
    return analysis
  }()

  @Test(arguments: ExportForm.all.map(\.name).filter { $0 != "dshield" })
  func hostileTextIsInertInEachForm(form: String) throws {
    var options = ExportTests.options
    options.reporter = Reporter("Example \" \\ Org <abuse@example.org>")
    let text = try ExportTests.text(form, ExportTests.hostile, options)
      .replacing("\r\n", with: "\n")
    let treacherous = text.unicodeScalars.filter { scalar in
      scalar.value < 0x20 && scalar != "\n" || (0x7f..<0xa0).contains(scalar.value)
        || [0x202e, 0x2066, 0x2028, 0x2029, 0xfeff, 0x200b].contains(scalar.value)
    }
    #expect(treacherous.isEmpty)
  }

  @Test func eachLineOfECSIsAnObject() throws {
    for (_, analysis) in Fixtures.all {
      let lines = try ExportTests.text("ecs", analysis).split(separator: "\n")
      #expect(lines.count == analysis.incidents.flatMap(\.activities).count)
      for line in lines {
        let object = try #require(
          try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect((object["ecs"] as? [String: Any])?["version"] != nil)
        #expect(object["@timestamp"] is String)
      }
    }
  }

  @Test func anIndicatorIsMadeOnlyOfAnAccusation() throws {
    for (_, analysis) in Fixtures.all {
      #expect(try !ExportTests.text("stix", analysis).contains("\"indicator\""))
    }
    let bundle = try ExportTests.text("stix", try ExportTests.accused())
    #expect(bundle.contains("\"indicator\"") && bundle.contains("based-on"))
    #expect(
      try !ExportTests.text("stix", try ExportTests.accused(transport: .udp))
        .contains("\"indicator\""))
  }

  /// The identifier that the standard's own rule gives for an address.
  @Test func identifiersFollowTheStandard() throws {
    let bundle = try ExportTests.text("stix", try ExportTests.accused())
    #expect(bundle.contains("ipv4-addr--efb3cb24-5b02-57b0-adb6-64563650dafa"))
    #expect(bundle == (try ExportTests.text("stix", try ExportTests.accused())))
  }

  @Test func targetsDoNotLeaveUnlessAsked() throws {
    for form in ["ecs", "stix"] {
      let text = try ExportTests.text(form, try ExportTests.accused())
      #expect(!text.contains("203.0.113.5"), "\(form)")
    }
    var kept = ExportTests.options
    kept.targets = .kept
    #expect(try ExportTests.text("ecs", try ExportTests.accused(), kept).contains("203.0.113.5"))
    #expect(TargetVeil.obscured.shown(Address(ipv4: 0xcb00_7105)).description == "10.0.113.5")
    #expect(TargetVeil.hidden.shown(Address(ipv4: 0xcb00_7105)).description == "10.0.0.1")
  }

  @Test func nobodyIsWrittenToWhoMayNotBeNamed() throws {
    let forms = ["mail", "xarf-mail"]
    var options = ExportTests.options
    options.reporter = Reporter("abuse@example.org")
    for form in forms {
      for analysis in [
        Fixtures.explained, Fixtures.unexplained, Fixtures.empty,
        try ExportTests.accused(transport: .udp), try ExportTests.accused(by: "10.0.0.9"),
        try ExportTests.accused(direction: .outbound),
      ] {
        #expect(throws: ExportRefusal.self) { try ExportTests.text(form, analysis, options) }
      }
      let text = try ExportTests.text(form, try ExportTests.accused(), options)
      #expect(text.contains("X-Culprit-Draft: ") && text.contains("abuse@example.org"))
      #expect(!text.contains("203.0.113.5"))
      #expect(text.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 78 })
      #expect(text.utf8.allSatisfy { $0 < 0x7f })
    }
    #expect(throws: ExportRefusal.self) {
      try ExportTests.text("xarf", try ExportTests.accused())
    }
  }

  @Test func rulesAreProposedAgainstTheAccusedAlone() throws {
    for form in ["nftables", "suricata"] {
      for (_, analysis) in Fixtures.all {
        let text = try ExportTests.text(form, analysis)
        #expect(text.split(separator: "\n").allSatisfy { $0.hasPrefix("#") }, "\(form)")
      }
      var analysis = try ExportTests.accused()
      var innocent = analysis.incidents[0].activities[0]
      innocent.label = "TCP port 445 to a share"
      innocent.severity = .info
      innocent.diagnosis.verdict = "ordinary-traffic"
      analysis.incidents[0].activities.append(innocent)
      let text = try ExportTests.text(form, analysis)
      #expect(text.contains("COLLATERAL in this evidence: 64 packets that nobody is accused of"))
      #expect(text.contains("64 packets: TCP port 445 to a share (ordinary-traffic)"))
      #expect(text.contains("NO RULE against 198.51.100.77: the cause is an innocent one"))
    }
  }

  @Test func linesOfDShieldNeedPackets() throws {
    #expect(throws: ExportRefusal.self) {
      try ExportTests.text("dshield", try ExportTests.accused())
    }
    var export = Export(try ExportTests.accused(), options: ExportTests.options)
    var packet = Observation()
    packet.time = Fixtures.noon.nanoseconds
    packet.source = try #require(Address("198.51.100.77"))
    packet.destination = Address(ipv4: 0xcb00_7105)
    (packet.sourcePort, packet.destinationPort) = (4_321, 445)
    packet.marks = .ports
    packet.transport = .tcp
    packet.tcpFlags = .syn
    var tally = PacketTally(keepsAll: true)
    for target in 0..<3 as Range<UInt64> {
      packet.destination.low += target
      tally.take(packet)
    }
    export.activities[0].packets = tally
    let form = try #require(ExportForm.all.first { $0.name == "dshield" })
    #expect(
      try form.render(export)
        == "2008-10-09 12:00:00 +00:00\t0\t3\t198.51.100.77\t4321\t10.0.0.1\t445\tTCP\tS\n")
    export.options.targets = .obscured
    #expect(try form.render(export).split(separator: "\n").count == 3)
  }

  @Test func aReportIsReadBackAsItWasWritten() throws {
    for (name, analysis) in Fixtures.all where !["hostile", "bounds"].contains(name) {
      let told = try #require(readReport(Array(renderJSON(analysis).utf8)))
      #expect(told.incidents.map(\.id) == analysis.incidents.map(\.id))
      for (old, new) in zip(
        analysis.incidents.flatMap(\.activities), told.incidents.flatMap(\.activities))
      {
        #expect(old.label == new.label && old.severity == new.severity)
        #expect(old.diagnosis.verdict == new.diagnosis.verdict)
        #expect(
          old.diagnosis.hypotheses.map(\.posterior) == new.diagnosis.hypotheses.map(\.posterior))
        #expect(
          old.diagnosis.hypotheses.flatMap(\.supporting).map(\.because)
            == new.diagnosis.hypotheses.flatMap(\.supporting).map(\.because))
        #expect(old.evidence.traffic.packets == new.evidence.traffic.packets)
        #expect(old.evidence.paths == new.evidence.paths)
      }
    }
    #expect(readReport(Array("{\"incidents\": []}".utf8)) == nil)
    #expect(readReport([0xff, 0xfe]) == nil)
  }

  @Test(arguments: ["Example <a@b.example>", "a@b.example"])
  func whoReportsIsAnAddressOfMail(text: String) {
    #expect(Reporter(text)?.address == "a@b.example")
  }

  @Test(arguments: [
    "", "a", "a@b", "@b.example", "a@", "a b@c.example", "X\r\nBcc: <a@b.example>",
    "a@b..example", "<a@b.example", "a@@b.example",
  ])
  func andNothingElseIs(text: String) {
    #expect(Reporter(text) == nil)
  }
}
