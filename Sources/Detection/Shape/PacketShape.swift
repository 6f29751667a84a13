public import Observations

/// What the packets of an activity have in common in their headers and first bytes.
///
/// Each part is nil where the packets could not show it: payloads only where packets were captured,
/// sequence numbers only of TCP to an address whose 32 bits are known.
public struct PacketShape: Hashable, Sendable {
  /// The commonest of several values and the share of packets that have it, 0...1.
  public struct Common<Value: Hashable & Sendable>: Hashable, Sendable {
    /// The value; of several as common, the least.
    public var value: Value
    /// Its share of those packets that could show one.
    public var share: Double
  }

  /// Bytes behind the transport header, of captured packets.
  public var payloadLength: Common<UInt16>?
  /// The first four bytes of those captured payloads that have as many; nil also where these are all
  /// zero, which stands for "unknown" too.
  public var payloadKey: Common<UInt32>?
  /// The share of TCP packets whose sequence number equals the destination address.
  public var sequenceIsDestinationShare: Double?
  /// Distinct TCP windows.
  public var windows: Int?
  /// The time to live.
  public var timeToLive: Common<UInt8>?
  /// Whether, at some target, the time to live began at `tracerouteStart` or less and never fell, over
  /// `tracerouteSteps` values at least; nil where no time to live is known.
  public var timeToLiveRises: Bool?
  /// Packets looked at, at least 1.
  public var sampled: Int

  /// The highest time to live with which a traceroute begins.
  public static let tracerouteStart: UInt8 = 3
  /// The fewest distinct times to live that make a rise.
  public static let tracerouteSteps = 6

  /// The shape of a trace in order of time; nil for an empty one.
  public init?(_ trace: [TracedPacket]) {
    guard !trace.isEmpty else { return nil }
    sampled = trace.count
    let captured = trace.filter(\.isCaptured)
    payloadLength = PacketShape.common(captured.map(\.payloadLength))
    let key = PacketShape.common(captured.filter { $0.payloadLength >= 4 }.map(\.payloadKey))
    payloadKey = key?.value == 0 ? nil : key
    setTransport(trace.filter { $0.transport == Transport.tcp.rawValue })
    timeToLive = PacketShape.common(trace.map(\.timeToLive).filter { $0 > 0 })
    timeToLiveRises = timeToLive == nil ? nil : PacketShape.rises(trace)
  }

  private mutating func setTransport(_ packets: [TracedPacket]) {
    let addressed = packets.filter {
      $0.target < TraceMeasures.firstDigest && ($0.isCaptured || $0.sequence != 0)
    }
    if !addressed.isEmpty {
      sequenceIsDestinationShare =
        Double(addressed.count { $0.sequence == $0.target }) / Double(addressed.count)
    }
    let shown = packets.filter { $0.isCaptured || $0.window != 0 }
    if !shown.isEmpty { windows = Set(shown.map(\.window)).count }
  }

  private static func common<Value: Hashable & Comparable>(_ values: [Value]) -> Common<Value>? {
    TraceMeasures.commonest(values).map {
      Common(value: $0.value, share: Double($0.count) / Double(values.count))
    }
  }

  private static func rises(_ trace: [TracedPacket]) -> Bool {
    var last: [UInt32: (value: UInt8, steps: Int)] = [:]
    var ended: Set<UInt32> = []
    for packet in trace where packet.timeToLive > 0 && !ended.contains(packet.target) {
      guard let before = last[packet.target] else {
        last[packet.target] = (packet.timeToLive, 1)
        if packet.timeToLive > tracerouteStart { ended.insert(packet.target) }
        continue
      }
      if packet.timeToLive < before.value {
        ended.insert(packet.target)
      } else if packet.timeToLive > before.value {
        last[packet.target] = (packet.timeToLive, before.steps + 1)
      }
    }
    return last.contains { !ended.contains($0.key) && $0.value.steps >= tracerouteSteps }
  }

  /// The values of a finding of kind `packet-shape`; those that are nil are left out.
  public var values: [String: FindingValue] {
    var result: [String: FindingValue] = ["sampled": .integer(sampled)]
    func add(_ name: String, _ common: Common<some BinaryInteger>?) {
      guard let common else { return }
      result[name] = .integer(Int(common.value))
      result[name + "Share"] = .number(common.share)
    }
    add("payloadLength", payloadLength)
    add("payloadKey", payloadKey)
    add("timeToLive", timeToLive)
    if let share = sequenceIsDestinationShare {
      result["sequenceIsDestinationShare"] = .number(share)
    }
    if let windows { result["windows"] = .integer(windows) }
    if let timeToLiveRises { result["timeToLiveRises"] = .flag(timeToLiveRises) }
    return result
  }
}
