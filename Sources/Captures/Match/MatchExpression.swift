/// Which packets are wanted, in the language of tcpdump (pcap-filter(7)), which libpcap compiles.
public struct MatchExpression: Sendable, Equatable {
  /// Why an expression cannot be used.
  public struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
    /// A sentence with libpcap's words.
    public var because: String
    /// Where it goes wrong, in characters from the first.
    public var place: Int
    /// The expression.
    public var text: String

    /// The sentence, and the place pointed at.
    public var description: String {
      "--match: \(because)\n  \(text)\n  \(String(repeating: " ", count: place))^"
    }
  }

  /// So many bytes are compiled.
  public static let longest = 65_535

  /// As the user wrote it.
  public let text: String

  /// An expression that compiles for one kind of link at least.
  ///
  /// - Parameter text: the expression.
  /// - Throws: `Failure` where it is none.
  public init(_ text: String) throws(Failure) {
    func failure(_ because: String, at byte: Int) -> Failure {
      let before = String(decoding: Array(text.utf8.prefix(byte)), as: UTF8.self)
      let line = text.map { $0.isNewline || $0 == "\t" ? " " : $0 }
      return Failure(because: because, place: before.count, text: String(line))
    }
    guard text.utf8.count <= MatchExpression.longest, !text.utf8.contains(0) else {
      throw failure("the expression is too long, or holds a zero byte", at: 0)
    }
    let words = MatchWords.split(text)
    guard !words.isEmpty else { throw failure("there is no expression", at: 0) }
    if let name = MatchWords.name(in: words) {
      throw failure(
        "'\(name.text)' is no word of a filter, and names are not looked up: write the address",
        at: name.place.lowerBound)
    }
    if let refusal = MatchExpression.refusal(of: text) {
      throw failure(
        "libpcap says: \(refusal)", at: MatchExpression.place(in: text, words))
    }
    self.text = text
  }

  /// Links between which all words of the language are known: Ethernet, raw IP, 802.11 with and without
  /// radiotap, pflog, PPP, Frame Relay, MTP2, SunATM, SLIP.
  private static let links: [UInt32] = [1, 101, 127, 105, 117, 9, 107, 140, 123, 8]

  /// What libpcap says of an expression for Ethernet, where it compiles for no link.
  private static func refusal(of text: String) -> String? {
    var first: String?
    for link in links {
      do throws(MatchProgram.Refusal) {
        _ = try MatchProgram(text, link: link)
        return nil
      } catch { first = first ?? error.words }
    }
    return first
  }

  /// Where an expression goes wrong, which libpcap does not say: behind the longest beginning that can
  /// be completed.
  private static func place(in text: String, _ words: [MatchWords.Word]) -> Int {
    let bytes = Array(text.utf8)
    // Each beginning costs some compiling: long expressions are searched at their end only.
    for count in stride(from: words.count, through: max(1, words.count - 64), by: -1) {
      let end = words[count - 1].place.upperBound
      let beginning = String(decoding: bytes[..<end], as: UTF8.self)
      let open = words[..<count].reduce(0) { $0 + ($1.text == "(" ? 1 : $1.text == ")" ? -1 : 0) }
      let closing = String(repeating: ")", count: max(0, open))
      for completion in completions
      where refusal(of: beginning + completion + closing) == nil {
        return count < words.count ? words[count].place.lowerBound : end
      }
    }
    return words[0].place.lowerBound
  }

  /// What can follow a beginning, so that it is whole.
  private static let completions = [
    "", " 1", " tcp", " host 192.0.2.1", " 192.0.2.1", " port 1", " = 1", " 0] = 1", "] = 1",
    " 1] = 1", " 00:00:00:00:00:00",
  ]
}
