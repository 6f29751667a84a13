public import Observations

/// Classic pcap (draft-ietf-opsawg-pcap): both byte orders, microseconds and nanoseconds.
public struct PcapReader: PacketReader {
  /// The longest frame believed, in bytes; a longer claim means that the file is damaged.
  public static let longestFrame = 256 * 1_024
  /// Bytes before the first record.
  public static let fileHeaderLength = 24
  /// Bytes before each frame.
  public static let recordHeaderLength = 16

  /// Always `pcap`.
  public let format = "pcap"
  /// Packets met so far.
  public var recordCount: UInt64 { records.count }
  /// What the capture tells beside its packets.
  public var facts: CaptureFacts { records.facts }
  /// What was wrong so far.
  public var problems: ProblemLog { records.problems }
  /// A frame of `longestFrame` with its header.
  public var longestRecord: Int { PcapReader.longestFrame + PcapReader.recordHeaderLength }
  /// The link type's number; 16 bits.
  public let linkNumber: UInt32

  private enum State { case fileHeader, records, over }
  private var state = State.fileHeader
  private let isBigEndian: Bool
  private let isNano: Bool
  private let link: Link
  var records: PacketRecords

  /// A reader for the capture that begins with `head`; nil where that is no pcap file header.
  ///
  /// - Parameters:
  ///   - head: at least the first 24 bytes of the evidence; they are read again as part of the stream.
  ///   - usesFastPath: false sends every packet through the views. The outcome is the same; for
  ///     tests and measurements.
  public init?(head: RawSpan, usesFastPath: Bool = true) {
    guard head.byteCount >= PcapReader.fileHeaderLength else { return nil }
    switch head.u32(0) {
    case 0xa1b2_c3d4: (isBigEndian, isNano) = (true, false)
    case 0xd4c3_b2a1: (isBigEndian, isNano) = (false, false)
    case 0xa1b2_3c4d: (isBigEndian, isNano) = (true, true)
    case 0x4d3c_b2a1: (isBigEndian, isNano) = (false, true)
    default: return nil
    }
    // The upper bits tell of a frame check sequence, which the lengths inside the packet leave out anyway.
    linkNumber = (isBigEndian ? head.u32(20) : head.littleU32(20)) & 0xffff
    link = Link(number: linkNumber, isBigEndian: isBigEndian)
    records = PacketRecords(usesFastPath: usesFastPath)
  }

  /// Reads packets; see `EvidenceReader`.
  public mutating func read(
    _ window: RawSpan, offset: UInt64, isLast: Bool, into batch: ObservationBatch
  ) -> Int {
    var at = 0
    if state == .fileHeader {
      guard window.byteCount >= PcapReader.fileHeaderLength else {
        return isLast ? stop(.captureCut, window.byteCount, offset) : 0
      }
      at = PcapReader.fileHeaderLength
      state = .records
    }
    guard state == .records else { return window.byteCount }
    while !batch.isFull, window.byteCount &- at >= PcapReader.recordHeaderLength {
      let captured = Int(number(window, at &+ 8))
      guard captured <= PcapReader.longestFrame else {
        return stop(.recordTooLong, window.byteCount, offset &+ UInt64(at))
      }
      guard window.byteCount &- at &- 16 >= captured else { break }
      packet(window, at, captured, offset &+ UInt64(at), batch)
      at = at &+ 16 &+ captured
    }
    if isLast, !batch.isFull, at < window.byteCount {
      return stop(.captureCut, window.byteCount, offset &+ UInt64(at))
    }
    return at
  }

  private mutating func stop(_ anomaly: Anomaly, _ consumed: Int, _ offset: UInt64) -> Int {
    if consumed > 0 { records.noteAhead(anomaly, at: offset) }
    state = .over
    return consumed
  }

  @inline(__always)
  private func number(_ window: RawSpan, _ at: Int) -> UInt32 {
    isBigEndian ? window.u32(at) : window.littleU32(at)
  }

  @inline(__always)
  private mutating func packet(
    _ window: RawSpan, _ at: Int, _ captured: Int, _ offset: UInt64, _ batch: ObservationBatch
  ) {
    let wire = Int(number(window, at &+ 12))
    let fraction = number(window, at &+ 4)
    let seconds = Int64(number(window, at)) &* 1_000_000_000
    let frame = window.extracting(at &+ 16..<at &+ 16 &+ captured)
    let time = seconds &+ Int64(fraction) &* (isNano ? 1 : 1_000)
    let isFraction = fraction < (isNano ? 1_000_000_000 : 1_000_000)
    if isFraction, wire >= captured {
      records.take(frame, wire: wire, time: time, link: link, offset: offset, into: batch)
    } else {
      records.takeOdd(
        frame, wire: wire, time: isFraction ? time : nil, assumed: seconds, link: link,
        offset: offset, into: batch)
      if !isFraction { records.note(.timeImpossible, at: offset) }
    }
  }
}
