public import Detection
public import Knowledge
public import Observations

/// How an incident matters. Innocent causes are `info`; unexplained ones at most `low`.
public enum Severity: String, Comparable, CaseIterable, Sendable {
  /// Nothing to worry about: an innocent cause earned the verdict.
  case info
  /// Worth knowing; the most that the unexplained can be.
  case low
  /// Should be looked into.
  case medium
  /// Should be acted upon.
  case high

  /// `info` is the least.
  public static func < (a: Severity, b: Severity) -> Bool {
    (allCases.firstIndex(of: a) ?? 0) < (allCases.firstIndex(of: b) ?? 0)
  }
}

/// An indicator that spoke, with its weight.
public struct WeighedIndicator: Hashable, Sendable {
  /// The article's name for it.
  public var indicator: String
  /// Weight after caps: positive speaks for the article, negative against; never beyond ±10.
  public var decibans: Double
  /// The article's reason with the finding's numbers filled in.
  public var because: String
  /// The finding that decided it.
  public var finding: FindingKind

  /// An indicator out of its parts.
  public init(indicator: String, decibans: Double, because: String, finding: FindingKind) {
    self.indicator = indicator
    self.decibans = decibans
    self.because = because
    self.finding = finding
  }
}

/// An indicator that could not speak, and why.
public struct UnseenIndicator: Hashable, Sendable {
  /// The article's name for it.
  public var indicator: String
  /// Why it could not be seen.
  public var because: String

  /// An indicator out of its parts.
  public init(indicator: String, because: String) {
    self.indicator = indicator
    self.because = because
  }
}

/// An article as a candidate cause of an activity.
public struct Hypothesis: Hashable, Sendable {
  /// Article id; `unexplained` for the one that always competes.
  public var article: String
  /// The article's title.
  public var title: String
  /// 0...1; the posteriors of an activity's hypotheses add up to 1.
  public var posterior: Double
  /// Indicators that speak for it, heaviest first.
  public var supporting: [WeighedIndicator]
  /// Indicators that speak against it, heaviest first.
  public var opposing: [WeighedIndicator]
  /// Indicators that could not speak.
  public var unseen: [UnseenIndicator]

  /// A hypothesis out of its parts.
  public init(
    article: String, title: String, posterior: Double, supporting: [WeighedIndicator],
    opposing: [WeighedIndicator], unseen: [UnseenIndicator]
  ) {
    self.article = article
    self.title = title
    self.posterior = posterior
    self.supporting = supporting
    self.opposing = opposing
    self.unseen = unseen
  }
}

/// The ranked, weighed hypotheses of one activity.
public struct Diagnosis: Hashable, Sendable {
  /// The article that earned it (posterior ≥ 0.9, lead ≥ 10 dB); nil means unexplained.
  public var verdict: String?
  /// The leading hypothesis' posterior.
  public var posterior: Double
  /// Decibans by which the leading hypothesis is ahead of the next.
  public var lead: Double
  /// What would settle what is open, cheapest first, as requests to the user.
  public var settledBy: [String]
  /// Best first; `unexplained` is among them.
  public var hypotheses: [Hypothesis]
  /// One sentence: the answer. Fits a verdict and the lack of one.
  public var sentence: String
  /// What stays open although there is a verdict, one sentence each (rivals not excluded, onset
  /// unexplained …).
  public var open: [String]
  /// What evidence to keep, one sentence each.
  public var keep: [String]
  /// Findings that no hypothesis distinguishes.
  public var notDiagnostic: [String]
  /// The verdict's commands that show more, for the host's system where that is known.
  public var next: [NextCommand] = []
  /// What the verdict's article says to do about it, one sentence each.
  public var cure: [String] = []

  /// A diagnosis out of its parts.
  public init(
    verdict: String?, posterior: Double, lead: Double, settledBy: [String],
    hypotheses: [Hypothesis], sentence: String, open: [String], keep: [String],
    notDiagnostic: [String]
  ) {
    self.verdict = verdict
    self.posterior = posterior
    self.lead = lead
    self.settledBy = settledBy
    self.hypotheses = hypotheses
    self.sentence = sentence
    self.open = open
    self.keep = keep
    self.notDiagnostic = notDiagnostic
  }
}

/// To whom an activity's packets belong by one instrument, and what that could not say.
public struct Owner: Hashable, Sendable {
  /// The flow: `UDP from port 137`.
  public var flow: String
  /// `owned`, `kernel`, `unowned`, `notVisible` or `ambiguous`.
  public var status: String
  /// How it is known: `stated` by a packet filter as it logged the packets, `inferred` from a table
  /// taken at another moment, or `none`.
  public var grade: String
  /// The process's name, where one is stated.
  public var process: String?
  /// Its number.
  public var processIdentifier: UInt32?
  /// The path of its program.
  public var program: String?
  /// The tool that made the table, or the filter.
  public var instrument: String
  /// The piece of evidence, as the user named it.
  public var path: String
  /// The line of it; nil where none speaks of the flow.
  public var line: Int?
  /// The reason, and what it does not show.
  public var because: String

  /// A statement out of its parts.
  public init(
    flow: String, status: String, grade: String, process: String?, processIdentifier: UInt32?,
    program: String?, instrument: String, path: String, line: Int?, because: String
  ) {
    self.flow = flow
    self.status = status
    self.grade = grade
    self.process = process
    self.processIdentifier = processIdentifier
    self.program = program
    self.instrument = instrument
    self.path = path
    self.line = line
    self.because = because
  }
}

/// An activity with its diagnosis.
public struct Activity: Hashable, Sendable {
  /// To whom its packets belong, by each table of a host's sockets that can be asked; in order of path.
  public var owners: [Owner] = []
  /// What the articles say of the part of the host that may send them.
  public var senders: [SenderStatement] = []
  /// What the diagnosis would be without each of its pieces; empty where that was not asked.
  public var without: [WithoutPiece] = []
  /// Stable: the incident's id, a dash, and its number.
  public var id: String
  /// A few words: what is done ("NetBIOS name lookups to 412 addresses").
  public var label: String
  /// What is known about it, before weighing.
  public var evidence: ActivityEvidence
  /// What it was weighed to be.
  public var diagnosis: Diagnosis
  /// How it matters.
  public var severity: Severity

  /// An activity out of its parts.
  public init(
    id: String, label: String, evidence: ActivityEvidence, diagnosis: Diagnosis,
    severity: Severity
  ) {
    self.id = id
    self.label = label
    self.evidence = evidence
    self.diagnosis = diagnosis
    self.severity = severity
  }
}

/// A subject's activities over one episode.
public struct Incident: Hashable, Sendable {
  /// Digest of subject, first time and evidence: 16 hexadecimal digits.
  public var id: String
  /// Whose incident it is.
  public var subject: Subject
  /// The earliest time of its activities.
  public var first: Timestamp
  /// The latest time of its activities.
  public var last: Timestamp
  /// The highest of its activities'.
  public var severity: Severity
  /// Its activities, each diagnosed by itself.
  public var activities: [Activity]

  /// An incident out of its parts.
  public init(
    id: String, subject: Subject, first: Timestamp, last: Timestamp, severity: Severity,
    activities: [Activity]
  ) {
    self.id = id
    self.subject = subject
    self.first = first
    self.last = last
    self.severity = severity
    self.activities = activities
  }
}
