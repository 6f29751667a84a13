/// What a capture knows of a packet beyond its `Observation`, in 32 bytes; all zero for a log's line.
///
/// A column beside the observations: few detectors need it, and those that do not never touch it.
@frozen
public struct PacketDetails: BitwiseCopyable, Sendable {
  /// The sender's hardware address in the low 48 bits; 0 where the link has none.
  public var sender: UInt64
  /// The receiver's hardware address in the low 48 bits; of an ARP packet the hardware address it
  /// claims for its sender (RFC 826 `ar$sha`), which may differ from the frame's.
  public var receiver: UInt64
  /// TCP sequence number; 0 otherwise.
  public var sequence: UInt32
  /// The first four bytes behind the transport header, in network order; 0 where there are fewer.
  public var payloadKey: UInt32
  /// Bytes behind the transport header as the headers claim; 0 where not known.
  public var payloadLength: UInt16
  /// TCP window; 0 otherwise.
  public var window: UInt16
  /// 32 bits of the NetBIOS name that a name query asks for (RFC 1002, 4.2.12), never 0; 0 otherwise.
  public var nameKey: UInt32

  /// All zero.
  @inlinable @inline(__always)
  public init() {
    sender = 0
    receiver = 0
    sequence = 0
    payloadKey = 0
    payloadLength = 0
    window = 0
    nameKey = 0
  }
}
