import Observations

/// Takes one frame down to an observation by the views. Lives for one frame.
struct PacketDecoder {
  var observation = Observation()
  var details = PacketDetails()
  /// What was wrong: a bit for each anomaly, so that the ordinary frame costs nothing.
  var noted: UInt128 = 0
  /// The link of the frame.
  var link = Link.notDecoded
  /// Inside a header that names another link (PKTAP, PPI).
  var isNested = false
  /// Whether an 802.11 header is filled up to four bytes, as radiotap says.
  var wirelessPadding = false
  /// Whose socket sent it, where a packet filter said so.
  var owner: PacketOwner?
  /// Tunnels around it.
  var tunnels = 0
  /// Where they are counted.
  var tally: CaptureTally?

  init() {}

  /// Datagrams in fragments, once there is one; held by the reader from packet to packet.
  var fragments: FragmentBook?
  /// Where the packet stands in the evidence.
  var place = Place(record: 0, offset: 0)
  var fragmentIdentification: UInt32 = 0
  /// Nothing stands between a fragment header and the transport's.
  var canRejoin = true
  var fragmentKey: FragmentBook.Key?
  /// The packet is part of a datagram that was told of: there is nothing to be emitted.
  var isPart = false

  mutating func note(_ anomaly: Anomaly) { noted |= 1 << UInt128(anomaly.rawValue) }

  /// Decodes a frame; true where an observation is to be emitted.
  mutating func decode(
    _ frame: RawSpan, wire: Int, link: Link, into batch: ObservationBatch
  ) -> Bool {
    do throws(LengthError) {
      let start = try networkStart(frame, Extent(claimed: wire, limitedBy: .frame), link)
      return decode(frame, start, into: batch)
    } catch {
      note(error.limitedBy == .capture ? .frameCut : .frameTooShort)
      return false
    }
  }

  /// Decodes from the network layer on.
  mutating func decode(
    _ frame: RawSpan, _ start: NetworkStart, into batch: ObservationBatch
  ) -> Bool {
    // A length of the link's own may end the packet before the frame ends.
    let end = min(frame.byteCount, start.header + start.extent.claimed)
    let packet = frame.extracting(min(start.header, end)..<end)
    let rest = start.extent
    switch start.type {
    case 0x0800: return ipv4(packet, rest, into: batch)
    case 0x86dd: return ipv6(packet, rest, into: batch)
    case 0x0806: return arp(packet, rest)
    default:
      if !PacketDecoder.isWellKnown(start.type) { note(.etherTypeNotDecoded) }
      return false
    }
  }

  /// Types that any network carries and that are not worth a word.
  private static func isWellKnown(_ type: UInt16) -> Bool {
    switch type {
    case 0...0x05ff: true  // 802.3 lengths: LLC, spanning tree
    case 0x6000...0x6007: true  // DEC
    case 0x8035, 0x809b, 0x80f3, 0x8137: true  // RARP, AppleTalk, AARP, IPX
    case 0x8808, 0x8809, 0x8863, 0x8864, 0x888e, 0x8899: true  // pause, LACP, PPPoE, EAPOL, loop
    case 0x88cc, 0x88e1, 0x88e5, 0x88f7: true  // LLDP, power line, MACsec, PTP
    case 0x8847, 0x8848: true  // MPLS
    case 0x9000: true  // loopback test
    default: false
    }
  }

  private mutating func arp(_ packet: RawSpan, _ extent: Extent) -> Bool {
    do throws(LengthError) {
      let view = try ARPView(packet, within: extent)
      observation.transport = .arp
      observation.source = view.sender
      observation.destination = view.target
      observation.sourcePort = view.operation
      details.receiver = view.senderHardware
      return true
    } catch {
      note(error.limitedBy == .capture ? .frameCut : .arpMalformed)
      return false
    }
  }

  private mutating func ipv4(
    _ packet: RawSpan, _ extent: Extent, into batch: ObservationBatch
  ) -> Bool {
    if packet.byteCount > 0, packet.u8(0) >> 4 != 4 {
      note(.ipVersionWrong)
      return false
    }
    do throws(LengthError) {
      let view = try IPv4View(packet, within: extent)
      observation.source = view.source
      observation.destination = view.destination
      observation.identification = view.identification
      observation.marks.insert(.identification)
      fragmentIdentification = UInt32(view.identification)
      canRejoin = true
      observation.timeToLive = view.timeToLive
      observation.transport = view.transport
      observation.length = UInt32(view.totalLength)
      if !view.isChecksumRight { note(.ipv4ChecksumWrong) }
      if view.totalLength < view.headerLength {
        note(.ipv4TotalLengthTooSmall)
        observation.marks.insert(.malformed)
      } else if view.totalLength > extent.claimed {
        note(.ipv4LengthBeyondFrame)
        observation.marks.insert(.malformed)
      }
      if view.destination.isLimitedBroadcast { observation.marks.insert(.broadcast) }
      network(
        view.payload, view.payloadExtent, fragment: view.fragmentOffset, more: view.moreFragments,
        into: batch)
      return true
    } catch {
      switch error.limitedBy {
      case .capture: note(.ipv4HeaderCut)
      case .ipv4HeaderLength: note(.ipv4HeaderLengthTooSmall)
      default: note(.ipPacketTooShort)
      }
      return false
    }
  }

  private mutating func ipv6(
    _ packet: RawSpan, _ extent: Extent, into batch: ObservationBatch
  ) -> Bool {
    if packet.byteCount > 0, packet.u8(0) >> 4 != 6 {
      note(.ipVersionWrong)
      return false
    }
    do throws(LengthError) {
      let view = try IPv6View(packet, within: extent)
      observation.source = view.source
      observation.destination = view.destination
      if view.source.isVeiled || view.destination.isVeiled {
        note(.addressImpossible)
        return false
      }
      observation.timeToLive = view.hopLimit
      observation.transport = Transport(rawValue: view.nextHeader)
      observation.length = UInt32(40 + view.payloadLength)
      if 40 + view.payloadLength > extent.claimed {
        note(.ipv6LengthBeyondFrame)
        observation.marks.insert(.malformed)
      }
      extensions(view, into: batch)
      return true
    } catch {
      note(error.limitedBy == .capture ? .ipv6HeaderCut : .ipPacketTooShort)
      return false
    }
  }

  private mutating func extensions(_ view: borrowing IPv6View, into batch: ObservationBatch) {
    let payload = view.payload
    let extent = view.payloadExtent
    if payload.byteCount < extent.claimed { observation.marks.insert(.cut) }
    if view.destination.isMulticast { observation.marks.insert(.multicast) }
    do throws(LengthError) {
      let chain = try view.chain()
      observation.transport = chain.transport
      if chain.isTooLong {
        note(.ipv6ExtensionChainTooLong)
        return
      }
      fragmentIdentification = chain.fragmentIdentification
      canRejoin = chain.offset == chain.fragmentEnd
      network(
        payload.extracting(chain.offset..<payload.byteCount),
        Extent(claimed: extent.claimed - chain.offset, limitedBy: extent.limitedBy),
        fragment: chain.fragmentOffset, more: chain.moreFragments, into: batch)
    } catch {
      note(error.limitedBy == .capture ? .transportNotCaptured : .ipv6ExtensionCut)
    }
  }

  /// What IPv4 and IPv6 share behind their headers.
  private mutating func network(
    _ payload: RawSpan, _ extent: Extent, fragment: UInt16, more: Bool,
    into batch: ObservationBatch
  ) {
    if payload.byteCount < extent.claimed { observation.marks.insert(.cut) }
    if observation.destination.isMulticast { observation.marks.insert(.multicast) }
    if fragment != 0 || more, canRejoin,
      rejoin(payload, extent, at: Int(fragment) * 8, more: more, into: batch)
    {
      return
    }
    if fragment != 0 {
      observation.marks.insert(.laterFragment)
      return
    }
    if more { observation.marks.insert(.firstFragment) }
    transports(payload, extent, whole: !more, into: batch)
    if let fragmentKey { fragments?.note(observation.hint, of: fragmentKey) }
  }

  mutating func transports(
    _ payload: RawSpan, _ extent: Extent, whole: Bool, into batch: ObservationBatch
  ) {
    switch observation.transport {
    case .tcp: tcp(payload, extent, into: batch)
    case .udp: udp(payload, extent, whole: whole, into: batch)
    case .icmp, .icmpv6: icmp(payload, extent)
    default:
      if observation.transport.hasPorts {
        ports(payload)
      } else if whole {
        _ = isProtocolTunnel(payload, extent, into: batch)
      }
    }
  }

  /// Reads ports where the four bytes are there, whatever else is missing.
  private mutating func ports(_ payload: RawSpan) {
    guard payload.byteCount >= 4 else { return }
    observation.sourcePort = payload.u16(0)
    observation.destinationPort = payload.u16(2)
    observation.marks.insert(.ports)
  }

  /// What lies behind a transport header.
  private mutating func behind(_ payload: RawSpan, _ extent: Extent, header: Int) {
    let length = extent.claimed - header
    guard length > 0 else { return }
    details.payloadLength = UInt16(clamping: length)
    if length >= 4, payload.byteCount - header >= 4 { details.payloadKey = payload.u32(header) }
  }

  private mutating func tcp(
    _ payload: RawSpan, _ extent: Extent, into batch: ObservationBatch
  ) {
    ports(payload)
    if payload.byteCount >= 14 { observation.tcpFlags = TCPFlags(rawValue: payload.u8(13)) }
    do throws(LengthError) {
      _ = try TCPView(payload, within: extent)
      details.sequence = payload.u32(4)
      details.window = payload.u16(14)
      let header = Int(payload.u8(12) >> 4) * 4
      behind(payload, extent, header: header)
      segment(payload, extent, header: header, into: batch)
    } catch {
      switch error.limitedBy {
      case .capture: note(.transportNotCaptured)
      case .tcpDataOffset:
        note(error.available < 20 ? .tcpDataOffsetTooSmall : .tcpDataOffsetBeyondPacket)
        observation.marks.insert(.malformed)
      default: note(.tcpHeaderCut)
      }
    }
  }

  private mutating func udp(
    _ payload: RawSpan, _ extent: Extent, whole: Bool, into batch: ObservationBatch
  ) {
    ports(payload)
    do throws(LengthError) {
      let view = try UDPView(payload, within: extent)
      behind(payload, extent, header: 8)
      if whole, view.length != extent.claimed {
        observation.marks.insert(.malformed)
        if view.length < 8 { note(.udpLengthTooSmall) }
        if view.length > extent.claimed { note(.udpLengthBeyondPacket) }
      }
      if whole, misread(view, payload, extent) { return }
      if whole, isTunnel(view.payload, view.payloadExtent, into: batch) { return }
      content(view, into: batch)
    } catch {
      note(error.limitedBy == .capture ? .transportNotCaptured : .udpHeaderCut)
    }
  }
}
