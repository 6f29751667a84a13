import Observations

/// One frame of each link and each tunnel, built here from the standards' text.
enum MadeFrames {
  struct Frame: CustomStringConvertible, Sendable {
    var name: String
    var link: Int
    var bytes: [UInt8]
    /// The tunnels it came in, the outermost last; nil where no packet inside is to be told of.
    var tunnels: [Tunnel] = []
    /// Whether the inner packet is `four`, `six`, `arp`, or something else.
    var inside: Inside = .four
    /// Why tshark says otherwise.
    var unlike: String?
    var description: String { name }
  }
  enum Inside { case four, six, arp, outer, nothing }

  static let a: UInt32 = 0xc000_0201
  static let b: UInt32 = 0xc633_6407
  static let four = Build.ipv4(a, b, transport: 6, Build.tcp(1025, 80, flags: 2))
  static let here: [UInt8] = [0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1]
  static let there: [UInt8] = [0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [2]
  static let six = Build.ipv6(here, there, next: 17, Build.udp(1026, 9, [1]))
  static let arp =
    [0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 2] + Build.be32(a) + [0, 0, 0, 0, 0, 0] + Build.be32(b)
  static let east: UInt32 = 0xcb00_7101
  static let west: UInt32 = 0xcb00_7102

  static func snap(_ type: Int, organisation: [UInt8] = [0, 0, 0], _ payload: [UInt8]) -> [UInt8] {
    [0xaa, 0xaa, 3] + organisation + Build.be16(type) + payload
  }
  static func ether(_ type: Int, _ payload: [UInt8]) -> [UInt8] { Build.ethernet(type, payload) }
  static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
  static func little32(_ value: UInt32) -> [UInt8] { Build.be32(value).reversed() }
  static func little16(_ value: Int) -> [UInt8] { Build.be16(value).reversed() }

  /// IPv4 from end to end of a tunnel, in Ethernet.
  static func carried(_ transport: Int, _ payload: [UInt8]) -> [UInt8] {
    ether(0x0800, Build.ipv4(east, west, transport: transport, payload))
  }
  static func datagram(_ from: Int, _ to: Int, _ payload: [UInt8]) -> [UInt8] {
    carried(17, Build.udp(from, to, payload))
  }
  static func label(_ value: UInt32, bottom: Bool) -> [UInt8] {
    Build.be32(value << 12 | (bottom ? 0x100 : 0) | 64)
  }
  static func pflog(
    length: UInt8 = 61, family: UInt8 = 2, action: UInt8 = 1, direction: UInt8 = 1,
    user: UInt32 = .max, process: UInt32 = 100_000, _ packet: [UInt8]
  ) -> [UInt8] {
    var header: [UInt8] = [length, family, action, 0] + Array("em0".utf8) + zeros(29)
    header += Build.be32(7) + Build.be32(.max)
    if length < 61 {
      header += [direction]
    } else {
      header += little32(user) + little32(process) + little32(0) + little32(0) + [direction]
    }
    header += zeros((Int(length) + 3) / 4 * 4 - header.count)
    return header + packet
  }
  static func nflog(
    family: UInt8 = 2, fields: [(Int, [UInt8])], big: Bool = false
  ) -> [UInt8] {
    func order(_ v: Int) -> [UInt8] { big ? Build.be16(v) : little16(v) }
    var bytes: [UInt8] = [family, 0, 0, 5]
    for (type, value) in fields {
      bytes += order(value.count + 4) + order(type) + value
      bytes += zeros((4 - value.count % 4) % 4)
    }
    return bytes
  }
  static let station: [UInt8] = [2, 0, 0, 0, 0, 1]
  static let point: [UInt8] = [2, 0, 0, 0, 0, 9]
  static let client: [UInt8] = [2, 0, 0, 0, 0, 2]
  static func wlan(
    kind: UInt8 = 0x08, flags: UInt8 = 1, fourth: [UInt8] = [], quality: [UInt8] = [],
    fragment: UInt8 = 0, _ payload: [UInt8]
  ) -> [UInt8] {
    [kind, flags, 0, 0] + point + client + station + [fragment, 0] + fourth + quality + payload
  }
  static func radiotap(flags: UInt8? = nil, time: Bool = false, words: Int = 1, _ frame: [UInt8])
    -> [UInt8]
  {
    var fields: [UInt8] = []
    for word in 0..<words {
      var present: UInt32 = word == 0 ? (flags == nil ? 0 : 2) | (time ? 1 : 0) : 0
      if word + 1 < words { present |= 0xa000_0000 }
      fields += little32(present)
    }
    if time {
      fields += zeros((8 - (fields.count + 4) % 8) % 8)
      fields += zeros(8)
    }
    if let flags { fields += [flags] }
    return [0, 0] + little16(4 + fields.count) + fields + frame
  }
  static func gre(_ flags: Int, _ type: Int, _ more: [UInt8], _ payload: [UInt8]) -> [UInt8] {
    carried(47, Build.be16(flags) + Build.be16(type) + more + payload)
  }
  static func vxlan(_ payload: [UInt8]) -> [UInt8] { [8, 0, 0, 0, 0, 0, 7, 0] + payload }

  /// All of them.
  static let all: [Frame] = links + moreLinks + tunnels

  /// A pcapng capture with an interface for each.
  static func capture(_ frames: [Frame]) -> [UInt8] {
    let blocks = Blocks(big: false)
    var bytes = blocks.section()
    for frame in frames { bytes += blocks.interface(frame.link) }
    for (index, frame) in frames.enumerated() {
      bytes += blocks.enhanced(frame.bytes, on: UInt32(index), at: UInt64(1_000 + index))
    }
    return bytes
  }
}
