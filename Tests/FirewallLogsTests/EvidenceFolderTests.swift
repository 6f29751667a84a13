import FirewallLogs
import Foundation
import Testing

/// Every log of the evidence folder yields what its manifest states.
@Suite struct EvidenceFolderTests {
  @Test(arguments: EvidenceFolder.logs)
  func yieldsWhatIsStated(_ expected: EvidenceFolder.Log) throws {
    guard let bytes = EvidenceFolder.bytes(expected.file) else { return }
    let recognised = LogSupport.recognise(bytes)
    if let format = expected.format { #expect(recognised?.format == format) }
    guard let log = LogSupport.readAny(bytes) else {
      if expected.format == nil { print("pending: no format knows \(expected.file)") }
      return
    }
    #expect(log.lines == expected.lines)
    for statement in expected.states { #expect(statement.holds(log), "\(statement)") }
  }

  /// No log lies there of which nothing is stated.
  @Test func nothingIsLeftOut() {
    let folder = LogSupport.evidenceFolder.appendingPathComponent("logs")
    guard let names = try? FileManager.default.subpathsOfDirectory(atPath: folder.path) else {
      print("skipped: no logs below \(folder.path); set CULPRIT_EVIDENCE")
      return
    }
    let logs = Set(names.filter { $0.hasSuffix(".log") })
    #expect(logs == Set(EvidenceFolder.logs.map(\.file)))
  }
}
