import Analysis
import Detection
import Diagnosis
import Foundation
import Observations
import Testing

/// The second founding case: five sensors in five formats, 30 days, and nobody who says whose clock
/// is right.
@Suite struct WatchCaseTests {
  private struct Story {
    let analysis: Analysis
    let truth: [String: Any]

    init(seed: UInt64) throws {
      let bench = try Workbench()
      try bench.make("mynetwatchman", seed: seed)
      analysis = try bench.analysis()
      truth = try Workbench.truth("mynetwatchman", seed: seed)
    }

    func value(_ path: String...) -> Any? {
      path.reduce(truth as Any?) { ($0 as? [String: Any])?[$1] }
    }

    var sensors: [[String: Any]] { truth["sensors"] as? [[String: Any]] ?? [] }

    func incident(_ address: Any?) -> Incident? {
      analysis.incidents.first { $0.subject.value == address as? String }
    }

    /// The finding on the clock of the sensor at a place.
    func clock(_ place: String) -> Finding? {
      analysis.networkFindings.first {
        $0.kind == .clockOffset && $0.summary.contains("/\(place).")
          && !$0.summary.hasPrefix("the clock of \($0.values["reference"]?.words ?? "-")")
      }
    }
  }

  @Test(arguments: [UInt64(1), 2, 3])
  func theNightIsReadAsItWas(seed: UInt64) throws {
    let story = try Story(seed: seed)
    try theInnocentTheGatewayAndTheChainAreNamed(story)
    try everyClockIsStated(story)
  }

  private func theInnocentTheGatewayAndTheChainAreNamed(_ story: Story) throws {
    let incidents = story.analysis.incidents
    #expect(Set(incidents.map(\.subject.value)).count == incidents.count, "one for each source")

    let server = try #require(story.incident(story.value("innocentServer", "address")))
    #expect(server.activities.map(\.diagnosis.verdict) == ["reverse-name-lookup"])
    #expect(server.severity == .info)
    // That its visitors are its targets does not clear it.
    #expect(
      server.activities[0].diagnosis.hypotheses.contains {
        $0.article == "visitor-harvesting-worm" && $0.posterior >= Diagnosis.rivalFloor
      })
    #expect(server.activities[0].evidence.paths.count == 5, "all five sensors' parts together")

    let gateway = try #require(story.incident(story.value("gateway", "address")))
    #expect(gateway.activities.map(\.diagnosis.verdict) == ["nat-gateway"])
    let behind = try #require(gateway.activities[0].evidence.finding(.hostsBehind))
    let hosts = try #require(story.value("gateway", "hosts") as? [Any]).count
    #expect(behind.values["estimate"] == .integer(hosts))
    #expect((behind.values["low"]?.numeric ?? 99) <= Double(hosts))
    #expect((behind.values["high"]?.numeric ?? 0) >= Double(hosts))

    let links = try #require(story.value("chain", "infections") as? [[String: Any]])
    let victims = Dictionary(grouping: links) { $0["victim"] as? String ?? "" }
    let again = try #require(victims.first { $0.value.count >= 2 })
    let cleaned = try #require(story.incident(again.key))
    #expect(cleaned.activities.contains { $0.diagnosis.verdict == "reinfection-by-neighbour" })

    // Each link by name, with its delay, in what is said of the whole network.
    let told = story.analysis.networkFindings.filter { $0.kind == .propagation }.map(\.summary)
      .joined(separator: "\n")
    for link in links {
      let from = try #require(link["by"] as? String)
      let to = try #require(link["victim"] as? String)
      #expect(told.contains("\(from) reached \(to), which began"))
    }

    // Nobody of the background is accused.
    let planted: Set<String> = Set(victims.keys)
    for incident in incidents where !planted.contains(incident.subject.value) {
      #expect(incident.severity <= .low, "\(incident.subject.value)")
    }
  }

  private func everyClockIsStated(_ story: Story) throws {
    #expect(story.sensors.count == 5)
    let reference = try #require(
      story.analysis.networkFindings.first { $0.kind == .clockOffset }?.values["reference"]?.words)
    let ahead = try #require(
      story.sensors.first { reference.contains("/\($0["place"] as? String ?? "-").") })
    for sensor in story.sensors where sensor["place"] as? String != ahead["place"] as? String {
      let place = try #require(sensor["place"] as? String)
      let clock = try #require(story.clock(place), "\(place)")
      let zone = try #require(sensor["zone"] as? String)
      let isStated = sensor["zoneStated"] as? Bool == true
      #expect(clock.summary.contains(zone), "\(clock.summary)")
      #expect(clock.values["zoneStated"] == .flag(isStated))
      // The offset's interval is one of 95 %: the truth lies near it, if not within.
      let truth =
        Double(
          (sensor["clockAheadSeconds"] as? Int ?? 0) - (ahead["clockAheadSeconds"] as? Int ?? 0))
      let zoneSeconds = clock.values["zoneSeconds"]?.numeric ?? .nan
      let low = (clock.values["lowSeconds"]?.numeric ?? .nan) - zoneSeconds
      let high = (clock.values["highSeconds"]?.numeric ?? .nan) - zoneSeconds
      #expect(low - 15 <= truth && truth <= high + 15, "\(place): \(low)...\(high), \(truth)")
    }
  }
}

extension FindingValue {
  /// The words of a text; nil for others.
  fileprivate var words: String? {
    if case .text(let words) = self { return words }
    return nil
  }
}
