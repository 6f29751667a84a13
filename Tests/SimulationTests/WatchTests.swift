import Foundation
import Simulation
import Testing

@Suite struct WatchTests {
  @Test("every line has its format's form, and truth counts them", arguments: [1, 9] as [UInt64])
  func counts(_ seed: UInt64) throws {
    let watch = try Watch(seed: seed)
    #expect(watch.truth.sensors.count == 5)
    for sensor in watch.truth.sensors {
      let log = watch[sensor.place]
      #expect(log.count == sensor.lines)
      #expect(log.map(\.count).reduce(0, +) == sensor.packets)
      #expect(Set(log.map(\.source)).count == sensor.sources)
      #expect(zip(log, log.dropFirst()).allSatisfy { $0.seconds <= $1.seconds })
    }
    #expect(watch.headers == ["campus": 0, "office": 0, "home": 3, "shop": 1, "provider": 0])
    #expect(watch.files.map(\.bytes.count).reduce(0, +) <= 3_000_000)
  }

  @Test func everySourceIsCountedInEveryLog() throws {
    let watch = try Watch(seed: 2)
    var found: [String: [String: Int]] = [:]
    for (place, log) in watch.logs {
      for line in log { found[line.source, default: [:]][place, default: 0] += line.count }
    }
    func check(_ address: String, _ packets: [String: Int]) {
      #expect(packets.filter { $0.value > 0 } == found[address] ?? [:])
    }
    #expect(watch.truth.background.sources.count == 400)
    // The first is the one that infects the campus, by another port.
    for source in watch.truth.background.sources { check(source.address, source.packets) }
    check(watch.truth.innocentServer.address, watch.truth.innocentServer.packets)
    check(watch.truth.gateway.address, watch.truth.gateway.packets)
  }

  @Test("sources in common tell how far two clocks are apart", arguments: [1, 4] as [UInt64])
  func clocks(_ seed: UInt64) throws {
    let watch = try Watch(seed: seed)
    let background = Set(watch.truth.background.sources.map(\.address))
    let seen = watch.logs.mapValues { log in
      Dictionary(
        grouping: log.filter { !$0.isAllowed && background.contains($0.source) }, by: \.source
      ).mapValues { $0.map(\.seconds) }
    }
    for one in watch.truth.sensors {
      for other in watch.truth.sensors where other.place > one.place {
        var differences: [Int] = []
        for (source, here) in seen[one.place] ?? [:] {
          guard let first = here.first, let there = seen[other.place]?[source] else { continue }
          // A pass of which the other sensor saw nothing lies far off.
          if let near = there.map({ $0 - first }).first(where: { abs($0) < 1_200 }) {
            differences.append(near)
          }
        }
        differences.sort()
        #expect(differences.count > 100)
        let middle = differences[differences.count / 2]
        let truth = other.clockAheadSeconds - one.clockAheadSeconds
        #expect(abs(middle - truth) < 30, "\(one.place) and \(other.place)")
      }
    }
  }

  @Test func theServerAsksThreeTimesThoseWhoVisited() throws {
    let watch = try Watch(seed: 3)
    let server = watch.truth.innocentServer
    let office = watch["office"]
    let visits = office.filter { $0.target == server.address }
    #expect(visits.count == server.officeVisitsLogged)
    #expect(visits.allSatisfy { $0.isAllowed && $0.isTCP && $0.port == 80 })
    let questions = office.filter { $0.source == server.address }
    #expect(questions.count == 3 * (server.lookups["office"] ?? 0))
    #expect(questions.allSatisfy { $0.sourcePort == 137 && $0.port == 137 && !$0.isAllowed })
    for question in questions {
      #expect(
        visits.contains {
          $0.source == question.target && (0...6).contains(question.seconds - $0.seconds)
        })
    }
    // Others are visited too, and do not ask.
    #expect(office.filter { $0.isAllowed && $0.target != server.address }.count == 300)
    #expect(watch["shop"].filter { $0.source == server.address }.allSatisfy { $0.count == 3 })
  }

  @Test func behindTheGatewayThreeMachinesCount() throws {
    let watch = try Watch(seed: 6)
    let gateway = watch.truth.gateway
    #expect(gateway.hosts.map(\.ttl).sorted() == [49, 113, 113])
    for place in ["campus", "office"] {
      let seen = watch[place].filter { $0.source == gateway.address }
      for host in gateway.hosts {
        let sent = seen.filter { $0.sourcePort == host.sourcePort }
        #expect(sent.count == host.packets[place])
        #expect(sent.allSatisfy { $0.ttl == host.ttl && $0.port == 137 })
        let counts = sent.map { line in
          host.identificationIsByteSwapped
            ? line.identification >> 8 | (line.identification & 255) << 8 : line.identification
        }
        let steps = zip(counts, counts.dropFirst()).map { ($1 - $0 + 65_536) % 65_536 }
        #expect(steps.filter { $0 == 1 || $0 == 2 }.count > steps.count * 9 / 10)
        let targets = sent.map { Int($0.target.split(separator: ".")[3]) ?? 0 }
        let rises = zip(targets, targets.dropFirst()).filter { $1 - $0 == 1 }.count
        #expect(rises > targets.count * 9 / 10)
      }
      // Interleaved: neighbours in the log are mostly of different machines.
      let changes = zip(seen, seen.dropFirst()).filter { $0.sourcePort != $1.sourcePort }.count
      #expect(changes > seen.count / 2)
    }
  }

  @Test("the cleaned machine relapses when its neighbour probes it", arguments: [1, 5] as [UInt64])
  func chain(_ seed: UInt64) throws {
    let watch = try Watch(seed: seed)
    let chain = watch.truth.chain
    let ahead = try #require(watch.truth.sensors.first { $0.place == "campus" }).clockAheadSeconds
    let inside = watch["campus"].filter(\.isForwarded)
    #expect(Set(inside.map(\.source)) == Set(chain.hosts.map(\.address)))
    for host in chain.hosts {
      let sent = inside.filter { $0.source == host.address }
      #expect(sent.filter { $0.port == 137 && !$0.isTCP }.count == host.nameProbes)
      #expect(sent.filter { $0.port == 139 && $0.isTCP }.count == host.shareProbes)
      #expect(sent.count == host.nameProbes + host.shareProbes)
    }
    let victim = chain.hosts[1].address
    let infections = chain.infections.filter { $0.victim == victim }
    #expect(infections.map(\.by) == [0, 2, 2].map { chain.hosts[$0].address })
    for infection in chain.infections {
      let probed = try seconds(infection.probed) + ahead
      let starts = try seconds(infection.starts) + ahead
      let probes = watch["campus"].filter {
        $0.source == infection.by && $0.target == infection.victim
          && abs($0.seconds - probed) <= 3
      }
      #expect(probes.map(\.port) == [137, 139])
      let first = inside.first { $0.source == infection.victim && $0.seconds > probed }
      #expect(abs((first?.seconds ?? 0) - starts) <= 1)
      #expect((30...55).contains(starts - probed))
    }
    let first = try #require(infections.first)
    #expect((42...44).contains(try seconds(first.starts) - (try seconds(first.probed))))
    for cleaning in chain.cleanings {
      let (from, to) = (try seconds(cleaning.from) + ahead, try seconds(cleaning.to) + ahead)
      // The connection that follows a probe may come two seconds after the plug was pulled.
      #expect(
        !inside.contains { $0.source == cleaning.host && (from + 2...to).contains($0.seconds) })
    }
    for (cleaning, relapse) in zip(chain.cleanings.filter { $0.host == victim }, infections[1...]) {
      #expect(try seconds(relapse.probed) - seconds(cleaning.to) == 360)
    }
  }

  @Test func theNotesNameEveryCleaning() throws {
    let watch = try Watch(seed: 1)
    let notes = lines(of: try file("notes.yaml", in: watch.files))
    #expect(notes.first == "notes:")
    for (key, expected) in [
      ("  - from: ", watch.truth.chain.cleanings.map(\.from)),
      ("    to: ", watch.truth.chain.cleanings.map(\.to)),
      ("    host: ", watch.truth.chain.cleanings.map(\.host)),
    ] {
      let found = notes.filter { $0.hasPrefix(key) }.map { String($0.dropFirst(key.count)) }
      #expect(found == expected)
    }
  }

  func seconds(_ text: String) throws -> Int {
    let form = ISO8601DateFormatter()
    let date = try #require(form.date(from: "\(text.prefix(19))Z"))
    return Int(date.timeIntervalSince1970)
  }
}
