public import Observations

/// A batch that passed every check, with what the pool adds to it.
public struct Submission: Hashable, Sendable {
  /// The batch.
  public var batch: Batch
  /// The digest of its encoding.
  public var digest: BatchDigest
  /// The network it is counted for: see `Independence.network`.
  public var network: Prefix
  /// When it arrived.
  public var received: Timestamp

  /// A submission out of its parts; the digest is made of the batch.
  public init(batch: Batch, network: Prefix, received: Timestamp) {
    self.batch = batch
    digest = BatchDigest(of: batch.encoded)
    self.network = network
    self.received = received
  }

  /// A submission whose digest is known already.
  public init(batch: Batch, digest: BatchDigest, network: Prefix, received: Timestamp) {
    self.batch = batch
    self.digest = digest
    self.network = network
    self.received = received
  }
}

/// What became of a batch.
public enum AppendResult: Hashable, Sendable {
  /// So many reports are stored, and will be there after a crash.
  case stored(reports: Int)
  /// The same batch was stored before; nothing changed.
  case duplicate
  /// Another batch was stored under this number; nothing changed.
  case conflict
}

/// Where reports are kept and asked for. Every order is total and stated, so that two stores of the
/// same reports answer the same.
///
/// All or nothing holds for each batch; what `append` acknowledged survives a crash. Counts of
/// distinct things are exact up to `DistinctSet.exactUpTo` and otherwise within 3 % in two of three
/// cases. Answers do not depend on the order in which batches came.
public protocol ReportStore: Sendable {
  /// What this store can do.
  func capabilities() async throws(StoreError) -> StoreCapabilities

  /// Stores batches; each is stored whole or not at all.
  ///
  /// - Parameter submissions: several at once cost less than one after the other.
  /// - Returns: what became of each, in order.
  /// - Throws: `StoreError`; then some of them may be stored, and all may be sent again.
  func append(_ submissions: [Submission]) async throws(StoreError) -> [AppendResult]

  /// Which of some batches are stored.
  func seen(_ ids: [BatchID]) async throws(StoreError) -> Set<BatchID>

  /// What is known about a source over some days; nil where nothing is.
  func summary(source: Address, in days: ClosedRange<Day>) async throws(StoreError)
    -> SourceSummary?

  /// Sources of a block, in order of address, those behind `after` only, and those with as many reports at
  /// least in all days together.
  func summaries(
    prefix: Prefix, in days: ClosedRange<Day>, fewestReports: UInt64, limit: Int, after: Address?
  ) async throws(StoreError) -> [SourceSummary]

  /// A source's single reports, in order of first time, sensor, sequence and place in the batch, those
  /// behind the cursor only. Only the pool's own staff may see them.
  func reports(
    source: Address, in days: ClosedRange<Day>, limit: Int, after: ReportCursor?
  ) async throws(StoreError) -> [StoredReport]

  /// How many reports there were over time, in order of time; empty buckets are left out.
  func trend(
    _ key: TrendKey, in days: ClosedRange<Day>, bucket: TrendBucket
  ) async throws(StoreError) -> [TrendPoint]

  /// What was reported most: by distinct networks, then reports, both falling, then by key.
  func top(
    _ kind: TopKind, in days: ClosedRange<Day>, limit: Int
  ) async throws(StoreError) -> [TopRow]

  /// The sources seen since some time, in order of address, those behind `after` only: small rows, for
  /// a table in memory that answers whether an address is known.
  func hotSet(
    since: Timestamp, limit: Int, after: Address?
  ) async throws(StoreError) -> [HotSource]

  /// Patterns that share a band of their signature with one asked about, most shared bands first, then
  /// by digest.
  func patterns(bands: [PatternBand], limit: Int) async throws(StoreError) -> [StoredPattern]

  /// A pattern by its digest; nil where there is none.
  func pattern(_ digest: UInt64) async throws(StoreError) -> StoredPattern?

  /// The sources of a pattern: by reports, falling, then by address.
  func sources(
    pattern digest: UInt64, in days: ClosedRange<Day>, limit: Int
  ) async throws(StoreError) -> [PatternSource]

  /// Makes the digests of a finished day from its single reports and keeps them, in place of earlier ones.
  /// Batches are taken in meanwhile; one that reports of this day leaves the digests outdated.
  ///
  /// - Parameters:
  ///   - day: the day.
  ///   - fewestNetworks: how many networks make a source widely met; 0 counts as 1.
  /// - Throws: `StoreError`, `.rejected` where there are no single reports of the day.
  func digest(_ day: Day, fewestNetworks: UInt64) async throws(StoreError)

  /// The digests of everything, a service or a verdict, in order of day; none of other keys. Outdated ones
  /// are among them: what everybody sees must not change because one late report came.
  func digests(_ key: TrendKey, in days: ClosedRange<Day>) async throws(StoreError) -> [DayDigest]

  /// The services that digests tell of, in order, by those made with as many networks or more.
  func wideServices(
    in days: ClosedRange<Day>, fewestNetworks: UInt64
  ) async throws(StoreError) -> [WideService]

  /// What was watched on the days that digests were made of, in order of day.
  func exposures(in days: ClosedRange<Day>) async throws(StoreError) -> [DayExposure]

  /// The days whose digests hold all that is stored of them and were made with as many networks, in
  /// order: others are to be made, or made anew.
  func digestedDays(
    in days: ClosedRange<Day>, fewestNetworks: UInt64
  ) async throws(StoreError) -> [Day]

  /// Takes back all that a sensor ever reported.
  func retract(sensor: SensorID) async throws(StoreError) -> Retraction

  /// Erases all that was reported about a source. Its owner may ask for that.
  func erase(source: Address) async throws(StoreError) -> Int

  /// Makes a day's sums anew from its single reports.
  func recount(_ day: Day) async throws(StoreError)

  /// Forgets single reports of the days before `raw`, and all sums of those before `sums`.
  func forget(rawBefore raw: Day, sumsBefore sums: Day) async throws(StoreError)

  /// Arranges the sums of the days up to one so that a source is looked up quickly. No answer changes. Batches
  /// are taken in meanwhile; to ask for the same day again costs next to nothing.
  func arrange(upTo day: Day) async throws(StoreError)

  /// Returns when all that was acknowledged can be seen by everybody who asks.
  func settle() async throws(StoreError)
}

extension ReportStore {
  /// Makes the digests of a finished day as a pool that everybody may ask has them.
  public func digest(_ day: Day) async throws(StoreError) {
    try await digest(day, fewestNetworks: Publication.fewestOfPublicPool)
  }

  /// The days whose digests hold all that is stored of them, as a pool that everybody may ask has them.
  public func digestedDays(in days: ClosedRange<Day>) async throws(StoreError) -> [Day] {
    try await digestedDays(in: days, fewestNetworks: Publication.fewestOfPublicPool)
  }
}
