public import Observations

/// Microsoft Network Monitor 1.x and 2.x (the file header is published in Network Monitor's own
/// help; the rest is known from files).
///
/// The table that says where the frames begin stands behind them. Evidence is read from front to back, so
/// frames are taken as they follow upon each other, and the table's length tells whether that were all of
/// them. A file with gaps between its frames is read up to the first gap.
///
/// The start is given in the capturing machine's local time, without its zone: times are that clock's,
/// read as UTC. Only version 2.3 stamps its frames in UTC.
public struct NetmonReader: PacketReader {
  /// The longest frame believed, in bytes.
  public static let longestFrame = 256 * 1_024
  /// Bytes before the first frame.
  public static let fileHeaderLength = 128

  /// `netmon1` or `netmon2`.
  public var format: String { isSecond ? "netmon2" : "netmon1" }
  /// Frames met so far, with those that Network Monitor wrote about itself.
  public var recordCount: UInt64 { records.count }
  /// What the capture tells beside its packets.
  public var facts: CaptureFacts { records.facts }
  /// What was wrong so far.
  public var problems: ProblemLog { records.problems }
  /// A frame of `longestFrame` with what stands before and behind it.
  public var longestRecord: Int { NetmonReader.longestFrame + headerLength + trailerLength }

  private enum State { case fileHeader, frames, over }
  private var state = State.fileHeader
  var records: PacketRecords
  private let isSecond: Bool
  private let headerLength: Int
  private let trailerLength: Int
  private let network: UInt16
  /// Nanoseconds; nil where the file's date is none.
  private let start: Int64?
  /// Where the frames end; nil where the header does not say.
  private let end: UInt64?
  private let framesExpected: UInt64

  /// A reader for the capture that begins with `head`; nil where that is no file header of a version
  /// that is known.
  ///
  /// - Parameters:
  ///   - head: at least the first 128 bytes of the evidence; they are read again as part of the stream.
  ///   - usesFastPath: as with `PcapReader`.
  public init?(head: RawSpan, usesFastPath: Bool = true) {
    guard head.byteCount >= NetmonReader.fileHeaderLength else { return nil }
    let (minor, major) = (head.u8(4), head.u8(5))
    switch (head.u32(0), major) {
    case (0x5254_5353, 1): isSecond = false
    case (0x474d_4255, 2): isSecond = true
    default: return nil
    }
    headerLength = isSecond ? 16 : 8
    trailerLength = isSecond ? [0, 2, 6, 15][Int(min(minor, 3))] : 0
    network = head.littleU16(6)
    start = NetmonReader.start(head)
    let table = UInt64(head.littleU32(24))
    end = table >= UInt64(NetmonReader.fileHeaderLength) ? table : nil
    framesExpected = UInt64(head.littleU32(28) / 4)
    records = PacketRecords(usesFastPath: usesFastPath)
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

  /// Reads frames; see `EvidenceReader`.
  public mutating func read(
    _ window: RawSpan, offset: UInt64, isLast: Bool, into batch: ObservationBatch
  ) -> Int {
    var at = 0
    if state == .fileHeader {
      guard window.byteCount >= NetmonReader.fileHeaderLength else {
        return isLast ? stop(.captureCut, window.byteCount, offset) : 0
      }
      at = NetmonReader.fileHeaderLength
      state = .frames
    }
    guard state == .frames else { return window.byteCount }
    while !batch.isFull {
      let place = offset &+ UInt64(at)
      if let end, place >= end { return finish(window.byteCount, place) }
      guard window.byteCount - at >= headerLength else { break }
      let captured = Int(
        isSecond ? window.littleU32(at + 12) : UInt32(window.littleU16(at + 6)))
      let size = headerLength + captured + trailerLength
      guard captured <= NetmonReader.longestFrame, place &+ UInt64(size) <= end ?? .max else {
        return stop(.recordTooLong, window.byteCount, place)
      }
      guard window.byteCount - at >= size else { break }
      frame(window.extracting(at..<at + size), captured, place, batch)
      at += size
    }
    if isLast, !batch.isFull, at < window.byteCount || end != nil {
      return stop(.captureCut, window.byteCount, offset &+ UInt64(at))
    }
    return at
  }

  private mutating func stop(_ anomaly: Anomaly, _ consumed: Int, _ place: UInt64) -> Int {
    records.noteAhead(anomaly, at: place)
    state = .over
    return consumed
  }

  /// Behind the frames there is nothing to be read but how many there should have been.
  private mutating func finish(_ consumed: Int, _ place: UInt64) -> Int {
    if records.count != framesExpected { records.note(.frameCountWrong, at: place) }
    state = .over
    return consumed
  }

  private mutating func frame(
    _ record: RawSpan, _ captured: Int, _ place: UInt64, _ batch: ObservationBatch
  ) {
    let wire = Int(isSecond ? record.littleU32(8) : UInt32(record.littleU16(4)))
    let trailer = headerLength + captured
    let kind = trailerLength >= 2 ? record.littleU16(trailer) : network
    guard kind < 0xffe0 else { return records.pass() }
    let time = time(record, trailer)
    let bytes = record.extracting(headerLength..<trailer)
    let link = NetmonReader.link(kind)
    if let time, wire >= captured {
      records.take(bytes, wire: wire, time: time, link: link, offset: place, into: batch)
    } else {
      records.takeOdd(
        bytes, wire: wire, time: time, assumed: start ?? 0, link: link, offset: place, into: batch)
      if time == nil { records.note(.timeImpossible, at: place) }
    }
  }

  /// Media types: NDIS's, where Network Monitor has some of its own, or from 0xe000 on pcap's.
  private static func link(_ kind: UInt16) -> Link {
    switch kind {
    case 0, 1: .ethernet
    case 7, 8, 9: .raw
    case 0xe000..<0xe080, 0xe08b..<0xf000: Link(number: UInt32(kind & 0x0fff))
    default: .notDecoded
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
    guard let start else { return nil }
    // Milliseconds in version 1. In version 2 microseconds, which may be before the start: negative
    // only once they are tenths of them.
    let passed =
      isSecond
      ? scaled(Int64(bitPattern: record.littleU64(0) &* 10))
      : Int64(record.littleU32(0)) * 1_000_000
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
