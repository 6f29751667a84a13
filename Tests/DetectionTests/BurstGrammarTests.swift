import Detection
import Observations
import Testing

/// Traces made by hand.
enum Traces {
  /// Packets at the given seconds with the given destination ports, source port 770, UDP.
  static func packets(
    _ entries: [(seconds: Double, port: UInt16)], sourcePort: UInt16 = 770
  ) -> [TracedPacket] {
    entries.map { entry in
      var packet = TracedPacket(time: Int64(entry.seconds * 1e9))
      packet.sourcePort = sourcePort
      packet.destinationPort = entry.port
      packet.transport = 17
      packet.target = 0xcb00_7101
      return packet
    }
  }

  /// `count` bursts of `size` packets each, `gap` seconds from beginning to beginning and `within`
  /// between packets; each begins at another port and steps by `step`.
  static func bursts(
    _ count: Int, of size: Int, gap: Double, within: Double, step: Int, sourcePort: UInt16 = 770
  ) -> [TracedPacket] {
    packets(
      (0..<count).flatMap { burst in
        (0..<size).map { index in
          (
            1_000 + Double(burst) * gap + Double(index) * within,
            UInt16(30_000 + burst * 97 % 5_000 + index * step)
          )
        }
      }, sourcePort: sourcePort)
  }
}

@Suite struct BurstGrammarTests {
  @Test(arguments: [
    (5, 20.0, 0.001, 1, "ascending"), (5, 20.0, 0.001, -1, "descending"),
    (3, 60.0, 0.02, 0, "mixed"), (4, 1.3, 0.01, 1, "ascending"), (5, 9.0, 0.0, -1, "descending"),
    (4, 30.0, 0.9, 2, "mixed"),
  ])
  func burstsAreFound(size: Int, gap: Double, within: Double, step: Int, order: String) throws {
    let grammar = try #require(
      BurstGrammar(Traces.bursts(7, of: size, gap: gap, within: within, step: step)))
    #expect(grammar.bursts == 7)
    #expect(grammar.burstSize == Double(size))
    #expect(abs(grammar.gapSeconds - gap) < 1e-6)
    #expect(abs((grammar.withinSeconds ?? -1) - within) < 1e-6)
    #expect(grammar.sourcePort == 770)
    #expect(grammar.portOrder.rawValue == order)
    #expect(grammar.runs == (abs(step) == 1 ? 7 : 0))
    #expect(grammar.values["runShare"]?.numeric == (abs(step) == 1 ? 1 : 0))
    #expect(grammar.values["portStep"] == .integer(abs(step) == 1 ? step : 0))
  }

  /// A log's clock shows the beginning of one second and the end of the burst in the next.
  @Test func wholeSecondsDoNotCutBursts() throws {
    let entries: [(Double, UInt16)] = [
      (100, 53_010), (100, 53_009), (101, 53_008), (101, 53_007),
      (130, 41_200), (130, 41_199), (130, 41_198), (130, 41_197),
      (171, 60_000), (172, 59_999), (172, 59_998), (172, 59_997),
    ]
    let grammar = try #require(BurstGrammar(Traces.packets(entries)))
    #expect(grammar.bursts == 3 && grammar.burstSize == 4 && grammar.runs == 3)
    #expect(grammar.portOrder == .descending)
    #expect(grammar.withinSeconds == 0)
    #expect(grammar.gapSeconds == 35.5)
  }

  /// Three tries a second and a half apart, by a clock that shows whole seconds.
  @Test func wholeSecondsLengthenGaps() throws {
    let entries = (0..<20).flatMap { (lookup: Int) -> [(Double, UInt16)] in
      [0, 1.5, 3].map { ((Double(lookup) * 10.3 + $0).rounded(.down), 137) }
    }
    let grammar = try #require(BurstGrammar(Traces.packets(entries)))
    #expect(grammar.bursts == 20 && grammar.burstSize == 3 && grammar.portOrder == .constant)
  }

  @Test func triesOfTheSamePortAreNoSteps() throws {
    let ports: [UInt16] = [9_000, 9_000, 9_001, 9_001, 9_002]
    let entries = [10.0, 50, 90].flatMap { start in
      ports.enumerated().map { (start + Double($0) * 0.01, $1) }
    }
    let grammar = try #require(BurstGrammar(Traces.packets(entries)))
    #expect(grammar.runs == 3 && grammar.portOrder == .ascending && grammar.burstSize == 5)
  }

  /// A packet of another source port before the runs is not part of them, but is counted as seen.
  @Test func aStrayPacketHidesNothing() throws {
    let runs = Traces.bursts(6, of: 5, gap: 20, within: 0.001, step: -1)
    let stray = Traces.packets([(999.5, 53)], sourcePort: 53)
    let grammar = try #require(BurstGrammar(stray + runs))
    #expect(grammar.bursts == 6 && grammar.runs == 6 && grammar.sourcePort == 770)
    #expect(grammar.sampled == 31)
  }

  @Test func variousSourcePortsAreSaidToBe() throws {
    var trace = Traces.bursts(6, of: 3, gap: 20, within: 0.001, step: 1)
    for index in trace.indices { trace[index].sourcePort = UInt16(1_024 + index) }
    let grammar = try #require(BurstGrammar(trace))
    #expect(grammar.sourcePort == nil && grammar.values["sourcePort"] == .integer(-1))
    #expect(grammar.runs == 6)
  }

  @Test func onePortIsConstantAndSinglePacketsHaveNoInside() throws {
    let grammar = try #require(
      BurstGrammar(Traces.packets((0..<8).map { (Double($0) * 30, UInt16(137)) })))
    #expect(grammar.portOrder == .constant && grammar.burstSize == 1)
    #expect(grammar.values["withinSeconds"] == nil && grammar.values["runShare"] == nil)
  }

  @Test func tooLittleSaysNothing() {
    #expect(BurstGrammar([]) == nil)
    #expect(BurstGrammar(Traces.bursts(1, of: 40, gap: 9, within: 0.01, step: 1)) == nil)
    #expect(BurstGrammar(Traces.bursts(5, of: 1, gap: 9, within: 0, step: 1)) == nil)
  }

  @Test func hostileTimesAndPortsDoNoHarm() {
    var trace = Traces.bursts(4, of: 5, gap: 20, within: 0.1, step: 1)
    trace[0].time = .max
    trace[1].time = .min
    trace[7].time = .min
    for index in trace.indices { trace[index].destinationPort = index % 2 == 0 ? 0 : .max }
    let grammar = BurstGrammar(trace)
    #expect(grammar?.gapSeconds.isFinite == true && grammar?.runs == 0)
  }
}
