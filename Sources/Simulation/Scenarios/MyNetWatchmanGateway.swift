import Observations

/// One address behind which three machines are infected.
///
/// Each counts its packets and sweeps the office's network, then the campus, upwards, at the same
/// time as the others: so one address shows three runs of identifications, in two classes of time
/// to live.
struct MyNetWatchmanGateway {
  private struct Machine {
    let port: UInt16
    let ttl: UInt8
    var counter: PacketCounter
    var office = 0
    var campus = 0
    /// The place in the sweep, from the network's first address.
    var next: UInt32
  }

  private static let sessions = 8
  private static let sweepLength = 30

  let address: UInt32
  private var machines: [Machine]

  init(_ story: inout MyNetWatchman) {
    address = story.stranger()
    var random = story.recipe.random(5)
    // A third of the field's range apart at least, so that no two runs can be taken for one.
    let first = UInt16(random.below(20_000))
    machines = [
      Machine(
        port: 61_001, ttl: 113, counter: PacketCounter(first, isSwapped: true), next: 1),
      Machine(
        port: 61_014, ttl: 113, counter: PacketCounter(first &+ 21_000, isSwapped: true), next: 60),
      Machine(
        port: 61_022, ttl: 49, counter: PacketCounter(first &+ 42_000, isSwapped: false), next: 130),
    ]
    let step = (MyNetWatchman.end - MyNetWatchman.start) / Int64(MyNetWatchmanGateway.sessions)
    for index in 0..<MyNetWatchmanGateway.sessions {
      let begin =
        MyNetWatchman.start + Int64(index) * step + random.microseconds(Clock.hour...step / 2)
      session(begin, &random, &story)
    }
  }

  private mutating func session(
    _ begin: Int64, _ random: inout RandomSource, _ story: inout MyNetWatchman
  ) {
    sweep(.office, MyNetWatchman.office, begin, &random, &story)
    let later = begin + random.microseconds(5 * Clock.minute...15 * Clock.minute)
    sweep(.campus, MyNetWatchman.campus, later, &random, &story)
    for place in [MyNetWatchman.Place.home, .shop, .provider] {
      let index = Int(random.below(3))
      let time = later + random.microseconds(2 * Clock.minute...4 * Clock.minute)
      story.log(place, time, packet(index, MyNetWatchman.address(place, &random), others: 40))
    }
  }

  /// All three machines sweep a network, each on its own way through it.
  private mutating func sweep(
    _ place: MyNetWatchman.Place, _ network: UInt32, _ begin: Int64,
    _ random: inout RandomSource, _ story: inout MyNetWatchman
  ) {
    for index in machines.indices {
      var time = begin + random.microseconds(0...4 * Clock.second)
      for number in 0..<MyNetWatchmanGateway.sweepLength {
        let others = number == 0 ? random.within(20...400) : random.chance(100) ? 1 : 0
        let target = network + 1 + machines[index].next % 254
        story.log(place, time, packet(index, target, others: others))
        machines[index].next += 1
        if place == .office { machines[index].office += 1 } else { machines[index].campus += 1 }
        time += random.microseconds(400 * Clock.millisecond...1_200 * Clock.millisecond)
      }
    }
  }

  private mutating func packet(_ index: Int, _ target: UInt32, others: Int) -> LoggedPacket {
    LoggedPacket(
      source: Endpoint(address, machines[index].port),
      destination: Endpoint(target, NBNSBuilder.port), ttl: machines[index].ttl,
      identification: machines[index].counter.next(after: others))
  }

  func truth(_ story: MyNetWatchman) -> Truth {
    let hosts = machines.map { machine in
      Truth.object([
        ("ttl", .integer(Int(machine.ttl))), ("sourcePort", .integer(Int(machine.port))),
        ("identificationIsByteSwapped", .flag(machine.counter.isSwapped)),
        (
          "packets",
          .object([
            ("campus", .integer(machine.campus)), ("office", .integer(machine.office)),
          ])
        ),
      ])
    }
    return .object([
      ("address", .text(dotted(address))),
      ("sessions", .integer(MyNetWatchmanGateway.sessions)), ("hosts", .list(hosts)),
      ("packets", story.counts(address)),
    ])
  }
}
