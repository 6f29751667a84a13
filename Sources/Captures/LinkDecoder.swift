import Observations

/// The link types that are decoded (numbers of the tcpdump group's list).
enum Link {
  case ethernet, linuxSLL, linuxSLL2, loopback, ppp, raw, rawIPv4, rawIPv6, notDecoded

  init(number: UInt32) {
    switch number {
    case 1: self = .ethernet
    case 113: self = .linuxSLL
    case 276: self = .linuxSLL2
    case 0, 108: self = .loopback
    case 9, 50: self = .ppp
    case 12, 14, 101: self = .raw
    case 228: self = .rawIPv4
    case 229: self = .rawIPv6
    default: self = .notDecoded
    }
  }
}

/// Where the network layer of a frame lies and what it is.
struct NetworkStart {
  /// The EtherType, or what stands for it; 0 where there is nothing to be decoded.
  var type: UInt16
  /// Bytes before it.
  var header: Int
  /// How far it goes.
  var extent: Extent

  init(_ type: UInt16, _ header: Int, _ extent: Extent) {
    (self.type, self.header, self.extent) = (type, header, extent)
  }
}

/// From a frame's first byte to its network layer.
extension PacketDecoder {
  mutating func networkStart(
    _ frame: RawSpan, _ extent: Extent, _ link: Link
  ) throws(LengthError) -> NetworkStart {
    switch link {
    case .ethernet:
      let view = try EthernetView(frame, within: extent)
      if view.isBroadcast { observation.marks.insert(.broadcast) }
      (details.sender, details.receiver) = (view.sender, view.receiver)
      let (type, header) = (view.etherType, view.headerLength)
      var rest = extent.behind(header)
      if type == 0x8864 { return try session(frame, header, rest) }
      guard type < 0x0600 else { return NetworkStart(type, header, rest) }
      rest.bound(Int(type))
      return try logicalLink(frame, header, rest)
    case .linuxSLL:
      let view = try LinuxSLLView(frame, within: extent)
      if view.packetType == 1 { observation.marks.insert(.broadcast) }
      return try cooked(view.etherType, frame, 16, extent.behind(16))
    case .linuxSLL2:
      let view = try LinuxSLL2View(frame, within: extent)
      if view.packetType == 1 { observation.marks.insert(.broadcast) }
      return try cooked(view.etherType, frame, 20, extent.behind(20))
    case .loopback:
      return NetworkStart(try LoopbackView(frame, within: extent).etherType, 4, extent.behind(4))
    case .ppp: return try pointToPoint(frame, 0, extent)
    case .rawIPv4: return NetworkStart(0x0800, 0, extent)
    case .rawIPv6: return NetworkStart(0x86dd, 0, extent)
    case .raw:
      try LengthError.check(.raw, needed: 1, bytes: frame, extent: extent)
      return NetworkStart(frame.u8(0) >> 4 == 6 ? 0x86dd : 0x0800, 0, extent)
    case .notDecoded: return NetworkStart(0, 0, extent)
    }
  }

  /// Linux gives the EtherType, or a number of its own: 4 is an 802.2 header.
  private func cooked(
    _ type: UInt16, _ frame: RawSpan, _ header: Int, _ extent: Extent
  ) throws(LengthError) -> NetworkStart {
    switch type {
    case 4: try logicalLink(frame, header, extent)
    case 0x8864: try session(frame, header, extent)
    default: NetworkStart(type, header, extent)
    }
  }

  private func logicalLink(
    _ frame: RawSpan, _ at: Int, _ extent: Extent
  ) throws(LengthError) -> NetworkStart {
    let view = try LLCView(frame.extracting(at..<frame.byteCount), within: extent)
    return NetworkStart(view.etherType, at + view.headerLength, extent.behind(view.headerLength))
  }

  private func session(
    _ frame: RawSpan, _ at: Int, _ extent: Extent
  ) throws(LengthError) -> NetworkStart {
    let view = try PPPoEView(frame.extracting(at..<frame.byteCount), within: extent)
    guard view.isSession else { return NetworkStart(0, at, extent) }
    var rest = extent.behind(6)
    rest.bound(view.length)
    return try pointToPoint(frame, at + 6, rest)
  }

  private func pointToPoint(
    _ frame: RawSpan, _ at: Int, _ extent: Extent
  ) throws(LengthError) -> NetworkStart {
    let view = try PPPView(frame.extracting(at..<frame.byteCount), within: extent)
    return NetworkStart(view.etherType, at + view.headerLength, extent.behind(view.headerLength))
  }
}

extension Extent {
  /// What is left behind a header that is within.
  fileprivate func behind(_ header: Int) -> Extent {
    Extent(claimed: claimed - header, limitedBy: limitedBy)
  }

  /// Takes a link header's word for the length, where it is less: what follows is padding.
  fileprivate mutating func bound(_ length: Int) {
    if length < claimed { self = Extent(claimed: length, limitedBy: .linkLength) }
  }
}
