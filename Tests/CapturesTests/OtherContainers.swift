/// Writes captures of less common containers for tests, independently of the readers: one packet a
/// second from 1,000 s on, as `Build.pcap` does.
enum Other {
  static func le(_ bytes: [UInt8]) -> [UInt8] { bytes.reversed() }

  /// RFC 1761.
  static func snoop(
    _ frames: [[UInt8]], version: UInt32 = 2, network: UInt32 = 4, drops: UInt32 = 0,
    wire: Int? = nil
  ) -> WrittenCapture {
    let records = frames.enumerated().map { i, frame -> [UInt8] in
      let padding = (4 - frame.count % 4) % 4
      return Build.be32(UInt32(wire ?? frame.count)) + Build.be32(UInt32(frame.count))
        + Build.be32(UInt32(24 + frame.count + padding)) + Build.be32(drops * UInt32(i))
        + Build.be32(1_000 + UInt32(i)) + Build.be32(5) + frame
        + [UInt8](repeating: 0, count: padding)
    }
    return WrittenCapture(
      "snoop", Array("snoop\0\0\0".utf8) + Build.be32(version) + Build.be32(network), records,
      padding: frames.map { (4 - $0.count % 4) % 4 })
  }

  /// Endace's records; `type` 2 is Ethernet. Padded to 8 bytes, with what extends the header.
  static func erf(
    _ frames: [[UInt8]], type: UInt8 = 2, extensions: Int = 0, lost: Int = 0
  ) -> WrittenCapture {
    WrittenCapture("erf", [], frames.enumerated().map { erf($1, $0, type, extensions, lost) })
  }

  static func erf(
    _ frame: [UInt8], _ i: Int, _ type: UInt8, _ extensions: Int, _ lost: Int
  ) -> [UInt8] {
    let added = [2, 11, 16, 20].contains(type) ? 2 : (5...9).contains(type) ? 4 : 0
    let length = 16 + 8 * extensions + added + frame.count
    let padding = (8 - length % 8) % 8
    // 5 µs as a fraction of 2³².
    var out = le(Build.be32(21_475)) + le(Build.be32(1_000 + UInt32(i)))
    out += [extensions > 0 ? type | 0x80 : type, 4] + Build.be16(length + padding)
    out += Build.be16(lost) + Build.be16(frame.count)
    for number in 0..<extensions {
      out += [number + 1 < extensions ? 0x83 : 3] + [UInt8](repeating: 9, count: 7)
    }
    return out + [UInt8](repeating: 0, count: added) + frame
      + [UInt8](repeating: 0, count: padding)
  }

  /// AIX's trace, 1.0 or 2.0; `type` 6 is an Ethernet.
  static func iptrace(_ frames: [[UInt8]], second: Bool, type: UInt8 = 6) -> WrittenCapture {
    let known = second ? 32 : 22
    let records = frames.enumerated().map { i, frame -> [UInt8] in
      let seconds = Build.be32(1_000 + UInt32(i))
      var out = Build.be32(UInt32(known + frame.count)) + seconds + [0, 0, 0, 1]
      out += Array("en\0\0".utf8) + [UInt8](repeating: 0, count: 12) + [type, 1]
      if second { out += [0, 0] + seconds + Build.be32(5_000) }
      return out + frame
    }
    return WrittenCapture(
      "iptrace \(second ? 2 : 1).0", Array("iptrace \(second ? 2 : 1).0".utf8), records)
  }

  /// pcap with more bytes before each frame.
  static func pcap(
    _ name: String, magic: UInt32, more: [UInt8], _ frames: [[UInt8]], header: [UInt8] = [],
    version: (Int, Int) = (2, 4), link: UInt32 = 1, swapped: Bool = false, fraction: UInt32 = 5
  ) -> WrittenCapture {
    let records = frames.enumerated().map { i, frame -> [UInt8] in
      let (kept, wire) = (Build.be32(UInt32(frame.count)), Build.be32(UInt32(frame.count + 4)))
      return le(Build.be32(1_000 + UInt32(i))) + le(Build.be32(fraction))
        + le(swapped ? wire : kept) + le(swapped ? kept : wire) + more + frame
    }
    var head = le(Build.be32(magic)) + le(Build.be16(version.0)) + le(Build.be16(version.1))
    head += [UInt8](repeating: 0, count: 8) + le(Build.be32(65_535)) + le(Build.be32(link)) + header
    return WrittenCapture(name, head, records)
  }

  static func kuznetsov(_ frames: [[UInt8]]) -> WrittenCapture {
    pcap(
      "pcap, Kuznetsov", magic: 0xa1b2_cd34, more: [2, 0, 0, 0, 8, 0, 4, 0], frames)
  }

  static func nokia(_ frames: [[UInt8]]) -> WrittenCapture {
    pcap("pcap, Nokia", magic: 0xa1b2_c3d4, more: [1, 2, 3, 4], frames)
  }
}
