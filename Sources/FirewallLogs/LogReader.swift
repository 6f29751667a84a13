public import Observations

/// A reader of a log: what it learnt beside the observations.
public protocol LogReader: EvidenceReader {
  /// Lines that are well formed but not this format's: other programs' chatter in the same file.
  var otherLines: UInt64 { get }
  /// Whether stamps without a year were met and nobody had said which year it was.
  var usesAssumedYear: Bool { get }
  /// The first stamp that gave no year; nil where all gave one.
  var firstYearless: YearlessStamp? { get }
  /// The westernmost and the easternmost zone that stamps state, in seconds east of UTC; nil where
  /// none states any.
  var statedZones: ClosedRange<Int64>? { get }
  /// What was done with the packets, and which way they went.
  var tally: LogTally { get }
  /// The same of visits alone.
  var visitTally: LogTally { get }
  /// The formats met, the one with most lines first.
  var shares: [LogShare] { get }
  /// Hosts that name themselves in the lines; 0 where none does.
  var hostCount: Int { get }
  /// Which addresses stood for which, as the log's device translated them.
  var translations: TranslationLog { get }
  /// Called with each line that no format knows, and its place; nil to leave it at counting.
  var unread: ((RawSpan, Place) -> Void)? { get set }
}
