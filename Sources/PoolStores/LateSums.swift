import Observations
import Pool

/// Reports that are stored, and of which the sums are not written yet.
///
/// Sums lie all over the files: what a batch adds touches as many pages as it has sources, and each page
/// costs the same whether one report or fifty are added to it. So while very many reports come in, their
/// sums wait until some hundred thousand of them can be added in order of their places, each page once.
/// Nothing depends on what is in memory: the main file lists the batches that wait (table `late`), and
/// opening the store reads their single reports again.
struct LateSums {
  /// Where a waiting batch came from.
  struct Origin {
    var sensor: SensorID
    var network: Prefix
  }

  /// A report's place: in the sums of sources, or in those of patterns.
  struct Entry: Comparable {
    var day: Int32
    var origin: UInt32
    /// The pattern's digest; 0 in the order of sources.
    var digest: Int64
    var source: Address
    /// Where its bytes begin, and how many there are.
    var start: UInt32
    var count: UInt32
    /// Seconds of the day.
    var time: UInt32
    /// Its number in the day's file.
    var number: Int64

    static func < (a: Entry, b: Entry) -> Bool {
      if a.day != b.day { return a.day < b.day }
      if a.digest != b.digest { return a.digest < b.digest }
      return a.source < b.source
    }

    /// Whether both add to one sum.
    func isBeside(_ other: Entry) -> Bool {
      source == other.source && digest == other.digest && day == other.day
    }
  }

  /// Reports whose sums are written together.
  struct Generation {
    fileprivate(set) var origins: [Origin] = []
    fileprivate(set) var sources: [Entry] = []
    fileprivate(set) var patterns: [Entry] = []
    fileprivate(set) var bytes: [UInt8] = []
    /// Sums over time: few, so that they are made at once.
    fileprivate(set) var trends = Rollup(.trends)
    /// The places in the table `late` of its first and its last batch.
    fileprivate(set) var first: Int64 = 0
    fileprivate(set) var last: Int64 = 0
    fileprivate(set) var began = ContinuousClock.now

    var reports: Int { sources.count }

    /// Adds a batch's reports.
    mutating func add(
      _ submission: Submission, _ encoded: EncodedReports, _ numbers: [Int64], place: Int64
    ) {
      let origin = UInt32(origins.count)
      origins.append(Origin(sensor: submission.batch.id.sensor, network: submission.network))
      if origin == 0 { (first, began) = (place, .now) }
      last = place
      for (index, report) in submission.batch.reports.enumerated() {
        let body = encoded.body(index)
        let day = Day(report.first)
        let seconds = report.first.wholeSeconds - day.start.wholeSeconds
        var entry = Entry(
          day: Int32(clamping: day.rawValue), origin: origin, digest: 0, source: report.subject,
          start: UInt32(bytes.count), count: UInt32(body.count),
          time: UInt32(clamping: seconds), number: numbers[index])
        bytes += body
        sources.append(entry)
        if let pattern = report.pattern {
          entry.digest = Int64(bitPattern: pattern.digestNumber)
          patterns.append(entry)
        }
        trends.add(report, sensor: submission.batch.id.sensor, network: submission.network)
      }
    }

    /// The sums of some entries.
    func rollup(_ entries: ArraySlice<Entry>, _ parts: Rollup.Parts) throws -> Rollup {
      var rollup = Rollup(parts)
      for entry in entries {
        let start = Int(entry.start)
        let body = bytes[start..<start + Int(entry.count)]
        let report =
          try parts == .sources ? Report(encodedWithoutPattern: body) : Report(encoded: body)
        let origin = origins[Int(entry.origin)]
        rollup.add(report, sensor: origin.sensor, network: origin.network)
      }
      return rollup
    }
  }

  /// A generation whose sums are being written, piece after piece.
  struct Writing {
    enum Stage: Int {
      case sources, patterns, bands, trends
    }

    let generation: Generation
    let trends: [(row: Rollup.TrendRow, tally: TrendTally)]
    var stage = Stage.sources
    /// How much of the stage is done.
    var done = 0
    /// What new patterns are found by; read when it is to be written.
    var bands: BandRows.Late?

    init(_ gathered: consuming Generation) {
      var generation = gathered
      generation.sources.sort()
      generation.patterns.sort()
      trends = generation.trends.trendsOfAllBuckets.sorted { $0.key < $1.key }.map { ($0, $1) }
      generation.trends = Rollup(.trends)
      self.generation = generation
    }

    /// From 0 to 1.
    var share: Double {
      // Rows by which patterns are found are small, and many.
      let counts = [
        generation.sources.count, generation.patterns.count, (bands?.count ?? 0) / 16, trends.count,
      ]
      let before = counts.prefix(stage.rawValue).reduce(0, +)
      let within = stage == .bands ? done / 16 : done
      return Double(before + within) / Double(max(1, counts.reduce(0, +)))
    }

    /// The next entries, about so many, and all that add to the same sum as the last of them.
    func piece(of entries: [Entry], _ most: Int) -> ArraySlice<Entry> {
      var end = min(done + max(1, most), entries.count)
      while end > done, end < entries.count, entries[end].isBeside(entries[end - 1]) { end += 1 }
      return entries[min(done, entries.count)..<end]
    }
  }

  /// What comes in.
  private(set) var gathering = Generation()
  /// What is being written; nil also while the writing connection has it in hands.
  var writing: Writing?
  /// How far that is; nil where nothing is being written.
  private var progress: (first: Int64, share: Double)?
  /// The place of the batch that was listed last, in this process or an earlier one.
  var last: Int64 = 0
  /// Up to which place somebody waits for sums to be written.
  var wanted: Int64 = 0
  /// So many need all sums to be there, and none to be late.
  var holds = 0
  /// Whether a look at what waits is due without anybody asking.
  var isAwaited = false
  var isClosed = false
  private var rate = ReportRate()

  /// The place up to which all sums are written.
  var writtenUpTo: Int64 {
    if let progress { return progress.first - 1 }
    return gathering.reports == 0 ? last : gathering.first - 1
  }

  /// Whether the sums of so many reports that come now are to wait.
  mutating func takes(_ reports: Int, _ options: SQLiteOptions.LateSums) -> Bool {
    let recent = rate.note(reports, at: .now)
    guard let above = options.above else { return false }
    return holds == 0 && recent > above
  }

  /// Takes a batch in.
  mutating func add(_ submission: Submission, _ encoded: EncodedReports, _ numbers: [Int64]) {
    last += 1
    gathering.add(submission, encoded, numbers, place: last)
  }

  /// Whether what was gathered is enough, or has waited long enough, to be written.
  func isDue(_ options: SQLiteOptions.LateSums) -> Bool {
    guard progress == nil, gathering.reports > 0 else { return false }
    return gathering.reports >= options.most || gathering.bytes.count > LateSums.mostBytes
      || gathering.first <= wanted || gathering.began.duration(to: .now) > .seconds(options.seconds)
  }

  /// Begins to write what was gathered.
  mutating func turn() {
    guard progress == nil, gathering.reports > 0 else { return }
    var generation = Generation()
    swap(&generation, &gathering)
    progress = (generation.first, 0)
    writing = Writing(generation)
  }

  /// Gives back what is being written.
  mutating func put(back held: consuming Writing) {
    progress?.share = held.share
    writing = held
  }

  /// Notes that all of what was being written is.
  mutating func end() { progress = nil }

  /// Whether writing lags behind what comes in: what is written must be done before as much again has come.
  func lags(_ options: SQLiteOptions.LateSums) -> Bool {
    guard let progress else { return isDue(options) }
    return Double(gathering.reports) > progress.share * Double(options.most)
      || gathering.bytes.count > LateSums.mostBytes
  }

  /// Bytes of reports above which a generation ends.
  private static let mostBytes = 256 << 20
}

/// How many reports came in lately.
private struct ReportRate {
  private static let span = Duration.seconds(10)
  private var start: ContinuousClock.Instant?
  private var now = 0
  private var before = 0

  /// Notes some more; returns how many came within ten to twenty seconds.
  mutating func note(_ reports: Int, at time: ContinuousClock.Instant) -> Int {
    let begun = start ?? time
    let passed = begun.duration(to: time)
    if start == nil || passed >= ReportRate.span * 2 {
      (start, now, before) = (time, 0, 0)
    } else if passed >= ReportRate.span {
      (start, now, before) = (begun + ReportRate.span, 0, now)
    }
    now += reports
    return now + before
  }
}

/// The canonical bytes of a batch's reports, one after the other.
struct EncodedReports {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []

  init(_ reports: [Report]) {
    ends.reserveCapacity(reports.count)
    for report in reports {
      bytes += report.encoded
      ends.append(bytes.count)
    }
  }

  var count: Int { ends.count }

  func body(_ index: Int) -> ArraySlice<UInt8> {
    bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
  }
}
