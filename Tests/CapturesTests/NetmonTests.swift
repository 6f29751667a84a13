import Captures
import Observations
import Testing

/// Builds Network Monitor files for tests, independently of the reader.
private struct Monitor {
  var major: UInt8 = 2
  var minor: UInt8 = 0
  var network = 1
  var date = [2004, 3, 2, 23, 15, 17, 28, 958]

  static func n16(_ v: Int) -> [UInt8] { Build.be16(v).reversed() }
  static func n32(_ v: Int) -> [UInt8] { Build.be32(UInt32(v)).reversed() }
  static func n64(_ v: UInt64) -> [UInt8] {
    n32(Int(v & 0xffff_ffff)) + n32(Int(v >> 32))
  }

  func frame(
    _ bytes: [UInt8], after: UInt64 = 0, wire: Int? = nil, kind: Int = 1, utc: UInt64 = 0
  ) -> [UInt8] {
    let wire = wire ?? bytes.count
    guard major == 2 else {
      return Monitor.n32(Int(after)) + Monitor.n16(wire) + Monitor.n16(bytes.count) + bytes
    }
    var out = Monitor.n64(after) + Monitor.n32(wire) + Monitor.n32(bytes.count) + bytes
    if minor >= 1 { out += Monitor.n16(kind) }
    if minor >= 2 { out += Monitor.n32(7) }
    if minor >= 3 { out += Monitor.n64(utc) + [1] }
    return out
  }

  func file(_ frames: [[UInt8]], table: Int? = nil, count: Int? = nil) -> [UInt8] {
    let end = 128 + frames.map(\.count).reduce(0, +)
    var out = Array(major == 2 ? "GMBU".utf8 : "RTSS".utf8) + [minor, major]
    out += Monitor.n16(network) + date.flatMap { Monitor.n16($0) }
    out += Monitor.n32(table ?? end) + Monitor.n32(4 * (count ?? frames.count))
    out += [UInt8](repeating: 0, count: 128 - out.count) + frames.flatMap { $0 }
    return out + [UInt8](repeating: 0xa5, count: 4 * frames.count)
  }
}

/// 2004-03-23T15:17:28.958Z.
private let start: Int64 = 1_080_055_048_958_000_000

@Suite struct NetmonTests {
  @Test(arguments: [(1, 1), (2, 0), (2, 1), (2, 2), (2, 3)] as [(UInt8, UInt8)])
  func sameAsPcap(major: UInt8, minor: UInt8) throws {
    let m = Monitor(major: major, minor: minor)
    let bytes = m.file(assortment.enumerated().map { m.frame($1, after: UInt64($0)) })
    var netmon = try #require(readAll(bytes))
    var classic = try #require(readAll(Build.pcap(assortment)))
    let unit: Int64 = major == 1 ? 1_000_000 : 1_000
    #expect(netmon.observations.map(\.time) == (0..<8).map { start + $0 * unit })
    for i in netmon.seen.indices {
      (netmon.seen[i].offset, netmon.seen[i].observation.time) = (0, 0)
    }
    for i in classic.seen.indices {
      (classic.seen[i].offset, classic.seen[i].observation.time) = (0, 0)
    }
    #expect(netmon.records == classic.records && netmon.seen == classic.seen)
    #expect(netmon.problems.entries.map(\.anomaly) == classic.problems.entries.map(\.anomaly))
    #expect(netmon.learnt == classic.learnt)
    #expect(readAll(bytes, fast: false) == readAll(bytes))
    #expect(readAll(bytes, step: 16) == readAll(bytes))
  }

  @Test func times() throws {
    let m = Monitor()
    // In version 2 a frame may be before the start.
    let before = try #require(readAll(m.file([m.frame(assortment[0], after: .max)])))
    #expect(before.observations.first?.time == start - 1_000)
    let beyond = try #require(readAll(m.file([m.frame(assortment[0], after: 1 << 59)])))
    #expect(beyond.problems.count(.timeImpossible) == 1)
    #expect(beyond.observations.first?.time == start)
    let third = Monitor(minor: 3)
    let utc = try #require(
      readAll(third.file([third.frame(assortment[0], utc: 116_444_736_000_000_007)])))
    #expect(utc.observations.first?.time == 700)
    let impossible = try #require(
      readAll(third.file([third.frame(assortment[0], utc: .max), third.frame(assortment[0])])))
    #expect(impossible.problems.count(.timeImpossible) == 1)
    #expect(impossible.observations.map(\.time) == [start, start])
    var undated = Monitor()
    undated.date[1] = 13
    let lost = try #require(readAll(undated.file([undated.frame(assortment[0])])))
    #expect(lost.observations.first?.marks.contains(.timeUncertain) == true)
  }

  @Test func mediaOfEachFrame() throws {
    let m = Monitor(minor: 1)
    let packet = Array(assortment[0].dropFirst(14))
    let frames = [
      m.frame(assortment[0], kind: 0), m.frame(packet, kind: 9), m.frame(packet, kind: 0xe0e4),
      m.frame(packet, kind: 6), m.frame([1, 2], kind: 0xfffe), m.frame(assortment[0]),
    ]
    let outcome = try #require(readAll(m.file(frames)))
    #expect(outcome.seen.map(\.record) == [1, 2, 3, 6] && outcome.records == 6)
    #expect(outcome.problems.entries.map(\.anomaly) == [.linkNotDecoded])
    let ring = Monitor(network: 2)
    let other = try #require(readAll(ring.file([ring.frame(assortment[0])])))
    #expect(other.problems.count(.linkNotDecoded) == 1)
  }

  @Test func cutAtEveryByte() throws {
    for m in [Monitor(major: 1, minor: 1), Monitor(minor: 3)] {
      let frames = assortment.prefix(3).map { m.frame($0) }
      let bytes = m.file(Array(frames))
      var ends = [128]
      for frame in frames { ends.append((ends.last ?? 0) + frame.count) }
      for length in 128...bytes.count {
        let outcome = try #require(readAll(Array(bytes[..<length])))
        #expect(outcome.records == UInt64(ends.filter { $0 <= length }.count - 1))
        let isCut = length < (ends.last ?? 0)
        #expect(outcome.problems.count(.captureCut) == (isCut ? 1 : 0))
      }
    }
  }

  @Test func damage() throws {
    let m = Monitor()
    let frame = m.frame(assortment[0])
    func read(_ bytes: [UInt8]) throws -> [Anomaly] {
      try #require(readAll(bytes)).problems.entries.map(\.anomaly)
    }
    #expect(try read(m.file([frame, frame], count: 3)) == [.frameCountWrong])
    // Where the table says that frames end in the midst of them, they are believed, not it.
    #expect(try read(m.file([frame, frame], table: 129)) == [.captureCut, .frameCountWrong])
    #expect(readAll(m.file([frame, frame], table: 129))?.records == 2)
    #expect(try read(m.file([frame], table: 1 << 30)) == [.captureCut])
    #expect(try read(m.file([m.frame(assortment[0], wire: 20)])) == [.recordLengthLies])
    #expect(readAll(Array(m.file([frame]).prefix(127))) == nil)
    #expect(readAll(Monitor(major: 3).file([frame])) == nil)
  }

  /// Mutated files: never a trap, whatever the windows.
  @Test func mutations() {
    var dice = Dice(state: 0x0bad_cafe_1234_5679)
    for m in [Monitor(major: 1, minor: 1), Monitor(), Monitor(minor: 2), Monitor(minor: 3)] {
      let whole = m.file(assortment.map { m.frame($0, after: 9, kind: 0, utc: 1 << 57) })
      for _ in 0..<1_000 {
        var bytes = whole
        for _ in 0..<1 + dice.next(6) {
          bytes[6 + dice.next(bytes.count - 6)] = UInt8([0, 1, 255, dice.next(256)][dice.next(4)])
        }
        let outcome = readAll(bytes)
        #expect(outcome != nil)
        #expect(outcome == readAll(bytes, fast: false))
        #expect(outcome == readAll(bytes, step: 32))
      }
    }
  }
}
