public import Observations

/// A line of an incident's journal.
public struct JournalEntry: Hashable, Sendable {
  /// The incident.
  public var incident: IncidentID
  /// Its place in the journal, from 1.
  public var revision: Int
  /// When it happened.
  public var at: Timestamp
  /// What happened.
  public var event: IncidentEvent

  /// A line out of its parts.
  public init(incident: IncidentID, revision: Int, at: Timestamp, event: IncidentEvent) {
    self.incident = incident
    self.revision = revision
    self.at = at
    self.event = event
  }
}

/// Reports about a source that its incident is to know of.
public struct IncidentNote: Hashable, Sendable {
  /// The source.
  public var subject: Address
  /// A `reported`.
  public var event: IncidentEvent

  /// A note out of its parts.
  public init(subject: Address, event: IncidentEvent) {
    self.subject = subject
    self.event = event
  }
}

extension IncidentStore {
  /// Notes reports about one source.
  ///
  /// - Parameters:
  ///   - subject: the source.
  ///   - event: a `reported`.
  ///   - now: the time.
  /// - Returns: the incident as it is now, or why not.
  /// - Throws: `StoreError`.
  public func report(
    subject: Address, _ event: IncidentEvent, at now: Timestamp
  ) async throws(StoreError) -> RecordResult {
    try await report([IncidentNote(subject: subject, event: event)], at: now).first ?? .unknown
  }
}

/// Which incidents are asked for.
public struct IncidentFilter: Hashable, Sendable {
  /// In one of these states; empty for any.
  public var states: Set<IncidentState> = []
  /// About sources of this block.
  public var prefix: Prefix?
  /// With a report at or after this time.
  public var reportedSince: Timestamp?

  /// All incidents.
  public init() {}
}

/// What became of an event.
public enum RecordResult: Hashable, Sendable {
  /// It happened; the incident as it is now.
  case recorded(Incident)
  /// It cannot happen; nothing changed.
  case refused(IncidentProblem)
  /// There is no such incident.
  case unknown
}

/// What became of an enrolment.
public enum EnrolmentResult: Hashable, Sendable {
  /// The sensor may submit.
  case enrolled(SensorRecord)
  /// No such token, or it was used or has expired: which of these is not told.
  case refused
}

/// Where incidents with their journals, and sensors, are kept. Journals are only ever added to.
public protocol IncidentStore: Sendable {
  /// Notes reports about sources on their incidents, each of which is made if there is none; all in one
  /// step.
  ///
  /// - Parameters:
  ///   - notes: what was reported.
  ///   - now: the time.
  /// - Returns: of each the incident as it is now, or why not.
  /// - Throws: `StoreError`; then nothing was noted.
  func report(_ notes: [IncidentNote], at now: Timestamp) async throws(StoreError) -> [RecordResult]

  /// Lets something happen to an incident and writes it into the journal.
  ///
  /// - Parameters:
  ///   - event: what happens.
  ///   - id: the incident.
  ///   - now: the time.
  ///   - revision: the revision that whoever decided this had before him; nil for any.
  /// - Returns: the incident as it is now, or why not.
  /// - Throws: `StoreError`.
  func record(
    _ event: IncidentEvent, on id: IncidentID, at now: Timestamp, ifRevision revision: Int?
  ) async throws(StoreError) -> RecordResult

  /// An incident; nil where there is none.
  func incident(_ id: IncidentID) async throws(StoreError) -> Incident?

  /// The incident of a source; nil where there is none.
  func incident(subject: Address) async throws(StoreError) -> Incident?

  /// Incidents in order of number, falling, those before `before` only.
  func incidents(
    _ filter: IncidentFilter, limit: Int, before: IncidentID?
  ) async throws(StoreError) -> [Incident]

  /// An incident's journal in order.
  func journal(_ id: IncidentID) async throws(StoreError) -> [JournalEntry]

  /// Incidents that something is due for by time, in order of number, those behind `after` only.
  func due(
    at now: Timestamp, limit: Int, after: IncidentID?
  ) async throws(StoreError) -> [Incident]

  /// Every confirmed cause, with what had been stated: what articles' precision is measured by.
  func confirmedCauses() async throws(StoreError) -> [Incident.Cause]

  /// Keeps a token's digest until it is used or expires.
  func issue(_ pending: PendingEnrolment) async throws(StoreError)

  /// Uses a token up and makes its bearer a sensor.
  func enrol(
    _ token: EnrolmentToken, publicKey: [UInt8], at now: Timestamp
  ) async throws(StoreError) -> EnrolmentResult

  /// A sensor; nil where there is none.
  func sensor(_ id: SensorID) async throws(StoreError) -> SensorRecord?

  /// All sensors, in order of identity.
  func sensors() async throws(StoreError) -> [SensorRecord]

  /// Ends or restores the trust in a sensor; false where there is none. Its reports are taken back by
  /// `ReportStore.retract`.
  func setSuspension(
    _ suspension: SensorRecord.Suspension?, of id: SensorID
  ) async throws(StoreError) -> Bool
}
