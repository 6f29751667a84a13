import Foundation
import Testing

/// `culprit simulate epidemic`: batches that a pool takes in, and the truth about them.
@Suite struct SimulateEpidemicTests {
  @Test func poolsTakeTheBatchesIn() throws {
    let scratch = try Scratch()
    let arguments = ["--seed", "3", "--sensors", "4", "--days", "6", "--variant", "forged"]
    for folder in ["one", "two"] {
      let made = try Program.run(
        ["simulate", "epidemic"] + arguments + ["--output", folder], in: scratch.url)
      #expect(made.status == 0, "\(made.complaint)")
    }
    for name in ["batches.jsonl", "truth.json"] {
      let one = try Data(contentsOf: scratch.url.appending(path: "one/\(name)"))
      #expect(one == (try Data(contentsOf: scratch.url.appending(path: "two/\(name)"))), "\(name)")
    }
    let truth = try JSONSerialization.jsonObject(
      with: Data(contentsOf: scratch.url.appending(path: "one/truth.json")))
    #expect((truth as? [String: Any])?["stayDays"] as? Double == 4)
    let taken = try scratch.run("pool", "import", "one/batches.jsonl", "--store", "sqlite:pool")
    #expect(taken.text.hasPrefix("new batches: 24\n"), "\(taken.text)")
    #expect(taken.text.contains("new sensors: 4\n") && taken.text.contains("damaged lines: 0\n"))
  }

  @Test(arguments: [
    ["--sensors", "0"], ["--sensors", "201"], ["--days", "61"], ["--variant", "nonsense"],
    ["--begin", "tomorrow"],
  ])
  func whatCannotBeIsRefused(_ arguments: [String]) throws {
    let scratch = try Scratch()
    let outcome = try Program.run(
      ["simulate", "epidemic", "--output", "x"] + arguments, in: scratch.url)
    #expect(outcome.status == 64)
  }
}
