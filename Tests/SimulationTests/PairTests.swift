import Simulation
import Testing

@Suite struct PairTests {
  struct Side {
    var files: [SimulatedFile]
    var seen: [SeenPacket]
    /// A response's destination port is 137 too: only what the server sent counts.
    var queries: [SeenPacket] {
      seen.filter {
        $0.transport == 17 && $0.destinationPort == 137 && $0.source == PairTests.server
      }
    }
    var answers: [SeenPacket] {
      seen.filter { $0.transport == 17 && $0.sourcePort == 137 && $0.source != PairTests.server }
    }
    var shares: Set<UInt32> {
      Set(seen.filter { $0.transport == 6 && $0.destinationPort == 139 }.map(\.destination))
    }
  }

  static let server: UInt32 = 0xcb00_7114

  func side(_ id: String, _ seed: UInt64) throws -> Side {
    let files = try scenario(id).make(seed: seed)
    return Side(files: files, seen: try packets(of: try file("wan.pcap", in: files)))
  }

  @Test("the twins match in packets, sizes and visitors", arguments: [1, 2, 3, 11, 25] as [UInt64])
  func matched(_ seed: UInt64) throws {
    let innocent = try side("reverse-lookup", seed)
    let worm = try side("opaserv", seed)
    #expect(innocent.seen.count == worm.seen.count)
    #expect(innocent.seen.map(\.wireLength).sorted() == worm.seen.map(\.wireLength).sorted())
    #expect(
      try file("visitors.log", in: innocent.files) == file("visitors.log", in: worm.files))
    #expect(innocent.queries.count == worm.queries.count)
    #expect(innocent.answers.count == worm.answers.count)
  }

  @Test("what differs is targets and what follows", arguments: [1, 2, 3, 11, 25] as [UInt64])
  func different(_ seed: UInt64) throws {
    let innocent = try side("reverse-lookup", seed)
    let worm = try side("opaserv", seed)
    #expect(innocent.shares.isEmpty)
    #expect(worm.shares == Set(worm.answers.map(\.source)))
    for side in [innocent, worm] {
      let visitors = Set(
        lines(of: try file("visitors.log", in: side.files)).map { $0.prefix { $0 != " " } })
      let targets = Set(side.queries.map(\.destination))
      let matched = targets.filter { visitors.contains(Substring(text($0))) }.count
      #expect(targets.count == (try truthNumber("targets", in: side.files)))
      #expect(matched == (try truthNumber("targetsThatVisited", in: side.files)))
      #expect(side.answers.count == (try truthNumber("answeredLookups", in: side.files)))
      let share = Double(side.answers.count) / Double(targets.count)
      #expect((0.02...0.08).contains(share))
    }
    let truths = (
      try truthNumber("targetsThatVisited", in: innocent.files),
      try truthNumber("targetsThatVisited", in: worm.files)
    )
    #expect(truths.0 > 500 && truths.1 < 5)
  }

  @Test func lookupsAreTriplesUnlessAnswered() throws {
    for id in ["reverse-lookup", "opaserv"] {
      let side = try side(id, 4)
      var groups: [UInt64: [Int64]] = [:]
      for query in side.queries {
        let id = UInt64(query.destination) << 16 | UInt64(query.word(42))
        groups[id, default: []].append(query.microseconds)
        #expect(query.segment.count == 58 && query.word(16) == 78)
      }
      #expect(groups.count == (try truthNumber("lookups", in: side.files)))
      #expect(groups.values.filter { $0.count == 1 }.count == side.answers.count)
      for times in groups.values where times.count > 1 {
        #expect(times.count == 3)
        for (one, next) in zip(times, times.dropFirst()) {
          #expect((1_480_000...1_520_000).contains(next - one))
        }
      }
    }
  }
}

func text(_ address: UInt32) -> String {
  "\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255)"
}
