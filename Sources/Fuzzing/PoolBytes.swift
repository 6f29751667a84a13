internal import Compression
internal import Observations
internal import Pool

extension Fuzzing {
  /// Bytes as what a pool is sent and as what it keeps. What travels has one form only: what is accepted
  /// encodes to the very same bytes. What is kept has one form once it was written.
  static func pool(_ bytes: [UInt8]) throws(Violation) {
    try sent(bytes)
    try kept(bytes)
    try tallied(bytes)
    try inflated(bytes)
  }

  private static func sent(_ bytes: [UInt8]) throws(Violation) {
    if let signed = try? SignedBatch(bytes: bytes) {
      try require(signed.bytes == bytes, "a signed batch changed on its way")
      let isVerified = (try? signed.verified(by: [UInt8](repeating: 7, count: 32))) != nil
      try require(!isVerified, "a batch was verified by a key that nobody has")
    }
    if let batch = try? Batch(encoded: bytes) {
      try require(batch.encoded == bytes, "a batch has two forms")
      try require(batch.problem == nil, "a batch was accepted that may not be submitted")
    }
    if let report = try? Report(encoded: bytes[...]) {
      try require(report.encoded == bytes, "a report has two forms")
      try require(report.problem == nil, "a report was accepted that contradicts itself")
    }
    if let pattern = try? Pattern(encoded: bytes) {
      try require(pattern.encoded == bytes, "a pattern has two forms")
    }
  }

  private static func kept(_ bytes: [UInt8]) throws(Violation) {
    if let event = try? IncidentEvent(encoded: bytes) {
      try require(event.encoded == bytes, "an incident's event has two forms")
    }
    if let digest = try? DayDigest(encoded: bytes) {
      try require(digest.encoded == bytes, "a day's digest has two forms")
      _ = "\(digest.day) \(digest.samplingShare)"
    }
    if let exposure = try? DayExposure(encoded: bytes) {
      let again = try? DayExposure(encoded: exposure.encoded)
      try require(again == exposure, "a day's exposure changed when it was kept")
    }
    let id = IncidentID(rawValue: 1)
    guard let subject = Address("192.0.2.1"),
      let incident = try? Incident(id: id, subject: subject, snapshot: bytes)
    else { return }
    let again = try? Incident(id: id, subject: subject, snapshot: incident.snapshot)
    try require(again?.snapshot == incident.snapshot, "an incident changed when it was kept")
  }

  private static func tallied(_ bytes: [UInt8]) throws(Violation) {
    if let tally = try? SourceTally(encoded: bytes) {
      try require(
        (try? SourceTally(encoded: tally.encoded))?.encoded == tally.encoded,
        "sums of a source changed when they were kept")
      var double = tally
      double.merge(tally)
      try require(
        (try? SourceTally(encoded: double.encoded)) != nil, "sums that were merged cannot be read")
      if let source = Address("192.0.2.1") {
        let summary = double.summary(of: source)
        try require(summary.reports >= tally.reports, "merging made sums smaller")
        // What is read as a day's sums has nothing of the hours but their reports.
        var day = SourceTally()
        if (try? day.merge(encodedDay: bytes)) != nil {
          let one = (day.summary(of: source), tally.summary(of: source))
          try require(
            one.0.reports == one.1.reports && one.0.words == one.1.words
              && one.0.hours == one.1.hours, "a day's sums are others than what is kept")
        }
      }
    }
    if let tally = try? TrendTally(encoded: bytes) {
      try require(
        (try? TrendTally(encoded: tally.encoded)) == tally, "a trend changed when it was kept")
      var double = tally
      double.merge(tally)
      _ = double.point(at: Timestamp(seconds: 0))
    }
    if let set = try? DistinctSet(encoded: bytes) {
      try require((try? DistinctSet(encoded: set.encoded)) == set, "a set changed when it was kept")
      var union = set
      union.formUnion(set)
      try require(union == set, "a set joined with itself is another")
      _ = set.count
    }
  }

  /// What a message unfolds to keeps its bound, and comes back from its own compression.
  private static func inflated(_ bytes: [UInt8]) throws(Violation) {
    let most = 1 << 16
    guard let made = try? Gzip.inflated(Array(bytes.prefix(mostCompressed)), most: most) else {
      return
    }
    try require(made.count <= most, "more was unfolded than may be")
    guard let packed = Gzip.compressed(made) else { return }
    try require((try? Gzip.inflated(packed, most: most)) == made, "gzip lost something")
  }
}
