import Analysis
import Diagnosis
import Observations
import Testing

/// Stories that the host's own tables decide, from evidence to what is said of the sender.
@Suite struct HostCauseEndToEndTests {
  @Test(
    "the sender that the truth names is stated, and in the near miss is not",
    arguments: ["raw-sender", "packet-sender", "mail-gateway-lookups", "netbt-kernel"],
    [nil, "near-miss"] as [String?])
  func senders(scenario: String, variant: String?) throws {
    let bench = try Workbench()
    try bench.make(scenario, seed: 3, variant: variant)
    let truth = try Workbench.truth(scenario, seed: 3, variant: variant)
    let subject = try #require((truth["subject"] as? [String: Any])?["value"] as? String)
    let analysis = try bench.analysis()
    let own = analysis.incidents.filter { $0.subject.value == subject }.flatMap(\.activities)
    let stated = Set(own.flatMap(\.senders).map(\.article))
    #expect(!own.isEmpty)
    if let expected = truth["hostCause"] as? String {
      #expect(stated.contains(expected), "\(stated)")
    }
    if let forbidden = truth["notHostCause"] as? String {
      #expect(!stated.contains(forbidden), "\(stated)")
    }
    // Who holds the port by the table, and nobody where nobody does.
    let holder = truth["holderOfPort"] as? String
    #expect(own.flatMap(\.owners).allSatisfy { $0.process == holder })
  }
}
