internal import HostEvidence
internal import Observations

/// The sockets of one network namespace over all looks, each once, with when it was seen.
struct SocketBook: Sendable {
  /// What is known of who holds a socket.
  enum Ownership: String, Sendable {
    /// Somebody holds it.
    case held
    /// Every process was looked into, and none holds it.
    case none
    /// Nobody who may be looked into holds it, and not everybody may be.
    case refused
  }

  /// One socket.
  struct Row: Sendable {
    var entry: SocketEntry
    var source: String
    var holders: [OpenFiles.Holder]
    var ownership: Ownership
    var first: Timestamp
    var last: Timestamp
    var looks = 1
  }

  private struct Key: Hashable {
    var transport: SocketTransport
    var family: SocketFamily
    var local: SocketEndpoint?
    var remote: SocketEndpoint?
    var inode: UInt64?
  }

  let space: NetworkNamespace
  private var rows: [Key: Row] = [:]
  private(set) var moments: [Timestamp] = []
  private(set) var listed: Set<String> = []
  private(set) var missing: [String: String] = [:]
  private(set) var leftOut = 0

  static let rowLimit = 1 << 18

  init(_ space: NetworkNamespace) { self.space = space }

  /// Takes one look.
  mutating func take(
    _ snapshot: SocketSnapshot, _ open: OpenFiles, seesAll: Bool, at time: Timestamp
  ) {
    moments.append(time)
    listed.formUnion(snapshot.listed)
    for (table, why) in snapshot.missing { missing[table] = why }
    for (entry, source) in snapshot.entries {
      let key = Key(
        transport: entry.transport, family: entry.family, local: entry.local,
        remote: entry.remote, inode: entry.inode)
      let holders = entry.inode.flatMap { $0 == 0 ? nil : open.holders[$0] } ?? []
      // What stands without an inode (TIME_WAIT) has no holder any more, whoever looks.
      let isGone = (entry.inode ?? 0) == 0
      let ownership: Ownership =
        !holders.isEmpty ? .held : isGone || seesAll ? .none : .refused
      if var row = rows[key] {
        row.last = time
        row.looks += 1
        row.entry.state = entry.state
        // A holder once seen held it; a later look that finds none does not undo that.
        if !holders.isEmpty { (row.holders, row.ownership) = (holders, .held) }
        rows[key] = row
      } else if rows.count < SocketBook.rowLimit {
        rows[key] = Row(
          entry: entry, source: source, holders: holders, ownership: ownership, first: time,
          last: time)
      } else {
        leftOut += 1
      }
    }
  }

  /// The rows in an order that depends on them alone.
  var sorted: [Row] {
    rows.values.map { (order: SocketBook.order($0.entry), row: $0) }
      .sorted { $0.order < $1.order }.map(\.row)
  }

  private static func order(_ entry: SocketEntry) -> String {
    func padded(_ number: some BinaryInteger, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    func end(_ end: SocketEndpoint?) -> String {
      "\(end?.address?.description ?? "") \(padded(end?.port ?? 0, 5))"
    }
    return "\(entry.transport) \(entry.family) \(end(entry.local)) \(end(entry.remote)) "
      + padded(entry.inode ?? 0, 20)
  }
}
