import Observations

/// What every container of packets has in common: the records' numbers, their times, what was wrong,
/// and the way from a frame's bytes into the batch. A container adds only its own framing.
struct PacketRecords {
  /// Packets met so far, including those that yielded nothing.
  private(set) var count: UInt64 = 0
  /// What was wrong so far.
  private(set) var problems = ProblemLog()
  /// The last good time.
  private(set) var lastTime: Int64?
  /// The longest frame of which the capture does not hold all; 0 where it holds all of each.
  private(set) var longestCut = 0
  private let usesFastPath: Bool

  init(usesFastPath: Bool) { self.usesFastPath = usesFastPath }

  /// Counts something wrong with the record that was taken last.
  mutating func note(_ anomaly: Anomaly, at offset: UInt64) {
    problems.note(anomaly, record: count, offset: offset)
  }

  /// Counts something wrong with the record that comes next, once or by the bytes it takes.
  mutating func noteAhead(_ anomaly: Anomaly, at offset: UInt64, count bytes: UInt64 = 1) {
    problems.note(anomaly, record: count &+ 1, offset: offset, count: bytes)
  }

  /// Remembers that a frame was cut to so many bytes.
  @inline(__always)
  mutating func cut(to captured: Int) { longestCut = max(longestCut, captured) }

  /// Counts a record that holds no packet.
  mutating func pass() { count &+= 1 }

  /// Counts a record whose packet cannot be had.
  mutating func skip(_ anomaly: Anomaly, at offset: UInt64) {
    count &+= 1
    note(anomaly, at: offset)
  }

  /// Takes a packet whose record header is in order: at least as many bytes on the wire as captured.
  @inline(__always)
  mutating func take(
    _ frame: RawSpan, wire: Int, time: Int64, link: Link, offset: UInt64,
    into batch: ObservationBatch
  ) {
    count &+= 1
    lastTime = time
    if usesFastPath, link == .ethernet,
      FastPath.decode(frame, wire, time, offset, count, batch)
    {
      return
    }
    decode(frame, wire, time, Marks(), link, offset, batch)
  }

  /// Takes a packet whose record header may lie about its length, or gives no time or an impossible one.
  /// Where `time` is nil the last good one is repeated, or `assumed` where there was none yet.
  @inline(never)
  mutating func takeOdd(
    _ frame: RawSpan, wire: Int, time: Int64?, assumed: Int64, link: Link, offset: UInt64,
    into batch: ObservationBatch
  ) {
    count &+= 1
    if wire < frame.byteCount { note(.recordLengthLies, at: offset) }
    if let time { lastTime = time }
    decode(
      frame, max(wire, frame.byteCount), time ?? lastTime ?? assumed,
      time == nil ? .timeUncertain : Marks(), link, offset, batch)
  }

  @inline(never)
  private mutating func decode(
    _ frame: RawSpan, _ wire: Int, _ time: Int64, _ marks: Marks, _ link: Link, _ offset: UInt64,
    _ batch: ObservationBatch
  ) {
    if link == .notDecoded {
      note(.linkNotDecoded, at: offset)
      return
    }
    var decoder = PacketDecoder()
    decoder.observation.time = time
    decoder.observation.marks = marks
    if decoder.decode(frame, wire: wire, link: link, into: batch) {
      batch.append(decoder.observation, decoder.details, offset: offset, record: count)
    }
    if decoder.noted != 0 { log(decoder.noted, offset) }
  }

  @inline(never)
  private mutating func log(_ noted: UInt128, _ offset: UInt64) {
    for anomaly in Anomaly.allCases where noted >> UInt128(anomaly.rawValue) & 1 != 0 {
      note(anomaly, at: offset)
    }
  }
}
