/// The words of a command, of which only what cannot be a secret is kept.
struct CommandWords {
  private let words: [String]

  /// From /proc/PID/cmdline: words that zeros end.
  init(_ bytes: [UInt8]) {
    words = bytes.split(separator: 0, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }.dropLast(bytes.last == 0 ? 1 : 0)
  }

  init(words: [String]) { self.words = words }

  /// Adds the program's own word and the number of its arguments, and these if they are wanted.
  func describe(in text: inout JSONText, keepsArguments: Bool) {
    guard let first = words.first, !first.isEmpty else { return }
    // A process may write anything over its words, its whole command into the first among them.
    let own = first.prefix { $0 != " " && $0 != "=" }
    text.add("command", Secrets.masked(word: String(own.prefix(256))))
    let more = first.split(separator: " ").count - 1
    text.add("argumentCount", max(0, words.count - 1 + max(0, more)))
    guard keepsArguments else { return }
    let all = first.split(separator: " ").dropFirst().map(String.init) + words.dropFirst()
    text.add("arguments", Secrets.masked(Array(all.prefix(1_024))))
  }
}

/// Finds what looks like a secret in the words of a command. It errs towards masking.
enum Secrets {
  static let mask = "***"

  private static let names = [
    "pass", "pwd", "secret", "token", "key", "cred", "auth", "bearer", "cookie", "session",
    "signature", "private", "login", "apikey", "passphrase", "pin", "otp", "salt", "seed", "psk",
    "community",
  ]

  /// The words with secrets masked; an option that announces one masks the word behind it.
  static func masked(_ words: [String]) -> [String] {
    var masksNext = false
    return words.map { word in
      defer {
        masksNext =
          word.hasPrefix("-") && !word.contains("=") && (isTelling(word) || isShort(word))
          || word.hasSuffix(":") && isTelling(word)
      }
      if masksNext, !word.hasPrefix("--") { return mask }
      if word.contains(" ") || word.contains("\n") || word.contains("\t") {
        // A command within a word, or a header.
        let inner = word.split { $0 == " " || $0 == "\n" || $0 == "\t" }.map(String.init)
        return masked(inner).joined(separator: " ")
      }
      return masked(word: word)
    }
  }

  /// One word by itself.
  static func masked(word: String) -> String {
    if let equals = word.firstIndex(where: { $0 == "=" || $0 == ":" }), isTelling(word[..<equals]) {
      return word[...equals] + mask
    }
    // -pSECRET and -uNAME:SECRET.
    if word.hasPrefix("-p") || word.hasPrefix("-P"), word.utf8.count > 2, !word.hasPrefix("-p=") {
      return word.prefix(2) + mask
    }
    if let at = word.firstIndex(of: "@"), let colon = word[..<at].lastIndex(of: ":") {
      return word[...colon] + mask + word[at...]
    }
    if let equals = word.firstIndex(of: "=") {
      let value = word[word.index(after: equals)...]
      return isRandom(value) ? word[...equals] + mask : word
    }
    return isRandom(word[...]) ? mask : word
  }

  /// Options of one letter behind which many programs take a password or a name with one.
  private static func isShort(_ word: String) -> Bool {
    ["-p", "-P", "-u", "-U", "-a", "-k", "-w", "-W", "-H", "-d", "-b", "-K"].contains(word)
  }

  private static func isTelling(_ name: some StringProtocol) -> Bool {
    let lower = name.lowercased()
    return names.contains { lower.contains($0) }
  }

  /// Twenty or more letters and digits mixed, without the signs of a path or a name in words.
  private static func isRandom(_ word: Substring) -> Bool {
    var run = 0
    var hasDigit = false
    var hasLetter = false
    for byte in word.utf8 {
      switch byte {
      case 48...57: (run, hasDigit) = (run + 1, true)
      case 65...90, 97...122: (run, hasLetter) = (run + 1, true)
      case UInt8(ascii: "+"), UInt8(ascii: "_"), UInt8(ascii: "="): run += 1
      default: (run, hasDigit, hasLetter) = (0, false, false)
      }
      if run >= 20, hasDigit, hasLetter { return true }
    }
    return false
  }
}
