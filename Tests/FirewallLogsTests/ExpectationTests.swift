import FirewallLogs
import Foundation
import Observations
import Testing

/// Logs of others against what their own projects' tests say each line holds.
@Suite struct ExpectationTests {
  struct Source: Sendable, CustomTestStringConvertible {
    var file: String
    /// Fields that are compared at least, once the log's format is known.
    var fields: Int
    /// The year of stamps without one.
    var year = 2009
    var testDescription: String { file }
  }

  static let crowdsec = [
    Source(file: "iptables-logs", fields: 30), Source(file: "suricata-logs-fastlog", fields: 20),
    Source(file: "suricata-logs-evelog", fields: 12), Source(file: "mikrotik-logs", fields: 30),
    Source(file: "pf-logs", fields: 60), Source(file: "pfsense-rfc5424-filterlog", fields: 3),
  ]
  static let fail2ban = [
    Source(file: "portsentry", fields: 4, year: 2014),
    Source(file: "scanlogd", fields: 8, year: 2005),
  ]

  @Test(arguments: crowdsec)
  func crowdsecSaysTheSame(_ source: Source) throws {
    let path = "logs/crowdsec/\(source.file).log"
    guard let log = LogSupport.evidence(path),
      let asserted = LogSupport.evidence(path + ".parser.assert")
    else { return }
    let expectations = Expectations.crowdsec(String(decoding: asserted, as: UTF8.self), log)
    #expect(expectations.count > 2)
    check(source, log, expectations)
  }

  @Test(arguments: fail2ban)
  func fail2banSaysTheSame(_ source: Source) throws {
    guard let log = LogSupport.evidence("logs/fail2ban/\(source.file).log") else { return }
    let expectations = Expectations.fail2ban(log)
    #expect(expectations.count >= 2)
    check(source, Expectations.withoutNotes(log), expectations)
  }

  func check(_ source: Source, _ bytes: [UInt8], _ expectations: [Expectation]) {
    let context = EvidenceFolder.context(source.year)
    guard let recognised = LogSupport.recognise(bytes, context: context),
      let log = LogSupport.readAny(bytes, context: context)
    else {
      print("pending: no format knows \(source.file)")
      return
    }
    let result = Expectations.compare(log, expectations, needsYear: recognised.needsYear)
    print(
      "\(source.file): \(result.agreed) of \(result.compared) fields agree;",
      "not ours: \(result.notOurs.sorted().joined(separator: " "))")
    #expect(result.differences.isEmpty)
    #expect(result.compared >= source.fields)
  }
}
