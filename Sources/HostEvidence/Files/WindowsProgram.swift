/// What a portable executable of Windows says of itself.
public struct WindowsProgram: Sendable, Hashable {
  /// The machine it is made for.
  public let machine: String
  /// When it was linked, in seconds since 1970; builds made to be repeatable put a hash there.
  public let linked: UInt32
  /// Whether it carries a certificate table. The signature itself is not verified.
  public let carriesSignature: Bool
  /// The file version of its version resource, as four numbers.
  public let version: String?
  /// The version of the product it is part of, as the resource's text has it.
  public let productVersion: String?
  /// What it is for, by its own word.
  public let fileDescription: String?
  /// The name it was made under.
  public let originalFilename: String?
  /// Its maker, by its own word; anybody can write one.
  public let companyName: String?

  private static let machines: [UInt64: String] = [
    0x14C: "x86", 0x8664: "x86-64", 0x200: "IA-64", 0x1C0: "ARM", 0x1C4: "ARM", 0xAA64: "ARM64",
  ]

  /// A section's place in memory and in the file.
  private struct Section {
    let address: UInt64
    let size: UInt64
    let place: UInt64
  }

  /// Nil where the bytes are no such program. No size or place in the file is trusted.
  init?(_ file: some FileBytes) {
    let stub = file.read(at: 0, count: 64)
    guard stub.starts(with: [0x4D, 0x5A]), let place = stub.number(at: 60, count: 4) else {
      return nil
    }
    let head = file.read(at: place, count: 24)
    guard head.count == 24, head.starts(with: [0x50, 0x45, 0, 0]) else { return nil }
    let code = head.number(at: 4, count: 2) ?? 0
    machine = Self.machines[code] ?? "machine \(code)"
    linked = UInt32(head.number(at: 8, count: 4) ?? 0)
    let optionalSize = Int(head.number(at: 20, count: 2) ?? 0)
    let optional = file.read(at: place + 24, count: optionalSize)
    let directories = optional.number(at: 0, count: 2) == 0x20B ? 112 : 96
    let known = optional.number(at: directories - 4, count: 4) ?? 0
    func directory(_ index: Int) -> (place: UInt64, size: UInt64)? {
      guard known > UInt64(index),
        let place = optional.number(at: directories + index * 8, count: 4),
        let size = optional.number(at: directories + index * 8 + 4, count: 4), size > 0
      else { return nil }
      return (place, size)
    }
    carriesSignature = directory(4).map { $0.place > 0 && $0.place < file.size } ?? false
    let count = min(96, Int(head.number(at: 6, count: 2) ?? 0))
    let table = file.read(at: place + 24 + UInt64(optionalSize), count: count * 40)
    let sections = stride(from: 0, to: table.count, by: 40).compactMap { start -> Section? in
      guard let address = table.number(at: start + 12, count: 4),
        let size = table.number(at: start + 16, count: 4),
        let place = table.number(at: start + 20, count: 4)
      else { return nil }
      return Section(address: address, size: size, place: place)
    }
    let data = directory(2).flatMap { Self.resource(file, resources: $0.place, sections) }
    let resource = data.map { VersionResource($0) }
    version = resource?.version
    productVersion = resource?.texts["ProductVersion"]
    fileDescription = resource?.texts["FileDescription"]
    originalFilename = resource?.texts["OriginalFilename"]
    companyName = resource?.texts["CompanyName"]
  }

  private static func place(of address: UInt64, _ sections: [Section]) -> UInt64? {
    sections.first { address >= $0.address && address - $0.address < $0.size }.map {
      $0.place + (address - $0.address)
    }
  }

  /// The data of the first resource of type 16, which is the version: three levels of folders, then
  /// the data.
  private static func resource(
    _ file: some FileBytes, resources: UInt64, _ sections: [Section]
  ) -> [UInt8]? {
    guard let base = place(of: resources, sections) else { return nil }
    var folder = base
    for level in 0..<3 {
      let head = file.read(at: folder, count: 16)
      guard let named = head.number(at: 12, count: 2), let numbered = head.number(at: 14, count: 2)
      else { return nil }
      let entries = file.read(at: folder + 16, count: min(4096, Int(named + numbered)) * 8)
      let wanted = stride(from: 0, to: entries.count, by: 8).first {
        level > 0 || entries.number(at: $0, count: 4) == 16
      }
      guard let wanted, let next = entries.number(at: wanted + 4, count: 4),
        (next & 0x8000_0000 != 0) == (level < 2)
      else { return nil }
      folder = base + (next & 0x7FFF_FFFF)
    }
    let entry = file.read(at: folder, count: 8)
    guard let address = entry.number(at: 0, count: 4), let size = entry.number(at: 4, count: 4),
      let start = place(of: address, sections)
    else { return nil }
    return file.read(at: start, count: Int(min(size, UInt64(VersionResource.longest))))
  }
}
