public import Observations

/// Something that those who look after a pool may want to be told of.
public struct Notice: Hashable, Sendable {
  /// What happened.
  public enum Kind: String, CaseIterable, Hashable, Sendable {
    /// An incident began.
    case opened
    /// A closed incident is open again, because reports came.
    case cameBack = "came-back"
    /// Those answerable were told long ago, and reports still come.
    case escalateAgain = "escalate-again"
    /// An incident was closed because nothing was reported for days.
    case fellQuiet = "fell-quiet"
    /// Somebody asks for a correction or an erasure.
    case correction
  }

  /// What happened.
  public var kind: Kind
  /// When, in whole seconds.
  public var at: Timestamp
  /// The number of the incident, or of the request.
  public var number: Int64
  /// The address it is about.
  public var subject: Address
  /// How often it happened to the same incident before: tells one time from the next.
  public var turn: Int
  /// What most networks made of it: an article's id; nil for nothing.
  public var article: String?

  /// A notice out of its parts; its time loses its fraction.
  public init(
    _ kind: Kind, at: Timestamp, number: Int64, subject: Address, turn: Int = 0,
    article: String? = nil
  ) {
    self.kind = kind
    self.at = Timestamp(seconds: at.wholeSeconds)
    self.number = number
    self.subject = subject
    self.turn = turn
    self.article = article
  }

  /// A notice of what happened to an incident.
  public init(_ kind: Kind, at: Timestamp, _ incident: Incident) {
    self.init(
      kind, at: at, number: incident.id.rawValue, subject: incident.subject,
      turn: kind == .escalateAgain ? incident.escalations : incident.reopenings,
      article: incident.article)
  }

  /// The same for the same occurrence, whenever it is noticed: letters, digits and hyphens.
  public var identity: String { "\(kind.rawValue)-\(number)-\(turn)" }
}

/// What became of notices for one destination, since the program began.
public struct NoticeTally: Hashable, Sendable {
  /// The destination's name: a word of this program's own.
  public var destination: String
  /// Notices that wait.
  public var waiting: Int
  /// Notices that were delivered.
  public var delivered: Int
  /// Notices that could not be delivered in time, or for which there was no room.
  public var lost: Int
  /// Why the first of them still waits; nil where nothing went wrong.
  public var because: String?

  /// A tally out of its parts.
  public init(
    destination: String, waiting: Int, delivered: Int, lost: Int, because: String? = nil
  ) {
    self.destination = destination
    self.waiting = waiting
    self.delivered = delivered
    self.lost = lost
    self.because = because
  }
}

/// Takes notices to where the pool's staff want them.
public protocol NoticeTaker: Sendable {
  /// Takes notices over; those of an occurrence that was told before are left out. Returns once they
  /// would outlive a restart; it does not wait for their delivery.
  func take(_ notices: [Notice]) async

  /// What became of them, by destination.
  func tally() async -> [NoticeTally]
}

/// A mail that somebody decided to send.
public struct Letter: Hashable, Sendable {
  /// The recipients' addresses, without names; at least one.
  public var to: [String]
  /// One line of what it is about.
  public var subject: String
  /// What it says, lines ended by line feeds.
  public var text: String
  /// The same for the same letter sent again: letters, digits and hyphens.
  public var identity: String

  /// A letter out of its parts.
  public init(to: [String], subject: String, text: String, identity: String) {
    self.to = to
    self.subject = subject
    self.text = text
    self.identity = identity
  }
}

/// Why something was not delivered.
public struct DeliveryError: Error, Hashable, Sendable, CustomStringConvertible {
  /// For people: what the other side said, or what went wrong on the way.
  public var description: String

  /// An error in words.
  public init(_ because: String) { description = because }
}

/// Sends mail.
public protocol LetterSender: Sendable {
  /// Sends a letter.
  ///
  /// - Parameter letter: what is sent, and to whom.
  /// - Throws: `DeliveryError`; then nobody took it over, as far as can be told.
  func send(_ letter: Letter) async throws(DeliveryError)
}
