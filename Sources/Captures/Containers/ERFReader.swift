import Observations

/// Endace's extensible record format (ERF types reference): no file header, records of many types.
///
/// The time is a fixed-point number of seconds, 32.32, little-endian; all else is big-endian.
struct ERFReader: Container {
  private static let recordHeader = 16

  let format = "erf"
  let candidateLength = ERFReader.recordHeader
  let headerLength = 0
  private(set) var links = LinkSet()
  private(set) var dropped: UInt64 = 0

  /// A container for records that begin with `head`; nil where they do not look like records. There
  /// is no number to tell them by: several that follow upon each other must be sound.
  init?(head: RawSpan) {
    var (at, packets, last) = (0, 0, Int64?.none)
    if ERFReader.isText(head) { return nil }
    while packets < 16, head.byteCount - at >= ERFReader.recordHeader {
      guard case .record(let size, let time) = candidate(head, at, 0, last) else {
        // What is damaged farther on has been recognised.
        guard packets >= 5 else { return nil }
        return
      }
      last = time ?? last
      at += size
      if ERFReader.kind(head.u8(at - size + 8)).isPacket { packets += 1 }
    }
    // Few are enough only where nothing is left.
    guard packets >= 3 || (packets > 0 && at == head.byteCount) else { return nil }
  }

  /// Whether a record's header would be all text: blank lines make sound records of 1975.
  private static func isText(_ head: RawSpan) -> Bool {
    guard head.byteCount >= recordHeader else { return true }
    return (0..<recordHeader).allSatisfy {
      (0x20..<0x7f).contains(head.u8($0)) || (0x09...0x0d).contains(head.u8($0))
    }
  }

  mutating func read(
    _ window: RawSpan, _ offset: UInt64, _ isLast: Bool, _ records: inout PacketRecords,
    _ batch: ObservationBatch
  ) -> Reading {
    var at = 0
    while !batch.isFull, window.byteCount - at >= ERFReader.recordHeader {
      // Nothing but its fields tells a record, and what follows it.
      switch candidate(window, at, offset, records.lastTime) {
      case .record: break
      case .unclear where isLast: break
      case .unclear: return Reading(consumed: at)
      default: return Reading(consumed: at, halt: .lost(.recordBroken))
      }
      let size = Int(window.u16(at + 10))
      guard window.byteCount - at >= size else {
        return Reading(consumed: at, halt: isLast ? .lost(.captureCut) : .none)
      }
      take(window.extracting(at..<at + size), offset &+ UInt64(at), &records, batch)
      at += size
    }
    if isLast, !batch.isFull, at < window.byteCount {
      records.noteAhead(.captureCut, at: offset &+ UInt64(at))
      at = window.byteCount
    }
    return Reading(consumed: at)
  }

  private mutating func take(
    _ record: RawSpan, _ place: UInt64, _ records: inout PacketRecords, _ batch: ObservationBatch
  ) {
    let kind = ERFReader.kind(record.u8(8))
    if kind == .padding { return }
    guard kind.isPacket else { return records.pass() }
    // Where packets have a colour, it stands in the losses' place.
    if !kind.isColoured { dropped &+= UInt64(record.u16(12)) }
    guard let start = ERFReader.start(record, kind) else {
      return records.skip(.recordBroken, at: place)
    }
    // Records are padded: not all that follows is the packet's.
    let wire = Int(record.u16(14))
    let captured = min(record.byteCount - start, wire)
    let frame = record.extracting(start..<start + captured)
    let number = ERFReader.link(kind, frame)
    if let number { links.insert(number) }
    if wire > captured { records.cut(to: captured) }
    records.take(
      frame, wire: wire, time: ERFReader.time(record, 0),
      link: number.map { Link(number: $0) } ?? .notDecoded, offset: place, into: batch)
  }

  /// Where the packet begins: behind headers that announce each other, and what its type adds.
  private static func start(_ record: RawSpan, _ kind: Kind) -> Int? {
    var at = recordHeader
    var isFollowed = record.u8(8) & 0x80 != 0
    while isFollowed {
      guard record.byteCount - at >= 8 else { return nil }
      isFollowed = record.u8(at) & 0x80 != 0
      at += 8
    }
    at += kind.added
    return at <= record.byteCount ? at : nil
  }

  private static func time(_ window: RawSpan, _ at: Int) -> Int64 {
    let stamp = window.littleU64(at)
    let fraction = (stamp & 0xffff_ffff) &* 1_000_000_000
    // To the nearest nanosecond: the fraction is finer.
    return Int64(stamp >> 32) &* 1_000_000_000 &+ Int64((fraction &+ 0x8000_0000) >> 32)
  }

  /// The tcpdump group's number for what a packet begins with; nil where it has none.
  private static func link(_ kind: Kind, _ frame: RawSpan) -> UInt32? {
    switch kind {
    case .ethernet, .colouredEthernet: 1
    case .serial, .colouredSerial:
      // Cisco's HDLC or PPP: the first byte tells.
      frame.byteCount > 0 && (frame.u8(0) == 0x0f || frame.u8(0) == 0x8f) ? 104 : 50
    case .ipv4: 228
    case .ipv6: 229
    default: nil
    }
  }

  func candidate(_ window: RawSpan, _ at: Int, _ offset: UInt64, _ last: Int64?) -> Candidate {
    let kind = ERFReader.kind(window.u8(at + 8))
    let (size, wire) = (Int(window.u16(at + 10)), Int(window.u16(at + 14)))
    guard kind != .unknown, size >= ERFReader.recordHeader + kind.added else { return .none }
    guard kind.isPacket else {
      // Its time may be none: another record must follow.
      guard window.byteCount - at >= size + ERFReader.recordHeader else { return .unclear }
      let next = ERFReader.kind(window.u8(at + size + 8))
      let isSound = next != .unknown && window.u16(at + size + 10) >= ERFReader.recordHeader
      return isSound && size % 8 == 0 ? .record(size: size, time: nil) : .none
    }
    let time = ERFReader.time(window, at)
    guard time > 0, wire > 0, last.map({ time.isNear($0) }) ?? true else { return .none }
    // Records of their packet's length are padded by less than 8 bytes.
    let isOfPacketsLength = window.u8(at + 9) & 0x04 != 0
    let isFollowed = window.u8(at + 8) & 0x80 != 0
    if isOfPacketsLength, !isFollowed, size - ERFReader.recordHeader - kind.added > wire + 7 {
      return .none
    }
    return .record(size: size, time: time)
  }

  /// What records hold.
  private enum Kind {
    case ethernet, colouredEthernet, serial, colouredSerial, ipv4, ipv6
    /// Packets of links that are counted only; some have 4 bytes before them.
    case other, otherWithHeader
    /// What the card says of itself.
    case metadata
    case padding
    case unknown

    var isPacket: Bool { self != .metadata && self != .padding && self != .unknown }
    var isColoured: Bool { self == .colouredEthernet || self == .colouredSerial }
    /// Bytes between the headers and the packet.
    var added: Int {
      switch self {
      case .ethernet, .colouredEthernet: 2
      case .otherWithHeader: 4
      default: 0
      }
    }
  }

  private static func kind(_ type: UInt8) -> Kind {
    switch type & 0x7f {
    case 1: .serial
    case 2: .ethernet
    case 10, 15, 19: .colouredSerial
    case 11, 16, 20: .colouredEthernet
    case 3, 4, 13, 14, 18, 21, 24, 25, 28, 29: .other
    case 5...9, 12, 17: .otherWithHeader
    case 22: .ipv4
    case 23: .ipv6
    case 27: .metadata
    case 48: .padding
    default: .unknown
    }
  }
}
