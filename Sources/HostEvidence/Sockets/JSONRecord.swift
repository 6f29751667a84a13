/// The scalar values of one JSON object by key; keys of nested objects stand alone, the outermost
/// wins. Enough for records of tools, and bounded.
struct JSONRecord {
  private(set) var values: [String: String] = [:]
  private var bytes: ArraySlice<UInt8>
  private var budget = 4_096

  static let depthLimit = 16

  init?(_ bytes: [UInt8]) {
    self.bytes = bytes[...]
    guard object(depth: 0) else { return nil }
  }

  private mutating func skipBlanks() {
    bytes = bytes.drop { $0 == 32 || $0 == 9 || $0 == 10 || $0 == 13 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipBlanks()
    guard bytes.first == byte else { return false }
    bytes = bytes.dropFirst()
    return true
  }

  private mutating func object(depth: Int) -> Bool {
    guard depth < JSONRecord.depthLimit, take(UInt8(ascii: "{")) else { return false }
    if take(UInt8(ascii: "}")) { return true }
    repeat {
      skipBlanks()
      guard let key = string(), take(UInt8(ascii: ":")), value(key: key, depth: depth) else {
        return false
      }
    } while take(UInt8(ascii: ","))
    return take(UInt8(ascii: "}"))
  }

  private mutating func array(key: String, depth: Int) -> Bool {
    guard depth < JSONRecord.depthLimit, take(UInt8(ascii: "[")) else { return false }
    if take(UInt8(ascii: "]")) { return true }
    // The first element stands under the key itself, the others under the key with their number.
    var place = 0
    repeat {
      guard value(key: place == 0 ? key : key + String(place), depth: depth) else { return false }
      place += 1
    } while take(UInt8(ascii: ","))
    return take(UInt8(ascii: "]"))
  }

  private mutating func value(key: String, depth: Int) -> Bool {
    budget -= 1
    guard budget > 0 else { return false }
    skipBlanks()
    switch bytes.first {
    case UInt8(ascii: "{"): return object(depth: depth + 1)
    case UInt8(ascii: "["): return array(key: key, depth: depth + 1)
    case UInt8(ascii: "\""):
      guard let text = string() else { return false }
      store(text, key)
      return true
    default:
      let word = bytes.prefix { $0 > 32 && $0 != 44 && $0 != 93 && $0 != 125 }
      guard !word.isEmpty else { return false }
      bytes = bytes.dropFirst(word.count)
      let text = String(decoding: word, as: UTF8.self)
      if text != "null" { store(text, key) }
      return true
    }
  }

  private mutating func store(_ text: String, _ key: String) {
    let key = RecordKey.fold(key)
    if values[key] == nil { values[key] = text }
  }

  private mutating func string() -> String? {
    guard bytes.first == UInt8(ascii: "\"") else { return nil }
    bytes = bytes.dropFirst()
    var text: [UInt8] = []
    while let byte = bytes.popFirst() {
      if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      guard let escaped = bytes.popFirst() else { return nil }
      switch escaped {
      case UInt8(ascii: "n"): text.append(10)
      case UInt8(ascii: "r"): text.append(13)
      case UInt8(ascii: "t"): text.append(9)
      case UInt8(ascii: "b"), UInt8(ascii: "f"): text.append(32)
      case UInt8(ascii: "u"):
        guard let unit = UInt32(String(decoding: bytes.prefix(4), as: UTF8.self), radix: 16)
        else { return nil }
        bytes = bytes.dropFirst(4)
        text += Array(String(Unicode.Scalar(unit) ?? "\u{fffd}").utf8)
      default: text.append(escaped)
      }
    }
    return nil
  }
}

/// Keys of records are compared without case and signs, so `Local Address`, `local_address` and
/// `LocalAddress` are one.
enum RecordKey {
  static func fold(_ key: String) -> String {
    let folded = SocketState.fold(key)
    return folded.isEmpty ? HostLine.trim(key) : folded
  }
}
