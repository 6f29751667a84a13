internal import Captures
internal import Observations

extension Fuzzing {
  /// What a sieve asks of packets here: it looks at every part of a header.
  private static let match = try? MatchExpression(
    "(tcp[13] & 2 != 0 and portrange 1-1023) or udp or icmp or ip6 or arp or greater 200")

  static func capture(_ bytes: [UInt8], seed: UInt64) throws(Violation) {
    guard let one = unsafe CaptureFormats.reader(for: bytes.span.bytes),
      let other = unsafe CaptureFormats.reader(for: bytes.span.bytes)
    else { return }
    let whole = try Reading.all(bytes, one, seed: nil)
    try check(bytes, whole)
    let cut = try Reading.all(bytes, other, seed: seed << 8 | 0xcab)
    try require(cut == whole, "windows changed what was read of a capture")
    try sifted(bytes, whole)
  }

  static func frames(_ bytes: [UInt8], link: UInt32, seed: UInt64) throws(Violation) {
    let file = capture(of: bytes, link: link)
    guard let fast = unsafe CaptureReader(head: file.span.bytes),
      let slow = unsafe CaptureReader(head: file.span.bytes, usesFastPath: false)
    else { throw Violation(description: "a capture of frames was not recognised") }
    let whole = try Reading.all(file, fast, seed: nil)
    try check(file, whole)
    try require(
      try Reading.all(file, slow, seed: seed << 8 | 0xf4a) == whole,
      "link \(link): the fast path and the views differ, or windows changed what was read")
    try sifted(file, whole)
  }

  private static func check(_ bytes: [UInt8], _ whole: Outcome) throws(Violation) {
    try require(whole.packets.count <= 2 * Int(whole.records), "more packets than records")
    for packet in whole.packets {
      try require(packet.offset < UInt64(bytes.count), "a place beyond the capture")
      try require(
        packet.record >= 1 && packet.record <= whole.records, "a record that is none")
    }
  }

  /// What a sieve lets through is of what there is, and all is accounted for.
  private static func sifted(_ bytes: [UInt8], _ whole: Outcome) throws(Violation) {
    guard let match else { throw Violation(description: "the filter does not compile") }
    var tapped: UInt64 = 0
    let tap = PacketTap { packet, _, _ in
      tapped += packet.wire >= packet.bytes.byteCount ? 1 : 0
    }
    let sieve = PacketSieve(match)
    guard let reader = unsafe CaptureFormats.reader(for: bytes.span.bytes, sieve: sieve, tap: tap)
    else { throw Violation(description: "a capture was recognised once only") }
    let part = try Reading.all(bytes, reader, seed: nil)
    try require(part.records == whole.records, "a sieve changed the number of records")
    try require(part.packets.count <= 2 * Int(part.records), "a sieve made packets")
    try require(tapped + sieve.leftOut.count <= whole.records, "packets counted twice")
  }

  /// Frames out of bytes: two of length, then as many of a frame, and so on.
  private static func capture(of bytes: [UInt8], link: UInt32) -> [UInt8] {
    func number(_ value: UInt32) -> [UInt8] {
      [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
    var file = number(0xa1b2_c3d4) + [2, 0, 4, 0] + number(0) + number(0) + number(262_144)
    file += number(link)
    var at = 0
    var time: UInt32 = 1_200_000_000
    while bytes.count - at >= 2, time < 1_200_000_400 {
      // A bit says that more was on the wire than was captured.
      let stated = Int(bytes[at]) << 8 | Int(bytes[at + 1])
      let length = min(stated & 0x7fff, bytes.count - at - 2)
      let wire = stated & 0x8000 != 0 ? length + 1_000 : length
      file += number(time) + number(0) + number(UInt32(length)) + number(UInt32(wire))
      file += bytes[(at + 2)..<(at + 2 + length)]
      at += 2 + length
      time += 1
    }
    return file
  }
}
