import Detection
import Observations
import Testing

/// Several sensors' logs: clocks, and sources that none alone would raise.
@Suite struct SensorTests {
  /// One sensor's log of the same few hundred sources, its clock off by `offset` seconds.
  private func log(
    _ name: String, network: Int, offset: Double, seed: UInt64, targets: Int, sources: Int = 300,
    statesZone: Bool = false
  ) -> StreamResult {
    var common = Chance(state: 77)
    var own = Chance(state: seed)
    var events: [(Double, String, String)] = []
    for source in 0..<sources {
      let meets = 2_000_000 * common.uniform()
      for _ in 0..<targets {
        let time = meets + 240 * (own.uniform() - 0.5)
        events.append(
          (time, "61.\(source / 250).\(source % 250).7", "203.\(network).113.\(1 + own.next(250))"))
      }
    }
    var traffic = Traffic1()
    let start = traffic.now
    for (time, source, target) in events.sorted(by: { $0 < $1 }) {
      traffic.now = start + Int64((time + offset) * 1e9)
      traffic.packet(source, 1_030, target, 137, action: .blocked, path: .inbound)
    }
    var facts = StreamFacts(
      path: name, isCapture: false, refusalsOnly: true, losesLines: false)
    facts.isPooled = true
    facts.statesZone = statesZone
    return traffic.finish(facts)
  }

  @Test(arguments: [(-18_000.0, 72.0), (3_600, -40), (0, 200), (19_800, 0)])
  func clocksAreFound(zone: Double, error: Double) throws {
    let streams = [
      log("a", network: 0, offset: 0, seed: 1, targets: 2, statesZone: true),
      log("b", network: 1, offset: zone + error, seed: 2, targets: 2),
    ]
    let correlation = Correlation(streams: streams, visits: [], home: [])
    let finding = try #require(correlation.networkFindings.first { $0.kind == .clockOffset })
    #expect(finding.values["zoneSeconds"] == .number(zone))
    let low = finding.values["lowSeconds"]?.numeric ?? .nan
    let high = finding.values["highSeconds"]?.numeric ?? .nan
    #expect(low - 15 <= zone + error && zone + error <= high + 15)
    #expect(high - low < 60)
    #expect(correlation.assumptions.contains { $0.what == "clock of a" })
  }

  @Test func whatThreeSensorsMetIsOneActivity() throws {
    let streams = (0..<4).map {
      log("s\($0)", network: $0, offset: 0, seed: UInt64($0) + 5, targets: 3, sources: 40)
    }
    let activities = Correlation(streams: streams, visits: [], home: []).activities
    #expect(activities.count == 40)
    let one = try #require(activities.first)
    #expect(one.paths.count == 4)
    #expect(one.traffic.destinations.low >= 9)
    #expect(one.traffic.packets.low == 12)
  }

  @Test func whatOneSensorMetALittleOfIsNot() {
    let streams = [log("s", network: 0, offset: 0, seed: 5, targets: 3, sources: 40)]
    #expect(Correlation(streams: streams, visits: [], home: []).activities.isEmpty)
  }
}

@Suite struct PopulationTests {
  /// So many strangers, each from a network of its own, try six of ours a second apart.
  private func finding(_ strangers: Int, order: (Int) -> [Int]) -> Finding? {
    var traffic = Traffic1()
    for stranger in 0..<strangers {
      for (number, target) in order(stranger).enumerated() {
        traffic.now = 1_200_000_000_000_000_000 + Int64(stranger * 60 + number) * 1_000_000_000
        traffic.packet("60.\(stranger).1.1", 1_030, "10.0.0.\(target)", 137, .udp)
      }
    }
    var facts = StreamFacts(path: "log", isCapture: false, refusalsOnly: true, losesLines: false)
    facts.isPooled = true
    let streams = [traffic.finish(facts)]
    return Correlation(streams: streams, visits: [], home: []).networkFindings.first {
      $0.kind == .population
    }
  }

  @Test func manyWhoWalkAreOneHabit() throws {
    let found = try #require(finding(40) { _ in [11, 12, 13, 15, 16, 19] })
    #expect(found.values["sources"] == .integer(40) && found.values["networks"] == .integer(40))
    #expect(found.values["walkers"] == .integer(40) && found.values["once"] == .integer(40))
    #expect((found.values["shareLow"]?.numeric ?? 0) > 0.9)
  }

  @Test func fewOrInNoOrderAreNone() {
    #expect(finding(12) { _ in [11, 12, 13, 15, 16, 19] } == nil)
    #expect(
      finding(40) { $0 % 2 == 0 ? [16, 11, 19, 12, 15, 13] : [13, 19, 11, 16, 12, 15] } == nil)
  }
}

@Suite struct PropagationTests {
  /// Host 1 sweeps; those it reached in `infected` begin 40 s later.
  private func evidence(infected: Bool) -> [ActivityEvidence] {
    var traffic = Traffic1()
    var events: [(Double, Int, Int)] = []
    for target in 2...60 { events.append((Double(target) * 5, 1, target)) }
    if infected {
      for target in 62...110 { events.append((20 * 5 + 40 + Double(target), 20, target)) }
    }
    for host in 2...60 { events.append((1_000 + Double(host), -host, 0)) }
    for (time, from, to) in events.sorted(by: { $0 < $1 }) {
      traffic.now = 1_200_000_000_000_000_000 + Int64(time * 1e9)
      if from < 0 {
        traffic.packet("10.0.0.\(-from)", 2_000, "10.0.0.250", 25, .tcp, flags: .syn)
      } else {
        traffic.packet("10.0.0.\(from)", 1_030, "10.0.0.\(to)", 445, .tcp, flags: .syn)
      }
    }
    return traffic.activities()
  }

  @Test func oneThatWasReachedWentOn() throws {
    let activities = evidence(infected: true)
    let first = try #require(activities.first { $0.subject.value == "10.0.0.1" })
    #expect(first.finding(.propagation)?.values["becameSenders"] == .integer(1))
    #expect(first.capabilities[.replication] == .available)
    let second = try #require(activities.first { $0.subject.value == "10.0.0.20" })
    let finding = try #require(second.finding(.propagation))
    #expect(finding.values["episodesAfterProbe"] == .integer(1))
    #expect(finding.values["medianDelaySeconds"]?.numeric.map { $0 > 90 && $0 < 110 } == true)
  }

  @Test func nobodyWentOn() throws {
    let first = try #require(evidence(infected: false).first)
    #expect(first.finding(.propagation)?.values["becameSenders"] == .integer(0))
  }
}
