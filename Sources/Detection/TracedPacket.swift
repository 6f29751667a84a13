internal import Observations

/// One of an activity's first packets as it happened: what the detectors of shape look at.
///
/// Up to `Bounds.traced` are kept of each followed service; what is said on their strength says so
/// (`sampled`).
public struct TracedPacket: BitwiseCopyable, Sendable {
  /// Nanoseconds since the epoch.
  public var time: Int64
  /// The 32-bit form of the destination: the address itself for IPv4, else a digest above 240.0.0.0.
  public var target: UInt32
  /// TCP sequence number; 0 otherwise.
  public var sequence: UInt32
  /// The first four bytes behind the transport header; 0 where unknown.
  public var payloadKey: UInt32
  /// 32 bits of the NetBIOS name asked for; 0 where it asks for none.
  public var nameKey: UInt32
  /// Source port, or the ICMP type.
  public var sourcePort: UInt16
  /// Destination port, or the ICMP code.
  public var destinationPort: UInt16
  /// Length of the IP datagram, at most 65,535; 0 where unknown.
  public var length: UInt16
  /// Bytes behind the transport header; 0 where unknown.
  public var payloadLength: UInt16
  /// The IP identification; meaningful with `hasIdentification`.
  public var identification: UInt16
  /// TCP window; 0 otherwise.
  public var window: UInt16
  /// Time to live; 0 where unknown.
  public var timeToLive: UInt8
  /// TCP flags; 0 otherwise.
  public var tcpFlags: UInt8
  /// The transport's number.
  public var transport: UInt8
  /// 1 where `identification` was read; 2 where the packet was a broadcast; 4 where it came of a
  /// capture (so that a zero payload length means none).
  public var flags: UInt8

  /// Whether the IP identification was read.
  public var hasIdentification: Bool { flags & 1 != 0 }
  /// Whether it went to everybody on the link.
  public var isBroadcast: Bool { flags & 2 != 0 }
  /// Whether it is a capture's packet, not a log's line.
  public var isCaptured: Bool { flags & 4 != 0 }

  /// A packet of nothing but its time; the rest is set by name.
  public init(time: Int64) {
    self.time = time
    target = 0
    sequence = 0
    payloadKey = 0
    nameKey = 0
    sourcePort = 0
    destinationPort = 0
    length = 0
    payloadLength = 0
    identification = 0
    window = 0
    timeToLive = 0
    tcpFlags = 0
    transport = 0
    flags = 0
  }

  init(_ o: Observation, _ details: PacketDetails) {
    self.init(time: o.time)
    target = TargetSets.target(o.destination)
    sequence = details.sequence
    payloadKey = details.payloadKey
    nameKey = details.nameKey
    sourcePort = o.sourcePort
    destinationPort = o.destinationPort
    length = UInt16(clamping: o.length)
    payloadLength = details.payloadLength
    identification = o.identification
    window = details.window
    timeToLive = o.timeToLive
    tcpFlags = o.tcpFlags.rawValue
    transport = o.transport.rawValue
    flags =
      (o.marks.contains(.identification) ? 1 : 0) | (o.marks.contains(.broadcast) ? 2 : 0)
      | (details.sender != 0 || details.payloadLength != 0 ? 4 : 0)
  }
}
