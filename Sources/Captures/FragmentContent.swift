import Observations

/// Fragments of datagrams.
extension PacketDecoder {
  /// Hands a fragment to the book; false where it is told of as it is.
  ///
  /// The first fragment is told of as ever. One that holds less than the header of its transport says
  /// nothing of ports, and the fragment that completes the datagram is the packet. Otherwise that one
  /// tells of the whole content, marked as a later fragment, and those between are not told of.
  mutating func rejoin(
    _ payload: RawSpan, _ extent: Extent, at offset: Int, more: Bool, into batch: ObservationBatch
  ) -> Bool {
    let book = fragments ?? FragmentBook()
    fragments = book
    let key = FragmentBook.Key(
      source: observation.source, destination: observation.destination,
      identification: fragmentIdentification, transport: observation.transport.rawValue)
    let hasHeader = offset == 0 && extent.claimed >= headerNeeded(payload)
    let fate = book.take(
      FragmentBook.Fragment(
        key: key, time: observation.time, place: place, range: offset..<offset + extent.claimed,
        more: more, hasHeader: hasHeader), payload)
    for anomaly in book.noticed { note(anomaly) }
    switch fate {
    case .alone:
      guard offset == 0, !hasHeader else {
        fragmentKey = offset == 0 ? key : nil
        return false
      }
      observation.marks.insert(.laterFragment)
      return true
    case .part:
      isPart = true
      return true
    case .completes:
      observation.marks.insert(.laterFragment)
    case .isDatagram:
      if offset == 0, hasHeader { observation.marks.insert(.firstFragment) }
    }
    let (bytes, total) = book.whole
    if bytes.count < total { observation.marks.insert(.cut) }
    let hint = fate == .completes ? book.firstHint : .none
    unsafe transports(
      bytes.span.bytes, Extent(claimed: total, limitedBy: .frame),
      whole: fate == .isDatagram, into: batch)
    // What the first fragment was, it was once.
    if fate == .completes { observation.tcpFlags = [] }
    if hint != .none { (observation.hint, observation.detail) = (.none, 0) }
    return true
  }

  /// How long the transport's header is, as far as it can be seen.
  private func headerNeeded(_ payload: RawSpan) -> Int {
    switch observation.transport {
    case .tcp: payload.byteCount >= 13 ? max(20, Int(payload.u8(12) >> 4) * 4) : 20
    case .udp, .icmp, .icmpv6: 8
    default: observation.transport.hasPorts ? 4 : 0
    }
  }
}
