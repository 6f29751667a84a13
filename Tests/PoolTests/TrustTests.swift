import Detection
import Observations
import Pool
import Testing

/// Whom the pool believes, and what it lets out.
@Suite struct TrustTests {
  @Test func accountsOfOneNetworkCountOnce() throws {
    let near = ["192.0.2.1", "192.0.2.200"].compactMap { Address($0) }
    let far = try #require(Address("192.0.3.1"))
    #expect(
      Independence.network(of: near[0], declared: nil)
        == Independence.network(of: near[1], declared: nil))
    #expect(
      Independence.network(of: near[0], declared: nil)
        != Independence.network(of: far, declared: nil))
    let six = ["2001:db8:1:1::1", "2001:db8:1:ffff::1", "2001:db8:2::1"].compactMap { Address($0) }
    #expect(Independence.network(of: six[0], declared: nil).description == "2001:db8:1::/48")
    #expect(
      Independence.network(of: six[0], declared: nil)
        == Independence.network(of: six[1], declared: nil))
    #expect(
      Independence.network(of: six[0], declared: nil)
        != Independence.network(of: six[2], declared: nil))
    let declared = try #require(Prefix("198.51.100.0/22"))
    #expect(Independence.network(of: far, declared: declared) == declared)
  }

  @Test func clocksAndPrivateAddressesAreChecked() throws {
    var chance = Chance(4)
    let key = SensorKey()
    let now = Timestamp(seconds: noon.wholeSeconds + 200_000)
    var sensor = SensorRecord(
      publicKey: key.publicKey, name: "one", declaredNetwork: nil, enrolled: noon)
    var reports = (0..<5).map { _ in madeReport(&chance) }
    func problem(_ rules: AdmissionRules = AdmissionRules()) -> AdmissionProblem? {
      rules.problem(
        with: Batch(id: BatchID(sensor: key.sensor, sequence: 1), reports: reports), of: sensor,
        at: now)
    }
    #expect(problem() == nil)
    reports[2].last = Timestamp(seconds: now.wholeSeconds + 601)
    #expect(problem() == .fromTheFuture(index: 2))
    reports[2].last = now
    reports[3].first = Timestamp(seconds: now.wholeSeconds - 31 * 86_400)
    #expect(problem() == .tooOld(index: 3))
    reports[3].first = now
    reports[4].subject = try #require(Address("10.1.2.3"))
    #expect(problem() == .privateSubject(index: 4))
    var rules = AdmissionRules()
    rules.takesPrivateSubjects = true
    #expect(problem(rules) == nil)
    sensor.suspension = SensorRecord.Suspension(since: noon, because: "lies")
    #expect(problem(rules) == .suspended)
  }

  @Test func tokensAreLongAndTheirOwn() throws {
    let token = EnrolmentToken()
    #expect(EnrolmentToken(token.text.uppercased()) == token)
    #expect(EnrolmentToken().digest != token.digest)
    for text in ["", "short", String(repeating: "1", count: 52)] {
      #expect(EnrolmentToken(text) == nil)
    }
  }

  private func summary(
    networks: Int, forgeable: Bool = true, port: (Int) -> UInt16 = { _ in 445 }
  ) throws -> SourceSummary {
    var tally = SourceTally()
    for number in 0..<networks {
      var chance = Chance(UInt64(number))
      var report = madeReport(&chance)
      report.shape = ReportShape(transport: .tcp, direction: .inbound, manner: .service)
      report.ports = [port(number)]
      report.verdict = SensorVerdict(article: "horizontal-scan", posterior: 1)
      report.mayBeForged = forgeable
      let network = Prefix(of: Address(ipv4: UInt32(number + 1) << 8), length: 24)
      let sensor = try #require(SensorID(rawValue: Int64(number + 1)))
      tally.add(report, sensor: sensor, network: network)
      tally.add(report, sensor: sensor, network: network)
    }
    return tally.summary(of: Address(ipv4: 0xc000_0201))
  }

  private let later = Timestamp(seconds: noon.wholeSeconds + 40 * 3_600)

  @Test func littleIsPublishedOfWhatFewMet() throws {
    #expect(Publication().source(try summary(networks: 2), at: later) == nil)
    let published = try #require(Publication().source(try summary(networks: 3), at: later))
    #expect(published.reportsAtLeast == 5)
    #expect(published.prevalence == .several)
    #expect(published.services.map(\.description) == ["tcp/445"])
    #expect(published.verdicts == ["horizontal-scan"])
    #expect(Publication().source(try summary(networks: 3), at: noon) == nil)
  }

  /// Whoever probes each network at a port of its own must not find that port again.
  @Test func portsOfSingleNetworksAreNotPublished() throws {
    let published = try #require(
      Publication().source(try summary(networks: 40) { 1_000 + UInt16($0) }, at: later))
    #expect(published.services.isEmpty)
    #expect(published.prevalence == .many)
  }

  @Test func agreementIsPrevalenceAndNeverGuilt() throws {
    let forged = try #require(Publication().source(try summary(networks: 500), at: later))
    #expect(forged.prevalence == .veryMany)
    #expect(forged.forgery == .anybodyCouldHave)
    let firm = try #require(
      Publication().source(try summary(networks: 5, forgeable: false), at: later))
    #expect(firm.forgery == .severalWouldHaveTo)
  }

  @Test func numbersAreCoarse() {
    let expected: [(UInt64, UInt64)] = [
      (0, 0), (1, 1), (3, 2), (9, 5), (10, 10), (4_999, 2_000), (.max, 10_000_000_000_000_000_000),
    ]
    for (value, coarse) in expected { #expect(Publication.coarse(value) == coarse) }
    let points = [
      TrendPoint(
        start: noon, reports: 77, sources: DistinctCount(value: 33, isExact: true),
        networks: DistinctCount(value: 2, isExact: true)),
      TrendPoint(
        start: noon, reports: 77, sources: DistinctCount(value: 33, isExact: true),
        networks: DistinctCount(value: 3, isExact: true)),
    ]
    #expect(
      Publication().trend(points, bucket: .hour, at: later, of: .total) == [
        PublicTrendPoint(start: noon, reportsAtLeast: 50, sourcesAtLeast: 20)
      ])
    #expect(Publication().trend(points, bucket: .day, at: noon, of: .total).isEmpty)
  }
}
