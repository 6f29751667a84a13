import Detection
import Observations

/// Evidence built by hand.
enum Hand {
  static func finding(_ kind: FindingKind, _ values: [String: FindingValue]) -> Finding {
    Finding(kind: kind, summary: "made \(kind.rawValue)", values: values, count: 3, evidence: [])
  }

  static func evidence(
    _ findings: [Finding], can: Set<Capability>, transport: Transport = .udp, port: UInt16 = 137,
    subject: UInt32 = 0x0a00_0002, paths: [String] = ["wan.pcap"], shape: ActivityShape? = nil
  ) -> ActivityEvidence {
    var capabilities: [Capability: CapabilityStatus] = [:]
    for capability in Capability.allCases {
      capabilities[capability] =
        can.contains(capability)
        ? .available
        : .missing(because: "no \(capability.rawValue) here", ask: "ask:\(capability.rawValue)")
    }
    return ActivityEvidence(
      subject: .address(Address(ipv4: subject)),
      shape: shape ?? .service(transport: transport, port: port),
      first: Timestamp(seconds: 1_000), last: Timestamp(seconds: 9_000),
      traffic: Traffic(
        transport: transport, sourcePorts: [137], sourcePortCount: 1,
        destinationPorts: [port...port], direction: .outbound, packets: Bound(low: 900, high: 900),
        bytes: nil, destinations: Bound(low: 300, high: 300), examples: []),
      findings: findings.sorted { $0.kind < $1.kind }, capabilities: capabilities, paths: paths)
  }

  static func traffic(
    _ transport: String = "udp", _ port: Int = 137, _ more: [String: FindingValue] = [:]
  ) -> Finding {
    finding(
      .traffic,
      [
        "transport": .text(transport), "port": .integer(port), "packets": .integer(900),
        "targets": .integer(300), "blockedShare": .number(1), "perHour": .number(300),
        "sourcePort": .integer(137), "sourcePortFixed": .flag(true), "direction": .text("outbound"),
        "durationSeconds": .number(8_000),
      ].merging(more) { $1 })
  }

  static let lookups = finding(
    .nameLookups,
    [
      "lookups": .integer(300), "packets": .integer(900), "targets": .integer(300),
      "nodeStatusShare": .number(1), "retriesPerLookup": .number(2), "tries": .integer(3),
      "cadenceSeconds": .number(1.5), "sourcePort": .integer(137), "perHour": .number(333),
      "identificationOrder": .text("byteSwapped"), "answeredShare": .number(0),
    ])

  static func visitors(_ share: Double, stepped: Bool? = nil) -> Finding {
    var values: [String: FindingValue] = [
      "targets": .integer(300), "visitors": .integer(400), "share": .number(share),
      "shareInWindow": .number(share), "windowSeconds": .number(60),
      "medianLagSeconds": .number(2.1), "pValue": .number(share > 0.2 ? 1e-200 : 0.8),
      "clockOffsetKnown": .flag(true), "source": .text("visitors-log"),
    ]
    if let stepped { values["visitorsStepped"] = .flag(stepped) }
    return finding(.solicitedProbes, values)
  }

  static func failedReverse(_ share: Double) -> Finding {
    finding(
      .failedReverseLookupFirst,
      [
        "lookups": .integer(300), "preceded": .integer(Int(300 * share)), "share": .number(share),
        "medianLagSeconds": .number(0.2), "reverseQueries": .integer(320),
      ])
  }

  static func choice(_ model: String, by generator: String = "none") -> Finding {
    finding(
      .targetChoice,
      [
        "targets": .integer(300), "model": .text(model), "generator": .text(generator),
        "same16Share": .number(0.8),
      ])
  }

  static func followUp(_ share: Double) -> Finding {
    finding(
      .shareFollowUp,
      [
        "lookups": .integer(300), "answered": .integer(40), "followed": .integer(Int(40 * share)),
        "followedShare": .number(share),
      ])
  }

  static func sweep(_ unexpected: Int, of targets: Int, port: Int = 137) -> Finding {
    finding(
      .sweep,
      [
        "port": .integer(port), "targets": .integer(targets), "unanswered": .integer(targets),
        "unexpected": .integer(unexpected), "answeredShare": .number(0),
        "perHour": .number(300),
      ])
  }

  static func ports(_ count: Int, _ low: Int, _ high: Int) -> Finding {
    finding(
      .portSweep,
      [
        "ports": .integer(count), "lowPort": .integer(low), "highPort": .integer(high),
        "targets": .integer(1), "answeredShare": .number(0),
        "consecutiveShare": .number(Double(count) / Double(high - low + 1)),
      ])
  }

  static func icmp(verified: Int, refuted: Int, untestable: Int, quotes: Int) -> Finding {
    finding(
      .icmpErrorAsUDP,
      [
        "packets": .integer(verified + refuted + untestable), "verified": .integer(verified),
        "refuted": .integer(refuted), "untestable": .integer(untestable), "icmpType": .integer(3),
        "icmpCode": .integer(2), "sourcePort": .integer(770), "distinctQuotes": .integer(quotes),
        "destinations": .integer(1),
      ])
  }

  static func backscatter(_ packets: Int) -> Finding {
    finding(
      .backscatter,
      [
        "packets": .integer(packets), "destinations": .integer(20), "synAcks": .integer(packets),
        "resets": .integer(0), "icmpErrors": .integer(0), "sourcePort": .integer(80),
      ])
  }

  static let step = finding(
    .rateStep,
    [
      "beforePerHour": .number(12), "afterPerHour": .number(1_000), "ratio": .number(83),
      "onsetFrom": .time(Timestamp(seconds: 3_000)), "onsetTo": .time(Timestamp(seconds: 3_600)),
      "pValue": .number(1e-50), "seriesStepped": .integer(1), "coincident": .flag(false),
    ])

  static let wan: Set<Capability> = [.content, .dns, .visitors, .targetChoice, .rate, .replies]

  static func sbs(_ extra: [Finding] = [], can: Set<Capability>) -> ActivityEvidence {
    evidence([traffic(), lookups, step, sweep(20, of: 300)] + extra, can: can)
  }
}
