import Detection
public import Observations
public import Pool

/// A pool with something in it, made by chance that can be repeated: five sensors in five networks, four
/// weeks and a day, a worm that spreads by NetBIOS, a scanner, some dozens of strangers, and a web server
/// that does nobody harm.
public struct PoolDemo: Sendable {
  /// The web server that asks those who visit it for their names.
  public static let server = Address(ipv4: 0xc633_6407)
  /// A scanner's host, which tries a service everywhere.
  public static let worm = Address(ipv4: 0xcb00_714d)
  /// The service that the worm spreads by, and the server asks for names at.
  public static let service = Service(transport: .udp, port: 137)
  /// How many addresses each sensor watches.
  public static let watched: [UInt64] = [512, 256, 384, 256, 128]

  private static let length = 29
  private let today: Day
  private let epidemic: Epidemic
  private var chance: RandomSource

  /// A demo whose last day is the one before the present.
  public init(now: Timestamp, seed: UInt64 = 1) {
    today = Day(now)
    chance = RandomSource(seed: seed, stream: 0x6465_6d6f)
    var settings = Epidemic.Settings(
      seed: seed, firstDay: today.advanced(by: -PoolDemo.length))
    settings.days = PoolDemo.length
    settings.sensors = PoolDemo.watched.map {
      Epidemic.Sensor(watched: $0, days: 0..<PoolDemo.length)
    }
    settings.present = 6
    settings.arrivalsPerDay = 3
    settings.growth = 1.05
    settings.stay = 4
    settings.service = PoolDemo.service
    epidemic = Epidemic(settings)
  }

  /// The days that it is about.
  public var days: ClosedRange<Day> { epidemic.days }

  /// What is true of everything at UDP port 137: the worm's hosts, and the server beside them.
  public var truth: Epidemic.Truth {
    var truth = epidemic.truth
    truth.active += 1
    truth.population += 1
    let packets = submissions().flatMap(\.batch.reports).filter { $0.subject == PoolDemo.server }
      .reduce(0.0) { $0 + Double($1.packets.low) }
    let watched = Double(PoolDemo.watched.reduce(0, +))
    let seconds = Double(PoolDemo.length) * 86_400
    // Packets per address and second add up.
    truth.probeIntervalSeconds =
      1 / (1 / truth.probeIntervalSeconds + packets / (watched * seconds))
    return truth
  }

  /// What each sensor submits, a batch a day.
  ///
  /// - Returns: batches, in order of day and sensor.
  public func submissions() -> [Submission] {
    var story = self
    var made: [Submission] = []
    for (number, day) in days.enumerated() {
      for sensor in PoolDemo.watched.indices {
        guard let key = Epidemic.key(of: sensor) else { continue }
        let reports =
          story.reports(of: sensor, key, on: day, number) + epidemic.reports(of: sensor, on: number)
        guard !reports.isEmpty else { continue }
        made.append(
          Submission(
            batch: Batch(
              id: BatchID(sensor: key.sensor, sequence: Int64(day.rawValue)), reports: reports),
            network: Epidemic.network(of: sensor), received: day.advanced(by: 1).start))
      }
    }
    return made
  }

  /// Puts it all into a store: sensors with what they watch, batches, and the digests of the days.
  ///
  /// - Parameter store: a store.
  /// - Returns: how many reports were stored; none where they were there before.
  /// - Throws: `StoreError`.
  public func fill(_ store: any ReportStore & IncidentStore) async throws(StoreError) -> Int {
    let sensors = PoolDemo.watched.enumerated().map { number, watched in
      PoolFilling.Sensor(
        name: "demo-\(number + 1)", key: Epidemic.key(of: number),
        network: Epidemic.network(of: number), watched: watched)
    }
    return try await PoolFilling(
      sensors: sensors, submissions: submissions(), days: days
    ).fill(store)
  }

  private static let strangers = 40

  private mutating func reports(
    of sensor: Int, _ key: SensorKey, on day: Day, _ number: Int
  ) -> [Report] {
    var reports: [Report] = []
    // The server asks the visitors that this sensor watches over; three of the five also see the visits.
    if chance.chance(900) {
      reports.append(
        report(
          PoolDemo.server, 137, .udp, packets: 3, on: day, key,
          verdict: sensor < 3 ? "reverse-name-lookup" : nil,
          vantage: sensor < 3 ? [.visitors] : []))
    }
    if number > 11 || chance.chance(250) {
      reports.append(
        report(
          PoolDemo.worm, 445, .tcp, packets: UInt64(chance.within(40...939)), on: day, key,
          verdict: "horizontal-scan", vantage: [.replies]))
    }
    for stranger in 0..<PoolDemo.strangers where chance.below(6) == 0 {
      // Those of small numbers are met everywhere, the others by one or two.
      guard stranger < 12 || stranger % 5 == sensor else { continue }
      let (port, transport) = PoolDemo.services[stranger % PoolDemo.services.count]
      reports.append(
        report(
          Address(ipv4: 0xcb00_7180 + UInt32(stranger)), port, transport,
          packets: UInt64(chance.within(1...30)), on: day, key, verdict: nil, vantage: [.replies]))
    }
    return reports
  }

  private static let services: [(UInt16, Transport)] = [
    (22, .tcp), (23, .tcp), (1_900, .udp), (1_434, .udp), (3_389, .tcp), (5_060, .udp),
  ]

  private mutating func report(
    _ source: Address, _ port: UInt16, _ transport: Transport, packets: UInt64, on day: Day,
    _ key: SensorKey, verdict: String?, vantage: [Capability]
  ) -> Report {
    let begin = Int64(chance.below(80_000))
    let first = Timestamp(seconds: day.start.wholeSeconds + begin)
    let last = Timestamp(
      seconds: first.wholeSeconds + Int64(chance.below(UInt64(86_399 - begin))))
    let targets = 1 + chance.below(packets)
    return Report(
      subject: source,
      shape: ReportShape(transport: transport, direction: .inbound, manner: .service),
      ports: [port], first: first, last: last, packets: CountRange(packets),
      targets: CountRange(targets),
      pseudonyms: (0..<min(targets, 4)).map {
        key.pseudonym(of: Address(ipv4: 0x0a00_0000 + UInt32($0)))
      },
      pattern: PoolDemo.pattern(port, transport),
      verdict: verdict.map { SensorVerdict(article: $0, posterior: 0.97) },
      knowledge: "demo", vantage: Vantage(vantage),
      // A conversation over TCP shows that answers arrived; packets of UDP show nothing.
      mayBeForged: transport == .udp || chance.below(3) == 0)
  }

  /// How packets to a service look: what is asked for names comes from port 137, in three tries.
  private static func pattern(_ port: UInt16, _ transport: Transport) -> Pattern {
    var pattern = Pattern(transport: transport)
    pattern.destinationPort = port
    pattern.portStep = 0
    guard transport == .udp else {
      pattern.sourcePort = .ephemeral
      pattern.length = 48
      pattern.tcpFlags = .syn
      return pattern
    }
    pattern.sourcePort = port == 137 ? .fixed(137) : .ephemeral
    pattern.length = port == 137 ? 78 : 60
    if port == 137 {
      pattern.burstSize = 3
      pattern.gapWithin = 1.5
      pattern.payloadLength = 50
    }
    return pattern
  }
}
