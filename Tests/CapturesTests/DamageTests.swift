import Captures
import Observations
import Testing

/// A capture with many packets of different lengths, in each container, and where its records begin.
struct WrittenCapture: CustomTestStringConvertible, Sendable {
  var name: String
  var bytes: [UInt8]
  /// Where each record begins, and the end.
  var starts: [Int]
  var testDescription: String { name }

  /// How much of a record's end holds nothing and may be missing.
  var padding: [Int]

  init(_ name: String, _ header: [UInt8], _ records: [[UInt8]], padding: [Int]? = nil) {
    self.name = name
    self.padding = padding ?? records.map { _ in 0 }
    bytes = header
    starts = []
    for record in records {
      starts.append(bytes.count)
      bytes += record
    }
    starts.append(bytes.count)
  }

  /// So many packets.
  static let count = 40
  static let frames = (0..<count).map { assortment[$0 % assortment.count] }

  static let all: [WrittenCapture] = {
    let (b, l) = (Blocks(big: true), Blocks(big: false))
    func classic(_ big: Bool) -> WrittenCapture {
      let whole = Build.pcap(frames, big: big)
      var at = 24
      var records: [[UInt8]] = []
      for frame in frames {
        records.append(Array(whole[at..<at + 16 + frame.count]))
        at += 16 + frame.count
      }
      return WrittenCapture("pcap, \(big ? "big" : "little")", Array(whole[..<24]), records)
    }
    func blocks(_ b: Blocks, _ name: String) -> WrittenCapture {
      WrittenCapture(
        name, b.section() + b.interface(),
        frames.enumerated().map { b.enhanced($1, at: 1_000_000_005 + UInt64($0) * 1_000_000) })
    }
    return [
      classic(false), classic(true), blocks(b, "pcapng, big"), blocks(l, "pcapng, little"),
      Other.snoop(frames), Other.erf(frames), Other.iptrace(frames, second: false),
      Other.iptrace(frames, second: true), Other.kuznetsov(frames), Other.nokia(frames),
    ]
  }()
}

@Suite struct DamageTests {
  /// What is there of a capture that was cut, at any byte, is read: no more and nothing else.
  @Test(arguments: WrittenCapture.all)
  func prefixes(sample: WrittenCapture) throws {
    let whole = try #require(readAll(sample.bytes))
    #expect(
      whole.records == UInt64(WrittenCapture.count) && whole.seen.count == WrittenCapture.count)
    for length in sample.starts[3]...sample.bytes.count {
      let cut = try #require(readAll(Array(sample.bytes[..<length])))
      let ends = zip(sample.starts.dropFirst(), sample.padding).map { $0 - $1...$0 }
      let count = ends.count { $0.lowerBound <= length }
      #expect(cut.records == UInt64(count), "\(length)")
      #expect(cut.seen == Array(whole.seen.prefix(count)), "\(length)")
      let isWhole = ends.contains { $0 ~= length }
      #expect(cut.problems.count(.captureCut) == (isWhole ? 0 : 1), "\(length)")
      #expect(cut.problems.count(.bytesSkipped) == 0)
    }
  }

  /// Garbage that was put in between records, or over some of them: the others are read.
  @Test(arguments: WrittenCapture.all, ["zeros", "ones", "noise", "text"])
  func garbage(sample: WrittenCapture, kind: String) throws {
    var dice = Dice(state: 0x5eed_0000_0000_0001)
    func garbage(_ count: Int) -> [UInt8] {
      (0..<count).map { i in
        switch kind {
        case "zeros": 0
        case "ones": 255
        case "noise": UInt8(dice.next(256))
        default: Array("GET /index.html HTTP/1.1\r\n".utf8)[i % 26]
        }
      }
    }
    let whole = try #require(readAll(sample.bytes))
    for size in [1, 4, 16, 37, 512, 5_000] {
      for record in [5, 6, 20] {
        let place = sample.starts[record]
        var inserted = sample.bytes
        inserted.insert(contentsOf: garbage(size), at: place)
        try check(inserted, whole, missing: 0...1, size)
        // Over the header of one record and what follows it.
        var over = sample.bytes
        let length = min(size, sample.starts[35] - place)
        over.replaceSubrange(place..<place + length, with: garbage(length))
        let hit = sample.starts.count { $0 >= place && $0 < place + length }
        try check(over, whole, missing: 0...hit, size)
      }
    }
  }

  private func check(
    _ bytes: [UInt8], _ whole: Outcome, missing: ClosedRange<Int>, _ size: Int
  ) throws {
    let outcome = try #require(readAll(bytes))
    let lost = WrittenCapture.count - outcome.seen.count
    #expect(missing ~= lost, "\(size): \(lost)")
    // What is there in the end is what was there, in order.
    let times = whole.seen.map(\.observation.time)
    let tail = outcome.seen.suffix(4).map(\.observation.time)
    #expect(tail == times.suffix(4), "\(size)")
    #expect(outcome == readAll(bytes, step: 64), "\(size)")
    let problems = outcome.problems
    #expect(lost == 0 || problems.count(.bytesSkipped) > 0 || problems.entries.count > 1)
  }

  /// Captures joined behind each other, of whatever container.
  @Test(arguments: WrittenCapture.all)
  func joined(sample: WrittenCapture) throws {
    for other in WrittenCapture.all where other.name != "erf" {
      let outcome = try #require(readAll(sample.bytes + other.bytes))
      #expect(outcome.records == 2 * UInt64(WrittenCapture.count), "\(other.name)")
      let sections = sample.name.hasPrefix("pcapng") && other.name.hasPrefix("pcapng")
      #expect(outcome.problems.count(.captureJoined) == (sections ? 0 : 1), "\(other.name)")
      #expect(outcome.problems.count(.bytesSkipped) == 0, "\(other.name)")
      #expect(outcome == readAll(sample.bytes + other.bytes, step: 100))
      let again = try #require(readAll(other.bytes))
      #expect(
        outcome.seen.suffix(WrittenCapture.count).map(\.observation.time)
          == again.seen.map(\.observation.time), "\(other.name)")
    }
  }

  /// A length that was damaged, longer or shorter than the record is.
  @Test(arguments: [0, 1, 13, 200, 70_000, 1 << 24], [false, true])
  func damagedLengths(claimed: Int, big: Bool) throws {
    let sample = try #require(
      WrittenCapture.all.first { $0.name.hasPrefix("pcap, \(big ? "b" : "l")") })
    let place = sample.starts[10]
    var bytes = sample.bytes
    let length = Build.be32(UInt32(claimed))
    bytes.replaceSubrange(place + 8..<place + 12, with: big ? length : length.reversed())
    let outcome = try #require(readAll(bytes))
    #expect(WrittenCapture.count - 1...WrittenCapture.count ~= outcome.seen.count)
    #expect(outcome.problems.count(.bytesSkipped) > 0)
    #expect(outcome == readAll(bytes, step: 50))
  }

  /// Small files that claim much: a problem that says so, and no more than the file is looked at.
  @Test func smallFilesThatClaimMuch() throws {
    let b = Blocks(big: false)
    let huge = b.n32(6) + b.n32(0xffff_fff0) + [UInt8](repeating: 7, count: 60)
    let outcome = try #require(readAll(b.section() + b.interface() + huge))
    #expect(outcome.records == 0)
    #expect(outcome.problems.count(.recordTooLong) == 1)
    #expect(outcome.problems.count(.bytesSkipped) == UInt64(huge.count))
    let pcap = Build.pcap([]) + [UInt8](repeating: 0xfe, count: 76)
    let claims = try #require(readAll(pcap))
    #expect(claims.problems.count(.recordTooLong) == 1 && claims.records == 0)
    #expect(claims.problems.count(.bytesSkipped) == 76)
  }

  /// Mutated captures of every container: never a trap, and the windows do not matter.
  @Test(arguments: WrittenCapture.all)
  func mutations(sample: WrittenCapture) {
    var dice = Dice(state: 0x0123_4567_89ab_cdef)
    for _ in 0..<150 {
      var bytes = sample.bytes
      for _ in 0..<1 + dice.next(8) {
        bytes[16 + dice.next(bytes.count - 16)] = UInt8([0, 1, 255, dice.next(256)][dice.next(4)])
      }
      if dice.next(2) == 0 { bytes.removeSubrange(100..<100 + dice.next(90)) }
      let outcome = readAll(bytes)
      #expect(outcome == readAll(bytes, fast: false))
      #expect(outcome == readAll(bytes, step: 40))
    }
  }
}
