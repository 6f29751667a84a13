import Observations

/// The ordinary DNS message, read without views: one question whose name is written out, for
/// anything but a name (PTR), and answers that point back to it. `PacketDecoder.names` knows the
/// rest.
enum DNSFastPath {
  /// What an observation says of its message.
  struct Outcome {
    var hint: ApplicationHint
    var detail: UInt32
  }

  /// Where the message begins: behind Ethernet, IPv4 and UDP.
  private static let start = 42

  /// Whether `decode` may be asked at all: DNS, and neither NetBIOS, which goes before, nor a source
  /// port that reads as an ICMP error.
  @inline(__always)
  static func isCandidate(_ ports: UInt32) -> Bool {
    let (source, destination) = (ports >> 16, ports & 0xffff)
    return source == 53
      ? destination != 137 : destination == 53 && source != 137 && source > 0x0c02
  }

  /// Reads the message that ends before `end`; nil, and nothing learnt, where it is anything else.
  @inline(__always)
  static func decode(
    _ frame: RawSpan, end: Int, client: UInt32, _ batch: ObservationBatch
  ) -> Outcome? {
    // The header, the shortest name, type and class; no other operation than a query, one question.
    guard end <= frame.byteCount, end &- start >= 17 else { return nil }
    let flags = frame.u16(start &+ 2)
    guard flags & 0x7800 == 0, frame.u16(start &+ 4) == 1 else { return nil }
    // Names that are told of by themselves are for the views.
    guard !SpecialName.mayBe(frame.u32(start &+ 12)) else { return nil }
    var at = start &+ 12
    while true {
      guard at < end else { return nil }
      let size = Int(frame.u8(at))
      at = at &+ size &+ 1
      if size == 0 { break }
      guard size < 64 else { return nil }
    }
    // A name of 255 bytes is too long for the views; the zero at its end is one of them.
    guard at &- start &- 12 <= 255, end &- at >= 4 else { return nil }
    let type = UInt32(frame.u16(at))
    guard type != 12 else { return nil }
    if flags & 0x8000 != 0 {
      guard learn(frame, at, end, client, batch) else { return nil }
    }
    return Outcome(
      hint: flags & 0x8000 != 0 ? .dnsResponse : .dnsQuery,
      detail: type << 16 | UInt32(frame.u16(start)))
  }

  /// Learns the addresses in the answers behind the question whose name ends at `nameEnd`; false, and
  /// nothing learnt, where one is out of the ordinary.
  @inline(__always)
  private static func learn(
    _ frame: RawSpan, _ nameEnd: Int, _ end: Int, _ client: UInt32, _ batch: ObservationBatch
  ) -> Bool {
    let first = nameEnd &+ 4
    let count = Int(frame.u16(start &+ 6))
    guard batch.resolutionCount &+ count <= ObservationBatch.resolutionCapacity, count <= 64,
      batch.hasRoomForNames
    else { return false }
    var at = first
    for _ in 0..<count {
      guard end &- at >= 12, frame.u16(at) == 0xc00c else { return false }
      at = at &+ 12 &+ Int(frame.u16(at &+ 10))
      guard at <= end else { return false }
    }
    at = first
    var name: (start: UInt32, length: UInt16)?
    for _ in 0..<count {
      let typeAndClass = frame.u32(at &+ 2)
      let size = Int(frame.u16(at &+ 10))
      let data = at &+ 12
      if typeAndClass == 0x0001_0001, size == 4 {
        name = name ?? batch.keepText(frame.extracting(start &+ 12..<nameEnd &- 1))
        note(Address(ipv4: frame.u32(data)), client, name, batch)
      } else if typeAndClass == 0x001c_0001, size == 16 {
        name = name ?? batch.keepText(frame.extracting(start &+ 12..<nameEnd &- 1))
        note(Address(high: frame.u64(data), low: frame.u64(data &+ 8)), client, name, batch)
      }
      at = data &+ size
    }
    return true
  }

  @inline(__always)
  private static func note(
    _ address: Address, _ client: UInt32, _ name: (start: UInt32, length: UInt16)?,
    _ batch: ObservationBatch
  ) {
    let index = UInt32(truncatingIfNeeded: batch.count)
    _ = batch.append(
      Resolution(
        index: index, kind: .forwardAnswered, client: Address(ipv4: client), address: address))
    guard let name else { return }
    _ = batch.append(
      Sighting(
        index: index, kind: .dnsName, address: address, start: name.start, length: name.length))
  }
}
