/// An IPv4 or IPv6 address as one 128-bit value; IPv4 is held as IPv4-mapped (RFC 4291, 2.5.5.2).
@frozen
public struct Address: Hashable, Comparable, BitwiseCopyable, Sendable {
  /// The first 64 bits in network order.
  public var high: UInt64
  /// The last 64 bits in network order.
  public var low: UInt64

  @usableFromInline static let mappedMark: UInt64 = 0x0000_ffff_0000_0000

  /// An address from its two halves, most significant first.
  @inlinable @inline(__always)
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// An IPv4 address from its 32 bits in host order: 192.0.2.1 is `0xc0000201`.
  @inlinable @inline(__always)
  public init(ipv4: UInt32) {
    self.init(high: 0, low: 0x0000_ffff_0000_0000 | UInt64(ipv4))
  }

  /// `::`, which stands for "not known" in observations (a visitors' log does not name its server).
  public static let unspecified = Address(high: 0, low: 0)

  /// Whether this is an IPv4 address.
  @inlinable @inline(__always)
  public var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }

  /// The 32 bits of an IPv4 address in host order; the last 32 bits of any other.
  @inlinable @inline(__always)
  public var ipv4: UInt32 { UInt32(truncatingIfNeeded: low) }

  /// In numerical order: IPv4 lies within the IPv6 block ::ffff:0:0/96.
  @inlinable
  public static func < (a: Address, b: Address) -> Bool {
    a.high != b.high ? a.high < b.high : a.low < b.low
  }

  /// Multicast: 224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291); never a veiled address.
  @inlinable
  public var isMulticast: Bool {
    isIPv4 ? ipv4 >> 28 == 0xe : high >> 56 == 0xff && high != Address.veiledMark
  }

  /// 255.255.255.255. A directed broadcast needs the prefix and is not known from an address alone.
  @inlinable
  public var isLimitedBroadcast: Bool { isIPv4 && ipv4 == 0xffff_ffff }

  /// 127.0.0.0/8 or ::1.
  @inlinable
  public var isLoopback: Bool { isIPv4 ? ipv4 >> 24 == 127 : high == 0 && low == 1 }

  /// `::` or 0.0.0.0.
  @inlinable
  public var isUnspecified: Bool { high == 0 && (low == 0 || low == 0x0000_ffff_0000_0000) }

  /// 169.254.0.0/16 (RFC 3927) or fe80::/10 (RFC 4291).
  @inlinable
  public var isLinkLocal: Bool { isIPv4 ? ipv4 >> 16 == 0xa9fe : high >> 54 == 0xfe80 >> 6 }

  /// Private use: RFC 1918, RFC 6598 (100.64.0.0/10) or RFC 4193 (fc00::/7).
  @inlinable
  public var isPrivate: Bool {
    guard isIPv4 else { return high >> 57 == 0xfc >> 1 }
    let a = ipv4
    return a >> 24 == 10 || a >> 20 == 0xac1 || a >> 16 == 0xc0a8 || a >> 22 == 0x6440 >> 6
  }
}

extension Address {
  /// The first half of every veiled address: within ffff::/16, multicast with all flags and an
  /// unassigned scope (RFC 4291, 2.7), which no host has and readers of packets refuse.
  @usableFromInline static let veiledMark: UInt64 = 0xffff_7665_696c_6564

  /// An IPv4 address that someone made partly unreadable before handing it on (`z.y.w.98`).
  ///
  /// It equals only the same veil over the same digits, sorts behind every real address and prints
  /// as `*.*.*.98`.
  ///
  /// - Parameters:
  ///   - known: the readable octets, in host order; others are ignored.
  ///   - mask: ones where an octet is readable.
  @inlinable
  public init(veiled known: UInt32, mask: UInt32) {
    self.init(high: Address.veiledMark, low: UInt64(mask) << 32 | UInt64(known & mask))
  }

  /// Whether this is a veiled address, or an IPv6 address of the block that stands for them.
  @inlinable @inline(__always)
  public var isVeiled: Bool { high == Address.veiledMark }

  /// Whether a real IPv4 address may be what a veil hides: its readable octets agree.
  public func isCompatible(withVeil veil: Address) -> Bool {
    guard isIPv4, veil.isVeiled else { return false }
    let mask = UInt32(truncatingIfNeeded: veil.low >> 32)
    return ipv4 & mask == UInt32(truncatingIfNeeded: veil.low)
  }

  private var veiledText: String {
    (0..<4).map { octet in
      let shift = UInt64(24 - 8 * octet)
      return low >> (32 + shift) & 255 == 255 ? "\(low >> shift & 255)" : "*"
    }.joined(separator: ".")
  }
}

extension Address: CustomStringConvertible, LosslessStringConvertible {
  /// Dotted decimal, or RFC 5952 text for IPv6; a veiled octet is an asterisk.
  public var description: String {
    if isVeiled { return veiledText }
    if isIPv4 {
      let a = ipv4
      return "\(a >> 24).\(a >> 16 & 255).\(a >> 8 & 255).\(a & 255)"
    }
    let groups = (0..<8).map { i in
      UInt16(truncatingIfNeeded: (i < 4 ? high : low) >> (48 - 16 * UInt64(i & 3)))
    }
    var best = 0..<0
    var i = 0
    while i < 8 {
      var j = i
      while j < 8, groups[j] == 0 { j += 1 }
      if j - i > max(1, best.count) { best = i..<j }
      i = max(j, i + 1)
    }
    func text(_ part: ArraySlice<UInt16>) -> String {
      part.map { String($0, radix: 16) }.joined(separator: ":")
    }
    if best.isEmpty { return text(groups[...]) }
    return text(groups[..<best.lowerBound]) + "::" + text(groups[best.upperBound...])
  }

  /// Parses dotted decimal or IPv6 text (with `::`, with a trailing dotted quad); nil for anything
  /// else.
  public init?(_ text: String) {
    self.init(utf8: Array(text.utf8)[...])
  }

  /// The same from bytes, for readers.
  public init?(utf8 bytes: ArraySlice<UInt8>) {
    if !bytes.contains(UInt8(ascii: ":")) {
      guard let v4 = Address.parseIPv4(bytes) else { return nil }
      self.init(ipv4: v4)
      return
    }
    guard let groups = Address.parseIPv6(bytes) else { return nil }
    var halves: (UInt64, UInt64) = (0, 0)
    for i in 0..<4 {
      halves.0 = halves.0 << 16 | UInt64(groups[i])
      halves.1 = halves.1 << 16 | UInt64(groups[i + 4])
    }
    guard halves.0 != Address.veiledMark else { return nil }
    self.init(high: halves.0, low: halves.1)
  }

  private static func parseIPv4(_ bytes: ArraySlice<UInt8>) -> UInt32? {
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var value: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.count) else { return nil }
      var octet: UInt32 = 0
      for byte in part {
        guard byte >= 48, byte <= 57 else { return nil }
        octet = octet * 10 + UInt32(byte - 48)
      }
      guard octet < 256 else { return nil }
      value = value << 8 | octet
    }
    return value
  }

  private static func parseIPv6(_ bytes: ArraySlice<UInt8>) -> [UInt16]? {
    var front: [UInt16] = []
    var back: [UInt16] = []
    var gap = false
    var rest = bytes
    if rest.starts(with: [58, 58]) {
      gap = true
      rest = rest.dropFirst(2)
    }
    while !rest.isEmpty {
      let end = rest.firstIndex(of: 58) ?? rest.endIndex
      let part = rest[rest.startIndex..<end]
      var groups: [UInt16] = []
      if end == rest.endIndex, part.contains(46) {
        guard let quad = parseIPv4(part) else { return nil }
        groups = [UInt16(quad >> 16), UInt16(quad & 0xffff)]
      } else {
        guard (1...4).contains(part.count), let value = hexadecimal(part) else { return nil }
        groups = [value]
      }
      if gap { back += groups } else { front += groups }
      rest = rest[end...]
      guard !rest.isEmpty else { break }
      rest = rest.dropFirst()
      if rest.first == 58 {
        guard !gap else { return nil }
        gap = true
        rest = rest.dropFirst()
      } else if rest.isEmpty {
        return nil
      }
    }
    let known = front.count + back.count
    guard gap ? known < 8 : known == 8 else { return nil }
    return front + Array(repeating: 0, count: 8 - known) + back
  }

  private static func hexadecimal(_ part: ArraySlice<UInt8>) -> UInt16? {
    var value: UInt16 = 0
    for byte in part {
      let digit: UInt8
      switch byte {
      case 48...57: digit = byte - 48
      case 65...70: digit = byte - 55
      case 97...102: digit = byte - 87
      default: return nil
      }
      value = value << 4 | UInt16(digit)
    }
    return value
  }
}
