import Observations

/// Builds frames and captures for tests, independently of the decoders.
enum Build {
  static func be16(_ v: Int) -> [UInt8] { [UInt8(v >> 8 & 255), UInt8(v & 255)] }
  static func be32(_ v: UInt32) -> [UInt8] { be16(Int(v >> 16)) + be16(Int(v & 0xffff)) }

  /// RFC 1071 by the book.
  static func checksum(_ bytes: [UInt8]) -> Int {
    var sum = 0
    for (i, byte) in bytes.enumerated() { sum += i % 2 == 0 ? Int(byte) << 8 : Int(byte) }
    while sum > 0xffff { sum = (sum & 0xffff) + (sum >> 16) }
    return ~sum & 0xffff
  }

  static func ipv4(
    _ source: UInt32, _ destination: UInt32, transport: Int, options: [UInt8] = [],
    fragment: Int = 0, total: Int? = nil, _ payload: [UInt8]
  ) -> [UInt8] {
    let length = 20 + options.count
    var header: [UInt8] = [0x40 | UInt8(length / 4), 0] + be16(total ?? length + payload.count)
    header += be16(0x1234) + be16(fragment) + [64, UInt8(transport), 0, 0]
    header += be32(source) + be32(destination) + options
    header.replaceSubrange(10..<12, with: be16(checksum(header)))
    return header + payload
  }

  static func udp(
    _ from: Int, _ to: Int, length: Int? = nil, checksum: Int = 0, _ data: [UInt8]
  ) -> [UInt8] {
    be16(from) + be16(to) + be16(length ?? 8 + data.count) + be16(checksum) + data
  }

  static func tcp(_ from: Int, _ to: Int, flags: UInt8, words: UInt8 = 5) -> [UInt8] {
    be16(from) + be16(to) + be32(7) + be32(0) + [words << 4, flags] + be16(1024) + be16(0)
      + be16(0)
  }

  static func ipv6(
    _ source: [UInt8], _ destination: [UInt8], next: UInt8, _ payload: [UInt8]
  ) -> [UInt8] {
    [0x60, 0, 0, 0] + be16(payload.count) + [next, 64] + source + destination + payload
  }

  static func ethernet(
    _ type: Int, to: [UInt8] = [2, 0, 0, 0, 0, 1], tags: [Int] = [], _ payload: [UInt8]
  ) -> [UInt8] {
    to + [2, 0, 0, 0, 0, 2] + tags.flatMap { be16($0) + be16(5) } + be16(type) + payload
  }

  static func name(_ labels: [String]) -> [UInt8] {
    labels.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
  }

  static func nbns(type: Int, flags: Int = 0) -> [UInt8] {
    be16(0xd4) + be16(flags) + be16(1) + [0, 0, 0, 0, 0, 0]
      + name(["CK" + String(repeating: "A", count: 30)]) + be16(type) + be16(1)
  }

  /// A capture of frames, `apart` seconds each; `wire` nil means as long as captured.
  static func pcap(
    _ frames: [[UInt8]], link: UInt32 = 1, big: Bool = false, nano: Bool = false,
    fraction: UInt32 = 5, wire: Int? = nil, apart: UInt32 = 1
  ) -> [UInt8] {
    func n(_ v: UInt32) -> [UInt8] { big ? be32(v) : be32(v).reversed() }
    func h(_ v: Int) -> [UInt8] { big ? be16(v) : be16(v).reversed() }
    var out = n(nano ? 0xa1b2_3c4d : 0xa1b2_c3d4) + h(2) + h(4)
    out += n(0) + n(0) + n(65_535) + n(link)
    for (i, frame) in frames.enumerated() {
      out += n(1_000 + UInt32(i) * apart) + n(fraction) + n(UInt32(frame.count))
      out += n(UInt32(wire ?? frame.count)) + frame
    }
    return out
  }
}

/// xorshift64*, so that every run mutates alike.
struct Dice {
  var state: UInt64
  mutating func next(_ bound: Int) -> Int {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return Int((state &* 2_685_821_657_736_338_717) >> 33) % max(1, bound)
  }
}
