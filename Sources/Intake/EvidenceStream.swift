internal import Captures
internal import FirewallLogs
internal import HostEvidence
public import Observations

/// A piece of evidence being read: batches until the end, then what it was like.
public final class EvidenceStream {
  /// Files above this are hashed only where asked: 64 MiB.
  public static let hashedUpTo: UInt64 = 64 << 20

  private let file: EvidenceFile
  private let source: ByteSource
  private var capture: (any EvidenceReader)?
  private var log: (any LogReader)?
  private var digest: FileDigest?
  private let progress: (@Sendable (String, UInt64, UInt64) -> Void)?
  private var isDone = false
  private let sieve: PacketSieve?

  /// Observations handed out so far.
  public private(set) var observations: UInt64 = 0
  /// The earliest time met; nil before any.
  public private(set) var first: Timestamp?
  /// The latest time met; nil before any.
  public private(set) var last: Timestamp?
  /// Bytes read so far, as they are stored.
  public var bytes: UInt64 { source.stored }

  init?(
    _ file: EvidenceFile, options: IntakeOptions, hashes: Bool = true, tap: PacketTap? = nil
  ) {
    guard let source = file.source?.source ?? ByteSource(path: file.systemPath, member: file.member)
    else { return nil }
    self.file = file
    self.source = source
    source.readsAhead = options.readsAhead
    progress = options.progress
    let sieve = options.match.map { PacketSieve($0.expression) }
    self.sieve = sieve
    let hashes =
      hashes && file.source == nil
      && (options.hashLargeFiles || file.size <= EvidenceStream.hashedUpTo)
    digest = hashes ? FileDigest() : nil
    if let recognition = file.recognition {
      log = recognition.makeReader(context: file.context)
    } else {
      while source.count < EvidenceFile.headLength, extend(EvidenceFile.headLength) {}
      capture = source.withWindow { CaptureFormats.reader(for: $0, sieve: sieve, tap: tap) }
      if capture == nil { return nil }
    }
  }

  /// Records met: packets, or lines.
  public var records: UInt64 { log?.recordCount ?? capture?.recordCount ?? 0 }
  /// What was wrong with them.
  public var problems: ProblemLog {
    var problems = log?.problems ?? capture?.problems ?? ProblemLog()
    source.noteTrouble(in: &problems, record: records)
    return problems
  }
  /// Packets that the evidence itself says were lost while it was taken.
  public var dropped: UInt64 { capture?.dropped ?? 0 }
  /// Comments that somebody attached to its packets.
  public var comments: UInt64 { capture?.comments ?? 0 }
  /// What a match did, so far; nil where none was asked for.
  public var matching: MatchOutcome? { sieve.map { MatchOutcome($0, isLog: log != nil) } }
  /// What a capture tells beside its packets.
  public var facts: CaptureFacts { capture?.facts ?? CaptureFacts() }
  /// The system's word on why reading stopped before the end.
  public var failure: String? { source.failure }
  /// SHA-256 of all bytes; nil where not computed, or where not all of them were read.
  public var sha256: String? { source.isAtEnd && failure == nil ? digest?.hexadecimal : nil }
  /// Whether stamps gave no year.
  public var usesAssumedYear: Bool { log?.usesAssumedYear ?? false }
  /// Lines of other programs in the same log.
  public var otherLines: UInt64 { log?.otherLines ?? 0 }
  /// Whether every line of a firewall's log is a refusal.
  public var refusalsOnly: Bool {
    guard let tally = log?.tally, let visits = log?.visitTally else { return false }
    return tally.blocked > visits.blocked && tally.allowed == visits.allowed
      && tally.audited == visits.audited && tally.unknown == visits.unknown
  }
  /// Whether the format's stamps state their zone, or are UTC by definition.
  public var statesZone: Bool {
    log?.shares.allSatisfy { $0.observations == 0 || LogFormats.statesZone($0.format) } ?? true
  }
  /// Whether times were read by a clock whose zone nobody has stated.
  public var takesZone: Bool {
    log != nil && !statesZone && (log?.statedZones == nil || log?.firstYearless != nil)
  }
  /// The zones that a log's stamps state, in seconds east of UTC; nil where none states any.
  public var statedZones: ClosedRange<Int64>? { log?.statedZones }
  /// Whether some of the log's rules stop logging above a rate.
  public var isRateLimited: Bool { (log?.tally.rateLimited ?? 0) > 0 }
  /// Whether the log's device says that lines were lost.
  public var losesLines: Bool { (log?.tally.lost ?? 0) > 0 }
  /// Whether the log tells of answers, too: that of one sensor does. Where others write into the same
  /// file, their silence about an answer says nothing.
  public var showsReplies: Bool {
    (log?.tally.exchanges ?? 0) > 0
      && formats.count { $0.kind == .firewallLog && $0.observations > 0 } == 1
  }
  /// Whether all that a log tells of came in, so that what its own hosts sent is not in it.
  public var inboundOnly: Bool {
    guard let tally = log?.tally else { return false }
    return tally.inbound > 0 && tally.outbound == 0 && tally.forwarded == 0
  }
  /// Which addresses stood for which, as a firewall's log says; in order.
  public var translations: [Translation] {
    (log?.translations.entries ?? []).map { pair, entry in
      Translation(
        inside: pair.inside, outside: pair.outside, count: entry.count,
        first: Timestamp(nanoseconds: entry.first), last: Timestamp(nanoseconds: entry.last))
    }
  }
  /// Hosts that name themselves in a log's lines; 0 where none does.
  public var hostCount: Int { log?.hostCount ?? 0 }

  /// The formats of a log's lines, the one with most lines first; empty for a capture.
  public var formats: [FormatShare] { (log?.shares ?? []).map(FormatShare.init) }
  /// Lines that no format knows.
  public var unreadLines: UInt64 { log?.problems.count(.lineNotRecognised) ?? 0 }
  /// What was read of it turned out to be, whatever its first lines are.
  public var kind: EvidenceFile.Kind {
    formats.max { ($0.observations, $1.first) < ($1.observations, $0.first) }?.kind ?? file.kind
  }
  /// The same of its format.
  public var format: String? {
    let most = formats.max { ($0.observations, $1.first) < ($1.observations, $0.first) }
    return most.map(\.format) ?? file.format
  }

  /// Has each line shown that no format knows; without its end, with its place.
  public func onUnread(_ body: @escaping (RawSpan, Place) -> Void) { log?.unread = body }

  /// Has each line shown that was read: without its end, with its place and what it tells of.
  public func onRead(_ body: @escaping (RawSpan, UInt64, Observation) -> Void) { showsLine = body }
  private var showsLine: ((RawSpan, UInt64, Observation) -> Void)?

  /// Fills a batch; false when this was the last.
  public func fill(_ batch: ObservationBatch) -> Bool {
    let before = batch.count
    while !batch.isFull, !isDone {
      let consumed = read(batch)
      source.consume(consumed)
      if consumed == 0, !batch.isFull, !extend(longestRecord) {
        if !source.isAtEnd { source.giveUp("a record is longer than the format allows") }
        isDone = source.count == 0 || drain(batch)
      }
    }
    if log != nil { sieve?.sift(batch, from: before) }
    note(batch, from: before)
    return !isDone
  }

  /// Fills a batch from the first window alone, for a look at the first times.
  func look(_ batch: ObservationBatch) {
    if source.count == 0 { _ = extend(longestRecord) }
    source.consume(read(batch))
    note(batch, from: 0)
  }

  private var longestRecord: Int { log?.longestRecord ?? capture?.longestRecord ?? 0 }

  private func read(_ batch: ObservationBatch) -> Int {
    let offset = source.offset
    let isLast = source.isAtEnd
    if log != nil {
      let before = batch.count
      return source.withWindow { window in
        let consumed = log?.read(window, offset: offset, isLast: isLast, into: batch) ?? 0
        if let showsLine { show(window, offset, batch, from: before, with: showsLine) }
        return consumed
      }
    }
    return source.withWindow {
      capture?.read($0, offset: offset, isLast: isLast, into: batch) ?? 0
    }
  }

  private func show(
    _ window: RawSpan, _ offset: UInt64, _ batch: ObservationBatch, from: Int,
    with body: (RawSpan, UInt64, Observation) -> Void
  ) {
    for number in from..<batch.count {
      let packet = batch.observations[number]
      let place = batch.offsets[number]
      if let sieve, !sieve.matches(packet) { continue }
      guard place >= offset, place - offset < UInt64(window.byteCount) else { continue }
      let start = Int(place - offset)
      var end = start
      while end < window.byteCount,
        unsafe window.unsafeLoad(fromByteOffset: end, as: UInt8.self) != 0x0a
      {
        end += 1
      }
      body(window.extracting(start..<end), place, packet)
    }
  }

  /// At the end of the bytes: the reader takes what is left; true when nothing is.
  private func drain(_ batch: ObservationBatch) -> Bool {
    let consumed = read(batch)
    source.consume(consumed)
    return source.count == 0 || (consumed == 0 && !batch.isFull)
  }

  private func extend(_ limit: Int) -> Bool {
    let grew = source.extend(limit: limit) { fresh in
      digest?.update(fresh)
    }
    if grew, let progress { progress(file.path, bytes, file.size) }
    return grew
  }

  private func note(_ batch: ObservationBatch, from: Int) {
    guard batch.count > from else { return }
    observations += UInt64(batch.count - from)
    var low = first?.nanoseconds ?? .max
    var high = last?.nanoseconds ?? .min
    for i in from..<batch.count where !batch.observations[i].marks.contains(.timeUncertain) {
      low = min(low, batch.observations[i].time)
      high = max(high, batch.observations[i].time)
    }
    guard low <= high else { return }
    first = Timestamp(nanoseconds: low)
    last = Timestamp(nanoseconds: high)
  }
}
