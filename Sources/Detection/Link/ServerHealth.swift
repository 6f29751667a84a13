internal import Observations

/// Whether servers answered, minute by minute: connection attempts to file shares (TCP 139 and 445)
/// against their SYN-ACKs, pings against theirs. A service that fails while its host still answers
/// pings is a symptom of its own. Only who has answered once is a server; what was asked of others is
/// nobody's failure. Also whose packets' lives ran out on the way (ICMP type 11), and whose NetBIOS
/// queries were answered.
struct ServerHealth: ~Copyable {
  /// A minute of one server.
  struct Minute: Sendable {
    var asked: UInt32 = 0, answered: UInt32 = 0
    var pings: UInt32 = 0, pongs: UInt32 = 0
  }

  /// Minutes by server and number of the minute since the epoch.
  private(set) var servers: [UInt32: [Int64: Minute]] = [:]
  private var count = 0
  /// A bit for each server, by hash: most of what is asked is asked of none.
  private let known = Slab<UInt64>(capacity: 1_024)
  /// Routers that told a sender that its packets' lives had run out, by sender.
  private(set) var expiries: [UInt32: Expiries] = [:]

  /// Transactions of the NetBIOS name service that were answered, by asker.
  private(set) var nameAnswers: [UInt32: Set<UInt16>] = [:]
  private var nameAnswersKept = 0
  /// Whether all answers were kept, so that what is not among them was not answered.
  var keptAllNameAnswers: Bool { nameAnswersKept < Bounds.nameAnswers }

  /// What a sender was told by routers.
  struct Expiries: Sendable {
    /// Routers, at most `routersKept`.
    var routers: Set<UInt32> = []
    var errors = 0
    static let routersKept = 64
  }

  @inline(__always)
  mutating func observe(_ batch: ObservationBatch) {
    for i in 0..<batch.count {
      let transport = batch.observations[i].transport
      let flags = batch.observations[i].tcpFlags.rawValue & 0x12
      // Which end is the server is told by the flags; chosen without branches, which would be tossed.
      let port =
        flags == 0x02
        ? batch.observations[i].destinationPort : batch.observations[i].sourcePort
      let isShare = (port == 445) != (port == 139)
      if isShare, transport == .tcp {
        if flags == 0x02 {
          if isKnown(batch.observations[i].destination) { ask(batch.observations[i]) }
        } else if flags == 0x12 {
          answer(batch.observations[i])
        }
      } else if transport == .icmp, batch.observations[i].marks.contains(.ports) {
        // The first fragment of a long ping was counted.
        if batch.observations[i].marks.contains(.laterFragment) { continue }
        echo(batch.observations[i])
      } else if batch.observations[i].hint == .nameResponse {
        answerName(batch.observations[i])
      }
    }
  }

  @inline(__always)
  private func isKnown(_ address: Observations.Address) -> Bool {
    let hash = Mixing.hash(address)
    return known[Int(hash >> 54)] >> (hash >> 48 & 63) & 1 != 0
  }

  private mutating func ask(_ o: Observation) {
    guard servers[o.destination.ipv4] != nil else { return }
    add(o.destination, o.time) { $0.asked &+= 1 }
  }

  private mutating func answer(_ o: Observation) {
    let hash = Mixing.hash(o.source)
    known[Int(hash >> 54)] |= 1 << (hash >> 48 & 63)
    add(o.source, o.time) { $0.answered &+= 1 }
  }

  private mutating func echo(_ o: Observation) {
    if o.sourcePort == 8 {
      guard servers[o.destination.ipv4] != nil else { return }
      add(o.destination, o.time) { $0.pings &+= 1 }
    } else if o.sourcePort == 0 {
      guard servers[o.source.ipv4] != nil else { return }
      add(o.source, o.time) { $0.pongs &+= 1 }
    } else if o.sourcePort == 11, o.marks.contains(.quoteMatches) {
      expire(o)
    }
  }

  private mutating func answerName(_ o: Observation) {
    guard o.destination.isIPv4, keptAllNameAnswers else { return }
    let id = UInt16(truncatingIfNeeded: o.detail)
    if nameAnswers[o.destination.ipv4, default: []].insert(id).inserted { nameAnswersKept += 1 }
  }

  private mutating func expire(_ o: Observation) {
    guard o.destination.isIPv4, o.source.isIPv4 else { return }
    let sender = o.destination.ipv4
    guard expiries[sender] != nil || expiries.count < 4_096 else { return }
    var entry = expiries[sender] ?? Expiries()
    entry.errors += 1
    if entry.routers.count < Expiries.routersKept { entry.routers.insert(o.source.ipv4) }
    expiries[sender] = entry
  }

  private mutating func add(
    _ server: Observations.Address, _ time: Int64, _ change: (inout Minute) -> Void
  ) {
    guard let number = server.isIPv4 ? server.ipv4 : nil else { return }
    let minute = time / 60_000_000_000
    if servers[number]?[minute] == nil {
      guard count < Bounds.serverMinutes else { return }
      count += 1
    }
    change(&servers[number, default: [:]][minute, default: Minute()])
  }
}
