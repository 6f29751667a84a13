import Analysis
import Detection
import Diagnosis
import Observations
import Testing

/// What a firewall's log says of translated addresses stands beside the activities it concerns.
@Suite struct TranslationTests {
  /// A host inside that scans outwards, translated, as an ASA logs it.
  private static let log = (0..<120).map { i in
    let second = (i % 60 < 10 ? "0" : "") + "\(i % 60)"
    let stamp = "Mar 03 2008 06:\(10 + i / 60):\(second) gate : "
    return stamp
      + "%ASA-6-305011: Built dynamic TCP translation from inside:10.0.0.5/\(4_000 + i) to "
      + "outside:203.0.113.5/\(20_000 + i)\n" + stamp
      + "%ASA-4-106023: Deny tcp src inside:10.0.0.5/\(4_000 + i) dst outside:198.51.100.\(i)/445 "
      + "by access-group \"inside_in\" [0x0, 0x0]\n"
  }.joined()

  @Test func aTranslatedSenderIsSaidToBeOne() throws {
    let bench = try Workbench()
    try bench.write("asa.log", Array(TranslationTests.log.utf8))
    let analysis = try bench.analysis()
    let incident = try #require(analysis.incidents.first { $0.subject.value == "10.0.0.5" })
    let activity = try #require(incident.activities.first).evidence
    #expect(activity.traffic.direction == .outbound)
    let finding = try #require(activity.finding(.addressTranslation))
    #expect(finding.values["role"] == .text("inside"))
    #expect(finding.values["address"] == .text("203.0.113.5"))
    #expect(finding.values["translations"] == .integer(120))
    #expect(finding.values["addresses"] == .integer(1))
  }
}
