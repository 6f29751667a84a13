internal import Detection
internal import Observations
internal import Pool

/// A pool as an attacker on it would find it: sensors in networks, what they met of one source, and what is
/// published of that. Everything passes through the pool's own code, as bytes where sensors send bytes.
struct PoisonedPool {
  /// One sensor, and the network it is counted for.
  struct Member {
    let sensor: SensorID
    let network: Prefix
  }

  let source: Address
  private var tally = SourceTally()
  private var sequence: Int64 = 0

  /// The day on which everything happens.
  static let day = Day(rawValue: 20_600)

  init(source: Address) { self.source = source }

  /// The sensor of a number: `kind` keeps honest and fake ones apart.
  static func member(_ number: Int, kind: UInt32, network: Int? = nil) -> Member {
    // A number from 1 on always names a sensor.
    let sensor =
      SensorID(rawValue: Int64(kind) << 32 | Int64(number + 1))
      ?? SensorID(publicKey: [UInt8(truncatingIfNeeded: number)])
    let block = Address(ipv4: kind << 24 | UInt32(truncatingIfNeeded: network ?? number) << 8)
    return Member(sensor: sensor, network: Prefix(of: block, length: 24))
  }

  /// What a sensor says of the source: a service, and what it made of it.
  struct Statement {
    var service: Service
    var article: String?
    var isFirm = false
    var hour: Int64 = 12
  }

  /// Takes in one batch of a sensor.
  ///
  /// - Throws: `BatchError` where the batch would be refused.
  mutating func take(_ statements: [Statement], from member: Member) throws(BatchError) {
    sequence += 1
    let reports = statements.map { report($0) }
    let bytes = Batch(
      id: BatchID(sensor: member.sensor, sequence: sequence), reports: reports
    ).encoded
    for report in try Batch(encoded: bytes).reports {
      tally.add(report, sensor: member.sensor, network: member.network)
    }
  }

  private func report(_ statement: Statement) -> Report {
    let start = PoisonedPool.day.start.wholeSeconds + statement.hour * 3_600
    return Report(
      subject: source,
      shape: ReportShape(
        transport: statement.service.transport, direction: .inbound, manner: .service),
      ports: [statement.service.port], first: Timestamp(seconds: start),
      last: Timestamp(seconds: start + 60), packets: CountRange(3), targets: CountRange(1),
      verdict: statement.article.map { SensorVerdict(article: $0, posterior: 0.9) },
      mayBeForged: !statement.isFirm)
  }

  /// What everybody may know two days later; nil where nothing is published.
  func published(by rules: Publication) -> PublicSource? {
    let now = PoisonedPool.day.advanced(by: 3).start
    return rules.source(tally.summary(of: source), at: now)
  }
}
