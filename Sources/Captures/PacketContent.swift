import Observations

/// What lies behind the transport header of ICMP, and of UDP that is really ICMP.
extension PacketDecoder {
  mutating func icmp(_ payload: RawSpan, _ extent: Extent) {
    if payload.byteCount >= 2 {
      observation.sourcePort = UInt16(payload.u8(0))
      observation.destinationPort = UInt16(payload.u8(1))
      observation.marks.insert(.ports)
    }
    do throws(LengthError) {
      let view = try ICMPView(payload, within: extent)
      let isError =
        observation.transport == .icmp
        ? ICMPView.isError(type: view.type, code: view.code) : (1...4).contains(view.type)
      guard isError else { return }
      observation.hint = .icmpError
      quote(view)
    } catch {
      note(error.limitedBy == .capture ? .transportNotCaptured : .icmpHeaderCut)
    }
  }

  private mutating func quote(_ view: borrowing ICMPView) {
    let quoted = view.quoted
    let extent = view.quotedExtent
    let version: UInt8 = observation.transport == .icmp ? 4 : 6
    if quoted.byteCount > 0, quoted.u8(0) >> 4 != version {
      note(.icmpQuoteMalformed)
      return
    }
    do throws(LengthError) {
      var source: Address
      var carries: Transport
      var start: Int
      if version == 4 {
        let inner = try IPv4View(quoted, within: extent)
        (source, carries, start) = (inner.source, inner.transport, inner.headerLength)
        if inner.fragmentOffset != 0 { carries = Transport(rawValue: 255) }
      } else {
        let inner = try IPv6View(quoted, within: extent)
        (source, carries, start) = (inner.source, Transport(rawValue: inner.nextHeader), 40)
        if let chain = try? inner.chain(), chain.fragmentOffset == 0 {
          (carries, start) = (chain.transport, 40 + chain.offset)
        }
      }
      observation.marks.insert(.quoted)
      if source == observation.destination { observation.marks.insert(.quoteMatches) }
      if carries.hasPorts, quoted.byteCount - start >= 4 { observation.detail = quoted.u32(start) }
    } catch {
      switch error.limitedBy {
      case .capture: break  // said by `Marks.cut`
      case .ipv4HeaderLength: note(.icmpQuoteMalformed)
      default: note(.icmpQuoteCut)
      }
    }
  }

  /// Whether the UDP header is an ICMP error's, put behind the wrong protocol number; true where it is a
  /// candidate and so has no content of UDP.
  ///
  /// Only a header unusable as UDP is a candidate: its length is below 8 or not the IP payload's, or its
  /// checksum is there and wrong. It passes where the Internet checksum over the whole payload verifies and
  /// the quoted packet has to do with this one: it was sent by whom this one went to (an error as it should be),
  /// or to whom this one came from (an error in the name of the quoted packet's destination, which may
  /// be a directed broadcast), or to where this one went (the error follows the packet it is about).
  mutating func misread(
    _ view: borrowing UDPView, _ payload: RawSpan, _ extent: Extent
  ) -> Bool {
    let port = view.sourcePort
    guard observation.transport == .udp, observation.source.isIPv4,
      ICMPView.isError(
        type: UInt8(truncatingIfNeeded: port >> 8), code: UInt8(truncatingIfNeeded: port))
    else { return false }
    if view.length == extent.claimed {
      let right = view.isChecksumRight(
        source: observation.source, destination: observation.destination)
      // Without a checksum, or with too little captured to test it, nothing speaks against UDP.
      guard right == false else { return false }
    }
    guard payload.byteCount == extent.claimed else {
      observation.hint = .icmpErrorAsUDPUntestable
      return true
    }
    observation.hint = .icmpErrorAsUDPRefuted
    guard InternetChecksum.sum(payload) == 0xffff, payload.byteCount >= 28 else { return true }
    let quoted = payload.extracting(8..<payload.byteCount)
    let inside = Extent(claimed: quoted.byteCount, limitedBy: extent.limitedBy)
    guard quoted.u8(0) >> 4 == 4, let inner = try? IPv4View(quoted, within: inside),
      inner.totalLength >= inner.headerLength,
      inner.source == observation.destination || inner.destination == observation.source
        || inner.destination == observation.destination
    else { return true }
    observation.hint = .icmpErrorAsUDP
    observation.detail = PacketDecoder.digest(quoted)
    return true
  }

  /// 32 bits of all bytes quoted.
  private static func digest(_ bytes: RawSpan) -> UInt32 {
    var hash = UInt64(bytes.byteCount)
    for i in 0..<bytes.byteCount { hash = Mixing.mix(hash &* 257 &+ UInt64(bytes.u8(i)) &+ 1) }
    return UInt32(truncatingIfNeeded: hash)
  }
}
