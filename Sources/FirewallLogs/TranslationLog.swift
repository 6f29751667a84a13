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
  private var pairs: [AddressTranslation] = []
  private var kept: [Entry] = []
  /// Where a pair stands in `pairs`, plus one, by its hash; a busy device's log asks for every line.
  private var slots = [UInt16](repeating: 0, count: TranslationLog.slotCount)
  /// A quarter full at most.
  private static let slotCount = 4 * TranslationLog.pairsKept

  /// An empty log.
  public init() {}

  /// The pairs, in order.
  public var entries: [(pair: AddressTranslation, entry: Entry)] {
    pairs.indices.sorted { pairs[$0] < pairs[$1] }.map { (pairs[$0], kept[$0]) }
  }

  /// Takes note of a translation; one of an address to itself is none.
  mutating func note(inside: Address, outside: Address, time: Int64) {
    guard inside != outside else { return }
    note(AddressTranslation(inside: inside, outside: outside), time, count: 1)
  }

  /// Takes note that a translation, made some time ago, ended.
  mutating func noteEnd(inside: Address, outside: Address, time: Int64) {
    guard inside != outside else { return }
    note(AddressTranslation(inside: inside, outside: outside), time, count: 0)
  }

  private mutating func note(_ pair: AddressTranslation, _ time: Int64, count: UInt64) {
    let hash = Mixing.mix(Mixing.hash(pair.inside) ^ Mixing.hash(pair.outside) &* 31)
    var slot = Int(truncatingIfNeeded: hash) & (TranslationLog.slotCount - 1)
    while slots[slot] != 0 {
      let place = Int(slots[slot]) - 1
      if pairs[place] == pair {
        kept[place].count &+= count
        kept[place].first = min(kept[place].first, time)
        kept[place].last = max(kept[place].last, time)
        return
      }
      slot = (slot + 1) & (TranslationLog.slotCount - 1)
    }
    guard pairs.count < TranslationLog.pairsKept else {
      beyond &+= 1
      return
    }
    // An end of which the beginning is not in the log tells of one translation all the same.
    pairs.append(pair)
    kept.append(Entry(count: 1, first: time, last: time))
    slots[slot] = UInt16(pairs.count)
  }
}
