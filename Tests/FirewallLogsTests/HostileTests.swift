import FirewallLogs
import Observations
import Testing

/// Text that nobody writes in good faith: lines of one character, and a line that never ends. What
/// takes time by the square of a line's length would not come to an end here.
@Suite struct HostileTests {
  static let fillers: [[UInt8]] =
    ["\"", "=", "[", "]", "{", "}", "(", "\\", ",", ":", ".", "/", "9", " ", "\t", "-", "a=\"b\" "]
    .map { Array($0.utf8) } + [[0], [0xff], [0xc3]]

  /// Half of what a line may be.
  static let length = 30_000

  /// The head of a line of each format, so that its reader takes the line for its own.
  static func heads(_ format: String) throws -> [[UInt8]] {
    let lines = try RobustnessTests.samples().filter { $0.format == format }.map(\.line)
    let longest = lines.max { $0.count < $1.count } ?? []
    return [Array(longest.prefix(longest.count / 2)), longest]
  }

  @Test(arguments: LogFormats.names)
  func linesOfOneCharacter(_ format: String) throws {
    var text: [UInt8] = []
    var lines = 0
    for head in try HostileTests.heads(format) {
      for filler in HostileTests.fillers {
        text += head
        for _ in 0..<((HostileTests.length - head.count) / filler.count) { text += filler }
        text.append(0x0a)
        lines += 1
      }
    }
    let log = LogSupport.read(text, format: format, window: 100_000)
    #expect(log.lines == UInt64(lines))
    #expect(log.consumed == text.count)
    #expect(log.records.count <= 2 * lines)
  }

  /// A million of each, in lines that may be any format's.
  @Test func aMillionOfEach() throws {
    let good = RobustnessTests.good + "\n"
    var text = Array(good.utf8)
    for filler in ["\"", "=", "[", "{"].flatMap({ Array($0.utf8) }) {
      for _ in 0..<34 {
        text += [UInt8](repeating: filler, count: HostileTests.length) + [0x0a]
      }
    }
    text += Array(good.utf8)
    let context = LogSupport.context
    var reader = try #require(LogSupport.recognise(Array(good.utf8))).makeReader(context: context)
    let log = LogSupport.read(text, by: &reader, window: 200_000)
    #expect(log.lines == 138)
    #expect(log.records.count == 2)
    #expect(log.problems.count(.lineNotRecognised) == 136)
  }

  /// A quarter of a gigabyte without a newline, in windows: nothing of it is kept.
  @Test func aLineWithoutAnEnd() throws {
    let good = Array((RobustnessTests.good + "\n").utf8)
    let window = [UInt8](repeating: 0x78, count: 1 << 16)
    let batch = ObservationBatch()
    var reader = try #require(LogSupport.recognise(good)).makeReader(context: LogSupport.context)
    var offset: UInt64 = 0
    for _ in 0..<4_096 {
      let consumed = unsafe reader.read(
        window.span.bytes, offset: offset, isLast: false, into: batch)
      #expect(consumed == window.count)
      offset += UInt64(consumed)
    }
    #expect(batch.count == 0)
    let end = [0x0a] + good
    var at = 0
    while at < end.count {
      let consumed = unsafe reader.read(
        end.span.bytes.extracting(at..<end.count), offset: offset + UInt64(at), isLast: true,
        into: batch)
      guard consumed > 0 else { break }
      at += consumed
    }
    #expect(batch.count == 1)
    #expect(reader.recordCount == 2)
    #expect(reader.problems.count(.lineTooLong) == 1)
  }
}
