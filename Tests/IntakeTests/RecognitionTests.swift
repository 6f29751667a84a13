import Foundation
import Intake
import Observations
import Testing

/// A log is recognised by its lines, wherever they stand; what is none is not.
@Suite struct RecognitionTests {
  private let options = IntakeOptions(now: CivilTime(year: 2010, month: 6, day: 1).timestamp)

  private func random(_ count: Int, seed: UInt64) -> [UInt64] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 24
    }
  }

  private var banner: String {
    (0..<1_500).map { "* Authorised use only, paragraph \($0): whoever reads this reads it all\n" }
      .joined()
  }

  @Test(arguments: ["banner", "boot messages", "blanks", "zeros"])
  func aHeadThatSaysNothingHidesNoLog(_ what: String) throws {
    let head =
      switch what {
      case "banner": banner
      case "blanks": String(repeating: "\n", count: 100_000)
      case "zeros": String(repeating: "\0", count: 100_000) + "\n"
      default:
        (0..<1_500).map { "[    0.\(100_000 + $0)] node 0: memory map entry \($0)\n" }.joined()
      }
    let log = head + netfilterLines(2_500)
    let shelf = try Shelf()
    for bytes in [Array(log.utf8), try packed(log.utf8, as: 0)] {
      let read = try ReadFile(try shelf.write("a.log", bytes), options: options)
      #expect(read.file.kind == .firewallLog && read.file.format == "netfilter")
      #expect(read.observations.count == 2_500)
    }
  }

  @Test func theYearIsThatOfTheFirstStampWhereverItStands() throws {
    let shelf = try Shelf()
    let lines =
      netfilterLines(200, month: "Dec", day: 31)
      + String(repeating: netfilterLines(2_500, month: "Jan", day: 1), count: 6)
    let read = try ReadFile(
      try shelf.write("a.log", String(repeating: banner, count: 4) + lines), options: options)
    let first = try #require(read.stream.first)
    let last = try #require(read.stream.last)
    #expect(CivilTime(first).year == 2009 && CivilTime(last).year == 2010)
  }

  static let others: [(name: String, line: @Sendable (Int, UInt64) -> String)] = [
    ("sales", { "2009-11-\(10 + $0 % 20),\($1 % 9_000),widget \($1 % 50),\($1 % 99).50,EUR\n" }),
    ("source", { "  if (table[\($0)] > \($1 % 77)) { return drop(packet, \($1 % 9)); }\n" }),
    (
      "chat", { "2009-11-02 10:\(10 + $0 % 50) <ann> did 192.0.2.\($1 % 250) answer on port 80?\n" }
    ),
    ("irc", { "Nov  2 10:\(10 + $0 % 50):00 <bob> blocked again, src=\($1 % 99) dst=home\n" }),
  ]

  @Test(arguments: others.indices)
  func otherTextIsNoLog(index: Int) throws {
    let noise = random(20_000, seed: UInt64(index + 3))
    var text = ""
    var line = 0
    while text.utf8.count < 1 << 20 {
      text += RecognitionTests.others[index].line(line, noise[line % noise.count])
      line += 1
    }
    let shelf = try Shelf()
    for bytes in [Array(text.utf8), try packed(text.utf8, as: 1)] {
      try shelf.write("a", bytes)
      let files = try openEvidence(paths: [shelf.path], options: options, evenIfNothing: true).files
      #expect(files.map(\.kind) == [.unrecognised], "\(RecognitionTests.others[index].name)")
    }
  }

  @Test func randomBytesAreNoLog() throws {
    let shelf = try Shelf()
    try shelf.write("a", random(1 << 20, seed: 5).map { UInt8(truncatingIfNeeded: $0) })
    let files = try openEvidence(paths: [shelf.path], options: options, evenIfNothing: true).files
    #expect(files.map(\.kind) == [.unrecognised])
  }

  @Test func sharesSayWhatStandsWhere() throws {
    let shelf = try Shelf()
    let visits = (0..<50).map {
      "Oct 10 12:00:\(10 + $0) mail postfix/smtpd[7]: connect from a[198.51.100.\($0)]\n"
    }
    .joined()
    try shelf.write("a.log", netfilterLines(100) + visits + "what is this\n")
    let file = try #require(try identify(paths: [shelf.path], options: options).first)
    #expect(file.formats.map(\.format) == ["netfilter", "postfix"])
    #expect(file.formats.map(\.lines) == [100, 50])
    #expect(file.formats.map(\.first.record) == [1, 101])
    #expect(file.unreadCount == 1 && file.unreadLines.map(\.text) == ["what is this"])
    #expect(file.unreadLines.map(\.place.record) == [151])
  }
}
