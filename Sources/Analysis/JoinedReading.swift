internal import Detection
internal import Intake
internal import Observations

/// Captures of a series on their way into one detector, one after the other.
struct JoinedReading {
  /// What was read, in order of time.
  private(set) var read: [(file: EvidenceFile, stream: EvidenceStream)] = []
  /// How many records are before each.
  private(set) var parts: [StreamFacts.Part] = []
  /// Files that have become unreadable meanwhile.
  private(set) var unread: [EvidenceFile] = []
  /// What begins before the one before it has ended, with all behind it.
  private(set) var rest: ArraySlice<CaptureSeries.Member>
  private let opened: OpenedEvidence
  private var before: UInt64 = 0
  private var current: EvidenceStream?
  /// The longest time between the end of a file and the beginning of the next, in nanoseconds.
  private var longestPause: Int64 = 0
  private var overlaps = false

  /// Packets at the seam of two files may be out of order by so much.
  private static let seam: Int64 = 1_000_000_000

  init(_ members: ArraySlice<CaptureSeries.Member>, of opened: OpenedEvidence) {
    rest = members
    self.opened = opened
  }

  /// Fills a batch; false when nothing more comes. Records count through all files.
  mutating func fill(_ batch: ObservationBatch) -> Bool {
    guard let stream = current ?? next() else { return false }
    current = stream
    let from = batch.count
    let more = stream.fill(batch)
    for i in from..<batch.count { batch.records[i] &+= before }
    if !more {
      before &+= stream.records
      current = nil
    }
    return more || !rest.isEmpty
  }

  /// Opens the next file, if it begins where the last one ended.
  private mutating func next() -> EvidenceStream? {
    while let member = rest.first {
      if let last = read.last?.stream.last {
        let pause = member.first.nanoseconds &- last.nanoseconds
        if pause < -JoinedReading.seam {
          overlaps = true
          return nil
        }
        longestPause = max(longestPause, pause)
      }
      rest = rest.dropFirst()
      guard let stream = opened.stream(member.file) else {
        unread.append(member.file)
        continue
      }
      read.append((member.file, stream))
      parts.append(StreamFacts.Part(path: member.file.path, before: before))
      return stream
    }
    return nil
  }

  /// What is to be said of having read several files as one.
  func assumptions(_ missing: [Int]) -> [Analysis.Assumption] {
    guard let first = read.first?.file.path, let last = read.last?.file.path else { return [] }
    var told: [Analysis.Assumption] = []
    if read.count > 1 {
      let numbers = missing.map(String.init).joined(separator: ", ")
      told.append(
        Analysis.Assumption(
          what: "rotation from \(first) to \(last)", value: "\(read.count) files as one capture",
          because: "their names belong together and each begins after the one before it ended; "
            + "the longest time between two is \(longestPause / 1_000_000_000) s"
            + (missing.isEmpty
              ? "" : "; missing by their numbers: \(numbers): what they held is unseen")))
    }
    if overlaps, let next = rest.first?.file.path {
      told.append(
        Analysis.Assumption(
          what: "rotation at \(next)", value: "a capture of its own",
          because: "its name belongs to that of \(last), but it begins before that one ended"))
    }
    return told
  }
}
