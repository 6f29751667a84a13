public import Observations

/// An address that sends nothing and that nobody but the pool names, so that whoever reports it as a source
/// did not observe it: he copied a list in which it was planted, or was sent packets under it by somebody
/// who read that list.
///
/// A report about a canary is stored and never published. What it says of its sensor is for people to judge:
/// see `CanaryReading`.
public struct Canary: Hashable, Sendable {
  /// The most canaries that are out at a time.
  public static let most = 1_000
  /// The longest note, in bytes of UTF-8.
  public static let noteBytes = 500

  /// The address.
  public var address: Address
  /// Where it was planted, and for whom to find: 1 to `noteBytes` bytes.
  public var note: String
  /// Who planted it.
  public var by: String
  /// Since when; whole seconds.
  public var since: Timestamp
  /// When it was withdrawn; nil while it is out.
  public var withdrawn: Timestamp?

  /// A canary out of its parts.
  public init(
    address: Address, note: String, by name: String, since: Timestamp, withdrawn: Timestamp? = nil
  ) {
    self.address = address
    self.note = note
    by = name
    self.since = since
    self.withdrawn = withdrawn
  }

  /// Whether nothing that is reported of the address on a day may be published: on all days up to the one on
  /// which it was withdrawn. A list that was copied may state any time.
  public func keepsBack(_ day: Day) -> Bool {
    withdrawn.map { day <= Day($0) } ?? true
  }

  /// Those of some days of which what is reported of the address may be published.
  ///
  /// - Parameter days: the days.
  /// - Returns: the part of them behind the withdrawal; nil for none.
  public func published(of days: ClosedRange<Day>) -> ClosedRange<Day>? {
    guard let withdrawn else { return nil }
    let first = max(days.lowerBound, Day(withdrawn).advanced(by: 1))
    return first <= days.upperBound ? first...days.upperBound : nil
  }
}

/// What a report about a canary can mean. Neither is proof, and nothing follows of itself.
public enum CanaryReading: String, CaseIterable, Hashable, Sendable {
  /// The sensor states a connection that was completed.
  case firm
  /// Packets under the canary's address bring it about, whoever sends them.
  case forgeable

  /// For the staff, sentences.
  public var sentence: String {
    switch self {
    case .firm:
      "States a completed TCP connection with an address that sends nothing. No packets of others bring that "
        + "about: either the sensor, or whoever writes its evidence, makes up what it reports, or the address "
        + "is in use after all. Make sure of the latter first."
    case .forgeable:
      "Anybody could have sent this under the canary's address. The sensor may have copied a list; as well "
        + "somebody who read one, or who makes sources up by chance, may have sent packets to it. By itself "
        + "it says nothing against the sensor."
    }
  }
}

/// A batch that reports a canary as a source.
public struct CanaryHit: Hashable, Sendable {
  /// The canary.
  public var canary: Address
  /// The batch, with its sensor.
  public var batch: BatchID
  /// When the pool noted it: as the batch came, or, where the program ended meanwhile, later.
  public var noted: Timestamp
  /// Reports about the canary in the batch that packets alone cannot bring about.
  public var firm: UInt64
  /// The other reports about it.
  public var forgeable: UInt64
  /// The first time that the reports state.
  public var first: Timestamp
  /// The last.
  public var last: Timestamp

  /// A hit out of its parts.
  public init(
    canary: Address, batch: BatchID, noted: Timestamp, firm: UInt64, forgeable: UInt64,
    first: Timestamp, last: Timestamp
  ) {
    self.canary = canary
    self.batch = batch
    self.noted = noted
    self.firm = firm
    self.forgeable = forgeable
    self.first = first
    self.last = last
  }

  private struct Key: Hashable {
    var canary: Address
    var batch: BatchID
  }

  /// What it can mean.
  public var reading: CanaryReading { firm > 0 ? .firm : .forgeable }

  /// What reports say of canaries that are out.
  ///
  /// - Parameters:
  ///   - reports: reports, each with its batch, in any order.
  ///   - canaries: the canaries by address; those that were withdrawn do not count.
  ///   - now: the time.
  /// - Returns: a hit for each canary and batch, in order of these.
  public static func hits(
    in reports: some Sequence<(batch: BatchID, report: Report)>, of canaries: [Address: Canary],
    at now: Timestamp
  ) -> [CanaryHit] {
    var found: [Key: CanaryHit] = [:]
    for (batch, report) in reports {
      guard let canary = canaries[report.subject], canary.withdrawn == nil else { continue }
      let key = Key(canary: canary.address, batch: batch)
      var hit =
        found[key]
        ?? CanaryHit(
          canary: canary.address, batch: batch, noted: now, firm: 0, forgeable: 0,
          first: report.first, last: report.last)
      if report.mayBeForged { hit.forgeable += 1 } else { hit.firm += 1 }
      hit.first = min(hit.first, report.first)
      hit.last = max(hit.last, report.last)
      found[key] = hit
    }
    return found.values.sorted { a, b in
      (a.canary, a.batch.sensor.rawValue, a.batch.sequence)
        < (b.canary, b.batch.sensor.rawValue, b.batch.sequence)
    }
  }
}

/// All that a sensor reported of canaries.
public struct CanaryCount: Hashable, Sendable {
  /// The sensor.
  public var sensor: SensorID
  /// Canaries that it reported.
  public var canaries: Int
  /// Reports that packets alone cannot bring about.
  public var firm: UInt64
  /// Other reports.
  public var forgeable: UInt64

  /// A count out of its parts.
  public init(sensor: SensorID, canaries: Int, firm: UInt64, forgeable: UInt64) {
    self.sensor = sensor
    self.canaries = canaries
    self.firm = firm
    self.forgeable = forgeable
  }
}

/// Where canaries, and the journal of what was reported of them, are kept.
public protocol CanaryStore: Sendable {
  /// All canaries, withdrawn ones among them, in order of address.
  func canaries() async throws(StoreError) -> [Canary]

  /// Plants a canary, or one that was withdrawn once more.
  ///
  /// - Parameter canary: the canary.
  /// - Returns: whether it is out now; false where it was already, or `Canary.most` are.
  /// - Throws: `StoreError`.
  func plant(_ canary: Canary) async throws(StoreError) -> Bool

  /// Withdraws a canary; false where none of this address is out.
  func withdraw(canary address: Address, at now: Timestamp) async throws(StoreError) -> Bool

  /// Notes hits. Of a batch and a canary the first one counts: noting it again changes nothing.
  func note(_ hits: [CanaryHit]) async throws(StoreError)

  /// Hits, the latest first, then in order of canary, sensor and sequence.
  ///
  /// - Parameters:
  ///   - canary: those of one canary only; nil for any.
  ///   - sensor: those of one sensor only; nil for any.
  ///   - limit: the most, at most `PoolLimits.pageSize`.
  /// - Returns: the hits.
  /// - Throws: `StoreError`.
  func canaryHits(
    of canary: Address?, by sensor: SensorID?, limit: Int
  ) async throws(StoreError) -> [CanaryHit]

  /// What each sensor reported of canaries, in order of identity; nothing of those that reported none.
  func canaryCounts() async throws(StoreError) -> [CanaryCount]

  /// Forgets hits that were noted before some time.
  func forgetHits(before time: Timestamp) async throws(StoreError)
}
