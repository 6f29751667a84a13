import Foundation
import GRDB
import Observations
public import Pool

/// What an import came to.
public struct ImportResult: Hashable, Sendable {
  /// Batches that are new here.
  public var batches = 0
  /// Batches that were here already.
  public var duplicates = 0
  /// Lines that are no line of an export, or whose digest does not hold, by number from 1.
  public var refused: [Int] = []
  /// Batches of which single reports had been forgotten or erased: their digest cannot be checked, and
  /// they are not taken in.
  public var incomplete = 0
  /// Sensors that are new here.
  public var sensors = 0
  /// Incidents that are new here.
  public var incidents = 0
}

extension SQLiteStore {
  private static let form = 1

  /// Writes everything that single reports, sensors and journals tell as JSON Lines, in a fixed order.
  /// Sums are not written: they follow. Tokens are not, either: they are secrets.
  ///
  /// - Parameter write: gets a line at a time, with its line feed.
  /// - Throws: `StoreError`, or what `write` throws as `.rejected`.
  public func export(
    _ write: @escaping @Sendable ([UInt8]) throws -> Void
  ) async throws(StoreError) {
    try await work { [self] db in
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      func put(_ line: ExportLine) throws {
        try write([UInt8](try encoder.encode(line)) + [0x0a])
      }
      try put(ExportLine(culpritPool: Self.form))
      for row in try Row.fetchAll(db, sql: "SELECT * FROM sensor ORDER BY id") {
        try put(ExportLine(sensor: ExportLine.Sensor(try Self.record(row))))
      }
      let present = Set(try Int.fetchAll(db, sql: "SELECT day FROM raw_day"))
      let batches = try Row.fetchCursor(db, sql: "SELECT * FROM batch ORDER BY sensor, seq")
      while let row = try batches.next() {
        let stored = try StoredBatch(row: row, present: present, days: days)
        try put(ExportLine(batch: ExportLine.Batch(stored)))
      }
      let incidents = try Row.fetchCursor(
        db, sql: "SELECT id, src, opened FROM incident ORDER BY id")
      while let row = try incidents.next() {
        let id = IncidentID(rawValue: try row.decode(atIndex: 0))
        let journal = try Self.journal(id, db)
        let opened = Timestamp(nanoseconds: try row.decode(atIndex: 2))
        try put(
          ExportLine(
            incident: ExportLine.Incident(
              number: id.rawValue,
              subject: try Address(blob: try row.decode(atIndex: 1)).description,
              opened: opened.description, journal: journal.map(ExportLine.Incident.Event.init))))
      }
    }
  }

  /// Takes in what `export` wrote, line by line. A line that is none harms no other.
  ///
  /// - Parameter lines: the lines, without their line feeds.
  /// - Returns: what became of them.
  /// - Throws: `StoreError`.
  public func importLines(
    _ lines: some Sequence<[UInt8]> & Sendable
  ) async throws(StoreError) -> ImportResult {
    var result = ImportResult()
    let decoder = JSONDecoder()
    for (index, bytes) in lines.enumerated() {
      guard let line = try? decoder.decode(ExportLine.self, from: Data(bytes)) else {
        result.refused.append(index + 1)
        continue
      }
      let taken: Bool
      if let batch = line.batch {
        taken = try await take(batch, &result)
      } else if let sensor = line.sensor {
        taken = try await take(sensor, &result)
      } else if let incident = line.incident {
        taken = try await take(incident, &result)
      } else {
        taken = line.culpritPool == Self.form
      }
      if !taken { result.refused.append(index + 1) }
    }
    return result
  }

  private func take(
    _ line: ExportLine.Batch, _ result: inout ImportResult
  ) async throws(StoreError) -> Bool {
    guard line.whole else {
      result.incomplete += 1
      return true
    }
    guard let submission = line.submission else { return false }
    switch try await append([submission]).first {
    case .stored: result.batches += 1
    case .duplicate: result.duplicates += 1
    case .conflict, nil: return false
    }
    return true
  }

  private func take(
    _ line: ExportLine.Sensor, _ result: inout ImportResult
  ) async throws(StoreError) -> Bool {
    guard let record = line.record else { return false }
    let isNew = try await write { db in
      let known = try Bool.fetchOne(
        db, sql: "SELECT 1 FROM sensor WHERE id=?", arguments: [record.id.rawValue])
      if known == nil { try Self.insert(record, db) }
      return known == nil
    }
    if isNew { result.sensors += 1 }
    return true
  }

  private func take(
    _ line: ExportLine.Incident, _ result: inout ImportResult
  ) async throws(StoreError) -> Bool {
    guard let subject = Address(line.subject), let opened = Timestamp(line.opened) else {
      return false
    }
    var journal: [(event: IncidentEvent, at: Timestamp)] = []
    for entry in line.journal {
      guard let at = Timestamp(entry.at), let data = Data(base64Encoded: entry.encoded),
        let event = try? IncidentEvent(encoded: [UInt8](data))
      else { return false }
      journal.append((event, at))
    }
    let number = IncidentID(rawValue: line.number)
    guard
      let told = try? Incident(id: number, subject: subject, opened: opened, journal: journal),
      try await incident(subject: subject) == nil, try await incident(number) == nil
    else { return false }
    try await write { [journal] db in try Self.insert(told, journal, db) }
    result.incidents += 1
    return true
  }
}

extension ExportLine.Sensor {
  init(_ record: SensorRecord) {
    publicKey = Data(record.publicKey).base64EncodedString()
    name = record.name
    network = record.declaredNetwork?.description
    watched = record.watched
    enrolled = record.enrolled.description
    suspended = record.suspension?.since.description
    because = record.suspension?.because
  }

  var record: SensorRecord? {
    guard let key = Data(base64Encoded: publicKey), key.count == 32,
      let since = Timestamp(enrolled)
    else { return nil }
    var record = SensorRecord(
      publicKey: [UInt8](key), name: name, declaredNetwork: nil, watched: watched,
      enrolled: since)
    if let network {
      guard let prefix = Prefix(network) else { return nil }
      record.declaredNetwork = prefix
    }
    if let suspended {
      guard let since = Timestamp(suspended) else { return nil }
      record.suspension = SensorRecord.Suspension(since: since, because: because ?? "")
    }
    return record
  }
}

extension ExportLine.Batch {
  init(_ stored: StoredBatch) {
    sensor = stored.id.sensor.description
    sequence = stored.id.sequence
    network = stored.network.description
    received = stored.received.description
    digest = stored.digest.description
    whole = stored.isWhole && stored.count > 0 && stored.count == stored.reports.count
    reports = stored.reports.map { ReportLine(index: $0.index, $0.report) }
  }

  /// The batch, if its digest holds.
  var submission: Submission? {
    guard let sensor = SensorID(sensor), let network = Prefix(network),
      let received = Timestamp(received), sequence > 0,
      reports.count <= PoolLimits.reportsOfBatch
    else { return nil }
    let read = reports.compactMap(\.report)
    guard read.count == reports.count else { return nil }
    let submission = Submission(
      batch: Batch(id: BatchID(sensor: sensor, sequence: sequence), reports: read),
      network: network, received: received)
    return submission.digest.description == digest ? submission : nil
  }
}

extension ExportLine.Incident.Event {
  init(_ entry: JournalEntry) {
    at = entry.at.description
    event = entry.event.name
    encoded = Data(entry.event.encoded).base64EncodedString()
  }
}
