/// The state of a socket; the words of all tools and languages come down to these.
public enum SocketState: Hashable, Sendable {
  /// The states of TCP (RFC 9293, 3.3.2).
  case listening, synSent, synReceived, established, finWait1, finWait2, closeWait, closing
  /// The remaining states of TCP.
  case lastAck, timeWait, closed
  /// Bound and neither listening nor connected; Windows about to free it; Solaris before `bind`.
  case bound, deletingBlock, idle
  /// UDP and raw sockets with and without a peer.
  case connected, unconnected
  /// A word this reader does not know.
  case unknown(String)

  /// The state a word stands for, in English or a localised Windows.
  init(word: String) {
    self = SocketState.words[SocketState.fold(word)] ?? .unknown(word)
  }

  /// The word without case, blanks and anything outside ASCII letters and digits, so that a wrong
  /// code page of a localised table does not matter.
  static func fold(_ word: String) -> String {
    var folded = ""
    for byte in word.utf8 {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"):
        folded.append(Character(Unicode.Scalar(byte | 32)))
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        folded.append(Character(Unicode.Scalar(byte)))
      default: continue
      }
    }
    return folded
  }

  /// The number Linux uses in /proc/net (include/net/tcp_states.h).
  ///
  /// - Parameter number: the kernel's number.
  public init?(linux number: UInt8) {
    let states: [SocketState] = [
      .established, .synSent, .synReceived, .finWait1, .finWait2, .timeWait, .closed, .closeWait,
      .lastAck, .listening, .closing, .synReceived,
    ]
    guard (1...12).contains(number) else { return nil }
    self = states[Int(number) - 1]
  }

  /// The number of MIB_TCP_STATE, which PowerShell and osquery may print.
  init?(windows number: Int) {
    let states: [SocketState] = [
      .closed, .listening, .synSent, .synReceived, .established, .finWait1, .finWait2, .closeWait,
      .closing, .lastAck, .timeWait, .deletingBlock,
    ]
    if number == 100 {
      self = .bound
      return
    }
    guard (1...12).contains(number) else { return nil }
    self = states[number - 1]
  }

  private static let words: [String: SocketState] = [
    "listen": .listening, "listening": .listening, "synsent": .synSent, "synsend": .synSent,
    "synrecv": .synReceived, "synreceived": .synReceived, "synrcvd": .synReceived,
    "estab": .established, "established": .established, "finwait1": .finWait1,
    "finwait2": .finWait2, "finwait": .finWait1, "closewait": .closeWait, "closing": .closing,
    "lastack": .lastAck, "timewait": .timeWait, "close": .closed, "closed": .closed,
    "bound": .bound, "deletetcb": .deletingBlock, "idle": .idle, "connected": .connected,
    "unconn": .unconnected, "unconnected": .unconnected, "synrec": .synReceived,
    // German; an umlaut falls away in folding.
    "abhren": .listening, "hergestellt": .established, "wartend": .timeWait,
    "schliessenwarten": .closeWait, "schlieenwarten": .closeWait, "finwarten1": .finWait1,
    "finwarten2": .finWait2, "syngesendet": .synSent, "synempfangen": .synReceived,
    "letzteack": .lastAck, "geschlossen": .closed, "wirdgeschlossen": .closing,
    // French, Spanish, Portuguese, Italian, where a translation is met at all.
    "coute": .listening, "connect": .connected, "escuchando": .listening, "escuta": .listening,
    "establecida": .established, "establecido": .established, "estabelecida": .established,
    "inascolto": .listening,
  ]
}
