import Detection
import Observations
import Testing

/// Hand-made packets for one stream.
struct Traffic1 {
  var list: [(Observation, [(Resolution.Kind, String, String)])] = []
  var now: Int64 = 1_200_000_000_000_000_000

  mutating func wait(_ seconds: Double) { now += Int64(seconds * 1e9) }

  mutating func packet(
    _ source: String, _ sourcePort: UInt16, _ destination: String, _ destinationPort: UInt16,
    _ transport: Transport = .udp, flags: TCPFlags = [], hint: ApplicationHint = .none,
    detail: UInt32 = 0, marks: Marks = [], action: Action = .unknown, path: Path = .unknown,
    learns: [(Resolution.Kind, String, String)] = []
  ) {
    var o = Observation()
    o.time = now
    o.source = Address(source) ?? .unspecified
    o.destination = Address(destination) ?? .unspecified
    o.sourcePort = sourcePort
    o.destinationPort = destinationPort
    o.transport = transport
    o.tcpFlags = flags
    o.hint = hint
    o.detail = detail
    o.marks = marks.union(.ports)
    o.action = action
    o.path = path
    o.length = 78
    list.append((o, learns))
  }

  /// One reverse query that fails and one lookup with three tries.
  mutating func reverseLookup(_ host: String, of target: String) {
    packet(
      host, 1_053, "192.0.2.53", 53, hint: .dnsQuery,
      learns: [(.reverseAsked, host, target)])
    wait(0.05)
    packet(
      "192.0.2.53", 53, host, 1_053, hint: .dnsResponse,
      learns: [(.reverseFailed, host, target)])
    wait(0.1)
    nameLookup(host, of: target)
  }

  mutating func nameLookup(_ host: String, of target: String) {
    for _ in 0..<3 {
      packet(host, 137, target, 137, hint: .nodeStatusQuery)
      wait(1.5)
    }
  }

  func run(
    isCapture: Bool = true, refusalsOnly: Bool = false, seed: UInt64 = 7, workers: Int = 1
  ) -> StreamResult {
    finish(
      StreamFacts(
        path: "made", isCapture: isCapture, refusalsOnly: refusalsOnly, losesLines: false),
      seed: seed, workers: workers)
  }

  func finish(_ facts: StreamFacts, seed: UInt64 = 7, workers: Int = 1) -> StreamResult {
    let detector = StreamDetector(seed: seed)
    let crew = (0..<workers).map { StreamDetector.Worker(number: $0, count: workers) }
    let batch = ObservationBatch()
    func flush() {
      detector.annotate(batch)
      for worker in crew { detector.consume(batch, worker: worker) }
      batch.removeAll()
    }
    for (number, (observation, learns)) in list.enumerated() {
      for (kind, client, address) in learns {
        _ = batch.append(
          Resolution(
            index: UInt32(batch.count), kind: kind, client: Address(client) ?? .unspecified,
            address: Address(address) ?? .unspecified))
      }
      batch.append(observation, offset: UInt64(number) * 100, record: UInt64(number) + 1)
      if batch.isFull { flush() }
    }
    flush()
    return detector.finish(facts)
  }

  func activities(
    isCapture: Bool = true, refusalsOnly: Bool = false, seed: UInt64 = 7, workers: Int = 1
  ) -> [ActivityEvidence] {
    let result = run(
      isCapture: isCapture, refusalsOnly: refusalsOnly, seed: seed, workers: workers)
    return Correlation(streams: [result], visits: [], home: []).activities
  }
}

@Suite struct StreamTests {
  private func number(_ evidence: ActivityEvidence, _ kind: FindingKind, _ value: String) -> Double?
  {
    evidence.finding(kind)?.values[value]?.numeric
  }

  @Test func lookupsAfterFailedReverseQueries() throws {
    var traffic = Traffic1()
    for k in 0..<60 { traffic.reverseLookup("203.0.113.20", of: "198.51.\(k).\(k + 1)") }
    let all = traffic.activities()
    #expect(all.count == 1)
    let one = try #require(all.first)
    #expect(one.shape == .service(transport: .udp, port: 137))
    #expect(number(one, .nameLookups, "lookups") == 60)
    #expect(number(one, .nameLookups, "tries") == 3)
    #expect(number(one, .nameLookups, "packets") == 180)
    #expect(abs((number(one, .nameLookups, "cadenceSeconds") ?? 0) - 1.5) < 0.06)
    #expect(number(one, .failedReverseLookupFirst, "share") == 1)
    #expect(abs((number(one, .failedReverseLookupFirst, "medianLagSeconds") ?? 0) - 0.1) < 0.02)
    #expect(one.capabilities[.dns] == .available)
    #expect(one.capabilities[.visitors] != .available)
    #expect(one.finding(.nameLookups)?.evidence.count == 6)
    #expect(one.finding(.nameLookups)?.evidence.first?.record == 3)
    #expect(one.finding(.nameLookups)?.evidence.last?.record == UInt64(traffic.list.count))
  }

  @Test func serversThatAnswerAreNotAccused() {
    var traffic = Traffic1()
    for k in 0..<300 {
      let client = "198.51.\(k % 200).\(k / 2)"
      traffic.packet(client, 40_000 + UInt16(k), "203.0.113.80", 80, .tcp, flags: .syn)
      traffic.wait(0.01)
      traffic.packet("203.0.113.80", 80, client, 40_000 + UInt16(k), .tcp, flags: [.syn, .ack])
      traffic.wait(0.5)
      traffic.packet(client, 50_000, "203.0.113.80", 53, hint: .dnsQuery)
      traffic.packet("203.0.113.80", 53, client, 50_000, hint: .dnsResponse)
    }
    #expect(traffic.activities().isEmpty)
  }

  @Test func aClientWhosePeersAnswerIsOrdinary() {
    var traffic = Traffic1()
    for k in 0..<200 {
      let server = "198.51.\(k).7"
      traffic.packet("10.0.0.5", 41_000, server, 443, .tcp, flags: .syn)
      traffic.wait(0.02)
      traffic.packet(server, 443, "10.0.0.5", 41_000, .tcp, flags: [.syn, .ack])
      traffic.wait(1)
    }
    let result = traffic.run()
    let correlation = Correlation(streams: [result], visits: [], home: [])
    #expect(correlation.activities.isEmpty)
    #expect(correlation.quiet.contains { $0.reason == .ordinary && $0.count == 1 })
  }

  @Test func namesResolvedBeforeAreExpected() {
    var traffic = Traffic1()
    for k in 0..<100 {
      traffic.packet(
        "192.0.2.53", 53, "10.0.0.5", 1_053, hint: .dnsResponse,
        learns: [(.forwardAnswered, "10.0.0.5", "198.51.\(k).7")])
      traffic.wait(0.2)
      traffic.packet("10.0.0.5", 41_000, "198.51.\(k).7", 443, .tcp, flags: .syn)
      traffic.wait(1)
    }
    #expect(traffic.activities().isEmpty)
  }

  @Test func aSweepIsCountedExactly() throws {
    var traffic = Traffic1()
    for k in 0..<1_000 {
      for _ in 0..<2 {
        traffic.packet(
          "203.0.113.9", 40_000, "198.\(k / 250).\(k % 250).1", 23, .tcp, flags: .syn)
        traffic.wait(0.3)
      }
    }
    let one = try #require(traffic.activities().first)
    #expect(number(one, .sweep, "targets") == 1_000)
    #expect(number(one, .sweep, "unexpected") == 1_000)
    #expect(one.traffic.packets == Bound(low: 2_000, high: 2_000))
    #expect(one.traffic.sourcePorts == [40_000])
  }

  @Test(
    arguments: [
      (Action.allowed, Path.outbound, false), (.unknown, .outbound, false),
      (.blocked, .outbound, true), (.allowed, .inbound, false), (.unknown, .inbound, true),
    ])
  func aLogOfWhatWasLetThroughAccusesNobody(action: Action, path: Path, raised: Bool) {
    var traffic = Traffic1()
    for k in 0..<300 {
      traffic.packet(
        "203.0.113.9", 40_000 + UInt16(k), "198.51.\(k / 250).\(k % 250)", 443, .tcp, flags: .syn,
        action: action, path: path)
      traffic.wait(3)
    }
    let result = traffic.run(isCapture: false)
    let correlation = Correlation(streams: [result], visits: [], home: [])
    #expect(correlation.activities.isEmpty == !raised)
    if !raised { #expect(correlation.quiet.map(\.reason) == [.letThrough]) }
  }

  @Test func aPortSweepHasItsPorts() throws {
    var traffic = Traffic1()
    for port in UInt16(1_000)...1_500 {
      for _ in 0..<2 {
        traffic.packet(
          "192.168.10.55", 56_247, "192.168.10.1", port, .tcp, flags: .syn, action: .blocked)
        traffic.wait(0.1)
      }
    }
    let all = traffic.activities(isCapture: false, refusalsOnly: true)
    #expect(all.count == 1)
    let one = try #require(all.first)
    #expect(one.shape == .manyPorts(transport: .tcp))
    #expect(one.traffic.destinationPorts == [1_000...1_500])
    #expect(number(one, .portSweep, "ports") == 501)
    #expect(one.traffic.packets.low == 1_002)
    #expect(one.capabilities[.replies] != .available)
  }

  /// Few ports, but within seconds and nearly all of well-known services; slower, or above 1023, they are nothing yet.
  @Test(arguments: [
    ([21, 23, 25, 80, 443, 139, 445] as [UInt16], 0.2, true),
    ([21, 23, 25, 80, 443, 139], 0.2, false), ([21, 23, 25, 80, 443, 139, 445], 4, false),
    ([6_001, 6_002, 6_003, 6_004, 6_005, 6_006, 6_007, 6_008], 0.2, false),
  ])
  func aFewPortsInAHurry(ports: [UInt16], gap: Double, raised: Bool) throws {
    var traffic = Traffic1()
    for port in ports {
      traffic.packet("192.0.2.53", 10_000, "10.0.0.5", port, .tcp, flags: .syn, action: .blocked)
      traffic.wait(gap)
    }
    let all = traffic.activities(isCapture: false, refusalsOnly: true)
    #expect(all.map(\.shape) == (raised ? [.manyPorts(transport: .tcp)] : []))
  }

  @Test func lateAnswersAreNoPortSweep() {
    var traffic = Traffic1()
    for port in UInt16(30_000)..<30_400 {
      traffic.packet("192.0.2.53", 53, "10.0.0.5", port, action: .blocked)
      traffic.wait(0.5)
      traffic.packet(
        "192.0.2.80", 80, "10.0.0.5", port, .tcp, flags: [.ack, .fin], action: .blocked)
    }
    #expect(traffic.activities(isCapture: false, refusalsOnly: true).isEmpty)
  }

  @Test func followUpsOfAnsweredLookupsAreSeen() throws {
    var traffic = Traffic1()
    for k in 0..<50 {
      let target = "198.51.\(k).9"
      traffic.nameLookup("203.0.113.20", of: target)
      guard k % 5 == 0 else { continue }
      traffic.packet(target, 137, "203.0.113.20", 137, hint: .nameResponse)
      traffic.wait(0.1)
      traffic.packet("203.0.113.20", 3_000, target, 139, .tcp, flags: .syn)
    }
    let one = try #require(
      traffic.activities().first { $0.shape == .service(transport: .udp, port: 137) })
    #expect(number(one, .shareFollowUp, "answered") == 10)
    #expect(number(one, .shareFollowUp, "followed") == 10)
    #expect(one.capabilities[.followUp] == .available)
  }

  @Test func misreadHeadersAreCountedByOutcome() throws {
    var traffic = Traffic1()
    for k in 0..<40 {
      let hint: ApplicationHint = k % 10 == 0 ? .icmpErrorAsUDPRefuted : .icmpErrorAsUDP
      traffic.packet(
        "172.22.1.9", 770, "172.22.255.255", 63_000 + UInt16(k), hint: hint,
        detail: UInt32(k / 5), marks: .broadcast)
      traffic.wait(0.01)
    }
    let one = try #require(traffic.activities().first)
    #expect(one.shape == .misreadHeader(sourcePort: 770))
    #expect(number(one, .icmpErrorAsUDP, "verified") == 36)
    #expect(number(one, .icmpErrorAsUDP, "refuted") == 4)
    #expect(number(one, .icmpErrorAsUDP, "distinctQuotes") == 8)
    #expect(number(one, .icmpErrorAsUDP, "icmpType") == 3)
    #expect(number(one, .icmpErrorAsUDP, "icmpCode") == 2)
  }

  @Test func anICMPErrorBlamesNobody() {
    var traffic = Traffic1()
    traffic.packet(
      "192.168.1.102", 3, "192.168.1.1", 3, .icmp, hint: .icmpError,
      marks: [.quoted, .quoteMatches])
    let result = traffic.run()
    let correlation = Correlation(streams: [result], visits: [], home: [])
    #expect(correlation.activities.isEmpty)
    #expect(correlation.quiet.map(\.reason) == [.icmpErrors])
  }

  @Test(arguments: [2, 3, 7, 16])
  func anyNumberOfWorkersAndAnySeedFindTheSame(workers: Int) {
    var traffic = Traffic1()
    var random = SplitMix(state: 99)
    for _ in 0..<20_000 {
      let source = "10.0.\(random.next() % 3).\(random.next() % 40)"
      let target = "198.51.\(random.next() % 90).\(random.next() % 200)"
      if random.next() % 3 == 0 {
        traffic.packet(source, 137, target, 137, hint: .nodeStatusQuery)
      } else {
        let port = UInt16(truncatingIfNeeded: random.next() % 60)
        traffic.packet(source, 4_000, target, port, .tcp, flags: .syn)
        if random.next() % 4 == 0 {
          traffic.packet(target, port, source, 4_000, .tcp, flags: [.syn, .ack])
        }
      }
      traffic.wait(0.2)
    }
    let alone = traffic.activities()
    #expect(!alone.isEmpty)
    #expect(traffic.activities(seed: 123_456, workers: workers) == alone)
  }
}
