/// The version resource of a Windows program: a block of blocks, each with its length, a name in
/// UTF-16 and a value, all on boundaries of four bytes. No length in it is trusted.
struct VersionResource {
  /// Bytes of the resource that are read; what is beyond is not looked at.
  static let longest = 1 << 16
  private static let longestName = 64
  private static let longestValue = 512

  /// The file version as four numbers, from the part that is not text.
  private(set) var version: String?
  /// The texts by their names, of the first language that has any.
  private(set) var texts: [String: String] = [:]

  /// One block within its parent.
  private struct Block {
    let name: String
    /// Where its value begins and how long it says that is, in its own unit.
    let value: Int
    let valueLength: Int
    let end: Int
  }

  private static let wanted: Set<String> = [
    "ProductVersion", "FileDescription", "OriginalFilename", "CompanyName",
  ]

  init(_ data: [UInt8]) {
    guard let root = Self.block(data, at: 0, end: data.count), root.name == "VS_VERSION_INFO" else {
      return
    }
    version = Self.version(data, at: root.value)
    Self.each(data, from: root.value + root.valueLength, to: root.end) { part in
      guard part.name == "StringFileInfo" else { return }
      Self.each(data, from: part.value, to: part.end) { language in
        guard texts.isEmpty else { return }
        Self.each(data, from: language.value, to: language.end) { text in
          guard Self.wanted.contains(text.name), texts[text.name] == nil else { return }
          let value = Self.text(data, at: text.value, end: text.end, limit: Self.longestValue).text
          if !value.isEmpty { texts[text.name] = value }
        }
      }
    }
  }

  private static func aligned(_ place: Int) -> Int { (place + 3) & ~3 }

  /// The blocks side by side between two places; each is at least its own head long, so this ends.
  private static func each(_ data: [UInt8], from: Int, to end: Int, _ body: (Block) -> Void) {
    var place = aligned(from)
    while place < end, let block = block(data, at: place, end: end) {
      body(block)
      place = aligned(block.end)
    }
  }

  private static func block(_ data: [UInt8], at place: Int, end: Int) -> Block? {
    guard let length = data.number(at: place, count: 2),
      let valueLength = data.number(at: place + 2, count: 2), length >= 8
    else { return nil }
    let last = min(end, place + Int(length))
    let (name, behind) = text(data, at: place + 6, end: last, limit: longestName)
    guard !name.isEmpty || behind == place + 8 else { return nil }
    return Block(name: name, value: aligned(behind), valueLength: Int(valueLength), end: last)
  }

  /// UTF-16 up to its nought or the end, and the place behind; no control characters.
  private static func text(
    _ data: [UInt8], at start: Int, end: Int, limit: Int
  ) -> (text: String, behind: Int) {
    var units: [UInt16] = []
    var place = start
    while place + 2 <= end, let unit = data.number(at: place, count: 2) {
      place += 2
      if unit == 0 || units.count == limit { break }
      units.append(UInt16(unit))
    }
    var clean = String.UnicodeScalarView()
    for scalar in String(decoding: units, as: UTF16.self).unicodeScalars
    where scalar.value >= 32 && !(127...159).contains(scalar.value) {
      clean.append(scalar)
    }
    return (String(clean).trimmed, place)
  }

  /// The part of fixed length begins with its signature.
  private static func version(_ data: [UInt8], at place: Int) -> String? {
    guard data.number(at: place, count: 4) == 0xFEEF_04BD,
      let high = data.number(at: place + 8, count: 4),
      let low = data.number(at: place + 12, count: 4)
    else { return nil }
    return [high >> 16, high & 0xFFFF, low >> 16, low & 0xFFFF].map { String($0) }
      .joined(separator: ".")
  }
}
