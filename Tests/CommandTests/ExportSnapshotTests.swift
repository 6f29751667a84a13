import Foundation
import Testing

/// Each form of export of two cases, compared with files that people have read; `UPDATE_BASELINES=1`
/// writes them anew. The articles are copies that do not change with the knowledge.
@Suite struct ExportSnapshotTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Exports")

  private static let forms = [
    "ecs", "dshield", "stix", "xarf", "xarf-mail", "nftables", "suricata", "mail",
  ]

  /// Holds what a run gave against its snapshot.
  private static func compare(_ outcome: Program.Outcome, with name: String) throws {
    let file = folder.appending(path: name)
    // What is refused is as much of an answer as what is written.
    let said = outcome.complaint.isEmpty ? "" : "\n" + outcome.complaint
    let given = Data("status \(outcome.status)\(said)\n".utf8) + outcome.output
    if ProcessInfo.processInfo.environment["UPDATE_BASELINES"] == "1" {
      try given.write(to: file)
    }
    #expect(given == (try Data(contentsOf: file)), "\(name) differs from its snapshot")
  }

  private static func arguments(_ evidence: String, _ form: String) -> [String] {
    [
      "analyze", evidence, "--year", "2008", "--now", "2009-01-01", "--quiet", "--format", form,
      "--knowledge", folder.appending(path: "articles").path(), "--reporter",
      "Example Org <abuse@example.org>",
    ]
  }

  /// A sweep by TCP from outside, of whom a verdict may accuse.
  @Test(arguments: forms)
  func theOneAccusedIsExportedAsApproved(form: String) throws {
    let scratch = try ExportCommandTests.evidence()
    let outcome = try Program.run(
      ExportSnapshotTests.arguments("gate.log", form) + ["--home", "203.0.113.0/24"],
      in: scratch.url)
    try ExportSnapshotTests.compare(outcome, with: "gate.\(form)")
  }

  /// An example in which nobody is accused: nobody is named in any form.
  @Test(arguments: forms)
  func whereNobodyIsAccusedNobodyIsNamed(form: String) throws {
    let outcome = try Program.run(
      ExportSnapshotTests.arguments("cadlock770", form),
      in: Program.root.appending(path: "Examples"))
    try ExportSnapshotTests.compare(outcome, with: "cadlock770.\(form)")
    if ["dshield", "nftables", "suricata", "xarf", "mail", "xarf-mail"].contains(form) {
      let rules = outcome.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
      #expect(
        !rules.contains { $0.contains("81.169.75.84") }, "\(form) names an unexplained source")
    }
  }
}
