/// What an ELF file says of itself.
public struct UnixProgram: Sendable, Hashable {
  /// The machine it is made for.
  public let machine: String
  /// The linker's build identifier, in hexadecimal digits.
  public let buildIdentifier: String?

  private static let machines: [UInt64: String] = [
    3: "x86", 8: "MIPS", 20: "PowerPC", 21: "PowerPC64", 22: "S/390", 40: "ARM", 62: "x86-64",
    183: "ARM64", 243: "RISC-V",
  ]

  /// Nil where the bytes are no ELF file. No size in the file is trusted.
  init?(_ file: some FileBytes) {
    let head = file.read(at: 0, count: 64)
    guard head.count >= 52, head.starts(with: [0x7F, 0x45, 0x4C, 0x46]),
      head[4] == 1 || head[4] == 2, head[5] == 1 || head[5] == 2
    else { return nil }
    let (isWide, isBig) = (head[4] == 2, head[5] == 2)
    let code = head.number(at: 18, count: 2, bigEndian: isBig) ?? 0
    machine = Self.machines[code] ?? "machine \(code)"
    let table = head.number(at: isWide ? 32 : 28, count: isWide ? 8 : 4, bigEndian: isBig) ?? 0
    let stride = Int(head.number(at: isWide ? 54 : 42, count: 2, bigEndian: isBig) ?? 0)
    let count = Int(head.number(at: isWide ? 56 : 44, count: 2, bigEndian: isBig) ?? 0)
    var found: String?
    if stride >= (isWide ? 56 : 32), stride <= 256 {
      let headers = file.read(at: table, count: min(count, 1024) * stride)
      for start in Swift.stride(from: 0, to: headers.count, by: stride) where found == nil {
        guard headers.number(at: start, count: 4, bigEndian: isBig) == 4,
          let place = headers.number(
            at: start + (isWide ? 8 : 4), count: isWide ? 8 : 4, bigEndian: isBig),
          let size = headers.number(
            at: start + (isWide ? 32 : 16), count: isWide ? 8 : 4, bigEndian: isBig)
        else { continue }
        let notes = file.read(at: place, count: Int(min(size, 1 << 16)))
        found = Self.buildIdentifier(in: notes, bigEndian: isBig)
      }
    }
    buildIdentifier = found
  }

  private static func buildIdentifier(in notes: [UInt8], bigEndian: Bool) -> String? {
    var start = 0
    while let name = notes.number(at: start, count: 4, bigEndian: bigEndian),
      let size = notes.number(at: start + 4, count: 4, bigEndian: bigEndian),
      let type = notes.number(at: start + 8, count: 4, bigEndian: bigEndian)
    {
      let content = start + 12 + (Int(name) + 3) / 4 * 4
      guard content + Int(size) <= notes.count else { return nil }
      if type == 3, name == 4, notes[(start + 12)...].starts(with: [0x47, 0x4E, 0x55, 0]),
        (1...64).contains(size)
      {
        return hexadecimal(notes[content..<(content + Int(size))])
      }
      start = content + (Int(size) + 3) / 4 * 4
    }
    return nil
  }
}
