public import Observations

/// What a finding's value is, as far as conditions and sentences need to know.
public enum ValueType: Hashable, Sendable {
  /// A number compared with `==`, `!=`, `<`, `<=`, `>`, `>=`.
  case number
  /// One of these words; empty where the text is free.
  case text([String])
  /// True or false.
  case flag
  /// A point in time; not compared.
  case time
}

/// Which values each kind of finding carries: the documentation of `FindingKind` as a table.
public enum FindingCatalogue {
  /// The values of one kind by name.
  public static func values(of kind: FindingKind) -> [String: ValueType] {
    var table: [String: ValueType] = [:]
    for name in numbers(of: kind).split(separator: " ") { table[String(name)] = .number }
    table.merge(others(of: kind)) { _, other in other }
    return table
  }

  /// The type of a value, or of a ratio written `a/b`; nil where there is no such value.
  public static func type(of name: String, in kind: FindingKind) -> ValueType? {
    let table = values(of: kind)
    let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    if parts.count == 2 {
      return table[parts[0]] == .number && table[parts[1]] == .number ? .number : nil
    }
    return table[name]
  }

  private static func numbers(of kind: FindingKind) -> String {
    switch kind {
    case .traffic:
      """
      port packets targets bytes blockedShare perHour sourcePort answeredShare refusedShare \
      resolvedShare solicitedShare durationSeconds
      """
    case .nameLookups:
      """
      lookups packets targets nodeStatusShare retriesPerLookup tries cadenceSeconds sourcePort \
      perHour answeredShare
      """
    case .failedReverseLookupFirst: "lookups preceded share medianLagSeconds reverseQueries"
    case .solicitedProbes:
      """
      targets visitors matched share matchedInWindow shareInWindow windowSeconds medianLagSeconds \
      pValue population clockOffsetSeconds
      """
    case .icmpErrorAsUDP:
      """
      packets verified refuted untestable icmpType icmpCode sourcePort distinctQuotes \
      destinations portStepShare
      """
    case .sweep: "port asked targets unanswered unexpected answeredShare perHour"
    case .connectionStates: "targets refused accepted established silent establishedShare"
    case .portSweep: "ports lowPort highPort targets answeredShare consecutiveShare"
    case .rateStep:
      """
      beforePerHour afterPerHour ratio pValue binSeconds dispersion seriesTested seriesStepped
      """
    case .targetChoice:
      """
      targets lead sequentialShare same24Share same16Share same8Share neighbourShare weight24 weight16 \
      weight8 step foretold foretoldOf foretoldShare foretoldByChance foretoldPValue
      """
    case .backscatter: "packets destinations synAcks resets icmpErrors sourcePort"
    case .shareFollowUp: "lookups answered followed followedShare"
    default: furtherNumbers(of: kind)
    }
  }

  private static func furtherNumbers(of kind: FindingKind) -> String {
    switch kind {
    case .burstGrammar:
      "bursts burstSize gapSeconds withinSeconds runs runShare portStep sourcePort sampled"
    case .directedBroadcast: "packets share networks"
    case .forgedSource: "packets impossible addresses owned"
    case .startsAndStops:
      """
      joins joinsFollowed leaves leavesFollowed medianDelaySeconds withinSeconds presentShare \
      insideShare candidates pValue
      """
    case .arpClaims: "addresses claimants gratuitous alternations contradictions overlapSeconds"
    case .broadcastStorm: "packets perMinute share names hosts sampled lookups answeredShare"
    case .symptomAlignment:
      "asked answered insideShare outsideShare pingInsideShare pings lagSeconds pValue"
    case .propagation:
      """
      receivers becameSenders share predecessors episodes episodesAfterProbe medianDelaySeconds \
      pValue receiversPValue
      """
    case .hostsBehind: "estimate low high chains ttlClasses packets"
    case .spoofedFlood:
      """
      sources packets unroutableShare timeToLiveShare singleShare answeredShare perSecond port
      """
    case .packetShape:
      """
      payloadLength payloadLengthShare payloadKey payloadKeyShare sequenceIsDestinationShare \
      windows timeToLive timeToLiveShare sampled
      """
    case .companionService: "port targets common share"
    case .longConversation: "port targets packets durationSeconds"
    case .passedOn: "matched share lagSeconds hops"
    case .secondRouter: "addresses"
    case .answeringPorts: "ports port packets"
    case .askedByClients: "lookups preceded share medianLagSeconds"
    case .bystanders: "targets seen share medianLagSeconds"
    case .peers: "peers ports sourcePort answeredShare openedByPeersShare"
    case .timeExceeded: "routers errors targets"
    case .noteTested:
      "beforePerHour duringPerHour afterPerHour ratio ratioLow ratioHigh pValue"
    case .socketPool: "ports lowest highest share knownSize wantedTaken wantedChance"
    case .snapshotComparison:
      """
      socketsKept socketsNew socketsGone processesKept processesNew processesGone poolKeptShare
      """
    case .packetOwner: "rawSockets packetSockets"
    case .addressTranslation: "addresses translations share"
    case .hostNames: "names targets targetsNamed"
    case .shareAccess: "targets shares drives hidden channel most"
    case .content: "protocols packets share"
    case .population: "sources networks walkers share shareLow shareHigh once port"
    case .clockOffset: "offsetSeconds lowSeconds highSeconds zoneSeconds events"
    case .thresholdWalk:
      """
      contacts failures standsAt ordinarySuccess scannerSuccess contactsNeeded missedShare falseShare
      """
    case .rateChange:
      """
      alarms usualPerHour afterPerHour ratio othersRatio dispersion threshold hours hoursToFalseAlarm \
      coincident
      """
    case .scanRate:
      "events seconds perSecond low high watched blindPerSecond blindLow blindHigh slowScanChance"
    case .populationSize: "first second common estimate low high port"
    case .packetLoop: "packets copies step highest lowest seconds"
    case .reflection: "sources receivers port packets bytesPerPacket ports amplification"
    case .contentPrevalence: "sources targets packets port payloadLength payloadKey"
    case .nameAsked:
      "names lookups byDNS byMulticast byNetBIOS denied answered answeredShare hosts perHour"
    case .specialPurpose:
      """
      port packets targets perMinute share blockedShare answeredShare hosts services houseShare
      """
    case .growth: "sources doublingSeconds doublingLow doublingHigh port"
    case .periodicity: "score skewScore scatterScore intervalSeconds scatterSeconds events"
    default: ""
    }
  }

  private static func others(of kind: FindingKind) -> [String: ValueType] {
    switch kind {
    case .traffic:
      [
        "transport": .text([]), "sourcePortFixed": .flag,
        "direction": .text(["outbound", "inbound", "internal", "unknown"]),
      ]
    case .nameLookups:
      ["identificationOrder": .text(["ascending", "byteSwapped", "none", "unknown"])]
    case .solicitedProbes:
      [
        "clockOffsetKnown": .flag, "visitorsStepped": .flag,
        "source": .text(["visitors-log", "capture", "own-log"]),
      ]
    case .sweep: ["service": .text([])]
    case .rateStep: ["onsetFrom": .time, "onsetTo": .time, "coincident": .flag]
    case .targetChoice:
      [
        "model": .text(targetModels), "runnerUp": .text(targetModels + ["ordered"]),
        "generator": .text([
          "none", "linear", "slammer", "conficker", "codeRed2", "nimda", "sasser",
        ]),
        "because": .text([]), "next": .text([]),
      ]
    default: furtherOthers(of: kind)
    }
  }

  private static let targetModels = [
    "undetermined", "sequential", "stride", "bitReversed", "generator", "localPreference",
    "network",
    "list", "uniform",
  ]

  private static func furtherOthers(of kind: FindingKind) -> [String: ValueType] {
    switch kind {
    case .burstGrammar:
      ["portOrder": .text(["ascending", "descending", "constant", "mixed"])]
    case .directedBroadcast: ["address": .text([])]
    case .forgedSource: ["hardware": .text([]), "ownAddress": .text([])]
    case .startsAndStops: ["host": .text([])]
    case .arpClaims: ["conflict": .flag, "linkUp": .flag, "poisoning": .flag]
    case .symptomAlignment: ["server": .text([])]
    case .hostsBehind: ["applicable": .flag]
    case .spoofedFlood: ["victim": .text([])]
    case .packetShape: ["timeToLiveRises": .flag]
    case .companionService: ["transportIsTCP": .flag]
    case .passedOn:
      ["translated": .flag, "side": .text(["outside", "inside"]), "other": .text([])]
    case .secondRouter: ["hardware": .text([]), "ownAddress": .text([]), "router": .text([])]
    case .noteTested:
      [
        "kind": .text(["intervention", "change", "symptom"]),
        "about": .text([
          "lan-disconnected", "host-disconnected", "service-stopped", "software-installed",
          "cleaned", "reboot", "browsing", "service-failing", "other",
        ]),
        "effect": .text([
          "unchanged", "stopped", "fell", "rose", "began", "resumed", "untestable",
        ]),
        "coincides": .flag, "text": .text([]), "from": .time, "to": .time,
      ]
    case .socketPool:
      ["isEven": .flag, "known": .text([]), "process": .text([]), "path": .text([])]
    case .snapshotComparison:
      [
        "pool": .text(["stable", "redrawn", "changing"]), "poolProcess": .text([]),
        "trafficBegan": .flag,
        "orderedBy": .text(["time", "path"]), "appeared": .text([]), "before": .text([]),
        "after": .text([]),
      ]
    case .packetOwner:
      [
        "status": .text([
          "owned", "kernel", "rawSocket", "packetSocket", "unowned", "ambiguous", "notVisible",
        ]),
        "system": .text(["windows", "linux", "bsd", "mac", "solaris", "unknown"]),
        "process": .text([]), "instrument": .text([]), "path": .text([]),
      ]
    case .addressTranslation:
      ["role": .text(["inside", "outside"]), "address": .text([]), "path": .text([])]
    case .hostNames:
      [
        "how": .text(["netbios", "dhcp", "multicast", "dns", "tls", "http"]), "name": .text([]),
        "workgroup": .text([]), "user": .text([]),
      ]
    case .shareAccess: ["share": .text([])]
    case .content:
      [
        "protocol": .text([
          "DNS", "HTTP", "NTP", "NetBIOS names", "SIP", "SMB", "SNMP", "SSDP", "SSH", "STUN",
          "TFTP", "TLS", "mDNS/LLMNR",
        ]),
        "usual": .text([]), "contradicts": .flag,
      ]
    case .fileVerdict:
      ["verdict": .text(["matches", "consistent", "differs", "unknown"]), "name": .text([])]
    case .clockOffset: ["reference": .text([]), "zoneStated": .flag, "path": .text([])]
    case .thresholdWalk:
      [
        "applicable": .flag, "measured": .flag, "because": .text([]),
        "verdict": .text(["scanner", "ordinary", "undecided", "notApplicable"]),
      ]
    case .rateChange:
      ["onsetFrom": .time, "onsetTo": .time, "wholeEvidence": .flag, "coincides": .text([])]
    case .scanRate: ["tooSlowFor": .text([])]
    case .packetLoop:
      ["kind": .text(["routers", "link"]), "subject": .text([]), "target": .text([])]
    case .reflection: ["requestsVisible": .flag, "receiver": .text([])]
    case .growth: ["like": .text([])]
    case .nameAsked: ["name": .text(["wpad", "isatap"]), "asked": .text([])]
    case .specialPurpose:
      [
        "purpose": .text([
          "ssdp", "multicast-dns", "llmnr", "ws-discovery", "slp", "metadata", "private-network",
        ]),
        "what": .text([]), "where": .text([]), "registered": .flag,
      ]
    case .periodicity: ["isEnough": .flag, "isUsual": .flag, "usual": .text([])]
    default: [:]
    }
  }
}

extension Finding {
  /// A value by name, or the ratio of two written `a/b`; nil where a part is missing or `b` is not
  /// above zero.
  public func value(_ name: String) -> FindingValue? {
    guard let slash = name.firstIndex(of: "/") else { return values[name] }
    guard let a = values[String(name[..<slash])]?.numeric,
      let b = values[String(name[name.index(after: slash)...])]?.numeric, b > 0
    else { return nil }
    return .number(a / b)
  }
}
