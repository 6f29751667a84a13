import FirewallLogs
import Observations
import Testing

/// Fields in the kernel's own order are read in one go; a foreign field among them must change
/// nothing but the way.
@Suite struct UsualRunTests {
  static let lines = [
    "Mar  3 06:00:00 gate kernel: DROP IN=a OUT= MAC=02:00:00:00:00:01 SRC=192.0.2.1 DST=192.0.2.2"
      + " LEN=60 TOS=0x00 PREC=0x00 TTL=47 ID=4660 DF PROTO=TCP SPT=40001 DPT=443 WINDOW=64240"
      + " RES=0x00 SYN URGP=0",
    "Mar  3 06:00:00 gate kernel: DROP IN=a OUT= SRC=198.51.100.255 DST=203.0.113.9"
      + " LEN=78 TOS=0x10 PREC=0xE0 TTL=255 ID=0 PROTO=UDP SPT=137 DPT=137 LEN=58",
    "Mar  3 06:00:00 gate kernel: DROP IN=a OUT= SRC=198.51.100.7 DST=203.0.113.9"
      + " LEN=56 TOS=0x00 PREC=0x00 TTL=1 ID=7 FRAG:64 PROTO=UDP",
    "Mar  3 06:00:00 gate kernel: DROP IN=a OUT= SRC=198.51.100.7 DST=203.0.113.9"
      + " LEN=56 TOS=0x00 PREC=0xC0 TTL=64 ID=7 PROTO=ICMP TYPE=3 CODE=3 [SRC=203.0.113.9"
      + " DST=198.51.100.7 LEN=40 TOS=0x00 PREC=0x00 TTL=9 ID=9 DF PROTO=TCP SPT=80 DPT=4000 ]",
  ]
  static let breaks = [" DST=", " LEN=", " TOS=", " TTL=", " ID=", " SPT=", " DPT=", " WINDOW="]

  /// The text with a field that nobody knows before the first of `name`.
  static func broken(_ text: [UInt8], before name: String) -> [UInt8]? {
    let name = Array(name.utf8)
    guard let at = text.indices.first(where: { text[$0...].starts(with: name) }) else {
      return nil
    }
    return text[..<at] + Array(" X=1".utf8) + text[at...]
  }

  @Test(arguments: lines)
  func everyBreakReadsTheSame(_ line: String) {
    let whole = LogSupport.read(line)
    #expect(whole.records.count == 1 && whole.problems.entries.isEmpty)
    for name in UsualRunTests.breaks {
      guard let text = UsualRunTests.broken(Array(line.utf8), before: name) else { continue }
      #expect(LogSupport.read(text).records == whole.records, "\(name)")
    }
  }

  @Test(arguments: lines)
  func spoiltLinesReadTheSame(_ line: String) {
    var random = RobustnessTests.Generator(state: 0x2468_ace0_1357_9bdf)
    let alphabet = Array("0123456789 =.:xDFSRC[]\n\t\u{1}".utf8)
    var readable = 0
    for _ in 0..<1_500 {
      var text = Array(line.utf8)
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let at = Int.random(in: 40..<text.count, using: &random)
        let byte = alphabet.randomElement(using: &random) ?? 0x30
        if Bool.random(using: &random) { text[at] = byte } else { text.insert(byte, at: at) }
      }
      let log = LogSupport.read(text)
      readable += log.records.count
      for name in [" DST=", " LEN=", " ID="] {
        // Of a line that was broken in two, only the first part is at the same place.
        guard !text.contains(0x0a), let other = UsualRunTests.broken(text, before: name) else {
          continue
        }
        let again = LogSupport.read(other)
        #expect(again.records == log.records, "\(String(decoding: text, as: UTF8.self))")
        #expect(again.problems == log.problems, "\(String(decoding: text, as: UTF8.self))")
      }
    }
    #expect(readable > 400)
  }
}
