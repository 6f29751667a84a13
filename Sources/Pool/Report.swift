public import Detection
public import Observations

/// A number known within bounds, as counted by a sensor.
public struct CountRange: Hashable, Sendable {
  /// The least it can be.
  public var low: UInt64
  /// The most it can be.
  public var high: UInt64

  /// An interval; both ends are equal for an exact number.
  public init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }

  /// An exact number.
  public init(_ exact: UInt64) { self.init(low: exact, high: exact) }

  /// Nothing.
  public static let zero = CountRange(0)

  /// The sum, which stops at the largest number there is.
  public static func + (a: CountRange, b: CountRange) -> CountRange {
    CountRange(low: a.low.adding(b.low), high: a.high.adding(b.high))
  }
}

extension UInt64 {
  /// A sum that stops at the largest number.
  func adding(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}

/// What is done, without who and to whom: reports of the same shape can be put together.
public struct ReportShape: Hashable, Comparable, Sendable {
  /// The way it is done: a kind of `ActivityShape`.
  public enum Manner: UInt8, CaseIterable, Hashable, Sendable, Comparable {
    /// One service tried at several addresses.
    case service
    /// Many ports tried at few addresses.
    case manyPorts
    /// UDP headers that outwardly read as ICMP errors.
    case misreadHeader
    /// Replies nobody had asked for: the subject answers packets that bore somebody else's address.
    case unaskedReplies
    /// Broadcasts to one service.
    case broadcasts
    /// One port in touch with many peers.
    case peers

    /// In order of declaration.
    public static func < (a: Manner, b: Manner) -> Bool { a.rawValue < b.rawValue }
  }

  /// Type and code of an ICMP message.
  public struct ICMPMessage: Hashable, Sendable {
    /// The message's type.
    public var type: UInt8
    /// Its code; nil where various or not known.
    public var code: UInt8?

    /// A message's type and code.
    public init(type: UInt8, code: UInt8?) {
      self.type = type
      self.code = code
    }
  }

  /// The transport.
  public var transport: Transport
  /// Which way it crosses the sensor's border.
  public var direction: Direction
  /// The way it is done.
  public var manner: Manner
  /// What message; nil for other transports than ICMP.
  public var icmp: ICMPMessage?

  /// A shape out of its parts.
  public init(
    transport: Transport, direction: Direction, manner: Manner, icmp: ICMPMessage? = nil
  ) {
    self.transport = transport
    self.direction = direction
    self.manner = manner
    self.icmp = icmp
  }

  private var order: (UInt8, UInt8, UInt8, Int) {
    let message = icmp.map { Int($0.type) << 9 | Int($0.code.map { Int($0) } ?? 256) } ?? -1
    return (transport.rawValue, direction.code, manner.rawValue, message)
  }

  /// By transport, direction, manner and message.
  public static func < (a: ReportShape, b: ReportShape) -> Bool { a.order < b.order }
}

extension Direction {
  /// In the encoding.
  var code: UInt8 {
    switch self {
    case .outbound: 0
    case .inbound: 1
    case .internal: 2
    case .unknown: 3
    }
  }

  init?(code: UInt8) {
    guard code < 4 else { return nil }
    self = [.outbound, .inbound, .internal, .unknown][Int(code)]
  }
}

/// What the sensor itself made of an activity. It is kept as the sensor's word and never becomes the
/// pool's.
public struct SensorVerdict: Hashable, Sendable {
  /// The article's id.
  public var article: String
  /// The posterior in ten-thousandths, 0...10,000.
  public var posterior: UInt16

  /// A verdict; the posterior is a share of 0...1, and what is none counts as 0.
  public init(article: String, posterior: Double) {
    self.article = article
    let share = posterior.isFinite ? min(1, max(0, posterior)) : 0
    self.posterior = UInt16((share * 10_000).rounded())
  }
}

/// A target under a name that only the sensor can make again (HMAC-SHA-256, shortened). It is kept to
/// count targets, and never leaves the pool.
public struct Pseudonym: Hashable, Comparable, Sendable {
  /// The first 64 bits of the keyed digest.
  public var rawValue: UInt64

  /// A pseudonym from its bits.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// By number.
  public static func < (a: Pseudonym, b: Pseudonym) -> Bool { a.rawValue < b.rawValue }
}

/// What a sensor's evidence could have shown: a set of `Capability`.
public struct Vantage: OptionSet, Hashable, Sendable {
  /// A bit for each capability.
  public let rawValue: UInt32

  /// A set from its bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// What is available of some capabilities.
  public init(_ capabilities: some Sequence<Capability>) {
    rawValue = capabilities.reduce(0) { bits, capability in
      bits | (Vantage.order.firstIndex(of: capability).map { 1 << UInt32($0) } ?? 0)
    }
  }

  /// The place of a capability is its bit; new ones go to the end, since bits are in signed batches.
  static let order: [Capability] = [
    .content, .replies, .visitors, .dns, .followUp, .targetChoice, .rate, .wholePackets,
    .replication, .hardware, .notes, .clientQueries, .bystanders, .sockets,
  ]
  /// The bits that mean something.
  static let known = UInt32(1 << order.count) - 1

  /// Whether a capability is in it.
  public func contains(_ capability: Capability) -> Bool {
    contains(Vantage([capability])) && Vantage.order.contains(capability)
  }

  /// The capabilities, in order of name.
  public var capabilities: [Capability] { Vantage.order.filter { contains($0) }.sorted() }
}

/// What a sensor states about one activity of one address during one interval: an aggregate, no packet.
public struct Report: Hashable, Sendable {
  /// The source address that the packets bore.
  public var subject: Address
  /// What was done.
  public var shape: ReportShape
  /// The service ports, ascending, at most `PoolLimits.portsOfReport`; empty for transports without.
  public var ports: [UInt16]
  /// Whether there were further ports.
  public var morePorts: Bool
  /// Time of the first packet, in whole seconds.
  public var first: Timestamp
  /// Time of the last packet, in whole seconds.
  public var last: Timestamp
  /// Packets or log lines.
  public var packets: CountRange
  /// Distinct targets.
  public var targets: CountRange
  /// Some of the targets, ascending, at most `PoolLimits.pseudonymsOfReport`. Never published.
  public var pseudonyms: [Pseudonym]
  /// The activity's pattern, if it has one.
  public var pattern: Pattern?
  /// The sensor's own verdict; nil where nothing earned it.
  public var verdict: SensorVerdict?
  /// The version of the knowledge behind the verdict.
  public var knowledge: String
  /// What the sensor's evidence could have shown.
  public var vantage: Vantage
  /// Whether anybody could have sent these packets under this address: nothing shows that answers
  /// reached it.
  public var mayBeForged: Bool

  /// A report; times lose their fractions, lists are put in order, and what is too much of them left out.
  public init(
    subject: Address, shape: ReportShape, ports: [UInt16], morePorts: Bool = false,
    first: Timestamp, last: Timestamp, packets: CountRange, targets: CountRange,
    pseudonyms: [Pseudonym] = [], pattern: Pattern? = nil, verdict: SensorVerdict? = nil,
    knowledge: String = "", vantage: Vantage = [], mayBeForged: Bool = true
  ) {
    let distinct = Set(ports).sorted()
    self.subject = subject
    self.shape = shape
    self.ports = Array(distinct.prefix(PoolLimits.portsOfReport))
    self.morePorts = morePorts || distinct.count > PoolLimits.portsOfReport
    self.first = Timestamp(seconds: first.wholeSeconds)
    self.last = Timestamp(seconds: last.wholeSeconds)
    self.packets = packets
    self.targets = targets
    self.pseudonyms = Array(Set(pseudonyms).sorted().prefix(PoolLimits.pseudonymsOfReport))
    self.pattern = pattern
    self.verdict = verdict
    self.knowledge = knowledge
    self.vantage = vantage
    self.mayBeForged = mayBeForged
  }
}
