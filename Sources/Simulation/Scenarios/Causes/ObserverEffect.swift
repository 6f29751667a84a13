import Observations

extension Scenario {
  /// A capture tool looks up the names of all addresses it sees in others' traffic.
  ///
  /// Near miss: a station looks up those it has been in touch with itself.
  static let observerEffect = Scenario.cause(
    "observer-effect", "a capture tool asks for the names of all addresses that others talk to",
    article: "observer-effect"
  ) { cause in
    cause.addOffice()
    return cause.addResolvingTool()
  }
}

extension Cause {
  fileprivate mutating func addResolvingTool() -> Told {
    let watcher = stations[9]
    let others = stations.filter { $0 != watcher }
    var watched = recipe.random(4)
    // What the tool sees is others' traffic; in the near miss it is the station's own.
    let visits = browse(isNearMiss ? [watcher] : others, gap: 3 * Clock.second, &watched)
    let begins = isNearMiss ? start : at(220) + random.microseconds(0...20 * Clock.second)
    var seen: Set<UInt32> = []
    var counts = (asked: 0, lookups: 0)
    for visit in visits where seen.insert(visit.site).inserted && visit.time >= begins {
      counts.asked += 1
      let asked = visit.time + random.microseconds(20_000...300_000)
      let result = ReverseName(of: visit.site, failing: 600, &random)
      let answered = asked + result.delay(&random)
      let (id, port) = (random.word(), random.port())
      let resolver = Endpoint(office.resolver, DNSBuilder.port)
      capture.udp(
        asked, from: Endpoint(watcher, port), to: resolver,
        payload: DNSBuilder.reverseQuery(id: id, address: visit.site))
      capture.udp(
        answered, from: resolver, to: Endpoint(watcher, port),
        payload: DNSBuilder.reverseAnswer(
          id: id, address: visit.site, name: result.name, code: result.code))
      guard result.failed else { continue }
      counts.lookups += 1
      let lookup = NameLookup(
        time: answered + random.microseconds(5_000...80_000), target: visit.site)
      let transaction = random.word()
      for time in lookup.tryTimes(&random) {
        capture.udp(
          time, from: Endpoint(watcher, NBNSBuilder.port),
          to: Endpoint(visit.site, NBNSBuilder.port),
          payload: NBNSBuilder.nodeStatusQuery(id: transaction))
      }
    }
    var told = told(watcher, nearMiss: "reverse-name-lookup")
    told.counts = [
      ("begins", .time(begins)), ("reverseQueries", .integer(counts.asked)),
      ("lookups", .integer(counts.lookups)),
    ]
    if !isNearMiss {
      told.notes = [
        Note(
          from: begins, kind: "change", about: "software-installed",
          text: "A network monitor that shows names was started on \(dotted(watcher)).")
      ]
    }
    return told
  }
}
