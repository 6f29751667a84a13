internal import Detection

/// What is to be said of clocks that were found apart: each against one that is rather to be trusted,
/// a capture before a log.
///
/// - Parameter samples: of each file of packets.
/// - Returns: in order of path; nothing for clocks that agree, or of which nothing is known.
func clockDifferences(
  _ samples: [(sample: EventSample, isCapture: Bool)]
) -> [Analysis.Assumption] {
  let order = samples.sorted {
    ($0.isCapture ? 0 : 1, $0.sample.path) < ($1.isCapture ? 0 : 1, $1.sample.path)
  }
  var told: [Analysis.Assumption] = []
  for (number, later) in order.enumerated() {
    let found = order[..<number].lazy.compactMap {
      ClockDifference(later.sample, reference: $0.sample)
    }.first
    guard let found, found.isOff else { continue }
    told.append(
      Analysis.Assumption(
        what: "clock of \(found.path)", value: value(found),
        because: "\(found.events) flows that both files met agree on it; times are shown as each "
          + "file has them"))
  }
  return told.sorted { $0.what < $1.what }
}

private func value(_ found: ClockDifference) -> String {
  func text(_ seconds: Double) -> String {
    let tenths = Int((seconds.magnitude * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) s"
  }
  let (least, most) = (
    min(found.low.magnitude, found.high.magnitude), max(found.low.magnitude, found.high.magnitude)
  )
  return text(found.seconds) + (found.seconds < 0 ? " behind " : " ahead of ") + found.reference
    + " (between \(text(least)) and \(text(most)))"
}
