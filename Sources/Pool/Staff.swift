public import Observations

/// One of those who look after a pool.
public struct OperatorRecord: Hashable, Sendable {
  /// What he signs in as, and what stands in journals: 1 to `IncidentRules.nameBytes` bytes.
  public var name: String
  /// What his password is checked against; never the password.
  public var password: String
  /// Since when.
  public var since: Timestamp

  /// An operator out of his parts.
  public init(name: String, password: String, since: Timestamp) {
    self.name = name
    self.password = password
    self.since = since
  }
}

/// What a program with a key may do.
public enum AccessScope: String, CaseIterable, Hashable, Sendable, Comparable {
  /// Ask for what is published, more often than others.
  case read
  /// Ask for what only the staff see: exact counts and journals.
  case details
  /// Let things happen to incidents.
  case incidents
  /// Hand in reports in a form that others made, as a sensor that belongs to the key.
  case submit
  /// See, plant and withdraw canaries.
  case canaries

  /// By name.
  public static func < (a: AccessScope, b: AccessScope) -> Bool { a.rawValue < b.rawValue }
}

/// A program's right to ask. The pool keeps the key's digest only.
public struct AccessKey: Hashable, Sendable {
  /// The digest of the key's text.
  public var digest: BatchDigest
  /// What the staff call it.
  public var name: String
  /// What it may do.
  public var scopes: Set<AccessScope>
  /// When it was made.
  public var made: Timestamp
  /// Until when it is good.
  public var expires: Timestamp

  /// A key out of its parts.
  public init(
    digest: BatchDigest, name: String, scopes: Set<AccessScope>, made: Timestamp,
    expires: Timestamp
  ) {
    self.digest = digest
    self.name = name
    self.scopes = scopes
    self.made = made
    self.expires = expires
  }
}

/// Somebody's word that what is said of an address is wrong, or his wish that it be erased.
public struct CorrectionRequest: Hashable, Sendable {
  /// What is asked for.
  public enum Kind: String, CaseIterable, Hashable, Sendable {
    /// What is said is wrong.
    case correction
    /// All that is kept about the address shall go.
    case erasure
  }

  /// What was done about it.
  public struct Settlement: Hashable, Sendable {
    /// Who did it.
    public var by: String
    /// When.
    public var at: Timestamp
    /// What was done, and why.
    public var answer: String

    /// A settlement out of its parts.
    public init(by name: String, at: Timestamp, answer: String) {
      self.by = name
      self.at = at
      self.answer = answer
    }
  }

  /// Its number, from 1 on; 0 before it is kept.
  public var id: Int64 = 0
  /// When it came.
  public var at: Timestamp
  /// What is asked for.
  public var kind: Kind
  /// The address it is about.
  public var subject: Address
  /// Why, in whoever's words.
  public var text: String
  /// How to reach whoever asks; empty where he does not say.
  public var contact: String
  /// What was done about it; nil while it waits.
  public var settlement: Settlement?

  /// The most requests that wait; further ones are turned away.
  public static let mostOpen = 1_000
  /// The longest text, in characters (code points).
  public static let textCharacters = 1_000
  /// The longest contact, in characters (code points).
  public static let contactCharacters = 100

  /// A request out of its parts.
  public init(at: Timestamp, kind: Kind, subject: Address, text: String, contact: String) {
    self.at = at
    self.kind = kind
    self.subject = subject
    self.text = text
    self.contact = contact
  }
}

/// Where operators, keys, requests and canaries are kept.
public protocol StaffStore: CanaryStore {
  /// All operators, in order of name.
  func operators() async throws(StoreError) -> [OperatorRecord]

  /// Adds an operator, or gives one of this name another password.
  func put(_ record: OperatorRecord) async throws(StoreError)

  /// Takes an operator's right away; false where there is none of this name.
  func removeOperator(named name: String) async throws(StoreError) -> Bool

  /// All keys, in order of name, then digest.
  func accessKeys() async throws(StoreError) -> [AccessKey]

  /// A key by its digest, whether it is still good or not; nil where there is none.
  func accessKey(_ digest: BatchDigest) async throws(StoreError) -> AccessKey?

  /// Keeps a key.
  func put(_ key: AccessKey) async throws(StoreError)

  /// Takes a key's right away; false where there is none.
  func removeAccessKey(_ digest: BatchDigest) async throws(StoreError) -> Bool

  /// Keeps a request; nil where too many wait already.
  ///
  /// - Parameter request: what is asked; its number is given by the store.
  /// - Returns: the request with its number.
  /// - Throws: `StoreError`.
  func file(_ request: CorrectionRequest) async throws(StoreError) -> CorrectionRequest?

  /// Requests in order of number, falling; those that wait only, if so wanted.
  func requests(waitingOnly: Bool, limit: Int) async throws(StoreError) -> [CorrectionRequest]

  /// Notes what was done about a request; false where there is none that waits by this number.
  func settle(
    _ id: Int64, _ settlement: CorrectionRequest.Settlement
  ) async throws(StoreError) -> Bool
}
