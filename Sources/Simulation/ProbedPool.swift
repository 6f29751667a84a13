internal import Detection
internal import Observations
internal import Pool

/// A pool as somebody finds it who looks for its sensors: he sends packets under sources and to ports of his
/// choice, and sees what is published, which comes out of the pool's own code.
///
/// The Internet is a row of places, each one network's; a packet to a place with a sensor is reported.
struct ProbedPool {
  /// Blocks of /24 in IPv4.
  static let places = 1 << 24
  private static let firstDay = Day(rawValue: 20_600)

  private let rules: Publication
  /// Places with sensors, ascending.
  private let sensors: [Int]
  /// Days on which sources were reported, each with its sums.
  private var sources: [Address: [Int: SourceTally]] = [:]
  /// Of each port and day, the networks that reported it, and its sources with their networks.
  private var ports: [UInt16: [Int: PortDay]] = [:]

  private struct PortDay {
    var networks = DistinctSet()
    var sources: [Address: DistinctSet] = [:]
  }

  /// Packets sent.
  private(set) var probes = 0
  /// The day, from 0.
  private(set) var day = 0

  init(sensors count: Int, rules: Publication, chance: inout RandomSource) {
    self.rules = rules
    var found: Set<Int> = []
    while found.count < count { found.insert(chance.within(0...(ProbedPool.places - 1))) }
    sensors = found.sorted()
  }

  /// Whether a sensor is at a place: the truth.
  func hasSensor(at place: Int) -> Bool { hits(place..<place + 1) > 0 }

  private func index(of place: Int) -> Int {
    var (low, high) = (0, sensors.count)
    while low < high {
      let middle = (low + high) / 2
      if sensors[middle] < place { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func hits(_ range: Range<Int>) -> Int {
    index(of: range.upperBound) - index(of: range.lowerBound)
  }

  /// One packet to each place of a range, today.
  mutating func probe(
    _ range: Range<Int>, from source: Address, port: UInt16 = 445, isFirm: Bool = false
  ) {
    probes += range.count
    for place in sensors[index(of: range.lowerBound)..<index(of: range.upperBound)] {
      take(source, at: place, port: port, isFirm: isFirm)
    }
  }

  /// What a source's own packets bring about: sensors of chance report it.
  mutating func meet(
    _ source: Address, networks: Int, port: UInt16, chance: inout RandomSource
  ) {
    for _ in 0..<networks { take(source, at: chance.pick(sensors), port: port, isFirm: false) }
  }

  /// Reports of sensors that the attacker has himself, in places that nobody else has.
  mutating func submit(_ source: Address, networks: Int) {
    for number in 0..<networks {
      take(source, at: ProbedPool.places + number, port: 445, isFirm: false)
    }
  }

  private mutating func take(_ source: Address, at place: Int, port: UInt16, isFirm: Bool) {
    let network = Prefix(of: Address(high: 0x2001_0db8 << 32 | UInt64(place), low: 0), length: 64)
    guard let sensor = SensorID(rawValue: Int64(place + 1)) else { return }
    let start = ProbedPool.firstDay.advanced(by: day).start.wholeSeconds + 43_200
    let report = Report(
      subject: source, shape: ReportShape(transport: .tcp, direction: .inbound, manner: .service),
      ports: [port], first: Timestamp(seconds: start), last: Timestamp(seconds: start + 1),
      packets: CountRange(1), targets: CountRange(1), mayBeForged: !isFirm)
    sources[source, default: [:]][day, default: SourceTally()].add(
      report, sensor: sensor, network: network)
    ports[port, default: [:]][day, default: PortDay()].networks.insert(network)
    ports[port, default: [:]][day, default: PortDay()].sources[source, default: DistinctSet()]
      .insert(network)
  }

  /// The attacker waits until what happened today is published, if it ever is.
  mutating func wait() {
    let longest = rules.hoursOfDelay + (rules.key == nil ? 0 : Int64(Publication.mostHoursMore))
    day += 1 + Int((longest + 23) / 24)
  }

  private var now: Timestamp { ProbedPool.firstDay.advanced(by: day).start }

  /// What is published of a source.
  func look(_ source: Address) -> PublicSource? {
    guard let days = sources[source] else { return nil }
    let asked = rules.days(30, at: now, of: .source(source))
    var sum = SourceTally()
    for (day, tally) in days where asked.contains(ProbedPool.firstDay.advanced(by: day)) {
      sum.merge(tally)
    }
    return sum.reports == 0 ? nil : rules.source(sum.summary(of: source), at: now)
  }

  /// Whether anything is published of a port on a day.
  func looks(port: UInt16, day: Int) -> Bool {
    guard let of = ports[port]?[day] else { return false }
    let point = TrendPoint(
      start: ProbedPool.firstDay.advanced(by: day).start, reports: of.networks.count.value,
      sources: DistinctCount(value: UInt64(of.sources.count), isExact: true),
      networks: of.networks.count)
    let key = TrendKey.service(Service(transport: .tcp, port: port))
    return !rules.trend([point], bucket: .day, at: now, of: key).isEmpty
  }

  /// Sources at a busy port on a day, as published: those that enough networks met, rounded down, beside
  /// so many that are always there.
  func count(port: UInt16, day: Int, beside: UInt64) -> UInt64 {
    let met = ports[port]?[day]?.sources.values.count {
      $0.count.value >= rules.fewestNetworks
    }
    return Publication.coarse(beside + UInt64(met ?? 0))
  }
}
