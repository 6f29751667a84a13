import Captures
import Observations
import Testing

private let frame = assortment[0]

private func problems(_ outcome: Outcome) -> [Anomaly: UInt64] {
  Dictionary(uniqueKeysWithValues: outcome.problems.entries.map { ($0.anomaly, $0.count) })
}

@Suite struct PcapngTests {
  /// The same packets as in a pcap give the same, but for where they are.
  @Test(arguments: [false, true])
  func sameAsPcap(big: Bool) throws {
    let b = Blocks(big: big)
    var bytes = b.section() + b.interface()
    for (i, frame) in assortment.enumerated() {
      bytes += b.enhanced(frame, at: (1_000 + UInt64(i)) * 1_000_000 + 5)
    }
    var ng = try #require(readAll(bytes))
    var classic = try #require(readAll(Build.pcap(assortment)))
    #expect(ng.records == classic.records && ng.learnt == classic.learnt)
    for i in ng.seen.indices { ng.seen[i].offset = 0 }
    for i in classic.seen.indices { classic.seen[i].offset = 0 }
    #expect(ng.seen == classic.seen && !ng.seen.isEmpty)
    #expect(problems(ng) == problems(classic))
    #expect(readAll(bytes, fast: false)?.seen == readAll(bytes)?.seen)
  }

  /// `if_tsresol`, `if_tsoffset`, units; what they come to in nanoseconds, nil where that cannot be.
  @Test(
    arguments: [
      (6, 0, 1_500_000, 1_500_000_000), (0, 0, 3, 3_000_000_000), (9, 0, 7, 7),
      (3, -1, 2_000, 1_000_000_000), (12, 0, 5_999, 5), (0x80, 2, 3, 5_000_000_000),
      (0x8a, 0, 1_024, 1_000_000_000), (0x94, 0, 1, 953), (0xbf, 0, 1 << 62, 500_000_000),
      (40, 1, .max, 1_000_000_000), (0xff, 0, .max, 0), (0, 0, 1 << 40, nil),
      (6, Int64.max, 1, nil), (6, .min, 1, nil), (0x80, 0, .max, nil), (27, 0, .max, 18),
    ] as [(UInt8, Int64, UInt64, Int64?)])
  func clocks(resolution: UInt8, ahead: Int64, units: UInt64, expected: Int64?) throws {
    for big in [false, true] {
      let b = Blocks(big: big)
      let options =
        b.option(2, [97]) + b.option(9, [resolution])
        + b.option(14, b.n64(UInt64(bitPattern: ahead))) + b.option(0, [])
      let outcome = try #require(
        readAll(b.section() + b.interface(1, options) + b.enhanced(frame, at: units)))
      let seen = try #require(outcome.observations.first)
      #expect(seen.time == expected ?? 0)
      #expect(seen.marks.contains(.timeUncertain) == (expected == nil))
      #expect(outcome.problems.count(.timeImpossible) == (expected == nil ? 1 : 0))
    }
  }

  @Test func sectionsInterfacesAndBlocks() throws {
    let (b, l) = (Blocks(big: true), Blocks(big: false))
    let first =
      b.section(b.option(1, Array("a section".utf8)))
      + b.interface(113, snap: 60) + b.interface(1, b.option(9, [9]))
      + b.block(4, [1, 2, 3, 4]) + b.enhanced(frame, on: 1, at: 7, b.option(1, [104, 105]))
      + b.obsolete(frame, on: 1, lost: 3, at: 8) + b.obsolete(frame, on: 1, lost: 0xffff, at: 9)
      + b.statistics(1, b.option(5, b.n64(2)) + b.option(7, b.n64(4)) + b.option(4, b.n64(99)))
      + b.block(0xbad, [0, 0, 0, 1]) + b.block(10, []) + b.block(0x8000_0001, [9, 9, 9, 9])
    // A new section knows nothing of the old one's interfaces.
    let second =
      l.section() + l.simple(frame) + l.interface(1, snap: 60) + l.simple(frame)
      + l.simple(Array((frame + assortment[1]).prefix(60)), wire: 90)
      + l.enhanced(
        frame, at: 10, wire: 900, l.option(4, l.n64(5)) + l.option(1, [1]) + l.option(1, [2]))
    let outcome = try #require(readAll(first + second))
    #expect(outcome.records == 7)
    #expect(outcome.seen.map(\.record) == [1, 2, 3, 5, 6, 7])
    #expect(outcome.observations.map(\.time) == [7, 8, 9, 9, 9, 10_000])
    #expect(
      outcome.observations.map { $0.marks.contains(.timeUncertain) }
        == [false, false, false, true, true, false])
    #expect(problems(outcome) == [.interfaceUnknown: 1, .blockUnknown: 1])
    #expect(outcome.dropped == 6 + 5 && outcome.comments == 3)
    for step in [12, 13, 64] { #expect(readAll(first + second, step: step) == outcome) }
  }

  @Test func cutAtEveryByte() throws {
    let b = Blocks(big: false)
    let parts = [
      b.section(b.option(1, [1, 2, 3])), b.interface(1, b.option(9, [6])),
      b.block(4, [1, 2, 3, 4]),
      b.enhanced(assortment[1]), b.statistics(0, b.option(5, b.n64(1))), b.simple(assortment[2]),
    ]
    let bytes = parts.flatMap { $0 }
    var ends: [Int] = []
    for part in parts { ends.append((ends.last ?? 0) + part.count) }
    for length in 12...bytes.count {
      for step in [Int.max, 12] {
        let outcome = try #require(readAll(Array(bytes[..<length]), step: step))
        #expect(outcome.records == (length >= ends[5] ? 2 : length >= ends[3] ? 1 : 0))
        #expect(problems(outcome)[.captureCut] == (ends.contains(length) ? nil : 1))
      }
    }
  }

  /// What is damaged is named and passed over; what came before and what comes behind counts.
  @Test func damage() throws {
    let b = Blocks(big: true)
    let good = b.section() + b.interface() + b.enhanced(frame)
    func read(_ more: [UInt8]) throws -> (UInt64, [Anomaly: UInt64]) {
      let outcome = try #require(readAll(good + more + b.enhanced(frame)))
      return (outcome.records, problems(outcome))
    }
    func broken(_ block: [UInt8], _ at: Int, _ value: [UInt8]) -> [UInt8] {
      var block = block
      block.replaceSubrange(at..<at + value.count, with: value)
      return block
    }
    let packet = b.enhanced(frame)
    let custom = b.block(0xbad, [0, 0, 0, 1])
    let lost = UInt64(packet.count)
    let section = UInt64(b.section().count)
    let cases: [([UInt8], UInt64, [Anomaly: UInt64])] = [
      (broken(packet, packet.count - 4, [0, 0, 0, 9]), 2, [.blockBroken: 1, .bytesSkipped: lost]),
      (broken(packet, 4, [0, 0, 0, 13]), 2, [.blockBroken: 1, .bytesSkipped: lost]),
      (broken(packet, 4, [0, 0, 0, 8]), 2, [.blockBroken: 1, .bytesSkipped: lost]),
      (broken(packet, 4, [0xff, 0xff, 0xff, 0xfc]), 2, [.recordTooLong: 1, .bytesSkipped: lost]),
      (broken(custom, custom.count - 4, [0, 0, 0, 9]), 2, [.blockBroken: 1, .bytesSkipped: 16]),
      (broken(custom, 4, [0xff, 0xff, 0xff, 0xfc]), 2, [.recordTooLong: 1, .bytesSkipped: 16]),
      (b.section(major: 2), 2, [.blockBroken: 1, .bytesSkipped: section]),
      (broken(b.section(), 8, [0, 0, 0, 0]), 2, [.blockBroken: 1, .bytesSkipped: section]),
      (broken(packet, 20, [0, 0, 255, 255]), 3, [.blockMalformed: 1]),
      (b.block(6, [0, 0, 0, 0]), 3, [.blockMalformed: 1]),
      (b.block(2, []), 3, [.blockMalformed: 1]), (b.block(3, []), 3, [.blockMalformed: 1]),
      (b.simple([1, 2], wire: 90), 3, [.blockMalformed: 1]),
      (b.block(5, [0, 0, 0, 0]), 2, [.blockMalformed: 1]),
      (b.block(1, [0, 1]), 2, [.blockBroken: 1, .bytesSkipped: 14]),
      (b.block(1, []), 2, [.blockMalformed: 1]),
      (b.enhanced(frame, on: 7), 3, [.interfaceUnknown: 1]),
      (b.enhanced(frame, wire: 3), 3, [.recordLengthLies: 1]),
      (b.enhanced(frame, [0, 1, 0, 99]), 3, [.optionMalformed: 1]),
      (b.interface(1, [0, 9, 255, 255]), 2, [.optionMalformed: 1]),
      (b.statistics(0, [0, 5, 0, 99]), 2, [.optionMalformed: 1]),
      (b.statistics(9, b.option(5, b.n64(3))), 2, [:]),
      (b.interface(189) + b.enhanced(frame, on: 1), 3, [.linkNotDecoded: 1]),
    ]
    for (i, (bytes, records, expected)) in cases.enumerated() {
      let found = try read(bytes)
      #expect(found.0 == records && found.1 == expected, "case \(i)")
    }
  }

  @Test func interfacesWithoutEnd() throws {
    let b = Blocks(big: false)
    var bytes = b.section()
    for _ in 0..<100_000 { bytes += b.interface() }
    bytes += b.enhanced(frame, on: 4_095) + b.enhanced(frame, on: 4_096)
    let outcome = try #require(readAll(bytes))
    #expect(outcome.records == 2 && outcome.seen.count == 1)
    #expect(problems(outcome) == [.interfacesBeyondBound: 100_000 - 4_096 + 1])
  }

  @Test func lossesDoNotOverflow() throws {
    let b = Blocks(big: false)
    let most = b.n64(.max)
    let bytes =
      b.section() + b.interface() + b.statistics(0, b.option(5, most) + b.option(7, most))
      + b.enhanced(frame, b.option(4, most)) + b.enhanced(frame, b.option(4, most))
      + b.section() + b.interface() + b.statistics(0, b.option(7, most))
    #expect(readAll(bytes)?.dropped == .max)
  }

  /// Mutated files: never a trap, whatever the windows.
  @Test func mutations() {
    var dice = Dice(state: 0x1234_5678_9abc_def1)
    let (b, l) = (Blocks(big: true), Blocks(big: false))
    var whole: [UInt8] = []
    for b in [b, l] {
      whole += b.section() + b.interface(1, b.option(9, [9]) + b.option(14, b.n64(5)))
      whole += b.interface(113) + b.block(4, [1, 2, 3, 4])
      for frame in assortment {
        whole += b.enhanced(frame, at: 77, b.option(1, [1])) + b.simple(frame)
        whole += b.obsolete(frame, on: 1, lost: 2)
      }
      whole += b.statistics(0, b.option(5, b.n64(4)))
    }
    for _ in 0..<3_000 {
      var bytes = whole
      for _ in 0..<1 + dice.next(6) {
        bytes[12 + dice.next(bytes.count - 12)] = UInt8([0, 1, 255, dice.next(256)][dice.next(4)])
      }
      let outcome = readAll(bytes)
      #expect(outcome != nil)
      #expect(outcome == readAll(bytes, fast: false))
      #expect(outcome == readAll(bytes, step: 32))
    }
  }
}
