import Analysis
import Detection
import Diagnosis
import Observations

extension ExportForm {
  /// What was seen, what is made of it and, only where somebody is accused, an indicator.
  static let stix = ExportForm(
    name: "stix", meaning: "a STIX 2.1 bundle; indicators only where an accusation is carried"
  ) { export in
    var bundle = STIXBundle(export.options)
    for item in export.activities { bundle.add(item) }
    return bundle.document()
  }
}

/// Objects under construction, each of them once; ids are made of what the objects say.
private struct STIXBundle {
  private typealias Member = (key: String, value: JSONValue)

  private var objects: [JSONValue] = []
  private var known: Set<String> = []
  private let author: String
  private let options: ExportOptions

  /// An address is held against its holder for so long after it was last seen: 7 days.
  private static let validity: Int64 = 7 * 86_400 * 1_000_000_000

  init(_ options: ExportOptions) {
    self.options = options
    let name = options.reporter?.name ?? "culprit"
    author = "identity--" + nameUUID("identity\n\(name)", in: UUIDNamespace.own)
  }

  /// The bundle, with its author in front.
  func document() -> String {
    guard !objects.isEmpty else {
      return JSONValue.object([
        ("type", .string("bundle")),
        ("id", .string("bundle--" + nameUUID("empty", in: UUIDNamespace.own))),
      ]).document()
    }
    let made = STIXBundle.stamp(Timestamp(nanoseconds: 0))
    let identity = JSONValue.object([
      ("type", .string("identity")), ("spec_version", .string("2.1")), ("id", .string(author)),
      ("created", made), ("modified", made), ("name", .string(options.reporter?.name ?? "culprit")),
      ("identity_class", .string(options.reporter == nil ? "system" : "organization")),
    ])
    let all = [identity] + objects
    let digest = nameUUID(JSONValue.array(all).line(), in: UUIDNamespace.own)
    return JSONValue.object([
      ("type", .string("bundle")), ("id", .string("bundle--" + digest)), ("objects", .array(all)),
    ]).document()
  }

  mutating func add(_ item: ExportedActivity) {
    let evidence = item.activity.evidence
    var seen: [String] = []
    if let source = source(evidence.subject) {
      seen.append(source)
      if let traffic = traffic(evidence, from: source) { seen.append(traffic) }
    }
    var about = author
    if !seen.isEmpty {
      about = object(
        "observed-data", item,
        [
          ("first_observed", STIXBundle.stamp(evidence.first)),
          ("last_observed", STIXBundle.stamp(evidence.last)),
          ("number_observed", .integer(min(max(item.packetCount, 1), 999_999_999))),
          ("object_refs", .array(seen.map(JSONValue.string))),
        ])
    }
    note(item, about: about)
    guard item.standing.mayBeNamed, case .address(let address) = evidence.subject else { return }
    let indicator = indicator(item, address)
    _ = object(
      "relationship", item,
      [
        ("relationship_type", .string("based-on")), ("source_ref", .string(indicator)),
        ("target_ref", .string(about)),
      ])
  }

  /// The hypotheses with their weights, the reservations, and what was not seen.
  private mutating func note(_ item: ExportedActivity, about: String) {
    _ = object(
      "note", item,
      [
        ("abstract", .string(inert(item.veiled(item.activity.diagnosis.sentence, options)))),
        ("content", .string(item.account(options).joined(separator: "\n"))),
        ("authors", .array([.string("culprit \(culpritVersion)")])),
        ("object_refs", .array([.string(about)])),
      ])
  }

  private mutating func indicator(_ item: ExportedActivity, _ address: Address) -> String {
    let evidence = item.activity.evidence
    let kind = address.isIPv4 ? "ipv4-addr" : "ipv6-addr"
    var conditions = [
      "network-traffic:src_ref.type = '\(kind)'", "network-traffic:src_ref.value = '\(address)'",
      "network-traffic:protocols[*] = '\(evidence.traffic.transport.stixName)'",
    ]
    if evidence.traffic.transport.hasPorts, let port = evidence.traffic.onlyDestinationPort {
      conditions.append("network-traffic:dst_port = \(port)")
    }
    let until = evidence.last.nanoseconds.addingReportingOverflow(STIXBundle.validity)
    let article = item.activity.diagnosis.verdict ?? ""
    return object(
      "indicator", item,
      [
        ("name", .string("\(article) by \(address)")),
        ("description", .string(inert(item.veiled(item.activity.diagnosis.sentence, options)))),
        (
          "indicator_types",
          .array([
            .string(item.activity.severity >= .medium ? "malicious-activity" : "anomalous-activity")
          ])
        ),
        ("pattern", .string("[\(conditions.joined(separator: " AND "))]")),
        ("pattern_type", .string("stix")),
        ("pattern_version", .string("2.1")),
        ("valid_from", STIXBundle.stamp(evidence.first)),
        (
          "valid_until",
          STIXBundle.stamp(
            until.overflow ? evidence.last : Timestamp(nanoseconds: until.partialValue))
        ),
        ("confidence", .integer(item.confidence)),
        ("labels", .array([.string(article)])),
      ])
  }

  /// A domain or relationship object, made by the author at the activity's end.
  private mutating func object(
    _ type: String, _ item: ExportedActivity, _ members: [(key: String, value: JSONValue)]
  ) -> String {
    let digest = nameUUID(
      "\(type)\n\(item.activity.id)\n\(JSONValue.object(members).line())", in: UUIDNamespace.own)
    let id = "\(type)--\(digest)"
    let made = STIXBundle.stamp(item.activity.evidence.last)
    objects.append(
      .object(
        [
          ("type", .string(type)), ("spec_version", .string("2.1")), ("id", .string(id)),
          ("created_by_ref", .string(author)), ("created", made), ("modified", made),
        ] + members))
    return id
  }

  /// A cyber-observable object; its id is made of what the standard says contributes to it.
  private mutating func observable(
    _ type: String, contributing: [(key: String, value: JSONValue)],
    further: [(key: String, value: JSONValue)] = []
  ) -> String {
    // RFC 8785: members in order of their names. All values here are strings and whole numbers.
    let name = JSONValue.object(contributing.sorted { $0.key < $1.key }).line()
    let id = "\(type)--" + nameUUID(name, in: UUIDNamespace.observables)
    if known.insert(id).inserted {
      objects.append(
        .object(
          [("type", .string(type)), ("spec_version", .string("2.1")), ("id", .string(id))]
            + contributing + further))
    }
    return id
  }

  private mutating func source(_ subject: Subject) -> String? {
    let value: [(key: String, value: JSONValue)] = [("value", .string(subject.value))]
    switch subject {
    case .address(let address) where !address.isVeiled:
      return observable(address.isIPv4 ? "ipv4-addr" : "ipv6-addr", contributing: value)
    case .mac: return observable("mac-addr", contributing: value)
    case .network(let prefix):
      return observable(prefix.base.isIPv4 ? "ipv4-addr" : "ipv6-addr", contributing: value)
    default: return nil
    }
  }

  private mutating func traffic(_ evidence: ActivityEvidence, from source: String) -> String? {
    let traffic = evidence.traffic
    var members: [(key: String, value: JSONValue)] = [
      ("start", STIXBundle.stamp(evidence.first)), ("end", STIXBundle.stamp(evidence.last)),
      ("src_ref", .string(source)),
    ]
    if traffic.transport.hasPorts, traffic.sourcePorts.count == 1 {
      members.append(("src_port", .integer(Int(traffic.sourcePorts[0]))))
    }
    if traffic.transport.hasPorts, let port = traffic.onlyDestinationPort {
      members.append(("dst_port", .integer(Int(port))))
    }
    var protocols = [traffic.transport.stixName]
    if case .address(let address) = evidence.subject, traffic.transport != .arp {
      protocols.insert(address.isIPv4 ? "ipv4" : "ipv6", at: 0)
    }
    members.append(("protocols", .array(protocols.map(JSONValue.string))))
    var further: [(key: String, value: JSONValue)] = []
    if traffic.packets.low.isFinite {
      further.append(("src_packets", .integer(Int(clamping: traffic.packets.low))))
    }
    if let bytes = traffic.bytes, bytes.low.isFinite {
      further.append(("src_byte_count", .integer(Int(clamping: bytes.low))))
    }
    return observable("network-traffic", contributing: members, further: further)
  }

  /// A time with milliseconds, as the standard has it.
  private static func stamp(_ time: Timestamp) -> JSONValue {
    let rest = time.nanoseconds - time.wholeSeconds * 1_000_000_000
    let whole = Timestamp(seconds: time.wholeSeconds).description.dropLast()
    let digits = String(rest / 1_000_000)
    return .string(
      "\(whole).\(String(repeating: "0", count: max(0, 3 - digits.count)))\(digits)Z")
  }
}

extension Transport {
  /// As the service names of STIX have it.
  fileprivate var stixName: String {
    switch self {
    case .icmpv6: "ipv6-icmp"
    default: description
    }
  }
}
