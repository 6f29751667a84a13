internal import Observations

/// Recognises a log by what many of its lines say, wherever in it they stand.
///
/// Samples of the log are read as a log of any formats would be. It is a log where at least one
/// line tells of a packet or visit, and more lines can be placed (those of known formats, and
/// well-formed ones of other programs) than cannot.
public struct LogRecogniser {
  private var stream: LogStream
  private let batch = ObservationBatch()
  private var offset: UInt64 = 0

  /// A recogniser that has seen nothing.
  ///
  /// - Parameter context: what is known about the log's times.
  public init(context: LogContext) {
    stream = LogStream(LogFormats.all(first: "", context), context: context)
  }

  /// Looks at a sample, of which the first line is whole. The first sample should be the log's
  /// head: some formats say there what their columns are.
  public mutating func look(at sample: RawSpan) {
    var at = 0
    while at < sample.byteCount {
      batch.removeAll()
      let consumed = stream.read(
        sample.extracting(at..<sample.byteCount), offset: offset, isLast: true, into: batch)
      if consumed == 0, batch.count == 0 { break }
      at += consumed
      offset += UInt64(consumed)
    }
    batch.removeAll()
  }

  /// What the samples turned out to be; nil where they are no log.
  public var recognition: LogRecognition? {
    let shares = stream.shares
    guard let most = shares.max(by: { ($0.observations, $1.first) < ($1.observations, $0.first) }),
      most.observations > 0 || LogRecogniser.isOwn(shares[0], of: stream.recordCount)
    else { return nil }
    let problems = stream.problems
    let unknown = problems.count(.lineNotRecognised) + problems.count(.lineTooLong)
    guard stream.recordCount > 2 * unknown else { return nil }
    let stamp = stream.firstYearless
    return LogRecognition(
      kind: most.kind, format: most.format, needsYear: stamp != nil, firstStamp: stamp)
  }

  /// Whether nearly all lines are one format's, though none tells of a packet: it is worth saying what
  /// the log is, and that there is nothing in it to be read.
  private static func isOwn(_ share: LogShare, of lines: UInt64) -> Bool {
    share.lines >= 5 && share.lines * 5 >= lines * 4
  }
}
