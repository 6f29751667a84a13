public import Observations

extension Note {
  /// A note of which kind and topic are taken from its words, as far as they are not given.
  ///
  /// - Parameters:
  ///   - from: when it began.
  ///   - to: when it ended, if it did.
  ///   - words: what the user wrote.
  ///   - kind: what kind of statement it is; nil: by its words.
  ///   - topic: what it is about; nil: by its words.
  ///   - host: the address it names; nil: the only one among its words.
  ///   - origin: where it was read.
  init(
    from: Timestamp, to: Timestamp?, words: String, kind: Kind?, topic: Topic?, host: Address?,
    origin: String
  ) {
    let topic = topic ?? NoteWords.topic(of: words)
    self.init(
      from: from, to: to, kind: kind ?? NoteWords.kind(of: topic, lasts: to == nil), topic: topic,
      host: host ?? NoteWords.host(in: words), text: words, origin: origin)
  }

  /// A note of the command line: `TIME[..TIME] TEXT`; nil where it does not begin with a time, ends
  /// before it begins, or says nothing.
  ///
  /// - Parameters:
  ///   - argument: `2008-10-14T10:00..2008-10-14T12:00 LAN cables pulled`.
  ///   - zone: of times that state none.
  public init?(argument: String, zone: ZoneRule) {
    guard let blank = argument.firstIndex(of: " ") else { return nil }
    let words = argument[blank...].drop { $0 == " " }
    let times = argument[..<blank]
    var to: Timestamp?
    var head = times
    if let dots = times.range(of: "..") {
      head = times[..<dots.lowerBound]
      guard let end = NoteTime.read(String(times[dots.upperBound...]), zone: zone) else {
        return nil
      }
      to = end
    }
    guard let from = NoteTime.read(String(head), zone: zone), !words.isEmpty,
      to.map({ $0 >= from }) ?? true
    else { return nil }
    self.init(
      from: from, to: to, words: String(words), kind: nil, topic: nil, host: nil,
      origin: "--note")
  }
}

extension Substring {
  /// The first place of a text; here so that this room needs no Foundation.
  fileprivate func range(of text: String) -> Range<Index>? {
    var at = startIndex
    while at < endIndex {
      if self[at...].hasPrefix(text) { return at..<index(at, offsetBy: text.count) }
      at = index(after: at)
    }
    return nil
  }
}

/// Times of notes: RFC 3339, where a zone may be missing.
enum NoteTime {
  static func read(_ text: String, zone: ZoneRule) -> Timestamp? {
    guard let time = Timestamp(text) else { return nil }
    let tail = text.utf8.dropFirst(10)
    let statesZone = tail.contains {
      $0 == UInt8(ascii: "Z") || $0 == UInt8(ascii: "z") || $0 == UInt8(ascii: "+")
        || $0 == UInt8(ascii: "-")
    }
    if statesZone { return time }
    let local = time.wholeSeconds
    let seconds: Int64 =
      switch zone.resolve(local) {
      case .once(let once): once
      case .twice(let first, _): first
      case .never(let before): before
      }
    return Timestamp(nanoseconds: time.nanoseconds &- (local &- seconds) &* 1_000_000_000)
  }
}

/// The words that tell what a note is about: the first line of which one is met decides.
enum NoteWords {
  private static let vocabulary: [(topic: Note.Topic, words: [String])] = [
    (
      .lanDisconnected,
      [
        "lan cable", "lan unplug", "lan pulled", "lan disconnect", "unplugged the lan",
        "pulled the lan", "lan off", "lan-kabel", "lan getrennt", "lan abgezogen", "lans unplugged",
        "cables pulled", "kabel gezogen",
      ]
    ),
    (
      .cleaned,
      ["cleaned", "disinfect", "removed the virus", "worm removed", "gereinigt", "entfernt"]
    ),
    (
      .softwareInstalled,
      ["install", "driver", "updated", "upgrade", "patch", "treiber", "aktualisiert"]
    ),
    (.reboot, ["reboot", "restart of the", "restarted the server", "neustart", "neu gestartet"]),
    (
      .serviceFailing,
      [
        "stops answering", "stopped answering", "not answer", "does not respond", "no response",
        "fails", "failing", "timed out", "time out", "hangs", "unreachable", "antwortet nicht",
        "fällt aus",
      ]
    ),
    (.serviceStopped, ["stopped the", "stopped service", "disabled", "shut down the", "gestoppt"]),
    (
      .hostDisconnected,
      ["unplug", "disconnect", "off the network", "taken off", "switched off", "vom netz"]
    ),
    (.browsing, ["brows", "surf", "logged on", "used by hand"]),
  ]

  static func topic(of words: String) -> Note.Topic {
    let lower = words.lowercased()
    return vocabulary.first { $0.words.contains { has(lower, $0) } }?.topic ?? .other
  }

  static func kind(of topic: Note.Topic, lasts: Bool) -> Note.Kind {
    switch topic {
    case .serviceFailing: .symptom
    case .softwareInstalled, .cleaned: .change
    case .lanDisconnected, .hostDisconnected, .serviceStopped, .reboot, .browsing: .intervention
    case .other: lasts ? .change : .intervention
    }
  }

  /// The only address among the words; nil where there is none or several.
  static func host(in words: String) -> Address? {
    let found = words.split { !"0123456789abcdefABCDEF.:".contains($0) }
      .compactMap { word -> Address? in
        let trimmed = word.last == "." || word.last == ":" ? word.dropLast() : word
        guard trimmed.contains(".") || trimmed.split(separator: ":").count > 2 else { return nil }
        return Address(String(trimmed))
      }
    return found.count == 1 ? found[0] : nil
  }

  private static func has(_ text: String, _ word: String) -> Bool {
    guard let first = word.first else { return false }
    var at = text.startIndex
    while at < text.endIndex {
      if text[at] == first, text[at...].hasPrefix(word) { return true }
      at = text.index(after: at)
    }
    return false
  }
}
