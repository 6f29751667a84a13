import Compression
import Detection
import Foundation
import Fuzzing
import Observations
import Pool
import Testing

/// What a pool is sent and what it keeps, with changes by chance: no reader is ever led astray, and what is
/// accepted has one form.
///
/// The good ones are kept in `Fuzz/corpora/pool`, for the fuzzer to begin with. Where an encoding changed,
/// `CULPRIT_WRITE_SEEDS=1` in the environment of this test writes them again.
@Suite struct PoolBytesTests {
  static let folder = CorpusTests.folder.appending(path: "pool")
  static let day = Day(rawValue: 20_717)

  private static func reports() throws -> [Report] {
    let start = day.start
    var full = Report(
      subject: try #require(Address("198.51.100.7")),
      shape: ReportShape(transport: .udp, direction: .inbound, manner: .service),
      ports: [137, 138],
      first: start, last: Timestamp(seconds: start.wholeSeconds + 90),
      packets: CountRange(low: 3, high: 5), targets: CountRange(2),
      verdict: SensorVerdict(article: "reverse-name-lookup", posterior: 0.97), knowledge: "made",
      mayBeForged: true)
    full.pseudonyms = [1, 2].map { Pseudonym(rawValue: $0) }
    var pattern = Pattern(transport: .udp)
    pattern.sourcePort = .fixed(137)
    pattern.destinationPort = 137
    pattern.targetOrder = .sequential
    pattern.burstSize = 3
    pattern.length = 78
    pattern.payloadKey = 0x1234_5678
    full.pattern = pattern
    let plain = Report(
      subject: try #require(Address("2001:db9::7")),
      shape: ReportShape(transport: .tcp, direction: .inbound, manner: .service), ports: [445],
      first: start, last: start, packets: CountRange(1), targets: CountRange(1), knowledge: "made",
      mayBeForged: false)
    return [full, plain]
  }

  /// Well-formed bytes of every kind, by name; the same on every run.
  static func seeds() throws -> [(name: String, bytes: [UInt8])] {
    let key = try #require(SensorKey(seed: [UInt8](repeating: 9, count: 32)))
    let reports = try reports()
    let signed = try key.sign(sequence: 1, reports: reports)
    var seeds: [(name: String, bytes: [UInt8])] = [
      ("signed-batch", signed.bytes), ("batch", signed.body), ("report", reports[0].encoded),
      ("report-without-verdict", reports[1].encoded),
    ]
    if let pattern = reports[0].pattern { seeds.append(("pattern", pattern.encoded)) }
    if let packed = Gzip.compressed(signed.bytes + signed.bytes) {
      seeds.append(("batches-by-gzip", packed))
    }
    return try seeds + kept(reports, key.sensor) + events()
  }

  private static func kept(
    _ reports: [Report], _ sensor: SensorID
  ) throws -> [(name: String, bytes: [UInt8])] {
    var (tally, trend, set) = (SourceTally(), TrendTally(), DistinctSet())
    var maker = DayDigestMaker(day: day, key: SampleKey(high: 1, low: 2))
    let networks = (0..<70).map { Prefix(of: Address(ipv4: 0xcb00_0000 + $0 << 8), length: 24) }
    for network in networks {
      for report in reports { tally.add(report, sensor: sensor, network: network) }
      trend.add(source: reports[0].subject, network: network)
      set.insert(network)
    }
    for report in reports {
      maker.add(report.subject, networks.prefix(5).map { SourceSighting(report, network: $0) })
    }
    let digest = try #require(maker.digests()[.total])
    let exposure = DayExposure(
      day: day,
      networks: networks.prefix(3).enumerated().map {
        DayExposure.Network(network: $1, watched: $0 == 0 ? nil : 256)
      })
    var few = DistinctSet()
    for network in networks.prefix(5) { few.insert(network) }
    return [
      ("tally", tally.encoded), ("trend", trend.encoded), ("set-of-many", set.encoded),
      ("set-of-few", few.encoded), ("digest", digest.encoded), ("exposure", exposure.encoded),
    ]
  }

  private static func events() throws -> [(name: String, bytes: [UInt8])] {
    let article = "horizontal-scan"
    let events: [IncidentEvent] = [
      .reported(reports: 300, networks: 4, last: day.start, article: article),
      .acknowledged(by: "Ann"), .confirmed(by: "Ann", article: article, because: "asked"),
      .commented(by: "Ann", text: "<b>Ä</b>"), .fellQuiet,
    ]
    let incident = Incident(
      id: IncidentID(rawValue: 1), subject: try #require(Address("198.51.100.7")), opened: day.start
    )
    return events.enumerated().map { ("event-\($0)", $1.encoded) }
      + [("incident", incident.snapshot)]
  }

  @Test func theFuzzerBeginsWithThem() throws {
    for (name, bytes) in try PoolBytesTests.seeds() {
      let file = PoolBytesTests.folder.appending(path: name)
      if ProcessInfo.processInfo.environment["CULPRIT_WRITE_SEEDS"] != nil {
        try FileManager.default.createDirectory(
          at: PoolBytesTests.folder, withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
      }
      let stored = try? Data(contentsOf: file)
      #expect(stored.map(Array.init) == bytes, "\(name) is not what Fuzz/corpora/pool has")
    }
  }

  @Test func whatIsChangedByChanceLeadsNobodyAstray() throws {
    let seeds = try PoolBytesTests.seeds()
    for (name, bytes) in seeds {
      var random = MadeNumbers(state: UInt64(bytes.count))
      for round in 0..<400 {
        var changed = bytes
        for _ in 0..<random.number(in: 1...3) {
          PoolBytesTests.change(&changed, by: seeds.map(\.bytes), &random)
        }
        let input = [FuzzKind.pool.rawValue, 0] + changed
        #expect(throws: Never.self, "\(name), round \(round): \(changed)") {
          try Fuzzing.one(input)
        }
      }
    }
  }

  /// A byte, a piece, a number at its bounds, or a piece of another.
  private static func change(
    _ bytes: inout [UInt8], by others: [[UInt8]], _ random: inout MadeNumbers
  ) {
    guard !bytes.isEmpty else { return bytes = [UInt8(random.number(in: 0...255))] }
    let place = random.number(in: 0...bytes.count - 1)
    let end = min(bytes.count, place + random.number(in: 1...8))
    switch random.number(in: 0...6) {
    case 0: bytes[place] ^= 1 << UInt8(random.number(in: 0...7))
    case 1: bytes[place] = UInt8(random.number(in: 0...255))
    case 2: bytes.removeSubrange(place..<end)
    case 3: bytes.replaceSubrange(place..<end, with: repeatElement(0xff, count: end - place))
    case 4: bytes.replaceSubrange(place..<end, with: repeatElement(0, count: end - place))
    case 5: bytes.insert(contentsOf: bytes[place..<end], at: place)
    default:
      let other = others[random.number(in: 0...others.count - 1)]
      bytes.replaceSubrange(place..., with: other.dropFirst(place))
    }
  }

  /// Numbers in more bytes than they take, bits that nobody sets, days beyond all time: each once was read
  /// as if it were another form of the same.
  @Test func otherFormsOfTheSameAreRefused() throws {
    let seeds = Dictionary(uniqueKeysWithValues: try PoolBytesTests.seeds().map { ($0, $1) })
    let event = try #require(seeds["event-0"])
    #expect(throws: BatchError.self) {
      // 300 reports are ac 02.
      try IncidentEvent(encoded: [event[0], event[1], event[2] | 0x80, 0] + event[3...])
    }
    var digest = try #require(seeds["digest"])
    #expect(throws: Never.self) { try DayDigest(encoded: digest) }
    digest[1] = 0x7f
    #expect(throws: BatchError.self) { try DayDigest(encoded: digest) }
    var exposure = try #require(seeds["exposure"])
    exposure[1] = 0x80
    #expect(throws: BatchError.self) { try DayExposure(encoded: exposure) }
  }
}

/// Numbers that look like chance and are the same on every run (SplitMix64).
struct MadeNumbers {
  var state: UInt64

  mutating func number(in range: ClosedRange<Int>) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    let width = UInt64(range.upperBound - range.lowerBound) + 1
    return range.lowerBound + Int((mixed ^ mixed >> 31).multipliedFullWidth(by: width).high)
  }
}
