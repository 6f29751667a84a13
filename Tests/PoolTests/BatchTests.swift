import Observations
import Pool
import Testing

/// One batch, one encoding; and no bytes harm.
@Suite struct BatchTests {
  private let key = SensorKey()

  private func reports(_ count: Int, seed: UInt64) -> [Report] {
    var chance = Chance(seed)
    return (0..<count).map { _ in madeReport(&chance) }
  }

  @Test func whatIsWrittenIsReadAgain() throws {
    for seed in 0..<15 as Range<UInt64> {
      let made = reports(25, seed: seed)
      for report in made { #expect(report.problem == nil) }
      let signed = try key.sign(sequence: Int64(seed + 1), reports: made)
      let read = try SignedBatch(bytes: signed.bytes).verified(by: key.publicKey)
      #expect(read.reports == made)
      #expect(read.id == BatchID(sensor: key.sensor, sequence: Int64(seed + 1)))
      #expect(read.encoded == signed.body)
      #expect(signed.claimedID == read.id)
    }
  }

  @Test func everyFlippedBitIsRefused() throws {
    let signed = try key.sign(sequence: 7, reports: reports(1, seed: 3))
    var bytes = signed.bytes
    for bit in 0..<8 * bytes.count {
      bytes[bit / 8] ^= 1 << (bit % 8)
      #expect(throws: BatchError.self) {
        try SignedBatch(bytes: bytes).verified(by: key.publicKey)
      }
      bytes[bit / 8] ^= 1 << (bit % 8)
    }
  }

  @Test func everyCutIsRefused() throws {
    let whole = try key.sign(sequence: 7, reports: reports(3, seed: 4)).body
    for length in 0..<whole.count {
      #expect(throws: BatchError.self) { try Batch(encoded: Array(whole[..<length])) }
    }
    #expect(throws: BatchError.trailing(bytes: 1)) { try Batch(encoded: whole + [0]) }
  }

  /// What a sensor with a sound key may sign is as hostile as anything else.
  @Test func changedBytesNeverReadAsAnotherEncodingOfABatch() throws {
    var chance = Chance(11)
    let whole = try key.sign(sequence: 7, reports: reports(4, seed: 5)).body
    var accepted = 0
    for _ in 0..<3_000 {
      var bytes = whole
      for _ in 0...chance.below(3) { bytes[chance.below(bytes.count)] = UInt8(chance.below(256)) }
      guard let batch = try? Batch(encoded: bytes) else { continue }
      accepted += 1
      #expect(batch.encoded == bytes)
      #expect(batch.reports.allSatisfy { $0.problem == nil })
    }
    #expect(accepted > 20)
  }

  @Test func aClaimedNumberIsNotBelieved() throws {
    var bytes = try key.sign(sequence: 7, reports: reports(1, seed: 6)).body
    bytes[21] = 0xff
    bytes[22] = 0xff
    #expect(throws: BatchError.beyondBound(offset: 21, claimed: 65_535, most: 4_096)) {
      try Batch(encoded: bytes)
    }
    bytes[21] = 0x0f
    #expect(throws: BatchError.truncated(offset: 21)) { try Batch(encoded: bytes) }
    bytes[21] = 0
    bytes[22] = 0
    #expect(throws: BatchError.notCanonical(offset: 21)) { try Batch(encoded: bytes) }
    bytes[4] = 2
    #expect(throws: BatchError.unknownVersion(2)) { try Batch(encoded: bytes) }
  }

  @Test func anothersKeyIsRefused() throws {
    let signed = try key.sign(sequence: 7, reports: reports(1, seed: 6))
    #expect(throws: BatchError.otherSensor) { try signed.verified(by: SensorKey().publicKey) }
    #expect(throws: BatchError.otherSensor) { try signed.verified(by: [1, 2, 3]) }
    let swapped = SignedBatch(
      body: signed.body,
      signature: try key.sign(sequence: 8, reports: reports(1, seed: 6)).signature)
    #expect(throws: BatchError.badSignature) { try swapped.verified(by: key.publicKey) }
  }

  @Test func badReportsAreRefusedWithTheirReason() throws {
    var chance = Chance(1)
    func problem(_ change: (inout Report) -> Void) -> ReportProblem? {
      var report = madeReport(&chance)
      report.shape.transport = .udp
      report.shape.icmp = nil
      report.pattern = nil
      report.ports = [137]
      #expect(report.problem == nil)
      change(&report)
      return report.problem
    }
    let nobody = [
      "0.0.0.0", "255.255.255.255", "224.0.0.1", "127.0.0.1", "::1", "fe80::1", "0.1.2.3",
    ]
    for text in nobody {
      let address = try #require(Address(text))
      #expect(problem { $0.subject = address } == .noSingleHost)
    }
    #expect(problem { $0.subject = Address(veiled: 98, mask: 255) } == .noSingleHost)
    #expect(
      problem { $0.last = Timestamp(seconds: $0.first.wholeSeconds - 1) } == .endsBeforeItBegins)
    #expect(problem { $0.last = Timestamp(seconds: $0.first.wholeSeconds + 86_401) } == .tooLong)
    #expect(problem { $0.first.nanoseconds += 1 } == .badTime)
    #expect(problem { $0.first = Timestamp(nanoseconds: .min) } == .badTime)
    #expect(problem { $0.packets = CountRange(low: 2, high: 1) } == .badCount)
    #expect(problem { $0.packets = .zero } == .badCount)
    #expect(problem { $0.packets.high = .max } == .badCount)
    #expect(problem { $0.targets = CountRange(5_000) } == .moreTargetsThanPackets)
    #expect(problem { $0.ports = [2, 1] } == .badList)
    #expect(problem { $0.ports = Array(1...17) } == .badList)
    #expect(problem { $0.shape.transport = .esp } == .portsWithoutPorts)
    #expect(
      problem {
        $0.shape.transport = .icmp; $0.ports = []
      } == .badMessage)
    #expect(problem { $0.verdict = SensorVerdict(article: "No Such", posterior: 1) } == .badArticle)
    #expect(problem { $0.verdict = SensorVerdict(article: "", posterior: 1) } == .badArticle)
    #expect(problem { $0.knowledge = "two\nlines" } == .badKnowledge)
    #expect(problem { $0.vantage = Vantage(rawValue: 1 << 31) } == .badVantage)
    #expect(problem { $0.pattern = Pattern(transport: .tcp) } == .badPattern)
    #expect(
      problem {
        $0.pattern = Pattern(transport: .udp)
        $0.pattern?.burstSize = .nan
      } == .badPattern)
  }

  @Test func pseudonymsAreTheSensorsOwn() throws {
    let target = try #require(Address("192.0.2.1"))
    let again = try #require(SensorKey(seed: key.secret))
    #expect(key.pseudonym(of: target) == again.pseudonym(of: target))
    #expect(key.pseudonym(of: target) != SensorKey().pseudonym(of: target))
    #expect(again.publicKey == key.publicKey)
    #expect(SensorID(key.sensor.description) == key.sensor)
  }
}

extension Transport {
  fileprivate static var esp: Transport { Transport(rawValue: 50) }
}
