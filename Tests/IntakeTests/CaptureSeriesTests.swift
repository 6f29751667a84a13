import Foundation
import Intake
import Observations
import Testing

/// Captures that belong together by their names.
@Suite struct CaptureSeriesTests {
  private let options = IntakeOptions(now: CivilTime(year: 2026, month: 6, day: 1).timestamp)

  /// A capture of one ARP request at a second.
  private func capture(_ second: UInt32) -> [UInt8] {
    func little(_ value: UInt32) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    var frame = [UInt8](repeating: 255, count: 6) + [2, 0, 0, 0, 0, 1, 8, 6]
    frame += [
      0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 192, 0, 2, 2,
    ]
    let header: [UInt8] = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0] + [UInt8](repeating: 0, count: 8)
    return header + little(65_535) + little(1) + little(second) + little(0)
      + little(UInt32(frame.count)) + little(UInt32(frame.count)) + frame
  }

  /// Names, and which of them are one series, in order of time; the times go down the list.
  @Test(
    arguments: [
      (["dump.pcap2", "dump.pcap1", "dump.pcap"], ["dump.pcap", "dump.pcap1", "dump.pcap2"], []),
      (["d.pcap3", "d.pcap0", "d.pcap1"], ["d.pcap1", "d.pcap0", "d.pcap3"], [2]),
      (["lan.pcap.1", "lan.pcap"], ["lan.pcap", "lan.pcap.1"], []),
      (
        ["t_00003_20260101120200.pcapng", "t_00001_20260101120000.pcapng"],
        ["t_00001_20260101120000.pcapng", "t_00003_20260101120200.pcapng"], [2]
      ),
      (
        ["gw-2026-01-02_10-00-00.pcap", "gw-2026-01-01_10-00-00.pcap"],
        ["gw-2026-01-01_10-00-00.pcap", "gw-2026-01-02_10-00-00.pcap"], []
      ),
      (["gw20260102.cap", "gw20260101.cap"], ["gw20260101.cap", "gw20260102.cap"], []),
      (["lan.pcap", "wan.pcap"], [], []), (["host1.pcap", "host2.pcap"], [], []),
      (["a.pcap1", "b.pcap2"], [], []), (["10.0.0.1.pcap", "10.0.0.2.pcap"], [], []),
    ] as [([String], [String], [Int])])
  func names(written: [String], series: [String], missing: [Int]) throws {
    let shelf = try Shelf()
    for (number, name) in written.enumerated() {
      try shelf.write(name, capture(1_767_225_600 + 1_000 - 60 * UInt32(number)))
    }
    let opened = try openEvidence(paths: [shelf.path], options: options)
    let found = opened.captureSeries
    #expect(found.count == (series.isEmpty ? 0 : 1))
    let members = found.first?.members.map { String($0.file.path.dropFirst(shelf.path.count + 1)) }
    #expect(members ?? [] == series)
    #expect(found.first?.missing ?? [] == missing)
  }
}

/// What is read, and decompressed, on another thread is the same as what is not.
@Suite struct ReadAheadTests {
  private func options(ahead: Bool) -> IntakeOptions {
    var options = IntakeOptions(now: CivilTime(year: 2010, month: 6, day: 1).timestamp)
    options.readsAhead = ahead
    return options
  }

  @Test(arguments: packers.indices)
  func theSameBytesComeOut(index: Int) throws {
    let shelf = try Shelf()
    let bytes = try packed(netfilterLines(20_000).utf8, as: index)
    for (name, part) in [("whole", bytes[...]), ("cut", bytes.dropLast(bytes.count / 10))] {
      let path = try shelf.write(name, part)
      let plain = try ReadFile(path, options: options(ahead: false))
      let ahead = try ReadFile(path, options: options(ahead: true))
      #expect(plain.observations.count > 10_000)
      #expect(ahead.observations.map(\.time) == plain.observations.map(\.time))
      #expect(ahead.offsets == plain.offsets)
      #expect(ahead.stream.problems == plain.stream.problems)
      #expect(ahead.stream.sha256 == plain.stream.sha256 && plain.stream.sha256 != nil)
      #expect(ahead.stream.bytes == UInt64(part.count))
    }
  }

  /// Of what is not compressed either; with a line longer than the room before a piece, which is put
  /// together from several.
  @Test(arguments: [0, 1_000, 70_000, 900_000])
  func plainBytesAreTheSame(longest: Int) throws {
    let shelf = try Shelf()
    let lines = netfilterLines(8_000)
    let middle = String(repeating: "x", count: longest)
    let path = try shelf.write("log", (lines + middle + "\n" + lines).utf8)
    let plain = try ReadFile(path, options: options(ahead: false))
    let ahead = try ReadFile(path, options: options(ahead: true))
    #expect(plain.observations.count == 16_000)
    #expect(ahead.observations.map(\.time) == plain.observations.map(\.time))
    #expect(ahead.offsets == plain.offsets)
    #expect(ahead.stream.problems == plain.stream.problems)
    #expect(ahead.stream.records == plain.stream.records)
    #expect(ahead.stream.sha256 == plain.stream.sha256 && plain.stream.sha256 != nil)
  }

  /// Whoever reads no further leaves nothing behind that waits.
  @Test func readingMayEndEarly() throws {
    let shelf = try Shelf()
    let path = try shelf.write("log.gz", try packed(netfilterLines(40_000).utf8, as: 0))
    for _ in 0..<20 {
      let opened = try openEvidence(paths: [path], options: options(ahead: true))
      let stream = try #require(opened.stream(opened.files[0]))
      let batch = ObservationBatch()
      for _ in 0..<3 {
        batch.removeAll()
        #expect(stream.fill(batch))
      }
    }
  }
}
