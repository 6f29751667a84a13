import ArgumentParser
import Foundation
import Knowledge
import Observations
import Simulation

/// Whether verdicts are as sure as they say, on evidence whose truth is known.
@main
struct Calibrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Measure how well posteriors hold on made evidence of known truth.",
    discussion: """
      Every story that has a near miss is made with several seeds and made worse in several ways. Of
      half of the seeds a scale of all weights is fitted, on the other half everything is judged.
      """)

  @Option(help: "Seeds of each story; odd ones are fitted on, even ones are judged.")
  var seeds = 8

  /// Weights were changed after a look at what seeds 1 to 8 gave, of both halves: these are not judged.
  @Option(help: "The first seed. Where weights are changed after a look at cases, take others.")
  var first: UInt64 = 101

  @Option(help: "Threads to use.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: "Write the page here; without it, it is shown.")
  var output: String?

  @Option(help: "Fail where the figures are worse than those of this page.")
  var against: String?

  @Option(help: "The folder of real evidence; left out where it is absent.")
  var evidence =
    ProcessInfo.processInfo.environment["CULPRIT_EVIDENCE"] ?? "../shared/evidence"

  @Option(help: "Write every case here, a line of JSON each.")
  var cases: String?

  func run() throws {
    let knowledge = try KnowledgeBase.load()
    let families = Scenarios.all.filter { $0.variants == ["near-miss"] }
    var made: [Case] = []
    for scenario in families {
      for variant in [nil, "near-miss"] {
        for degradation in Degradation.all {
          for seed in first..<first + UInt64(max(2, seeds)) {
            made.append(
              Case(scenario: scenario, variant: variant, degradation: degradation, seed: seed))
          }
        }
      }
    }
    let outcomes = try Calibrate.run(made, knowledge, threads)
    let real = RealCase.run(in: evidence, knowledge)
    if let cases {
      try (outcomes + real).map { try $0.line() + "\n" }.joined()
        .write(toFile: cases, atomically: true, encoding: .utf8)
    }
    let result = Result(
      fitted: outcomes.filter { $0.of?.isFitted == true },
      judged: outcomes.filter { $0.of?.isFitted == false } + real, real: real,
      unknown: try Calibrate.run(Calibrate.unknown(outcomes), knowledge, threads))
    let page = result.page
    if let against { try compare(result, with: against) }
    if let output {
      try page.write(toFile: output, atomically: true, encoding: .utf8)
    } else {
      print(page)
    }
    let failed = result.failures
    for failure in failed { FileHandle.standardError.write(Data("calibrate: \(failure)\n".utf8)) }
    if !failed.isEmpty { throw ExitCode(1) }
  }

  private static func run(
    _ cases: [Case], _ knowledge: KnowledgeBase, _ threads: Int
  ) throws -> [Outcome] {
    let made = concurrentMap(cases, threads: threads) { each in
      Swift.Result { try Outcome.run(each, knowledge) }
    }
    return try made.compactMap { try $0.get() }
  }

  /// The same stories to a knowledge base that lacks their articles: families that none covers.
  private static func unknown(_ outcomes: [Outcome]) -> [Case] {
    outcomes.compactMap { outcome in
      guard var each = outcome.of, each.degradation.name == "whole",
        let article = outcome.truth.article, outcome.verdict == article
      else { return nil }
      each.without = [article]
      return each
    }
  }

  private func compare(_ result: Result, with path: String) throws {
    let old = try String(contentsOfFile: path, encoding: .utf8)
    for (name, value) in result.figures {
      guard let line = old.split(separator: "\n").first(where: { $0.hasPrefix("| \(name) |") }),
        let figure = line.split(separator: "|").dropFirst().first.flatMap({
          Double($0.trimmingCharacters(in: .whitespaces))
        })
      else { continue }
      // Half a point of slack: stories are added and change.
      if value > figure + 0.005 {
        throw ValidationError("\(name) is \(Result.text(value)), and was \(Result.text(figure))")
      }
    }
  }
}
