import Detection
import Observations
import Testing

/// Hand-made frames with hardware addresses.
struct Frames {
  var list: [(Observation, PacketDetails)] = []
  var now: Int64 = 1_200_000_000_000_000_000

  mutating func wait(_ seconds: Double) { now += Int64(seconds * 1e9) }

  mutating func frame(
    _ hardware: UInt64, _ source: String, _ sourcePort: UInt16, _ destination: String,
    _ destinationPort: UInt16, _ transport: Transport = .udp, flags: TCPFlags = [],
    hint: ApplicationHint = .none, detail: UInt32 = 0, marks: Marks = [], timeToLive: UInt8 = 64
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
    o.marks = transport == .arp ? marks : marks.union(.ports)
    o.timeToLive = timeToLive
    o.length = 60
    var details = PacketDetails()
    details.sender = hardware
    details.receiver = transport == .arp ? hardware : 0xff
    list.append((o, details))
  }

  mutating func claim(_ hardware: UInt64, _ address: String, to other: String? = nil) {
    frame(
      hardware, address, other == nil ? 1 : 2, other ?? address, 0, .arp,
      marks: other == nil ? .broadcast : [])
  }

  mutating func ask(_ hardware: UInt64, _ address: String, about other: String) {
    frame(hardware, address, 1, other, 0, .arp, marks: .broadcast)
  }

  func run(seed: UInt64 = 7, workers: Int = 1, path: String = "made") -> StreamResult {
    let detector = StreamDetector(seed: seed)
    let crew = (0..<workers).map { StreamDetector.Worker(number: $0, count: workers) }
    let batch = ObservationBatch()
    func flush() {
      detector.annotate(batch)
      for worker in crew { detector.consume(batch, worker: worker) }
      batch.removeAll()
    }
    for (number, (observation, details)) in list.enumerated() {
      batch.append(
        observation, details, offset: UInt64(number) * 100, record: UInt64(number) + 1)
      if batch.isFull { flush() }
    }
    flush()
    return detector.finish(
      StreamFacts(path: path, isCapture: true, refusalsOnly: false, losesLines: false))
  }

  func activities(seed: UInt64 = 7, workers: Int = 1) -> [ActivityEvidence] {
    Correlation(streams: [run(seed: seed, workers: workers)], visits: [], home: []).activities
  }
}

/// A small generator of chance, the same everywhere.
struct Chance {
  var state: UInt64
  mutating func next(_ below: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(below))
  }
  mutating func uniform() -> Double { Double(next(1 << 30)) / Double(1 << 30) }
}

@Suite struct ForgedSourceTests {
  private func misread(sources: [String], owned: Bool) -> Frames {
    var frames = Frames()
    if owned {
      for (number, source) in sources.enumerated() {
        frames.claim(0x10 + UInt64(number), source)
        frames.wait(1)
      }
    }
    frames.claim(0x99, "10.1.0.99")
    for round in 0..<6 {
      for source in sources {
        for step in 0..<5 {
          frames.frame(
            0x99, source, 770, "10.1.255.255", UInt16(40_000 + round * 50 + step),
            hint: .icmpErrorAsUDP, detail: UInt32(round * 5 + step), marks: .broadcast)
          frames.wait(0.001)
        }
        frames.wait(11)
      }
    }
    return frames
  }

  @Test func theHardwareIsTheSubject() throws {
    let activities = misread(sources: ["10.1.0.1", "10.1.0.2", "10.1.255.255"], owned: true)
      .activities()
    let activity = try #require(activities.first)
    #expect(activities.count == 1)
    #expect(activity.subject == .mac(0x99))
    let forged = try #require(activity.finding(.forgedSource))
    #expect(forged.values["addresses"] == .integer(3))
    // The third "claims" the broadcast address only in this hand-made evidence.
    #expect(forged.values["impossible"] == .integer(30))
    #expect(forged.values["ownAddress"] == .text("10.1.0.99"))
    #expect(activity.traffic.packets.low == 90)
    #expect(activity.finding(.directedBroadcast)?.values["address"] == .text("10.1.255.255"))
  }

  /// A router's many sources are no forgery: nobody else on the link owns them.
  @Test func sourcesThatNobodyElseOwnsAreTheirOwn() {
    let activities = misread(sources: ["192.0.2.1", "192.0.2.2"], owned: false).activities()
    #expect(activities.map(\.subject.value) == ["192.0.2.1", "192.0.2.2"])
    #expect(activities.allSatisfy { $0.finding(.forgedSource) == nil })
  }
}

@Suite struct AddressClaimTests {
  private func kinds(_ frames: Frames) -> [String] {
    frames.activities().filter { $0.shape == .addressClaims }.map { activity in
      let finding = activity.finding(.arpClaims)
      let what = finding?.values["poisoning"] == .flag(true) ? "poisoning" : "conflict"
      return "\(what) \(activity.subject.value)"
    }
  }

  @Test func twoThatHoldOneAddressByTurns() {
    var frames = Frames()
    for _ in 0..<4 {
      frames.claim(0xa, "10.0.0.5")
      frames.wait(2)
      frames.claim(0xb, "10.0.0.5")
      frames.wait(30)
    }
    #expect(kinds(frames) == ["conflict 10.0.0.5"])
  }

  @Test func aBootAndAReplacedCardAreNone() {
    var frames = Frames()
    for _ in 0..<3 {
      frames.claim(0xa, "10.0.0.5")
      frames.wait(1)
    }
    frames.wait(600)
    for _ in 0..<3 {
      frames.claim(0xb, "10.0.0.5")
      frames.wait(1)
    }
    #expect(kinds(frames).isEmpty)
  }

  @Test func oneThatSpeaksForTheGateway() {
    var frames = Frames()
    for _ in 0..<5 {
      frames.claim(0xa, "10.0.0.1", to: "10.0.0.7")
      frames.claim(0xc, "10.0.0.66")
      frames.claim(0xc, "10.0.0.66")
      frames.claim(0xc, "10.0.0.1", to: "10.0.0.7")
      frames.wait(10)
    }
    #expect(kinds(frames) == ["poisoning 00:00:00:00:00:0c"])
  }

  /// Two claims are few; but it asks, under an address of its own, who holds what it had just claimed.
  @Test(arguments: [(10.0, true), (90, false)])
  func oneThatAsksForWhatItClaimed(later: Double, isTold: Bool) {
    var frames = Frames()
    frames.ask(0xc, "10.0.0.1", about: "10.0.0.7")
    frames.claim(0x7, "10.0.0.7", to: "10.0.0.1")
    frames.claim(0xc, "10.0.0.1", to: "10.0.0.7")
    frames.wait(later)
    frames.ask(0xc, "10.0.0.66", about: "10.0.0.1")
    #expect(kinds(frames) == (isTold ? ["poisoning 00:00:00:00:00:0c"] : []))
  }

  /// A router that answers for many addresses which nobody else claims is none.
  @Test func aProxyForTheAbsentIsNone() {
    var frames = Frames()
    for host in 1...20 {
      frames.claim(0xc, "10.0.0.\(host)", to: "10.0.0.7")
      frames.wait(1)
    }
    #expect(kinds(frames).isEmpty)
  }
}

@Suite struct AddressSweepTests {
  private func sweep(answered: ClosedRange<Int>?) -> [ActivityEvidence] {
    var frames = Frames()
    for host in 1...60 {
      frames.ask(0xa, "10.0.0.200", about: "10.0.0.\(host)")
      if let answered, answered.contains(host) {
        frames.claim(0x100 + UInt64(host), "10.0.0.\(host)", to: "10.0.0.200")
      }
      frames.wait(0.1)
    }
    return frames.activities()
  }

  @Test func askingForManyThatAreNotThereIsASweep() throws {
    let activity = try #require(sweep(answered: 1...10).first)
    #expect(activity.subject.value == "10.0.0.200")
    #expect(activity.traffic.destinations.low == 60)
    #expect(activity.finding(.sweep)?.values["unanswered"] == .integer(50))
  }

  @Test func aGatewayWhoseHostsAnswerIsNone() { #expect(sweep(answered: 1...58).isEmpty) }
}

@Suite struct ComingsAndGoingsTests {
  /// Office chatter of `stations` that are always there; one joins and leaves `times` times; bursts run
  /// while `active` says so.
  private func evidence(
    times: Int, seed: UInt64, active: (_ time: Double, _ presences: [ClosedRange<Double>]) -> Bool
  ) -> Frames {
    var chance = Chance(state: seed)
    var presences: [ClosedRange<Double>] = []
    var at = 200.0
    for _ in 0..<times {
      let length = 200 + 150 * chance.uniform()
      presences.append(at...at + length)
      at += length + 250 + 200 * chance.uniform()
    }
    let end = at + 100
    var events: [(Double, Int)] = []
    for station in 0..<6 {
      var time = 0.0
      while time < end {
        events.append((time, station))
        time += 10 + 20 * chance.uniform()
      }
    }
    for presence in presences {
      var time = presence.lowerBound
      while time < presence.upperBound {
        events.append((time, 50))
        time += 5 + 5 * chance.uniform()
      }
    }
    var time = 1.0
    while time < end {
      if active(time, presences) { events.append((time, 99)) }
      time += 8
    }
    var frames = Frames()
    let start = frames.now
    for (time, who) in events.sorted(by: { $0 < $1 }) {
      frames.now = start + Int64(time * 1e9)
      if who == 99 {
        for step in 0..<3 {
          frames.frame(
            0x99, "10.1.0.99", 770, "10.1.255.255", 40_000 + UInt16(step), hint: .icmpErrorAsUDP,
            detail: UInt32(time) &+ UInt32(step), marks: .broadcast)
        }
      } else {
        frames.ask(UInt64(who) + 1, "10.1.0.\(who + 1)", about: "10.1.0.254")
      }
    }
    return frames
  }

  @Test(arguments: [UInt64(1), 2, 3, 4, 5])
  func theHostThatItKeepsStepWithIsNamed(seed: UInt64) throws {
    let frames = evidence(times: 4, seed: seed) { time, presences in
      presences.contains { $0.lowerBound + 4 < time && time < $0.upperBound }
    }
    let activity = try #require(frames.activities().first)
    let finding = try #require(activity.finding(.startsAndStops))
    #expect(finding.values["host"] == .text("10.1.0.51"))
    #expect(finding.values["joins"] == .integer(4))
    #expect(finding.values["joinsFollowed"] == .integer(4))
    #expect((finding.values["pValue"]?.numeric ?? 1) < 1e-3)
  }

  /// What has nothing to do with it is not tied to it: of forty, two at most reach one in twenty.
  @Test func chanceIsCalledChance() {
    var alarms = 0
    for seed in UInt64(100)..<140 {
      var chance = Chance(state: seed)
      let phase = 900 * chance.uniform()
      let frames = evidence(times: 4, seed: seed) { time, _ in
        (time + phase).truncatingRemainder(dividingBy: 900) < 300
      }
      let finding = frames.activities().first?.finding(.startsAndStops)
      if let p = finding?.values["pValue"]?.numeric, p < 0.05 { alarms += 1 }
    }
    #expect(alarms <= 2)
  }

  @Test func twoJoinsAreTooFew() {
    let frames = evidence(times: 2, seed: 3) { time, presences in
      presences.contains { $0.lowerBound + 4 < time && time < $0.upperBound }
    }
    #expect(frames.activities().first?.finding(.startsAndStops) == nil)
  }
}

@Suite struct FloodTests {
  private func traffic(spoofed: Bool) -> [ActivityEvidence] {
    var frames = Frames()
    var chance = Chance(state: 11)
    for number in 0..<1_500 {
      let source =
        spoofed
        ? "\(1 + chance.next(250)).\(chance.next(256)).\(chance.next(256)).\(chance.next(256))"
        : "198.\(18 + number / 60_000).\(number / 250).\(1 + number % 250)"
      let life = spoofed ? UInt8(112) : UInt8(40 + chance.next(80))
      frames.frame(
        0x1, source, 1_024 + UInt16(chance.next(60_000)), "203.0.113.5", 80, .tcp, flags: .syn,
        timeToLive: life)
      frames.wait(0.002)
      guard !spoofed else { continue }
      let port = frames.list.last?.0.sourcePort ?? 0
      frames.frame(0x2, "203.0.113.5", 80, source, port, .tcp, flags: [.syn, .ack])
      frames.frame(
        0x1, source, port, "203.0.113.5", 80, .tcp, flags: [.ack], timeToLive: life)
      frames.frame(
        0x1, source, port, "203.0.113.5", 80, .tcp, flags: [.ack, .psh], timeToLive: life)
    }
    return frames.activities()
  }

  @Test(arguments: [1, 2, 5])
  func manySourcesThatNeverAnswer(workers: Int) throws {
    let activity = try #require(traffic(spoofed: true).first)
    #expect(activity.subject == .port(transport: .tcp, number: 80))
    let flood = try #require(activity.finding(.spoofedFlood))
    #expect(flood.values["victim"] == .text("203.0.113.5"))
    #expect((flood.values["sources"]?.numeric ?? 0) >= 1_490)
    #expect((flood.values["unroutableShare"]?.numeric ?? 0) > 0.05)
    #expect((flood.values["timeToLiveShare"]?.numeric ?? 0) > 0.99)
  }

  @Test func aBusyServerIsNone() {
    #expect(!traffic(spoofed: false).contains { $0.finding(.spoofedFlood) != nil })
  }
}
