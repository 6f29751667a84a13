/// One and the same packet met again and again: by a ladder of times to live a loop of routers, else a
/// loop of the link or a sender that repeats itself.
///
/// A packet is known again by its target, ports, identification, sequence number, length and first bytes.
/// Of two copies nothing is said: mirror ports make them.
public struct PacketLoop: Hashable, Sendable {
  /// What kind of repetition.
  public enum Kind: String, Hashable, Sendable {
    /// The time to live falls by the same number from each copy to the next.
    case routers
    /// It stays the same.
    case link
  }

  /// What kind.
  public var kind: Kind
  /// Different packets that repeat so.
  public var packets: Int
  /// Copies of the one with most.
  public var copies: Int
  /// How far the time to live falls from one of its copies to the next: the routers of the loop.
  public var step: Int
  /// Its highest and its lowest time to live.
  public var highest: Int, lowest: Int
  /// How long its copies last, in seconds.
  public var seconds: Double

  /// Copies that show a ladder; copies that show a loop of the link, within a second.
  static let rungs = 4
  static let linkCopies = 8
  /// Copies further apart are no loop, in nanoseconds.
  private static let longest: Int64 = 10_000_000_000

  private struct Key: Hashable {
    var target: UInt32, sequence: UInt32, payloadKey: UInt32
    var ports: UInt32
    var identification: UInt16, length: UInt16
  }

  /// The repetition with most copies in an activity's first packets; nil where there is none.
  public init?(_ trace: [TracedPacket]) {
    guard PacketLoop.isWorthALook(trace) else { return nil }
    var groups: [Key: [TracedPacket]] = [:]
    for packet in trace where packet.hasIdentification && packet.identification != 0 {
      let ports = UInt32(packet.sourcePort) << 16 | UInt32(packet.destinationPort)
      let key = Key(
        target: packet.target, sequence: packet.sequence, payloadKey: packet.payloadKey,
        ports: ports, identification: packet.identification, length: packet.length)
      groups[key, default: []].append(packet)
    }
    let found = groups.values.compactMap { PacketLoop(copies: $0) }
    // A sender that always gives the same number is known by giving no other.
    guard var most = found.max(by: { PacketLoop.order($0) < PacketLoop.order($1) }),
      most.kind == .routers || groups.count > 1 || trace.contains(where: \.isBroadcast)
    else { return nil }
    most.packets = found.count { $0.kind == most.kind }
    self = most
  }

  /// Whether neighbours have a number in common, thrice at least: cheap, and rare where nothing loops.
  private static func isWorthALook(_ trace: [TracedPacket]) -> Bool {
    guard trace.count >= rungs else { return false }
    var alike = 0
    for (one, next) in zip(trace, trace.dropFirst())
    where one.identification == next.identification && one.target == next.target
      && next.hasIdentification
    {
      alike += 1
    }
    return alike >= rungs - 1
  }

  private static func order(_ one: PacketLoop) -> (Int, Int, Int, Int, Int, Double) {
    (one.kind == .routers ? 1 : 0, one.copies, one.highest, one.lowest, one.step, -one.seconds)
  }

  private init?(copies group: [TracedPacket]) {
    guard group.count >= PacketLoop.rungs, let first = group.first, let last = group.last,
      last.time &- first.time <= PacketLoop.longest
    else { return nil }
    let lives = group.map { Int($0.timeToLive) }
    let steps = zip(lives, lives.dropFirst()).map { $0 - $1 }
    packets = 1
    copies = group.count
    highest = lives.max() ?? 0
    lowest = lives.min() ?? 0
    seconds = TraceMeasures.seconds(from: first.time, to: last.time)
    // A copy may be missing in between, so a step may be a multiple of the smallest.
    let least = steps.min() ?? 0
    if least > 0, steps.allSatisfy({ $0 % least == 0 }) {
      kind = .routers
      step = least
    } else if highest == lowest, group.count >= PacketLoop.linkCopies, seconds <= 1 {
      kind = .link
      step = 0
    } else {
      return nil
    }
  }
}
