import Observations

/// How packets are framed in a file. A container reads records as long as they are sound, and says
/// where they are not; what is done then is the same for all (`CaptureReader`).
protocol Container {
  /// Stable name, with a version where there are several.
  var format: String { get }
  /// Packets that the capturing system says it lost.
  var dropped: UInt64 { get }
  /// Comments that packets carry.
  var comments: UInt64 { get }
  /// The link types named so far; their numbers of the tcpdump group's list.
  var links: LinkSet { get }

  /// Reads from the front of `window`, its own file header first.
  ///
  /// - Parameters:
  ///   - window: from the first byte that was not consumed.
  ///   - offset: the place of that byte in the evidence.
  ///   - isLast: nothing follows; a record that is not whole is noted as cut and consumed.
  ///   - records: takes the packets.
  ///   - batch: takes the observations.
  /// - Returns: how far that went, and why no further.
  mutating func read(
    _ window: RawSpan, _ offset: UInt64, _ isLast: Bool, _ records: inout PacketRecords,
    _ batch: ObservationBatch
  ) -> Reading

  /// Bytes that `candidate` needs.
  var candidateLength: Int { get }
  /// So many records in a row are believed.
  var chainLength: Int { get }
  /// Where the first record begins, for one that has just been opened.
  var headerLength: Int { get }

  /// Whether a sound record may begin at a place: stricter than reading is.
  func candidate(_ window: RawSpan, _ at: Int, _ offset: UInt64, _ last: Int64?) -> Candidate

  /// Whether a number that files begin with begins a part of the same capture.
  func isOwn(_ magic: UInt32) -> Bool

  /// Makes ready to read at a place where records are sound again.
  mutating func resume()
}

/// How far a container has read.
struct Reading {
  /// Why no further.
  enum Halt {
    /// The window holds no further record, or the batch is full.
    case none
    /// What stands here is no record.
    case lost(Anomaly)
    /// The container's last record is behind.
    case over
  }
  var consumed: Int
  var halt: Halt = .none
}

/// What may stand at a place.
enum Candidate {
  /// No record.
  case none
  /// The bytes at hand do not tell.
  case unclear
  /// A record of so many bytes, with its time where it gives one.
  case record(size: Int, time: Int64?)
  /// The end of all records.
  case end
}

/// Whether records follow upon each other from a place on.
enum Chain { case holds, broken, unclear }

extension Container {
  var dropped: UInt64 { 0 }
  var comments: UInt64 { 0 }
  var chainLength: Int { 3 }
  func isOwn(_ magic: UInt32) -> Bool { false }
  mutating func resume() {}

  /// Follows records from a place on. Each step looks at one header: the work is bounded. Where the
  /// evidence ends behind `least` of them they are enough.
  func chain(
    _ window: RawSpan, _ start: Int, _ offset: UInt64, _ isLast: Bool, _ last: Int64?,
    least: Int = 1
  ) -> Chain {
    var (at, links, time) = (start, 0, last)
    while links < chainLength {
      if at == window.byteCount, isLast { return links >= least ? .holds : .broken }
      // What ends inside a record is believed less than what ends behind one.
      guard at < window.byteCount, window.byteCount - at >= candidateLength else {
        return isLast ? (links > 1 ? .holds : .broken) : .unclear
      }
      switch candidate(window, at, offset, time) {
      case .none:
        return links > 0 && CaptureFormats.mayBegin(window, at) ? .holds : .broken
      case .unclear: return isLast ? (links > 1 ? .holds : .broken) : .unclear
      case .end: return links > 0 ? .holds : .broken
      case .record(let size, let its):
        at += size
        links += 1
        time = its ?? time
      }
    }
    return .holds
  }

  /// Looks for the first place from which records follow upon each other, or where a capture begins;
  /// at `lost` itself reading did not find one.
  func search(
    _ window: RawSpan, _ start: Int, _ offset: UInt64, _ isLast: Bool, _ last: Int64?,
    lost: UInt64, cause: Anomaly
  ) -> Found {
    // The bytes of a packet that was cut may look like a record, but hardly like two.
    let least = cause == .captureCut ? 2 : 1
    var at = start
    while window.byteCount - at >= 4 {
      if CaptureFormats.mayBegin(window, at), !isOwn(window.u32(at)) {
        let left = window.byteCount - at
        guard left >= CaptureFormats.headLength || isLast else { return .unclear(at) }
        if let next = CaptureFormats.joined(window, at, offset, isLast) { return .file(at, next) }
      }
      if offset &+ UInt64(at) == lost {
        at += 1
        continue
      }
      switch chain(window, at, offset, isLast, last, least: least) {
      case .holds: return .records(at)
      case .unclear: return .unclear(at)
      case .broken: at += 1
      }
    }
    return isLast ? .nothing : .unclear(at)
  }
}

/// What a search came to, and where.
enum Found {
  case records(Int)
  case file(Int, any Container)
  /// More bytes are needed to tell.
  case unclear(Int)
  case nothing
}

/// Numbers of link types that occur in a capture; the first few are kept.
struct LinkSet {
  private(set) var numbers: [UInt32] = []

  mutating func insert(_ number: UInt32) {
    if numbers.count < 16, !numbers.contains(number) { numbers.append(number) }
  }
}
