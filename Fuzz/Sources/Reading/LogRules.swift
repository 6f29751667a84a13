/// What must hold of any log reader on any bytes.
public enum LogRules {
  /// Checks what a reader made of a log.
  ///
  /// - Parameters:
  ///   - bytes: the log.
  ///   - whole: what was made of it in one window.
  ///   - cut: what was made of it in many.
  public static func check(_ bytes: [UInt8], _ whole: Outcome, _ cut: Outcome) {
    var lines = UInt64(bytes.reduce(0) { $0 + ($1 == 0x0a ? 1 : 0) })
    if let last = bytes.last, last != 0x0a { lines += 1 }
    Reading.require(whole.consumed == bytes.count, "not all consumed")
    Reading.require(whole.records == lines, "a line was not counted once")
    Reading.require(whole.packets.count <= 2 * Int(lines), "more than two observations a line")
    for (one, next) in zip(whole.packets, whole.packets.dropFirst()) {
      Reading.require(one.record <= next.record, "records out of order")
    }
    for packet in whole.packets {
      Reading.require(packet.record >= 1 && packet.record <= lines, "a record that is none")
      Reading.require(packet.offset < UInt64(bytes.count), "a place beyond the log")
    }
    Reading.require(cut == whole, "windows changed what was read")
  }
}
