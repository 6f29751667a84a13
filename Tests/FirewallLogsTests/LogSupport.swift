import FirewallLogs
import Foundation
import Observations

/// One observation with its place, in a form that can be compared.
struct ReadRecord: Equatable {
  var time: Int64
  var source: Address
  var destination: Address
  var sourcePort: UInt16
  var destinationPort: UInt16
  var length: UInt32
  var transport: Transport
  var tcpFlags: TCPFlags
  var marks: Marks
  var action: Action
  var path: Path
  var hint: ApplicationHint
  var identification: UInt16
  var timeToLive: UInt8
  var packets: UInt32
  var detail: UInt32
  var offset: UInt64
  var record: UInt64

  init(_ o: Observation, offset: UInt64, record: UInt64) {
    time = o.time
    source = o.source
    destination = o.destination
    sourcePort = o.sourcePort
    destinationPort = o.destinationPort
    length = o.length
    transport = o.transport
    tcpFlags = o.tcpFlags
    marks = o.marks
    action = o.action
    path = o.path
    hint = o.hint
    identification = o.identification
    timeToLive = o.timeToLive
    packets = o.packets
    detail = o.detail
    self.offset = offset
    self.record = record
  }
}

/// All that a reader made of some bytes.
struct ReadLog: Equatable {
  var records: [ReadRecord] = []
  var problems = ProblemLog()
  var lines: UInt64 = 0
  var otherLines: UInt64 = 0
  var tally = LogTally()
  var usesAssumedYear = false
  var shares: [LogShare] = []
  var consumed = 0
}

enum LogSupport {
  static let now = Timestamp("2026-06-01T00:00:00Z") ?? Timestamp(seconds: 0)
  static let context = LogContext(year: 2009, zoneOffsetSeconds: 0, now: now)

  /// Reads bytes as `Intake` does, in windows of at most `window` bytes that grow when asked.
  static func read(
    _ bytes: [UInt8], format: String = "netfilter", context: LogContext = context,
    window: Int = .max
  ) -> ReadLog {
    guard var reader = LogFormats.makeReader(named: format, context: context) else {
      return ReadLog()
    }
    return read(bytes, by: &reader, window: window)
  }

  /// Reads bytes as the formats that they are recognised as; nil where they are none.
  static func readAny(
    _ bytes: [UInt8], context: LogContext = context, window: Int = .max
  ) -> ReadLog? {
    guard let recognised = recognise(bytes, context: context) else { return nil }
    var reader = recognised.makeReader(context: context)
    return read(bytes, by: &reader, window: window)
  }

  /// Reads bytes by a reader that has read nothing yet.
  static func read(
    _ bytes: [UInt8], by reader: inout any LogReader, window: Int = .max
  ) -> ReadLog {
    let batch = ObservationBatch()
    var log = ReadLog()
    var at = 0
    var size = window
    while at < bytes.count {
      let end = size >= bytes.count - at ? bytes.count : at + size
      batch.removeAll()
      let consumed = unsafe reader.read(
        bytes.span.bytes.extracting(at..<end), offset: UInt64(at), isLast: end == bytes.count,
        into: batch)
      for i in 0..<batch.count {
        log.records.append(
          ReadRecord(batch.observations[i], offset: batch.offsets[i], record: batch.records[i]))
      }
      if consumed == 0, batch.count == 0 {
        if end == bytes.count { break }
        size = min(size + max(1, window), reader.longestRecord)
        if end - at >= reader.longestRecord { break }
        continue
      }
      size = window
      at += consumed
    }
    log.problems = reader.problems
    log.lines = reader.recordCount
    log.otherLines = reader.otherLines
    log.tally = reader.tally
    log.usesAssumedYear = reader.usesAssumedYear
    log.shares = reader.shares
    log.consumed = at
    return log
  }

  static func read(
    _ text: String, format: String = "netfilter", context: LogContext = context,
    window: Int = .max
  ) -> ReadLog {
    read(Array(text.utf8), format: format, context: context, window: window)
  }

  /// What the bytes are recognised as.
  static func recognise(_ bytes: [UInt8], context: LogContext = context) -> LogRecognition? {
    unsafe LogFormats.recognise(bytes.span.bytes, context: context)
  }

  /// The package's root folder.
  static var root: URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
  }

  /// A fixture of this room.
  static func fixture(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: root.appendingPathComponent("Fixtures/logs/\(name)")))
  }

  /// Where real evidence lies, if it is there.
  static var evidenceFolder: URL {
    let stated = ProcessInfo.processInfo.environment["CULPRIT_EVIDENCE"]
    return stated.map { URL(fileURLWithPath: $0) }
      ?? root.deletingLastPathComponent().appendingPathComponent("shared/evidence")
  }

  /// Real evidence; nil, with a line on standard output, where it is absent.
  static func evidence(_ name: String, isOptional: Bool = false) -> [UInt8]? {
    let folder = evidenceFolder
    guard let data = try? Data(contentsOf: folder.appendingPathComponent(name)) else {
      if isOptional { return nil }
      print("skipped: no \(name) below \(folder.path); set CULPRIT_EVIDENCE")
      return nil
    }
    return Array(data)
  }
}

extension Sequence where Element: Hashable {
  /// The different elements.
  var distinct: Set<Element> { Set(self) }
}
