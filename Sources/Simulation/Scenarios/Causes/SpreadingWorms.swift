import Observations

extension Scenario {
  /// A worm that weighs its neighbourhood, opens a command line and hands out its own file.
  ///
  /// Near miss: the same service tried everywhere, and nothing after it.
  static let sasser = Scenario.cause(
    "sasser", "a host tries TCP 445, then TCP 9996 of some, which fetch a file at its TCP 5554",
    article: "sasser-worm", outside: true
  ) { cause in
    cause.addServers()
    return cause.addSasser()
  }

  /// A worm whose generator reaches a quarter of the addresses.
  ///
  /// Near miss: the same service, and addresses drawn from all of them.
  static let conficker = Scenario.cause(
    "conficker", "a host tries TCP 445 at addresses whose second and fourth byte stay below 128",
    article: "conficker-worm"
  ) { cause in
    cause.addOffice()
    return cause.addConficker()
  }

  /// A worm of web servers that weighs its neighbourhood; those it reaches begin to do the same.
  ///
  /// Near miss: the same choice of targets, and nobody begins.
  static let codeRed2 = Scenario.cause(
    "code-red-2", "a web server tries TCP 80, mostly near itself, and three others begin after it",
    article: "code-red-2-worm", outside: true
  ) { cause in
    cause.addServers()
    return cause.addWebWorm(near: 375, nearby: 500)
  }

  /// The same with other weights, and shares besides.
  ///
  /// Near miss: the same choice of targets, and nobody begins.
  static let nimda = Scenario.cause(
    "nimda", "a web server tries TCP 80, mostly near itself, and three others begin after it",
    article: "nimda-worm", outside: true
  ) { cause in
    cause.addServers()
    return cause.addWebWorm(near: 500, nearby: 250)
  }

  /// A worm that pings through networks and tries what answers.
  ///
  /// Near miss: a person's tool that does so with pings of its own.
  static let welchia = Scenario.cause(
    "welchia", "a host pings 92 bytes of AA through networks, then tries TCP 135 of who answers",
    article: "welchia-worm", outside: true
  ) { cause in
    cause.addServers()
    return cause.addWelchia()
  }

  /// A worm that guesses passwords of shares, is open to remote control and waits for orders.
  ///
  /// Near miss: a search for shares from a host that also talks on IRC.
  static let deloder = Scenario.cause(
    "deloder", "a host tries TCP 445 anywhere, answers at TCP 5900 and stays at TCP 6667 of one",
    article: "deloder-worm"
  ) { cause in
    cause.addOffice()
    return cause.addDeloder()
  }

  /// A worm of devices without Mirai's mark; those it reaches begin to do the same.
  ///
  /// Near miss: the same scan, and nobody begins.
  static let deviceWorm = Scenario.cause(
    "device-worm", "a camera tries TCP 37215 at random addresses, and three others begin after it",
    article: "iot-bot-worm", outside: true
  ) { cause in
    cause.addServers()
    return cause.addDeviceWorm()
  }
}

extension Cause {
  /// Any address of a stranger, each as likely as any other.
  fileprivate static func anybody(_ random: inout RandomSource) -> UInt32 {
    while true {
      let address = UInt32(truncatingIfNeeded: random.next() >> 32)
      if PublicAddresses.isPublicUnicast(address) { return address }
    }
  }

  /// An address by weights per mille: within the own /16, within the own /8, else anywhere.
  fileprivate static func neighbour(
    of own: UInt32, near: Int, nearby: Int, _ random: inout RandomSource
  ) -> UInt32 {
    let draw = random.within(0...999)
    let any = UInt32(truncatingIfNeeded: random.next() >> 32)
    if draw < near { return own & 0xffff_0000 | any & 0xffff }
    return draw < near + nearby ? own & 0xff00_0000 | any & 0xff_ffff : anybody(&random)
  }

  /// A SYN to each target in turn; some of the strangers answer, and `then` goes on with them.
  ///
  /// - Returns: the number of targets.
  fileprivate mutating func tries(
    _ port: UInt16, from sick: UInt32, seconds: ClosedRange<Int64>, gap: Int64,
    answering perMille: UInt64, choose: (inout RandomSource) -> UInt32,
    then: (Int64, UInt32, inout Capture, inout RandomSource) -> Void = { _, _, _, _ in }
  ) -> Int {
    var count = 0
    let network = office.network
    repeated(from: seconds.lowerBound, to: seconds.upperBound, gap: gap) {
      time, capture, random in
      let target = choose(&random)
      guard target != sick, !network.isLocal(target) else { return }
      count += 1
      let (from, to) = (Endpoint(sick, random.port()), Endpoint(target, port))
      guard random.chance(perMille) else {
        capture.tcp(
          time, from: from, to: to, flags: .syn, sequence: UInt32(truncatingIfNeeded: random.next())
        )
        return
      }
      capture.converse(
        time, from: from, to: to, roundTrip: random.microseconds(20_000...160_000),
        payloads: [random.filler(120), random.filler(90)], &random)
      then(time + 900_000, target, &capture, &random)
    }
    return count
  }

  fileprivate mutating func addSasser() -> Told {
    let (sick, isNearMiss) = (stations[4], isNearMiss)
    let probes = tries(
      445, from: sick, seconds: 60...480, gap: 400 * Clock.millisecond, answering: 30,
      choose: { random in
        isNearMiss
          ? Cause.anybody(&random)
          : Cause.neighbour(of: sick, near: 250, nearby: 250, &random)
      },
      then: { time, target, capture, random in
        guard !isNearMiss else { return }
        capture.converse(
          time, from: Endpoint(sick, random.port()), to: Endpoint(target, 9_996),
          roundTrip: 80_000, payloads: [random.filler(60), random.filler(40)], &random)
        capture.converse(
          time + Clock.second, from: Endpoint(target, random.port()), to: Endpoint(sick, 5_554),
          roundTrip: 80_000, payloads: [random.filler(20), random.filler(1_200)], &random)
      })
    var told = told(sick, nearMiss: "horizontal-scan")
    told.counts = [("probes", .integer(probes))]
    return told
  }

  fileprivate mutating func addConficker() -> Told {
    let (sick, isNearMiss) = (stations[6], isNearMiss)
    let probes = tries(
      445, from: sick, seconds: 60...540, gap: 700 * Clock.millisecond, answering: 20,
      choose: { random in
        while true {
          let address = Cause.anybody(&random)
          if isNearMiss { return address }
          let reached = address & 0xff7f_ff7f
          if PublicAddresses.isPublicUnicast(reached) { return reached }
        }
      })
    var told = told(sick, nearMiss: "horizontal-scan")
    told.counts = [("probes", .integer(probes))]
    return told
  }

  /// Others of the own network are reached, and go on to do the same within the minute.
  fileprivate mutating func spread(
    _ port: UInt16, from sick: UInt32, to others: [UInt32], answering perMille: UInt64,
    choose: (UInt32, inout RandomSource) -> UInt32
  ) {
    for (number, other) in others.enumerated() {
      let reached = 150 + 20 * Int64(number)
      capture.converse(
        at(reached), from: Endpoint(sick, random.port()), to: Endpoint(other, port),
        roundTrip: 500, payloads: [random.filler(900), random.filler(200)], &random)
      _ = tries(
        port, from: other, seconds: (reached + 25)...540, gap: Clock.second, answering: perMille
      ) { choose(other, &$0) }
    }
  }

  fileprivate mutating func addWebWorm(near: Int, nearby: Int) -> Told {
    let sick = stations[2]
    func choose(_ own: UInt32, _ random: inout RandomSource) -> UInt32 {
      Cause.neighbour(of: own, near: near, nearby: nearby, &random)
    }
    let probes = tries(
      80, from: sick, seconds: 60...540, gap: 400 * Clock.millisecond, answering: 60,
      choose: { choose(sick, &$0) })
    let reached = isNearMiss ? [] : Array(stations[8...10])
    spread(80, from: sick, to: reached, answering: 60, choose: choose)
    var told = told(sick, nearMiss: "horizontal-scan")
    told.counts = Cause.counts(probes, reached)
    return told
  }

  /// Who was reached scans as well: no innocent.
  private static func counts(_ probes: Int, _ reached: [UInt32]) -> [(String, Truth)] {
    [
      ("probes", .integer(probes)), ("reached", .integer(reached.count)),
      ("began", .list(reached.map { .text(dotted($0)) })),
    ]
  }

  fileprivate mutating func addDeviceWorm() -> Told {
    let camera = office.network.base + 60
    let reached = isNearMiss ? [] : [70, 71, 72].map { office.network.base + UInt32($0) }
    let probes = tries(
      37_215, from: camera, seconds: 60...540, gap: 400 * Clock.millisecond, answering: 20,
      choose: { Cause.anybody(&$0) })
    spread(37_215, from: camera, to: reached, answering: 20) { Cause.anybody(&$1) }
    var told = told(camera, nearMiss: "horizontal-scan")
    told.counts = Cause.counts(probes, reached)
    return told
  }

  fileprivate mutating func addWelchia() -> Told {
    let sick = stations[12]
    let isNearMiss = isNearMiss
    let filling =
      isNearMiss ? (0..<32).map { UInt8(97 + $0 % 23) } : [UInt8](repeating: 0xaa, count: 64)
    let block = sick & 0xffff_0000 | 0x2000
    var (target, answered) = (block, 0)
    repeated(from: 60, to: 540, gap: 300 * Clock.millisecond) { time, capture, random in
      target += 1
      let echo = PacketBuilder.icmp(
        type: 8, code: 0, rest: 0x0200_0000 | target & 0xffff, payload: filling)
      capture.ip(time, from: sick, to: target, transport: .icmp, payload: echo)
      guard random.chance(90) else { return }
      answered += 1
      let reply = PacketBuilder.icmp(
        type: 0, code: 0, rest: 0x0200_0000 | target & 0xffff, payload: filling)
      capture.ip(time + 9_000, from: target, to: sick, transport: .icmp, payload: reply)
      capture.tcp(
        time + 40_000, from: Endpoint(sick, random.port()), to: Endpoint(target, 135), flags: .syn,
        sequence: UInt32(truncatingIfNeeded: random.next()))
    }
    var told = told(sick, nearMiss: "horizontal-scan")
    told.counts = [
      ("pings", .integer(Int(target - block))), ("answered", .integer(answered)),
    ]
    return told
  }

  fileprivate mutating func addDeloder() -> Told {
    let sick = stations[5]
    let probes = tries(
      445, from: sick, seconds: 60...540, gap: 500 * Clock.millisecond, answering: 30,
      choose: { Cause.anybody(&$0) },
      then: { time, target, capture, random in
        let to = Endpoint(target, 445)
        capture.converse(
          time, from: Endpoint(sick, random.port()), to: to, roundTrip: 80_000,
          payloads: [
            random.filler(72), random.filler(4), SMBBuilder.treeConnect(to: to, "ADMIN$"),
          ],
          &random)
      })
    let orders = (0..<40).map { random.filler($0 % 2 == 0 ? 30 : 60) }
    capture.converse(
      at(70), from: Endpoint(sick, random.port()), to: Endpoint(strangers.next(), 6_667),
      roundTrip: 120_000, payloads: orders, pause: 4 * Clock.second...12 * Clock.second, &random)
    if !isNearMiss {
      for second in [200, 260, 420] as [Int64] {
        capture.converse(
          at(second), from: Endpoint(strangers.next(), random.port()), to: Endpoint(sick, 5_900),
          roundTrip: 90_000, payloads: [random.filler(12), random.filler(60)], &random)
      }
    }
    var told = told(sick, nearMiss: "horizontal-scan")
    told.counts = [("probes", .integer(probes))]
    return told
  }
}
