import Analysis
import Detection
import Diagnosis
import Foundation
import Observations
import Testing

/// The few that matter in a crowd: every one found, and nobody else accused. The story of nine million
/// packets has the same parts in other numbers; `make bench` runs that.
@Suite struct CrowdCaseTests {
  @Test func theFewAreFoundAndNobodyElse() throws {
    let bench = try Workbench()
    try bench.make("crowd", seed: 1, variant: "small")
    let truth = try Workbench.truth("crowd", seed: 1, variant: "small")
    let incidents = try bench.analysis(threads: 2).incidents
    func activities(_ address: Any?) -> [Activity] {
      incidents.filter { $0.subject.value == address as? String }.flatMap(\.activities)
    }
    func planted(_ key: String) -> [[String: Any]] { truth[key] as? [[String: Any]] ?? [] }
    func verdicts(_ key: String) -> [[String?]] {
      planted(key).map { activities($0["address"]).map(\.diagnosis.verdict) }
    }

    #expect(planted("scanners").count == 3)
    for scanner in planted("scanners") {
      let targets = Double(try #require(scanner["targets"] as? Int))
      #expect(
        activities(scanner["address"]).contains {
          $0.diagnosis.verdict == "horizontal-scan"
            && $0.evidence.traffic.destinations.low == targets
        })
    }
    #expect(verdicts("innocentLookups") == [["reverse-name-lookup"], ["reverse-name-lookup"]])
    #expect(
      verdicts("icmpErrorsSentAsUDP")
        == [["icmp-error-sent-as-udp"], ["icmp-error-sent-as-udp"]])
    #expect(planted("validUDPOfTheSameShape").count == 2)
    #expect(
      !verdicts("validUDPOfTheSameShape").flatMap(\.self).contains("icmp-error-sent-as-udp"))

    let servers = try #require(truth["ordinaryServers"] as? [String])
    #expect(servers.count == 10 && servers.allSatisfy { activities($0).isEmpty })
    let known = Set(
      ["scanners", "innocentLookups", "icmpErrorsSentAsUDP", "validUDPOfTheSameShape"]
        .flatMap(planted).compactMap { $0["address"] as? String })
    #expect(Set(incidents.map(\.subject.value)) == known)
  }
}
