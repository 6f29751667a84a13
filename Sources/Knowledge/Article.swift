public import Observations

/// Something an indicator may say.
public struct Statement: Hashable, Sendable {
  /// When it is said.
  public var when: Condition
  /// Its weight against "unexplained": 10·log10 of the likelihood ratio, −10...10.
  public var decibans: Double
  /// The reason, with the finding's numbers.
  public var because: Template
}

/// One thing to look for, with what it says either way.
public struct Indicator: Hashable, Sendable {
  /// Its name, unique in the article.
  public var id: String
  /// What else depends on the same fact: indicators of one group are capped together.
  public var group: String
  /// What the evidence must have been able to show for this to be asked at all.
  public var needs: [Capability]
  /// Said where its condition holds.
  public var supports: Statement
  /// Said where its own condition holds instead (in YAML by default: where the first one is known
  /// not to).
  public var otherwise: Statement?

  /// The finding it is about.
  public var finding: FindingKind { supports.when.kinds.first ?? .traffic }
}

/// An observation that would settle the question.
public struct Settler: Hashable, Sendable {
  /// The request to the user; where `capability` is missing its own, more exact request is used.
  public var ask: String
  /// 1 (a file that exists already) to 5 (an experiment or a visit).
  public var cost: Int
  /// Not asked where this capability is there already.
  public var capability: Capability?
  /// Not asked where this finding has been made already.
  public var moot: FindingKind?
  /// Asked only where this holds, and then also where the article is not (yet) a candidate.
  public var when: Condition?
}

/// A statement with the condition for making it; nil: always.
public struct Remark: Hashable, Sendable {
  /// One sentence.
  public var text: Template
  /// When it is made.
  public var when: Condition?
}

/// A fact an article relies on, and who says so.
public struct Source: Hashable, Sendable {
  /// The fact.
  public var fact: String
  /// Who says so; nil: from memory, checked against nothing.
  public var source: String?
}

/// A command that shows more, for the people at the host.
public struct NextCommand: Hashable, Sendable {
  /// Where it is run.
  public enum System: String, CaseIterable, Hashable, Sendable {
    /// The systems that articles have commands for.
    case windows, linux
  }

  /// Where it is run.
  public var system: System
  /// What to type, exactly.
  public var run: String
  /// What it shows, and with which rights where these matter.
  public var shows: String
}

/// What an article answers. Only articles that answer the same question compete.
public enum Question: String, CaseIterable, Hashable, Sendable {
  /// Why does it send this? Weighed against each other on an activity.
  case cause
  /// Which part of a host sends it? Stated beside the cause wherever its conditions hold.
  case sender
  /// Why does a host look like this? Weighed on what its own tables show.
  case state
}

/// One cause: prose for people, conditions and weights for the diagnosis.
public struct Article: Hashable, Sendable {
  /// Lower-case words joined by dashes; never changes once published.
  public var id: String
  /// A few words.
  public var title: String
  /// What it is, for people.
  public var summary: String
  /// The question it answers.
  public var answers: Question
  /// Nobody does harm by it.
  public var innocent: Bool
  /// `info`, `low`, `medium` or `high`.
  public var severity: String
  /// Decibans against "unexplained" before any indicator is read: how much rarer, among activities
  /// that satisfy `requires`, this cause is met than causes no article describes (−10: ten times
  /// rarer).
  public var prior: Double
  /// All must be known to hold, or the article is no candidate.
  public var requires: [Condition]
  /// None may be known to hold.
  public var excludes: [Condition]
  /// What speaks for and against it.
  public var indicators: [Indicator]
  /// When this cause accounts for a step in the rate; nil: never.
  public var explainsOnset: Condition?
  /// The answer in one sentence; the first that can be filled in is used.
  public var sentences: [Template]
  /// What to do about it.
  public var cure: [String]
  /// What would decide, cheapest first.
  public var settles: [Settler]
  /// Commands that show more.
  public var next: [NextCommand]
  /// What evidence to keep.
  public var keep: [String]
  /// What stays open even where this is the verdict.
  public var open: [Remark]
  /// The ports people look it up by.
  public var ports: [UInt16]
  /// The facts it stands on.
  public var sources: [Source]
  /// The file it was read from.
  public var file: String

  /// Every condition in it.
  var conditions: [Condition] {
    requires + excludes + (explainsOnset.map { [$0] } ?? [])
      + indicators.flatMap { [$0.supports.when] + ($0.otherwise.map { [$0.when] } ?? []) }
      + settles.compactMap(\.when) + open.compactMap(\.when)
  }

  /// Every sentence with places.
  var templates: [Template] {
    sentences + open.map(\.text)
      + indicators.flatMap { [$0.supports.because] + ($0.otherwise.map { [$0.because] } ?? []) }
  }
}
