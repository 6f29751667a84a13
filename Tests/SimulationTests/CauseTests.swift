import Simulation
import Testing

@Suite struct CauseTests {
  /// Every story with a near miss, and the article that the plain one is of.
  static let articles = [
    "slammer": "slammer-worm", "blaster": "blaster-worm", "mirai": "mirai-worm",
    "backscatter": "backscatter", "spoofed-flood": "spoofed-flood",
    "name-storm": "name-broadcast-storm", "duplicate-address": "duplicate-address",
    "arp-poisoning": "arp-poisoning", "nat-gateway": "nat-gateway",
    "traceroute": "traceroute", "p2p-client": "p2p-client", "dns-wins-reverse": "dns-wins-reverse",
    "isa-securenat": "isa-securenat-client", "observer-effect": "observer-effect",
    "second-way-in": "second-way-in", "reinfection": "reinfection-by-neighbour",
    "bugbear": "bugbear-worm", "qaz": "qaz-worm", "bymer": "bymer-worm",
    "sasser": "sasser-worm", "conficker": "conficker-worm", "code-red-2": "code-red-2-worm",
    "nimda": "nimda-worm", "welchia": "welchia-worm", "deloder": "deloder-worm",
    "device-worm": "iot-bot-worm", "bittorrent-dht": "bittorrent-dht",
    "game-servers": "game-server-browser", "monitoring": "monitoring-checks",
    "sip-scan": "sip-scanner", "former-time-server": "ntp-pool-clients",
    "declared-scanner": "declared-scanner", "device-search": "service-discovery",
    "cloud-agent": "cloud-metadata-probe", "proxy-search": "proxy-auto-discovery",
    "tunnel-search": "isatap-lookup", "left-tunnel": "vpn-split-tunnel",
  ]

  @Test("the truth names the article, and of the near miss that it is not")
  func truths() throws {
    let causes = Scenarios.all.filter {
      $0.variants == ["near-miss"] && !HostCauseTests.stories.contains($0.id)
    }
    #expect(Set(causes.map(\.id)) == Set(Self.articles.keys))
    for (id, article) in Self.articles {
      let plain = try CauseStory(id), near = try CauseStory(id, nearMiss: true)
      #expect(try truth("article", in: plain.files) == article, "\(id)")
      #expect(try truth("mustNot", in: plain.files) == "null", "\(id)")
      #expect(try truth("article", in: near.files) != article, "\(id)")
      #expect(try truth("mustNot", in: near.files) == article, "\(id)")
      #expect(near.packets.count > 300 && plain.packets.count > 300, "\(id)")
    }
  }

  @Test func slammerSendsOneDatagramToEachOfThousands() throws {
    let worm = try CauseStory("slammer")
    let probes = worm.datagrams(to: 1_434)
    #expect(
      probes.count >= 1_500 && worm.number("targets") == Set(probes.map(\.destination)).count)
    #expect(probes.allSatisfy { $0.payloadOfUDP.count == 376 && $0.payloadOfUDP[0] == 4 })
    let first = try #require(probes.first), last = try #require(probes.last)
    #expect(last.microseconds - first.microseconds < 5_000_000)
    #expect(Set(probes.map { $0.destination >> 24 }).count > 240)
    let client = try CauseStory("slammer", nearMiss: true)
    let asked = client.datagrams(to: 1_434)
    #expect(asked.allSatisfy { $0.payloadOfUDP == [2] || $0.payloadOfUDP == [3] })
    #expect(Set(asked.map(\.destination)).count == 31)
    #expect(Set(asked.map { $0.destination >> 8 }) == [0xc0a828])
  }

  @Test func blasterWalksAndTakesWhatAnswers() throws {
    let worm = try CauseStory("blaster")
    let outside = worm.attempts(to: 135).map(\.destination).filter { $0 >> 8 != 0xc0a828 }
    #expect(outside.count >= 500)
    #expect(zip(outside, outside.dropFirst()).allSatisfy { $1 == $0 + 1 || $1 == $0 + 3 })
    let taken = worm.answering(from: 135)
    #expect(taken.count == 4 && worm.answering(from: 4_444) == taken)
    let fetchers = worm.packets.filter { $0.transport == 17 && $0.destinationPort == 69 }
    #expect(Set(fetchers.map(\.source)) == taken && fetchers.count == 4)
    let desk = try CauseStory("blaster", nearMiss: true)
    let asked = Set(desk.attempts(to: 135).map(\.destination))
    #expect(asked.count == 40 && desk.answering(from: 135) == asked)
    #expect(desk.attempts(to: 4_444).isEmpty)
  }

  @Test func miraiPutsTheDestinationIntoTheSequence() throws {
    let bot = try CauseStory("mirai")
    let telnet = bot.attempts(to: 23), other = bot.attempts(to: 2_323)
    #expect(
      telnet.count == bot.number("port23") && other.count == bot.number("port2323"))
    #expect((7...14).contains(telnet.count / other.count))
    for probe in telnet + other {
      #expect(probe.sequence == probe.destination && probe.timeToLive == 64)
    }
    #expect(Set(telnet.map(\.window)).count > telnet.count * 9 / 10)
    let tool = try CauseStory("mirai", nearMiss: true).attempts(to: 23)
    #expect(tool.count > 1_000 && Set(tool.map(\.window)) == [1_024])
    #expect(!tool.contains { $0.sequence == $0.destination })
  }

  @Test func backscatterAnswersNobody() throws {
    let story = try CauseStory("backscatter")
    let ours = story.packets.filter { text($0.destination) == story.subject }
    #expect(ours.isEmpty)
    let accepted = story.sent.filter(\.isSYNACK)
    #expect(accepted.count == story.number("accepted").map { 2 * $0 })
    #expect(story.sent.filter(\.isRST).count == story.number("refused"))
    let errors = story.packets.filter { $0.isICMP && [3, 11].contains($0.icmpType) }
    #expect(errors.count == story.number("errors") && errors.count > 20)
    #expect(errors.allSatisfy { text($0.address(58)) == story.subject })
    let server = try CauseStory("backscatter", nearMiss: true)
    let asked = Set(
      server.packets.filter { $0.isSYN && text($0.destination) == server.subject }
        .map { UInt64($0.source) << 16 | UInt64($0.sourcePort) })
    let answered = server.sent.map { UInt64($0.destination) << 16 | UInt64($0.destinationPort) }
    #expect(asked.count > 100 && asked == Set(answered))
  }

  @Test func theFloodIsNeverCompletedAndTheCrowdIs() throws {
    let flood = try CauseStory("spoofed-flood")
    let server = try truth("victim", in: flood.files)
    #expect(flood.subject == "tcp/80")
    let victim = flood.packets.filter {
      $0.isTCP && text($0.destination) == server && $0.destinationPort == 80
    }
    #expect(victim.count == 3_000 && Set(victim.map(\.source)).count == 3_000)
    #expect(victim.allSatisfy { $0.isSYN })
    #expect(Set(victim.map(\.timeToLive)).count == 1)
    #expect(flood.packets.filter { $0.isSYNACK && text($0.source) == server }.count == 3_000)
    #expect(victim.contains { $0.source >> 24 == 10 } && victim.contains { $0.source >> 28 == 15 })
    let crowd = try CauseStory("spoofed-flood", nearMiss: true)
    let clients = crowd.packets.filter { $0.isTCP && text($0.destination) == server }
    let opened = Set(clients.filter(\.isSYN).map(\.source))
    #expect(opened.count == 3_000)
    #expect(Set(clients.filter { !$0.isSYN && !$0.isRST }.map(\.source)) == opened)
    #expect(Set(clients.map(\.timeToLive)).count > 15)
  }

  @Test func theStormAsksForOneNameInTriples() throws {
    let storm = try CauseStory("name-storm")
    let queries = storm.packets.filter {
      $0.transport == 17 && $0.destination == 0xc0a8_28ff && $0.destinationPort == 137
        && Array($0.payloadOfUDP[12..<46]) == Self.encodedArchive
    }
    #expect(queries.count == storm.number("queries") && queries.count > 4_000)
    #expect(Set(queries.map(\.source)).count == 20)
    let own = queries.filter { text($0.source) == storm.subject }
    for start in stride(from: 0, to: own.count - 2, by: 3) {
      #expect(own[start + 1].microseconds - own[start].microseconds == 750_000)
      #expect(own[start].word(42) == own[start + 2].word(42))
    }
    let morning = try CauseStory("name-storm", nearMiss: true)
    let broadcasts = morning.packets.filter {
      $0.transport == 17 && $0.destination == 0xc0a8_28ff && $0.destinationPort == 137
    }
    let registrations = broadcasts.filter { $0.word(44) == 0x2910 }
    #expect(registrations.count == morning.number("registrations"))
    #expect(broadcasts.count < 400)
  }

  /// `ARCHIVE` and nine blanks, each half byte as a letter (RFC 1001, 14.1): worked out by hand.
  static let encodedArchive = [32] + Array("EBFCEDEIEJFGEFCACACACACACACACACA".utf8) + [0]

  @Test func addressesAreClaimedInTurnOrInSuccession() throws {
    func claims(_ nearMiss: Bool) throws -> [[UInt8]] {
      let story = try CauseStory("duplicate-address", nearMiss: nearMiss)
      return story.packets.filter { $0.isARP && text($0.claimed) == story.subject }.map(\.claimedBy)
    }
    let conflict = try claims(false), succession = try claims(true)
    #expect(Set(conflict).count == 2 && Set(succession).count == 2)
    #expect(zip(conflict, conflict.dropFirst()).filter { $0 != $1 }.count > 20)
    #expect(zip(succession, succession.dropFirst()).filter { $0 != $1 }.count == 1)
  }

  @Test func theLiarClaimsWhatOthersHoldAndTheRouterWhatNobodyDoes() throws {
    func claims(_ nearMiss: Bool) throws -> (own: Set<UInt32>, shared: Set<UInt32>) {
      let story = try CauseStory("arp-poisoning", nearMiss: nearMiss)
      let all = story.packets.filter(\.isARP)
      let mine = Set(all.filter { hardware($0.claimedBy) == story.subject }.map(\.claimed))
      let others = Set(all.filter { hardware($0.claimedBy) != story.subject }.map(\.claimed))
      return (mine, mine.intersection(others))
    }
    let liar = try claims(false), router = try claims(true)
    #expect(liar.own.count == 21 && liar.shared.count >= 15)
    #expect(router.own.count >= 15 && router.shared.isEmpty)
  }

  @Test func behindTheGatewayAreThreeCountersOrOne() throws {
    for (nearMiss, hosts) in [(false, 3), (true, 1)] {
      let story = try CauseStory("nat-gateway", nearMiss: nearMiss)
      let probes = story.datagrams(to: 137)
      #expect(probes.count == 762 && story.number("hosts") == hosts)
      let byPort = Dictionary(grouping: probes, by: \.sourcePort)
      #expect(byPort.count == hosts)
      #expect(Set(probes.map(\.timeToLive)) == (nearMiss ? [127] : [127, 63]))
      // Between two probes of a host stand only its few questions for names.
      for group in byPort.values {
        let ids = group.map {
          $0.timeToLive == 63 ? $0.identification : $0.identification.byteSwapped
        }
        #expect(zip(ids, ids.dropFirst()).allSatisfy { (1...40).contains($1 &- $0) })
      }
    }
  }
}

func hardware(_ bytes: [UInt8]) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
}
