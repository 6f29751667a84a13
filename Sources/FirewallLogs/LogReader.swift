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
}
