import Observations

/// Classic pcap (draft-ietf-opsawg-pcap): both byte orders, microseconds and nanoseconds, and what
/// others made of it (`PcapVariant`).
struct PcapReader: Container {
  /// The longest frame believed, in bytes; a longer claim means that the file is damaged.
  static let longestFrame = 256 * 1_024
  /// Bytes before the first record.
  static let fileHeaderLength = 24
  /// What is farther from the last record is looked at twice: a day in seconds, and in nanoseconds.
  private static let day: UInt32 = 86_400
  private static let dayLong = 86_400_000_000_000 as UInt64
  /// A longer packet is not believed where the file is doubted.
  static let longestPacket = 1 << 20

  /// The first four bytes of such files, in the order they stand there.
  static let magics: [UInt32] = [
    0xa1b2_c3d4, 0xd4c3_b2a1, 0xa1b2_3c4d, 0x4d3c_b2a1, 0xa1b2_cd34, 0x34cd_b2a1,
    0x1c00_01ac, 0xac01_001c, 0x1c00_01ab, 0xab01_001c,
  ]

  let format = "pcap"
  let candidateLength: Int
  let headerLength: Int
  private(set) var links = LinkSet()

  private var isInside = false
  private let order: ByteOrder
  private let variant: PcapVariant
  private let link: Link
  /// Fractions of a second are below this.
  private let fractions: UInt32
  /// Nanoseconds of one.
  private let unit: Int64
  /// What the file says is kept of a packet; `longestFrame` where it does not say.
  private let snapLength: Int
  /// Bytes before each frame.
  private let header: Int
  /// Where in them the length of the frame stands, and where that of the packet.
  private let (capturedAt, wireAt): (Int, Int)
  /// The last record's; 0 before the first.
  private var seconds: UInt32 = 0

  /// A container for the capture that begins with `head`; nil where that is no pcap file header.
  init?(head: RawSpan) {
    guard head.byteCount >= PcapReader.fileHeaderLength, let order = PcapVariant.order(head)
    else { return nil }
    self.order = order
    variant = PcapVariant.recognise(head, order)
    headerLength = variant.fileHeader
    guard head.byteCount >= headerLength else { return nil }
    (header, candidateLength) = (variant.recordHeader, variant.recordHeader)
    (capturedAt, wireAt) = variant.lengths == .swapped ? (12, 8) : (8, 12)
    (fractions, unit) = variant.isNano ? (1_000_000_000, 1) : (1_000_000, 1_000)
    link = Link(number: variant.linkNumber, isBigEndian: order.isBig)
    links.insert(variant.linkNumber)
    let snap = order.u32(head, 16)
    snapLength = (1...UInt32(PcapReader.longestFrame)) ~= snap ? Int(snap) : PcapReader.longestFrame
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
    while !batch.isFull, window.byteCount &- at >= header {
      let now = order.u32(window, at)
      let captured = Int(order.u32(window, at &+ capturedAt))
      let wire = Int(order.u32(window, at &+ wireAt))
      let fraction = order.u32(window, at &+ 4)
      guard fraction < fractions, captured > 0, captured <= snapLength,
        wire == captured || (wire > captured && captured == snapLength),
        now &- seconds &+ PcapReader.day < 2 &* PcapReader.day
      else {
        let step = odd(window, at, offset, isLast, &records, batch)
        if step.consumed > 0 { seconds = now }
        at &+= step.consumed
        if case .none = step.halt, step.consumed > 0 { continue }
        if case .none = step.halt { break }
        return Reading(consumed: at, halt: step.halt)
      }
      guard window.byteCount &- at &- header >= captured else {
        // What claims more than there is may be no record at all.
        return Reading(consumed: at, halt: isLast ? .lost(.captureCut) : .none)
      }
      seconds = now
      if wire != captured { records.cut(to: captured) }
      let time = Int64(now) &* 1_000_000_000 &+ Int64(fraction) &* unit
      records.take(
        window.extracting(at &+ header..<at &+ header &+ captured), wire: wire, time: time,
        link: link, offset: offset &+ UInt64(at), into: batch)
      at = at &+ header &+ captured
    }
    if isLast, !batch.isFull, at < window.byteCount {
      records.noteAhead(.captureCut, at: offset &+ UInt64(at))
      at = window.byteCount
    }
    return Reading(consumed: at)
  }

  /// Reads a record that may be none: nothing or too much of the packet captured, no time, or one far
  /// from the last.
  ///
  /// Where it is doubtful what follows it tells. Consumes nothing where that cannot be seen yet.
  @inline(never)
  private func odd(
    _ window: RawSpan, _ at: Int, _ offset: UInt64, _ isLast: Bool,
    _ records: inout PacketRecords, _ batch: ObservationBatch
  ) -> Reading {
    let fields = fields(window, at)
    if fields.captured > PcapReader.longestFrame {
      return Reading(consumed: 0, halt: .lost(.recordTooLong))
    }
    if fields.isEmpty || (fields.captured == 0 && CaptureFormats.mayBegin(window, at)) {
      return Reading(consumed: 0, halt: .lost(.recordBroken))
    }
    let size = header + fields.captured
    let isJump =
      records.lastTime.map { (fields.time &- $0).magnitude > PcapReader.dayLong } ?? false
    let contradicts =
      fields.wire < fields.captured || fields.captured > snapLength
      || fields.fraction >= fractions || isJump
    guard window.byteCount - at >= size else {
      // At the end a record that is not whole may be none at all.
      return Reading(consumed: 0, halt: isLast ? .lost(.captureCut) : .none)
    }
    if window.byteCount - at < size + header {
      guard isLast else { return Reading(consumed: 0) }
    } else if !mayFollow(window, at + size, fields) {
      // Either header may be damaged. What contradicts itself is.
      if contradicts { return Reading(consumed: 0, halt: .lost(.recordBroken)) }
      take(window, at, fields, offset, &records, batch)
      return Reading(consumed: header, halt: .lost(.recordBroken))
    }
    take(window, at, fields, offset, &records, batch)
    return Reading(consumed: size)
  }

  private func take(
    _ window: RawSpan, _ at: Int, _ fields: Fields, _ offset: UInt64,
    _ records: inout PacketRecords, _ batch: ObservationBatch
  ) {
    let frame = window.extracting(at + header..<at + header + fields.captured)
    let place = offset &+ UInt64(at)
    let isFraction = fields.fraction < fractions
    if fields.wire > fields.captured { records.cut(to: fields.captured) }
    if isFraction, fields.wire >= fields.captured {
      records.take(
        frame, wire: fields.wire, time: fields.time, link: link, offset: place, into: batch)
      return
    }
    records.takeOdd(
      frame, wire: fields.wire, time: isFraction ? fields.time : nil, assumed: fields.seconds,
      link: link, offset: place, into: batch)
    if !isFraction { records.note(.timeImpossible, at: place) }
  }

  /// What a record's header says.
  private struct Fields {
    var seconds: Int64
    var time: Int64
    var fraction: UInt32
    var captured: Int
    var wire: Int
    /// Zeros stand where a record should: a hole in the file.
    var isEmpty: Bool { captured == 0 && wire == 0 && time == 0 }
  }

  private func fields(_ window: RawSpan, _ at: Int) -> Fields {
    let seconds = Int64(order.u32(window, at)) &* 1_000_000_000
    let fraction = order.u32(window, at &+ 4)
    var captured = Int(order.u32(window, at &+ capturedAt))
    var wire = Int(order.u32(window, at &+ wireAt))
    if variant.lengths == .perhapsSwapped, captured > wire { swap(&captured, &wire) }
    return Fields(
      seconds: seconds, time: seconds &+ Int64(fraction) &* unit, fraction: fraction,
      captured: captured, wire: wire)
  }

  /// Whether another record may follow at a place: no odder than the one before.
  private func mayFollow(_ window: RawSpan, _ at: Int, _ before: Fields) -> Bool {
    if CaptureFormats.mayBegin(window, at) { return true }
    let next = fields(window, at)
    return next.captured <= PcapReader.longestFrame && next.wire <= PcapReader.longestPacket
      && next.captured + next.wire > 0 && next.time.isNear(before.time)
      && (next.fraction < fractions || next.wire == next.captured)
      && (next.wire >= next.captured || before.wire < before.captured)
  }

  func candidate(_ window: RawSpan, _ at: Int, _ offset: UInt64, _ last: Int64?) -> Candidate {
    let fields = fields(window, at)
    guard fields.fraction < fractions, (1...PcapReader.longestFrame) ~= fields.captured,
      fields.wire >= fields.captured, fields.wire <= PcapReader.longestPacket,
      last.map({ fields.time.isNear($0) }) ?? true
    else { return .none }
    return .record(size: header + fields.captured, time: fields.time)
  }
}

extension Int64 {
  /// Whether a time may follow, or stand shortly before, another in one capture: within a leap year.
  func isNear(_ other: Int64) -> Bool {
    let (distance, isFar) = subtractingReportingOverflow(other)
    return !isFar && distance.magnitude <= 366 * 86_400 * 1_000_000_000
  }
}
