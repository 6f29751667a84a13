import Analysis
import Detection
import Diagnosis
import Observations

/// Analyses built by hand, by the name of their snapshots.
enum Fixtures {
  static let all: [(name: String, analysis: Analysis)] = [
    ("empty", empty), ("explained", explained), ("unexplained", unexplained),
    ("two-activities", twoActivities), ("hostile", hostile), ("bounds", bounds),
  ]

  static let noon = CivilTime(year: 2008, month: 10, day: 9, hour: 12).timestamp

  static func after(_ seconds: Int64) -> Timestamp {
    Timestamp(nanoseconds: noon.nanoseconds + seconds * 1_000_000_000)
  }

  static let server = Subject.address(Address(ipv4: 0xcb00_7114))

  static let log = Analysis.Evidence(
    path: "case/router.syslog", kind: "firewall-log", format: "netfilter", records: 41_207,
    observations: 41_200, first: noon, last: after(86_400), bytes: 7_340_032,
    sha256: String(repeating: "0f", count: 32),
    vantage: "refusals only: what was let through, such as visitors, is not in it",
    problems: [
      .init(
        kind: "lineNotRecognised", meaning: "no known format", count: 7,
        first: [Place(record: 3, offset: 310), Place(record: 1_290, offset: 120_001)])
    ])

  static let empty = Analysis(
    knowledge: "8 articles, 00112233", assumptions: [],
    evidence: [
      Analysis.Evidence(
        path: "nothing.log", kind: "empty", format: nil, records: 0, observations: 0, first: nil,
        last: nil, bytes: 0, sha256: nil, vantage: "", problems: [])
    ], incidents: [], networkFindings: [], quiet: [])

  static func traffic(packets: Bound, bytes: Bound?, destinations: Bound) -> Traffic {
    Traffic(
      transport: .udp, sourcePorts: [137], sourcePortCount: 1, destinationPorts: [137...137],
      direction: .outbound, packets: packets, bytes: bytes, destinations: destinations,
      examples: [Address(ipv4: 0xc633_6407)])
  }

  static let solicited = Finding(
    kind: .solicitedProbes,
    summary: "401 of 412 targets had contacted the sender within 60 s before",
    values: [
      "targets": .integer(412), "share": .number(0.975), "shareInWindow": .number(0.973),
      "medianLagSeconds": .number(0.85), "pValue": .number(3.2e-120),
      "clockOffsetKnown": .flag(true), "source": .text("visitors-log"),
    ], count: 401,
    evidence: [2, 9, 11, 40, 77, 39_912].map {
      EvidenceReference(path: "case/visitors.log", record: $0, offset: $0 * 92)
    })

  static let step = Finding(
    kind: .rateStep, summary: "the rate rose from 0.2 to 1,004 an hour",
    values: [
      "onsetFrom": .time(noon), "onsetTo": .time(after(3_600)), "ratio": .number(5_020),
      "beforePerHour": .bound(Bound(low: 0.1, high: 0.3)),
    ], count: 1_004,
    evidence: [EvidenceReference(path: "case/router.syslog", record: 9_001, offset: 802_113)])

  static let lookupDiagnosis = Diagnosis(
    verdict: "reverse-name-lookup", posterior: 0.9873, lead: 19.24,
    settledBy: ["Note the time, then stop the mail service for an hour and watch the lookups."],
    hypotheses: [
      Hypothesis(
        article: "reverse-name-lookup", title: "The host asks its visitors for their names",
        posterior: 0.9873,
        supporting: [
          WeighedIndicator(
            indicator: "fixed-source-port", decibans: 2,
            because: "every query leaves from port 137, the port of the system's own resolver",
            finding: .nameLookups),
          WeighedIndicator(
            indicator: "targets-were-visitors", decibans: 10,
            because: "97.3 % of the targets had contacted this host within 60 s before; by "
              + "chance that has a probability of 3.2e-120", finding: .solicitedProbes),
        ],
        opposing: [
          WeighedIndicator(
            indicator: "sudden-onset", decibans: -1.5,
            because: "a cause that was always there does not begin within an hour",
            finding: .rateStep)
        ],
        unseen: [
          UnseenIndicator(
            indicator: "no-share-access", because: "the firewall refuses the queries, so no answer")
        ]),
      Hypothesis(
        article: "visitor-harvesting-worm", title: "Malware that collects visitors' addresses",
        posterior: 0.0119, supporting: [], opposing: [],
        unseen: [
          UnseenIndicator(
            indicator: "share-access", because: "the firewall refuses the queries, so no answer")
        ]),
      Hypothesis(
        article: "unexplained", title: "", posterior: 0.0008, supporting: [], opposing: [],
        unseen: []),
    ],
    sentence: "This host asks the machines that have just contacted it for their NetBIOS names, "
      + "as a server does that looks up who its visitors are.",
    open: ["What began at the onset is not explained."],
    keep: ["The mail log of these days: it proves where the list of targets comes from."],
    notDiagnostic: ["the number of targets"])

  static func evidence(
    _ findings: [Finding], capabilities: [Capability: CapabilityStatus] = [:],
    traffic: Traffic? = nil, paths: [String] = ["case/router.syslog"], remarks: [String] = []
  ) -> ActivityEvidence {
    ActivityEvidence(
      subject: server, shape: .service(transport: .udp, port: 137), first: noon,
      last: after(86_399),
      traffic: traffic
        ?? Fixtures.traffic(
          packets: Bound(low: 36_000, high: 36_000), bytes: Bound(low: 2_808_000, high: 2_808_000),
          destinations: Bound(low: 412, high: 412)), findings: findings,
      capabilities: capabilities, paths: paths, remarks: remarks)
  }

  static let lookups = Activity(
    id: "0123456789abcdef-1", label: "NetBIOS name lookups to 412 addresses",
    evidence: evidence(
      [step, solicited], paths: ["case/wan.pcap", "case/router.syslog"],
      remarks: ["case/router.syslog covers the same hours and corroborates"]),
    diagnosis: lookupDiagnosis, severity: .info)

  static let unknown = Activity(
    id: "0123456789abcdef-2", label: "UDP to port 40000 at 3 addresses",
    evidence: evidence(
      [],
      capabilities: [
        .targetChoice: .missing(
          because: "3 targets are too few to ask how they were chosen", ask: "a longer capture")
      ]),
    diagnosis: Diagnosis(
      verdict: nil, posterior: 0.72, lead: 4.1,
      settledBy: ["Hand in the log of the mail or web server of these hours."],
      hypotheses: [
        Hypothesis(
          article: "unexplained", title: "None of the articles", posterior: 0.72, supporting: [],
          opposing: [], unseen: []),
        Hypothesis(
          article: "horizontal-scan", title: "One service tried at many addresses",
          posterior: 0.28, supporting: [], opposing: [], unseen: []),
      ], sentence: "No article explains this traffic.", open: [], keep: [], notDiagnostic: []),
    severity: .low)

  static func analysis(
    _ activities: [Activity], severity: Severity, evidence: [Analysis.Evidence] = [log]
  ) -> Analysis {
    Analysis(
      knowledge: "8 articles, 00112233",
      assumptions: [
        .init(
          what: "year", value: "2008", because: "case/wan.pcap covers the same days and gives it")
      ], evidence: evidence,
      incidents: [
        Incident(
          id: "0123456789abcdef", subject: server, first: noon, last: after(86_399),
          severity: severity, activities: activities)
      ], networkFindings: [step],
      quiet: [
        Quiet(reason: .belowThreshold, count: 31, examples: ["198.51.100.1", "198.51.100.2"]),
        Quiet(reason: .addressResolution, count: 1, examples: ["192.0.2.1"]),
      ])
  }

  static let explained = analysis([lookups], severity: .info)
  static let unexplained = analysis([unknown], severity: .low)
  static let twoActivities = analysis([lookups, unknown], severity: .low)

  /// Every scalar that a terminal may act on, and strings made to break out of each report.
  static let poison =
    "\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\r\n\t\0\u{8}\u{7f}\u{85}\u{202e}\u{2066}\u{2028}\u{2029}"
    + "\u{feff}\u{200b}\u{e0041}\u{fffe}\"\\</script>{\u{1f600}\u{e9}"

  static let hostile: Analysis = {
    var activity = lookups
    activity.label = poison
    activity.evidence.paths = ["a\n\(poison)"]
    activity.evidence.remarks = [poison]
    activity.evidence.findings = [
      Finding(
        kind: .sweep, summary: poison,
        values: [poison: .text(poison), "nan": .number(.nan), "inf": .number(.infinity)], count: 1,
        evidence: [EvidenceReference(path: poison, record: .max, offset: .max)])
    ]
    activity.diagnosis.sentence = poison
    activity.diagnosis.open = [poison]
    activity.diagnosis.keep = [poison]
    activity.diagnosis.settledBy = [poison]
    activity.diagnosis.notDiagnostic = [poison]
    activity.diagnosis.lead = .infinity
    activity.diagnosis.posterior = .nan
    activity.diagnosis.hypotheses = [
      Hypothesis(
        article: poison, title: poison, posterior: .nan,
        supporting: [
          WeighedIndicator(indicator: poison, decibans: .nan, because: poison, finding: .sweep)
        ],
        opposing: [
          WeighedIndicator(
            indicator: poison, decibans: -.infinity, because: poison, finding: .sweep)
        ], unseen: [UnseenIndicator(indicator: poison, because: poison)])
    ]
    var file = log
    file.path = poison
    file.kind = poison
    file.format = poison
    file.vantage = poison
    file.sha256 = poison
    file.problems = [.init(kind: poison, meaning: poison, count: .max, first: [])]
    var result = analysis([activity], severity: .high, evidence: [file])
    result.knowledge = poison
    result.assumptions = [.init(what: poison, value: poison, because: poison)]
    result.incidents[0].id = poison
    result.quiet = [Quiet(reason: .orphans, count: .max, examples: [poison])]
    return result
  }()

  static let bounds: Analysis = {
    var activity = unknown
    activity.evidence.subject = .mac(0x0200_5e00_5301)
    activity.evidence.traffic = traffic(
      packets: Bound(low: 1_200, high: 3_400), bytes: nil,
      destinations: Bound(low: 30, high: .infinity))
    activity.evidence.traffic.destinationPorts = [1...5, 7...7, 1_000...1_500]
    activity.evidence.traffic.sourcePorts = []
    activity.evidence.traffic.sourcePortCount = 9
    var capture = log
    capture.path = "case/lossy.pcapng"
    capture.kind = "capture"
    capture.format = "pcapng"
    capture.vantage =
      "packets as they passed one point of the network, without 1,200 that were lost"
    capture.problems = []
    (capture.dropped, capture.comments) = (1_200, 1)
    activity.evidence.paths.append(capture.path)
    var result = analysis([activity], severity: .low, evidence: [log, capture])
    result.incidents[0].subject = activity.evidence.subject
    return result
  }()
}
