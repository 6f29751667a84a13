import Observations

extension Cause {
  /// The ordinary traffic of an office. `pace` stretches the gaps: higher is quieter.
  mutating func addOffice(pace: Int64 = 1) {
    var ordinary = recipe.random(3)
    office.addARP(
      from: start, to: end, gap: 4 * pace * Clock.second, in: &capture, &ordinary)
    office.addNameQueries(
      from: start, to: end, gap: 30 * pace * Clock.second, in: &capture, &ordinary)
    office.addFileSessions(
      from: start, to: end - Clock.minute, gap: 30 * pace * Clock.second, in: &capture, &ordinary)
    office.forEach(from: start, to: end, gap: 20 * pace * Clock.second, &ordinary) { time, random in
      office.announce(time, station: random.pick(office.stations), in: &capture, &random)
    }
    _ = browse(office.stations, gap: 15 * pace * Clock.second, &ordinary)
  }

  /// The ordinary traffic of servers seen outside: names are looked up, and sites visited.
  mutating func addServers() {
    var ordinary = recipe.random(3)
    _ = browse(Array(office.stations.prefix(4)), gap: 12 * Clock.second, &ordinary)
  }

  /// Names are looked up by some of the stations, and one of the addresses is visited at port 80.
  ///
  /// - Returns: who visited what and when, in the order of the visits.
  mutating func browse(
    _ clients: [UInt32], gap: Int64, _ random: inout RandomSource
  ) -> [(time: Int64, station: UInt32, site: UInt32)] {
    let group = Office(
      network: office.network, stations: clients, fileServer: office.fileServer,
      resolver: office.resolver)
    var visits: [(time: Int64, station: UInt32, site: UInt32)] = []
    group.addNames(
      from: start, to: end - Clock.minute, gap: gap, sites: &strangers, in: &capture, &random
    ) { answered, station, addresses, capture, random in
      guard let site = addresses.first else { return }
      let time = answered + random.microseconds(500...4_000)
      visits.append((time, station, site))
      capture.converse(
        time, from: Endpoint(station, random.port()), to: Endpoint(site, 80),
        roundTrip: random.microseconds(8_000...140_000),
        payloads: [random.filler(260), random.filler(900), random.filler(180), random.filler(500)],
        &random)
    }
    return visits
  }
}
