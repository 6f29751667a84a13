import GRDB
import Observations
public import Pool

/// Taking back what a sensor reported. Its batches are marked first and counted as taken back last, so
/// that what a crash interrupts is ended when the store is opened next.
extension SQLiteStore {
  /// In the place of a batch's number of reports while they are being taken back.
  private static let begun = -2

  /// Takes back all that a sensor ever reported.
  public func retract(sensor: SensorID) async throws(StoreError) -> Retraction {
    try await upkeep.run { [self] in try withoutLate { try retractNow(sensor) } }
  }

  /// Ends what was begun before the store was closed.
  func endRetractions() throws {
    let sensors = try main.read { db in
      try Int64.fetchAll(
        db, sql: "SELECT DISTINCT sensor FROM batch WHERE reports=?", arguments: [Self.begun])
    }
    for sensor in sensors.compactMap(SensorID.init(rawValue:)) { _ = try retractNow(sensor) }
  }

  private func retractNow(_ sensor: SensorID) throws -> Retraction {
    var outcome = Retraction(batches: 0, reports: 0, days: [], beyondRecall: 0)
    var touched: Set<Int> = []
    var sequences: Set<Int64> = []
    try inTransaction { db in
      let batches = try Row.fetchAll(
        db,
        sql: "SELECT seq, first_day, last_day FROM batch WHERE sensor=? AND reports != 0",
        arguments: [sensor.rawValue])
      let present = Set(try Int.fetchAll(db, sql: "SELECT day FROM raw_day"))
      for row in batches {
        let (first, last): (Int, Int) = (try row.decode(atIndex: 1), try row.decode(atIndex: 2))
        guard first <= last else {
          throw StoreError.damaged(because: "the row of a batch cannot be read")
        }
        touched.formUnion(present.filter { (first...last).contains($0) })
        if !present.contains(first) { outcome.beyondRecall += 1 }
        sequences.insert(try row.decode(atIndex: 0))
      }
      try db.execute(
        sql: "UPDATE batch SET reports=? WHERE sensor=? AND reports != 0",
        arguments: [Self.begun, sensor.rawValue])
    }
    outcome.batches = sequences.count
    for day in touched.sorted().map(Day.init(rawValue:)) {
      let gone = try removeReports(of: sensor, sequences, day)
      outcome.reports += gone
      if gone > 0 { outcome.days.append(day) }
    }
    for day in touched.sorted() { try Recount(store: self, day: Day(rawValue: day)).run() }
    try inTransaction { db in
      try db.execute(
        sql: "UPDATE batch SET reports=0 WHERE sensor=? AND reports=?",
        arguments: [sensor.rawValue, Self.begun])
    }
    return outcome
  }

  /// Removes single reports of a day, some batches at a time.
  private func removeReports(
    of sensor: SensorID, _ sequences: Set<Int64>, _ day: Day
  ) throws -> Int {
    guard let file = try days.file(day, making: false) else { return 0 }
    let batches = try main.writeWithoutTransaction { _ in
      try file.read { raw in
        try Row.fetchAll(
          raw, sql: "SELECT first, n, seq FROM batch WHERE sensor=? AND n > 0",
          arguments: [sensor.rawValue]
        ).map { row in
          (
            first: try row.decode(Int64.self, atIndex: 0),
            count: try row.decode(Int64.self, atIndex: 1),
            sequence: try row.decode(Int64.self, atIndex: 2)
          )
        }
      }
    }.filter { sequences.contains($0.sequence) }
    var gone = 0
    for start in stride(from: 0, to: batches.count, by: 8) {
      gone += try main.writeWithoutTransaction { _ in
        try file.write { raw in
          var gone = 0
          for batch in batches[start..<min(start + 8, batches.count)] {
            gone += try RawPlaces.removeReports(batch.first, batch.count, raw)
            try raw.execute(
              sql: "UPDATE batch SET n=0 WHERE first=?", arguments: [batch.first])
          }
          return gone
        }
      }
    }
    return gone
  }
}
