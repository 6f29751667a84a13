internal import FirewallLogs
internal import Observations

/// Gives yearless logs their year: from `--year`, else from other evidence, else the latest not after
/// now. Of a rotated log that is the newest file's year; the others go back from it, so that the files
/// follow one another.
struct YearResolution {
  let options: IntakeOptions

  /// The years of the files whose stamps give none, in order of the files.
  func resolve(_ files: inout [EvidenceFile]) -> [OpenedEvidence.YearAssumption] {
    let yearless = files.indices.filter {
      files[$0].isReadable && files[$0].recognition?.needsYear == true
    }
    guard !yearless.isEmpty else { return [] }
    let known = options.year == nil ? knownTimes(files) : nil
    var found: [Int: OpenedEvidence.YearAssumption] = [:]
    for chain in RotationChain.chains(yearless.map { ($0, files[$0].path) }) {
      var newer: (stamp: YearlessStamp, year: Int, path: String)?
      for member in chain.members {
        guard let stamp = files[member.index].recognition?.firstStamp else { continue }
        var (year, because) = first(stamp, member.place.day, known)
        if let newer {
          let bound = self.year(of: stamp, before: newer.stamp, newer.year)
          // A day in its name may put it further back.
          if member.place.day == nil || bound <= year {
            let isSame = bound == year && options.year != nil
            if !isSame {
              because =
                "its stamps give no year; it is older than \(newer.path), and this is the latest "
                + "year that puts it before"
            }
            year = bound
          }
        }
        let path = files[member.index].path
        files[member.index].context.year = year
        found[member.index] = OpenedEvidence.YearAssumption(
          path: path, year: year, because: because)
        newer = (stamp, year, path)
      }
    }
    return found.sorted { $0.key < $1.key }.map(\.value)
  }

  /// The year of a log by itself.
  private func first(
    _ stamp: YearlessStamp, _ day: (year: Int, month: Int, day: Int)?,
    _ known: (range: ClosedRange<Timestamp>, path: String)?
  ) -> (year: Int, because: String) {
    if let year = options.year { return (year, "as given by --year") }
    if let known {
      let year = LogYears.choose(
        firstMonth: stamp.month, day: stamp.day, known: known.range, now: options.now)
      return (
        year, "its stamps give no year; \(known.path) does, and this year brings them together"
      )
    }
    if let day {
      let aside = CivilTime(year: day.year, month: day.month, day: day.day).timestamp
      if aside < options.now {
        let year = LogYears.choose(
          firstMonth: stamp.month, day: stamp.day, known: nil, now: aside)
        return (
          year,
          "its stamps give no year; its name says that it was put aside on "
            + aside.description.prefix(10)
        )
      }
    }
    let year = LogYears.choose(
      firstMonth: stamp.month, day: stamp.day, known: nil, now: options.now)
    return (
      year,
      "its stamps give no year; the latest that is not after \(options.now.description.prefix(10))"
    )
  }

  /// The latest year that puts a stamp not behind that of a newer file.
  private func year(of stamp: YearlessStamp, before newer: YearlessStamp, _ year: Int) -> Int {
    let isEarlier =
      (stamp.month, stamp.day, stamp.secondOfDay) <= (newer.month, newer.day, newer.secondOfDay)
    let latest = isEarlier ? year : year - 1
    return stride(from: latest, to: latest - 9, by: -1)
      .first { LogYears.exists(year: $0, month: stamp.month, day: stamp.day) } ?? latest
  }

  /// The time range of evidence whose times are whole, from each file's beginning.
  private func knownTimes(
    _ files: [EvidenceFile]
  ) -> (range: ClosedRange<Timestamp>, path: String)? {
    var low: Timestamp?
    var high: Timestamp?
    var from: String?
    for file in files where file.isReadable && file.recognition?.needsYear != true {
      let plain = IntakeOptions(now: options.now)
      guard file.source == nil, let stream = EvidenceStream(file, options: plain, hashes: false)
      else { continue }
      let batch = ObservationBatch()
      // One window is enough: the year is what is asked for.
      stream.look(batch)
      guard let first = stream.first, let last = stream.last else { continue }
      low = min(low ?? first, first)
      high = max(high ?? last, last)
      from = from ?? file.path
    }
    guard let low, let high, let from else { return nil }
    return (low...high, from)
  }
}
