internal import Observations

/// Who was met last in a visitors' log: so that the many lines about one connection are one visit.
///
/// A line belongs to a connection met before where it names the same address, and the same number
/// (a port, a process), or, where one of them names none, comes soon after. Only so many are remembered; one that was
/// forgotten counts again.
struct RecentVisitors {
  private struct Entry {
    var source = Address.unspecified
    var number: UInt32 = 0
    var time: Int64 = .min
  }

  /// Connections remembered.
  static let most = 64
  /// How long a connection without a number is the same, in nanoseconds: five minutes, which is what
  /// mail servers wait for a command (RFC 5321, 4.5.3.2).
  private static let quiet: Int64 = 300_000_000_000
  /// How long a number stands for the same connection: an hour.
  private static let long: Int64 = 3_600_000_000_000

  private var entries = [Entry](repeating: Entry(), count: most)
  private var nextPlace = 0

  /// Remembers a connection.
  ///
  /// - Parameters:
  ///   - source: who came.
  ///   - number: what tells its connections apart; 0 where nothing does.
  ///   - time: when, in nanoseconds since the epoch.
  mutating func note(_ source: Address, _ number: UInt32, _ time: Int64) {
    entries[nextPlace] = Entry(source: source, number: number, time: time)
    nextPlace = (nextPlace + 1) % RecentVisitors.most
  }

  /// Whether a line is about a connection met before; it is remembered where it is not.
  mutating func isKnown(_ source: Address, _ number: UInt32, _ time: Int64) -> Bool {
    for place in entries.indices where entries[place].source == source {
      let known = entries[place]
      let areBoth = known.number != 0 && number != 0
      if areBoth, known.number != number { continue }
      let (step, overflow) = time.subtractingReportingOverflow(known.time)
      let most = areBoth ? RecentVisitors.long : RecentVisitors.quiet
      guard !overflow, step <= most, step >= -most else { continue }
      // What goes on without a number stays the same connection.
      if !areBoth { entries[place].time = max(known.time, time) }
      if known.number == 0 { entries[place].number = number }
      return true
    }
    note(source, number, time)
    return false
  }

  /// Forgets what was met of an address: its connection ended.
  mutating func forget(_ source: Address) {
    for place in entries.indices where entries[place].source == source {
      entries[place] = Entry()
    }
  }
}
