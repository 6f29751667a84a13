import Observations

extension Scenario {
  /// A host of another network comes in by dial-up in the evenings and sweeps the office.
  ///
  /// Near miss: it comes in during working hours and uses the file server.
  static let secondWayIn = Scenario.cause(
    "second-way-in", "in the evenings a dialled-in host of another network sweeps TCP 445",
    article: "second-way-in", length: 31 * Clock.hour
  ) { cause in
    cause.addOffice(pace: 40)
    return cause.isNearMiss ? cause.addRemoteWork() : cause.addEveningSweeps()
  }
}

extension Cause {
  fileprivate mutating func addEveningSweeps() -> Told {
    let caller = Cause.dialIn
    let base = office.network.base
    guard let server = office.network.behind[caller] else { return told(caller) }
    var probes = 0
    var evenings: [Truth] = []
    // The story begins at 14:00: the evenings are at five and at 29 hours.
    for hour in [5, 29] as [Int64] {
      let first = start + hour * Clock.hour + random.microseconds(0...20 * Clock.minute)
      var time = first
      // It goes through the list of hosts that announce themselves, so it asks nowhere in vain.
      for host in 1...254 as ClosedRange<UInt32> where isPresent(base | host) {
        time += random.microseconds(4 * Clock.second...25 * Clock.second)
        let target = Endpoint(base | host, 445)
        // The server that the caller dials into asks on its behalf where the targets are.
        capture.locate(time, asker: server, target: target.address)
        probes += 1
        let from = Endpoint(caller, random.port())
        let sequence = UInt32(truncatingIfNeeded: random.next())
        for (index, wait) in [0, 3, 9].enumerated() where index == 0 || host % 2 == 0 {
          capture.tcp(
            time + 500 + Int64(wait) * Clock.second, from: from, to: target, flags: .syn,
            sequence: sequence)
        }
        guard host % 2 == 1 else { continue }
        capture.tcp(
          time + 900, from: target, to: from, flags: [.rst, .ack], sequence: 0,
          acknowledgement: sequence &+ 1)
      }
      evenings.append(.object([("from", .time(first)), ("to", .time(time))]))
    }
    var told = told(caller)
    told.counts = [
      ("dialsInAt", .text(dotted(server))), ("probes", .integer(probes)),
      ("timeToLive", .integer(126)), ("evenings", .list(evenings)),
    ]
    return told
  }

  fileprivate mutating func addRemoteWork() -> Told {
    let caller = Cause.dialIn
    let server = Endpoint(office.fileServer, 445)
    var sessions = 0
    for span in [(600, 14_000), (68_400, 100_000)] as [(Int64, Int64)] {
      repeated(from: span.0, to: span.1, gap: 10 * Clock.minute) { time, capture, random in
        sessions += 1
        capture.converse(
          time, from: Endpoint(caller, random.port()), to: server, roundTrip: 90_000,
          payloads: [random.filler(120), random.filler(700), random.filler(90)], &random)
      }
    }
    var told = told(caller)
    told.counts = [("sessions", .integer(sessions))]
    return told
  }
}
