import Observations

/// What every container of packets has in common: the records' numbers, their times, what was wrong,
/// and the way from a frame's bytes into the batch. A container adds only its own framing.
struct PacketRecords {
  /// Packets met so far, including those that yielded nothing.
  private(set) var count: UInt64 = 0
  /// What was wrong so far.
  var problems: ProblemLog {
    guard let fragments else { return log }
    var all = log
    for place in fragments.unfinished {
      all.note(.fragmentsMissing, record: place.record, offset: place.offset)
    }
    return all
  }
  private var log = ProblemLog()
  /// Datagrams in fragments; nil until the first.
  private var fragments: FragmentBook?
  /// The last good time.
  private(set) var lastTime: Int64?
  /// The longest frame of which the capture does not hold all; 0 where it holds all of each.
  private(set) var longestCut = 0
  private let usesFastPath: Bool
  private let tally = CaptureTally()
  /// What the capture tells beside its packets.
  var facts: CaptureFacts {
    var facts = tally.facts
    facts.fragments = fragments?.parts ?? 0
    return facts
  }

  /// Stands before the decoder; nil where all packets are wanted, and no frames.
  var gate: PacketGate?

  init(usesFastPath: Bool) { self.usesFastPath = usesFastPath }

  /// Counts something wrong with the record that was taken last.
  mutating func note(_ anomaly: Anomaly, at offset: UInt64) {
    log.note(anomaly, record: count, offset: offset)
  }

  /// Counts something wrong with the record that comes next, once or by the bytes it takes.
  mutating func noteAhead(_ anomaly: Anomaly, at offset: UInt64, count bytes: UInt64 = 1) {
    log.note(anomaly, record: count &+ 1, offset: offset, count: bytes)
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
    if gate != nil { return gated(frame, wire, time, Marks(), link, offset, batch) }
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
    let marks = time == nil ? Marks.timeUncertain : Marks()
    let (wire, time) = (max(wire, frame.byteCount), time ?? lastTime ?? assumed)
    if gate != nil { return gated(frame, wire, time, marks, link, offset, batch) }
    decode(frame, wire, time, marks, link, offset, batch)
  }

  @inline(never)
  private mutating func gated(
    _ frame: RawSpan, _ wire: Int, _ time: Int64, _ marks: Marks, _ link: Link, _ offset: UInt64,
    _ batch: ObservationBatch
  ) {
    let packet = CapturedPacket(
      frame, wire: wire, time: time, kind: link, record: count, offset: offset)
    guard let gate, gate.admits(packet) else { return }
    let before = batch.count
    decode(frame, wire, time, marks, link, offset, batch)
    if let sieve = gate.sieve, batch.count > before { sieve.keep(batch.observations[before]) }
  }

  @inline(never)
  private mutating func decode(
    _ frame: RawSpan, _ wire: Int, _ time: Int64, _ marks: Marks, _ link: Link, _ offset: UInt64,
    _ batch: ObservationBatch
  ) {
    guard link.isDecoded else {
      note(.linkNotDecoded, at: offset)
      tally.count(undecoded: link)
      return
    }
    var decoder = PacketDecoder()
    decoder.observation.time = time
    decoder.observation.marks = marks
    decoder.fragments = fragments
    decoder.place = Place(record: count, offset: offset)
    decoder.tally = tally
    let isSeen = decoder.decode(frame, wire: wire, link: link, into: batch)
    if link.isFilterLog { tally.filtered(isSeen ? decoder.observation.action : nil) }
    if isSeen, !decoder.isPart {
      if let owner = decoder.owner { claim(owner, &decoder.observation) }
      batch.append(decoder.observation, decoder.details, offset: offset, record: count)
    }
    if decoder.noted != 0 { record(decoder.noted, offset) }
    if let book = decoder.fragments {
      fragments = book
      for it in book.takeMissed() {
        log.note(it.anomaly, record: it.place.record, offset: it.place.offset)
      }
    }
  }

  /// Says whose packet it is; in the packet itself where it has nothing else to say there.
  @inline(never)
  private func claim(_ owner: PacketOwner, _ packet: inout Observation) {
    tally.count(owner, of: packet)
    guard packet.hint == .none, !packet.marks.contains(.quoted) else { return }
    packet.marks.insert(.userID)
    packet.detail = owner.user
  }

  @inline(never)
  private mutating func record(_ noted: UInt128, _ offset: UInt64) {
    for anomaly in Anomaly.allCases where noted >> UInt128(anomaly.rawValue) & 1 != 0 {
      note(anomaly, at: offset)
    }
  }
}
