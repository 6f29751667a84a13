import Observations

/// Three machines of the campus that infect each other, of which one is cleaned twice in vain.
///
/// Nothing of it leaves the campus but the first infection, so all of it stands in the campus's log
/// as packets forwarded between its networks. A network's own router does not see what its
/// machines send to each other.
struct MyNetWatchmanChain {
  private struct Machine {
    let address: UInt32
    let port: UInt16
    var counter: PacketCounter
    /// When it is sick: half-open intervals of time.
    var sick: [(from: Int64, to: Int64)] = []
    var sent = 0
    var sentTCP = 0
  }

  private struct Infection {
    var victim: UInt32
    var by: UInt32
    var probed: Int64
    var starts: Int64
  }

  private struct Cleaning {
    var machine: UInt32
    var from: Int64
    var to: Int64
    var text: String
  }

  private static let first: UInt32 = MyNetWatchman.campus + 10
  private static let second: UInt32 = MyNetWatchman.campus + 70
  private static let third: UInt32 = MyNetWatchman.campus + 140
  private static let probeGap = 15 * Clock.minute
  private static let firstSweep = 20

  private let outside: UInt32
  private var machines: [Machine] = []
  private var infections: [Infection] = []
  private var cleanings: [Cleaning] = []
  private var random: RandomSource

  init(_ story: inout MyNetWatchman, outside: UInt32) {
    self.outside = outside
    random = story.recipe.random(6)
    for address in [
      MyNetWatchmanChain.first, MyNetWatchmanChain.second, MyNetWatchmanChain.third,
    ] {
      machines.append(
        Machine(
          address: address, port: UInt16(random.within(1_025...1_060)),
          counter: PacketCounter(random.word(), isSwapped: true)))
    }
    tell()
    logInfections(&story)
    for index in machines.indices {
      for interval in machines[index].sick { spread(index, interval, &story) }
    }
  }

  // MARK: the story

  /// Who is infected by whom and when, and when somebody cleans what.
  private mutating func tell() {
    let arrival =
      MyNetWatchman.start + 13 * Clock.day + 14 * Clock.hour
      + random.microseconds(0...3 * Clock.hour)
    let firstStarts = infect(MyNetWatchmanChain.first, by: outside, arrival, after: reaction())
    let neighbour = arrival + random.microseconds(2 * Clock.hour...4 * Clock.hour)
    let thirdStarts = infect(
      MyNetWatchmanChain.third, by: MyNetWatchmanChain.first, neighbour, after: reaction())

    let probed = arrival + 26 * Clock.hour + random.microseconds(0...Clock.hour)
    var starts = infect(
      MyNetWatchmanChain.second, by: MyNetWatchmanChain.first, probed, after: 43 * Clock.second)
    for time in 1...2 {
      let stops = wholeMinute(starts + random.microseconds(40 * Clock.hour...60 * Clock.hour))
      let back = stops + 3 * Clock.hour
      machines[1].sick.append((starts, stops))
      cleanings.append(
        Cleaning(
          machine: MyNetWatchmanChain.second, from: stops, to: back,
          text: time == 1
            ? "taken off the network, cleaned, plugged in again"
            : "sick again: taken off, cleaned a second time, plugged in again"))
      starts = infect(
        MyNetWatchmanChain.second, by: MyNetWatchmanChain.third, back + 6 * Clock.minute,
        after: reaction())
    }
    let last = wholeMinute(starts + random.microseconds(40 * Clock.hour...60 * Clock.hour))
    machines[1].sick.append((starts, last))
    machines[0].sick.append((firstStarts, last))
    machines[2].sick.append((thirdStarts, last))
    for machine in machines {
      cleanings.append(
        Cleaning(
          machine: machine.address, from: last, to: last + 4 * Clock.hour,
          text: "all three taken off together and cleaned, their shares closed"))
    }
  }

  private mutating func reaction() -> Int64 {
    random.microseconds(30 * Clock.second...55 * Clock.second)
  }

  private func wholeMinute(_ time: Int64) -> Int64 { time - time % Clock.minute }

  private mutating func infect(
    _ victim: UInt32, by source: UInt32, _ time: Int64, after: Int64
  ) -> Int64 {
    infections.append(Infection(victim: victim, by: source, probed: time, starts: time + after))
    return time + after
  }

  // MARK: the log

  /// The probe that infected, and the connection to the share that followed it.
  private mutating func logInfections(_ story: inout MyNetWatchman) {
    for infection in infections {
      if let index = machines.firstIndex(where: { $0.address == infection.by }) {
        probe(index, infection.victim, infection.probed, follows: true, &story)
        continue
      }
      let ttl = MyNetWatchman.ttl(outside, origin: 128)
      let source = Endpoint(outside, UInt16(random.within(1_025...1_090)))
      let identification = random.word()
      story.log(
        .campus, infection.probed,
        LoggedPacket(
          source: source, destination: Endpoint(infection.victim, NBNSBuilder.port), ttl: ttl,
          identification: identification, isAllowed: true))
      story.log(
        .campus, infection.probed + 2 * Clock.second,
        LoggedPacket(
          source: Endpoint(outside, source.port + 1), destination: Endpoint(infection.victim, 139),
          transport: .tcp, length: 48, ttl: ttl, identification: identification &+ 256,
          isAllowed: true))
    }
  }

  /// What a sick machine sends: at once a sweep through another network, then one probe now and
  /// then.
  private mutating func spread(
    _ index: Int, _ sick: (from: Int64, to: Int64), _ story: inout MyNetWatchman
  ) {
    var time = sick.from
    var target = elsewhere(index)
    for number in 0..<MyNetWatchmanChain.firstSweep {
      // The first of all is followed up, whoever it is.
      probe(index, target, time, follows: number == 0 || random.chance(250), &story)
      time += random.microseconds(2 * Clock.second...6 * Clock.second)
      // Stays in its network of 64; leaves out those whose infections are told.
      repeat {
        target = target & ~63 | (target + 1) & 63
      } while isSpoken(target)
    }
    while true {
      time += random.exponential(mean: MyNetWatchmanChain.probeGap)
      guard time < sick.to else { break }
      probe(index, elsewhere(index), time, follows: random.chance(250), &story)
    }
  }

  private mutating func elsewhere(_ index: Int) -> UInt32 {
    let own = machines[index].address
    while true {
      let target = MyNetWatchman.campus + UInt32(random.within(1...254))
      if target & ~63 != own & ~63, !isSpoken(target) { return target }
    }
  }

  private func isSpoken(_ address: UInt32) -> Bool {
    machines.contains { $0.address == address } || address & 63 == 0 || address & 63 == 63
  }

  private mutating func probe(
    _ index: Int, _ target: UInt32, _ time: Int64, follows: Bool, _ story: inout MyNetWatchman
  ) {
    machines[index].sent += 1
    let machine = machines[index]
    story.log(
      .campus, time,
      LoggedPacket(
        source: Endpoint(machine.address, machine.port),
        destination: Endpoint(target, NBNSBuilder.port),
        identification: machines[index].counter.next(after: random.within(0...3)),
        path: .forwarded, isAllowed: true))
    guard follows else { return }
    machines[index].sentTCP += 1
    story.log(
      .campus, time + 1_900 * Clock.millisecond,
      LoggedPacket(
        source: Endpoint(machine.address, machine.port + UInt16(1 + machine.sentTCP % 900)),
        destination: Endpoint(target, 139), transport: .tcp, length: 48,
        identification: machines[index].counter.next(), path: .forwarded, isAllowed: true))
  }

  // MARK: what is handed out

  /// What the campus wrote down by hand.
  var notes: SimulatedFile {
    StoryNote.file(
      cleanings.map { cleaning in
        StoryNote(
          from: cleaning.from, to: cleaning.to, kind: "intervention", about: "cleaned",
          host: cleaning.machine, text: cleaning.text)
      })
  }

  var truth: Truth {
    let hosts = machines.map { machine in
      Truth.object([
        ("address", .text(dotted(machine.address))),
        ("nameProbes", .integer(machine.sent)), ("shareProbes", .integer(machine.sentTCP)),
        (
          "sick",
          .list(
            machine.sick.map { .object([("from", .time($0.from)), ("to", .time($0.to))]) })
        ),
      ])
    }
    let infected = infections.map { infection in
      Truth.object([
        ("victim", .text(dotted(infection.victim))), ("by", .text(dotted(infection.by))),
        ("probed", .time(infection.probed)), ("starts", .time(infection.starts)),
      ])
    }
    let cleaned = cleanings.map { cleaning in
      Truth.object([
        ("host", .text(dotted(cleaning.machine))), ("from", .time(cleaning.from)),
        ("to", .time(cleaning.to)),
      ])
    }
    return .object([
      ("outside", .text(dotted(outside))), ("hosts", .list(hosts)),
      ("infections", .list(infected)), ("cleanings", .list(cleaned)),
    ])
  }
}
