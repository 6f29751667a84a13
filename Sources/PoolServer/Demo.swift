internal import Detection
public import Observations
public import Pool

/// A pool with something in it, made by chance that can be repeated: five sensors in five networks, thirty
/// days, some dozens of sources, and a server that does nobody harm.
public struct PoolDemo: Sendable {
  /// The web server that asks those who visit it for their names.
  public static let server = Address(ipv4: 0xc633_6407)
  /// A worm's host, which tries a service everywhere.
  public static let worm = Address(ipv4: 0xcb00_714d)

  private let now: Timestamp
  private var chance: Chance
  private let keys = (0..<5).map { SensorKey(seed: [UInt8](repeating: UInt8($0 + 1), count: 32)) }

  /// A demo whose last day is the present one.
  public init(now: Timestamp, seed: UInt64 = 1) {
    self.now = now
    chance = Chance(seed)
  }

  /// What each sensor submits, a batch a day.
  ///
  /// - Returns: batches, in order of day and sensor.
  public func submissions() -> [Submission] {
    var story = self
    var made: [Submission] = []
    let today = Day(now)
    for day in (1...29).reversed().map({ today.advanced(by: -$0) }) {
      for (number, key) in story.keys.enumerated() {
        guard let key else { continue }
        let reports = story.reports(of: number, key, on: day)
        guard !reports.isEmpty else { continue }
        let sequence = Int64(day.rawValue)
        made.append(
          Submission(
            batch: Batch(id: BatchID(sensor: key.sensor, sequence: sequence), reports: reports),
            network: PoolDemo.network(number), received: day.advanced(by: 1).start))
      }
    }
    return made
  }

  /// Puts it all into a store.
  ///
  /// - Parameter store: a store.
  /// - Returns: how many reports were stored; none where they were there before.
  /// - Throws: `StoreError`.
  public func fill(_ store: any ReportStore) async throws(StoreError) -> Int {
    let most = max(1, try await store.capabilities().reportsOfAppend / 64)
    var stored = 0
    let all = submissions()
    for start in stride(from: 0, to: all.count, by: most) {
      let part = Array(all[start..<min(start + most, all.count)])
      for result in try await store.append(part) {
        if case .stored(let reports) = result { stored += reports }
      }
    }
    return stored
  }

  /// Networks for documentation stand for those of the sensors (RFC 5737, RFC 2544).
  private static func network(_ sensor: Int) -> Prefix {
    Prefix(of: Address(ipv4: 0xc612_0000 + UInt32(sensor) << 8), length: 24)
  }

  private static let strangers = 40

  private mutating func reports(of sensor: Int, _ key: SensorKey, on day: Day) -> [Report] {
    var reports: [Report] = []
    // The server asks the visitors that this sensor watches over; three of the five also see the visits.
    if chance.below(10) < 9 {
      let packets = 3 * UInt64(1 + chance.below(6))
      reports.append(
        report(
          PoolDemo.server, 137, .udp, packets: packets, on: day, key,
          verdict: sensor < 3 ? "reverse-name-lookup" : nil,
          vantage: sensor < 3 ? [.visitors] : []))
    }
    if day.rawValue % 30 > 11 || chance.below(4) == 0 {
      reports.append(
        report(
          PoolDemo.worm, 445, .tcp, packets: UInt64(40 + chance.below(900)), on: day, key,
          verdict: "horizontal-scan", vantage: [.replies]))
    }
    for number in 0..<PoolDemo.strangers where chance.below(6) == 0 {
      // Those of small numbers are met everywhere, the others by one or two.
      guard number < 12 || number % 5 == sensor else { continue }
      let (port, transport) = PoolDemo.services[number % PoolDemo.services.count]
      reports.append(
        report(
          Address(ipv4: 0xcb00_7180 + UInt32(number)), port, transport,
          packets: UInt64(1 + chance.below(30)), on: day, key, verdict: nil, vantage: [.replies]))
    }
    return reports
  }

  private static let services: [(UInt16, Transport)] = [
    (22, .tcp), (23, .tcp), (137, .udp), (1_434, .udp), (3_389, .tcp), (5_060, .udp),
  ]

  private mutating func report(
    _ source: Address, _ port: UInt16, _ transport: Transport, packets: UInt64, on day: Day,
    _ key: SensorKey, verdict: String?, vantage: [Capability]
  ) -> Report {
    let begin = Int64(chance.below(80_000))
    let first = Timestamp(seconds: day.start.wholeSeconds + begin)
    let last = Timestamp(seconds: first.wholeSeconds + Int64(chance.below(Int(86_399 - begin))))
    let targets = 1 + UInt64(chance.below(Int(packets)))
    return Report(
      subject: source,
      shape: ReportShape(transport: transport, direction: .inbound, manner: .service),
      ports: [port], first: first, last: last, packets: CountRange(packets),
      targets: CountRange(targets),
      pseudonyms: (0..<min(targets, 4)).map {
        key.pseudonym(of: Address(ipv4: 0x0a00_0000 + UInt32($0)))
      },
      verdict: verdict.map { SensorVerdict(article: $0, posterior: 0.97) },
      knowledge: "demo", vantage: Vantage(vantage),
      // A conversation over TCP shows that answers arrived; packets of UDP show nothing.
      mayBeForged: transport == .udp || chance.below(3) == 0)
  }
}

/// Chance that begins at a seed.
private struct Chance: Sendable {
  private var state: UInt64

  init(_ seed: UInt64) { state = Mixing.mix(seed &+ 0x6465_6d6f) }

  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    return Int(Mixing.mix(state).multipliedFullWidth(by: UInt64(max(1, bound))).high)
  }
}
