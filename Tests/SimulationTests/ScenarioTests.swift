import Simulation
import Testing

@Suite struct ScenarioTests {
  /// Every story in every variant that fits into memory.
  static let cases: [(id: String, variant: String?)] = Scenarios.all.flatMap { scenario in
    ([nil] + scenario.variants).filter { scenario.largeFileNames(variant: $0) == nil }
      .map { (scenario.id, $0) }
  }

  @Test("the same seed gives the same bytes, another seed others", arguments: cases)
  func deterministic(_ example: (id: String, variant: String?)) throws {
    let scenario = try scenario(example.id)
    let first = scenario.make(seed: 7, variant: example.variant)
    #expect(first == scenario.make(seed: 7, variant: example.variant))
    let second = scenario.make(seed: 8, variant: example.variant)
    #expect(first.map(\.name) == second.map(\.name))
    for (one, other) in zip(first, second) { #expect(one.bytes != other.bytes) }
    #expect(first.last?.name == "truth.json")
    let keys = lines(of: try file("truth.json", in: first)).filter { $0.hasPrefix("  \"") }
      .map { $0.prefix { $0 != ":" } }
    #expect(Set(keys).count == keys.count, "the truth names something twice")
  }

  /// Those that have a capture.
  static let captured = cases.filter { $0.id != "mynetwatchman" }

  @Test("records are in order, and every checksum verifies", arguments: captured)
  func checksums(_ example: (id: String, variant: String?)) throws {
    let files = try scenario(example.id).make(seed: 3, variant: example.variant)
    let seen = try packets(of: try #require(files.first { $0.name.hasSuffix(".pcap") }))
    #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.microseconds <= $1.microseconds })
    let section = example.id == "sbs2003" ? "capture" : nil
    #expect(seen.count == (try truthNumber("packets", in: files, section: section)))
    // The misread packets of this one story are wrong on purpose.
    let misread =
      example.id == "crowd" || example.id == "cadlock770" && example.variant != "valid-udp"
    let wrong = seen.filter { !$0.checksumsHold }
    #expect(wrong.count == (misread ? try truthNumber("suspectPackets", in: files) : 0))
    #expect(wrong.allSatisfy { $0.transport == 17 && $0.sourcePort == 770 })
  }

  @Test("a snap length cuts packets and keeps their lengths on the wire", arguments: [14, 68, 96])
  func snapLength(_ length: Int) throws {
    for scenario in Scenarios.all where scenario.largeFileNames() == nil {
      let whole = scenario.make(seed: 2)
      let cut = scenario.make(seed: 2, snapLength: length)
      for (one, other) in zip(whole, cut) where one.name.hasSuffix(".pcap") {
        let (long, short) = (try packets(of: one), try packets(of: other))
        #expect(long.map(\.wireLength) == short.map(\.wireLength))
        #expect(short.allSatisfy { $0.frame.count == min(length, $0.wireLength) })
        #expect(zip(long, short).allSatisfy { $0.frame.starts(with: $1.frame) })
      }
    }
  }

  @Test func unknownNamesMakeNothing() throws {
    #expect(Scenarios.named("no-such-story") == nil)
    for scenario in Scenarios.all {
      #expect(scenario.make(seed: 1, variant: "no-such-variant").isEmpty)
    }
    #expect(Set(Scenarios.all.map(\.id)).count == Scenarios.all.count)
  }
}
