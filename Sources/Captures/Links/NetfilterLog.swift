import Observations

extension LinkFormat {
  /// What Linux's packet filter logged to NFLOG.
  static let netfilterLog = LinkFormat(numbers: [239], isFilterLog: true) {
    decoder, frame, extent throws(LengthError) in
    try decoder.netfilterLog(frame, extent)
  }
}

extension PacketDecoder {
  /// Family, version, group; then fields of length, type and value, each filled up to four bytes. The
  /// lengths are in the capturing machine's order.
  fileprivate mutating func netfilterLog(
    _ frame: RawSpan, _ extent: Extent
  ) throws(LengthError) -> NetworkStart {
    try LengthError.check(.filterLog, needed: 4, bytes: frame, extent: extent)
    let family = frame.u8(0)
    guard frame.u8(1) == 0 else {
      note(.filterHeaderMalformed)
      return NetworkStart(0, 0, extent)
    }
    // A file may have gone through a machine of the other order.
    var order = ByteOrder(isBig: link.isBigEndian)
    if frame.byteCount >= 8, order.u16(frame, 4) > extent.claimed {
      order = ByteOrder(isBig: !order.isBig)
    }
    var at = 4
    var type: UInt16 = family == 2 ? 0x0800 : family == 10 ? 0x86dd : 0
    observation.action = .audited
    while extent.claimed - at >= 4 {
      try LengthError.check(.filterLog, needed: at + 4, offset: at, bytes: frame, extent: extent)
      let length = Int(order.u16(frame, at))
      let kind = order.u16(frame, at + 2)
      guard length >= 4, length <= extent.claimed - at else { break }
      if kind == 9 {
        var rest = extent.behind(at + 4)
        rest.bound(length - 4)
        return NetworkStart(type, at + 4, rest)
      }
      try LengthError.check(
        .filterLog, needed: at + length, offset: at, bytes: frame, extent: extent)
      field(kind, frame.extracting(at + 4..<at + length), &type)
      at += (length + 3) & ~3
    }
    note(.filterHeaderMalformed)
    return NetworkStart(0, 0, extent)
  }

  private mutating func field(_ kind: UInt16, _ value: RawSpan, _ type: inout UInt16) {
    switch kind {
    case 1 where value.byteCount >= 4:  // the packet's header: EtherType, hook
      if type == 0 { type = value.u16(0) }
      switch value.u8(2) {
      case 1: observation.path = .inbound
      case 2: observation.path = .forwarded
      case 3: observation.path = .outbound
      default: break
      }
    case 8 where value.byteCount >= 12 && value.u16(0) == 6:  // the sender's hardware address
      details.sender = UInt64(value.u32(4)) << 16 | UInt64(value.u16(8))
    case 11 where value.byteCount >= 4:  // the user whose socket sent it
      owner = PacketOwner(user: value.u32(0), process: 0)
    default: break
    }
  }
}
