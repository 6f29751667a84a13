/// A reader of one kind of evidence: bytes in, observations out. The seam between `Intake` and the
/// formats.
///
/// `Intake` owns the bytes (a file, standard input, a decompressor) and shows them in windows; a
/// reader keeps only what it must remember between windows and never allocates by a number it read.
public protocol EvidenceReader {
  /// Stable name of the format, as in the JSON contract: `pcap`, `netfilter`, `postfix` …
  var format: String { get }
  /// Records met so far: packets, or lines. Includes those that yield no observation.
  var recordCount: UInt64 { get }
  /// What was wrong so far.
  var problems: ProblemLog { get }
  /// The longest record this reader accepts, in bytes: `Intake` grows its window up to this.
  var longestRecord: Int { get }
  /// Packets that the evidence itself says were lost while it was taken; 0 where it does not say.
  var dropped: UInt64 { get }
  /// Comments that somebody attached to packets; 0 where the format has none.
  var comments: UInt64 { get }
  /// What a capture tells beside its packets.
  var facts: CaptureFacts { get }

  /// Reads records from the front of `window` until the batch is full or no whole record is left.
  ///
  /// - Parameters:
  ///   - window: bytes from the first one not yet consumed.
  ///   - offset: the place of the window's first byte in the evidence.
  ///   - isLast: nothing follows this window; what is left of a record is a problem to be counted,
  ///     and all of the window must be consumed over successive calls.
  ///   - batch: takes the observations; the reader appends and never empties it.
  /// - Returns: bytes consumed. 0 with room in the batch asks for a larger window.
  mutating func read(
    _ window: RawSpan, offset: UInt64, isLast: Bool, into batch: ObservationBatch
  ) -> Int
}

extension EvidenceReader {
  /// Most formats cannot say.
  public var dropped: UInt64 { 0 }
  /// Most formats have none.
  public var comments: UInt64 { 0 }
  /// Only captures tell.
  public var facts: CaptureFacts { CaptureFacts() }
}
