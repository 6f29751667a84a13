import Observations

/// What a pcapng interface description says that packets need (draft-ietf-opsawg-pcapng, 4.2).
struct PcapngInterface {
  var link: Link
  /// Most bytes kept of a packet; 0 for all.
  var snapLength: Int
  var clock = PcapngClock()
  /// Packets lost, by the last statistics block.
  var lostByStatistics: UInt64 = 0
  /// Packets lost, as the packets' own blocks add up.
  var lostByPackets: UInt64 = 0

  /// The interface's losses: statistics and packets tell of the same ones.
  var lost: UInt64 { max(lostByStatistics, lostByPackets) }
}

/// How an interface counts time: units since the epoch, and a number of seconds to add.
struct PcapngClock: Equatable {
  private var multiply: UInt64 = 1_000
  private var divide: UInt64 = 1
  private var shift: UInt64 = 0
  private var shifts = false
  /// Nanoseconds to add; nil where they are beyond any clock.
  private var ahead: Int64? = 0

  /// Takes `if_tsresol`: a negative power of ten, or of two where the upper bit is set.
  mutating func take(resolution: UInt8) {
    (multiply, divide, shifts) = (1, 1, resolution & 0x80 != 0)
    let power = Int(resolution & 0x7f)
    if shifts {
      shift = UInt64(power)
    } else if power <= 9 {
      for _ in power..<9 { multiply *= 10 }
    } else {
      // Finer than 10⁻²⁸ s, 64 bits cannot reach a nanosecond.
      for _ in 9..<min(power, 28) { divide *= 10 }
      if power > 28 { multiply = 0 }
    }
  }

  /// Takes `if_tsoffset`, seconds.
  mutating func take(offset: Int64) {
    let (value, isTooFar) = offset.multipliedReportingOverflow(by: 1_000_000_000)
    ahead = isTooFar ? nil : value
  }

  /// Nanoseconds since the epoch; nil where a stamp is beyond 64 bits of them.
  @inline(__always)
  func time(_ units: UInt64) -> Int64? {
    guard let ahead else { return nil }
    var (value, isTooFar) = units.multipliedReportingOverflow(by: multiply)
    if shifts {
      let wide = (UInt128(units) &* 1_000_000_000) >> UInt128(shift)
      (value, isTooFar) = (UInt64(truncatingIfNeeded: wide), wide > UInt128(UInt64.max))
    } else if divide != 1 {
      value /= divide
    }
    guard !isTooFar, let nanoseconds = Int64(exactly: value) else { return nil }
    let (sum, isBeyond) = nanoseconds.addingReportingOverflow(ahead)
    return isBeyond ? nil : sum
  }
}

/// Steps through the options of a block (draft-ietf-opsawg-pcapng, 3.5).
struct PcapngOptions {
  private var at: Int
  private let end: Int
  private let order: ByteOrder
  /// An option claimed more than its block has.
  private(set) var isMalformed = false

  init(from at: Int, to end: Int, _ order: ByteOrder) {
    (self.at, self.end, self.order) = (at, end, order)
  }

  /// The next option's code and where its value lies; nil behind the last.
  mutating func next(in bytes: RawSpan) -> (code: UInt16, value: Range<Int>)? {
    guard end - at >= 4 else {
      isMalformed = isMalformed || at < end
      return nil
    }
    let code = order.u16(bytes, at)
    let length = Int(order.u16(bytes, at + 2))
    guard code != 0 else { return nil }
    let start = at + 4
    guard end - start >= length else {
      isMalformed = true
      at = end
      return nil
    }
    // The last value's padding may be missing: nothing is lost with it.
    at = min(end, start + (length + 3) / 4 * 4)
    return (code, start..<start + length)
  }
}
