public import Detection
public import Observations

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

/// Finding what is like a pattern among very many, without comparing it with each.
///
/// The features that a digest is made of are hashed so that two patterns agree in each of 56 hashes with
/// the probability of what they share (MinHash, Broder 1997), features counted by how much their
/// agreement tells. Hashes in pairs find the nearly equal, single ones those of which few features are
/// known. What has a piece in common is compared exactly, as `culprit alike` does.
public enum LikenessIndex {
  /// Pieces of two hashes …
  static let pairs = 24
  /// … and of one.
  static let singles = 8

  /// How often a feature is entered, in the order of `Pattern.quantised`: in halves of the weight that
  /// `Likeness` gives it. The measures in doublings are the seventh to the ninth.
  private static let copies = [2, 4, 4, 6, 1, 2, 3, 2, 2, 2, 1, 8, 1]
  private static let measures = 6...8

  /// The pieces of a pattern's signature, in order; the same for all patterns of one digest.
  public static func bands(of pattern: Pattern) -> [PatternBand] {
    var tokens: [UInt64] = []
    for (place, value) in pattern.quantised.enumerated() where place < copies.count {
      guard let value else { continue }
      for copy in 0..<copies[place] {
        // Neighbouring powers of two share every other token.
        let near = measures.contains(place) ? value + UInt64(copy & 1) : value
        let kind = measures.contains(place) ? copy >> 1 : copy
        tokens.append(Mixing.mix(UInt64(place) << 56 ^ UInt64(kind) << 48 ^ Mixing.mix(near)))
      }
    }
    func least(_ seed: Int) -> UInt64 {
      let salt = Mixing.mix(UInt64(seed) &+ 0x6c69_6b65)
      return tokens.reduce(UInt64.max) { min($0, Mixing.mix($1 ^ salt)) }
    }
    let double = (0..<pairs).map {
      PatternBand(index: UInt8($0), key: Mixing.mix(least(2 * $0)) ^ least(2 * $0 + 1))
    }
    let single = (0..<singles).map {
      PatternBand(index: UInt8(pairs + $0), key: least(2 * pairs + $0))
    }
    return double + single
  }

  /// Candidates in order of likeness to a pattern, each with how alike it is; those with too little in
  /// common to compare are left out.
  ///
  /// - Parameters:
  ///   - pattern: what is looked for.
  ///   - candidates: what the store found by the pattern's pieces.
  ///   - limit: the most to return.
  /// - Returns: what is alike first, then what tells most, as `LikenessSearch` orders.
  public static func ranked(
    _ pattern: Pattern, among candidates: [StoredPattern], limit: Int
  ) -> [(candidate: StoredPattern, likeness: Likeness)] {
    LikenessSearch.matches(candidates.map(\.pattern), [pattern]).prefix(max(0, limit)).map {
      (candidates[$0.first], $0.likeness)
    }
  }
}
