import Observations

/// AIX's iptrace, versions 1.0 and 2.0 (known from files): big-endian, packets of any interface.
struct IptraceReader: Container {
  /// `iptrace 1.0` or `iptrace 2.0`, without an end.
  static let fileHeaderLength = 11

  var format: String { isSecond ? "iptrace2" : "iptrace1" }
  let candidateLength: Int
  let headerLength = IptraceReader.fileHeaderLength
  private(set) var links = LinkSet()

  private let isSecond: Bool
  /// What stands before each frame: a length and seconds, then what is known of the packet.
  private let header: Int
  private var isInside = false

  /// A container for the trace that begins with `head`; nil where that is none.
  init?(head: RawSpan) {
    guard head.byteCount >= IptraceReader.fileHeaderLength, head.u32(0) == 0x6970_7472,
      head.u32(4) == 0x6163_6520, head.u16(9) == 0x2e30, (0x31...0x32) ~= head.u8(8)
    else { return nil }
    isSecond = head.u8(8) == 0x32
    header = isSecond ? 40 : 30
    candidateLength = header
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
    while !batch.isFull, window.byteCount - at >= header {
      // The length counts what is known of the packet, but neither itself nor the seconds.
      let size = Int(window.u32(at)) + 8
      guard size <= PcapReader.longestFrame + header else {
        return Reading(consumed: at, halt: .lost(.recordTooLong))
      }
      guard size >= header else { return Reading(consumed: at, halt: .lost(.recordBroken)) }
      guard window.byteCount - at >= size else {
        return Reading(consumed: at, halt: isLast ? .lost(.captureCut) : .none)
      }
      take(window, at, size, offset, &records, batch)
      at += size
    }
    if isLast, !batch.isFull, at < window.byteCount {
      records.noteAhead(.captureCut, at: offset &+ UInt64(at))
      at = window.byteCount
    }
    return Reading(consumed: at)
  }

  private mutating func take(
    _ window: RawSpan, _ at: Int, _ size: Int, _ offset: UInt64,
    _ records: inout PacketRecords, _ batch: ObservationBatch
  ) {
    let place = offset &+ UInt64(at)
    let type = window.u8(at + 28)
    let number = IptraceReader.number(type)
    if let number { links.insert(number) }
    // Three bytes of padding stand before the frames of FDDI.
    let first = min(at + header + (type == 15 ? 3 : 0), at + size)
    let frame = window.extracting(first..<at + size)
    let link = number.map { Link(number: $0) } ?? .notDecoded
    if let time = time(window, at) {
      records.take(
        frame, wire: frame.byteCount, time: time, link: link, offset: place, into: batch)
    } else {
      records.takeOdd(
        frame, wire: frame.byteCount, time: nil,
        assumed: Int64(window.u32(at + 4)) &* 1_000_000_000, link: link, offset: place,
        into: batch)
      records.note(.timeImpossible, at: place)
    }
  }

  /// The tcpdump group's number for a type of interface (RFC 1573); nil where there is none.
  private static func number(_ type: UInt8) -> UInt32? {
    switch type {
    case 6, 7: 1
    case 9: 6
    case 15: 10
    case 4, 12, 24, 61: 101
    default: nil
    }
  }

  /// Version 1.0 has whole seconds only.
  private func time(_ window: RawSpan, _ at: Int) -> Int64? {
    guard isSecond else { return Int64(window.u32(at + 4)) &* 1_000_000_000 }
    let nanoseconds = window.u32(at + 36)
    guard nanoseconds < 1_000_000_000 else { return nil }
    return Int64(window.u32(at + 32)) &* 1_000_000_000 &+ Int64(nanoseconds)
  }

  func candidate(_ window: RawSpan, _ at: Int, _ offset: UInt64, _ last: Int64?) -> Candidate {
    let size = Int(window.u32(at)) + 8
    let first = window.u8(at + 12)
    guard size > header, size <= PcapReader.longestFrame + header, window.u8(at + 29) <= 1,
      (0x61...0x7a) ~= first, let time = time(window, at),
      last.map({ time.isNear($0) }) ?? true
    else { return .none }
    if isSecond {
      guard time.isNear(Int64(window.u32(at + 4)) &* 1_000_000_000) else { return .none }
    }
    return .record(size: size, time: time)
  }
}
