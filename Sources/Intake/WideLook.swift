internal import FirewallLogs
internal import Observations

/// A look for a log's lines beyond the head: a banner, boot messages or blanks may fill that.
struct WideLook {
  /// Places looked at in a file that can be read anywhere.
  private static let places: UInt64 = 16
  /// Bytes of one place.
  private static let sampleLength = 32_768
  /// So much is read on of what can only be read from its beginning.
  private static let furthest = 4 << 20
  /// It is looked at in pieces of so many bytes, until a log is recognised.
  private static let piece = 1 << 18

  private let context: LogContext
  private var recogniser: LogRecogniser

  init(context: LogContext) {
    self.context = context
    recogniser = LogRecogniser(context: context)
  }

  /// Looks at places all over a file; the source may be read on, for it can be opened again.
  mutating func look(across source: ByteSource, size: UInt64) -> LogRecognition? {
    // The head weighs no more than any other place.
    let head = min(source.count, WideLook.sampleLength)
    source.withWindow { look($0.extracting(0..<head).wholeLines(fromStart: true)) }
    let first = UInt64(head)
    let rest = size > first ? size - first : 0
    for place in 0..<WideLook.places {
      let sample = source.peek(
        at: first + rest / WideLook.places * place, count: WideLook.sampleLength)
      unsafe sample.withUnsafeBytes { unsafe look($0.bytes.wholeLines(fromStart: false)) }
    }
    guard var found = recogniser.recognition else { return nil }
    if found.needsYear { found.firstStamp = firstStamp(source, found) ?? found.firstStamp }
    return found
  }

  /// The first stamp of all, which no sample may have met: the log is read up to it.
  private func firstStamp(
    _ source: ByteSource, _ found: LogRecognition
  ) -> YearlessStamp? {
    var reader = found.makeReader(context: context)
    let batch = ObservationBatch()
    while reader.firstYearless == nil {
      batch.removeAll()
      let (offset, isLast) = (source.offset, source.isAtEnd)
      let consumed = source.withWindow {
        reader.read($0, offset: offset, isLast: isLast, into: batch)
      }
      source.consume(consumed)
      if consumed > 0 || batch.count > 0 { continue }
      let grew = source.extend(limit: reader.longestRecord, taken: { _ in })
      if isLast || (!grew && !source.isAtEnd) { break }
    }
    return reader.firstYearless
  }

  /// Reads on, keeps it all in the source's window, and looks at it.
  mutating func look(further source: ByteSource) -> LogRecognition? {
    var seen = 0
    while true {
      let more = source.count < WideLook.furthest
      while more, source.count < seen + WideLook.piece,
        source.extend(limit: WideLook.furthest, taken: { _ in })
      {}
      let before = seen
      source.withWindow { window in
        let lines = window.extracting(seen..<window.byteCount).wholeLines(fromStart: true)
        look(lines)
        seen += lines.byteCount
      }
      if let found = recogniser.recognition { return found }
      if seen == before || source.isAtEnd { return nil }
    }
  }

  private mutating func look(_ sample: RawSpan) {
    if sample.byteCount > 0 { recogniser.look(at: sample) }
  }
}

extension RawSpan {
  /// What ends with the last line end; without what stands before the first, unless that is a
  /// line's beginning.
  @_lifetime(copy self)
  fileprivate func wholeLines(fromStart: Bool) -> RawSpan {
    func isEnd(_ place: Int) -> Bool {
      unsafe unsafeLoad(fromByteOffset: place, as: UInt8.self) == 0x0a
    }
    let end = (0..<byteCount).last(where: isEnd).map { $0 + 1 } ?? 0
    let start = fromStart ? 0 : (0..<end).first(where: isEnd).map { $0 + 1 } ?? end
    return extracting(start..<end)
  }
}
