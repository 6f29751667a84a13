/// A generator of reproducible chance: xoshiro256** (Blackman and Vigna), seeded by SplitMix64.
///
/// Not `RandomNumberGenerator`: the standard library's way from 64 bits to a range may change
/// between releases, and committed examples must not change with it.
struct RandomSource {
  private var s0: UInt64
  private var s1: UInt64
  private var s2: UInt64
  private var s3: UInt64

  /// A generator for one purpose: `stream` keeps the draws of one part from moving another's.
  init(seed: UInt64, stream: UInt64) {
    var state = RandomSource.mix(seed) ^ RandomSource.mix(stream &+ 0x5851_f42d_4c95_7f2d)
    func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      return RandomSource.mix(state)
    }
    s0 = next()
    s1 = next()
    s2 = next()
    s3 = next()
  }

  /// SplitMix64's finaliser: a bijection of 64 bits that looks random.
  static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }

  /// The next 64 bits.
  mutating func next() -> UInt64 {
    let product = s1 &* 5
    let result = (product << 7 | product >> 57) &* 9
    let t = s1 << 17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= t
    s3 = s3 << 45 | s3 >> 19
    return result
  }

  /// A number in `0..<bound`; 0 for a bound of 0. The bias of a 64-bit multiply is below 2⁻³².
  mutating func below(_ bound: UInt64) -> UInt64 { next().multipliedFullWidth(by: bound).high }

  /// A number in a closed range.
  mutating func within(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(below(UInt64(range.upperBound - range.lowerBound + 1)))
  }

  /// A duration in microseconds within a closed range.
  mutating func microseconds(_ range: ClosedRange<Int64>) -> Int64 {
    range.lowerBound + Int64(below(UInt64(range.upperBound - range.lowerBound + 1)))
  }

  /// True with a probability of `perMille` in 1,000.
  mutating func chance(_ perMille: UInt64) -> Bool { below(1_000) < perMille }

  /// 16 bits.
  mutating func word() -> UInt16 { UInt16(truncatingIfNeeded: next() >> 32) }

  /// An ephemeral port, 1025 to 65,534.
  mutating func port() -> UInt16 { UInt16(within(1_025...65_534)) }

  /// One of a list that is not empty.
  mutating func pick<Element>(_ list: [Element]) -> Element {
    list[Int(below(UInt64(list.count)))]
  }

  /// The gap to the next event of a Poisson process with the given mean gap, at least 1 µs.
  ///
  /// −ln u by integers: the fraction of log₂ u comes bit by bit from repeated squaring.
  mutating func exponential(mean: Int64) -> Int64 {
    let u = next() >> 32 | 1
    let whole = 31 - (u.leadingZeroBitCount - 32)
    var mantissa = u << UInt64(31 - whole)
    var fraction: UInt64 = 0
    for _ in 0..<16 {
      mantissa = (mantissa &* mantissa) >> 31
      fraction <<= 1
      if mantissa >> 32 != 0 {
        fraction |= 1
        mantissa >>= 1
      }
    }
    let log2 = UInt64(whole) << 16 | fraction
    let negative = UInt64(32 << 16) - log2
    // ln 2 = 45,426 / 2¹⁶; `negative` < 2²², a mean of up to a day keeps this under 2⁶³.
    let natural = (negative * 45_426) >> 16
    return max(1, (Int64(natural) * mean) >> 16)
  }
}
