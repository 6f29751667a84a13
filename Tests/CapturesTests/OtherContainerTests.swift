import Captures
import Observations
import Testing

/// Containers that are less common, from writers of our own.
@Suite struct OtherContainerTests {
  private func anomalies(_ outcome: Outcome) -> [Anomaly] {
    outcome.problems.entries.map(\.anomaly)
  }

  /// The same packets as in a pcap give the same, but for where they are and how fine times are.
  @Test(arguments: WrittenCapture.all)
  func sameAsPcap(written: WrittenCapture) throws {
    var classic = try #require(readAll(Build.pcap(WrittenCapture.frames)))
    var other = try #require(readAll(written.bytes))
    try #require(other.seen.count == classic.seen.count)
    #expect(other.records == classic.records && other.learnt == classic.learnt)
    for i in other.seen.indices {
      let (a, b) = (classic.seen[i].observation.time, other.seen[i].observation.time)
      #expect(abs(a - b) < 1_000 || (written.name == "iptrace 1.0" && a - b == 5_000))
      (classic.seen[i].offset, other.seen[i].offset) = (0, 0)
      other.seen[i].observation.time = a
    }
    #expect(other.seen == classic.seen && anomalies(other) == anomalies(classic))
    for step in [1, 30, 1_000] {
      #expect(readAll(written.bytes, step: step) == readAll(written.bytes))
    }
    #expect(readAll(written.bytes, fast: false)?.seen == readAll(written.bytes)?.seen)
  }

  @Test func snoop() throws {
    let lossy = try #require(readAll(Other.snoop(assortment, version: 1, drops: 3).bytes))
    #expect(lossy.records == 8 && lossy.dropped == 21)
    // A link that has no number elsewhere is counted only.
    let other = try #require(readAll(Other.snoop(assortment, network: 7).bytes))
    #expect(other.records == 8 && anomalies(other) == [.linkNotDecoded])
    #expect(readAll(Other.snoop(assortment, version: 9).bytes) == nil)
    let long = try #require(readAll(Other.snoop(assortment, wire: 1_500).bytes))
    #expect(long.seen.count == 8)
    let lying = try #require(readAll(Other.snoop([assortment[0]], wire: 20).bytes))
    #expect(anomalies(lying) == [.recordLengthLies] && lying.seen.count == 1)
  }

  @Test(arguments: [(2, 0), (2, 1), (11, 2), (16, 0), (20, 3)] as [(UInt8, Int)])
  func recordsOfEthernet(type: UInt8, extensions: Int) throws {
    let file = Other.erf(assortment, type: type, extensions: extensions, lost: 2).bytes
    let outcome = try #require(readAll(file))
    #expect(outcome.seen.count == 8)
    // Of records that have a colour, it stands where others have their losses.
    #expect(outcome.dropped == (type == 2 ? 16 : 0))
  }

  @Test func recordsOfOtherLinks() throws {
    let packets = assortment.prefix(2).map { Array($0.dropFirst(14)) }
    let raw = try #require(readAll(Other.erf(packets, type: 22).bytes))
    #expect(raw.seen.count == 2 && raw.problems.entries.isEmpty)
    let serial = packets.map { [0xff, 3, 0, 0x21] + $0 }
    #expect(readAll(Other.erf(serial, type: 1).bytes)?.seen.count == 2)
    let cells = try #require(readAll(Other.erf(packets, type: 4).bytes))
    #expect(cells.records == 2 && anomalies(cells) == [.linkNotDecoded])
    // What the card says of itself counts as a record, padding does not.
    let frames = assortment.enumerated().map { Other.erf($1, $0, 2, 0, 0) }
    let card = Other.erf([UInt8](repeating: 0, count: 48), 0, 27, 0, 0)
    let padding = Other.erf([UInt8](repeating: 0, count: 8), 0, 48, 0, 0)
    let mixed = try #require(
      readAll(card + frames[0] + padding + frames.dropFirst().flatMap { $0 }))
    #expect(mixed.records == 9 && mixed.seen.map(\.record) == Array(2...9))
  }

  /// What has no mark is not taken for records of this kind: texts, zeros, noise.
  @Test func whatIsNoRecord() {
    var dice = Dice(state: 77)
    let texts = ["0000000000000000", "Oct 10 00:00:00 gate kernel: ", "{\"a\": [1, 2, 3]}\n"]
    for text in texts {
      let bytes = (0..<4_000).map { Array(text.utf8)[$0 % text.utf8.count] }
      #expect(readAll(bytes) == nil, "\(text)")
    }
    #expect(readAll([UInt8](repeating: 0, count: 4_000)) == nil)
    for _ in 0..<300 { #expect(readAll((0..<4_000).map { _ in UInt8(dice.next(256)) }) == nil) }
  }

  @Test func variantsOfPcap() throws {
    let frames = WrittenCapture.frames
    for (written, time) in [
      (Other.pcap("IXIA", magic: 0x1c00_01ac, more: [], frames, header: [1, 2, 3, 4]), 5),
      (Other.pcap("IXIA", magic: 0x1c00_01ab, more: [], frames, header: [1, 2, 3, 4]), 5_000),
      (Other.pcap("AIX", magic: 0xa1b2_c3d4, more: [], frames, version: (2, 2), link: 6), 5),
      (
        Other.pcap("old", magic: 0xa1b2_c3d4, more: [], frames, version: (2, 1), swapped: true),
        5_000
      ),
      (
        Other.pcap("2.3", magic: 0xa1b2_c3d4, more: [], frames, version: (2, 3), swapped: true),
        5_000
      ),
      (Other.pcap("2.3", magic: 0xa1b2_c3d4, more: [], frames, version: (2, 3)), 5_000),
      (
        Other.pcap(
          "28", magic: 0xa1b2_cd34, more: [UInt8](repeating: 0, count: 12), frames), 5_000
      ),
    ] as [(WrittenCapture, Int64)] {
      let outcome = try #require(readAll(written.bytes))
      #expect(outcome.seen.count == frames.count, "\(written.name)")
      #expect(outcome.observations.first?.time == 1_000_000_000_000 + time, "\(written.name)")
      #expect(outcome.observations.first?.destinationPort == 80, "\(written.name)")
      #expect(outcome.problems.count(.bytesSkipped) == 0, "\(written.name)")
    }
  }

  /// What a capture tells of itself beside its packets.
  @Test func facts() throws {
    func facts(_ bytes: [UInt8]) throws -> CaptureFacts {
      var reader = try #require(unsafe CaptureReader(head: bytes.span.bytes))
      _ = unsafe reader.read(bytes.span.bytes, offset: 0, isLast: true, into: ObservationBatch())
      return reader.facts
    }
    #expect(try facts(Build.pcap(assortment)).links == ["ethernet"])
    #expect(try facts(Build.pcap(assortment)).longestCut == 0)
    #expect(try facts(Build.pcap(assortment, link: 101)).links == ["raw"])
    #expect(try facts(Build.pcap([assortment[0]], wire: 999)).longestCut == 54)
    let b = Blocks(big: true)
    let two = b.section() + b.interface(1) + b.interface(113) + b.enhanced(assortment[0])
    #expect(try facts(two).links == ["ethernet", "linux-sll"])
  }
}
