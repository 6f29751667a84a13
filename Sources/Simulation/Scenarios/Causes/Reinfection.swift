import Observations

extension Scenario {
  /// A cleaned host falls ill again when a sick neighbour reaches it.
  ///
  /// Near miss: two hosts that sweep by the clock, neither of which reaches the other.
  static let reinfection = Scenario.cause(
    "reinfection", "a host sweeps after a neighbour probed it, is cleaned, and again after another",
    article: "reinfection-by-neighbour", length: Clock.hour
  ) { cause in
    cause.addOffice(pace: 6)
    return cause.isNearMiss ? cause.addSchedule() : cause.addChain()
  }
}

extension Cause {
  private static let sharePort: UInt16 = 445
  private static let probeGap: Int64 = 1_300

  /// What a sweep did to one host of interest.
  private struct Swept {
    var probes = 0
    /// When the host was reached; nil where it never was.
    var reached: Int64?
  }

  /// Sweeps the own network from its first address on, and then the next ones; or only these, from
  /// a number of networks further.
  private mutating func sweep(
    by sick: UInt32, from first: Int64, to last: Int64, watching: UInt32, beyond block: UInt32 = 0
  ) -> Swept {
    var swept = Swept()
    var target = office.network.base + block << 8 + 1
    var time = first
    while time < last {
      defer {
        time += random.microseconds(300_000...2 * Cause.probeGap * Clock.millisecond - 300_000)
        target += target & 0xff == 254 ? 3 : 1
      }
      guard target != sick else { continue }
      swept.probes += 1
      let (from, to) = (Endpoint(sick, random.port()), Endpoint(target, Cause.sharePort))
      if target == watching {
        swept.reached = time
        capture.locate(time - 600, asker: sick, target: target)
        capture.converse(
          time, from: from, to: to, roundTrip: 400,
          payloads: [random.filler(140), random.filler(90), random.filler(1_200)], &random)
      } else {
        capture.knock(
          time, from: from, to: to, isPresent: isPresent(target),
          sequence: UInt32(truncatingIfNeeded: random.next()))
      }
    }
    return swept
  }

  fileprivate mutating func addChain() -> Told {
    // The second neighbour is a notebook that is brought in later, sick already.
    let (first, sick, second) = (stations[2], stations[8], office.network.base + 45)
    var episodes: [Truth] = []
    var probes = 0
    var cleaned: [Int64] = []
    let rounds: [(UInt32, Int64, Int64)] = [(first, 300, 1_400), (second, 2_100, 3_300)]
    for (neighbour, begin, end) in rounds {
      let start = at(begin) + random.microseconds(0...30 * Clock.second)
      let swept = sweep(by: neighbour, from: start, to: at(end), watching: sick)
      guard let reached = swept.reached else { continue }
      let begins = reached + random.microseconds(15 * Clock.second...50 * Clock.second)
      let ends = at(end + 60) + random.microseconds(0...20 * Clock.second)
      // The second time it goes on where it was stopped.
      probes +=
        sweep(
          by: sick, from: begins, to: ends, watching: neighbour,
          beyond: episodes.isEmpty ? 0 : 5
        ).probes
      cleaned.append(ends)
      episodes.append(
        .object([
          ("probedBy", .text(dotted(neighbour))), ("probed", .time(reached)),
          ("begins", .time(begins)), ("ends", .time(ends)),
        ]))
    }
    var told = told(sick)
    told.counts = [("probes", .integer(probes)), ("episodes", .list(episodes))]
    told.notes = cleaned.prefix(1).map { time in
      Note(
        from: time, to: time + 5 * Clock.minute, kind: "intervention", about: "cleaned",
        text: "\(dotted(sick)) was scanned for malware and cleaned.")
    }
    return told
  }

  fileprivate mutating func addSchedule() -> Told {
    let (first, sick) = (stations[2], stations[8])
    var probes = 0
    for (host, minutes) in [(sick, [5, 35]), (first, [15, 45])] as [(UInt32, [Int64])] {
      for minute in minutes {
        let begins = at(60 * minute)
        let swept = sweep(
          by: host, from: begins, to: begins + 7 * Clock.minute, watching: 0,
          beyond: UInt32(random.within(1...40)))
        probes += host == sick ? swept.probes : 0
      }
    }
    var told = told(sick, nearMiss: "horizontal-scan")
    told.counts = [("probes", .integer(probes))]
    return told
  }
}
