import Analysis
import Diagnosis
public import Observations

/// What a second reading of the evidence told of an activity's packets and of its subject's others.
public struct PacketTally: Hashable, Sendable {
  /// Packets of the activity.
  public var packets: UInt64 = 0
  /// The first of them.
  public var first: SentSample?
  /// The first ten of them, or where each is wanted the first million.
  public var samples: [SentSample] = []
  /// Whether there were more than could be kept.
  public var isCut = false
  /// Packets of the same subject that belong to none of the incident's activities, by transport and
  /// destination port: what a rule against the subject would meet beside what it is meant for.
  public var others: [Service: UInt64] = [:]

  /// A transport with a destination port.
  public struct Service: Hashable, Comparable, Sendable {
    /// The transport.
    public var transport: Transport
    /// The port; of ICMP the type.
    public var port: UInt16

    /// By transport, then port.
    public static func < (a: Service, b: Service) -> Bool {
      (a.transport, a.port) < (b.transport, b.port)
    }
  }

  /// Services that are kept apart; further ones are added up at port 0.
  static let mostServices = 4_096
  /// Packets shown.
  static let mostSamples = 10
  /// Packets kept where each is wanted.
  static let mostKept = 1_000_000

  private var room: Int

  /// A tally of nothing.
  ///
  /// - Parameter keepsAll: whether each packet is wanted.
  public init(keepsAll: Bool = false) {
    room = keepsAll ? PacketTally.mostKept : PacketTally.mostSamples
  }

  /// Takes a packet of the activity.
  public mutating func take(_ packet: Observation) {
    packets = packets.addingReportingOverflow(UInt64(packet.packets)).partialValue
    let sample = SentSample(packet)
    if first == nil { first = sample }
    if samples.count < room { samples.append(sample) } else { isCut = true }
  }

  /// Takes a packet of the subject's that is none of the incident's.
  public mutating func takeOther(_ packet: Observation) {
    var service = Service(transport: packet.transport, port: packet.destinationPort)
    if !packet.transport.hasPorts { service.port = packet.sourcePort }
    if others[service] == nil, others.count >= PacketTally.mostServices { service.port = 0 }
    others[service, default: 0] += UInt64(packet.packets)
  }
}

/// One packet as it is shown to others.
public struct SentSample: Hashable, Sendable {
  /// When.
  public var time: Timestamp
  /// From where.
  public var source: Address
  /// The source port; of ICMP the type.
  public var sourcePort: UInt16
  /// Where to; to be veiled.
  public var destination: Address
  /// The destination port; of ICMP the code.
  public var destinationPort: UInt16
  /// The transport.
  public var transport: Transport
  /// TCP's flags; empty for others.
  public var flags: TCPFlags
  /// Whether the record tells both ports.
  public var hasPorts: Bool
  /// Packets it stands for.
  public var count: UInt32

  /// What a record says.
  public init(_ packet: Observation) {
    time = Timestamp(nanoseconds: packet.time)
    source = packet.source
    sourcePort = packet.sourcePort
    destination = packet.destination
    destinationPort = packet.destinationPort
    transport = packet.transport
    flags = packet.tcpFlags
    hasPorts = packet.marks.contains(.ports)
    count = packet.packets
  }
}
