/// The rules for names inside a bundle: what every system takes for the same, harmless, relative path.
enum MemberName {
  /// The manifest's name.
  static let manifest = "MANIFEST.sha256"
  /// The name of the manifest's signature.
  static let signature = "MANIFEST.sig"

  /// What is wrong with a name; nil where nothing is.
  static func complaint(_ bytes: [UInt8]) -> String? {
    if bytes.isEmpty { return "its name is empty" }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return "its name is not UTF-8"
    }
    if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      return "its name holds control characters"
    }
    if bytes.first == UInt8(ascii: "/") { return "its name is an absolute path" }
    if bytes.contains(UInt8(ascii: "\\")) { return "its name holds a backslash" }
    if bytes.count > 1, bytes[1] == UInt8(ascii: ":") { return "its name begins with a drive" }
    let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    for part in parts {
      if part.isEmpty { return "its name has an empty part" }
      if part.elementsEqual("..".utf8) { return "its name leads out of the bundle (..)" }
      if part.elementsEqual(".".utf8) { return "its name has a part that is only a dot" }
    }
    return nil
  }

  /// The same for names that some file system would take for one: differing only by case, or in how
  /// their accents are composed (strings compare by canonical equivalence).
  static func folded(_ name: String) -> String { name.lowercased() }

  /// A name fit to be shown: cut where it is very long, whatever could drive a terminal or mislead a
  /// reader written as an escape.
  static func inert(_ bytes: some Sequence<UInt8>) -> String {
    var text = ""
    for scalar in String(decoding: Array(bytes.prefix(300)), as: UTF8.self).unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
        text += "\\u{\(String(scalar.value, radix: 16))}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// A name in a message.
  static func shown(_ bytes: some Sequence<UInt8>) -> String { "“\(inert(bytes))”" }

  static func shown(_ name: String) -> String { shown(name.utf8) }
}
