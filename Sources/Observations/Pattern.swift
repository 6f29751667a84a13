/// The shape of an activity with addresses left out: what makes two activities of different hosts,
/// in different evidence, comparable.
///
/// Every feature but the transport may be missing, because the evidence did not show it: a log has no
/// payload, a clock of whole seconds no gaps within a burst, a veiled address no order of targets.
public struct Pattern: Hashable, Sendable {
  /// How the source port is chosen.
  public enum SourcePort: Hashable, Sendable {
    /// One port sends (nearly) all packets.
    case fixed(UInt16)
    /// Few ports, many packets of each.
    case few
    /// Each new port follows the last by one or two.
    case sequential
    /// Many ports in no such order.
    case ephemeral
  }

  /// Which way destination ports go.
  public enum Direction: String, Hashable, Sendable {
    /// Upwards.
    case up
    /// Downwards.
    case down
  }

  /// In what order targets are visited.
  public enum TargetOrder: String, Hashable, Sendable {
    /// One address only.
    case one
    /// Everybody on a network at once.
    case broadcast
    /// Each new address follows the last by one or two, up or down.
    case sequential
    /// Several addresses in no such order.
    case unordered
  }

  /// The transport.
  public var transport: Transport
  /// How the source port is chosen; nil for transports without ports.
  public var sourcePort: SourcePort?
  /// The destination port of (nearly) all packets, for ICMP the type times 256 and the code; nil where
  /// various.
  public var destinationPort: UInt16?
  /// The commonest step between one destination port and the next within a burst, without its sign,
  /// where it is the step of half of them at least; 0 where the port does not change.
  public var portStep: UInt16?
  /// The sign of that step; nil where it is 0 or goes both ways.
  public var portDirection: Direction?
  /// Distinct destination ports beyond the first for each packet beyond the first, 0...1.
  public var portSpread: Double?
  /// The order of targets.
  public var targetOrder: TargetOrder?
  /// Median packets in a burst.
  public var burstSize: Double?
  /// Median seconds between packets of a burst.
  public var gapWithin: Double?
  /// Median seconds from the beginning of a burst to the next.
  public var gapBetween: Double?
  /// The commonest length of the IP datagram in bytes.
  public var length: UInt16?
  /// The share of packets that have it, 0...1.
  public var lengthShare: Double?
  /// The commonest number of bytes behind the transport header, of half of the packets at least.
  public var payloadLength: UInt16?
  /// The commonest first four bytes of payload, of half of the packets at least.
  public var payloadKey: UInt32?
  /// The commonest TCP flags; nil for other transports.
  public var tcpFlags: TCPFlags?

  /// A pattern of which nothing but the transport is known; the rest is set by name.
  public init(transport: Transport) { self.transport = transport }
}

extension Pattern {
  /// The features that are known, by name, in a fixed order. Words and units as in the properties; the
  /// source port is its number or a word.
  public var features: [(name: String, value: FindingValue)] {
    var result: [(name: String, value: FindingValue)] = [
      ("transport", .text(transport.description))
    ]
    func add(_ name: String, _ value: FindingValue?) {
      if let value { result.append((name, value)) }
    }
    add("sourcePort", sourcePort?.value)
    add("destinationPort", destinationPort.map { .integer(Int($0)) })
    add("portStep", portStep.map { .integer(Int($0)) })
    add("portDirection", portDirection.map { .text($0.rawValue) })
    add("portSpread", portSpread.map { .number($0) })
    add("targetOrder", targetOrder.map { .text($0.rawValue) })
    add("burstSize", burstSize.map { .number($0) })
    add("gapWithinSeconds", gapWithin.map { .number($0) })
    add("gapBetweenSeconds", gapBetween.map { .number($0) })
    add("length", length.map { .integer(Int($0)) })
    add("lengthShare", lengthShare.map { .number($0) })
    add("payloadLength", payloadLength.map { .integer(Int($0)) })
    add("payloadKey", payloadKey.map { .integer(Int($0)) })
    add("tcpFlags", tcpFlags.map { .integer(Int($0.rawValue)) })
    return result
  }

  /// 16 hexadecimal digits that are equal for patterns equal in everything known of them but the way
  /// ports go, with measures in coarse steps: the same in every version and on every machine.
  ///
  /// It is a key to look patterns up by, no measure of likeness: patterns on either side of a step
  /// differ, and so do those of which different features are known.
  public var digest: String {
    let digits = String(digestNumber, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// The digest as a number.
  public var digestNumber: UInt64 {
    var hash: UInt64 = 0x6375_6c70_7269_7431
    for (place, value) in quantised.enumerated() {
      guard let value else { continue }
      hash = Mixing.mix(hash ^ UInt64(place + 1) << 56 ^ value)
    }
    return hash
  }

  /// One small number for each feature in a fixed order, measures as powers of two: what the digest is
  /// made of. New features go to the end, so that digests of patterns without them stay.
  public var quantised: [UInt64?] {
    [
      UInt64(transport.rawValue), sourcePort?.code, destinationPort.map { UInt64($0) },
      portStep.map { UInt64($0) }, portSpread.map { $0 < 0.1 ? 0 : $0 < 0.9 ? 1 : 2 },
      targetOrder?.code, burstSize.map(Pattern.doubling), gapWithin.map(Pattern.doubling),
      gapBetween.map(Pattern.doubling), length.map { UInt64($0) },
      payloadLength.map { UInt64($0) }, payloadKey.map { UInt64($0) },
      tcpFlags.map { UInt64($0.rawValue) },
    ]
  }

  /// The power of two nearest to a measure, from 1/1024 to 2^40, counted from 0.
  private static func doubling(_ value: Double) -> UInt64 {
    var step: UInt64 = 0
    // Half-way between two powers, by ratio, lies the lower one times the root of two.
    var edge = 2.0.squareRoot() / 1_024
    while step < 50, value >= edge {
      edge *= 2
      step += 1
    }
    return step
  }
}

extension Pattern.SourcePort {
  fileprivate var code: UInt64 {
    switch self {
    case .fixed(let port): UInt64(port)
    case .few: 0x1_0000
    case .sequential: 0x1_0001
    case .ephemeral: 0x1_0002
    }
  }

  fileprivate var value: FindingValue {
    switch self {
    case .fixed(let port): .integer(Int(port))
    case .few: .text("few")
    case .sequential: .text("sequential")
    case .ephemeral: .text("ephemeral")
    }
  }
}

extension Pattern.TargetOrder {
  fileprivate var code: UInt64 {
    switch self {
    case .one: 0
    case .broadcast: 1
    case .sequential: 2
    case .unordered: 3
    }
  }
}
