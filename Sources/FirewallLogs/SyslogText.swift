internal import Observations

/// A line of syslog taken apart: stamp, host, program, message (RFC 3164, RFC 5424, `dmesg`).
///
/// All ranges are places in the window. What a line does not have is empty; a line without a good
/// stamp is all `rest` and all `message`.
struct SyslogText {
  /// The whole line.
  var line: Range<Int> = 0..<0
  /// What the front says about the time.
  var stamp = LineStamp(quality: .missing, time: 0, end: 0)
  /// Who wrote it.
  var host: Range<Int> = 0..<0
  /// All behind the host, program included.
  var rest: Range<Int> = 0..<0
  /// The program's name, without its process id.
  var program: Range<Int> = 0..<0
  /// What the program says: behind `program[123]: ` or `program: `, or the whole of `rest`; of the
  /// kernel behind its own stamp `[ 3445.031964] `, too.
  var message: Range<Int> = 0..<0
  /// The host's name as `RawSpan.word8` there; 0 where there is none. See `HostKey`.
  var hostWord: UInt64 = 0

  /// Nothing.
  init() {}

  /// Takes a line apart.
  init(_ bytes: RawSpan, _ range: Range<Int>, _ clock: inout StampClock) {
    line = range
    stamp = clock.read(bytes, range)
    var cursor = TextCursor(bytes, range)
    cursor.at = min(stamp.end, range.upperBound)
    guard stamp.quality == .good else {
      cursor.at = range.lowerBound
      if cursor.take(0x3c) { cursor.skipTo(behind: 0x3e) }
      let from = min(
        SyslogHeader.behindUptime(bytes, cursor.at, range.upperBound), range.upperBound)
      rest = from..<range.upperBound
      message = rest
      return
    }
    // `dmesg -T` names no host: its bracket is followed by the kernel's text.
    let isBracketed = bytes.byte(stamp.end &- 1) == 0x5d || stamp.isHostless
    _ = cursor.take(0x3a)  // devices that put a colon behind the stamp
    while cursor.take(0x20) {}
    if !isBracketed {
      hostWord = bytes.word8(cursor.at)
      host = cursor.token()
    }
    rest = cursor.at..<range.upperBound
    message = rest
    if stamp.isStructured { takeStructured(bytes, &cursor) } else { takeTag(bytes, &cursor) }
  }

  /// RFC 5424: program, process, kind of message, data, text.
  private mutating func takeStructured(_ bytes: RawSpan, _ cursor: inout TextCursor) {
    program = cursor.token()
    _ = cursor.token()
    _ = cursor.token()
    cursor.skipStructuredData()
    // Some senders write a byte order mark before the text (RFC 5424, 6.4).
    if bytes.word4(cursor.at) & 0x00ff_ffff == 0x00bf_bbef { cursor.at += 3 }
    message = min(cursor.at, line.upperBound)..<line.upperBound
  }

  /// RFC 3164: `program: ` or `program[123]: `.
  private mutating func takeTag(_ bytes: RawSpan, _ cursor: inout TextCursor) {
    let from = cursor.at
    while cursor.at < cursor.end, cursor.next > 0x20, cursor.next != 0x3a, cursor.next != 0x5b {
      cursor.at += 1
    }
    let name = from..<cursor.at
    if cursor.take(0x5b) {
      while cursor.at < cursor.end, cursor.next > 0x20, cursor.next != 0x5d { cursor.at += 1 }
      guard cursor.take(0x5d) else { return }
    }
    guard !name.isEmpty, cursor.take(0x3a), cursor.take(0x20) || cursor.at == cursor.end else {
      return
    }
    while cursor.take(0x20) {}
    program = name
    let text = min(
      SyslogHeader.behindUptime(bytes, cursor.at, line.upperBound), line.upperBound)
    message = text..<line.upperBound
  }
}
