import Analysis
import Detection
import Diagnosis
import Observations

extension ExportForm {
  /// A report of abuse for each accusation, as version 4 of X-ARF has it: JSON, one on each line.
  static let xarf = ExportForm(
    name: "xarf", meaning: "X-ARF 4 reports of abuse, one JSON object on each line", needs: .tally
  ) { export throws(ExportRefusal) in
    guard let reporter = export.options.reporter else { throw XARF.needsReporter }
    var text = ""
    for item in export.activities where item.standing.mayBeNamed {
      text += try XARF.report(item, reporter, export).line() + "\n"
    }
    return text
  }

  /// The same as a mail with a YAML part, as version 0.2 of X-ARF has it; for one incident.
  static let xarfMail = ExportForm(
    name: "xarf-mail", meaning: "an X-ARF 0.2 mail (text, YAML, packets), for one incident",
    needs: .tally
  ) { export throws(ExportRefusal) in
    guard let reporter = export.options.reporter else { throw XARF.needsReporter }
    return try XARF.mail(export, reporter)
  }
}

/// The eXtended Abuse Reporting Format in its two forms that are in use.
private enum XARF {
  static let needsReporter = ExportRefusal(
    "a report of abuse must say who reports: --reporter 'Example Org <abuse@example.org>'")

  /// What a verdict is called in version 4: a worm's sender is an infected host, all else that may be
  /// named is a scan.
  private static func isInfected(_ item: ExportedActivity) -> Bool {
    item.activity.diagnosis.verdict?.hasSuffix("-worm") == true
      && [.tcp, .udp].contains(item.activity.evidence.traffic.transport)
  }

  static func report(
    _ item: ExportedActivity, _ reporter: Reporter, _ export: Export
  ) throws(ExportRefusal) -> JSONValue {
    let options = export.options
    let evidence = item.activity.evidence
    let isCaptured = export.analysis.evidence.contains {
      $0.kind == "capture" && $0.path == evidence.paths.first
    }
    let contact = JSONValue.object([
      ("org", .string(String(reporter.name.prefix(200)))), ("contact", .string(reporter.address)),
      ("domain", .string(reporter.domain)),
    ])
    var members: [(key: String, value: JSONValue)] = [
      ("xarf_version", .string("4.2.0")),
      (
        "report_id",
        .string(
          nameUUID("xarf\n\(item.activity.id)\n\(reporter.address)", in: UUIDNamespace.own))
      ),
      ("timestamp", json(evidence.last)),
      ("reporter", contact),
      ("sender", contact),
      ("source_identifier", .string(evidence.subject.value)),
    ]
    if let port = try sourcePort(item) { members.append(("source_port", .integer(Int(port)))) }
    members += [
      ("category", .string("connection")),
      ("type", .string(isInfected(item) ? "infected_host" : "port_scan")),
      ("protocol", .string(try transport(evidence.traffic.transport))),
      ("first_seen", json(evidence.first)),
      ("last_seen", json(evidence.last)),
    ]
    if isInfected(item) { members.append(("bot_type", .string("malicious"))) }
    if let port = evidence.traffic.onlyDestinationPort, port > 0,
      evidence.traffic.transport.hasPorts
    {
      members.append(("destination_port", .integer(Int(port))))
    }
    members += [
      ("evidence_source", .string(isCaptured ? "traffic_monitoring" : "firewall_logs")),
      ("evidence", .array(attachments(item, options))),
      ("confidence", .number(min(max(item.activity.diagnosis.posterior, 0), 0.999))),
      ("tags", .array([.string("culprit:\(item.verdictToken.lowercased())")])),
      (
        "description",
        .string(
          String(inert(item.veiled(item.activity.diagnosis.sentence, options)).prefix(1_000)))
      ),
    ]
    return .object(members)
  }

  /// The port that version 4 demands: the one there was, or that of the first packet.
  private static func sourcePort(_ item: ExportedActivity) throws(ExportRefusal) -> UInt16? {
    let traffic = item.activity.evidence.traffic
    guard traffic.transport.hasPorts else { return nil }
    let known = traffic.sourcePorts.first { $0 > 0 }
    if let port = known { return port }
    if let first = item.packets?.first, first.hasPorts, first.sourcePort > 0 {
      return first.sourcePort
    }
    throw ExportRefusal(
      "X-ARF 4 demands a source port, which the report of incident \(item.incidentToken) does not "
        + "tell: give the evidence, too")
  }

  private static func transport(_ transport: Transport) throws(ExportRefusal) -> String {
    guard [.tcp, .udp, .icmp].contains(transport) || transport.rawValue == 132 else {
      throw ExportRefusal("X-ARF 4 has no word for the transport \(transport)")
    }
    return transport.description
  }

  private static func attachments(
    _ item: ExportedActivity, _ options: ExportOptions
  ) -> [JSONValue] {
    var parts = [("what is believed and why", item.account(options).joined(separator: "\n") + "\n")]
    if let packets = packetLines(item, options) { parts.append(("the first packets", packets)) }
    return parts.map { description, text in
      .object([
        ("content_type", .string("text/plain")), ("description", .string(description)),
        ("payload", .string(base64(Array(text.utf8)))),
      ])
    }
  }

  /// The first packets as text, a line each.
  private static func packetLines(_ item: ExportedActivity, _ options: ExportOptions) -> String? {
    guard let packets = item.packets, !packets.samples.isEmpty else { return nil }
    return packets.samples.prefix(PacketTally.mostSamples).map { packet in
      "\(packet.time) \(packet.transport) \(packet.source) \(packet.sourcePort) "
        + "\(options.targets.shown(packet.destination)) \(packet.destinationPort) \(packet.count)\n"
    }.joined()
  }

  /// The mail of version 0.2: one activity of one incident.
  static func mail(_ export: Export, _ reporter: Reporter) throws(ExportRefusal) -> String {
    let letter = try AbuseMail(export)
    let named = export.activities.filter(\.standing.mayBeNamed)
    guard let item = named.first, named.count == 1 else {
      throw ExportRefusal("an X-ARF 0.2 mail is about one activity: choose it with --activity")
    }
    let boundary = "culprit-\(letter.identifier)"
    var parts = [(name: nil as String?, text: letter.body)]
    let packets = packetLines(item, export.options)
    parts.append(("report.txt", yaml(item, reporter, letter, hasPackets: packets != nil)))
    if let packets { parts.append(("packets.log", packets)) }
    var text =
      letter.head(from: reporter, identifier: "xarf-\(letter.identifier)")
      + MailText.plainHeader("X-XARF", "PLAIN")
      + MailText.plainHeader("Auto-Submitted", "auto-generated")
      + MailText.plainHeader("X-Unsent", "1")
      + MailText.plainHeader("X-Culprit-Draft", "yes; nobody has sent this, read it before you do")
      + MailText.plainHeader("MIME-Version", "1.0")
      + MailText.plainHeader(
        "Content-Type", "multipart/mixed;\r\n boundary=\"\(boundary)\"")
      + "\r\n"
    for part in parts {
      text += "--\(boundary)\r\n"
      let name = part.name.map { "; name=\"\($0)\"" } ?? ""
      text += MailText.plainHeader("Content-Type", "text/plain; charset=utf-8\(name)")
      text += MailText.plainHeader("Content-Transfer-Encoding", "quoted-printable")
      text += "\r\n" + MailText.quotedPrintable(part.text)
    }
    return text + "--\(boundary)--\r\n"
  }

  /// The machine's part: one flat mapping. Every value is in double quotes, as JSON has them, which YAML
  /// reads alike.
  private static func yaml(
    _ item: ExportedActivity, _ reporter: Reporter, _ letter: AbuseMail, hasPackets: Bool
  ) -> String {
    let evidence = item.activity.evidence
    let isWorm = item.activity.diagnosis.verdict?.hasSuffix("-worm") == true
    var fields = [
      ("Reported-From", reporter.address), ("Category", "abuse"),
      ("Report-Type", isWorm ? "malware-attack" : "hack-attack"),
      ("Service", evidence.traffic.transport.description), ("Version", "0.2"),
      ("User-Agent", "culprit \(culpritVersion)"), ("Date", MailText.date(evidence.first)),
      ("Source-Type", sourceType(evidence.subject)), ("Source", evidence.subject.value),
    ]
    if evidence.traffic.transport.hasPorts, let port = evidence.traffic.onlyDestinationPort {
      fields.append(("Port", String(port)))
    }
    fields += [
      ("Report-ID", "\(letter.identifier)@\(reporter.domain)"),
      (
        "Schema-URL",
        isWorm
          ? "http://www.x-arf.org/schema/abuse_malware-attack_0.1.4.json"
          : "http://www.x-arf.org/schema/abuse_hack-attack_0.1.0.json"
      ),
      ("Attachment", hasPackets ? "text/plain" : "none"),
    ]
    return fields.map { name, value in
      let isNumber = name == "Port"
      return "\(name): \(isNumber ? value : JSONValue.string(value).line())\n"
    }.joined()
  }

  private static func sourceType(_ subject: Subject) -> String {
    if case .address(let address) = subject, !address.isIPv4 { return "ipv6" }
    return "ipv4"
  }
}
