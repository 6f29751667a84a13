/// Counts whose sockets sent what, as packet filters say. Bounded: what is beyond is not told apart.
public struct OwnershipBook: Sendable {
  /// So many are told apart.
  public static let most = 256

  private struct Key: Hashable {
    var source: Address
    var transport: Transport
    var port: UInt16
    var user: UInt32
    var process: UInt32
  }
  private var counts: [Key: UInt64] = [:]

  /// An empty book.
  public init() {}

  /// Counts a packet, or as many as the record stands for.
  ///
  /// - Parameters:
  ///   - packet: whose packet it is.
  ///   - user: the user's number.
  ///   - process: the process's number; 0 where it is not said.
  public mutating func count(_ packet: Observation, user: UInt32, process: UInt32) {
    let key = Key(
      source: packet.source, transport: packet.transport,
      port: packet.transport.hasPorts ? packet.destinationPort : 0, user: user, process: process)
    guard counts[key] != nil || counts.count < OwnershipBook.most else { return }
    counts[key, default: 0] &+= UInt64(packet.packets)
  }

  /// Counts what the records of a log say themselves (`Marks.userID`).
  public mutating func consume(_ batch: ObservationBatch) {
    for index in 0..<batch.count where batch.observations[index].marks.contains(.userID) {
      let packet = batch.observations[index]
      count(packet, user: packet.detail, process: 0)
    }
  }

  /// All claims, those with most packets first.
  public var entries: [CaptureFacts.Ownership] {
    counts.map {
      CaptureFacts.Ownership(
        source: $0.key.source, transport: $0.key.transport, port: $0.key.port, user: $0.key.user,
        process: $0.key.process, packets: $0.value)
    }.sorted {
      ($1.packets, $0.source, $0.transport, $0.port, $0.user, $0.process)
        < ($0.packets, $1.source, $1.transport, $1.port, $1.user, $1.process)
    }
  }
}
