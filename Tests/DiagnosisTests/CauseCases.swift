import Detection
import Observations

/// One hand-made case: what was found, and which article must, or must not, earn the verdict.
struct CauseCase: CustomStringConvertible, Sendable {
  var name: String
  var evidence: ActivityEvidence
  var description: String { name }

  init(
    _ name: String, _ transport: Transport, _ port: Int, _ findings: [Finding],
    traffic: [String: FindingValue] = [:], can: Set<Capability> = CauseCase.usual,
    shape: ActivityShape? = nil
  ) {
    self.name = name
    let number = UInt16(clamping: port)
    evidence = Hand.evidence(
      [Hand.traffic(transport.description, port, traffic)] + findings, can: can,
      transport: transport, port: number, shape: shape)
  }

  static let usual: Set<Capability> = [.content, .replies, .targetChoice, .rate, .dns, .hardware]
  static let watched = usual.union([.replication])
}

extension Hand {
  static func propagation(
    became: Int, receivers: Int = 20, predecessors: Int = 1, episodes: Int = 1, after: Int = 1,
    pValue: Double? = nil
  ) -> Finding {
    finding(
      .propagation,
      [
        "receivers": .integer(receivers), "becameSenders": .integer(became),
        "share": .number(Double(became) / Double(max(1, receivers))),
        "predecessors": .integer(predecessors), "episodes": .integer(episodes),
        "episodesAfterProbe": .integer(after), "medianDelaySeconds": .number(43),
        "pValue": .number(pValue ?? (became > 0 || after > 1 ? 1e-6 : 1)),
        "receiversPValue": .number(pValue ?? (became > 0 ? 1e-6 : 1)),
      ])
  }

  static func shape(_ values: [String: FindingValue]) -> Finding {
    finding(.packetShape, ["sampled": .integer(256)].merging(values) { $1 })
  }

  static func companion(_ port: Int, common: Int) -> Finding {
    finding(
      .companionService,
      [
        "port": .integer(port), "transportIsTCP": .flag(true), "targets": .integer(common),
        "common": .integer(common), "share": .number(1),
      ])
  }

  static func conversation(_ port: Int) -> Finding {
    finding(
      .longConversation,
      [
        "port": .integer(port), "targets": .integer(1), "packets": .integer(60),
        "durationSeconds": .number(400),
      ])
  }

  static func secondRouter(_ addresses: Int = 1) -> Finding {
    finding(
      .secondRouter,
      [
        "addresses": .integer(addresses), "hardware": .text("00:50:56:00:00:02"),
        "ownAddress": .text("192.168.40.12"), "router": .text("192.168.40.1"),
      ])
  }

  static func passedOn(_ side: String) -> Finding {
    finding(
      .passedOn,
      [
        "matched": .integer(200), "share": .number(1), "lagSeconds": .number(0.0004),
        "hops": .integer(1), "translated": .flag(true), "side": .text(side),
        "other": .text("192.168.40.33"),
      ])
  }

  static func answers(from port: Int) -> Finding {
    finding(
      .answeringPorts,
      ["ports": .integer(2), "port": .integer(port), "packets": .integer(40)])
  }

  static func hosts(_ low: Int, _ estimate: Int, _ high: Int, classes: Int) -> Finding {
    finding(
      .hostsBehind,
      [
        "applicable": .flag(true), "estimate": .integer(estimate), "low": .integer(low),
        "high": .integer(high), "chains": .integer(estimate), "ttlClasses": .integer(classes),
        "packets": .integer(256),
      ])
  }

  static func note(_ about: String, _ effect: String, _ text: String) -> Finding {
    finding(
      .noteTested,
      [
        "kind": .text("intervention"), "about": .text(about), "effect": .text(effect),
        "beforePerHour": .number(1_000),
        "duringPerHour": .number(effect == "unchanged" ? 990 : 0), "afterPerHour": .number(980),
        "ratio": .number(effect == "unchanged" ? 0.99 : 0), "coincides": .flag(effect == "began"),
        "text": .text(text),
      ])
  }

  static func forged(_ hardware: String, owned: Int = 1, impossible: Int = 0) -> Finding {
    finding(
      .forgedSource,
      [
        "packets": .integer(300), "impossible": .integer(impossible), "addresses": .integer(1),
        "owned": .integer(owned), "hardware": .text(hardware), "ownAddress": .text("10.0.0.9"),
      ])
  }

  static func claims(_ values: [String: FindingValue]) -> Finding {
    let none: [String: FindingValue] = [
      "addresses": .integer(1), "claimants": .integer(1), "gratuitous": .integer(3),
      "alternations": .integer(0), "conflict": .flag(false), "linkUp": .flag(false),
      "poisoning": .flag(false), "overlapSeconds": .number(0),
    ]
    return finding(.arpClaims, none.merging(values) { $1 })
  }

  static func storm(perMinute: Int, names: Int, packets: Int, answered: Double) -> Finding {
    finding(
      .broadcastStorm,
      [
        "packets": .integer(packets), "perMinute": .number(Double(perMinute)),
        "share": .number(0.4), "names": .integer(names), "hosts": .integer(20),
        "sampled": .integer(min(256, packets)), "lookups": .integer(min(256, packets) / 3),
        "answeredShare": .number(answered),
      ])
  }

  static func flood(unroutable: Double, oneTTL: Double, single: Double, goneOn: Double) -> Finding {
    finding(
      .spoofedFlood,
      [
        "sources": .integer(3_000), "packets": .integer(4_000),
        "unroutableShare": .number(unroutable), "timeToLiveShare": .number(oneTTL),
        "singleShare": .number(single), "answeredShare": .number(goneOn),
        "perSecond": .number(200), "port": .integer(80), "victim": .text("192.0.2.80"),
      ])
  }

  static func exceeded(_ routers: Int) -> Finding {
    finding(
      .timeExceeded,
      ["routers": .integer(routers), "errors": .integer(3 * routers), "targets": .integer(1)])
  }

  static func peers(_ peers: Int, ports: Int, answered: Double, opened: Double) -> Finding {
    finding(
      .peers,
      [
        "peers": .integer(peers), "ports": .integer(ports), "sourcePort": .integer(6_881),
        "answeredShare": .number(answered), "openedByPeersShare": .number(opened),
      ])
  }

  static func share(_ kind: FindingKind, _ count: String, _ share: Double) -> Finding {
    finding(
      kind,
      [
        "lookups": .integer(300), "targets": .integer(300), count: .integer(Int(300 * share)),
        "share": .number(share), "medianLagSeconds": .number(0.4),
      ])
  }

  static func lookups(from port: Int) -> Finding {
    var finding = lookups
    finding.values["sourcePort"] = .integer(port)
    return finding
  }
}
