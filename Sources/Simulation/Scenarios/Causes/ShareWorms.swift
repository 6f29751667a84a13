import Observations

extension Scenario {
  /// A worm that walks the shares of its own network and listens for orders.
  ///
  /// Near miss: a backup server that visits the stations it knows.
  static let qaz = Scenario.cause(
    "qaz", "a host walks TCP 139 through its own network and answers on TCP 7597",
    article: "qaz-worm"
  ) { cause in
    cause.addOffice()
    return cause.isNearMiss ? cause.addBackup() : cause.addQaz()
  }

  /// A worm that looks for open shares anywhere and leaves a client of distributed.net there.
  ///
  /// Near miss: the same client where somebody wanted it.
  static let bymer = Scenario.cause(
    "bymer", "a host tries TCP 139 at random addresses, share C, and works for a key server",
    article: "bymer-worm"
  ) { cause in
    cause.addOffice()
    return cause.addBymer()
  }
}

extension Cause {
  private static let sessionPort: UInt16 = 139
  private static let orderPort: UInt16 = 7_597
  private static let keyServerPort: UInt16 = 2_064

  fileprivate mutating func addQaz() -> Told {
    let sick = stations[11]
    var time = at(90)
    var probes = 0
    for target in (office.network.base + 1)...(office.network.base + 254) where target != sick {
      time += random.microseconds(200_000...2_600_000)
      probes += 1
      let (from, to) = (Endpoint(sick, random.port()), Endpoint(target, Cause.sessionPort))
      if stations.contains(target), target % 3 == 0 {
        capture.locate(time - 600, asker: sick, target: target)
        capture.converse(
          time, from: from, to: to, roundTrip: 400,
          payloads: [random.filler(72), random.filler(4), SMBBuilder.treeConnect(to: to, "C")],
          &random)
      } else {
        capture.knock(
          time, from: from, to: to, isPresent: isPresent(target),
          sequence: UInt32(truncatingIfNeeded: random.next()))
      }
    }
    for second in [260, 420] as [Int64] {
      capture.converse(
        at(second), from: Endpoint(strangers.next(), random.port()),
        to: Endpoint(sick, Cause.orderPort), roundTrip: 90_000,
        payloads: [random.filler(6), random.filler(40)], &random)
    }
    var told = told(sick)
    told.counts = [("probes", .integer(probes)), ("orders", .integer(2))]
    return told
  }

  fileprivate mutating func addBackup() -> Told {
    let server = stations[11]
    var time = at(90)
    for station in stations where station != server {
      time += random.microseconds(8 * Clock.second...20 * Clock.second)
      capture.locate(time - 600, asker: server, target: station)
      capture.converse(
        time, from: Endpoint(server, random.port()), to: Endpoint(station, Cause.sessionPort),
        roundTrip: 400,
        payloads: [random.filler(72), random.filler(4), random.filler(160), random.filler(2_600)],
        &random)
    }
    var told = told(server)
    told.counts = [("stations", .integer(stations.count - 1))]
    return told
  }

  fileprivate mutating func addBymer() -> Told {
    let host = stations[15]
    var counts = (probes: 0, answered: 0)
    if !isNearMiss {
      var strangers = strangers
      repeated(from: 60, to: 480, gap: 500 * Clock.millisecond) { time, capture, random in
        let (from, to) = (
          Endpoint(host, random.port()), Endpoint(strangers.anywhere(), Cause.sessionPort)
        )
        counts.probes += 1
        if random.chance(30) {
          counts.answered += 1
          capture.converse(
            time, from: from, to: to, roundTrip: 90_000,
            payloads: [random.filler(72), random.filler(4), SMBBuilder.treeConnect(to: to, "C")],
            &random)
        } else {
          let sequence = UInt32(truncatingIfNeeded: random.next())
          for wait in [0, 3] as [Int64] {
            capture.tcp(
              time + wait * Clock.second, from: from, to: to, flags: .syn, sequence: sequence)
          }
        }
      }
    }
    // Work is fetched and results are handed in, all the while.
    let work = (0..<60).map { random.filler($0 % 2 == 0 ? 120 : 200) }
    capture.converse(
      at(100), from: Endpoint(host, random.port()),
      to: Endpoint(strangers.next(), Cause.keyServerPort), roundTrip: 120_000, payloads: work,
      pause: 2 * Clock.second...9 * Clock.second, &random)
    var told = told(host)
    told.counts = [
      ("probes", .integer(counts.probes)), ("answered", .integer(counts.answered)),
      ("keyServerPort", .integer(Int(Cause.keyServerPort))),
    ]
    return told
  }
}
