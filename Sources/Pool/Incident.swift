public import Observations

/// Where an incident stands.
public enum IncidentState: String, CaseIterable, Hashable, Sendable {
  /// Reported, and nobody has looked at it yet.
  case open
  /// Somebody has looked at it.
  case acknowledged
  /// Those answerable for the source were told.
  case escalated
  /// Quiet for long enough, or closed by somebody.
  case closed
}

/// The incident's number, from 1 on.
public struct IncidentID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number.
  public var rawValue: Int64
  /// An incident by its number.
  public init(rawValue: Int64) { self.rawValue = rawValue }
  /// The number as text.
  public var description: String { String(rawValue) }
  /// By number.
  public static func < (a: IncidentID, b: IncidentID) -> Bool { a.rawValue < b.rawValue }
}

/// What happens to an incident.
public enum IncidentEvent: Hashable, Sendable {
  /// Reports came in: how many, from how many networks, until when, and the verdict that most networks
  /// gave (nil for none).
  case reported(reports: UInt64, networks: UInt64, last: Timestamp, article: String?)
  /// Somebody took it on.
  case acknowledged(by: String)
  /// Those answerable were told, or told again.
  case escalated(by: String)
  /// Somebody closed it, for a reason.
  case closed(by: String, because: String)
  /// No report for `IncidentRules.quietDays`.
  case fellQuiet
  /// Somebody opened it again, for a reason.
  case reopened(by: String, because: String)
  /// Somebody remarked something.
  case commented(by: String, text: String)
  /// Somebody who can know said what it was: an article's id, or nil for none of them.
  case confirmed(by: String, article: String?, because: String)
}

/// The times of an incident's life.
public enum IncidentRules {
  /// So many days without a report close an incident.
  public static let quietDays: Int64 = 7
  /// So many hours after it was escalated it may be escalated again, if reports still come.
  public static let hoursToEscalateAgain: Int64 = 72
  /// The longest name of a person, in bytes.
  public static let nameBytes = 64
}

/// Why an event cannot happen to an incident.
public enum IncidentProblem: String, Error, Hashable, Sendable {
  /// It is closed: open it again first.
  case isClosed = "is-closed"
  /// It is not closed.
  case isNotClosed = "is-not-closed"
  /// Somebody has acknowledged it already.
  case isAcknowledged = "is-acknowledged"
  /// It was escalated less than 72 hours ago, or no report came since.
  case escalatedRecently = "escalated-recently"
  /// It has not been quiet for long enough.
  case isNotQuiet = "is-not-quiet"
  /// A name is missing or too long.
  case badName = "bad-name"
  /// A text is missing or too long.
  case badText = "bad-text"
  /// An article's id that none can have.
  case badArticle = "bad-article"
  /// The event is older than the last one.
  case timeRunsBackwards = "time-runs-backwards"
  /// Somebody else changed it meanwhile.
  case changedMeanwhile = "changed-meanwhile"
}

/// What a source is reported for, from the first report on for ever: it is closed and opened again, and
/// its journal never loses a line.
public struct Incident: Hashable, Sendable {
  /// What somebody who can know said it was.
  public struct Cause: Hashable, Sendable {
    /// The article; nil for none of them.
    public var article: String?
    /// What the sensors had made of it by then; nil for no verdict.
    public var stated: String?
    /// When that was said.
    public var at: Timestamp

    /// A cause out of its parts.
    public init(article: String?, stated: String?, at: Timestamp) {
      self.article = article
      self.stated = stated
      self.at = at
    }
  }

  /// Its number.
  public let id: IncidentID
  /// The source.
  public let subject: Address
  /// Where it stands.
  public private(set) var state = IncidentState.open
  /// When it began: the time of the first event.
  public private(set) var opened: Timestamp
  /// The last time a report speaks of.
  public private(set) var lastReported: Timestamp
  /// The time of the last event.
  public private(set) var changed: Timestamp
  /// Reports in all.
  public private(set) var reports: UInt64 = 0
  /// The most networks that reported it at once.
  public private(set) var networks: UInt64 = 0
  /// The verdict that most networks gave last; nil for none.
  public private(set) var article: String?
  /// When it was escalated last; nil where it never was.
  public private(set) var escalated: Timestamp?
  /// How often it was escalated.
  public private(set) var escalations = 0
  /// How often it was opened again.
  public private(set) var reopenings = 0
  /// The cause, once somebody confirmed it; the last word counts.
  public private(set) var cause: Cause?
  /// Events so far: the number of lines in its journal.
  public private(set) var revision = 0

  /// An incident before its first event.
  ///
  /// - Parameters:
  ///   - id: its number.
  ///   - subject: the source.
  ///   - opened: when it begins.
  public init(id: IncidentID, subject: Address, opened: Timestamp) {
    self.id = id
    self.subject = subject
    self.opened = opened
    lastReported = opened
    changed = opened
  }

  /// The incident that a journal tells of.
  ///
  /// - Parameters:
  ///   - id: its number.
  ///   - subject: the source.
  ///   - opened: when it began.
  ///   - journal: its events with their times, in order.
  /// - Throws: `IncidentProblem` where one of them cannot have happened.
  public init(
    id: IncidentID, subject: Address, opened: Timestamp,
    journal: [(event: IncidentEvent, at: Timestamp)]
  ) throws(IncidentProblem) {
    self.init(id: id, subject: subject, opened: opened)
    for line in journal { self = try after(line.event, at: line.at) }
  }

  /// The incident after an event. Nothing but the state, the event and the time counts.
  ///
  /// - Parameters:
  ///   - event: what happens.
  ///   - now: when.
  /// - Returns: the incident as it is then.
  /// - Throws: `IncidentProblem` where the event cannot happen.
  public func after(_ event: IncidentEvent, at now: Timestamp) throws(IncidentProblem) -> Incident {
    guard now >= changed else { throw .timeRunsBackwards }
    try event.check()
    var next = self
    try next.apply(event, at: now)
    next.changed = now
    next.revision += 1
    return next
  }

  private mutating func apply(
    _ event: IncidentEvent, at now: Timestamp
  ) throws(IncidentProblem) {
    switch event {
    case .reported(let reports, let networks, let last, let article):
      take(reports: reports, networks: networks, last: min(last, now), article: article)
    case .acknowledged:
      if state == .closed { throw .isClosed }
      if state != .open { throw .isAcknowledged }
      state = .acknowledged
    case .escalated:
      if state == .closed { throw .isClosed }
      if escalated != nil, !mayEscalateAgain(at: now) { throw .escalatedRecently }
      state = .escalated
      escalated = now
      escalations += 1
    case .closed:
      if state == .closed { throw .isClosed }
      state = .closed
    case .fellQuiet:
      if state == .closed { throw .isClosed }
      if !isQuiet(at: now) { throw .isNotQuiet }
      state = .closed
    case .reopened:
      if state != .closed { throw .isNotClosed }
      reopen()
      // Without this it would be quiet, and closed, at once.
      lastReported = now
    case .commented: break
    case .confirmed(_, let article, _):
      cause = Cause(article: article, stated: self.article, at: now)
    }
  }

  private mutating func take(
    reports: UInt64, networks: UInt64, last: Timestamp, article: String?
  ) {
    // Late news of what was before the closing is no reason to open it again.
    if state == .closed, last > lastReported, last > changed { reopen() }
    self.reports = self.reports.adding(reports)
    self.networks = max(self.networks, networks)
    self.article = article
    lastReported = max(lastReported, last)
  }

  private mutating func reopen() {
    state = .open
    reopenings += 1
    escalated = nil
  }

  mutating func restore(
    state: IncidentState, lastReported: Timestamp, changed: Timestamp, reports: UInt64,
    networks: UInt64
  ) {
    self.state = state
    self.lastReported = lastReported
    self.changed = changed
    self.reports = reports
    self.networks = networks
  }

  mutating func restore(
    article: String?, escalated: Timestamp?, cause: Cause?, escalations: Int, reopenings: Int,
    revision: Int
  ) {
    self.article = article
    self.escalated = escalated
    self.cause = cause
    self.escalations = escalations
    self.reopenings = reopenings
    self.revision = revision
  }

  /// Whether no report has come for so long that it ends.
  public func isQuiet(at now: Timestamp) -> Bool {
    now.wholeSeconds - lastReported.wholeSeconds >= IncidentRules.quietDays * 86_400
  }

  /// Whether it was escalated, to no avail: 72 hours ago, and reports still come.
  public func mayEscalateAgain(at now: Timestamp) -> Bool {
    guard let escalated, state == .escalated else { return false }
    let hours = (now.wholeSeconds - escalated.wholeSeconds) / 3_600
    return hours >= IncidentRules.hoursToEscalateAgain && lastReported > escalated
  }

  /// What is due by time alone; nil where nothing is. Escalating again is proposed, never done: what
  /// leaves a site is for people to send.
  public func due(at now: Timestamp) -> IncidentDue? {
    if state == .closed { return nil }
    if isQuiet(at: now) { return .close }
    return mayEscalateAgain(at: now) ? .escalateAgain : nil
  }
}

/// What is due by time.
public enum IncidentDue: String, Hashable, Sendable {
  /// Record `fellQuiet`.
  case close
  /// Ask somebody whether to escalate again.
  case escalateAgain = "escalate-again"
}

extension IncidentEvent {
  /// The name that stands in journals.
  public var name: String {
    switch self {
    case .reported: "reported"
    case .acknowledged: "acknowledged"
    case .escalated: "escalated"
    case .closed: "closed"
    case .fellQuiet: "fell-quiet"
    case .reopened: "reopened"
    case .commented: "commented"
    case .confirmed: "confirmed"
    }
  }

  func check() throws(IncidentProblem) {
    switch self {
    case .reported(_, _, _, let article):
      if let article, !isArticleName(article) { throw .badArticle }
    case .acknowledged(let name), .escalated(let name): try IncidentEvent.check(name: name)
    case .closed(let name, let text), .reopened(let name, let text), .commented(let name, let text):
      try IncidentEvent.check(name: name)
      try IncidentEvent.check(text: text)
    case .confirmed(let name, let article, let text):
      try IncidentEvent.check(name: name)
      try IncidentEvent.check(text: text)
      if let article, !isArticleName(article) { throw .badArticle }
    case .fellQuiet: break
    }
  }

  private static func check(name: String) throws(IncidentProblem) {
    guard (1...IncidentRules.nameBytes).contains(name.utf8.count) else { throw .badName }
  }

  private static func check(text: String) throws(IncidentProblem) {
    guard (1...PoolLimits.commentBytes).contains(text.utf8.count) else { throw .badText }
  }
}
