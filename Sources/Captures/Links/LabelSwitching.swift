import Observations

extension LinkFormat {
  static let mpls = LinkFormat(numbers: [219]) { _, _, extent throws(LengthError) in
    NetworkStart(0x8847, 0, extent)
  }
}

extension PacketDecoder {
  /// More labels than this are not a path of anybody's.
  private static let mostLabels = 16

  /// Labels (RFC 3032), then what they carry, which no field names: IP by its first four bits and what
  /// else must be right about it, or an Ethernet frame of a pseudowire where that is as certain.
  mutating func labels(
    _ frame: RawSpan, _ now: NetworkStart
  ) throws(LengthError) -> NetworkStart {
    let bytes = frame.from(now.header)
    var length = 0
    for _ in 0..<PacketDecoder.mostLabels {
      try LengthError.check(.mpls, needed: length + 4, bytes: bytes, extent: now.extent)
      length += 4
      guard bytes.u8(length - 2) & 1 == 0 else { break }
    }
    let carried = bytes.from(length)
    let (at, rest) = (now.header + length, now.extent.behind(length))
    if let type = IPCheck.type(carried, rest) { return NetworkStart(type, at, rest) }
    if let word = IPCheck.pseudowire(carried, rest, behind: [4, 0]) {
      return NetworkStart(0x6558, at + word, rest.behind(word))
    }
    return NetworkStart(0xffff, at, rest)
  }
}

/// Whether bytes that no header names are surely a packet: more than one field must be right.
enum IPCheck {
  /// 0x0800 or 0x86dd where a whole header is there, its lengths fit and, of IPv4, its checksum is right.
  static func type(_ bytes: RawSpan, _ extent: Extent) -> UInt16? {
    guard bytes.byteCount >= 20 else { return nil }
    switch bytes.u8(0) >> 4 {
    case 4:
      guard let view = try? IPv4View(bytes, within: extent), view.isChecksumRight,
        view.totalLength >= view.headerLength, view.totalLength <= extent.claimed
      else { return nil }
      return 0x0800
    case 6:
      guard let view = try? IPv6View(bytes, within: extent),
        40 + view.payloadLength <= extent.claimed,
        !view.source.isVeiled, !view.destination.isVeiled, !view.source.isMulticast
      else { return nil }
      return 0x86dd
    default: return nil
    }
  }

  /// Behind how many bytes an Ethernet frame begins that surely is one.
  ///
  /// - Parameters:
  ///   - bytes: what was captured.
  ///   - extent: how far it goes.
  ///   - places: where it may begin, the likeliest first.
  /// - Returns: one of the places, or nil.
  static func pseudowire(_ bytes: RawSpan, _ extent: Extent, behind places: [Int]) -> Int? {
    places.first { place in
      guard place < bytes.byteCount, extent.claimed > place else { return false }
      return isEthernet(bytes.from(place), extent.behind(place))
    }
  }

  /// An Ethernet frame, its tags passed, that carries what is surely IP or ARP.
  static func isEthernet(_ bytes: RawSpan, _ extent: Extent) -> Bool {
    guard let view = try? EthernetView(bytes, within: extent), bytes.u8(6) & 1 == 0
    else { return false }
    let carried = bytes.from(view.headerLength)
    let rest = extent.behind(view.headerLength)
    switch view.etherType {
    case 0x0800, 0x86dd: return type(carried, rest) == view.etherType
    case 0x0806:
      return carried.byteCount >= 28 && carried.u32(0) == 0x0001_0800 && carried.u16(4) == 0x0604
    default: return false
    }
  }
}
