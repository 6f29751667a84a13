internal import Crypto
public import Observations

/// A sensor as the pool knows it.
public struct SensorRecord: Hashable, Sendable {
  /// Its identity, which follows from its key.
  public var id: SensorID { SensorID(publicKey: publicKey) }
  /// Its 32 bytes of public key.
  public var publicKey: [UInt8]
  /// What the pool's staff call it.
  public var name: String
  /// The network it is counted for wherever it submits from, if the staff stated one.
  public var declaredNetwork: Prefix?
  /// How many addresses it watches, if the staff stated it.
  public var watched: UInt64?
  /// When it was enrolled.
  public var enrolled: Timestamp
  /// Since when it is suspended, and why; nil while it may submit.
  public var suspension: Suspension?

  /// The end of trust in a sensor.
  public struct Suspension: Hashable, Sendable {
    /// Since when.
    public var since: Timestamp
    /// Why.
    public var because: String

    /// A suspension out of its parts.
    public init(since: Timestamp, because: String) {
      self.since = since
      self.because = because
    }
  }

  /// A sensor out of its parts.
  public init(
    publicKey: [UInt8], name: String, declaredNetwork: Prefix?, watched: UInt64? = nil,
    enrolled: Timestamp, suspension: Suspension? = nil
  ) {
    self.publicKey = publicKey
    self.name = name
    self.declaredNetwork = declaredNetwork
    self.watched = watched
    self.enrolled = enrolled
    self.suspension = suspension
  }
}

/// A right to enrol one sensor, once. The pool keeps its digest only.
public struct EnrolmentToken: Hashable, Sendable {
  /// What the sensor's owner is told: 52 letters and digits.
  public let text: String

  private static let letters = Array("abcdefghijklmnopqrstuvwxyz234567")

  /// A new token of 256 random bits.
  public init() {
    let key = SymmetricKey(size: .bits256)
    let bytes = unsafe key.withUnsafeBytes { unsafe Array($0) }
    var (bits, held) = (UInt32(0), 0)
    var text = ""
    for byte in bytes + [0] {
      (bits, held) = (bits << 8 | UInt32(byte), held + 8)
      while held >= 5, text.count < 52 {
        held -= 5
        text.append(EnrolmentToken.letters[Int(bits >> UInt32(held) & 31)])
      }
    }
    self.text = text
  }

  /// A token as somebody typed it; nil where it cannot be one.
  public init?(_ text: String) {
    let lower = text.lowercased()
    guard lower.count == 52, lower.allSatisfy({ EnrolmentToken.letters.contains($0) }) else {
      return nil
    }
    self.text = lower
  }

  /// What the pool keeps of it.
  public var digest: BatchDigest { BatchDigest(of: Array(text.utf8)) }
}

/// A token that was issued and not used yet.
public struct PendingEnrolment: Hashable, Sendable {
  /// The token's digest.
  public var digest: BatchDigest
  /// What the sensor will be called.
  public var name: String
  /// The network it will be counted for, if stated.
  public var declaredNetwork: Prefix?
  /// How many addresses it will watch, if stated.
  public var watched: UInt64?
  /// Until when it may be used.
  public var expires: Timestamp

  /// A pending enrolment out of its parts.
  public init(
    digest: BatchDigest, name: String, declaredNetwork: Prefix?, watched: UInt64? = nil,
    expires: Timestamp
  ) {
    self.digest = digest
    self.name = name
    self.declaredNetwork = declaredNetwork
    self.watched = watched
    self.expires = expires
  }
}

/// Who counts as somebody else.
///
/// Accounts cost nothing; addresses in many networks cost something. So agreement is counted by
/// networks, and a sensor is counted for the block that it submits from, or for the one that the
/// pool's staff stated when they issued its token. A sensor cannot choose.
public enum Independence {
  /// IPv4 submitters are told apart by blocks of this length.
  public static let lengthIPv4 = 24
  /// IPv6 submitters are told apart by blocks of this length: what one site gets (RFC 6177).
  public static let lengthIPv6 = 48

  /// The network that a submission counts for.
  ///
  /// - Parameters:
  ///   - address: where it came from.
  ///   - declared: the network that the staff stated for the sensor.
  /// - Returns: the block.
  public static func network(of address: Address, declared: Prefix?) -> Prefix {
    if let declared { return declared }
    let length = address.isIPv4 ? lengthIPv4 : lengthIPv6
    return Prefix(of: address, length: length)
  }
}

/// Why a batch is not taken in although its signature holds.
public enum AdmissionProblem: Error, Hashable, Sendable {
  /// The sensor is suspended.
  case suspended
  /// A report of the future, by its place: the sensor's clock is wrong.
  case fromTheFuture(index: Int)
  /// A report from before anything is kept, by its place.
  case tooOld(index: Int)
  /// A subject whose address means nothing outside of its own network, by its place.
  case privateSubject(index: Int)
}

/// What a pool takes in.
public struct AdmissionRules: Hashable, Sendable {
  /// A sensor's clock may be ahead by so many seconds.
  public var secondsAhead: Int64 = 600
  /// Older reports are refused: single reports of that age are forgotten.
  public var daysBack: Int64 = 30
  /// Whether subjects may have private addresses: for the pool of one organisation.
  public var takesPrivateSubjects = false

  /// The rules of a public pool.
  public init() {}

  /// Whether reports may be about an address: a single host's, that means something elsewhere.
  public func takes(_ subject: Address) -> Bool {
    subject.isSingleHost && (!subject.isPrivate || takesPrivateSubjects)
  }

  /// What keeps a batch out; nil where nothing does.
  public func problem(
    with batch: Batch, of sensor: SensorRecord, at now: Timestamp
  ) -> AdmissionProblem? {
    if sensor.suspension != nil { return .suspended }
    let latest = now.wholeSeconds + secondsAhead
    let earliest = now.wholeSeconds - daysBack * 86_400
    for (index, report) in batch.reports.enumerated() {
      if report.last.wholeSeconds > latest { return .fromTheFuture(index: index) }
      if report.first.wholeSeconds < earliest { return .tooOld(index: index) }
      if report.subject.isPrivate, !takesPrivateSubjects { return .privateSubject(index: index) }
    }
    return nil
  }
}
