/// What a decoder learnt about a third address: the other half of name lookups.
@frozen
public struct Resolution: BitwiseCopyable, Sendable {
  /// What was learnt.
  @frozen
  public enum Kind: UInt8, BitwiseCopyable, Sendable {
    /// `client` asked the DNS which name `address` has (PTR).
    case reverseAsked
    /// The DNS told `client` that `address` has no name (NXDOMAIN, no data) or that it cannot say
    /// (SERVFAIL, REFUSED).
    case reverseFailed
    /// The DNS told `client` a name of `address`.
    case reverseAnswered
    /// `address` stood in a DNS answer (A, AAAA) given to `client`.
    case forwardAnswered
  }
  /// The observation in the batch that carried it.
  public var index: UInt32
  /// What was learnt.
  public var kind: Kind
  /// Who asked.
  public var client: Address
  /// What it is about.
  public var address: Address

  /// A resolution out of its parts.
  @inlinable
  public init(index: UInt32, kind: Kind, client: Address, address: Address) {
    self.index = index
    self.kind = kind
    self.client = client
    self.address = address
  }
}

/// The news that someone was answered, for the books of the one who had asked. Written by the pair
/// memory.
@frozen
public struct Answer: BitwiseCopyable, Sendable {
  /// Who had asked, and whose question it was.
  public var asker: Address
  /// Who answered.
  public var answerer: Address
  /// The port that the asker had addressed.
  public var port: UInt16
  /// The transport of question and answer; ICMP where an error came back.
  public var transport: Transport
  /// What came of the question.
  public var outcome: Outcome

  /// What came of a question; of a TCP connection in the words of RFC 9293.
  @frozen
  public enum Outcome: UInt8, BitwiseCopyable, Sendable {
    /// Something came back.
    case answered
    /// A TCP reset, or an ICMP error about the question.
    case refused
    /// A SYN-ACK: the other side would accept the connection.
    case offered
    /// The asker acknowledged the SYN-ACK: there is a connection. Comes after `offered`.
    case established
  }

  /// An answer out of its parts.
  @inlinable
  public init(
    asker: Address, answerer: Address, port: UInt16, transport: Transport, outcome: Outcome
  ) {
    self.asker = asker
    self.answerer = answerer
    self.port = port
    self.transport = transport
    self.outcome = outcome
  }
}

/// How long before an observation something relevant had happened, in ticks of 2²⁴ ns. Each is meaningful only where `contact` has the flag it belongs to.
@frozen
public struct Lags: BitwiseCopyable, Sendable {
  /// A tick in seconds, about 1/60.
  public static let tick = 16_777_216e-9
  /// Since the destination last sent to the source (`Contact.solicited`).
  public var solicited: UInt16
  /// Since the source's failed reverse query for the destination (`Contact.reverseFailed`).
  public var reverseFailed: UInt16
  /// Since the source last sent to the same destination and port (`Contact.retry`).
  public var retry: UInt16
  @usableFromInline var unused: UInt16

  /// Lags in ticks.
  @inlinable
  public init(solicited: UInt16, reverseFailed: UInt16, retry: UInt16) {
    self.solicited = solicited
    self.reverseFailed = reverseFailed
    self.retry = retry
    self.unused = 0
  }
}

/// Observations on their way from a reader through the pair memory to the detectors.
///
/// Allocated once and filled again and again. A class, so that a ring of them can be handed from
/// thread to thread; exactly one thread owns a batch at any time, which the ring guarantees.
@safe public final class ObservationBatch: @unchecked Sendable {
  /// Observations per batch (HOTPATH: 32 to 256 are within noise; 1,024 amortises the hand-over).
  public static let capacity = 1_024
  /// Resolutions per batch: a response is full long before it could name more.
  public static let resolutionCapacity = 4_096
  /// Sightings per batch.
  public static let sightingCapacity = 4_096
  /// Bytes of text per batch.
  public static let textCapacity = 256 * 1_024

  /// The observations; the first `count` are valid.
  public let observations: Slab<Observation>
  /// Byte offset of each observation's record in the evidence.
  public let offsets: Slab<UInt64>
  /// Number of each observation's record in the evidence, counted from 1 (a packet as Wireshark
  /// numbers it; a line of text).
  public let records: Slab<UInt64>
  /// What captures know beyond; of a log's lines all zero.
  public let details: Slab<PacketDetails>
  /// `Mixing.hash` of each observation's source; written by the pair memory.
  public let hashes: Slab<UInt64>
  /// How long ago what `contact` speaks of was; written by the pair memory.
  public let lags: Slab<Lags>
  /// What decoders learnt about third addresses, in order of `index`.
  public let resolutions: Slab<Resolution>
  /// First replies seen, for the askers' books.
  public let answers: Slab<Answer>
  /// Names and other text that packets carried, in order of `index`; most batches hold none.
  public let sightings: Slab<Sighting>
  /// The text of sightings.
  public let text: Slab<UInt8>
  /// The counts, in a slab because a class's variables cost a check at every access.
  @usableFromInline let counters = Slab<Int>(capacity: 8)
  /// Observations in the batch.
  @inlinable @inline(__always)
  public var count: Int {
    get { counters[0] }
    set { counters[0] = newValue }
  }
  /// Resolutions in the batch.
  @inlinable @inline(__always)
  public var resolutionCount: Int {
    get { counters[1] }
    set { counters[1] = newValue }
  }
  /// Answers in the batch.
  @inlinable @inline(__always)
  public var answerCount: Int {
    get { counters[2] }
    set { counters[2] = newValue }
  }
  /// Sightings in the batch.
  @inlinable @inline(__always)
  public var sightingCount: Int {
    get { counters[3] }
    set { counters[3] = newValue }
  }
  /// Bytes of text in the batch.
  @inlinable @inline(__always)
  public var textCount: Int {
    get { counters[4] }
    set { counters[4] = newValue }
  }

  /// An empty batch.
  public init() {
    observations = Slab(capacity: ObservationBatch.capacity)
    offsets = Slab(capacity: ObservationBatch.capacity)
    records = Slab(capacity: ObservationBatch.capacity)
    details = Slab(capacity: ObservationBatch.capacity)
    hashes = Slab(capacity: ObservationBatch.capacity)
    lags = Slab(capacity: ObservationBatch.capacity)
    resolutions = Slab(capacity: ObservationBatch.resolutionCapacity)
    answers = Slab(capacity: ObservationBatch.capacity)
    sightings = Slab(capacity: ObservationBatch.sightingCapacity)
    text = Slab(capacity: ObservationBatch.textCapacity)
  }

  /// Whether no further record is to be read into it: a record may give two observations (a packet
  /// and the answer to it), and one place is kept for the second.
  @inlinable
  public var isFull: Bool { count >= ObservationBatch.capacity &- 1 }

  /// Empties the batch for the next filling.
  public func removeAll() {
    count = 0
    resolutionCount = 0
    answerCount = 0
    sightingCount = 0
    textCount = 0
  }

  /// Keeps the observations that satisfy a condition, with what was learnt from them.
  public func keep(_ condition: (Observation) -> Bool) {
    keepPlaces { condition(observations[$0]) }
  }

  /// Keeps the observations at the places that satisfy a condition, with what was learnt from them.
  public func keepPlaces(_ condition: (Int) -> Bool) {
    var kept = 0
    var keptResolutions = 0
    var resolution = 0
    var keptSightings = 0
    var sighting = 0
    for i in 0..<count {
      let stays = condition(i)
      while resolution < resolutionCount, resolutions[resolution].index <= UInt32(i) {
        if stays {
          resolutions[keptResolutions] = resolutions[resolution]
          resolutions[keptResolutions].index = UInt32(kept)
          keptResolutions += 1
        }
        resolution += 1
      }
      while sighting < sightingCount, sightings[sighting].index <= UInt32(i) {
        if stays {
          sightings[keptSightings] = sightings[sighting]
          sightings[keptSightings].index = UInt32(kept)
          keptSightings += 1
        }
        sighting += 1
      }
      guard stays else { continue }
      observations[kept] = observations[i]
      offsets[kept] = offsets[i]
      records[kept] = records[i]
      details[kept] = details[i]
      kept += 1
    }
    count = kept
    resolutionCount = keptResolutions
    sightingCount = keptSightings
  }

  /// Appends an observation. The caller has checked `isFull` before the record; beyond `capacity` it traps.
  @inlinable @inline(__always)
  public func append(_ observation: Observation, offset: UInt64, record: UInt64) {
    observations[count] = observation
    offsets[count] = offset
    records[count] = record
    count &+= 1
  }

  /// Appends a packet with what only a capture knows of it. A batch that goes round keeps what was
  /// there, so a capture's readers append by this alone, and a log's by the other.
  @inlinable @inline(__always)
  public func append(
    _ observation: Observation, _ packet: PacketDetails, offset: UInt64, record: UInt64
  ) {
    details[count] = packet
    append(observation, offset: offset, record: record)
  }

  /// Appends what was learnt from the observation that will be, or was just, appended at `index`;
  /// past the bound it is dropped and the caller counts `Anomaly.answersBeyondBound`.
  @inlinable
  public func append(_ resolution: Resolution) -> Bool {
    guard resolutionCount < ObservationBatch.resolutionCapacity else { return false }
    resolutions[resolutionCount] = resolution
    resolutionCount &+= 1
    return true
  }
}
