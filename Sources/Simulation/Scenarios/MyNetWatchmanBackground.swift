import Observations

/// The infected machines of the whole Internet, as five sensors meet them.
///
/// A machine goes through the address space in passes; every pass meets some of the sensors, each
/// within a minute and a half of the pass's time and in no fixed order. So a source seen by two
/// sensors tells how far their clocks are apart, in the middle of many such sources.
struct MyNetWatchmanBackground {
  static let proberCount = 400
  /// The time of a pass at a sensor, about the time of the pass.
  private static let spread = 90 * Clock.second
  /// Twenty probes a second.
  private static let gap = 50 * Clock.millisecond
  private static let meetsPerMille: UInt64 = 560
  private static let longSweepPerMille: UInt64 = 90

  private(set) var probers: [UInt32] = []
  private(set) var sweeps = 0
  private(set) var passes = 0

  init(_ story: inout MyNetWatchman) {
    var random = story.recipe.random(3)
    for _ in 0..<MyNetWatchmanBackground.proberCount {
      let address = story.stranger()
      probers.append(address)
      let port = UInt16(random.within(1_025...1_090))
      var counter = PacketCounter(random.word(), isSwapped: true)
      for _ in 0..<random.within(1...3) {
        let time = MyNetWatchman.moment(&random, room: Clock.hour)
        pass(Endpoint(address, port), at: time, &counter, &random, &story)
        passes += 1
      }
    }
  }

  private mutating func pass(
    _ source: Endpoint, at time: Int64, _ counter: inout PacketCounter,
    _ random: inout RandomSource, _ story: inout MyNetWatchman
  ) {
    var meetings: [(time: Int64, place: MyNetWatchman.Place)] = []
    while meetings.isEmpty {
      for place in MyNetWatchman.Place.allCases
      where random.chance(MyNetWatchmanBackground.meetsPerMille) {
        let spread = MyNetWatchmanBackground.spread
        meetings.append((time + random.microseconds(-spread...spread), place))
      }
    }
    meetings.sort { ($0.time, $0.place.rawValue) < ($1.time, $1.place.rawValue) }
    var before = time - MyNetWatchmanBackground.spread
    for meeting in meetings {
      let idle = max(0, meeting.time - before) / MyNetWatchmanBackground.gap
      let targets = targets(meeting.place, &random)
      before = probe(
        source, targets, meeting, others: Int(idle), &counter, &random, &story)
    }
  }

  /// Sends one probe to each target, in order; the time of the last one.
  private func probe(
    _ source: Endpoint, _ targets: [UInt32], _ meeting: (time: Int64, place: MyNetWatchman.Place),
    others: Int, _ counter: inout PacketCounter, _ random: inout RandomSource,
    _ story: inout MyNetWatchman
  ) -> Int64 {
    var time = meeting.time
    var last = targets[0]
    for (index, target) in targets.enumerated() {
      // A machine that counts up passes the addresses between, at which no sensor looks.
      let between = index == 0 ? 0 : Int64(target - last)
      time += between * MyNetWatchmanBackground.gap + random.microseconds(0...2_000)
      let unseen = index == 0 ? others : Int(max(1, between)) - 1
      story.log(
        meeting.place, time,
        LoggedPacket(
          source: source, destination: Endpoint(target, NBNSBuilder.port),
          ttl: MyNetWatchman.ttl(source.address, origin: 128),
          identification: counter.next(after: unseen),
          count: meeting.place == .shop ? random.within(1...2) : 1))
      last = target
    }
    return time
  }

  /// The addresses that a pass tries at a sensor, upwards.
  private mutating func targets(
    _ place: MyNetWatchman.Place, _ random: inout RandomSource
  ) -> [UInt32] {
    switch place {
    case .home, .shop: return [MyNetWatchman.address(place, &random)]
    case .campus, .provider:
      let most = place == .campus ? 5 : Int(MyNetWatchman.decoyCount)
      return Set((0..<random.within(2...most)).map { _ in MyNetWatchman.address(place, &random) })
        .sorted()
    case .office:
      let isLong = random.chance(MyNetWatchmanBackground.longSweepPerMille)
      if isLong { sweeps += 1 }
      let count = UInt32(isLong ? random.within(16...32) : random.within(1...4))
      let first = MyNetWatchman.office + UInt32(random.within(1...Int(254 - count)))
      return Array(first..<first + count)
    }
  }

  func truth(_ story: MyNetWatchman) -> Truth {
    let sources = probers.map { address in
      Truth.object([("address", .text(dotted(address))), ("packets", story.counts(address))])
    }
    return .object([
      ("port", .integer(Int(NBNSBuilder.port))), ("passes", .integer(passes)),
      ("longOfficeSweeps", .integer(sweeps)), ("sources", .list(sources)),
    ])
  }
}
