import Detection
public import Observations
public import Pool

extension Epidemic {
  /// A scanner whom every sensor meets on every day that it runs: whoever is not blind altogether reports
  /// something.
  public static let scanner = Address(ipv4: 0xc633_64fe)

  /// A sensor's key: made of its number, so that the same seed makes the same batches.
  ///
  /// - Parameter sensor: its number, from 0 on.
  /// - Returns: the key; nil for none, which no number has.
  public static func key(of sensor: Int) -> SensorKey? {
    SensorKey(
      seed: (0..<32).map { $0 < 2 ? UInt8(truncatingIfNeeded: sensor >> (8 * $0)) : 0x65 })
  }

  /// What a sensor reports of the epidemic on a day, 0 being the first.
  ///
  /// - Parameters:
  ///   - sensor: its number.
  ///   - day: the day's number.
  /// - Returns: reports in order of source.
  public func reports(of sensor: Int, on day: Int) -> [Report] {
    guard sightings.indices.contains(day) else { return [] }
    let morning = settings.firstDay.advanced(by: day).start.wholeSeconds
    return sightings[day].filter { $0.sensor == sensor }.sorted { $0.source < $1.source }.map {
      report($0, morning)
    }
  }

  private func report(_ met: EpidemicSighting, _ morning: Int64) -> Report {
    let transport = settings.service.transport
    var pattern = Pattern(transport: transport)
    pattern.sourcePort = transport.hasPorts ? .fixed(1_026) : nil
    pattern.destinationPort = settings.service.port
    pattern.portStep = 0
    pattern.targetOrder = .unordered
    pattern.burstSize = Double(1 + max(1, settings.packetsOfProbe)) / 2
    pattern.length = 78
    pattern.payloadLength = 50
    return Report(
      subject: met.source,
      shape: ReportShape(transport: transport, direction: .inbound, manner: .service),
      ports: transport.hasPorts ? [settings.service.port] : [],
      first: Timestamp(seconds: morning + met.first), last: Timestamp(seconds: morning + met.last),
      packets: CountRange(met.packets), targets: CountRange(met.probes), pattern: pattern,
      verdict: met.article.map {
        SensorVerdict(article: settings.articles[$0].id, posterior: 0.95)
      }, knowledge: "simulated", vantage: Vantage([.content, .rate, .targetChoice]))
  }

  /// The batches of all sensors, in order of day, sensor and number, each arriving when its day is over.
  ///
  /// - Returns: batches of at most `reportsOfBatch` reports.
  public func submissions() -> [Submission] {
    var made: [Submission] = []
    for (number, day) in days.enumerated() {
      for sensor in settings.sensors.indices
      where Epidemic.runs(sensor, on: number, settings) {
        guard let id = Epidemic.key(of: sensor)?.sensor else { continue }
        let all = [scan(of: sensor, on: day)] + reports(of: sensor, on: number)
        for (part, start) in stride(from: 0, to: all.count, by: Epidemic.reportsOfBatch)
          .enumerated()
        {
          let reports = all[start..<min(start + Epidemic.reportsOfBatch, all.count)]
          let sequence = Int64(number + 1) * 10_000 + Int64(part)
          made.append(
            Submission(
              batch: Batch(id: BatchID(sensor: id, sequence: sequence), reports: Array(reports)),
              network: Epidemic.network(of: sensor), received: day.advanced(by: 1).start))
        }
      }
    }
    return made
  }

  private static let reportsOfBatch = 1_000

  private func scan(of sensor: Int, on day: Day) -> Report {
    let time = Timestamp(seconds: day.start.wholeSeconds + Int64(sensor) * 60 % 86_400)
    return Report(
      subject: Epidemic.scanner,
      shape: ReportShape(transport: .tcp, direction: .inbound, manner: .service), ports: [22],
      first: time, last: time, packets: CountRange(1), targets: CountRange(1),
      knowledge: "simulated", vantage: Vantage([.rate]))
  }

  /// Puts sensors with what they watch, and all batches, into a store, and makes the digests of its days.
  ///
  /// - Parameter store: a store.
  /// - Returns: how many reports were stored; none where they were there before.
  /// - Throws: `StoreError`.
  public func fill(_ store: any ReportStore & IncidentStore) async throws(StoreError) -> Int {
    let places = settings.sensors.enumerated().map { number, sensor in
      PoolFilling.Sensor(
        name: "sensor-\(number + 1)", key: Epidemic.key(of: number),
        network: Epidemic.network(of: number), watched: sensor.watched)
    }
    return try await PoolFilling(
      sensors: places, submissions: submissions(), days: days
    ).fill(store)
  }
}

/// Puts what was made into a store.
struct PoolFilling {
  struct Sensor {
    var name: String
    var key: SensorKey?
    var network: Prefix
    var watched: UInt64
  }

  var sensors: [Sensor]
  var submissions: [Submission]
  var days: ClosedRange<Day>

  func fill(_ store: any ReportStore & IncidentStore) async throws(StoreError) -> Int {
    for sensor in sensors {
      guard let key = sensor.key, try await store.sensor(key.sensor) == nil else { continue }
      // The token is used at once: that it is made by chance shows nowhere.
      let token = EnrolmentToken()
      let begin = days.lowerBound.start
      try await store.issue(
        PendingEnrolment(
          digest: token.digest, name: sensor.name, declaredNetwork: sensor.network,
          watched: sensor.watched, expires: begin))
      _ = try await store.enrol(token, publicKey: key.publicKey, at: begin)
    }
    let most = max(1, try await store.capabilities().reportsOfAppend / 64)
    var stored = 0
    for start in stride(from: 0, to: submissions.count, by: most) {
      let part = Array(submissions[start..<min(start + most, submissions.count)])
      for result in try await store.append(part) {
        if case .stored(let reports) = result { stored += reports }
      }
    }
    let whole = Set(try await store.digestedDays(in: days))
    for day in days where !whole.contains(day) { try await store.digest(day) }
    return stored
  }
}
