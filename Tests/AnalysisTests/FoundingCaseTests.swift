import Analysis
import Detection
import Diagnosis
import Foundation
import Observations
import Testing

/// The three founding cases, as far as wire and logs go.
@Suite struct SmallBusinessServerTests {
  private func lookups(_ analysis: Analysis) -> Activity? {
    analysis.activities.first { $0.evidence.shape == .service(transport: .udp, port: 137) }
  }

  private func number(_ truth: [String: Any], _ path: String...) -> Double {
    var value: Any? = truth
    for key in path { value = (value as? [String: Any])?[key] }
    return (value as? NSNumber)?.doubleValue ?? .nan
  }

  @Test(arguments: [UInt64(1), 2, 3, 4])
  func theWholeEvidenceNamesTheReverseLookup(seed: UInt64) throws {
    let bench = try Workbench()
    try bench.make("sbs2003", seed: seed)
    let truth = try Workbench.truth("sbs2003", seed: seed)
    let analysis = try bench.analysis()
    let activity = try #require(lookups(analysis))
    let server = try #require(truth["server"] as? String)
    #expect(activity.evidence.subject.value == server)
    #expect(activity.diagnosis.verdict == "reverse-name-lookup")
    #expect(activity.severity == .info)
    #expect(activity.evidence.traffic.direction == .outbound)

    // The step, within one bin of the truth, on this series alone.
    let onset = try #require(Timestamp(truth["onset"] as? String ?? ""))
    let step = try #require(activity.evidence.finding(.rateStep))
    guard case .time(let from)? = step.values["onsetFrom"],
      case .time(let to)? = step.values["onsetTo"]
    else {
      Issue.record("the step has no onset")
      return
    }
    #expect(from.seconds(since: onset) <= 3_600 && onset.seconds(since: to) <= 3_600)
    #expect(to.seconds(since: from) <= 3 * 3_600)
    #expect(step.values["seriesStepped"]?.numeric == 1)
    let stepped = analysis.activities.filter { $0.evidence.finding(.rateStep) != nil }
    #expect(stepped.count == 1)

    // Where the targets come from.
    let capture = "capture"
    let share = number(truth, capture, "targetsThatVisitedShare")
    #expect(abs((activity.number(.solicitedProbes, "share") ?? -1) - share) < 0.03)
    #expect((activity.number(.solicitedProbes, "pValue") ?? 1) < 1e-50)
    let lag = number(truth, capture, "medianLagAfterVisitSeconds")
    #expect(abs((activity.number(.solicitedProbes, "medianLagSeconds") ?? -9) - lag) < 2)
    let failed = number(truth, capture, "lookupsAfterFailedReverseShare")
    #expect(abs((activity.number(.failedReverseLookupFirst, "share") ?? -1) - failed) < 0.03)
    // A lookup whose first try lies just before the capture's begin is seen by its retries.
    let seen = activity.number(.nameLookups, "lookups") ?? 0
    #expect(abs(seen - number(truth, capture, "lookups")) <= 1)

    // What stays open.
    #expect(
      activity.diagnosis.hypotheses.contains {
        $0.article == "visitor-harvesting-worm" && $0.posterior > 0
      })
    #expect(activity.diagnosis.open.contains { $0.lowercased().contains("harvest") })
    #expect(activity.diagnosis.open.contains { $0.lowercased().contains("onset") })
  }

  @Test func withoutVisitorsAndNamesItAsksForTheLog() throws {
    let bench = try Workbench()
    try bench.make("sbs2003", seed: 1, variant: "no-dns", without: ["visitors.log"])
    let activity = try #require(lookups(try bench.analysis()))
    #expect(activity.diagnosis.verdict == nil)
    let asked = try #require(activity.diagnosis.settledBy.first)
    #expect(asked.contains("mail or web server"))
    #expect(activity.severity <= .low)
  }

  @Test func theCaptureHoldsByItself() throws {
    let bench = try Workbench()
    try bench.make("sbs2003", seed: 1, without: ["visitors.log", "router.syslog"])
    let activity = try #require(lookups(try bench.analysis()))
    #expect(activity.diagnosis.verdict == "reverse-name-lookup")
    #expect(activity.evidence.finding(.solicitedProbes) == nil)
  }

  @Test func theRoutersLogAloneSaysWhatItCannotShow() throws {
    let bench = try Workbench()
    try bench.make("sbs2003", seed: 1, without: ["visitors.log", "wan.pcap"])
    let analysis = try bench.analysis()
    let router = try #require(analysis.evidence.first { $0.path.hasSuffix("router.syslog") })
    #expect(router.vantage.contains("refus"))
    let activity = try #require(lookups(analysis))
    #expect(activity.diagnosis.verdict == nil)
    #expect(activity.evidence.finding(.rateStep) != nil)
    #expect(activity.diagnosis.settledBy.contains { $0.contains("mail or web server") })
  }

  @Test func captureAndLogOfTheSameHoursAreNotAddedUp() throws {
    let bench = try Workbench()
    try bench.make("sbs2003", seed: 1)
    let analysis = try bench.analysis()
    let truth = try Workbench.truth("sbs2003", seed: 1)
    let ofServer = analysis.incidents.filter {
      $0.subject.value == truth["server"] as? String
    }
    #expect(ofServer.count == 1)
    let activity = try #require(lookups(analysis))
    #expect(activity.evidence.traffic.packets.low == number(truth, "router", "nameServiceLines"))
    #expect(activity.evidence.paths.count == 2)
    #expect(activity.evidence.remarks.contains { $0.contains("corroborates") })
  }

  @Test(arguments: [2, 7])
  func threadsOrderAndSeedDoNotMatter(threads: Int) throws {
    let bench = try Workbench()
    try bench.make("sbs2003", seed: 1)
    let names = ["router.syslog", "wan.pcap", "visitors.log"].map {
      bench.folder.appending(path: $0).path
    }
    let first = try bench.analysis(names)
    let second = try bench.analysis(names.reversed(), threads: threads, seed: 0xfeed_beef)
    #expect(first.incidents == second.incidents)
    #expect(first.quiet == second.quiet)
    #expect(first.assumptions == second.assumptions)
    #expect(first.evidence.map(\.path) == second.evidence.map(\.path))
  }
}

@Suite struct MatchedPairTests {
  @Test(arguments: UInt64(1)...25)
  func reverseLookupAndWormAreToldApart(seed: UInt64) throws {
    for (scenario, right, wrong) in [
      ("reverse-lookup", "reverse-name-lookup", "opaserv-share-worm"),
      ("opaserv", "opaserv-share-worm", "reverse-name-lookup"),
    ] {
      let bench = try Workbench()
      try bench.make(scenario, seed: seed)
      let analysis = try bench.analysis()
      let activity = try #require(
        analysis.activities.first { $0.evidence.shape == .service(transport: .udp, port: 137) },
        "\(scenario) \(seed)")
      #expect(activity.diagnosis.verdict == right, "\(scenario) \(seed)")
      #expect(!analysis.verdicts.contains(wrong), "\(scenario) \(seed)")
    }
  }
}

@Suite struct CadlockTests {
  private func misread(_ analysis: Analysis) -> Activity? {
    analysis.activities.first { $0.evidence.finding(.icmpErrorAsUDP) != nil }
  }

  @Test(arguments: [UInt64(1), 2, 3])
  func theMisreadHeaderIsNamed(seed: UInt64) throws {
    let bench = try Workbench()
    try bench.make("cadlock770", seed: seed, without: ["veiled.alert"])
    let analysis = try bench.analysis()
    #expect(analysis.verdicts.contains("icmp-error-sent-as-udp"))
    let activity = try #require(misread(analysis))
    #expect(
      activity.number(.icmpErrorAsUDP, "verified") == activity.number(.icmpErrorAsUDP, "packets"))
    #expect(activity.number(.icmpErrorAsUDP, "sourcePort") == 770)
  }

  @Test(arguments: ["altered", "valid-udp"])
  func whatOnlyLooksLikeItIsNot(variant: String) throws {
    let bench = try Workbench()
    try bench.make("cadlock770", seed: 1, variant: variant)
    let analysis = try bench.analysis()
    #expect(!analysis.verdicts.contains("icmp-error-sent-as-udp"))
    if variant == "altered" {
      let activity = try #require(misread(analysis))
      #expect(activity.diagnosis.verdict == nil)
      #expect(activity.number(.icmpErrorAsUDP, "verified") == 0)
    }
  }

  @Test func cutPacketsAreUntestable() throws {
    let bench = try Workbench()
    try bench.make("cadlock770", seed: 1, snapLength: 68, without: ["veiled.alert"])
    let analysis = try bench.analysis()
    let activity = try #require(misread(analysis))
    #expect(activity.diagnosis.verdict == nil)
    #expect(
      activity.number(.icmpErrorAsUDP, "untestable") == activity.number(.icmpErrorAsUDP, "packets"))
    #expect(activity.diagnosis.settledBy.contains { $0.contains("whole packets") })
  }
}

@Suite struct OrdinaryTests {
  @Test(arguments: UInt64(1)...10)
  func anOrdinaryHourRaisesNothing(seed: UInt64) throws {
    let bench = try Workbench()
    try bench.make("ordinary", seed: seed)
    let analysis = try bench.analysis()
    #expect(analysis.incidents.isEmpty, "\(analysis.activities.map(\.label))")
  }
}
