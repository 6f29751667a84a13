/// Gathers one thing.
protocol Gatherer: Sendable {
  /// A short name, by which it can be left out.
  var name: String { get }
  /// How it is found out.
  var how: String { get }
  /// What it takes, for the plan.
  func takes(_ options: CollectOptions) -> String
  /// What it leaves out on purpose, for the plan.
  func leavesOut(_ options: CollectOptions) -> String?
  /// Does it.
  func gather(_ run: inout CollectionRun)
}

extension Gatherer {
  func leavesOut(_ options: CollectOptions) -> String? { nil }
}

/// One line for each thing that is gathered, in the order in which it is done: what changes fastest
/// comes first.
enum Gatherers {
  static let all: [any Gatherer] = [
    SocketGatherer(),
    ProcessGatherer(),
    FirewallGatherer(),
    NetworkGatherer(),
    LogGatherer(),
    ProgramGatherer(),
    TimerGatherer(),
    ModuleGatherer(),
    CaptureGatherer(),
  ]

  static func chosen(_ options: CollectOptions) -> [any Gatherer] {
    all.filter { !options.leavesOut.contains($0.name) }
  }
}
