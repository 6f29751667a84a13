internal import Observations

/// What correlated activities say about the files they were seen in.
extension Correlation {
  static func remarks(_ drafts: [Draft]) -> [String] {
    if drafts[0].sensors > 1 {
      return drafts.dropFirst().map { draft in
        "\(draft.path): \(draft.packets) packets to \(Int(draft.targets.low)) addresses, by a sensor of "
          + "its own; packets to different addresses are counted together"
      }
    }
    return drafts.dropFirst().map { draft in
      let overlaps = draft.first <= drafts[0].last && drafts[0].first <= draft.last
      return overlaps
        ? "\(draft.path) covers the same time and corroborates (\(draft.packets) packets there, "
          + "not added)"
        : "\(draft.path) shows the same at another time (\(draft.packets) packets there, not added)"
    }
  }

  static func examples(_ draft: Draft) -> [Address] {
    guard draft.subject.isIPv4 else { return [] }
    var seen: [UInt32] = []
    for record in draft.records where !seen.contains(record.target) {
      seen.append(record.target)
      if seen.count == 10 { break }
    }
    return seen.compactMap { TargetSets.address($0) }
  }

  /// Ascending ports as closed ranges.
  static func ranges(_ ports: [UInt16]) -> [ClosedRange<UInt16>] {
    var result: [ClosedRange<UInt16>] = []
    for port in ports {
      if let last = result.last, last.upperBound < .max, last.upperBound + 1 == port {
        result[result.count - 1] = last.lowerBound...port
      } else {
        result.append(port...port)
      }
    }
    return result
  }
}
