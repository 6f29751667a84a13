public import Observations

/// How an activity went, as far as its books kept it: what drawings are made of. Nothing is concluded
/// from it; all of it is bounded.
public struct Course: Hashable, Sendable {
  /// What the bins are made of.
  public enum Basis: String, Hashable, Sendable {
    /// Every event, each with its time; retries are none.
    case events
    /// The counts of clock hours; retries are not counted.
    case hours
    /// The first packet to each target.
    case firstContacts
    /// The first packets, as they happened.
    case firstPackets
  }

  /// Events of one stretch.
  public struct Bin: Hashable, Sendable {
    /// When it begins.
    public var start: Timestamp
    /// Events in it.
    public var count: UInt32

    /// A stretch with its events.
    public init(start: Timestamp, count: UInt32) {
      self.start = start
      self.count = count
    }
  }

  /// One of the first packets.
  public struct Packet: Hashable, Sendable {
    /// When it was seen.
    public var time: Timestamp
    /// Its source port.
    public var sourcePort: UInt16
    /// Its destination port.
    public var destinationPort: UInt16

    /// A packet out of its parts.
    public init(time: Timestamp, sourcePort: UInt16, destinationPort: UInt16) {
      self.time = time
      self.sourcePort = sourcePort
      self.destinationPort = destinationPort
    }
  }

  /// Distinct targets by a time.
  public struct Growth: Hashable, Sendable {
    /// The time.
    public var time: Timestamp
    /// How many by then.
    public var targets: UInt32

    /// A step out of its parts.
    public init(time: Timestamp, targets: UInt32) {
      self.time = time
      self.targets = targets
    }
  }

  /// The evidence that the course is told by.
  public var path: String
  /// What that evidence covers.
  public var covered: ClosedRange<Timestamp>
  /// What the bins are made of.
  public var basis: Basis
  /// How long a bin is, in nanoseconds.
  public var binWidth: Int64
  /// Bins with events, ascending; those that are missing had none.
  public var bins: [Bin]
  /// IPv4 targets, ascending: all of them, or every n-th.
  public var targets: [Address]
  /// Whether those are all.
  public var hasAllTargets: Bool
  /// How the number of distinct targets grew, thinned out.
  public var growth: [Growth]
  /// Whether it grew so to the end; otherwise only its beginning was kept.
  public var hasAllGrowth: Bool
  /// The first packets, where their ports are known.
  public var packets: [Packet]
  /// Beginnings after being reached that the subject has part in, in order of time.
  public var contacts: [SpreadingStep] = []

  /// A course of nothing but what it is told by.
  public init(path: String, covered: ClosedRange<Timestamp>) {
    self.path = path
    self.covered = covered
    basis = .events
    binWidth = 0
    bins = []
    targets = []
    hasAllTargets = false
    growth = []
    hasAllGrowth = false
    packets = []
  }

  /// Bins that are kept.
  public static let mostBins = 400
  /// Targets that are kept.
  public static let mostTargets = 4_096
  /// Steps of growth that are kept.
  public static let mostSteps = 120
  /// Contacts that are kept.
  public static let mostContacts = 64
}

/// Somebody who began to do what another had just done to it.
public struct SpreadingStep: Hashable, Sendable {
  /// When it began.
  public var time: Timestamp
  /// Who had reached it.
  public var from: Address
  /// Who began.
  public var to: Address
  /// How long before it had been reached, in seconds.
  public var delay: Double

  /// A contact out of its parts.
  ///
  /// - Parameters:
  ///   - time: when it began.
  ///   - from: who had reached it.
  ///   - to: who began.
  ///   - delay: how long before, in seconds.
  public init(time: Timestamp, from: Address, to: Address, delay: Double) {
    self.time = time
    self.from = from
    self.to = to
    self.delay = delay
  }
}

/// Who reached whom before the other began to do the same, in one piece of evidence.
public struct Spreading: Hashable, Sendable {
  /// The evidence.
  public var path: String
  /// What was done.
  public var shape: ActivityShape
  /// The first of the contacts, in order of time.
  public var contacts: [SpreadingStep]
  /// How many there are.
  public var total: Int

  /// A spreading out of its parts.
  ///
  /// - Parameters:
  ///   - path: the evidence.
  ///   - shape: what was done.
  ///   - contacts: the first of them.
  ///   - total: how many there are.
  public init(path: String, shape: ActivityShape, contacts: [SpreadingStep], total: Int) {
    self.path = path
    self.shape = shape
    self.contacts = contacts
    self.total = total
  }

  /// Contacts that are kept.
  public static let mostContacts = 200
}

extension Course {
  /// The course of a draft within its stream.
  init(_ draft: Draft, span: ClosedRange<Int64>) {
    let from = min(span.lowerBound, draft.first)
    let to = max(from, span.upperBound, draft.last)
    self.init(
      path: draft.path, covered: Timestamp(nanoseconds: from)...Timestamp(nanoseconds: to))
    count(draft, from...to)
    keepTargets(draft)
    grow(draft)
    guard draft.shape.transport.hasPorts else { return }
    packets = draft.trace.map {
      Packet(
        time: Timestamp(nanoseconds: $0.time), sourcePort: $0.sourcePort,
        destinationPort: $0.destinationPort)
    }
  }

  private static let hour: Int64 = 3_600_000_000_000
  /// Fewer hours than this make a poor picture.
  private static let leastHours = 12

  private mutating func count(_ draft: Draft, _ range: ClosedRange<Int64>) {
    let kept = UInt64(draft.records.count)
    let isSwept = if case .manyPorts = draft.shape { true } else { false }
    let hours = isSwept ? [] : draft.hourly
    let times: [Int64]
    if kept > 0, kept >= UInt64(draft.profile.tries), !isSwept {
      (basis, times) = (.events, draft.records.map(\.time))
    } else if hours.count >= Course.leastHours || kept == 0 && hours.count > 1 {
      basis = .hours
      binWidth = Course.hour
      bins = Course.thinned(hours)
      return
    } else if kept > 0, kept >= UInt64(draft.profile.targets), !isSwept {
      (basis, times) = (.firstContacts, draft.records.map(\.time))
    } else {
      (basis, times) = (.firstPackets, draft.trace.map(\.time))
    }
    binWidth = Course.width(of: range)
    var counts: [Int64: UInt32] = [:]
    for time in times {
      let at = max(0, time.subtractingReportingOverflow(range.lowerBound).partialValue) / binWidth
      counts[at, default: 0] &+= 1
    }
    bins = counts.keys.sorted().map {
      Bin(
        start: Timestamp(nanoseconds: range.lowerBound &+ $0 &* binWidth), count: counts[$0] ?? 0)
    }
  }

  /// Hours in order, at most so many as are kept: where there are more, the latest are.
  private static func thinned(_ hours: [(hour: Int64, count: UInt32)]) -> [Bin] {
    hours.suffix(8 * mostBins).compactMap { entry in
      let start = entry.hour.multipliedReportingOverflow(by: hour)
      guard !start.overflow else { return nil }
      return Bin(start: Timestamp(nanoseconds: start.partialValue), count: entry.count)
    }
  }

  /// The least round width at which a range has few enough bins.
  private static func width(of range: ClosedRange<Int64>) -> Int64 {
    let second: Int64 = 1_000_000_000
    let widths: [Int64] = [
      second / 100, second / 10, second, 10 * second, 60 * second, 600 * second, hour, 6 * hour,
      24 * hour, 168 * hour, 744 * hour, 8_784 * hour,
    ]
    let length = Double(range.upperBound) - Double(range.lowerBound)
    return widths.first { length / Double($0) <= Double(mostBins) } ?? 8_784 * hour
  }

  private mutating func keepTargets(_ draft: Draft) {
    let known = draft.members ?? Set(draft.records.map(\.target)).sorted()
    let real = known.compactMap(TargetSets.address)
    let step = max(1, (real.count + Course.mostTargets - 1) / Course.mostTargets)
    targets = stride(from: 0, to: real.count, by: step).map { real[$0] }
    hasAllTargets = draft.members != nil && real.count == known.count && step == 1
  }

  private mutating func grow(_ draft: Draft) {
    guard case .service = draft.shape, draft.records.count > 1 else { return }
    var seen: Set<UInt32> = []
    var steps: [Growth] = []
    for record in draft.records where seen.insert(record.target).inserted {
      steps.append(
        Growth(time: Timestamp(nanoseconds: record.time), targets: UInt32(seen.count)))
    }
    hasAllGrowth = Double(seen.count) >= draft.targets.low
    let step = max(1, (steps.count + Course.mostSteps - 2) / (Course.mostSteps - 1))
    growth = steps.enumerated()
      .filter { $0.offset % step == 0 || $0.offset == steps.count - 1 }.map(\.element)
  }
}

extension SpreadingStep {
  init(_ link: Propagation.Link) {
    self.init(
      time: Timestamp(nanoseconds: link.time), from: Address(ipv4: link.from),
      to: Address(ipv4: link.to), delay: link.delay)
  }
}
