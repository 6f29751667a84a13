internal import Observations

/// What is not raised, and what could not be followed.
extension Finishing {
  /// Why a source is not raised.
  func reason(_ subject: Address, _ entries: [Entry]) -> Quiet.Reason {
    let attempts = entries.filter {
      $0.service.key.kind == ServiceKey.Kind.attempt && $0.service.distinct > 0
        || $0.service.key.kind == ServiceKey.Kind.gathered
    }
    if !attempts.isEmpty {
      var targets: UInt64 = 0
      var fine: UInt64 = 0
      for entry in attempts {
        targets += UInt64(entry.service.distinct)
        guard entry.service.profile != 0 else { continue }
        let profile = books.profiles[Int(entry.service.profile)]
        fine += UInt64(min(entry.service.distinct, profile.answered + profile.resolved))
      }
      if fine * 2 >= targets { return .ordinary }
      return attempts.contains { isLetThrough(subject, $0) } ? .letThrough : .belowThreshold
    }
    let kinds = Set(entries.map(\.service.key.kind))
    if kinds.contains(ServiceKey.Kind.unasked) { return .belowThreshold }
    if kinds.contains(ServiceKey.Kind.icmpError) { return .icmpErrors }
    if kinds.contains(ServiceKey.Kind.reply) { return .replies }
    if entries.contains(where: { $0.service.key.isKind(ServiceKey.Kind.special, .tcp) }) {
      return .belowThreshold
    }
    let toMany = [ServiceKey.Kind.multicast, ServiceKey.Kind.broadcast, ServiceKey.Kind.special]
    if !kinds.isDisjoint(with: toMany) { return .multicast }
    if kinds.contains(ServiceKey.Kind.arp) { return .addressResolution }
    return .orphans
  }

  /// Many targets in a log that says they were let through, or does not say.
  private func isLetThrough(_ subject: Address, _ entry: Entry) -> Bool {
    guard !facts.isCapture || !facts.showsReplies(of: subject), entry.service.profile != 0,
      entry.service.distinct >= UInt32(Thresholds.sweepTargets)
    else { return false }
    let profile = books.profiles[Int(entry.service.profile)]
    return profile.refusedShare(of: subject, in: facts) < 0.5
  }

  mutating func collectReverse(_ shard: Int) {
    for number in 0..<Int(books.states[shard].reverseQueries) {
      let query = books.reverseQueries[Bounds.place(shard, number)]
      result.reverseQueries[query.client, default: []].append(
        StreamResult.ReverseRecord(
          time: query.time, address: query.address, outcome: query.failed, server: query.server))
    }
  }

  mutating func limits(_ shard: Int) {
    let state = books.states[shard]
    let beyond = state.sourcesBeyond
    if beyond > 0 {
      result.limits.append(
        "\(facts.path): packets of sources beyond the first \(Bounds.sources - 1) of a shard were "
          + "not followed (\(beyond) packets)")
    }
    if state.servicesBeyond > 0 {
      result.limits.append(
        "\(facts.path): \(state.servicesBeyond) packets of further services were not followed")
    }
  }
}
