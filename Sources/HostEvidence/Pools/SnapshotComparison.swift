public import Observations

/// Two looks of one tool at one host: what came, went and stayed.
///
/// A process is here one that holds sockets; one that held none at the earlier look may have run
/// already.
public struct SnapshotComparison: Hashable, Sendable {
  /// How many sockets a process held, of the kinds that both looks show.
  public struct Count: Hashable, Sendable {
    /// The process.
    public var holder: SocketHolder
    /// Its sockets at the earlier and the later look.
    public var before: Int, after: Int

    /// Whether the difference is more than two looks at the same would show: three standard deviations
    /// of the difference of two Poisson counts, and at least ten.
    public var isChanged: Bool {
      let step = abs(after - before)
      return step >= 10 && Double(step) > 3 * Double(before + after).squareRoot()
    }
  }

  /// Sockets in both, in the later and in the earlier table only.
  public var socketsKept = 0, socketsNew = 0, socketsGone = 0
  /// Processes that hold sockets in both, in the later and in the earlier only, in order of name; empty
  /// where the tables do not name owners.
  public var processesKept: [SocketHolder] = []
  /// Those in the later only.
  public var processesNew: [SocketHolder] = []
  /// Those in the earlier only.
  public var processesGone: [SocketHolder] = []
  /// Whether owners are named in both.
  public var namesOwners: Bool
  /// Whether not every process is named: an ordinary user's look, or rights that are not shown.
  public var namesSomeOnly: Bool
  /// The processes whose number of sockets changed most, at most five.
  public var counts: [Count] = []
  /// The pools in both.
  public var turnovers: [PoolTurnover] = []
  /// The moments of both looks, where both are stated.
  public var between: ClosedRange<Timestamp>?

  /// The comparison of two tables; nil where they are two hosts', two tools' or of two calls.
  ///
  /// - Parameters:
  ///   - before: the earlier.
  ///   - after: the later.
  public init?(before: SocketTable, after: SocketTable) {
    guard let row = InstrumentMatrix.row(for: before), row == InstrumentMatrix.row(for: after),
      InstrumentSight(after).moment == .snapshot, !before.entries.isEmpty, !after.entries.isEmpty,
      InstrumentSight(before).showsListening == InstrumentSight(after).showsListening,
      before.mayBeHost(of: after), before.isWhole, after.isWhole
    else { return nil }
    namesOwners = InstrumentSight(before).owners != .none && InstrumentSight(after).owners != .none
    namesSomeOnly = [.ownUser, .onlyOwnUser].contains(row[.socket].showing)
    if let first = before.captured, let last = after.captured, first <= last {
      between = first...last
    }
    let kinds = Set(before.entries.map { Kind($0.transport) })
      .intersection(after.entries.map { Kind($0.transport) })
    let (old, new) = (before.sockets(of: kinds), after.sockets(of: kinds))
    let (oldKeys, newKeys) = (Set(old.map(SocketKey.init)), Set(new.map(SocketKey.init)))
    socketsKept = oldKeys.intersection(newKeys).count
    socketsNew = newKeys.count - socketsKept
    socketsGone = oldKeys.count - socketsKept
    if namesOwners { compare(before.holders(of: old), after.holders(of: new)) }
    turnovers = SnapshotComparison.turnovers(before.pools, after.pools)
  }

  /// The processes that were new at the later look, where a flow began between the two; nil where it
  /// did not, or where that cannot be told.
  ///
  /// - Parameter flow: what left the host.
  /// - Returns: the processes; that they came at the time of the flow does not make it theirs.
  public func appeared(with flow: HostFlow) -> [SocketHolder]? {
    guard namesOwners, let between, between.contains(flow.seen.lowerBound) else { return nil }
    return processesNew
  }

  private mutating func compare(_ old: [SocketHolder: Int], _ new: [SocketHolder: Int]) {
    let order = { (a: SocketHolder, b: SocketHolder) in
      (a.processName ?? "", a.processIdentifier ?? 0) < (
        b.processName ?? "", b.processIdentifier ?? 0
      )
    }
    processesKept = new.keys.filter { old[$0] != nil }.sorted(by: order)
    processesNew = new.keys.filter { old[$0] == nil }.sorted(by: order)
    processesGone = old.keys.filter { new[$0] == nil }.sorted(by: order)
    counts = Array(
      processesKept.map { Count(holder: $0, before: old[$0] ?? 0, after: new[$0] ?? 0) }
        .filter(\.isChanged)
        .sorted {
          let (a, b) = (abs($0.after - $0.before), abs($1.after - $1.before))
          return a == b ? order($0.holder, $1.holder) : a > b
        }
        .prefix(5))
  }

  /// Pools of the same process, or where that has gone of the only one of its name.
  private static func turnovers(_ before: [SocketPool], _ after: [SocketPool]) -> [PoolTurnover] {
    after.compactMap { pool in
      if let same = before.first(where: { $0.holder == pool.holder }) {
        return PoolTurnover(same, pool)
      }
      guard let name = pool.holder.processName else { return nil }
      let named = before.filter { $0.holder.processName == name }
      return named.count == 1 ? PoolTurnover(named[0], pool) : nil
    }
  }
}

/// The kinds of sockets of which a table shows all or none.
private enum Kind: Hashable {
  case tcp, udp, raw, packet, other

  init(_ transport: SocketTransport) {
    switch transport {
    case .tcp: self = .tcp
    case .udp: self = .udp
    case .raw: self = .raw
    case .packet: self = .packet
    default: self = .other
    }
  }
}

/// What makes two rows the same socket, as far as tables can tell.
private struct SocketKey: Hashable {
  var transport: SocketTransport
  var local: SocketEndpoint?
  var remote: SocketEndpoint?
  var interface: String?

  init(_ entry: SocketEntry) {
    transport = entry.transport
    (local, remote, interface) = (entry.local, entry.remote, entry.interface)
  }
}

extension SocketTable {
  /// Whether another table may be of the same host: they share an address of their own, or one of them
  /// states none.
  fileprivate func mayBeHost(of other: SocketTable) -> Bool {
    guard system == other.system || system == .unknown || other.system == .unknown else {
      return false
    }
    let (own, others) = (statedAddresses, other.statedAddresses)
    return own.isEmpty || others.isEmpty || !own.isDisjoint(with: others)
  }

  /// Whether all its rows were read; what is missing would else count as gone.
  fileprivate var isWhole: Bool {
    [.tooManyRows, .rowUnreadable, .rowCut].allSatisfy { problems.counts[$0] == nil }
  }

  fileprivate func sockets(of kinds: Set<Kind>) -> [SocketEntry] {
    entries.filter { kinds.contains(Kind($0.transport)) }
  }

  fileprivate func holders(of sockets: [SocketEntry]) -> [SocketHolder: Int] {
    var counts: [SocketHolder: Int] = [:]
    for entry in sockets where entry.hasOwner {
      for holder in [SocketHolder(entry: entry, processes)] + entry.sharedWith {
        counts[holder, default: 0] += 1
      }
    }
    return counts
  }

  /// How many sockets each process holds, the most first.
  public var census: [(holder: SocketHolder, sockets: Int)] {
    holders(of: entries).sorted {
      $0.value == $1.value
        ? ($0.key.processIdentifier ?? 0) < ($1.key.processIdentifier ?? 0) : $0.value > $1.value
    }.map { (holder: $0.key, sockets: $0.value) }
  }
}
