import Detection
import Observations
import Pool
import Testing

/// The index finds what the exact comparison calls alike, without looking at everything.
@Suite struct LikenessIndexTests {
  /// The same doings seen elsewhere: measures a little off, some features not shown.
  private func seenElsewhere(_ pattern: Pattern, _ chance: inout Chance) -> Pattern {
    var other = pattern
    func off(_ value: Double?) -> Double? { value.map { $0 * (0.8 + 0.4 * chance.share()) } }
    other.burstSize = off(pattern.burstSize)
    other.gapWithin = off(pattern.gapWithin)
    other.gapBetween = off(pattern.gapBetween)
    if chance.below(3) == 0 { other.payloadKey = nil }
    if chance.below(3) == 0 { other.payloadLength = nil }
    if chance.below(3) == 0 { other.gapWithin = nil }
    if chance.below(4) == 0 { other.length = nil }
    if chance.below(5) == 0 { other.targetOrder = nil }
    return other
  }

  private func pattern(_ chance: inout Chance) -> Pattern {
    var pattern = madePattern(&chance, chance.one(of: [.tcp, .udp]))
    pattern.sourcePort = pattern.sourcePort ?? .fixed(UInt16(chance.below(65_536)))
    pattern.destinationPort = UInt16(chance.below(20))
    pattern.targetOrder = chance.one(of: [.one, .sequential, .unordered])
    pattern.length = UInt16(40 + chance.below(60))
    return pattern
  }

  @Test func alikePatternsShareAPiece() {
    var chance = Chance(8)
    var (alike, found, shared, unlike) = (0, 0, 0, 0)
    for _ in 0..<400 {
      let one = pattern(&chance)
      let other = seenElsewhere(one, &chance)
      let pieces = Set(LikenessIndex.bands(of: one))
      if Likeness(one, other).isAlike {
        alike += 1
        if !pieces.isDisjoint(with: LikenessIndex.bands(of: other)) { found += 1 }
      }
      let stranger = pattern(&chance)
      if !Likeness(one, stranger).isAlike {
        unlike += 1
        if !pieces.isDisjoint(with: LikenessIndex.bands(of: stranger)) { shared += 1 }
      }
    }
    #expect(alike > 300)
    #expect(Double(found) >= 0.97 * Double(alike), "\(found) of \(alike)")
    #expect(Double(shared) <= 0.9 * Double(unlike), "\(shared) of \(unlike)")
    print(
      "MEASURED likeness: found \(found) of \(alike) alike; \(shared) of \(unlike) unlike share a piece"
    )
  }

  @Test func candidatesAreRankedAsTheExactComparisonDoes() throws {
    var chance = Chance(9)
    let one = pattern(&chance)
    let near = seenElsewhere(one, &chance)
    let candidates = ((0..<50).map { _ in pattern(&chance) } + [near]).map {
      StoredPattern(digest: $0.digestNumber, pattern: $0, reports: 1)
    }
    let ranked = LikenessIndex.ranked(one, among: candidates, limit: 5)
    #expect(ranked.first?.candidate.pattern == near)
    #expect(ranked.count <= 5)
    #expect(ranked.first?.likeness == Likeness(near, one))
  }

  @Test func piecesFollowFromTheDigest() {
    var chance = Chance(10)
    for _ in 0..<200 {
      let one = pattern(&chance)
      var other = one
      other.gapBetween = one.gapBetween.map { $0 * 1.0001 }
      other.portDirection = .down
      guard one.digest == other.digest else { continue }
      #expect(LikenessIndex.bands(of: one) == LikenessIndex.bands(of: other))
    }
  }
}
