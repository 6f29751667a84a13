import Detection
import Observations
import Testing

@Suite struct HostsBehindTests {
  /// A host's counter as the test makes it.
  struct Counter {
    var value: UInt16
    var swapped = false
    var ttl: UInt8 = 117
    var skip: ClosedRange<UInt16> = 1...20

    mutating func next(_ dice: inout Dice) -> UInt16 {
      value &+= .random(in: skip, using: &dice)
      if value == 0 { value = 1 }
      return swapped ? value.byteSwapped : value
    }
  }

  static func packet(_ index: Int, number: UInt16, ttl: UInt8, target: UInt32) -> TracedPacket {
    var packet = TracedPacket(time: Int64(index) * 700_000_000)
    packet.identification = number
    packet.timeToLive = ttl
    packet.target = target
    packet.flags = 1
    return packet
  }

  static func interleaved(_ counters: [Counter], count: Int, _ dice: inout Dice) -> [TracedPacket] {
    var counters = counters
    return (0..<count).map { index in
      let who = Int.random(in: counters.indices, using: &dice)
      return packet(
        index, number: counters[who].next(&dice), ttl: counters[who].ttl,
        target: .random(in: 0...0xdfff_ffff, using: &dice))
    }
  }

  /// One to five counters, each in either byte order and anywhere on the circle, but a third of their
  /// reach apart.
  @Test(arguments: 1...5)
  func countersAreCounted(hosts: Int) throws {
    var dice = Dice(state: UInt64(hosts))
    var exact = 0
    for _ in 0..<100 {
      let start = UInt16.random(in: 0...0xffff, using: &dice)
      let counters = (0..<hosts).map { index in
        Counter(
          value: start &+ UInt16(index) &* 13_000, swapped: Bool.random(using: &dice))
      }
      let answer = HostsBehind(
        HostsBehindTests.interleaved(counters, count: 60 + 39 * hosts, &dice))
      let found = try #require(answer.hosts, "\(hosts): \(String(describing: answer.obstacle))")
      #expect((found.low...found.high).contains(hosts), "\(found)")
      #expect(found.low <= found.estimate && found.estimate <= found.high)
      exact += found.estimate == hosts ? 1 : 0
    }
    #expect(exact >= 95, "\(exact) of 100")
  }

  /// Counters that begin anywhere may be taken for one; never for more than there are, nor none.
  /// One counter whose packets come in threes, the threes in any order.
  @Test func oneCounterOutOfOrderIsNotMany() {
    var dice = Dice(state: 77)
    for _ in 0..<50 {
      let start = UInt16.random(in: 0...0xffff, using: &dice)
      let threes = (0..<1_500).map { $0 }.shuffled(using: &dice)
      let trace = (0..<255).map { index in
        HostsBehindTests.packet(
          index, number: start &+ UInt16(3 * threes[index / 3] + index % 3), ttl: 127,
          target: UInt32(threes[index / 3]))
      }
      let answer = HostsBehind(trace)
      #expect((answer.hosts?.low ?? 1) <= 1, "\(String(describing: answer.hosts))")
    }
  }

  @Test func anywhereOnTheCircle() throws {
    var dice = Dice(state: 99)
    for _ in 0..<100 {
      let counters = (0..<3).map { _ in
        Counter(value: .random(in: 0...0xffff, using: &dice), skip: 1...4)
      }
      let answer = HostsBehind(HostsBehindTests.interleaved(counters, count: 150, &dice))
      #expect((1...3).contains(try #require(answer.hosts).estimate))
    }
  }

  @Test func randomNumbersAreNoCounters() {
    var dice = Dice(state: 5)
    for count in [16, 17, 40, 100, 256] {
      for _ in 0..<50 {
        let trace = (0..<count).map { index in
          HostsBehindTests.packet(
            index, number: .random(in: 1...0xffff, using: &dice), ttl: 50,
            target: .random(in: 0...0xdfff_ffff, using: &dice))
        }
        let answer = HostsBehind(trace)
        #expect(answer.hosts == nil)
        #expect(answer.obstacle == .random || answer.obstacle == .noCounters)
        #expect(answer.values["applicable"] == .flag(false) && answer.values["estimate"] == nil)
      }
    }
  }

  @Test func whatCannotBeAskedIsSaid() {
    var dice = Dice(state: 6)
    let few = HostsBehindTests.interleaved([Counter(value: 9)], count: 15, &dice)
    #expect(HostsBehind(few).obstacle == .tooFew && HostsBehind([]).obstacle == .tooFew)
    let zeros = (0..<60).map { HostsBehindTests.packet($0, number: 0, ttl: 64, target: 7) }
    #expect(HostsBehind(zeros).obstacle == .zero)
    let unread = zeros.map {
      var packet = $0
      packet.flags = 0
      return packet
    }
    #expect(HostsBehind(unread).obstacle == .tooFew)
  }

  /// A host of today counts for each destination: that looks like several and is not called so.
  @Test func oneCounterForEachDestination() {
    var dice = Dice(state: 8)
    var counters = [Counter(value: 100), Counter(value: 20_000), Counter(value: 45_000)]
    let trace = (0..<150).map { index in
      HostsBehindTests.packet(
        index, number: counters[index % 3].next(&dice), ttl: 60, target: UInt32(index % 3))
    }
    #expect(HostsBehind(trace).obstacle == .perDestination)
  }

  /// Zeros among counters are somebody's, though nobody can say how many.
  @Test func zerosAreIgnoredButKeepTheUpperEndOpen() throws {
    var dice = Dice(state: 9)
    var trace = HostsBehindTests.interleaved(
      [Counter(value: 700), Counter(value: 30_000, ttl: 50)], count: 120, &dice)
    for index in stride(from: 0, to: 120, by: 5) { trace[index].identification = 0 }
    let answer = HostsBehind(trace)
    let hosts = try #require(answer.hosts)
    #expect(hosts.estimate == 2 && hosts.low == 2 && hosts.high == 3)
    #expect(answer.ttlClasses == 2 && answer.packets == 120)
  }

  /// The same packet recorded twice is one step of its counter, and a pause beyond the limit ends it.
  @Test func copiesAndPauses() throws {
    var dice = Dice(state: 10)
    let once = HostsBehindTests.interleaved([Counter(value: 4_000)], count: 80, &dice)
    let twice = once.flatMap { [$0, $0] }
    #expect(HostsBehind(twice).hosts == HostsBehind(once).hosts)
    let alone = try #require(HostsBehind(once).hosts)
    #expect(alone.estimate == 1 && alone.low == 1 && alone.high == 1)
    let rare = once.enumerated().map { index, packet in
      var packet = packet
      packet.time = Int64(index) * 400_000_000_000
      return packet
    }
    #expect(HostsBehind(rare).obstacle == .noCounters)
  }

  @Test func hostileValuesDoNoHarm() {
    var dice = Dice(state: 12)
    for _ in 0..<200 {
      let trace = (0..<Int.random(in: 0...256, using: &dice)).map { _ in
        var packet = TracedPacket(time: .random(in: .min ... .max, using: &dice))
        packet.identification = [0, 1, 2, 0xffff, 0x8000].randomElement(using: &dice) ?? 0
        packet.timeToLive = .random(in: 0...255, using: &dice)
        packet.flags = .random(in: 0...7, using: &dice)
        return packet
      }
      let answer = HostsBehind(trace)
      #expect((answer.hosts == nil) != (answer.obstacle == nil))
      if let hosts = answer.hosts { #expect(hosts.low <= hosts.high && hosts.low >= 1) }
    }
  }
}
