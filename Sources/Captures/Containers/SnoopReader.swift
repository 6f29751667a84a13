import Observations

/// Solaris' snoop, versions 1 and 2 (RFC 1761), and what Shomiti's Surveyor made of it: big-endian,
/// records padded to a length they state.
struct SnoopReader: Container {
  /// Bytes before the first record.
  static let fileHeaderLength = 16
  private static let recordHeader = 24

  var format: String { "snoop" }
  let candidateLength = SnoopReader.recordHeader
  let headerLength = SnoopReader.fileHeaderLength
  private(set) var links = LinkSet()
  /// As the last record that was read counts them.
  private(set) var dropped: UInt64 = 0

  private let link: Link
  private var isInside = false

  /// A container for the capture that begins with `head`; nil where that is no snoop file header.
  init?(head: RawSpan) {
    guard head.byteCount >= SnoopReader.fileHeaderLength, head.u32(0) == 0x736e_6f6f,
      head.u32(4) == 0x7000_0000, (1...5) ~= head.u32(8)
    else { return nil }
    let network = head.u32(12)
    let isSurveyor = SnoopReader.isSurveyor(head)
    guard let number = SnoopReader.number(network, isSurveyor: isSurveyor) else {
      link = .notDecoded
      return
    }
    link = Link(number: number)
    links.insert(number)
  }

  /// Surveyor gives datalink numbers another meaning, and can be told only by the room that it keeps
  /// behind each frame.
  private static func isSurveyor(_ head: RawSpan) -> Bool {
    guard head.byteCount >= fileHeaderLength + recordHeader else { return head.u32(8) > 2 }
    let (captured, size) = (head.u32(fileHeaderLength + 4), head.u32(fileHeaderLength + 8))
    return head.u32(8) > 2 || Int(size) - Int(captured) >= recordHeader + 16
  }

  /// The tcpdump group's number for a datalink type; nil where it has none.
  private static func number(_ network: UInt32, isSurveyor: Bool) -> UInt32? {
    switch network {
    case 0, 4: 1
    case 2: 6
    case 8: 10
    case 10, 12,
      18 where isSurveyor:
      1
    case 11, 13,
      14 where isSurveyor:
      6
    case 16 where !isSurveyor: 122
    case 18: 123
    case 26 where !isSurveyor: 242
    case 0x8000_0005: 226
    default: nil
    }
  }

  mutating func read(
    _ window: RawSpan, _ offset: UInt64, _ isLast: Bool, _ records: inout PacketRecords,
    _ batch: ObservationBatch
  ) -> Reading {
    var at = 0
    if !isInside {
      guard window.byteCount >= headerLength else { return Reading(consumed: 0) }
      at = headerLength
      isInside = true
    }
    while !batch.isFull, window.byteCount - at >= SnoopReader.recordHeader {
      let (wire, captured) = (Int(window.u32(at)), Int(window.u32(at + 4)))
      let size = Int(window.u32(at + 8))
      guard captured <= PcapReader.longestFrame, size <= PcapReader.longestFrame + 256 else {
        return Reading(consumed: at, halt: .lost(.recordTooLong))
      }
      guard size >= SnoopReader.recordHeader + captured else {
        return Reading(consumed: at, halt: .lost(.recordBroken))
      }
      // The last record's padding may be missing.
      guard window.byteCount - at >= (isLast ? SnoopReader.recordHeader + captured : size) else {
        return Reading(consumed: at, halt: isLast ? .lost(.captureCut) : .none)
      }
      take(window, at, wire, captured, offset, &records, batch)
      at = min(window.byteCount, at + size)
    }
    if isLast, !batch.isFull, at < window.byteCount {
      records.noteAhead(.captureCut, at: offset &+ UInt64(at))
      at = window.byteCount
    }
    return Reading(consumed: at)
  }

  private mutating func take(
    _ window: RawSpan, _ at: Int, _ wire: Int, _ captured: Int, _ offset: UInt64,
    _ records: inout PacketRecords, _ batch: ObservationBatch
  ) {
    dropped = max(dropped, UInt64(window.u32(at + 12)))
    let place = offset &+ UInt64(at)
    let frame = window.extracting(at + 24..<at + 24 + captured)
    let fraction = window.u32(at + 20)
    let seconds = Int64(window.u32(at + 16)) &* 1_000_000_000
    let time = fraction < 1_000_000 ? seconds &+ Int64(fraction) &* 1_000 : nil
    if wire > captured { records.cut(to: captured) }
    if let time, wire >= captured {
      records.take(frame, wire: wire, time: time, link: link, offset: place, into: batch)
    } else {
      records.takeOdd(
        frame, wire: wire, time: time, assumed: seconds, link: link, offset: place, into: batch)
      if time == nil { records.note(.timeImpossible, at: place) }
    }
  }

  func candidate(_ window: RawSpan, _ at: Int, _ offset: UInt64, _ last: Int64?) -> Candidate {
    let (wire, captured) = (Int(window.u32(at)), Int(window.u32(at + 4)))
    let (size, fraction) = (Int(window.u32(at + 8)), window.u32(at + 20))
    let time = Int64(window.u32(at + 16)) &* 1_000_000_000 &+ Int64(fraction) &* 1_000
    guard (1...PcapReader.longestFrame) ~= captured, wire >= captured,
      wire <= PcapReader.longestPacket, fraction < 1_000_000,
      (24...24 + 64) ~= size - captured, last.map({ time.isNear($0) }) ?? true
    else { return .none }
    return .record(size: size, time: time)
  }
}
