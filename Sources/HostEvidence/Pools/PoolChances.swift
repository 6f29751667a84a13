/// Which ports that others want a pool takes away, and how likely that was.
extension SocketPool {
  /// UDP ports above 1023 that services of this name want, in order.
  public static let wantedPorts: [(port: UInt16, service: String)] = [
    (1194, "OpenVPN"), (1434, "SQL Server Browser"), (1645, "RADIUS"), (1646, "RADIUS accounting"),
    (1701, "L2TP"), (1719, "H.323 gatekeeper"), (1812, "RADIUS"), (1813, "RADIUS accounting"),
    (1900, "SSDP"), (2049, "NFS"), (2055, "NetFlow"), (2883, "Exchange ActiveSync notification"),
    (3389, "Remote Desktop"), (3478, "STUN"), (3544, "Teredo"), (3702, "WS-Discovery"),
    (4500, "IPsec NAT traversal"), (4789, "VXLAN"), (5060, "SIP"), (5353, "mDNS"), (5355, "LLMNR"),
    (6343, "sFlow"), (51820, "WireGuard"),
  ]

  /// Those of the wanted ports that the pool holds.
  ///
  /// - Parameter wanted: ports.
  /// - Returns: the ones it holds, ascending and each once.
  public func taken(of wanted: some Sequence<UInt16>) -> [UInt16] {
    let held = Set(ports)
    return Set(wanted).filter { held.contains($0) }.sorted()
  }

  /// The chance that ports drawn blindly from its range hit at least one of those wanted
  /// (hypergeometric: none is drawn twice).
  ///
  /// - Parameter wanted: ports; those outside of the range are never hit.
  /// - Returns: 0...1.
  public func chanceOfAny(of wanted: some Sequence<UInt16>) -> Double {
    let inRange = Set(wanted).count { range.contains($0) }
    return SocketPool.chanceOfAny(of: inRange, drawn: ports.count, from: range.count)
  }

  /// The chance that a draw without repetition hits at least one of several.
  ///
  /// - Parameters:
  ///   - wanted: how many there are to be hit.
  ///   - drawn: how many are drawn.
  ///   - all: from how many.
  /// - Returns: 0...1.
  public static func chanceOfAny(of wanted: Int, drawn: Int, from all: Int) -> Double {
    guard wanted > 0, drawn > 0, all > 0 else { return 0 }
    guard wanted + drawn <= all else { return 1 }
    // Each of the wanted ones in turn falls to those that were not drawn.
    var none = 1.0
    for number in 0..<min(wanted, drawn) {
      none *= Double(all - max(wanted, drawn) - number) / Double(all - number)
    }
    return 1 - none
  }
}

/// What became of a process's many ports between two looks.
public struct PoolTurnover: Hashable, Sendable {
  /// How the ports changed.
  public enum Nature: String, Hashable, Sendable {
    /// All but one in fifty are the same: ports that are held.
    case stable
    /// As many, but others, and no more in common than by chance: drawn anew, as at a restart.
    case redrawn
    /// Some stay and some go: as where a socket is opened for each question.
    case changing
  }

  /// The process in the later table.
  public var holder: SocketHolder
  /// Whether it has the same number in both.
  public var isSameProcess: Bool
  /// Ports in the earlier and in the later table.
  public var before: Int, after: Int
  /// Ports in both.
  public var kept: Int
  /// Ports that two draws from the range would have in common by chance.
  public var keptByChance: Double

  /// Ports in the later table only.
  public var new: Int { after - kept }
  /// Ports in the earlier table only.
  public var gone: Int { before - kept }
  /// The share of the earlier ports that are still held.
  public var keptShare: Double { before > 0 ? Double(kept) / Double(before) : 0 }

  /// How they changed.
  public var nature: Nature {
    let most = max(before, after)
    if (most - kept) * 50 <= most { return .stable }
    let isAsMany = abs(before - after) * 50 <= most
    // Three standard deviations of a count that is near a Poisson's.
    let mostByChance = keptByChance + 3 * keptByChance.squareRoot() + 1
    return isAsMany && Double(kept) <= mostByChance ? .redrawn : .changing
  }

  /// The turnover between two pools.
  ///
  /// - Parameters:
  ///   - before: the earlier.
  ///   - after: the later.
  public init(_ before: SocketPool, _ after: SocketPool) {
    holder = after.holder
    isSameProcess =
      before.holder == after.holder && after.holder.processIdentifier != nil
    (self.before, self.after) = (before.ports.count, after.ports.count)
    kept = Set(before.ports).intersection(after.ports).count
    let width = max(before.range.count, after.range.count)
    keptByChance = Double(before.ports.count) * Double(after.ports.count) / Double(width)
  }
}
