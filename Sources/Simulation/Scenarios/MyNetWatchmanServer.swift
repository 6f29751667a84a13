import Observations

/// A web server that asks each of its visitors for its NetBIOS names, three times, 1.5 s apart.
///
/// Only the office writes its own visits down. The other sensors see the questions alone.
struct MyNetWatchmanServer {
  private static let workstations = 15
  private static let retryGap = 1_500 * Clock.millisecond

  let address: UInt32
  private(set) var visits = 0
  private(set) var lookups = [Int](repeating: 0, count: MyNetWatchman.Place.allCases.count)

  init(_ story: inout MyNetWatchman) {
    address = story.stranger()
    var random = story.recipe.random(4)
    var moments: [(time: Int64, place: MyNetWatchman.Place)] = []
    for (place, count) in [
      (MyNetWatchman.Place.campus, 25), (.office, 120), (.home, 6), (.shop, 5), (.provider, 4),
    ] {
      for _ in 0..<count {
        moments.append((MyNetWatchman.moment(&random, room: Clock.hour), place))
      }
    }
    moments.sort { ($0.time, $0.place.rawValue) < ($1.time, $1.place.rawValue) }
    var counter = PacketCounter(random.word(), isSwapped: true)
    for moment in moments {
      ask(moment.time, moment.place, &counter, &random, &story)
    }
  }

  /// A workstation of the office.
  static func workstation(_ random: inout RandomSource) -> UInt32 {
    MyNetWatchman.office + 20 + UInt32(random.below(UInt64(workstations)))
  }

  /// The first packet of a visit that leaves the office.
  static func visit(
    from visitor: UInt32, to server: UInt32, _ random: inout RandomSource
  ) -> LoggedPacket {
    LoggedPacket(
      source: Endpoint(visitor, UInt16(random.within(1_030...4_900))),
      destination: Endpoint(server, 80), transport: .tcp, length: 48, ttl: 127,
      identification: random.word(), path: .outbound, isAllowed: true)
  }

  private mutating func ask(
    _ time: Int64, _ place: MyNetWatchman.Place, _ counter: inout PacketCounter,
    _ random: inout RandomSource, _ story: inout MyNetWatchman
  ) {
    var visitor = MyNetWatchman.address(place, &random)
    if place == .office {
      visitor = MyNetWatchmanServer.workstation(&random)
      visits += 1
      story.log(
        place, time - random.microseconds(300 * Clock.millisecond...2 * Clock.second),
        MyNetWatchmanServer.visit(from: visitor, to: address, &random))
    }
    lookups[place.rawValue] += 1
    let port = NBNSBuilder.port
    var packet = LoggedPacket(
      source: Endpoint(address, port), destination: Endpoint(visitor, port),
      ttl: MyNetWatchman.ttl(address, origin: 128))
    if place == .shop {
      // The attack list adds up what comes from one intruder.
      packet.count = 3
      story.log(place, time + 2 * MyNetWatchmanServer.retryGap, packet)
      return
    }
    for index in 0..<3 {
      packet.identification = counter.next(after: index == 0 ? random.within(5...900) : 0)
      story.log(place, time + Int64(index) * MyNetWatchmanServer.retryGap, packet)
    }
  }

  func truth(_ story: MyNetWatchman) -> Truth {
    .object([
      ("address", .text(dotted(address))), ("officeVisitsLogged", .integer(visits)),
      (
        "lookups",
        .object(
          MyNetWatchman.Place.allCases.map { ("\($0)", .integer(lookups[$0.rawValue])) })
      ),
      ("packets", story.counts(address)),
    ])
  }
}
