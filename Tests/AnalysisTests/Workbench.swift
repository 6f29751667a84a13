import Analysis
import Detection
import Diagnosis
import Foundation
import Knowledge
import Observations
import Simulation

/// A folder for one test, gone afterwards.
final class Workbench {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(
      path: "culprit-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Writes a file and returns its path.
  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let url = folder.appending(path: name)
    try Data(bytes).write(to: url)
    return url.path
  }

  /// Makes a scenario's evidence here, without the files named.
  func make(
    _ scenario: String, seed: UInt64, variant: String? = nil, snapLength: Int? = nil,
    without: Set<String> = []
  ) throws {
    let files = Scenarios.named(scenario)?.make(
      seed: seed, variant: variant, snapLength: snapLength)
    for file in files ?? [] where !without.contains(file.name) {
      try write(file.name, file.bytes)
    }
  }

  /// `truth.json` as a dictionary.
  static func truth(_ scenario: String, seed: UInt64, variant: String? = nil) throws
    -> [String: Any]
  {
    let files = Scenarios.named(scenario)?.make(seed: seed, variant: variant) ?? []
    let bytes = files.first { $0.name == "truth.json" }?.bytes ?? []
    return try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] ?? [:]
  }

  static let now = CivilTime(year: 2008, month: 12, day: 1).timestamp
  static let knowledge = Result { try KnowledgeBase.load() }

  /// Analyses paths, by default the whole folder.
  func analysis(_ paths: [String]? = nil, threads: Int = 1, seed: UInt64 = 0) throws -> Analysis {
    var options = AnalysisOptions(now: Workbench.now)
    options.threads = threads
    options.seed = seed
    return try analyze(
      paths: paths ?? [folder.path], options: options, knowledge: Workbench.knowledge.get())
  }
}

extension Analysis {
  /// All activities of all incidents.
  var activities: [Activity] { incidents.flatMap(\.activities) }

  /// All verdicts given.
  var verdicts: [String] { activities.compactMap(\.diagnosis.verdict) }
}

extension Activity {
  /// A number of a finding.
  func number(_ kind: FindingKind, _ value: String) -> Double? {
    evidence.finding(kind)?.values[value]?.numeric
  }
}
