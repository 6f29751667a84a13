/// Builds pcapng blocks for tests, independently of the reader.
struct Blocks {
  var big: Bool
  func n16(_ v: Int) -> [UInt8] { big ? Build.be16(v) : Build.be16(v).reversed() }
  func n32(_ v: UInt32) -> [UInt8] { big ? Build.be32(v) : Build.be32(v).reversed() }
  func n64(_ v: UInt64) -> [UInt8] {
    let bytes = Build.be32(UInt32(v >> 32)) + Build.be32(UInt32(v & 0xffff_ffff))
    return big ? bytes : bytes.reversed()
  }
  func padded(_ bytes: [UInt8]) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
  }
  func option(_ code: Int, _ value: [UInt8]) -> [UInt8] {
    n16(code) + n16(value.count) + padded(value)
  }
  func block(_ kind: UInt32, _ body: [UInt8]) -> [UInt8] {
    let length = n32(UInt32(12 + body.count))
    return n32(kind) + length + body + length
  }

  func section(_ options: [UInt8] = [], major: Int = 1) -> [UInt8] {
    block(0x0a0d_0d0a, n32(0x1a2b_3c4d) + n16(major) + n16(0) + n64(.max) + options)
  }
  func interface(_ link: Int = 1, snap: UInt32 = 0, _ options: [UInt8] = []) -> [UInt8] {
    block(1, n16(link) + [0, 0] + n32(snap) + options)
  }
  func stamp(_ units: UInt64) -> [UInt8] {
    n32(UInt32(units >> 32)) + n32(UInt32(units & 0xffff_ffff))
  }
  func enhanced(
    _ frame: [UInt8], on number: UInt32 = 0, at units: UInt64 = 1, wire: Int? = nil,
    _ options: [UInt8] = []
  ) -> [UInt8] {
    block(
      6,
      n32(number) + stamp(units) + n32(UInt32(frame.count)) + n32(UInt32(wire ?? frame.count))
        + padded(frame) + options)
  }
  func obsolete(_ frame: [UInt8], on number: Int = 0, lost: Int, at units: UInt64 = 1) -> [UInt8] {
    let length = n32(UInt32(frame.count))
    return block(2, n16(number) + n16(lost) + stamp(units) + length + length + padded(frame))
  }
  func simple(_ frame: [UInt8], wire: Int? = nil) -> [UInt8] {
    block(3, n32(UInt32(wire ?? frame.count)) + padded(frame))
  }
  func statistics(_ number: UInt32 = 0, _ options: [UInt8]) -> [UInt8] {
    block(5, n32(number) + stamp(9) + options)
  }
}
