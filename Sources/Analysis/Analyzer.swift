public import Detection
internal import Diagnosis
internal import HostEvidence
public import Intake
public import Knowledge
public import Observations

/// What an analysis may be told.
public struct AnalysisOptions: Sendable {
  /// Threads to use, at least 1; results do not depend on it.
  public var threads = 1
  /// The home network's blocks; inferred and said where empty.
  public var home: [Prefix] = []
  /// The zone of logs' stamps that state none.
  public var zone = ZoneRule.utc
  /// What the columns of tables mean that no format knows.
  public var columns: ColumnsArgument?
  /// The year of stamps that give none; nil takes it from other evidence, else from `now`.
  public var year: Int?
  /// The time of the analysis: passed in, so that the same evidence gives the same report.
  public var now: Timestamp
  /// Observations before this are left out.
  public var since: Timestamp?
  /// Observations after this are left out.
  public var until: Timestamp?
  /// Which packets and lines are wanted; nil for all.
  public var match: Match?
  /// Dated notes beside those of files.
  public var notes: [Note] = []
  /// Hash files above 64 MiB, too.
  public var hashLargeFiles = false
  /// Moves entries about in tables, against chosen addresses; no result depends on it.
  public var seed: UInt64 = 0
  /// Called with a line about what is being done, where someone watches.
  public var progress: (@Sendable (String) -> Void)?

  /// Options with defaults.
  ///
  /// - Parameter now: the time of the analysis.
  public init(now: Timestamp) { self.now = now }
}

/// Analyses evidence: the one thing that the command line, a server and a sensor call.
///
/// - Parameters:
///   - paths: files, folders, or `-` for standard input; their order does not matter.
///   - options: what the user said.
///   - knowledge: the articles to weigh.
/// - Returns: what was found, in an order that depends on the evidence alone.
/// - Throws: `IntakeError` where a path is missing or nothing in the evidence can be read.
public func analyze(
  paths: [String], options: AnalysisOptions, knowledge: KnowledgeBase
) throws(IntakeError) -> Analysis {
  let opened = try openEvidence(paths: paths, options: intakeOptions(options))
  var run = AnalysisRun(options: options, files: opened.files)
  run.readAll(opened)
  guard run.hasRead else {
    throw IntakeError(
      kind: .unreadable, path: paths.sorted().joined(separator: ", "),
      description: paths.sorted().joined(separator: ", ")
        + ": nothing could be read: the files were there a moment ago; were they moved or removed?")
  }
  return run.conclude(opened, knowledge)
}

/// One activity of some evidence with its first packets, and where it was seen.
public struct SeenActivity: Sendable {
  /// The evidence, as the user named it.
  public var path: String
  /// The activity.
  public var activity: TracedActivity
}

/// Every activity in some evidence, also those too small to be raised: what patterns are compared by.
///
/// - Parameters:
///   - paths: files, folders, or `-` for standard input.
///   - options: what the user said.
/// - Returns: by path, then the fullest first.
/// - Throws: `IntakeError` as `analyze` does.
public func activities(
  paths: [String], options: AnalysisOptions
) throws(IntakeError) -> [SeenActivity] {
  let opened = try openEvidence(paths: paths, options: intakeOptions(options))
  var run = AnalysisRun(options: options, files: opened.files)
  run.keepsTraces = true
  run.readAll(opened)
  return run.streams.flatMap { stream in
    stream.traced.map { SeenActivity(path: stream.path, activity: $0) }
  }
}

func intakeOptions(_ options: AnalysisOptions) -> IntakeOptions {
  var intake = IntakeOptions(now: options.now)
  intake.hashLargeFiles = options.hashLargeFiles
  intake.zone = options.zone
  intake.columns = options.columns
  intake.year = options.year
  intake.readsAhead = options.threads > 1
  intake.match = options.match
  return intake
}

/// An analysis under way.
private struct AnalysisRun {
  let options: AnalysisOptions
  private var evidence: [Analysis.Evidence] = []
  private(set) var streams: [StreamResult] = []
  /// Whether activities too small to be raised are wanted, too.
  var keepsTraces = false
  private var visits: [VisitBook] = []
  /// What clocks are compared by, of each file of packets; empty where there is only one.
  private var samples: [(sample: EventSample, isCapture: Bool)] = []
  private let comparesClocks: Bool
  private var limits: [String] = []
  /// What was taken for one capture in several files.
  private var rotations: [Analysis.Assumption] = []
  private var translations = Translations()
  /// Several firewalls' logs: they may show together what none shows alone.
  private let isPooled: Bool

  /// Whether any log's stamps state no zone.
  private var takesZone = false

  /// What a match did, by file.
  private var matchings: [(path: String, outcome: MatchOutcome)] = []

  /// Whether anything could be opened and read.
  private(set) var hasRead = false

  init(options: AnalysisOptions, files: [EvidenceFile]) {
    self.options = options
    isPooled = files.count { $0.kind == .firewallLog } >= 2
    comparesClocks = files.count(where: \.isReadable) >= 2
  }

  /// Reads all files: those of a series as one, in order of time.
  mutating func readAll(_ opened: OpenedEvidence) {
    // What a filter leaves out is counted file by file.
    let series = options.match == nil ? opened.captureSeries : []
    let joined = Set(series.flatMap { $0.members.map(\.file.path) })
    for file in opened.files where !joined.contains(file.path) { read(file, of: opened) }
    for each in series { read(each, of: opened) }
    let order = Dictionary(
      zip(opened.files.map(\.path), opened.files.indices), uniquingKeysWith: { first, _ in first })
    if !series.isEmpty { evidence.sort { order[$0.path] ?? 0 < order[$1.path] ?? 0 } }
  }

  /// Reads the captures of a series, as one stream as long as each begins where another ended.
  private mutating func read(_ series: CaptureSeries, of opened: OpenedEvidence) {
    var rest = series.members[...]
    while !rest.isEmpty {
      let count = rest.count
      rest = readJoined(rest, series.missing, of: opened)
      if rest.count == count { break }
    }
  }

  private mutating func readJoined(
    _ members: ArraySlice<CaptureSeries.Member>, _ missing: [Int], of opened: OpenedEvidence
  ) -> ArraySlice<CaptureSeries.Member> {
    var reading = JoinedReading(members, of: opened)
    let detector = StreamDetector(seed: options.seed, findsCopies: true)
    var sample = EventSample(path: members.first?.file.path ?? "")
    Pipeline.run(detector, threads: options.threads) { batch in
      let more = reading.fill(batch)
      restrict(batch)
      sample.consume(batch)
      return more
    }
    for file in reading.unread { evidence.append(Analysis.Evidence(unread: file)) }
    guard let first = reading.read.first else { return reading.rest }
    hasRead = true
    var facts = facts(first.file, first.stream)
    facts.dropped = reading.read.reduce(0) { $0 &+ $1.stream.dropped }
    facts.parts = reading.read.count > 1 ? reading.parts : []
    let result = detector.finish(facts, threads: options.threads)
    streams.append(result)
    if comparesClocks { samples.append((sample, true)) }
    for (number, part) in reading.read.enumerated() {
      var described = Analysis.Evidence.described(part.file, part.stream)
      if number == 0 { described.copies = result.copies }
      evidence.append(described)
    }
    rotations += reading.assumptions(missing)
    return reading.rest
  }

  /// Reads one file to its end.
  mutating func read(_ file: EvidenceFile, of opened: OpenedEvidence) {
    guard let stream = opened.stream(file) else {
      if file.isEvidence, !file.isReadable { hasRead = true }
      evidence.append(Analysis.Evidence(unread: file))
      return
    }
    hasRead = true
    options.progress?("reading \(file.path)")
    let told = read(file, stream)
    takesZone = takesZone || stream.takesZone
    var described = Analysis.Evidence.described(file, stream)
    described.copies = told.copies
    if !told.owners.isEmpty { described.facts.owners = told.owners }
    evidence.append(described)
  }

  /// Reads packets and visits, whatever the file mostly has; tells what was there twice, and whose
  /// sockets sent what, as a log says.
  private mutating func read(
    _ file: EvidenceFile, _ stream: EvidenceStream
  ) -> (copies: CopyTally, owners: [CaptureFacts.Ownership]) {
    var owners = OwnershipBook()
    let detector = StreamDetector(seed: options.seed, findsCopies: file.kind == .capture)
    var copies = CopyTally()
    var book = VisitBook(path: file.path)
    var sample = EventSample(path: file.path)
    var packets = 0
    Pipeline.run(
      detector, threads: options.threads, readingIsLong: file.kind != .capture
    ) { batch in
      let more = stream.fill(batch)
      restrict(batch)
      let visits = book.consume(batch)
      packets += batch.count - visits
      if comparesClocks { sample.consume(batch) }
      if file.kind == .firewallLog { owners.consume(batch) }
      return more
    }
    translations.add(stream.translations, path: file.path)
    if file.kind != .visitorsLog || packets > 0 {
      let result = detector.finish(facts(file, stream), threads: options.threads)
      copies = result.copies
      streams.append(result)
      if comparesClocks { samples.append((sample, file.kind == .capture)) }
    }
    if let outcome = stream.matching { matchings.append((file.path, outcome)) }
    let isWhole = stream.matching.map { $0.leftOut.count == 0 } ?? true
    if file.kind == .visitorsLog || !book.isEmpty, isWhole { keep(&book) }
    return (copies, owners.entries)
  }

  private mutating func keep(_ book: inout VisitBook) {
    book.finish()
    if book.beyond > 0 {
      limits.append("\(book.path): \(book.beyond) visits beyond the bound were not kept")
    }
    visits.append(book)
  }

  private func facts(_ file: EvidenceFile, _ stream: EvidenceStream) -> StreamFacts {
    var facts = StreamFacts(
      path: file.path, isCapture: file.kind == .capture, refusalsOnly: stream.refusalsOnly,
      losesLines: stream.losesLines)
    facts.showsReplies = file.kind == .capture || stream.showsReplies
    facts.isPooled = isPooled && file.kind == .firewallLog
    facts.statesZone = stream.statesZone
    facts.statedZones = stream.statedZones
    facts.assumedZone = options.zone.offset(at: (stream.first ?? options.now).wholeSeconds)
    facts.keepsTraces = keepsTraces
    facts.dropped = stream.dropped
    facts.leftOut = stream.matching?.leftOut
    let told = stream.facts
    if told.isFilterLog {
      // A packet filter chose what is in it: a log, though one of whole packets.
      (facts.isCapture, facts.showsReplies) = (false, false)
      facts.refusalsOnly = told.isRefusalsOnly
    }
    return facts
  }

  /// Drops what lies outside `since` … `until`.
  private func restrict(_ batch: ObservationBatch) {
    guard options.since != nil || options.until != nil else { return }
    batch.keep { observation in
      let time = Timestamp(nanoseconds: observation.time)
      return (options.since.map { time >= $0 } ?? true)
        && (options.until.map { time <= $0 } ?? true)
    }
  }

  func conclude(_ opened: OpenedEvidence, _ knowledge: KnowledgeBase) -> Analysis {
    let correlation = Correlation(
      streams: streams, visits: visits, home: options.home,
      notes: (options.notes + opened.notes).sorted { $0.from < $1.from }, threads: options.threads)
    var assumptions = opened.years.map {
      Analysis.Assumption(what: "year of \($0.path)", value: String($0.year), because: $0.because)
    }
    if takesZone { assumptions.append(zone) }
    assumptions += rotations
    assumptions += matchAssumptions(matchings)
    assumptions += correlation.assumptions.map {
      Analysis.Assumption(what: $0.what, value: $0.value, because: $0.because)
    }
    assumptions += clockDifferences(samples)
    assumptions += (limits + correlation.limits).map {
      Analysis.Assumption(what: "limit", value: $0, because: "memory is bounded")
    }
    let tables = HostTables(opened.socketTables)
    var found = incidents(
      from: correlation.activities.map { tables.joined(translations.joined($0)) }, using: knowledge,
      threads: options.threads, digest: FileDigest.sha256(of:))
    let filters = FilterClaims(evidence)
    if !tables.isEmpty || !filters.isEmpty {
      for incident in found.indices {
        for index in found[incident].activities.indices {
          let evidence = found[incident].activities[index].evidence
          found[incident].activities[index].owners =
            filters.owners(of: evidence) + tables.owners(of: evidence)
        }
      }
    }
    var analysis = Analysis(
      knowledge: knowledge.version, assumptions: assumptions, evidence: evidence,
      incidents: found,
      networkFindings: correlation.networkFindings, quiet: correlation.quiet)
    analysis.spreadings = correlation.spreadings
    analysis.files = fileJudgements(opened.fileClaims)
    analysis.hostFindings = hostFindings(
      opened.socketTables, files: analysis.files, incidents: found, knowledge: knowledge)
    analysis.articles = analysis.named(in: knowledge)
    return analysis
  }

  private var zone: Analysis.Assumption {
    Analysis.Assumption(
      what: "zone", value: options.zone.name,
      because: "stamps without a zone are read in this one; say --zone for another")
  }
}
