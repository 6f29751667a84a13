import Observations

/// Microsoft Network Monitor 1.x and 2.x (the file header is published in Network Monitor's own
/// help; the rest is known from files).
///
/// The table that says where the frames begin stands behind them. Evidence is read from front to back, so
/// frames are taken as they follow upon each other, and the table's length tells whether that were all of
/// them. Gaps between frames are passed over as damage is.
///
/// The start is given in the capturing machine's local time, without its zone: times are that clock's,
/// read as UTC. Only version 2.3 stamps its frames in UTC.
struct NetmonReader: Container {
  /// The longest frame believed, in bytes.
  static let longestFrame = 256 * 1_024
  /// Bytes before the first frame.
  static let fileHeaderLength = 128

  /// `netmon1` or `netmon2`.
  var format: String { isSecond ? "netmon2" : "netmon1" }
  var candidateLength: Int { recordHeader }
  let headerLength = NetmonReader.fileHeaderLength
  private(set) var links = LinkSet()

  private var isInside = false
  private let isSecond: Bool
  private let recordHeader: Int
  private let trailerLength: Int
  private let network: UInt16
  /// Nanoseconds; nil where the file's date is none.
  private let start: Int64?
  /// Where the frames end; nil where the header does not say.
  private var end: UInt64?
  private let framesExpected: UInt64

  /// A container for the capture that begins with `head`; nil where that is no file header of a
  /// version that is known.
  init?(head: RawSpan) {
    guard head.byteCount >= NetmonReader.fileHeaderLength else { return nil }
    let (minor, major) = (head.u8(4), head.u8(5))
    switch (head.u32(0), major) {
    case (0x5254_5353, 1): isSecond = false
    case (0x474d_4255, 2): isSecond = true
    default: return nil
    }
    recordHeader = isSecond ? 16 : 8
    trailerLength = isSecond ? [0, 2, 6, 15][Int(min(minor, 3))] : 0
    network = head.littleU16(6)
    start = NetmonReader.start(head)
    let table = UInt64(head.littleU32(24))
    end = table >= UInt64(NetmonReader.fileHeaderLength) ? table : nil
    framesExpected = UInt64(head.littleU32(28) / 4)
  }

  /// Windows' SYSTEMTIME at offset 8: year, month, weekday, day, hour, minute, second, millisecond.
  private static func start(_ head: RawSpan) -> Int64? {
    let fields = (0..<8).map { Int(head.littleU16(8 + 2 * $0)) }
    guard (1970...2261).contains(fields[0]), (1...12).contains(fields[1]),
      (1...31).contains(fields[3]), fields[4] < 24, fields[5] < 60, fields[6] < 60,
      fields[7] < 1_000
    else { return nil }
    return CivilTime(
      year: fields[0], month: fields[1], day: fields[3], hour: fields[4], minute: fields[5],
      second: fields[6], nanosecond: fields[7] * 1_000_000
    ).timestamp.nanoseconds
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
    while !batch.isFull {
      let place = offset &+ UInt64(at)
      if let end, place >= end {
        // Behind the frames there is nothing to be read but how many there should have been.
        if records.count != framesExpected { records.note(.frameCountWrong, at: place) }
        return Reading(consumed: at, halt: .over)
      }
      guard window.byteCount - at >= recordHeader else { break }
      let captured = captured(window, at)
      guard captured <= NetmonReader.longestFrame else {
        return Reading(consumed: at, halt: .lost(.recordTooLong))
      }
      guard captured > 0 || wire(window, at) > 0 else {
        return Reading(consumed: at, halt: .lost(.recordBroken))
      }
      let size = recordHeader + captured + trailerLength
      if let end, place &+ UInt64(size) > end {
        switch doubtEnd(window, at, offset, isLast, &records) {
        case .holds: continue
        case .unclear: return Reading(consumed: at)
        case .broken: return Reading(consumed: at, halt: .lost(.recordTooLong))
        }
      }
      guard window.byteCount - at >= size else {
        return Reading(consumed: at, halt: isLast ? .lost(.captureCut) : .none)
      }
      frame(window.extracting(at..<at + size), captured, place, &records, batch)
      at += size
    }
    if isLast, !batch.isFull, at < window.byteCount || end != nil {
      records.noteAhead(.captureCut, at: offset &+ UInt64(at))
      return Reading(consumed: window.byteCount, halt: .over)
    }
    return Reading(consumed: at)
  }

  /// A frame reaches beyond where frames should end: where others follow upon it, the header is wrong.
  private mutating func doubtEnd(
    _ window: RawSpan, _ at: Int, _ offset: UInt64, _ isLast: Bool, _ records: inout PacketRecords
  ) -> Chain {
    var endless = self
    endless.end = nil
    let chain = endless.chain(window, at, offset, isLast, records.lastTime)
    if chain == .holds {
      end = nil
      records.noteAhead(.frameCountWrong, at: offset &+ UInt64(at))
    }
    return chain
  }

  private func captured(_ window: RawSpan, _ at: Int) -> Int {
    Int(isSecond ? window.littleU32(at + 12) : UInt32(window.littleU16(at + 6)))
  }

  private func wire(_ window: RawSpan, _ at: Int) -> Int {
    Int(isSecond ? window.littleU32(at + 8) : UInt32(window.littleU16(at + 4)))
  }

  private mutating func frame(
    _ record: RawSpan, _ captured: Int, _ place: UInt64, _ records: inout PacketRecords,
    _ batch: ObservationBatch
  ) {
    let wire = wire(record, 0)
    let trailer = recordHeader + captured
    let kind = trailerLength >= 2 ? record.littleU16(trailer) : network
    guard kind < 0xffe0 else { return records.pass() }
    let time = time(record, trailer)
    let bytes = record.extracting(recordHeader..<trailer)
    let number = NetmonReader.number(kind)
    if let number { links.insert(number) }
    let link = number.map { Link(number: $0) } ?? .notDecoded
    if wire > captured { records.cut(to: captured) }
    if let time, wire >= captured {
      records.take(bytes, wire: wire, time: time, link: link, offset: place, into: batch)
    } else {
      records.takeOdd(
        bytes, wire: wire, time: time, assumed: start ?? 0, link: link, offset: place, into: batch)
      if time == nil { records.note(.timeImpossible, at: place) }
    }
  }

  func candidate(_ window: RawSpan, _ at: Int, _ offset: UInt64, _ last: Int64?) -> Candidate {
    let place = offset &+ UInt64(at)
    if place == end { return .end }
    let (captured, wire) = (captured(window, at), wire(window, at))
    let size = recordHeader + captured + trailerLength
    guard (1...NetmonReader.longestFrame) ~= captured, wire >= captured,
      wire <= PcapReader.longestPacket, place &+ UInt64(size) <= end ?? .max
    else { return .none }
    let time = passed(window, at)
    guard let time, last.map({ time.isNear($0) }) ?? true else { return .none }
    return .record(size: size, time: time)
  }

  /// Media types: NDIS's, where Network Monitor has some of its own, or from 0xe000 on pcap's.
  private static func number(_ kind: UInt16) -> UInt32? {
    switch kind {
    case 0, 1: 1
    case 7, 8, 9: 101
    case 0xe000..<0xe080, 0xe08b..<0xf000: UInt32(kind & 0x0fff)
    default: nil
    }
  }

  private func time(_ record: RawSpan, _ trailer: Int) -> Int64? {
    if trailerLength == 15 {
      // Units of 100 ns since 1601; zero where Network Monitor could not tell.
      let stamp = record.littleU64(trailer + 6)
      if stamp != 0 {
        return Int64(exactly: stamp).flatMap { scaled($0 - 116_444_736_000_000_000) }
      }
    }
    return passed(record, 0)
  }

  /// The time that a frame's header gives: since the start.
  private func passed(_ record: RawSpan, _ at: Int) -> Int64? {
    guard let start else { return nil }
    // Milliseconds in version 1. In version 2 microseconds, which may be before the start: negative
    // only once they are tenths of them.
    let passed =
      isSecond
      ? scaled(Int64(bitPattern: record.littleU64(at) &* 10))
      : Int64(record.littleU32(at)) * 1_000_000
    guard let (sum, isBeyond) = passed.map(start.addingReportingOverflow), !isBeyond else {
      return nil
    }
    return sum
  }

  private func scaled(_ tenths: Int64) -> Int64? {
    let (value, isBeyond) = tenths.multipliedReportingOverflow(by: 100)
    return isBeyond ? nil : value
  }
}
