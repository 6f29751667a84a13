import Analysis
import Diagnosis
import Foundation
import Reporting
import Testing

@Suite struct TextTests {
  /// What no report may hold, whoever supplied the strings; stated anew, not taken from the program.
  static func drivesTerminal(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0a: false
    case 0..<0x20, 0x7f..<0xa0, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f, 0xfeff, 0xfffe,
      0xe0000...0xe007f:
      true
    default: false
    }
  }

  @Test func hostileStringsCannotDriveATerminal() {
    for report in [
      renderText(Fixtures.hostile, style: TextStyle()), renderJSON(Fixtures.hostile),
      renderEvidence(Fixtures.hostile.evidence, style: TextStyle()),
    ] {
      let scalars = report.unicodeScalars
      #expect(!scalars.contains(where: TextTests.drivesTerminal))
      #expect(scalars.contains { $0.value == 0x1f600 }, "ordinary text is left alone")
    }
  }

  @Test func coloursAreTheOnlyEscapesAndOnlyWhereAskedFor() {
    let plain = renderText(Fixtures.hostile, style: TextStyle(color: false))
    var colored = renderText(Fixtures.hostile, style: TextStyle(color: true))
    #expect(colored.contains("\u{1b}[1;31m"), "a high severity stands out")
    for code in ["0", "1", "2", "36", "1;33", "1;31"] {
      colored = colored.split(separator: "\u{1b}[\(code)m", omittingEmptySubsequences: false)
        .joined()
    }
    #expect(colored == plain)
  }

  @Test(arguments: [50, 60, 80, 132])
  func linesFitTheColumnsUnlessAWordDoesNot(columns: Int) {
    for (name, analysis) in Fixtures.all {
      let report = renderText(analysis, style: TextStyle(columns: columns))
      for line in report.split(separator: "\n", omittingEmptySubsequences: false) {
        let isOneWord = line.split(separator: " ").count <= 2
        #expect(line.count <= columns || isOneWord || name == "hostile", "\(name): \(line)")
        #expect(line.last != " ", "\(name): \(line)")
      }
      #expect(report.hasSuffix("\n") && !report.hasSuffix("\n\n"))
      #expect(!report.contains("\n\n\n"), "\(name)")
    }
  }

  /// Hundreds that nobody can explain are no report: a dozen is told in full, the others in a line with what is
  /// needed to ask for them; whatever has a verdict is told.
  @Test func manyUnexplainedGetALineEach() {
    var analysis = Fixtures.unexplained
    analysis.incidents =
      (0..<15).flatMap { _ in Fixtures.unexplained.incidents }
      + Fixtures.explained.incidents
    var style = TextStyle()
    let short = renderText(analysis, style: style)
    let heads = { (text: String) in text.components(separatedBy: "\nINCIDENT ").count - 1 }
    #expect(heads(short) == 13 && short.contains("INCIDENT 16 of 16"))
    #expect(short.contains("3 MORE INCIDENTS UNEXPLAINED"))
    let id = Fixtures.unexplained.incidents[0].id
    #expect(short.components(separatedBy: id).count - 1 == 16)
    style.unexplainedInFull = .max
    let full = renderText(analysis, style: style)
    #expect(heads(full) == 16 && !full.contains("MORE INCIDENTS"))
  }

  @Test func theAnswerComesFirstAndStrongestEvidenceBeforeWeaker() throws {
    let report = renderText(Fixtures.explained, style: TextStyle())
    let order = [
      "INCIDENT 1 of 1", "NetBIOS name lookups", "This host asks", "FOR reverse-name-lookup",
      "+10.0 dB", "+2.0 dB", "AGAINST", "-1.5 dB", "COULD NOT BE SEEN", "NEXT", "OPEN", "KEEP",
      "RIVALS", "visitor-harvesting-worm", "ALSO SEEN, without weight",
      "LOOKED AT AND NOT RAISED",
      "WHAT WAS WRONG WITH THE EVIDENCE",
    ]
    var rest = report[...]
    for words in order {
      let found = try #require(rest.range(of: words), "\(words) is missing or out of order")
      rest = rest[found.upperBound...]
    }
  }

  @Test func theUnexplainedIsCalledSo() {
    let report = renderText(Fixtures.unexplained, style: TextStyle())
    #expect(report.contains("unexplained: no article earns it"))
    #expect(report.contains("1 unexplained"))
    #expect(report.contains("has not earned a verdict"))
  }

  @Test func everySeverityIsNamed() {
    for severity in Severity.allCases {
      let analysis = Fixtures.analysis([Fixtures.unknown], severity: severity)
      let report = renderText(analysis, style: TextStyle())
      #expect(report.contains("severity \(severity.rawValue.uppercased())"))
    }
  }

  @Test func nothingReadIsNotAnAllClear() {
    let report = renderText(Fixtures.empty, style: TextStyle())
    #expect(report.contains("NOTHING WAS RAISED"))
    #expect(report.contains("no file held an observation"))
  }

  @Test(
    arguments: zip(
      ["plain", "a\u{1b}[0m", "x\ny", "\u{202e}", "\u{9b}", "\u{e9}\u{4e2d}"],
      ["plain", "a\\u{1b}[0m", "x\\u{a}y", "\\u{202e}", "\\u{9b}", "\u{e9}\u{4e2d}"]))
  func treacherousCharactersAreShownAsEscapes(text: String, shown: String) {
    #expect(inert(text) == shown)
  }

  @Test func textHangsBeneathItsMarker() {
    var page = TextPage(style: TextStyle(columns: 40))
    page.item("1.", "one two three four five six seven eight nine", indent: 2)
    page.blank()
    page.blank()
    page.paragraph("  in   lines\n of prose ", prose: true)
    #expect(
      page.text
        == "  1. one two three four five six seven\n     eight nine\n\nin lines of prose\n")
  }

  /// At any width no line is wider, unless one word is; for a screen reader nothing is drawn.
  @Test(arguments: [40, 80, 200])
  func everyWidthIsKept(columns: Int) {
    for (_, analysis) in Fixtures.all {
      let text = renderText(analysis, style: TextStyle(columns: columns))
      for line in text.split(separator: "\n") where line.count > columns {
        // Paths and digests stay whole, so that they can be copied.
        let words = line.split(separator: " ")
        #expect(words.contains { $0.count > columns / 2 } || words.count <= 2, "\(line)")
      }
    }
  }

  @Test func aPlainReportIsToldInWordsAlone() {
    var style = TextStyle(columns: 80, color: false)
    style.isPlain = true
    let text = renderText(Fixtures.twoActivities, style: style)
    #expect(!text.contains("===") && !text.contains("\u{1b}"))
    #expect(text.split(separator: "\n").allSatisfy { !$0.hasPrefix(" ") })
    #expect(text.contains("severity LOW") && text.contains("verdict"))
    let words = { (text: String) in
      text.split { $0.isWhitespace || $0 == "=" }.map(String.init)
    }
    #expect(words(text) == words(renderText(Fixtures.twoActivities, style: TextStyle())))
  }
}

extension Substring {
  /// The first place of some words; the standard library's own search needs no other module.
  fileprivate func range(of words: String) -> Range<Index>? { ranges(of: words).first }
}
