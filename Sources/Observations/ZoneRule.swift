/// What clocks on a wall show in some zone: how far they are ahead of UTC, and when that changes.
public struct ZoneRule: Hashable, Sendable {
  /// A local time as the zone knows it.
  public enum Local: Hashable, Sendable {
    /// It came once: seconds since the epoch.
    case once(Int64)
    /// The clocks went back over it, so it came twice.
    case twice(first: Int64, second: Int64)
    /// The clocks were put forward over it: it never came. The time is that of clocks that were not.
    case never(Int64)
  }

  /// As people name it: `UTC`, `+01:00`, `Europe/Berlin`.
  public let name: String
  /// When the offset changes, in seconds since the epoch, ascending.
  private let changes: [Int64]
  /// The offset before the first change, then that after each; seconds east of UTC.
  private let offsets: [Int64]

  /// Universal time.
  public static let utc = ZoneRule(offset: 0)

  /// A zone with one offset for ever.
  ///
  /// - Parameter offset: seconds east of UTC.
  public init(offset: Int) {
    // UTC-12:00 to UTC+14:00 exist; anything beyond two days is a slip and must not overflow.
    let offset = min(max(offset, -172_800), 172_800)
    name = ZoneRule.text(offset)
    changes = []
    offsets = [Int64(offset)]
  }

  /// A zone that changes.
  ///
  /// - Parameters:
  ///   - name: as people name it.
  ///   - first: seconds east of UTC before the first change.
  ///   - changes: when the offset changes, and what it is from then on.
  init(name: String, first: Int64, changes: [(at: Int64, offset: Int64)]) {
    self.name = name
    self.changes = changes.map(\.at)
    offsets = [first] + changes.map(\.offset)
  }

  /// Whether the offset never changes.
  public var isFixed: Bool { changes.isEmpty }

  /// Seconds east of UTC at a time in seconds since the epoch.
  public func offset(at time: Int64) -> Int64 { offsets[interval(of: time)] }

  /// When it was so late in the zone.
  ///
  /// - Parameter local: seconds since the epoch as if clocks showed UTC.
  /// - Returns: once, twice or never.
  public func resolve(_ local: Int64) -> Local {
    let local = min(max(local, -1 << 60), 1 << 60)
    var found: [Int64] = []
    let near = interval(of: local &- 172_800)...interval(of: local &+ 172_800)
    for k in near {
      let time = local &- offsets[k]
      if interval(of: time) == k { found.append(time) }
    }
    if found.count > 1 { return .twice(first: found[0], second: found[found.count - 1]) }
    if let time = found.first { return .once(time) }
    // The change that jumped over it: with the offset before it, the time lies behind it.
    let before = near.first { k in
      k < changes.count && local &- offsets[k] >= changes[k] && local &- offsets[k + 1] < changes[k]
    }
    return .never(local &- offsets[before ?? near.lowerBound])
  }

  /// Around a local time that came once: local times that all came once and have the same offset.
  public func constant(around local: Int64) -> (range: Range<Int64>, offset: Int64)? {
    guard case .once(let time) = resolve(local) else { return nil }
    let k = interval(of: time)
    let low = k == 0 ? Int64.min : changes[k - 1] &+ max(offsets[k - 1], offsets[k])
    let high = k == changes.count ? Int64.max : changes[k] &+ min(offsets[k], offsets[k + 1])
    guard low <= local, local < high else { return nil }
    return (low..<high, offsets[k])
  }

  /// How many changes lie at or before a time.
  private func interval(of time: Int64) -> Int {
    var low = 0
    var high = changes.count
    while low < high {
      let middle = (low + high) / 2
      if changes[middle] <= time { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private static func text(_ offset: Int) -> String {
    if offset == 0 { return "UTC" }
    func pad(_ value: UInt) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let minutes = offset.magnitude / 60
    return (offset < 0 ? "-" : "+") + pad(minutes / 60) + ":" + pad(minutes % 60)
  }
}
