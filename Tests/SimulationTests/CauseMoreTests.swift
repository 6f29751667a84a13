import Simulation
import Testing

@Suite struct CauseMoreTests {
  @Test func tracesRiseAndAreAnsweredAlongTheWay() throws {
    let traces = try CauseStory("traceroute")
    let probes = traces.sent.filter {
      $0.transport == 17 && (33_434...34_000).contains($0.destinationPort)
    }
    #expect(probes.count == traces.number("probes") && Set(probes.map(\.destination)).count == 5)
    for target in Set(probes.map(\.destination)) {
      let lives = probes.filter { $0.destination == target }.map(\.timeToLive)
      #expect(lives == lives.sorted() && lives.first == 1 && (9...16).contains(Set(lives).count))
    }
    let exceeded = traces.packets.filter { $0.isICMP && $0.icmpType == 11 }
    #expect(
      exceeded.count == traces.number("timeExceeded") && Set(exceeded.map(\.source)).count > 25)
    let scan = try CauseStory("traceroute", nearMiss: true)
    let ports = scan.sent.filter { $0.transport == 17 && $0.destinationPort >= 33_434 }
    #expect(Set(ports.map(\.destinationPort)).count == 400)
    #expect(Set(ports.map(\.timeToLive)).count == 1 && Set(ports.map(\.destination)).count == 1)
    #expect(!scan.packets.contains { $0.isICMP && $0.icmpType == 11 })
  }

  @Test func peersHavePortsOfTheirOwnAndTargetsOne() throws {
    let client = try CauseStory("p2p-client")
    let port = UInt16(try #require(client.number("port")))
    let sent = client.sent.filter { $0.transport == 17 && $0.sourcePort == port }
    let peers = Set(sent.map(\.destination))
    #expect(peers.count > 500 && Set(sent.map(\.destinationPort)).count > peers.count * 9 / 10)
    let back = client.packets.filter { $0.transport == 17 && $0.destinationPort == port }
    #expect((0.2...0.6).contains(Double(Set(back.map(\.source)).count) / Double(peers.count)))
    let scan = try CauseStory("p2p-client", nearMiss: true)
    let probes = scan.datagrams(to: 161)
    #expect(probes.count == scan.number("targets") && probes.count > 500)
    #expect(Set(probes.map(\.sourcePort)).count == 1)
  }

  @Test func theNameServerLooksUpWhatItWasAsked() throws {
    for (nearMiss, port) in [(false, UInt16(53)), (true, 137)] {
      let server = try CauseStory("dns-wins-reverse", nearMiss: nearMiss)
      let lookups = server.sent.filter(\.isNodeStatusQuery)
      #expect(lookups.allSatisfy { $0.sourcePort == port })
      let targets = Set(lookups.map(\.destination))
      #expect(targets.count > 90 && targets.count == server.number("targets"))
      let questions = server.packets.filter(\.isReverseQuestion)
      for lookup in lookups {
        let name = reverseName(lookup.destination)
        #expect(
          questions.contains {
            (0...1_100_000).contains(lookup.microseconds - $0.microseconds)
              && Array($0.payloadOfUDP[12...]).starts(with: name)
          })
      }
    }
  }

  @Test func theClientsLookupsLeaveUnderTheGatewaysAddress() throws {
    for nearMiss in [false, true] {
      let story = try CauseStory("isa-securenat", nearMiss: nearMiss)
      let outside = try packets(of: try file("wan.pcap", in: story.files))
      #expect(outside.count == story.number("outsidePackets"))
      #expect(try truth("client", in: story.files) == (nearMiss ? "null" : "192.168.40.33"))
      let gateway = try truth("outsideAddress", in: story.files)
      let left = outside.filter { $0.isNodeStatusQuery && text($0.source) == gateway }
      let inside = story.packets.filter(\.isNodeStatusQuery)
      #expect(left.count == story.number("lookups").map { 3 * $0 } && left.count > 200)
      #expect(inside.count == (nearMiss ? 0 : left.count))
      #expect(zip(inside, left).allSatisfy { $0.payloadOfUDP == $1.payloadOfUDP })
      #expect(inside.allSatisfy { $0.source == 0xc0a8_2821 })
    }
  }

  @Test func theToolAsksForWhatOthersTalkTo() throws {
    for nearMiss in [false, true] {
      let story = try CauseStory("observer-effect", nearMiss: nearMiss)
      let own = Set(story.sent.filter(\.isTCP).map(\.destination))
      let others = Set(
        story.packets.filter { $0.isTCP && text($0.source) != story.subject }.map(\.destination))
      let lookups = story.sent.filter(\.isNodeStatusQuery)
      let targets = Set(lookups.map(\.destination))
      #expect(targets.count == story.number("lookups") && targets.count > 40)
      #expect(targets.isSubset(of: nearMiss ? own : others))
      #expect(targets.isDisjoint(with: nearMiss ? others : own))
      let first = try #require(lookups.first), start = try #require(story.packets.first)
      #expect((first.microseconds - start.microseconds > 200_000_000) == !nearMiss)
      #expect(story.files.contains { $0.name == "notes.yaml" } == !nearMiss)
    }
  }

  @Test func theDialledInHostComesInTheEvening() throws {
    let sweeps = try CauseStory("second-way-in")
    #expect(sweeps.subject == "10.66.3.17" && Set(sweeps.sent.map(\.timeToLive)) == [126])
    // 2004-03-09T00:00:00Z is a whole number of days.
    let hours = Set(sweeps.sent.map { $0.microseconds / 3_600_000_000 % 24 })
    #expect(!hours.isEmpty && hours.isSubset(of: [19, 20]))
    #expect(sweeps.attempts(to: 445).count > 40)
    #expect(Set(sweeps.attempts(to: 445).map(\.destination)).count == 73)
    #expect(Set(sweeps.sent.map(\.sourceMAC)) == [[2, 0, 0xc0, 0xa8, 0x28, 12]])
    let work = try CauseStory("second-way-in", nearMiss: true)
    #expect(Set(work.sent.map(\.destination)).count == 1 && work.attempts(to: 445).count > 30)
    #expect(work.sent.allSatisfy { (9...18).contains($0.microseconds / 3_600_000_000 % 24) })
  }

  @Test func theHostFallsIllAfterEachProbe() throws {
    let chain = try CauseStory("reinfection")
    let own = chain.attempts(to: 445).map(\.microseconds)
    let probes = chain.packets.filter {
      $0.isSYN && text($0.destination) == chain.subject && $0.destinationPort == 445
    }
    #expect(probes.count == 2)
    let breaks = zip(own, own.dropFirst()).filter { $1 - $0 > 300_000_000 }.map(\.1)
    let begins = [try #require(own.first)] + breaks
    #expect(begins.count == 2)
    for (begin, probe) in zip(begins, probes) {
      #expect((0..<60_000_000).contains(begin - probe.microseconds))
    }
    #expect(lines(of: try file("notes.yaml", in: chain.files)).contains("    about: cleaned"))
    let clock = try CauseStory("reinfection", nearMiss: true)
    #expect(clock.attempts(to: 445).count > 300)
    let before = try #require(clock.attempts(to: 445).first).microseconds
    let reached = clock.packets.contains {
      $0.isSYN && text($0.destination) == clock.subject && $0.destinationPort == 445
        && $0.microseconds < before
    }
    #expect(!reached)
  }

  @Test func theMailWormWalksSharesAndListens() throws {
    let worm = try CauseStory("bugbear"), server = try CauseStory("bugbear", nearMiss: true)
    for story in [worm, server] {
      let mailed = Set(story.attempts(to: 25).map(\.destination))
      #expect(mailed.count == 45 && story.number("mailServers") == 45)
      let questions = story.datagrams(to: 53).filter { $0.payloadOfUDP.suffix(4) == [0, 15, 0, 1] }
      #expect(questions.count == 45)
      #expect(story.datagrams(to: 137).allSatisfy { $0.destination == 0xc0a8_28ff })
    }
    #expect(worm.attempts(to: 139).allSatisfy { $0.destination >> 8 == 0xc0a828 })
    #expect(Set(worm.attempts(to: 139).map(\.destination)).count == 69)
    #expect(worm.sent.filter { $0.isSYNACK && $0.sourcePort == 36_794 }.count == 3)
    #expect(server.attempts(to: 139).isEmpty)
    #expect(!server.sent.contains { $0.sourcePort == 36_794 })
  }

  @Test func theShareWalkStaysInItsNetwork() throws {
    let worm = try CauseStory("qaz"), backup = try CauseStory("qaz", nearMiss: true)
    let asked = worm.packets.filter { $0.isARP && text($0.claimed) == worm.subject }
    #expect(Set(asked.map { $0.address(38) }).count >= 253)
    #expect(worm.attempts(to: 139).allSatisfy { $0.destination >> 8 == 0xc0a828 })
    #expect(worm.sent.filter { $0.isSYNACK && $0.sourcePort == 7_597 }.count == 2)
    let visited = Set(backup.attempts(to: 139).map(\.destination))
    #expect(visited.count == 19 && backup.answering(from: 139) == visited)
    #expect(!backup.sent.contains { $0.sourcePort == 7_597 })
  }

  @Test func theRandomShareWormWorksForAKeyServer() throws {
    let worm = try CauseStory("bymer"), volunteer = try CauseStory("bymer", nearMiss: true)
    let targets = Set(worm.attempts(to: 139).map(\.destination))
    #expect(targets.count > 600 && Set(targets.map { $0 >> 24 }).count > 150)
    #expect(worm.answering(from: 139).count == worm.number("answered"))
    let share = Array("\\C\u{0}?????".utf8)
    let connects = worm.sent.filter {
      $0.isTCP && $0.destinationPort == 139 && $0.segment.count > 60
    }
    #expect(connects.contains { contains(share, in: $0.segment) })
    #expect(volunteer.attempts(to: 139).isEmpty)
    for story in [worm, volunteer] {
      let work = story.sent.filter { $0.isTCP && $0.destinationPort == 2_064 }
      let first = try #require(work.first), last = try #require(work.last)
      #expect(last.microseconds - first.microseconds > 240_000_000)
    }
  }
}

/// The labels of an address's reverse name, worked out here anew.
func reverseName(_ address: UInt32) -> [UInt8] {
  let labels = text(address).split(separator: ".").reversed().map(String.init)
  let bytes = (labels + ["in-addr", "arpa"]).flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
  return bytes + [0]
}

func contains(_ part: [UInt8], in whole: [UInt8]) -> Bool {
  whole.indices.contains { whole[$0...].starts(with: part) }
}
