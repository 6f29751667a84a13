/// A program of Windows with nothing in it but a version resource, built byte by byte.
enum ProgramFixture {
  /// The parts of a resource, each on a boundary of four bytes.
  private static func block(
    _ name: String, type: UInt16, value: [UInt8] = [], valueLength: Int? = nil,
    children: [[UInt8]] = []
  ) -> [UInt8] {
    var bytes: [UInt8] = [0, 0] + number(valueLength ?? value.count, 2) + number(Int(type), 2)
    bytes += utf16(name)
    pad(&bytes)
    bytes += value
    for child in children {
      pad(&bytes)
      bytes += child
    }
    bytes.replaceSubrange(0..<2, with: number(bytes.count, 2))
    return bytes
  }

  static func number(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }

  private static func utf16(_ text: String) -> [UInt8] {
    (Array(text.utf16) + [0]).flatMap { number(Int($0), 2) }
  }

  private static func pad(_ bytes: inout [UInt8]) {
    while bytes.count % 4 != 0 { bytes.append(0) }
  }

  /// The version resource.
  static func resource(version: [Int], texts: [(String, String)]) -> [UInt8] {
    var fixed = number(0xFEEF_04BD, 4) + number(0x10000, 4)
    fixed += number(version[0] << 16 | version[1], 4) + number(version[2] << 16 | version[3], 4)
    fixed += [UInt8](repeating: 0, count: 52 - fixed.count)
    let strings = texts.map { name, value in
      block(name, type: 1, value: utf16(value), valueLength: value.utf16.count + 1)
    }
    let language = block("040904b0", type: 1, children: strings)
    let variables = block(
      "VarFileInfo", type: 1,
      children: [block("Translation", type: 0, value: number(0x04b0_0409, 4))])
    return block(
      "VS_VERSION_INFO", type: 0, value: fixed,
      children: [variables, block("StringFileInfo", type: 1, children: [language])])
  }

  /// The program around a resource: stub, header, one section that begins with the folders.
  static func program(resource: [UInt8]) -> [UInt8] {
    let (address, place) = (0x1000, 0x200)
    var section: [UInt8] = []
    for (level, identifier) in [16, 1, 1033].enumerated() {
      section += number(0, 12) + number(0, 2) + number(1, 2) + number(identifier, 4)
      let next = (level + 1) * 24
      section += number(level < 2 ? next | 0x8000_0000 : next, 4)
    }
    section += number(address + 88, 4) + number(resource.count, 4) + number(0, 8)
    section += resource
    var bytes = [0x4D, 0x5A] + [UInt8](repeating: 0, count: 58) + number(64, 4)
    bytes += [0x50, 0x45, 0, 0] + number(0x14C, 2) + number(1, 2) + number(0, 12)
    bytes += number(224, 2) + number(0, 2)
    var optional = number(0x10B, 2) + [UInt8](repeating: 0, count: 222)
    optional.replaceSubrange(92..<96, with: number(16, 4))
    optional.replaceSubrange(112..<120, with: number(address, 4) + number(section.count, 4))
    bytes += optional
    bytes += [UInt8](".rsrc\0\0\0".utf8) + number(section.count, 4) + number(address, 4)
    bytes += number(section.count, 4) + number(place, 4) + number(0, 16)
    bytes += [UInt8](repeating: 0, count: place - bytes.count)
    return bytes + section
  }
}
