import Analysis
import HostEvidence
import Observations

extension TextPage {
  /// Files of one verdict that are listed one by one.
  private static let filesShown = 20

  /// What is to be said of files, what is worst first: nothing is called good that was not compared.
  mutating func files(_ files: [FileJudgement]) {
    guard !files.isEmpty else { return }
    section("FILES")
    let order = ["differs", "consistent", "matches", "unknown"]
    for name in order {
      let alike = files.filter { $0.verdict.name == name }
      for file in alike.prefix(TextPage.filesShown) { self.file(file) }
      if alike.count > TextPage.filesShown {
        paragraph(
          "and \(alike.count - TextPage.filesShown) more: \(name) (all are in the JSON report)",
          indent: 2, hang: 2)
      }
    }
  }

  private mutating func file(_ file: FileJudgement) {
    switch file.verdict {
    case .differs(let differences):
      if differences.contains(where: \.isOfBytes) {
        paragraph("\(file.name): DIFFERS", indent: 2, hang: 2, emphasis: .alarm)
      } else {
        let names = differences.map(\.what).joined(separator: ", ")
        paragraph("\(file.name): differs in \(names)", indent: 2, hang: 2, emphasis: .strong)
      }
      for difference in differences {
        item(
          "-", "\(difference.what): \(difference.found), where \(difference.expected) is expected",
          indent: 4)
      }
    case .consistent(let agreements):
      paragraph(
        "\(file.name): consistent, no hash compared", indent: 2, hang: 2, emphasis: .strong)
      item("-", "agrees in " + agreements.map(\.words).joined(separator: "; "), indent: 4)
    case .matches(let algorithms):
      paragraph(
        "\(file.name): matches by \(algorithms.map(\.title).joined(separator: ", "))", indent: 2,
        hang: 2)
    case .unknown(let why):
      paragraph("\(file.name): unknown: \(why)", indent: 2, hang: 2)
    }
    for remark in file.remarks { item("-", remark, indent: 4) }
    if case .unknown = file.verdict { return }
    let places = file.claims.prefix(6).map { claim in
      claim.origin.line.map { "\(claim.origin.source), line \($0)" } ?? claim.origin.source
    }
    paragraph("see \(places.joined(separator: "; "))", indent: 4, hang: 2, emphasis: .faint)
  }
}
