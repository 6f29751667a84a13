internal import Observations

/// Packets that two captures hold under different sources: what a gateway passes on.
///
/// A packet is known again by its target, port and content: its length, first four bytes and sequence
/// number. Content without such marks proves nothing and is left out.
struct Relays {
  /// Distinct packets that both must hold …
  static let leastMatched = 10
  /// … and the share of those that the outer one holds.
  static let leastShare = 0.8
  /// How far a packet's delay may be from the usual one, which also absorbs the clocks' difference.
  static let window: Int64 = 2_000_000_000

  private struct Mark: Hashable {
    var target: UInt32
    var sequence: UInt32
    var payloadKey: UInt32
    var payloadLength: UInt16
    var port: UInt16
  }

  private struct Side {
    var key: Correlation.Key
    var subject: Address
    var path: String
    /// The first packet of each mark.
    var packets: [Mark: TracedPacket] = [:]
  }

  private(set) var findings: [Correlation.Key: Finding] = [:]

  init(_ groups: [Correlation.Key: [Draft]]) {
    let shapes = Dictionary(grouping: groups.keys) { $0.shape }
    for (shape, keys) in shapes.sorted(by: { $0.key < $1.key }) {
      guard case .service(let transport, _) = shape, transport.hasPorts else { continue }
      let sides = keys.sorted().flatMap { key in
        (groups[key] ?? []).compactMap { Relays.side(key, $0) }
      }
      guard Set(sides.map(\.path)).count >= 2 else { continue }
      for (a, b) in Relays.pairs(sides) { compare(sides[a], sides[b]) }
    }
  }

  private static func side(_ key: Correlation.Key, _ draft: Draft) -> Side? {
    guard draft.facts.isCapture, draft.forged == nil, !draft.subject.isVeiled else { return nil }
    var side = Side(key: key, subject: draft.subject, path: draft.path)
    for packet in draft.trace
    where packet.isCaptured && (packet.payloadKey != 0 || packet.sequence != 0) {
      let mark = Mark(
        target: packet.target, sequence: packet.sequence, payloadKey: packet.payloadKey,
        payloadLength: packet.payloadLength, port: packet.destinationPort)
      if side.packets[mark] == nil { side.packets[mark] = packet }
    }
    return side.packets.count >= leastMatched ? side : nil
  }

  /// Sides of different captures and owners with enough marks in common.
  private static func pairs(_ sides: [Side]) -> [(Int, Int)] {
    var holders: [Mark: [Int]] = [:]
    for (number, side) in sides.enumerated() {
      for mark in side.packets.keys { holders[mark, default: []].append(number) }
    }
    var common: [[Int]: Int] = [:]
    // What many hold marks nothing.
    for numbers in holders.values where (2...8).contains(numbers.count) {
      for (i, a) in numbers.enumerated() {
        for b in numbers[(i + 1)...]
        where sides[a].path != sides[b].path && sides[a].key.owner != sides[b].key.owner {
          common[[a, b], default: 0] += 1
        }
      }
    }
    return common.filter { $0.value >= leastMatched }.keys.map { ($0[0], $0[1]) }
      .sorted { $0 < $1 }
  }

  private mutating func compare(_ a: Side, _ b: Side) {
    var lags: [Double] = []
    var falls: [Double] = []
    var both: [(TracedPacket, TracedPacket)] = []
    for (mark, packet) in a.packets {
      guard let other = b.packets[mark] else { continue }
      lags.append(Double(other.time &- packet.time))
      both.append((packet, other))
      if packet.timeToLive > 0, other.timeToLive > 0 {
        falls.append(Double(packet.timeToLive) - Double(other.timeToLive))
      }
    }
    // Which passes on is told by the time to live: every router lowers it (RFC 791).
    guard let usual = Statistics.median(lags), let fall = Statistics.median(falls), fall != 0,
      falls.count * 2 >= both.count
    else { return }
    let matched = lags.count { abs($0 - usual) <= Double(Relays.window) }
    let (inner, outer) = fall > 0 ? (a, b) : (b, a)
    let share = Double(matched) / Double(outer.packets.count)
    guard matched >= Relays.leastMatched, share >= Relays.leastShare else { return }
    let translated = both.count { $0.0.sourcePort != $0.1.sourcePort } * 2 > both.count
    let values: [String: FindingValue] = [
      "matched": .integer(matched), "share": .number(min(1, share)),
      "lagSeconds": .number((fall > 0 ? usual : -usual) / 1e9),
      "hops": .integer(Int(abs(fall).rounded())), "translated": .flag(translated),
    ]
    let seen = "\(matched) of \(outer.packets.count) packets looked at in \(outer.path)"
    keep(
      outer, values, "outside", other: inner,
      "\(seen) are those that \(inner.subject) sends in \(inner.path): this address passes them on")
    keep(
      inner, values, "inside", other: outer,
      "\(seen) are these: \(outer.subject) passes them on")
  }

  private mutating func keep(
    _ side: Side, _ values: [String: FindingValue], _ name: String, other: Side, _ summary: String
  ) {
    guard findings[side.key] == nil else { return }
    findings[side.key] = Finding(
      kind: .passedOn, summary: summary,
      values: values.merging([
        "side": .text(name), "other": .text(other.subject.description),
      ]) { $1 },
      count: side.packets.count, evidence: [])
  }
}
