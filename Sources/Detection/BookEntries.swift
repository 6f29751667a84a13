internal import Observations

/// What a source's packets are booked under.
struct ServiceKey: BitwiseCopyable {
  var bits: UInt32

  enum Kind {
    /// Something tried: the port is the destination port (ICMP: the type).
    static let attempt: UInt8 = 1
    /// Answers to what had been asked: the port is the source port.
    static let reply: UInt8 = 2
    /// Answers nobody had asked for: the port is the source port (ICMP: the type).
    static let unasked: UInt8 = 3
    /// Later fragments, leftovers of connections whose beginning was not seen.
    static let orphan: UInt8 = 4
    /// UDP headers that outwardly read as ICMP errors: the port is the source port.
    static let misread: UInt8 = 5
    /// ICMP errors: the port is the type.
    static let icmpError: UInt8 = 6
    static let multicast: UInt8 = 7
    static let arp: UInt8 = 8
    /// All attempts beyond the chain's length, by (destination, port).
    static let gathered: UInt8 = 9
    /// Sent to everybody on the link: the port is the destination port.
    static let broadcast: UInt8 = 10
    /// Sent to where only one thing is sent (`SpecialPurpose`): the port is the destination port.
    static let special: UInt8 = 11
  }

  @inline(__always)
  init(_ kind: UInt8, _ transport: Transport, _ port: UInt16) {
    bits = UInt32(kind) << 24 | UInt32(transport.rawValue) << 16 | UInt32(port)
  }

  @inline(__always) var kind: UInt8 { UInt8(truncatingIfNeeded: bits >> 24) }
  @inline(__always) var transport: Transport {
    Transport(rawValue: UInt8(truncatingIfNeeded: bits >> 16))
  }
  func isKind(_ kind: UInt8, _ transport: Transport) -> Bool {
    self.kind == kind && self.transport == transport
  }
  @inline(__always) var port: UInt16 { UInt16(truncatingIfNeeded: bits) }
  /// Whether distinct destinations are counted.
  @inline(__always) var countsTargets: Bool { ServiceKey.counting &>> (bits >> 24) & 1 != 0 }
  @inline(__always) private static var counting: UInt32 {
    bit(Kind.attempt) | bit(Kind.unasked) | bit(Kind.gathered) | bit(Kind.misread)
      | bit(Kind.arp) | bit(Kind.icmpError) | bit(Kind.special)
  }
  /// Whether its packets are kept as they happened.
  @inline(__always) var isTraced: Bool { ServiceKey.traced &>> (bits >> 24) & 1 != 0 }
  @inline(__always) private static var traced: UInt32 {
    bit(Kind.attempt) | bit(Kind.misread) | bit(Kind.gathered) | bit(Kind.broadcast)
      | bit(Kind.unasked) | bit(Kind.special)
  }

  /// Whether its busiest minute is counted.
  @inline(__always) var isToMany: Bool { ServiceKey.toMany &>> (bits >> 24) & 1 != 0 }
  @inline(__always) private static var toMany: UInt32 {
    bit(Kind.misread) | bit(Kind.broadcast) | bit(Kind.special)
  }

  /// Kinds as bits: one shift tells whether a kind is among some.
  @inline(__always) private static func bit(_ kind: UInt8) -> UInt32 { 1 &<< UInt32(kind) }
}

/// The books on one service of one source: 48 bytes.
struct Service: BitwiseCopyable {
  var key: ServiceKey
  var distinct: UInt32
  var targets: TargetSet
  var packets: UInt32
  /// Index of the profile; 0 is none.
  var profile: UInt32
  var first: Int64
  var last: Int64
  /// Index of the source's next service; 0 is none.
  var next: UInt32
  /// Services of the source from here on; kept at the head of the chain only.
  var chain: UInt32
}

/// One source and its main service: one cache line.
struct Source: BitwiseCopyable {
  var address: Address
  var service: Service
}

/// A name lookup or a first contact as it happened, for questions that need the order or another file.
struct LookupRecord: BitwiseCopyable {
  var time: Int64
  var target: UInt32
  /// Ticks since the failed reverse query; 0xffff where there was none.
  var reverseLag: UInt16
  /// Ticks since the target last sent to the subject; 0xffff where it had not.
  var solicitedLag: UInt16
}

/// The full books on a service worth following: everything that findings are made of.
///
/// In order of use, not of sense: what every packet touches fills the first three of seven cache
/// lines, what first contacts touch the fourth.
struct Profile: BitwiseCopyable {
  static let sourcePortsKept = 8
  static let referencesKept = 5
  /// Cache lines that every packet touches.
  static let busyLines = 3

  var bytes: UInt64
  /// The clock hour under way, and its packets that were not retries.
  var hour: Int64
  var hourCount: UInt32
  /// Packets since the profile was begun; the counts below are of these.
  var packets: UInt32
  /// Packets that were not retries: lookups, attempts.
  var tries: UInt32
  /// Targets contacted for the first time since.
  var targets: UInt32
  /// The most first contacts within one clock hour, and those of the current one.
  var densest: UInt32, hourTargets: UInt32
  // Identification counters of consecutive packets:
  var ascending: UInt32, byteSwapped: UInt32, identifications: UInt32
  var lastIdentification: UInt16, hasIdentification: UInt16
  var lastTarget: UInt32
  var sourcePortCount: UInt32

  var sourcePorts: InlineArray<8, UInt16>
  var traceCount: UInt32
  var contentSeen: UInt32, nodeStatus: UInt32
  var referenceCount: UInt32
  /// The first records with their offsets, and the last: this ends the third line.
  var references: InlineArray<12, UInt64>

  // How the targets follow one another:
  var sequential: UInt32
  var same24: UInt32, same16: UInt32, same8: UInt32
  // Of first contacts:
  var solicited: UInt32, resolved: UInt32, peerOpened: UInt32
  /// First contacts that were solicited or resolved and so prove nothing.
  var expected: UInt32
  // First contacts and lookups in order:
  var recordHead: UInt32, recordTail: UInt32, recordCount: UInt32
  /// Index of the cadence histogram; 0 is none.
  var cadence: UInt32
  // Of askers' books, by the pair memory's news:
  var answered: UInt32, refused: UInt32
  /// Tries preceded by a failed reverse query.
  var reverseFailed: UInt32
  /// Tries at targets that had been asked for their name before.
  var nameAsked: UInt32

  var blocked: UInt32, allowed: UInt32
  var inbound: UInt32, outbound: UInt32, forwarded: UInt32
  var nameQueries: UInt32, bySize: UInt32
  var verified: UInt32, refuted: UInt32, untestable: UInt32
  var cut: UInt32
  /// Records of which there may have been more packets than they say.
  var limited: UInt32
  var synAcks: UInt32, resets: UInt32
  // Hourly series, newest first:
  var seriesHead: UInt32
  // The first packets as they happened, and the hardware that sent them:
  var traceHead: UInt32, traceTail: UInt32
  var hardware: UInt64
  /// 1: all of one sender; 2: of several.
  var hardwareCount: UInt32
  // Extremes of the ports tried, for gathered services:
  var lowPort: UInt16, highPort: UInt16
  var portSet: TargetSet
  var portCount: UInt32
  var destinationSet: TargetSet
  var destinationCount: UInt32
  var quoteSet: TargetSet
  var quoteCount: UInt32
  /// Packets whose source address no host can have.
  var impossibleSources: UInt32
  // The busiest minute, of broadcasts:
  var minute: Int64
  var minuteCount: UInt32, busiestMinute: UInt32
  /// Packets sent to a broadcast address of a network, not to 255.255.255.255, and one such address.
  var directedBroadcasts: UInt32, broadcastAddress: UInt32
  // TCP: SYN-ACKs that came, and those of them that the asker acknowledged.
  var accepted: UInt32, established: UInt32
  /// Fills the seventh line.
  var padding: InlineArray<5, UInt64>
}

/// An hour's events of one service; linked newest first.
struct HourCount: BitwiseCopyable {
  var hour: Int32
  var count: UInt32
  var previous: UInt32
}

/// A piece of a list of lookups.
struct RecordChunk: BitwiseCopyable {
  static let capacity = 32
  var next: UInt32
  var count: UInt32
  var records: InlineArray<32, LookupRecord>
}

/// A piece of a list of traced packets.
struct TraceChunk: BitwiseCopyable {
  static let capacity = 16
  var next: UInt32
  var count: UInt32
  var packets: InlineArray<16, TracedPacket>
}

/// Gaps between tries in steps of 3 ticks (50 ms) up to 4.8 s.
struct Cadence: BitwiseCopyable {
  static let step: UInt16 = 3
  static let steps = 96
  var counts: InlineArray<96, UInt32>
}
