import Observations

extension Scenario {
  /// A tunnel is down, and what it should have carried leaves by the outside.
  ///
  /// Near miss: a router's owner looks at the modem, which has a private address of its own.
  static let leftTunnel = Scenario.cause(
    "left-tunnel", "a router sends attempts at servers of a private network out to the Internet",
    article: "vpn-split-tunnel", outside: true
  ) { cause in
    let router = cause.stations[0]
    var ordinary = cause.recipe.random(3)
    _ = cause.browse([router], gap: 8 * Clock.second, &ordinary)
    return cause.isNearMiss ? cause.addModem(router) : cause.addLeak(router)
  }
}

extension Cause {
  /// Logons, names of the directory, files, mail.
  private static let houseServices: [(host: UInt32, port: UInt16)] = [
    (0x0a14_000a, 88), (0x0a14_000a, 389), (0x0a14_000c, 445), (0x0a14_0011, 993),
    (0x0a14_0014, 443),
  ]

  fileprivate mutating func addLeak(_ router: UInt32) -> Told {
    var attempts = 0
    for round in 0..<17 as Range<Int64> {
      for (number, service) in Cause.houseServices.enumerated() {
        let own = random.port(), sequence = UInt32(truncatingIfNeeded: random.next())
        let time =
          at(20 + 33 * round) + Int64(number) * 700 * Clock.millisecond
          + random.microseconds(0...Clock.second)
        for pause in [0, 1, 3] as [Int64] {
          capture.tcp(
            time + pause * Clock.second, from: Endpoint(router, own),
            to: Endpoint(service.host, service.port), flags: .syn, sequence: sequence)
          attempts += 1
        }
      }
    }
    var told = told(router)
    told.counts = [("attempts", .integer(attempts))]
    return told
  }

  fileprivate mutating func addModem(_ router: UInt32) -> Told {
    var attempts = 0
    for round in 0..<28 as Range<Int64> {
      let own = random.port(), sequence = UInt32(truncatingIfNeeded: random.next())
      let time = at(20 + 20 * round) + random.microseconds(0...Clock.second)
      for pause in [0, 1, 3] as [Int64] {
        capture.tcp(
          time + pause * Clock.second, from: Endpoint(router, own), to: Endpoint(0xc0a8_6401, 80),
          flags: .syn, sequence: sequence)
        attempts += 1
      }
    }
    var told = told(router)
    told.counts = [("attempts", .integer(attempts))]
    return told
  }
}
