/// What must hold of any log reader on any bytes.
enum LogRules {
  /// Checks what a reader made of a log.
  ///
  /// - Parameters:
  ///   - bytes: the log.
  ///   - whole: what was made of it in one window.
  ///   - cut: what was made of it in many.
  /// - Throws: `Violation` where it does not hold.
  static func check(_ bytes: [UInt8], _ whole: Outcome, _ cut: Outcome) throws(Violation) {
    var lines = UInt64(bytes.reduce(0) { $0 + ($1 == 0x0a ? 1 : 0) })
    if let last = bytes.last, last != 0x0a { lines += 1 }
    try require(whole.consumed == bytes.count, "not all consumed")
    try require(whole.records == lines, "a line was not counted once")
    try require(whole.packets.count <= 2 * Int(lines), "more than two observations a line")
    for (one, next) in zip(whole.packets, whole.packets.dropFirst()) {
      try require(one.record <= next.record, "records out of order")
    }
    for packet in whole.packets {
      try require(packet.record >= 1 && packet.record <= lines, "a record that is none")
      try require(packet.offset < UInt64(bytes.count), "a place beyond the log")
    }
    try require(cut == whole, "windows changed what was read")
  }
}
