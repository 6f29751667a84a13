import Observations

/// What must be the same of an observation, however its evidence was cut into windows.
struct SeenPacket: Equatable {
  var time: Int64
  var ends: [Address]
  var ports: [UInt16]
  var kind: [UInt32]
  var marks: Marks
  /// Where its record stands.
  var offset: UInt64
  /// Its record's number.
  var record: UInt64

  init(_ packet: Observation, offset: UInt64, record: UInt64) {
    time = packet.time
    ends = [packet.source, packet.destination]
    ports = [packet.sourcePort, packet.destinationPort, packet.identification]
    kind = [
      packet.length, UInt32(packet.transport.rawValue), UInt32(packet.tcpFlags.rawValue),
      UInt32(packet.action.rawValue), UInt32(packet.path.rawValue), UInt32(packet.timeToLive),
      packet.packets, packet.detail, UInt32(packet.hint.rawValue),
    ]
    marks = packet.marks
    self.offset = offset
    self.record = record
  }
}

/// All that a reader made of some bytes.
struct Outcome: Equatable {
  /// The observations.
  var packets: [SeenPacket] = []
  /// What was wrong.
  var problems = ProblemLog()
  /// Records met.
  var records: UInt64 = 0
  /// Bytes consumed.
  var consumed = 0
}

/// Reads evidence as the program does, in windows that a seed chooses.
enum Reading {
  /// Reads all bytes.
  ///
  /// - Parameters:
  ///   - bytes: the evidence.
  ///   - reader: one that has read nothing yet.
  ///   - seed: chooses the windows' sizes; nil for one window.
  /// - Returns: what was made of it.
  /// - Throws: `Violation` where the reader breaks a rule.
  static func all(
    _ bytes: [UInt8], _ reader: any EvidenceReader, seed: UInt64?
  ) throws(Violation) -> Outcome {
    var reader = reader
    let batch = ObservationBatch()
    var result = Outcome()
    var sizes = Sizes(state: seed.map { $0 | 1 })
    var at = 0
    var size = sizes.next()
    while at < bytes.count {
      let end = size >= bytes.count - at ? bytes.count : at + size
      batch.removeAll()
      let consumed = unsafe reader.read(
        bytes.span.bytes.extracting(at..<end), offset: UInt64(at), isLast: end == bytes.count,
        into: batch)
      try require(consumed >= 0 && consumed <= end - at, "more consumed than there is")
      for i in 0..<batch.count {
        result.packets.append(
          SeenPacket(batch.observations[i], offset: batch.offsets[i], record: batch.records[i]))
      }
      at += consumed
      if consumed == 0, batch.count == 0 {
        if end == bytes.count || end - at >= reader.longestRecord { break }
        // No whole record: the window grows, as it does in the program.
        size += max(size, 1)
      } else {
        size = sizes.next()
      }
    }
    result.problems = reader.problems
    result.records = reader.recordCount
    result.consumed = at
    return result
  }

  private struct Sizes {
    var state: UInt64?
    mutating func next() -> Int {
      guard var x = state else { return .max }
      x ^= x << 13
      x ^= x >> 7
      x ^= x << 17
      state = x
      // Mostly a few bytes, sometimes thousands.
      return Int(1 + (x >> 8) % (x & 7 == 0 ? 5_000 : 90))
    }
  }
}
