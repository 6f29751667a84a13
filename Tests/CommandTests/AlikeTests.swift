import Foundation
import Testing

/// `culprit alike`: the same pattern in evidence that shares no address.
@Suite struct AlikeTests {
  /// Lines of a port scan log whose owner made most of the destination unreadable: bursts of five from
  /// one source port to ports that count down.
  static func veiledLog(sourcePort: Int) -> String {
    let firstPorts = [40_211, 23_870, 61_004, 50_777, 33_333, 28_900, 45_612, 59_110]
    var second = 0
    return firstPorts.enumerated().map { burst, port in
      second += [17, 41, 23, 19, 36, 28, 52, 22][burst]
      let clock = "10:\(20 + second / 60):\(second % 60 < 10 ? "0" : "")\(second % 60)"
      return (0..<5).map { index in
        "Mar  3 \(clock) 203.0.113.77:\(sourcePort) -> x.y.z.14:\(port - index) UDP  \n"
      }.joined()
    }.joined()
  }

  static func simulated(_ scenario: String, into name: String, of scratch: Scratch) throws {
    let made = try scratch.run("simulate", scenario, "--seed", "5", "--output", name)
    #expect(made.status == 0, "\(made.complaint)")
  }

  static func pairs(_ outcome: Program.Outcome) throws -> [[String: Any]] {
    let report = try #require(
      try JSONSerialization.jsonObject(with: outcome.output) as? [String: Any])
    let comparisons = try #require(report["comparisons"] as? [[String: Any]])
    return try comparisons.flatMap { try #require($0["pairs"] as? [[String: Any]]) }
  }

  @Test func maskedAndTheOtherWayAndYetFound() throws {
    let scratch = try Scratch()
    try AlikeTests.simulated("cadlock770", into: "case", of: scratch)
    try scratch.write("veiled.log", AlikeTests.veiledLog(sourcePort: 770).utf8)
    let outcome = try scratch.run(
      "alike", "case/lan.pcap", "veiled.log", "--year", "2001", "--format", "json")
    #expect(outcome.status == 0, "\(outcome.complaint)")
    let pairs = try AlikeTests.pairs(outcome)
    let pair = try #require(pairs.first)
    #expect(pairs.count == 1 && pair["alike"] as? Bool == true)
    #expect(try #require(pair["total"] as? Double) >= 0.9)
    #expect(try #require(pair["shared"] as? Int) >= 5)
    let features = try #require(pair["features"] as? [[String: Any]])
    #expect(features.count == pair["shared"] as? Int)
    let names = features.compactMap { $0["name"] as? String }
    #expect(names.contains("sourcePort") && names.contains("portStep"))
    #expect(!names.contains("targetOrder"), "a veiled address has no order")
    let text = try scratch.run("alike", "case/lan.pcap", "veiled.log", "--year", "2001")
    let words = text.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("both send from source port 770"))
    #expect(words.contains("up in the first and down in the second"))
  }

  /// The founding case as the program itself makes it: two people's evidence of different years.
  @Test func theTwoOfTheFoundingCaseAreFound() throws {
    let scratch = try Scratch()
    try AlikeTests.simulated("cadlock770", into: "case", of: scratch)
    let outcome = try scratch.run(
      "alike", "case/lan.pcap", "case/veiled.alert", "--year", "2001", "--format", "json")
    let pair = try #require(try AlikeTests.pairs(outcome).first)
    #expect(pair["alike"] as? Bool == true && pair["rare"] as? Bool == true)
  }

  @Test func anotherSourcePortIsAnotherPattern() throws {
    let scratch = try Scratch()
    try AlikeTests.simulated("opaserv", into: "worm", of: scratch)
    try scratch.write("veiled.log", AlikeTests.veiledLog(sourcePort: 770).utf8)
    let outcome = try scratch.run(
      "alike", "worm", "veiled.log", "--year", "2001", "--format", "json")
    #expect(outcome.status == 0, "\(outcome.complaint)")
    #expect(try AlikeTests.pairs(outcome).allSatisfy { $0["alike"] as? Bool == false })
    let text = try scratch.run("alike", "worm", "veiled.log", "--year", "2001").text
    #expect(text.contains("Nothing is alike") || text.contains("Nothing in common to compare"))
  }

  @Test func evidenceIsWhollyLikeItselfAndEveryTwoAreCompared() throws {
    let scratch = try Scratch()
    try AlikeTests.simulated("cadlock770", into: "case", of: scratch)
    let copy = try Data(contentsOf: scratch.url.appending(path: "case/lan.pcap"))
    try scratch.write("copy.pcap", copy)
    try scratch.write("third.pcap", copy)
    let outcome = try scratch.run(
      "alike", "case/lan.pcap", "copy.pcap", "third.pcap", "--format", "json")
    let pairs = try AlikeTests.pairs(outcome)
    #expect(pairs.count >= 3)
    let best = pairs.filter { $0["total"] as? Double == 1 }
    #expect(best.count >= 3 && best.allSatisfy { $0["alike"] as? Bool == true })
    #expect(
      try scratch.run("alike", "case/lan.pcap", "copy.pcap", "third.pcap", "--format", "json")
        .output
        == outcome.output)
  }

  @Test func whatIsWrongIsSaidAsElsewhere() throws {
    let scratch = try Scratch()
    try scratch.write("veiled.log", AlikeTests.veiledLog(sourcePort: 770).utf8)
    try scratch.write("empty.log", [])
    let cases: [(arguments: [String], status: Int32)] = [
      (["veiled.log"], 64), ([], 64), (["-", "-"], 64), (["veiled.log", "missing"], 66),
      (["veiled.log", "empty.log"], 65),
    ]
    for (arguments, status) in cases {
      let outcome = try Program.run(["alike"] + arguments, in: scratch.url)
      #expect(outcome.status == status, "\(arguments): \(outcome.complaint)")
      #expect(outcome.output.isEmpty && !outcome.complaint.isEmpty)
    }
  }
}
