public import Observations

/// An address of the inside that went out under another, as a log's device says.
public struct AddressTranslation: Hashable, Comparable, Sendable {
  /// The host's own address.
  public var inside: Address
  /// The address it was seen under outside.
  public var outside: Address

  /// A pair of addresses.
  public init(inside: Address, outside: Address) {
    self.inside = inside
    self.outside = outside
  }

  /// By outside address, then inside address.
  public static func < (a: AddressTranslation, b: AddressTranslation) -> Bool {
    (a.outside, a.inside) < (b.outside, b.inside)
  }
}

/// Which inside addresses a device put behind which outside ones, and how often. Bounded: hostile
/// input cannot grow it.
public struct TranslationLog: Sendable, Equatable {
  /// Pairs kept; what lies beyond is counted only.
  public static let pairsKept = 4_096

  /// One pair's record.
  public struct Entry: Sendable, Equatable {
    /// Translations made.
    public var count: UInt64
    /// The earliest, in nanoseconds since the epoch.
    public var first: Int64
    /// The latest, in nanoseconds since the epoch.
    public var last: Int64
  }

  /// Pairs that found no room.
  public private(set) var beyond: UInt64 = 0
  private var pairs: [AddressTranslation: Entry] = [:]

  /// An empty log.
  public init() {}

  /// The pairs, in order.
  public var entries: [(pair: AddressTranslation, entry: Entry)] {
    pairs.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Takes note of a translation; one of an address to itself is none.
  mutating func note(inside: Address, outside: Address, time: Int64) {
    guard inside != outside else { return }
    let pair = AddressTranslation(inside: inside, outside: outside)
    if let entry = pairs[pair] {
      pairs[pair] = Entry(
        count: entry.count &+ 1, first: min(entry.first, time), last: max(entry.last, time))
    } else if pairs.count < TranslationLog.pairsKept {
      pairs[pair] = Entry(count: 1, first: time, last: time)
    } else {
      beyond &+= 1
    }
  }

  /// Takes note that a translation, made some time ago, ended.
  mutating func noteEnd(inside: Address, outside: Address, time: Int64) {
    let pair = AddressTranslation(inside: inside, outside: outside)
    if let entry = pairs[pair] {
      pairs[pair] = Entry(
        count: entry.count, first: min(entry.first, time), last: max(entry.last, time))
    } else {
      note(inside: inside, outside: outside, time: time)
    }
  }
}
