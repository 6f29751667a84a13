import Observations

extension Scenario {
  /// Founding case 2: one month of one Internet, as the firewall logs of five sensors saw it.
  static let mynetwatchman = Scenario(
    id: "mynetwatchman",
    summary: "30 days in the logs of five firewalls: worms, an asking server, a gateway, a relapse"
  ) { recipe in MyNetWatchman(recipe).files() }
}

/// October 2002, seen by five sensors whose formats, zones and clocks differ.
///
/// All the sensors tell of the same Internet: some 400 infected machines that ask everywhere for
/// NetBIOS names, a web server that asks those who visited it, and a gateway with three sick
/// machines behind it. Inside the campus three machines infect each other.
struct MyNetWatchman {
  /// The sensors, by their place in `sensors`.
  enum Place: Int, CaseIterable { case campus, office, home, shop, provider }

  static let start = Clock.midnight(year: 2002, month: 10, day: 1)
  static let end = start + 30 * Clock.day
  /// 192.0.2.0/24, routed as four networks of 64 addresses.
  static let campus: UInt32 = 0xc000_0200
  /// 203.0.113.0/24, all of it in use.
  static let office: UInt32 = 0xcb00_7100
  static let home: UInt32 = 0xc633_6417
  static let shop: UInt32 = 0xc633_644d
  /// The first of six addresses at which nothing answers.
  static let decoys: UInt32 = 0xc633_64a0
  static let decoyCount: UInt32 = 6

  let recipe: Recipe
  var sensors: [SensorLog]
  private var strangers: PublicAddresses
  private var taken: Set<UInt32> = []
  private var noise = [Int](repeating: 0, count: Place.allCases.count)

  init(_ recipe: Recipe) {
    self.recipe = recipe
    strangers = PublicAddresses(random: recipe.random(1), home: MyNetWatchman.office)
    sensors = [
      SensorLog(
        .ipchains, file: "campus.ipchains.log", host: "border", zone: -300,
        ahead: 47 * Clock.second),
      SensorLog(
        .netfilter, file: "office.netfilter.log", host: "fw", zone: 60, ahead: -12 * Clock.second),
      SensorLog(.zonealarm, file: "home.zonealarm.txt", zone: -480, ahead: 200 * Clock.second),
      SensorLog(.blackice, file: "shop.blackice.csv", zone: 0, ahead: -95 * Clock.second),
      SensorLog(.dshield, file: "provider.dshield.txt", zone: 600, ahead: 5 * Clock.second),
    ]
  }

  func files() -> [SimulatedFile] {
    var story = self
    let background = MyNetWatchmanBackground(&story)
    let server = MyNetWatchmanServer(&story)
    let gateway = MyNetWatchmanGateway(&story)
    let chain = MyNetWatchmanChain(&story, outside: background.probers[0])
    story.addNoise()
    let parts = [
      ("background", background.truth(story)), ("innocentServer", server.truth(story)),
      ("gateway", gateway.truth(story)), ("chain", chain.truth),
    ]
    let truth = Truth.object(recipe.truth + story.facts + parts)
    return story.sensors.map(\.simulated) + [chain.notes, truth.file]
  }

  // MARK: what the parts share

  /// A stranger's address that nobody else has.
  mutating func stranger() -> UInt32 {
    while true {
      let address = strangers.next()
      if taken.insert(address).inserted { return address }
    }
  }

  /// Writes a packet into a sensor's log.
  mutating func log(_ place: Place, _ time: Int64, _ packet: LoggedPacket) {
    sensors[place.rawValue].add(time, packet)
  }

  /// Packets of a source in each sensor's log.
  func counts(_ source: UInt32) -> Truth {
    .object(
      Place.allCases.map { place in
        ("\(place)", .integer(sensors[place.rawValue].packets(from: source)))
      })
  }

  /// An instant of the month, this far from its ends at least.
  static func moment(_ random: inout RandomSource, room: Int64) -> Int64 {
    random.microseconds(start + room...end - room)
  }

  /// One of the addresses that a sensor watches.
  static func address(_ place: Place, _ random: inout RandomSource) -> UInt32 {
    switch place {
    case .campus: campus + UInt32(random.within(180...250))
    case .office: office + UInt32(random.within(1...254))
    case .home: home
    case .shop: shop
    case .provider: decoys + UInt32(random.below(UInt64(decoyCount)))
    }
  }

  /// Time to live of a stranger's packets at any sensor.
  static func ttl(_ address: UInt32, origin: Int) -> UInt8 {
    UInt8(origin - 7 - Int(RandomSource.mix(UInt64(address)) % 14))
  }

  private var facts: [(String, Truth)] {
    let places = Place.allCases.map { place in
      let sensor = sensors[place.rawValue]
      return Truth.object([
        ("place", .text("\(place)")), ("file", .text(sensor.file)),
        ("format", .text(sensor.form.rawValue)), ("zone", .text(sensor.zoneText)),
        ("zoneStated", .flag(sensor.form.statesZone)),
        ("clockAheadSeconds", .integer(Int(sensor.ahead / Clock.second))),
        ("lines", .integer(sensor.lineCount)), ("packets", .integer(sensor.packetCount)),
        ("sources", .integer(sensor.sourceCount)), ("noise", .integer(noise[place.rawValue])),
      ])
    }
    return [
      ("from", .time(MyNetWatchman.start)), ("to", .time(MyNetWatchman.end)),
      ("sensors", .list(places)),
    ]
  }

  // MARK: what belongs to no story

  /// Single refused packets of strangers, and the office's visits to servers that ask nobody.
  private mutating func addNoise() {
    var random = recipe.random(2)
    let probes: [(Transport, UInt16, length: Int)] = [
      (.tcp, 80, 48), (.tcp, 21, 48), (.tcp, 1433, 48), (.tcp, 27_374, 48), (.tcp, 22, 60),
      (.udp, 6_346, 51), (.icmp, 0, 60), (.tcp, 445, 48), (.udp, 27_015, 43),
    ]
    for (place, packets) in [
      (Place.campus, 420), (.office, 420), (.home, 150), (.shop, 140), (.provider, 450),
    ] {
      noise[place.rawValue] = packets
      for _ in 0..<packets {
        let probe = random.pick(probes)
        let source = stranger()
        let port: UInt16 = probe.0 == .icmp ? 8 : random.port()
        log(
          place, MyNetWatchman.moment(&random, room: Clock.hour),
          LoggedPacket(
            source: Endpoint(source, port),
            destination: Endpoint(MyNetWatchman.address(place, &random), probe.1),
            transport: probe.0, length: probe.length,
            ttl: MyNetWatchman.ttl(source, origin: 128), identification: random.word()))
      }
    }
    let servers = (0..<60).map { _ in stranger() }
    for _ in 0..<300 {
      log(
        .office, MyNetWatchman.moment(&random, room: Clock.hour),
        MyNetWatchmanServer.visit(
          from: MyNetWatchmanServer.workstation(&random), to: random.pick(servers), &random))
    }
  }
}

/// The identification field of a machine that counts its packets.
struct PacketCounter {
  private var value: UInt16
  /// Whether the count is put on the wire least significant byte first, as Windows 95 and 98 did.
  let isSwapped: Bool

  init(_ value: UInt16, isSwapped: Bool) {
    self.value = value
    self.isSwapped = isSwapped
  }

  /// The field of the next packet, after so many that nobody here sees.
  mutating func next(after others: Int = 0) -> UInt16 {
    value &+= UInt16(truncatingIfNeeded: others + 1)
    return isSwapped ? value.byteSwapped : value
  }
}
