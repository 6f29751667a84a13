import GRDB
import Observations
import Pool

/// Rows of the table `pattern_band`, by which patterns are found.
///
/// A pattern has one for each of its pieces, all over the table. Those of many patterns are therefore
/// written piece after piece, each in order of its values: which patterns are still to be listed stands in
/// the table `late_band`.
struct BandRows {
  private let insert: Prepared

  init(_ db: Database) throws {
    insert = try Prepared(db, "INSERT OR IGNORE INTO pattern_band VALUES (?, ?, ?)")
  }

  func put(_ band: PatternBand, _ digest: Int64) throws {
    insert.bind(1, Int(band.index))
    insert.bind(2, Int64(bitPattern: band.key))
    insert.bind(3, digest)
    try insert.run()
  }

  /// Patterns whose rows are still to be written.
  struct Late {
    private var digests: [Int64] = []
    /// Of each pattern the value of each piece, one pattern after the other.
    private var keys: [UInt64] = []
    private let pieces: Int
    /// The rows of one piece, in order, as places in `digests`.
    private var order: [Int] = []
    private var ordered: Int?

    var count: Int { digests.count * pieces }

    /// Those that the main file lists.
    init(_ db: Database) throws {
      pieces = LikenessIndex.bands(of: Pattern(transport: .tcp)).count
      let select = try Prepared(
        db, "SELECT digest, body FROM late_band JOIN pattern USING (digest) ORDER BY digest")
      while try select.step() {
        digests.append(select.number(0))
        for band in LikenessIndex.bands(of: try Pattern(encoded: select.bytes(1))) {
          keys.append(band.key)
        }
      }
    }

    /// Notes a pattern whose rows are to be written later.
    static func note(_ digest: Int64, _ db: Database) throws {
      let insert = try Prepared(db, "INSERT OR IGNORE INTO late_band VALUES (?)")
      insert.bind(1, digest)
      try insert.run()
    }

    /// Writes some rows from a place on.
    ///
    /// - Returns: the place behind them.
    mutating func write(from place: Int, most: Int, _ db: Database) throws -> Int {
      guard place < count else {
        try db.execute(sql: "DELETE FROM late_band")
        return place
      }
      let (piece, start) = place.quotientAndRemainder(dividingBy: digests.count)
      if ordered != piece { sort(by: piece) }
      let rows = try BandRows(db)
      let end = min(start + max(1, most), digests.count)
      for pattern in order[start..<end] {
        let band = PatternBand(index: UInt8(piece), key: keys[pattern * pieces + piece])
        try rows.put(band, digests[pattern])
      }
      let after = piece * digests.count + end
      if after == count { try db.execute(sql: "DELETE FROM late_band") }
      return after
    }

    private mutating func sort(by piece: Int) {
      order = Array(digests.indices)
      order.sort { a, b in
        let first = Int64(bitPattern: keys[a * pieces + piece])
        let second = Int64(bitPattern: keys[b * pieces + piece])
        return first != second ? first < second : digests[a] < digests[b]
      }
      ordered = piece
    }
  }
}
