public import Detection
public import Diagnosis
public import HostEvidence
public import Intake
public import Knowledge
public import Observations

/// Everything an analysis has to say: what `Reporting` renders and the pool's sensors submit from.
public struct Analysis: Sendable {
  /// Something taken for granted, and why.
  public struct Assumption: Hashable, Sendable {
    /// What is assumed: `year`, `zone`, `clock offset`, `home` …
    public var what: String
    /// The value taken, as text.
    public var value: String
    /// Why that value.
    public var because: String

    /// An assumption out of its parts.
    public init(what: String, value: String, because: String) {
      self.what = what
      self.value = value
      self.because = because
    }
  }

  /// One piece of evidence as it was read.
  public struct Evidence: Sendable {
    /// As the user named it (a folder's files: folder/name).
    public var path: String
    /// `capture`, `firewall-log`, `visitors-log`, `truth`, `unrecognised`, `empty`.
    public var kind: String
    /// `pcap`, `netfilter`, `postfix`, `apache` …; nil where not recognised.
    public var format: String?
    /// Packets or lines met, with those that yield nothing.
    public var records: UInt64
    /// Observations they yielded.
    public var observations: UInt64
    /// The earliest time in it; nil where no record has one.
    public var first: Timestamp?
    /// The latest time in it; nil where no record has one.
    public var last: Timestamp?
    /// Its size as stored.
    public var bytes: UInt64
    /// Lower-case hexadecimal; nil where not computed (large, or standard input).
    public var sha256: String?
    /// What it can and cannot show, one short statement ("refusals only: …").
    public var vantage: String
    /// What was wrong with its records, by kind.
    public var problems: [Problem]
    /// Packets that it says itself were lost while it was taken.
    public var dropped: UInt64
    /// Comments that somebody attached to its packets.
    public var comments: UInt64

    /// Names of a capture's link types.
    public var links: [String] = []
    /// The most bytes that a capture keeps of a packet that was longer; 0 where all are whole.
    public var longestCut: UInt64 = 0
    /// Packets that it holds twice and that were counted once.
    public var copies = CopyTally()
    /// What a capture tells beside its packets: tunnels, links that are not decoded.
    public var facts = CaptureFacts()
    /// How it is compressed: `gzip`, `zstd` …; nil where it is not.
    public var compression: String?
    /// Packets or lines left out because a part was asked for; nil where all was.
    public var leftOut: UInt64?
    /// The formats of a log's lines, the one with most lines first.
    public var formats: [Share] = []
    /// Lines that no format knows, the first of them; empty where they were not asked for.
    public var unread: [UnreadLine] = []
    /// How many there are; 0 where they were not asked for.
    public var unreadCount: UInt64 = 0

    /// How much of a log one format has.
    public struct Share: Hashable, Sendable {
      /// Stable name of the format.
      public var format: String
      /// Lines that are the format's.
      public var lines: UInt64
      /// Observations out of them.
      public var observations: UInt64
      /// The first of them, and where it stands.
      public var first: Place
      /// The number of the last of them.
      public var last: UInt64

      /// A share out of its parts.
      public init(
        format: String, lines: UInt64, observations: UInt64, first: Place, last: UInt64
      ) {
        self.format = format
        self.lines = lines
        self.observations = observations
        self.first = first
        self.last = last
      }

      /// A share as the intake counted it.
      public init(_ share: FormatShare) {
        self.init(
          format: share.format, lines: share.lines, observations: share.observations,
          first: share.first, last: share.last)
      }
    }

    /// A line that no format knows.
    public struct UnreadLine: Hashable, Sendable {
      /// Where it stands.
      public var place: Place
      /// Its beginning; bytes that are no UTF-8 are replaced.
      public var text: String

      /// A line out of its parts.
      public init(place: Place, text: String) {
        self.place = place
        self.text = text
      }
    }

    /// A kind of problem with the first places it was met.
    public struct Problem: Sendable {
      /// Stable name: `Anomaly.name`.
      public var kind: String
      /// One line of explanation: `Anomaly.meaning`.
      public var meaning: String
      /// How often it was met.
      public var count: UInt64
      /// The first places it was met.
      public var first: [Place]

      /// A problem out of its parts.
      public init(kind: String, meaning: String, count: UInt64, first: [Place]) {
        self.kind = kind
        self.meaning = meaning
        self.count = count
        self.first = first
      }
    }

    /// A piece of evidence out of its parts.
    public init(
      path: String, kind: String, format: String?, records: UInt64, observations: UInt64,
      first: Timestamp?, last: Timestamp?, bytes: UInt64, sha256: String?, vantage: String,
      problems: [Problem], dropped: UInt64 = 0, comments: UInt64 = 0
    ) {
      self.path = path
      self.kind = kind
      self.format = format
      self.records = records
      self.observations = observations
      self.first = first
      self.last = last
      self.bytes = bytes
      self.sha256 = sha256
      self.vantage = vantage
      self.problems = problems
      self.dropped = dropped
      self.comments = comments
    }
  }

  /// Version of the knowledge: number of articles and a digest of them.
  public var knowledge: String
  /// What was taken for granted.
  public var assumptions: [Assumption]
  /// The evidence, in order of path.
  public var evidence: [Evidence]
  /// By severity (highest first), then subject.
  public var incidents: [Incident]
  /// What is stated about no single source.
  public var networkFindings: [Finding]
  /// What tables of sockets show of hosts beside the flows.
  public var hostFindings: [HostFinding] = []
  /// What is to be said of each file that something is said of, by name.
  public var files: [FileJudgement] = []
  /// What was looked at and not raised, by reason.
  public var quiet: [Quiet]
  /// Who reached whom before the other began to do the same, by evidence and shape.
  public var spreadings: [Spreading] = []
  /// The articles that anything was weighed against, by id.
  public var articles: [Article] = []
  /// Records that findings refer to, where a report is to quote them (`withExcerpts`).
  public var excerpts: [EvidenceReference: Excerpt] = [:]
  /// Files of which not all is quoted that was to be, with the reason.
  public var unquoted: [String: String] = [:]

  /// An analysis out of its parts.
  public init(
    knowledge: String, assumptions: [Assumption], evidence: [Evidence], incidents: [Incident],
    networkFindings: [Finding], quiet: [Quiet]
  ) {
    self.knowledge = knowledge
    self.assumptions = assumptions
    self.evidence = evidence
    self.incidents = incidents
    self.networkFindings = networkFindings
    self.quiet = quiet
  }
}

extension Analysis {
  /// The articles that its diagnoses and senders name.
  func named(in knowledge: KnowledgeBase) -> [Article] {
    let activities = incidents.flatMap(\.activities) + hostFindings.compactMap(\.state)
    let names = Set(
      activities.flatMap { $0.diagnosis.hypotheses.map(\.article) + $0.senders.map(\.article) })
    return knowledge.articles.filter { names.contains($0.id) }.sorted { $0.id < $1.id }
  }
}
