/// An address block in CIDR notation (RFC 4632).
public struct Prefix: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The block's first address; bits past `length` are zero.
  public let base: Address
  /// Leading bits that count: 0...32 for IPv4, 0...128 for IPv6.
  public let length: Int

  /// The block of `length` bits that holds `address`; nil where the length is out of range.
  public init?(_ address: Address, length: Int) {
    let most = address.isIPv4 ? 32 : 128
    guard (0...most).contains(length) else { return nil }
    self.init(of: address, length: length)
  }

  /// The block that holds `address`; a length that is out of range becomes the nearest within.
  public init(of address: Address, length: Int) {
    let length = min(max(0, length), address.isIPv4 ? 32 : 128)
    let bits = address.isIPv4 ? length + 96 : length
    let highMask: UInt64 = bits >= 64 ? .max : bits == 0 ? 0 : ~(UInt64.max >> UInt64(bits))
    let lowMask: UInt64 = bits >= 128 ? .max : bits <= 64 ? 0 : ~(UInt64.max >> UInt64(bits - 64))
    self.base = Address(high: address.high & highMask, low: address.low & lowMask)
    self.length = length
  }

  /// Parses `192.0.2.0/24`, `2001:db8::/32` or a bare address; nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let address = Address(String(parts[0])) else { return nil }
    guard parts.count == 2 else {
      self.init(address, length: address.isIPv4 ? 32 : 128)
      return
    }
    guard parts[1].count <= 3, let length = Int(parts[1]) else { return nil }
    self.init(address, length: length)
  }

  /// Whether `address` lies in this block; an IPv4 block holds no IPv6 address.
  public func contains(_ address: Address) -> Bool {
    address.isIPv4 == base.isIPv4 && Prefix(address, length: length)?.base == base
  }

  /// `base/length`.
  public var description: String { "\(base)/\(length)" }

  /// In order of first address; the wider block first.
  public static func < (a: Prefix, b: Prefix) -> Bool {
    a.base != b.base ? a.base < b.base : a.length < b.length
  }
}
