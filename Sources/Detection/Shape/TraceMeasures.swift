/// What the detectors of shape measure alike on a trace.
enum TraceMeasures {
  /// Nanoseconds in a second.
  static let second: Double = 1e9

  /// Seconds from one time to a later one; 0 where a record is out of order.
  static func seconds(from earlier: Int64, to later: Int64) -> Double {
    max(0, (Double(later) - Double(earlier)) / second)
  }

  /// Whether every time is a whole second, as in logs whose clock shows no fractions. Then gaps below
  /// two seconds are not known.
  static func hasWholeSeconds(_ trace: some Sequence<TracedPacket>) -> Bool {
    trace.allSatisfy { $0.time % 1_000_000_000 == 0 }
  }

  /// The commonest value and how often it occurs; the least of several as common; nil for none.
  static func commonest<Value: Hashable & Comparable>(
    _ values: some Sequence<Value>
  ) -> (value: Value, count: Int)? {
    var counts: [Value: Int] = [:]
    for value in values { counts[value, default: 0] += 1 }
    return counts.max { a, b in
      a.value != b.value ? a.value < b.value : a.key > b.key
    }.map { ($0.key, $0.value) }
  }

  /// Ports in order, the same port in succession taken once: tries again are not steps.
  static func collapsed(_ ports: some Sequence<UInt16>) -> [UInt16] {
    var result: [UInt16] = []
    for port in ports where result.last != port { result.append(port) }
    return result
  }

  /// From here on a target's 32 bits may be a digest of a veiled or a long address, not an address.
  static let firstDigest: UInt32 = 0xf000_0000
}
