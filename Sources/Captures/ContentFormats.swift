import Observations

/// The contents that are recognised by themselves, whatever port they go to. A new one is a file in
/// `Protocols/` and a line here; `ContentSigns` must let its first bytes through.
enum ContentFormats {
  typealias Reading =
    @Sendable (
      _ payload: RawSpan, _ extent: Extent, _ ports: Ports, _ teller: inout ContentTeller
    ) -> Content?

  /// Of TCP segments.
  static let stream: [Reading] = [
    SMBView.read, TLSHelloView.read, NetbiosSessionView.read, SSHView.read, HTTPView.read,
  ]

  /// Of UDP datagrams.
  static let datagram: [Reading] = [
    STUNView.read, SNMPView.read, TFTPView.read, NTPView.read, SSDPView.read, SIPView.read,
  ]

  /// What a segment begins with; nil where it is nothing that is known by itself.
  @inline(never)
  static func stream(
    _ payload: RawSpan, _ extent: Extent, _ ports: Ports, _ teller: inout ContentTeller
  ) -> Content? {
    first(of: stream, payload, extent, ports, &teller)
  }

  /// What a datagram is; nil where it is nothing that is known by itself.
  @inline(never)
  static func datagram(
    _ payload: RawSpan, _ extent: Extent, _ ports: Ports, _ teller: inout ContentTeller
  ) -> Content? {
    first(of: datagram, payload, extent, ports, &teller)
  }

  private static func first(
    of list: [Reading], _ payload: RawSpan, _ extent: Extent, _ ports: Ports,
    _ teller: inout ContentTeller
  ) -> Content? {
    for read in list {
      if let content = read(payload, extent, ports, &teller) {
        teller.tellContent()
        return content
      }
    }
    return nil
  }
}

/// Both ports of a packet.
struct Ports {
  var source: UInt16
  var destination: UInt16

  /// Whether either is this one.
  func has(_ port: UInt16) -> Bool { source == port || destination == port }
}

/// A payload is not what the view is of, or too little of it is there to say so.
public struct ContentMismatch: Error, Hashable, Sendable {}

/// Text inside packets.
extension RawSpan {
  /// Whether these bytes stand at an offset.
  func has(_ text: StaticString, at offset: Int = 0) -> Bool {
    guard offset >= 0, byteCount - offset >= text.utf8CodeUnitCount else { return false }
    var isSame = true
    text.withUTF8Buffer { buffer in
      for i in 0..<buffer.count where unsafe buffer[i] != u8(offset + i) { isSame = false }
    }
    return isSame
  }

  /// The same, letters in either case; `text` is in lower case.
  func hasFolded(_ text: StaticString, at offset: Int) -> Bool {
    guard offset >= 0, byteCount - offset >= text.utf8CodeUnitCount else { return false }
    var isSame = true
    text.withUTF8Buffer { buffer in
      for i in 0..<buffer.count {
        let byte = u8(offset + i)
        let folded = byte >= 65 && byte <= 90 ? byte | 0x20 : byte
        if unsafe buffer[i] != folded { isSame = false }
      }
    }
    return isSame
  }

  /// The first place of a byte from `offset` on, within `limit` bytes; eight bytes at a time.
  func place(of byte: UInt8, from offset: Int, limit: Int = .max) -> Int? {
    let end = limit < byteCount - offset ? offset + limit : byteCount
    var at = offset
    let wanted = UInt64(byte) &* 0x0101_0101_0101_0101
    while end &- at >= 8 {
      let difference = littleU64(at) ^ wanted
      let hits = (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
      if hits != 0 { return at &+ hits.trailingZeroBitCount &>> 3 }
      at &+= 8
    }
    while at < end {
      if u8(at) == byte { return at }
      at &+= 1
    }
    return nil
  }

  /// Whether all bytes of a range are printable ASCII; eight bytes at a time.
  func isPrintable(_ range: Range<Int>) -> Bool {
    var at = range.lowerBound
    while range.upperBound &- at >= 8 {
      let eight = littleU64(at)
      // A byte from 0x7f on, or one below a blank; what carries over comes from such a byte.
      let high = eight | (eight &+ 0x0101_0101_0101_0101)
      let low = (eight &- 0x2020_2020_2020_2020) & ~eight
      if (high | low) & 0x8080_8080_8080_8080 != 0 { return false }
      at &+= 8
    }
    while at < range.upperBound {
      if u8(at) < 0x20 || u8(at) > 0x7e { return false }
      at &+= 1
    }
    return true
  }

  /// The value of a header line (`name: value`) among lines that begin at `offset`; nil where it is not
  /// there or not whole.
  func header(_ name: StaticString, from offset: Int) -> Range<Int>? {
    var at = offset
    let first = unsafe name.utf8Start[0]
    for _ in 0..<64 {
      guard let end = place(of: 10, from: at) else { return nil }
      if end - at <= 1 { return nil }
      // Most lines are told apart by their first letter.
      if u8(at) | 0x20 == first, hasFolded(name, at: at) {
        var from = at + name.utf8CodeUnitCount
        guard from < end, u8(from) == 0x3a else {
          at = end + 1
          continue
        }
        from += 1
        while from < end, u8(from) == 0x20 { from += 1 }
        return from..<(u8(end - 1) == 13 && end - 1 >= from ? end - 1 : end)
      }
      at = end + 1
    }
    return nil
  }
}
