import Captures
import Observations

/// What reading a capture came to.
struct Outcome: Equatable {
  struct Seen: Equatable {
    var observation: Observation
    var offset: UInt64
    var record: UInt64
    var details: PacketDetails
    static func == (a: Seen, b: Seen) -> Bool {
      a.offset == b.offset && a.record == b.record && same(a.observation, b.observation)
        && same(a.details, b.details)
    }
    private static func same(_ a: PacketDetails, _ b: PacketDetails) -> Bool {
      a.sender == b.sender && a.receiver == b.receiver && a.sequence == b.sequence
        && a.payloadKey == b.payloadKey && a.payloadLength == b.payloadLength
        && a.window == b.window
    }
    private static func same(_ a: Observation, _ b: Observation) -> Bool {
      a.time == b.time && a.source == b.source && a.destination == b.destination
        && a.sourcePort == b.sourcePort && a.destinationPort == b.destinationPort
        && a.length == b.length && a.transport == b.transport && a.tcpFlags == b.tcpFlags
        && a.marks == b.marks && a.hint == b.hint && a.identification == b.identification
        && a.timeToLive == b.timeToLive && a.detail == b.detail
    }
  }
  struct Learnt: Equatable {
    var kind: Resolution.Kind
    var client: Address
    var address: Address
  }
  var seen: [Seen] = []
  var learnt: [Learnt] = []
  var told: [Told] = []
  var records: UInt64 = 0
  var problems = ProblemLog()
  /// Packets lost and comments, as the capture says.
  var dropped: UInt64 = 0
  var comments: UInt64 = 0
  var facts = CaptureFacts()
  var observations: [Observation] { seen.map(\.observation) }
}

/// Reads a whole capture in windows that begin at `step` bytes and grow where a record needs it; nil where it
/// is none.
func readAll(_ bytes: [UInt8], fast: Bool = true, step: Int = .max) -> Outcome? {
  guard var reader = unsafe CaptureReader(head: bytes.span.bytes, usesFastPath: fast) else {
    return nil
  }
  var outcome = Outcome()
  let batch = ObservationBatch()
  var at = 0
  var size = step
  while at < bytes.count {
    let end = size < bytes.count - at ? at + size : bytes.count
    batch.removeAll()
    let used = unsafe reader.read(
      bytes.span.bytes.extracting(at..<end), offset: UInt64(at), isLast: end == bytes.count,
      into: batch)
    for i in 0..<batch.count {
      outcome.seen.append(
        .init(
          observation: batch.observations[i], offset: batch.offsets[i], record: batch.records[i],
          details: batch.details[i]))
    }
    for i in 0..<batch.resolutionCount {
      let it = batch.resolutions[i]
      outcome.learnt.append(.init(kind: it.kind, client: it.client, address: it.address))
    }
    for i in 0..<batch.sightingCount {
      let it = batch.sightings[i]
      let address = it.address.isIPv4 ? it.address.ipv4 : 0
      outcome.told.append(Told(it.kind, address, batch.bytes(of: it), extra: it.extra))
    }
    if used == 0, !batch.isFull {
      guard end < bytes.count else { break }
      size *= 2
    } else {
      size = step
    }
    at += used
  }
  outcome.records = reader.recordCount
  outcome.problems = reader.problems
  outcome.facts = reader.facts
  (outcome.dropped, outcome.comments) = (reader.dropped, reader.comments)
  return outcome
}
