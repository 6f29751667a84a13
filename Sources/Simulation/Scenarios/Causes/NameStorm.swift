import Observations

extension Scenario {
  /// Every host asks everybody for a name that nobody has any more.
  ///
  /// Near miss: the same hosts come up in the morning.
  static let nameStorm = Scenario.cause(
    "name-storm", "twenty hosts broadcast for one vanished name, three tries each, again and again",
    article: "name-broadcast-storm"
  ) { cause in
    cause.addOffice()
    return cause.isNearMiss ? cause.addMorning() : cause.addStorm()
  }
}

extension Cause {
  private static let vanished = "ARCHIVE"
  /// `BcastQueryTimeout` of NetBT.
  private static let tryGap = 750 * Clock.millisecond

  fileprivate mutating func addStorm() -> Told {
    var queries = 0
    for station in stations {
      var time = at(180) + random.microseconds(0...3 * Clock.second)
      while time < at(420) {
        let id = random.word()
        for index in 0..<3 as Range<Int64> {
          ask(time + index * Cause.tryGap, Cause.vanished, from: station, id: id)
          queries += 1
        }
        time += 3 * Cause.tryGap + random.microseconds(200_000...1_500_000)
      }
    }
    var told = told(stations[0])
    told.counts = [
      ("hosts", .integer(stations.count)), ("queries", .integer(queries)),
      ("name", .text(Cause.vanished)),
    ]
    return told
  }

  fileprivate mutating func addMorning() -> Told {
    var registrations = 0
    for (number, station) in stations.enumerated() {
      let up = at(60) + Int64(number) * 20 * Clock.second + random.microseconds(0...Clock.minute)
      for index in 0..<3 as Range<Int64> {
        capture.arp(up + index * Clock.second, operation: 1, sender: station, target: station)
      }
      let names = [
        (office.name(station), UInt8(0)), (office.workgroup, 0), (office.name(station), 32),
      ]
      for (offset, entry) in zip([3, 4, 6] as [Int64], names) {
        let id = random.word()
        for index in 0..<3 as Range<Int64> {
          registrations += 1
          capture.udp(
            up + offset * Clock.second + index * 250_000, from: Endpoint(station, NBNSBuilder.port),
            to: Endpoint(office.network.broadcast, NBNSBuilder.port),
            payload: NBNSBuilder.registration(
              id: id, name: entry.0, suffix: entry.1, isGroup: entry.0 == office.workgroup,
              address: station))
        }
      }
      for index in 0..<3 as Range<Int64> {
        let id = random.word()
        let time = up + (10 + 3 * index) * Clock.second
        ask(time, "FILES", from: station, id: id)
        capture.udp(
          time + 900, from: Endpoint(office.fileServer, NBNSBuilder.port),
          to: Endpoint(station, NBNSBuilder.port),
          payload: NBNSBuilder.nameAnswer(
            id: id, name: "FILES", suffix: 0x20, address: office.fileServer))
      }
    }
    var told = told(stations[0])
    told.counts = [
      ("hosts", .integer(stations.count)), ("registrations", .integer(registrations)),
    ]
    return told
  }

  private mutating func ask(_ time: Int64, _ name: String, from station: UInt32, id: UInt16) {
    capture.udp(
      time, from: Endpoint(station, NBNSBuilder.port),
      to: Endpoint(office.network.broadcast, NBNSBuilder.port),
      payload: NBNSBuilder.nameQuery(id: id, name: name, suffix: 0x20))
  }
}
