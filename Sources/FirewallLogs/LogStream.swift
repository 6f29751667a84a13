public import Observations

/// Reads a log line by line, whatever formats stand in it.
///
/// The format that read the last line reads on, in its own fast loop, until a line that is not its
/// own; that line is offered to the others, those met before first. So a log of one format costs
/// nothing more, and one that changes half-way, or mixes ten, is read all the same.
struct LogStream: LogReader {
  private var state: LogState
  private var readers: [any FormatReader]
  private let formats: [LogFormat]
  private var current = 0
  /// The readers in the order in which a line is offered to them.
  private var order: [Int]
  private var counts: [LogShare]
  /// Lines that the journal wraps.
  private var journal = Journal()
  /// Called with each line that no format knows.
  var unread: ((RawSpan, Place) -> Void)?

  /// A reader that knows `formats`, and expects the first of them.
  init(_ formats: [LogFormat], context: LogContext) {
    self.formats = formats
    state = LogState(context)
    readers = formats.map { $0.make() }
    order = Array(formats.indices)
    counts = formats.map { LogShare(format: $0.name, kind: $0.kind) }
  }

  /// The name of the format that has read most lines.
  var format: String { shares.first?.format ?? formats.first?.name ?? "" }
  var recordCount: UInt64 { state.feed.lineCount }
  var problems: ProblemLog { state.problems }
  var longestRecord: Int { LineFeed.longestLine }
  var otherLines: UInt64 { state.otherLines }
  var tally: LogTally { state.tally }
  var visitTally: LogTally { state.visitTally }
  var usesAssumedYear: Bool { state.clock.usesAssumedYear }
  var firstYearless: YearlessStamp? { state.clock.firstYearless }
  var statedZones: ClosedRange<Int64>? { state.clock.statedZones }
  var hostCount: Int { state.order.hostCount }
  var translations: TranslationLog { state.translations }
  var shares: [LogShare] {
    counts.filter { $0.lines > 0 }.sorted { ($1.lines, $0.first) < ($0.lines, $1.first) }
  }

  mutating func read(
    _ window: RawSpan, offset: UInt64, isLast: Bool, into batch: ObservationBatch
  ) -> Int {
    if batch.isFull { return 0 }
    guard var at = state.feed.skipRest(window) else { return window.byteCount }
    while at < window.byteCount, !batch.isFull {
      if journal.isOpen || window.byte(at) == 0x7b {
        // Before any format looks for its own words inside.
        switch state.feed.next(window, from: at, isLast: isLast) {
        case .none: return at
        case .tooLong(let consumed):
          tooLong(offset &+ UInt64(at))
          at = consumed
          continue
        case .line(let line):
          if unwrap(window, line, offset &+ UInt64(line.start), batch) {
            at = line.next
            continue
          }
          state.feed.putBack()
        }
      }
      let before = (state.feed.lineCount, batch.count)
      let start = at
      at = readers[current].read(
        window, from: at, offset: offset, isLast: isLast, into: batch, &state)
      note(current, before, offset &+ UInt64(start), batch.count)
      guard let foreign = state.foreign else { return at }
      state.foreign = nil
      guard case .line(let line) = state.feed.next(window, from: at, isLast: isLast) else {
        return at
      }
      if !unwrap(window, line, offset &+ UInt64(line.start), batch) {
        ask(window, line, foreign, offset &+ UInt64(line.start), batch)
      }
      at = line.next
    }
    return at
  }

  private mutating func tooLong(_ offset: UInt64) {
    state.note(.lineTooLong, offset)
    state.repeatable = nil
  }

  /// Takes a line of the journal, and offers the line inside to the formats; false for others.
  private mutating func unwrap(
    _ window: RawSpan, _ line: LinePlace, _ offset: UInt64, _ batch: ObservationBatch
  ) -> Bool {
    let reading = journal.take(window, line.start..<line.end)
    if case .foreign = reading { return false }
    state.repeatable = nil
    switch reading {
    case .foreign: break
    case .part:
      if window.hasControls(line.start..<line.end) { state.note(.controlCharacters, offset) }
      state.otherLines &+= 1
    case .wrong(let anomaly): state.note(anomaly, offset)
    case .record: offer(offset, batch)
    }
    return true
  }

  /// Offers the line that the journal held.
  private mutating func offer(_ offset: UInt64, _ batch: ObservationBatch) {
    let text = journal.line
    let place = LinePlace(start: 0, end: text.count, next: text.count)
    defer { state.forgetLine() }
    for rank in order.indices {
      let index = order[rank]
      let before = batch.count
      state.hostWord = 0
      state.forgetLine()
      // The array outlives the call.
      let foreign = unsafe readers[index].claim(
        text.span.bytes, place, offset: offset, into: batch, &state)
      if foreign != nil { continue }
      note(index, (state.feed.lineCount - 1, before), offset, batch.count)
      order.remove(at: rank)
      order.insert(index, at: 0)
      return
    }
    state.otherLines &+= 1
  }

  /// Offers a line to every format but the one that has just declined it.
  private mutating func ask(
    _ window: RawSpan, _ line: LinePlace, _ first: LogState.Foreign, _ offset: UInt64,
    _ batch: ObservationBatch
  ) {
    var foreign = first
    let isBlank = window.isBlank(line.start..<line.end)
    for place in order.indices where !isBlank && order[place] != current {
      let index = order[place]
      let before = batch.count
      state.hostWord = 0
      guard let answer = readers[index].claim(window, line, offset: offset, into: batch, &state)
      else {
        note(index, (state.feed.lineCount - 1, before), offset, batch.count)
        current = index
        // What is met is met again: it is asked first from now on.
        order.remove(at: place)
        order.insert(index, at: 0)
        return
      }
      if answer == .suspect { foreign = .suspect }
    }
    if state.takeRepetition(window, line, offset, batch) { return }
    guard state.pass(window, line.start..<line.end, foreign, offset) else { return }
    unread?(
      window.extracting(line.start..<line.end),
      Place(record: state.feed.lineCount, offset: offset))
  }

  /// Counts the lines that a format has just read.
  private mutating func note(
    _ index: Int, _ before: (lines: UInt64, packets: Int), _ offset: UInt64, _ packets: Int
  ) {
    let lines = state.feed.lineCount &- before.lines
    guard lines > 0 else { return }
    if counts[index].lines == 0 {
      counts[index].first = Place(record: before.lines + 1, offset: offset)
    }
    counts[index].lines &+= lines
    counts[index].observations &+= UInt64(packets - before.packets)
    counts[index].last = state.feed.lineCount
  }
}

/// How much of a log one format has.
public struct LogShare: Sendable, Equatable {
  /// Stable name of the format.
  public let format: String
  /// What the format can tell.
  public let kind: LogRecognition.Kind
  /// Lines that are the format's: those that tell of packets, and those that do not.
  public internal(set) var lines: UInt64 = 0
  /// Observations out of them.
  public internal(set) var observations: UInt64 = 0
  /// Where the first of them stands.
  public internal(set) var first = Place(record: 0, offset: 0)
  /// The number of the last of them.
  public internal(set) var last: UInt64 = 0

  init(format: String, kind: LogRecognition.Kind) {
    self.format = format
    self.kind = kind
  }
}
