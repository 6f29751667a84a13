public import Observations

/// Stands before the decoder where somebody asks for a part of the packets, or for their bytes.
final class PacketGate {
  /// Picks packets; nil lets all through.
  let sieve: PacketSieve?
  /// Is shown each packet that is let through.
  let tap: PacketTap?
  /// Takes what is decoded for a look only.
  private let scratch = ObservationBatch()

  init(sieve: PacketSieve?, tap: PacketTap?) {
    self.sieve = sieve
    self.tap = tap
  }

  /// Whether a packet is to be decoded.
  func admits(_ packet: borrowing CapturedPacket) -> Bool {
    if let sieve, !sieve.passes(packet.bytes, wire: packet.wire, link: packet.link) {
      sieve.leaveOut(look(packet)?.observation, link: packet.link)
      return false
    }
    if let tap, tap.wants(packet.record) {
      let seen = look(packet)
      tap.see(packet, seen?.observation, seen?.details)
    }
    return true
  }

  /// Decodes a packet by itself.
  private func look(
    _ packet: borrowing CapturedPacket
  ) -> (observation: Observation, details: PacketDetails)? {
    guard packet.kind.isDecoded else { return nil }
    scratch.removeAll()
    var decoder = PacketDecoder()
    decoder.observation.time = packet.time
    guard decoder.decode(packet.bytes, wire: packet.wire, link: packet.kind, into: scratch) else {
      return nil
    }
    return (decoder.observation, decoder.details)
  }
}

/// A packet as its capture holds it.
public struct CapturedPacket: ~Escapable {
  /// What was captured of the frame.
  public let bytes: RawSpan
  /// Its length as it was sent, in bytes; never less than what was captured.
  public let wire: Int
  /// Nanoseconds since the epoch; of a packet without a time that of the one before.
  public let time: Int64
  /// The link type's number in files (LINKTYPE_); 0xffff where its capture has another way to say it.
  public var link: UInt32 { UInt32(kind.number) }
  let kind: Link
  /// The packet's number in its capture, from 1.
  public let record: UInt64
  /// The place of its record in the capture, in bytes.
  public let offset: UInt64

  @_lifetime(copy bytes)
  init(
    _ bytes: RawSpan, wire: Int, time: Int64, kind: Link, record: UInt64, offset: UInt64
  ) {
    self.bytes = bytes
    self.wire = wire
    self.time = time
    self.kind = kind
    self.record = record
    self.offset = offset
  }
}

/// Sees the packets of a capture as bytes, with what they say; nil where they say nothing that is decoded.
public final class PacketTap {
  /// Takes a packet.
  public typealias Sight = (borrowing CapturedPacket, Observation?, PacketDetails?) -> Void
  let see: Sight
  let wants: (UInt64) -> Bool

  /// A tap.
  ///
  /// - Parameters:
  ///   - wants: which packets are to be shown, by their numbers; all where nothing is said.
  ///   - see: called with each of them, in order.
  public init(wants: @escaping (UInt64) -> Bool = { _ in true }, _ see: @escaping Sight) {
    self.wants = wants
    self.see = see
  }
}
