/// A piece of a pattern's signature: two alike patterns most probably have one in common.
public struct PatternBand: Hashable, Comparable, Sendable {
  /// Which piece, from 0.
  public var index: UInt8
  /// Its value.
  public var key: UInt64

  /// A piece out of its parts.
  public init(index: UInt8, key: UInt64) {
    self.index = index
    self.key = key
  }

  /// By place, then value.
  public static func < (a: PatternBand, b: PatternBand) -> Bool {
    (a.index, a.key) < (b.index, b.key)
  }
}
