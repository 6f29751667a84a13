import Detection
import Observations

/// Cases of what goes on every day, harmless for the most part, and what outwardly comes close.
enum EverydayCases {
  private static func words(_ key: Int, share: Double = 1, length: Int = 25) -> Finding {
    Hand.shape([
      "payloadKey": .integer(key), "payloadKeyShare": .number(share),
      "payloadLength": .integer(length), "payloadLengthShare": .number(1),
    ])
  }

  /// A sweep of 300 targets of which a share answered.
  private static func sweep(_ port: Int, answered: Double) -> Finding {
    let silent = Int(300 * (1 - answered))
    return Hand.finding(
      .sweep,
      [
        "port": .integer(port), "targets": .integer(300), "unanswered": .integer(silent),
        "unexpected": .integer(silent), "answeredShare": .number(answered), "perHour": .number(300),
      ])
  }

  private static func rhythm(_ score: Double, _ events: Int) -> Finding {
    Hand.finding(
      .periodicity,
      [
        "score": .number(score), "skewScore": .number(score), "scatterScore": .number(score),
        "intervalSeconds": .number(60), "scatterSeconds": .number(1), "events": .integer(events),
        "isEnough": .flag(events >= 24), "usual": .text("cron"),
      ])
  }

  private static func sip(_ packets: Int) -> Finding {
    Hand.finding(
      .content,
      [
        "protocol": .text("SIP"), "packets": .integer(packets), "protocols": .integer(1),
        "share": .number(1), "usual": .text("SIP"), "contradicts": .flag(false),
      ])
  }

  private static func named(_ name: String, by how: String) -> Finding {
    Hand.finding(
      .hostNames,
      [
        "name": .text(name), "how": .text(how), "names": .integer(1), "targets": .integer(300),
        "targetsNamed": .integer(0), "workgroup": .text("not known"), "user": .text("not known"),
      ])
  }

  private static func clients(unroutable: Double, oneTTL: Double, perSecond: Double) -> Finding {
    Hand.finding(
      .spoofedFlood,
      [
        "sources": .integer(3_000), "packets": .integer(4_000),
        "unroutableShare": .number(unroutable), "timeToLiveShare": .number(oneTTL),
        "singleShare": .number(0.95), "perSecond": .number(perSecond), "port": .integer(123),
        "victim": .text("192.0.2.80"),
      ])
  }

  private static let inbound: [String: FindingValue] = ["direction": .text("inbound")]
  private static let often: [String: FindingValue] = ["packets": .integer(9_000)]
  private static let questions: [String: FindingValue] = ["bytes": .integer(68_400)]
  private static let peers = Hand.peers(400, ports: 390, answered: 0.3, opened: 0.4)

  private static func special(_ purpose: String, port: Int, registered: Bool = true) -> Finding {
    Hand.finding(
      .specialPurpose,
      [
        "purpose": .text(purpose), "what": .text("devices"), "where": .text("239.255.255.250"),
        "port": .integer(port), "packets": .integer(400), "targets": .integer(1),
        "registered": .flag(registered), "perMinute": .integer(registered ? 48 : 2_400),
        "share": .number(0.4), "blockedShare": .number(0), "hosts": .integer(1),
        "answeredShare": .number(0),
      ])
  }

  private static let searches = ActivityShape.specialPurpose(transport: .udp, port: 3_702)
  private static let metadata = ActivityShape.specialPurpose(transport: .tcp, port: 80)

  private static func search(_ name: String, answered: Double) -> Finding {
    Hand.finding(
      .nameAsked,
      [
        "name": .text(name), "asked": .text(name + ".example.net"), "names": .integer(2),
        "lookups": .integer(60), "byDNS": .integer(60), "byMulticast": .integer(0),
        "byNetBIOS": .integer(0), "denied": .integer(60), "answered": .integer(Int(60 * answered)),
        "answeredShare": .number(answered), "hosts": .integer(1), "perHour": .number(60),
      ])
  }

  private static func leak(_ services: Int, house: Double) -> CauseCase {
    CauseCase(
      "vpn-split-tunnel", .tcp, -1,
      [
        Hand.finding(
          .specialPurpose,
          [
            "purpose": .text("private-network"), "what": .text("servers"),
            "where": .text("10.20.0.0/16"), "port": .integer(-1), "packets": .integer(300),
            "targets": .integer(4), "registered": .flag(false), "perMinute": .integer(9),
            "share": .number(0.4), "blockedShare": .number(1), "hosts": .integer(1),
            "services": .integer(services), "houseShare": .number(house),
          ])
      ], traffic: ["targets": .integer(4)], shape: .specialPurpose(transport: .tcp, port: 0))
  }

  static let positive: [CauseCase] = [
    leak(5, house: 0.8),
    CauseCase(
      "isatap-lookup", .udp, 53, [search("isatap", answered: 0)], shape: .nameAsked(.isatap)),
    CauseCase(
      "proxy-auto-discovery", .udp, 53, [search("wpad", answered: 0)], shape: .nameAsked(.wpad)),
    CauseCase(
      "cloud-metadata-probe", .tcp, 80, [special("metadata", port: 80)], shape: metadata),
    CauseCase(
      "service-discovery", .udp, 3_702, [special("ws-discovery", port: 3_702)], shape: searches),
    CauseCase(
      "bittorrent-dht", .udp, -1, [peers, words(0x6431_3a61, share: 0.6)],
      shape: .peers(transport: .udp, sourcePort: 51_413)),
    CauseCase(
      "declared-scanner", .tcp, 8_443,
      [Hand.sweep(290, of: 300, port: 8_443), named("scan-07.SHODAN.io", by: "dns")],
      traffic: inbound),
    CauseCase(
      "game-server-browser", .udp, 27_015,
      [sweep(27_015, answered: 0.7), words(0xffff_ffff), Hand.choice("list")]),
    CauseCase(
      "monitoring-checks", .tcp, 443,
      [sweep(443, answered: 0.02), rhythm(1, 36), Hand.choice("list")], traffic: often),
    CauseCase(
      "ntp-pool-clients", .udp, 123, [clients(unroutable: 0, oneTTL: 0.2, perSecond: 1)],
      traffic: questions, shape: .flood(transport: .udp, port: 123)),
    CauseCase(
      "sip-scanner", .udp, 5_060, [Hand.sweep(290, of: 300, port: 5_060), sip(300)],
      traffic: inbound),
  ]

  static let nearMisses: [CauseCase] = [
    leak(1, house: 0),
    CauseCase(
      "isatap-lookup", .udp, 53, [search("wpad", answered: 0)], shape: .nameAsked(.wpad)),
    CauseCase(
      "proxy-auto-discovery", .udp, 53, [search("wpad", answered: 1)], shape: .nameAsked(.wpad)),
    CauseCase("cloud-metadata-probe", .tcp, 80, [Hand.sweep(290, of: 300, port: 80)]),
    CauseCase(
      "service-discovery", .udp, 3_702, [special("ws-discovery", port: 3_702, registered: false)],
      shape: searches),
    CauseCase(
      "bittorrent-dht", .udp, -1, [peers, words(0x0102_0304, share: 0.1)],
      shape: .peers(transport: .udp, sourcePort: 51_413)),
    // What a client asked a server for is no name that its owner gave it; nor is the middle of a name.
    CauseCase(
      "declared-scanner", .tcp, 8_443,
      [Hand.sweep(290, of: 300, port: 8_443), named("scan-07.shodan.io", by: "http")],
      traffic: inbound),
    CauseCase(
      "declared-scanner", .tcp, 8_443,
      [Hand.sweep(290, of: 300, port: 8_443), named("a.shodan.io.example.net", by: "dns")],
      traffic: inbound),
    CauseCase(
      "game-server-browser", .udp, 27_015,
      [Hand.sweep(290, of: 300, port: 27_015), words(0xffff_ffff), Hand.choice("sequential")]),
    CauseCase(
      "monitoring-checks", .tcp, 443, [sweep(443, answered: 0.7)],
      traffic: ["packets": .integer(300)]),
    CauseCase(
      "monitoring-checks", .tcp, 443, [sweep(443, answered: 0.05), rhythm(0.5, 36)], traffic: often),
    CauseCase(
      "ntp-pool-clients", .udp, 123, [clients(unroutable: 0.2, oneTTL: 1, perSecond: 900)],
      traffic: questions, shape: .flood(transport: .udp, port: 123)),
    CauseCase(
      "sip-scanner", .udp, 5_060, [sweep(5_060, answered: 0.5), sip(300)],
      traffic: ["direction": .text("internal")]),
  ]
}
