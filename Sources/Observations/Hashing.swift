/// Fixed, unseeded mixing: for routing to shards and for sketches, whose outcome is visible. Tables
/// whose layout cannot be seen in results may add a seed of the process.
public enum Mixing {
  /// A bijection of 64 bits that spreads every input bit (multiply and fold, after Stafford's
  /// variant 13).
  @inlinable @inline(__always)
  public static func mix(_ value: UInt64) -> UInt64 {
    var x = value
    x = (x ^ (x >> 30)) &* 0xbf58_476d_1ce4_e5b9
    x = (x ^ (x >> 27)) &* 0x94d0_49bb_1331_11eb
    return x ^ (x >> 31)
  }

  /// A well-spread hash of an address; 0 only by chance.
  @inlinable @inline(__always)
  public static func hash(_ address: Address) -> UInt64 {
    if address.high == 0 {
      let product = (address.low ^ 0x9e37_79b9_7f4a_7c15).multipliedFullWidth(
        by: 0xa076_1d64_78bd_642f)
      return product.high ^ product.low
    }
    let product = (address.low ^ 0x9e37_79b9_7f4a_7c15).multipliedFullWidth(
      by: address.high ^ 0xe703_7ed1_a0b4_28db)
    return mix(product.high ^ product.low)
  }
}
