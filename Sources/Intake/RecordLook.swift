internal import Captures
public import Observations

/// One record of evidence, read once more.
public struct RecordSight: Sendable {
  /// Where it stands.
  public var place: Place
  /// Its beginning: of a packet's frame, or of a line without its end.
  public var head: [UInt8]
  /// How much of it the evidence holds, in bytes.
  public var held: Int
  /// How long a packet was as it was sent; of a line the same as `held`.
  public var sent: Int
  /// What a packet says; nil where it says nothing that is decoded, and of lines.
  public var packet: Observation?
}

extension OpenedEvidence {
  /// Reads a file from its beginning to the last of some records, and shows those.
  ///
  /// - Parameters:
  ///   - records: the numbers of packets, or the places of lines in bytes.
  ///   - file: a capture or a log.
  ///   - headLength: bytes of each record that are shown.
  ///   - most: bytes of the file, as it is stored, behind which nothing is looked for.
  ///   - body: takes each record, in order.
  /// - Returns: whether it was read as far as the last of them, or to its end.
  public func look(
    for records: Set<UInt64>, in file: EvidenceFile, headLength: Int, most: UInt64,
    _ body: @escaping (RecordSight) -> Void
  ) -> Bool {
    guard let last = records.max() else { return true }
    var isPast = false
    let tap = PacketTap(wants: { number in
      if number >= last { isPast = true }
      return records.contains(number)
    }) { packet, observation, _ in
      body(
        RecordSight(
          place: Place(record: packet.record, offset: packet.offset),
          head: unsafe packet.bytes.withUnsafeBytes { unsafe Array($0.prefix(headLength)) },
          held: packet.bytes.byteCount, sent: packet.wire, packet: observation))
    }
    guard let stream = stream(file, tap: file.kind == .capture ? tap : nil) else { return false }
    var shown: UInt64?
    stream.onRead { line, offset, _ in
      if offset >= last { isPast = true }
      guard offset != shown, records.contains(offset) else { return }
      shown = offset
      body(
        RecordSight(
          place: Place(record: 0, offset: offset),
          head: unsafe line.withUnsafeBytes { unsafe Array($0.prefix(headLength)) },
          held: line.byteCount, sent: line.byteCount, packet: nil))
    }
    let batch = ObservationBatch()
    var more = true
    while more, !isPast {
      guard stream.bytes <= most else { return false }
      batch.removeAll()
      more = stream.fill(batch)
    }
    return stream.failure == nil
  }
}
