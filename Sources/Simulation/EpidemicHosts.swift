import Observations
import Pool

extension Epidemic {
  /// A host of the epidemic. Times are microseconds since it began.
  struct Host: Sendable {
    var from: Int64
    var until: Int64
    /// Its place among the articles; nil where none is true of it.
    var article: Int?
    /// Its probing in thousandths of the usual.
    var ratePerMille: Int64
    /// Its addresses with the day each begins, the first of them for all days before.
    var addresses: [(day: Int, address: Address)]

    func address(on day: Int) -> Address {
      addresses.last { $0.day <= day }?.address ?? addresses[0].address
    }
  }

  static func hosts(_ settings: Settings) -> [Host] {
    var chance = RandomSource(seed: settings.seed, stream: 0x6570_6901)
    let stay = Int64(min(max(0, settings.stay), 10_000) * Double(microsecondsOfDay))
    let end = Int64(settings.days) * microsecondsOfDay
    var numbers = Addresses(offset: chance.word())
    var hosts: [Host] = []
    func arrive(at time: Int64) {
      let until = time + chance.wait(mean: stay)
      hosts.append(
        Host(
          from: time, until: until, article: article(&chance, settings),
          ratePerMille: rate(&chance, settings), addresses: [(0, numbers.next())]))
    }
    for _ in 0..<settings.present { arrive(at: 0) }
    for (day, expected) in expectedArrivals(settings).enumerated() where expected > 1e-6 {
      let gap = Int64(Double(microsecondsOfDay) / expected)
      var time = Int64(day) * microsecondsOfDay
      let evening = time + microsecondsOfDay
      while true {
        time += chance.wait(mean: gap)
        if time >= evening { break }
        arrive(at: time)
      }
    }
    guard settings.variants.contains(.changingAddresses) else { return hosts }
    for place in hosts.indices {
      let last = Int(min(hosts[place].until, end) / microsecondsOfDay)
      let first = Int(hosts[place].from / microsecondsOfDay)
      for day in first..<max(first, last) where chance.chance(100) {
        hosts[place].addresses.append((day + 1, numbers.next()))
      }
    }
    return hosts
  }

  /// Arrivals that each day is expected to bring.
  static func expectedArrivals(_ settings: Settings) -> [Double] {
    let middle = (settings.days - 1) / 2
    // By products, not powers: the same on every machine.
    var (up, down) = ([1.0], [1.0])
    for _ in 0..<settings.days {
      up.append((up.last ?? 1) * settings.growth)
      down.append((down.last ?? 1) / settings.growth)
    }
    return (0..<settings.days).map { day in
      settings.arrivalsPerDay * (day >= middle ? up[day - middle] : down[middle - day])
    }
  }

  private static func article(_ chance: inout RandomSource, _ settings: Settings) -> Int? {
    var rest = Int(chance.below(1_000))
    for (place, article) in settings.articles.enumerated() {
      if rest < article.perMille { return place }
      rest -= article.perMille
    }
    return nil
  }

  private static func rate(_ chance: inout RandomSource, _ settings: Settings) -> Int64 {
    var rate: Int64 = 1_000
    if settings.variants.contains(.unequalRates) {
      rate = Int64(chance.pick([500, 700, 1_000, 2_000]))
    }
    if settings.variants.contains(.localPreference), chance.chance(500) { rate /= 10 }
    return rate
  }

  /// Addresses that differ, of the second half of the block set apart for measurements (RFC 2544), then of
  /// the block kept for the future (RFC 1112).
  private struct Addresses {
    var offset: UInt16
    var given: UInt32 = 0

    init(offset: UInt16) { self.offset = offset }

    mutating func next() -> Address {
      defer { given += 1 }
      guard given >= 65_536 else {
        let place = UInt16(truncatingIfNeeded: given) &* 40_503 &+ offset
        return Address(ipv4: 0xc613_0000 + UInt32(place))
      }
      return Address(ipv4: 0xf000_0000 + given)
    }
  }
}

/// What one sensor met of one source on one day.
struct EpidemicSighting: Sendable {
  /// The host's place; nil for a forged source.
  var host: Int?
  var source: Address
  var sensor: Int
  var probes: UInt64
  var packets: UInt64
  /// Seconds of the day.
  var first: Int64
  var last: Int64
  /// The article's place that the sensor names; nil for none.
  var article: Int?
}

extension Epidemic {
  /// Whether a sensor sees the service on a day, 0 being the first.
  static func sees(_ sensor: Int, on day: Int, _ settings: Settings) -> Bool {
    if settings.variants.contains(.blindSensors), sensor % 3 == 2 { return false }
    return runs(sensor, on: day, settings)
  }

  /// Whether a sensor runs on a day.
  static func runs(_ sensor: Int, on day: Int, _ settings: Settings) -> Bool {
    guard settings.sensors[sensor].days.contains(day) else { return false }
    guard settings.variants.contains(.comingSensors) else { return true }
    return switch sensor % 4 {
    case 0: true
    case 1: day >= settings.days / 3
    case 2: day < settings.days - settings.days / 4
    default: day % 5 != 2
    }
  }

  static func sightings(of hosts: [Host], _ settings: Settings) -> [[EpidemicSighting]] {
    var chance = RandomSource(seed: settings.seed, stream: 0x6570_6902)
    var sightings = [[EpidemicSighting]](repeating: [], count: settings.days)
    let seeing = (0..<settings.days).map { day in
      settings.sensors.indices.filter { sees($0, on: day, settings) }
    }
    for (number, host) in hosts.enumerated() {
      let first = Int(host.from / microsecondsOfDay)
      for day in first..<settings.days {
        let morning = Int64(day) * microsecondsOfDay
        guard host.until > morning else { break }
        let part = max(host.from - morning, 0)..<min(host.until - morning, microsecondsOfDay)
        let probes = EpidemicProbes(host: host, part: part, sensors: seeing[day])
        sightings[day] += probes.met(number, on: day, &chance, settings)
      }
    }
    if settings.variants.contains(.forged) { forge(&sightings, seeing) }
    return sightings
  }

  private static func forge(_ sightings: inout [[EpidemicSighting]], _ seeing: [[Int]]) {
    var given: UInt32 = 0
    for day in sightings.indices {
      guard let sensor = seeing[day].first else { continue }
      for _ in 0..<500 {
        given += 1
        sightings[day].append(
          EpidemicSighting(
            host: nil, source: Address(ipv4: 0xf800_0000 + given), sensor: sensor, probes: 1,
            packets: 1, first: 43_200, last: 43_200))
      }
    }
  }
}

/// The probes of a host on one day.
struct EpidemicProbes {
  var host: Epidemic.Host
  /// Microseconds of the day.
  var part: Range<Int64>
  var sensors: [Int]

  /// What sensors met of them.
  func met(
    _ number: Int, on day: Int, _ chance: inout RandomSource, _ settings: Epidemic.Settings
  ) -> [EpidemicSighting] {
    let watched = sensors.reduce(UInt64(0)) { $0 + settings.sensors[$1].watched }
    let perDay = settings.probesPerAddress * Double(watched) * Double(host.ratePerMille) / 1_000
    guard perDay > 1e-3 else { return [] }
    let gap = Int64(Double(Epidemic.microsecondsOfDay) / perDay)
    var found = [EpidemicSighting?](repeating: nil, count: settings.sensors.count)
    var time = part.lowerBound
    while true {
      time += chance.wait(mean: gap)
      guard time < part.upperBound else { break }
      var place = chance.below(watched)
      guard
        let sensor = sensors.first(where: { sensor in
          let size = settings.sensors[sensor].watched
          if place < size { return true }
          place -= size
          return false
        })
      else { continue }
      let (packets, second) = (
        UInt64(chance.within(1...max(1, settings.packetsOfProbe))), time / 1_000_000
      )
      guard var held = found[sensor] else {
        found[sensor] = EpidemicSighting(
          host: number, source: host.address(on: day), sensor: sensor, probes: 1,
          packets: packets, first: second, last: second,
          article: settings.sensors[sensor].tells && chance.chance(900) ? host.article : nil)
        continue
      }
      held.probes += 1
      held.packets += packets
      held.last = second
      found[sensor] = held
    }
    return found.compactMap(\.self)
  }
}

extension RandomSource {
  /// Microseconds until an event that comes by chance; means beyond a few days are told in whole seconds,
  /// so that the product stays within 64 bits.
  fileprivate mutating func wait(mean: Int64) -> Int64 {
    let mean = max(1, mean)
    guard mean > 10 * Epidemic.microsecondsOfDay else { return exponential(mean: mean) }
    return exponential(mean: mean / 1_000_000) * 1_000_000
  }
}
