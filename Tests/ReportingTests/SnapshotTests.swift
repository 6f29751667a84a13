import Analysis
import Foundation
import Reporting
import Testing

/// Reports compared with files that people have read; `UPDATE_BASELINES=1` writes them anew.
@Suite struct SnapshotTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Snapshots")

  static let cases: [(String, @Sendable (Analysis) -> String)] = [
    ("txt", { renderText($0, style: TextStyle()) }), ("json", { renderJSON($0) }),
    ("html", { renderHTML($0) }),
  ]

  @Test(arguments: Fixtures.all.map(\.name))
  func reportsAreAsTheyWereReadAndApproved(name: String) throws {
    let analysis = try #require(Fixtures.all.first { $0.name == name }).analysis
    for (suffix, render) in SnapshotTests.cases {
      let file = SnapshotTests.folder.appending(path: "\(name).\(suffix)")
      let report = Data(render(analysis).utf8)
      if ProcessInfo.processInfo.environment["UPDATE_BASELINES"] == "1" {
        try report.write(to: file)
      }
      let expected = try Data(contentsOf: file)
      #expect(report == expected, "\(name).\(suffix) differs from its snapshot")
    }
  }
}
