public import Observations

/// A capture of any container, read as far as it goes.
///
/// Where no record stands though one should, the next place is looked for from which several records
/// follow upon each other, or where another capture begins: captures are damaged, cut and joined.
/// Each byte is looked at a bounded number of times, and what was skipped is counted.
public struct CaptureReader: EvidenceReader {
  /// The container's name; of joined captures the first one's.
  public let format: String
  /// Packets met so far.
  public var recordCount: UInt64 { records.count }
  /// What was wrong so far.
  public var problems: ProblemLog { records.problems }
  /// What a few records in a row may take: to find back, they are looked at together.
  public let longestRecord = 1_200_000
  /// What the capture tells beside its packets.
  public var facts: CaptureFacts {
    var facts = records.facts
    facts.links = linkNumbers.map { number in
      UInt16(exactly: number).flatMap { LinkNames.name($0) } ?? "link type \(number)"
    }
    facts.longestCut = UInt64(records.longestCut)
    return facts
  }
  /// Packets that the capturing system says it lost.
  public var dropped: UInt64 { CaptureReader.sum(droppedBefore, container.dropped) }
  /// Comments that packets carry.
  public var comments: UInt64 { commentsBefore &+ container.comments }
  /// Numbers of the link types that occur (the tcpdump group's list); the first few.
  private var linkNumbers: [UInt32] {
    var all = linksBefore
    for number in container.links.numbers { all.insert(number) }
    return all.numbers
  }

  private enum State {
    case reading
    /// Looking for records since a place, and why.
    case searching(from: UInt64, cause: Anomaly)
    /// Behind the last record: only another capture is looked for.
    case behind
    case over
  }
  private var state = State.reading
  private var container: any Container
  var records: PacketRecords
  private var droppedBefore: UInt64 = 0
  private var commentsBefore: UInt64 = 0
  private var linksBefore = LinkSet()

  /// A reader for the capture that begins with `head`; nil where that is none.
  ///
  /// - Parameters:
  ///   - head: the first bytes of the evidence, up to 64 KiB; they are read again as part of the
  ///     stream.
  ///   - usesFastPath: false sends every packet through the views. The outcome is the same; for
  ///     tests and measurements.
  public init?(head: RawSpan, usesFastPath: Bool = true) {
    guard let container = CaptureFormats.container(for: head) else { return nil }
    self.container = container
    format = container.format
    records = PacketRecords(usesFastPath: usesFastPath)
  }

  /// Reads packets; see `EvidenceReader`.
  public mutating func read(
    _ window: RawSpan, offset: UInt64, isLast: Bool, into batch: ObservationBatch
  ) -> Int {
    var at = 0
    while true {
      switch state {
      case .over: return window.byteCount
      case .reading:
        if batch.isFull { return at }
        let rest = window.extracting(at..<window.byteCount)
        let reading = container.read(rest, offset &+ UInt64(at), isLast, &records, batch)
        at += reading.consumed
        switch reading.halt {
        case .none: return at
        case .over: state = .behind
        case .lost(let cause): state = .searching(from: offset &+ UInt64(at), cause: cause)
        }
      case .searching(let from, let cause):
        let found = container.search(
          window, at, offset, isLast, records.lastTime, lost: from, cause: cause)
        guard take(found, from, cause, window.byteCount, offset, &at) else { return at }
      case .behind:
        guard lookBehind(window, offset, isLast, &at) else { return at }
      }
    }
  }

  /// Goes where a search led; false where more bytes are needed.
  private mutating func take(
    _ found: Found, _ from: UInt64, _ cause: Anomaly, _ end: Int, _ offset: UInt64, _ at: inout Int
  ) -> Bool {
    switch found {
    case .unclear(let place):
      at = place
      return false
    case .records(let place): at = place
    case .file(let place, _): at = place
    case .nothing: at = end
    }
    let skipped = offset &+ UInt64(at) &- from
    let isEnd = if case .nothing = found { cause == .captureCut } else { false }
    if skipped > 0 {
      records.noteAhead(isEnd || cause != .captureCut ? cause : .recordBroken, at: from)
      if !isEnd { records.noteAhead(.bytesSkipped, at: from, count: skipped) }
    }
    switch found {
    case .file(let place, let next): join(next, at: offset &+ UInt64(place))
    case .records:
      container.resume()
      state = .reading
    default: state = .over
    }
    return true
  }

  /// Goes on with a capture that was joined to the one before.
  private mutating func join(_ next: any Container, at place: UInt64) {
    (droppedBefore, commentsBefore) = (dropped, comments)
    for number in container.links.numbers { linksBefore.insert(number) }
    records.noteAhead(.captureJoined, at: place)
    container = next
    state = .reading
  }

  /// Looks behind a container's last record for another capture; false where more bytes are needed.
  private mutating func lookBehind(
    _ window: RawSpan, _ offset: UInt64, _ isLast: Bool, _ at: inout Int
  ) -> Bool {
    while window.byteCount - at >= 4 {
      if CaptureFormats.mayBegin(window, at) {
        let left = window.byteCount - at
        guard left >= CaptureFormats.headLength || isLast else { return false }
        if let next = CaptureFormats.joined(window, at, offset, isLast) {
          join(next, at: offset &+ UInt64(at))
          return true
        }
      }
      at += 1
    }
    if isLast { at = window.byteCount }
    return false
  }

  /// What a file claims may be anything: sums stay at the most.
  private static func sum(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? .max : sum
  }
}
