/// Lines of logs without what identifies anybody, so that they can be shown to others: the form of a
/// line is kept, and what stands in it of addresses, names and users is not.
///
/// It veils too much rather than too little (a version `1.2.3.4` reads like an address), and cannot
/// promise more than its rules: whoever passes lines on should look at them first.
public struct LineVeil {
  /// What is done, in one line.
  public static let meaning =
    "addresses (IPv4 x.x.x.x, IPv6 x::x, hardware xx:xx:xx:xx:xx:xx), e-mail addresses (x@x), "
    + "names with dots (x.x), hosts behind stamps (host), values of keys that name users, hosts, "
    + "addresses of pages and devices (x), and all but ASCII (?) are replaced"

  /// Keys whose values are somebody's: where one of these stands in a key.
  private static let keys = [
    "user", "usr", "login", "account", "acct", "name", "host", "mail", "url", "uri", "domain",
    "serial", "devid", "device", "ssid", "owner", "subject", "recipient", "sender", "password",
    "referer", "query", "group",
  ]

  private let bytes: [UInt8]
  private var at = 0
  private var out: [UInt8] = []
  /// The last token that was a word, and whether only quotes, blanks and a sign stand behind it.
  private var word: [UInt8] = []

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The line without what identifies anybody, and without control characters.
  ///
  /// - Parameter line: any bytes.
  /// - Returns: printable ASCII.
  public static func veil(_ line: RawSpan) -> String {
    let bytes = unsafe line.withUnsafeBytes { unsafe Array($0) }
    var veil = LineVeil(bytes)
    veil.run()
    return String(decoding: veil.out, as: UTF8.self)
  }

  private mutating func run() {
    takeHost()
    while at < bytes.count {
      let byte = bytes[at]
      if LineVeil.isToken(byte) {
        takeToken()
      } else {
        takeSign(byte)
      }
    }
  }

  /// Copies a stamp at the line's beginning, and veils the host behind it.
  private mutating func takeHost() {
    let end = StampShape.end(bytes)
    guard end > 0, end < bytes.count, bytes[end] == 0x20 else { return }
    out += bytes[..<end]
    at = end
    while at < bytes.count, bytes[at] == 0x20 { put(0x20) }
    let from = at
    while at < bytes.count, bytes[at] > 0x20 { at += 1 }
    let name = bytes[from..<at]
    // A colon ends a program's name: there is no host then.
    if name.isEmpty
      || name.contains(where: { $0 == 0x3a || $0 == 0x3d || $0 == 0x5b || $0 == 0x25 })
    {
      at = from
    } else {
      out += Array("host".utf8)
    }
  }

  private mutating func put(_ byte: UInt8) {
    out.append(byte)
    at += 1
  }

  private mutating func takeSign(_ byte: UInt8) {
    if byte >= 0x80 {
      at += 1
      if out.last != 0x3f { out.append(0x3f) }
    } else if (byte < 0x20 && byte != 0x09) || byte == 0x7f {
      at += 1
      out += Array("\\x\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8)
    } else {
      put(byte)
      if byte == 0x3d, isSecret(word) { takeValue() }
    }
    if byte != 0x22, byte != 0x20 { word = [] }
  }

  private mutating func takeToken() {
    let from = at
    while at < bytes.count, LineVeil.isToken(bytes[at]) { at += 1 }
    var token = bytes[from..<at]
    let isColon = token.elementsEqual([0x3a]) && from > 0 && bytes[from - 1] == 0x22
    if isColon, isSecret(word) {
      out.append(0x3a)
      takeValue()
      word = []
      return
    }
    // `user bob`, as text has it.
    let follows = from > 0 && bytes[from - 1] == 0x20 && word.count <= 5
    if follows, isOne(of: ["user", "users"], word), token.first.map({ $0 != 0x3a }) ?? false {
      out.append(0x78)
      word = []
      return
    }
    var tail: [UInt8] = []
    while let last = token.last, [0x2e, 0x3a, 0x2d].contains(last) {
      tail.insert(last, at: 0)
      token.removeLast()
    }
    out += TokenVeil.veil(Array(token)) + tail
    word = tail.isEmpty ? Array(token) : []
  }

  /// Veils what stands behind a key: what is quoted, or all to the next blank or separator.
  private mutating func takeValue() {
    while at < bytes.count, bytes[at] == 0x20 { put(0x20) }
    guard at < bytes.count else { return }
    let quote = bytes[at]
    let isQuoted = quote == 0x22 || quote == 0x27
    if isQuoted { put(quote) }
    let from = at
    while at < bytes.count {
      let byte = bytes[at]
      if isQuoted ? byte == quote : [0x20, 0x09, 0x2c, 0x3b, 0x7c, 0x26, 0x7d, 0x5d].contains(byte)
      {
        break
      }
      // What is escaped inside quotes does not end them.
      at += isQuoted && byte == 0x5c ? 2 : 1
    }
    at = min(at, bytes.count)
    if at > from { out.append(0x78) }
  }

  private func isSecret(_ word: [UInt8]) -> Bool {
    guard !word.isEmpty, word.count <= 40 else { return false }
    let key = String(decoding: word, as: UTF8.self).lowercased()
    return LineVeil.keys.contains { key.contains($0) }
  }

  private func isOne(of words: [String], _ word: [UInt8]) -> Bool {
    words.contains(String(decoding: word, as: UTF8.self).lowercased())
  }

  static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x3a, 0x41...0x5a, 0x61...0x7a, 0x2e, 0x2d, 0x5f, 0x40, 0x2b: true
    default: false
    }
  }
}

/// Stamps at the beginning of a line, by their shape.
enum StampShape {
  /// Where a stamp ends that a line begins with, RFC 3164 or ISO 8601, with a priority or without;
  /// 0 where it begins with none.
  static func end(_ bytes: [UInt8]) -> Int {
    var at = 0
    if bytes.first == 0x3c, let close = bytes.prefix(6).firstIndex(of: 0x3e) {
      at = close + 1
      // The version of RFC 5424.
      if matches("9 ", bytes, at) { at += 2 }
    }
    for shape in ["Aaa 99 99:99:99", "Aaa  9 99:99:99"] where matches(shape, bytes, at) {
      return at + 15
    }
    for shape in ["9999-99-99T99:99:99", "9999-99-99 99:99:99"] where matches(shape, bytes, at) {
      at += 19
      while at < bytes.count, bytes[at] > 0x20 { at += 1 }
      return at
    }
    return 0
  }

  /// `A` and `a` stand for letters, `9` for digits, all else for itself.
  private static func matches(_ shape: String, _ bytes: [UInt8], _ at: Int) -> Bool {
    let shape = Array(shape.utf8)
    guard bytes.count - at >= shape.count else { return false }
    return shape.indices.allSatisfy { place in
      let byte = bytes[at + place]
      switch shape[place] {
      case 0x41: return (0x41...0x5a).contains(byte)
      case 0x61: return (0x61...0x7a).contains(byte)
      case 0x39: return (0x30...0x39).contains(byte)
      default: return byte == shape[place]
      }
    }
  }
}

/// Tokens of lines: what reads like an address or a name is replaced.
enum TokenVeil {
  static func veil(_ token: [UInt8]) -> [UInt8] {
    if token.contains(0x40), token.count > 1 { return Array("x@x".utf8) }
    if isName(token) { return Array("x.x".utf8) }
    if let plain = withoutQuads(token) { return plain }
    if let mask = hardware(token) { return mask }
    return isColons(token) ? Array("x::x".utf8) : token
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  private static func isHex(_ byte: UInt8) -> Bool {
    isDigit(byte) || (0x61...0x66).contains(byte | 0x20)
  }
  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) }

  /// The token with each dotted quad replaced; nil where it has none.
  private static func withoutQuads(_ token: [UInt8]) -> [UInt8]? {
    var out: [UInt8] = []
    var at = 0
    var found = false
    while at < token.count {
      if at == 0 || !isDigit(token[at - 1]), let end = quadEnd(token, at) {
        out += Array("x.x.x.x".utf8)
        at = end
        found = true
      } else {
        out.append(token[at])
        at += 1
      }
    }
    return found ? out : nil
  }

  /// Where four numbers of up to three digits end, joined by dots, dashes or underscores.
  private static func quadEnd(_ token: [UInt8], _ start: Int) -> Int? {
    var at = start
    var joint: UInt8 = 0
    for part in 0..<4 {
      let from = at
      while at < token.count, isDigit(token[at]), at - from < 4 { at += 1 }
      guard (1...3).contains(at - from) else { return nil }
      if part == 3 { break }
      guard at < token.count, [0x2e, 0x2d, 0x5f].contains(token[at]),
        part == 0 || token[at] == joint
      else { return nil }
      joint = token[at]
      at += 1
    }
    return at
  }

  /// Hardware addresses: pairs of digits joined by colons or dashes, or three groups of four.
  private static func hardware(_ token: [UInt8]) -> [UInt8]? {
    for joint: UInt8 in [0x3a, 0x2d] {
      let groups = token.split(separator: joint, omittingEmptySubsequences: false)
      if groups.count >= 6, groups.allSatisfy({ $0.count == 2 && $0.allSatisfy(isHex) }) {
        return Array(repeating: [0x78, 0x78], count: groups.count).joined(separator: [joint])
          .map { $0 }
      }
    }
    let groups = token.split(separator: 0x2e, omittingEmptySubsequences: false)
    if groups.count == 3, groups.allSatisfy({ $0.count == 4 && $0.allSatisfy(isHex) }) {
      return Array("xxxx.xxxx.xxxx".utf8)
    }
    return nil
  }

  /// Hexadecimal groups with colons that are no time of day.
  private static func isColons(_ token: [UInt8]) -> Bool {
    let groups = token.split(separator: 0x3a, omittingEmptySubsequences: false)
    guard groups.count >= 3 else { return false }
    let isClock =
      groups.count == 3 && groups[0].count <= 2 && groups[1].count == 2
      && groups[2].count >= 2 && groups.allSatisfy { $0.allSatisfy { isDigit($0) || $0 == 0x2e } }
    let looksHex = groups.dropLast().allSatisfy { $0.count <= 4 && $0.allSatisfy(isHex) }
    return looksHex && !isClock
  }

  /// Labels joined by dots, the last of letters, as names of hosts are.
  private static func isName(_ token: [UInt8]) -> Bool {
    let name = token.prefix { $0 != 0x3a }
    let labels = name.split(separator: 0x2e, omittingEmptySubsequences: false)
    guard labels.count >= 2, let last = labels.last, last.count >= 2 else { return false }
    return last.allSatisfy(isLetter) && labels.allSatisfy { !$0.isEmpty }
  }
}
