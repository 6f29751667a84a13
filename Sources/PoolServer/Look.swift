import Knowledge
import Observations
import Pool

/// What is published of something that was asked for: what JSON and pages are made of.
struct AddressLook: Sendable {
  var address: Address
  /// Nil where nothing is published.
  var source: PublicSource?
  /// Sensors' verdicts with their articles, where this program knows them.
  var verdicts: [(id: String, article: Article?)] = []

  /// What is to be said, a sentence each, without markup.
  var says: [String] {
    guard let source else { return [Look.nothing] }
    var lines = [
      "\(source.prevalence.words) reported it, at least \(source.reportsAtLeast) times, "
        + (source.firstDay == source.lastDay
          ? "on \(source.firstDay)." : "from \(source.firstDay) to \(source.lastDay).")
    ]
    if !source.services.isEmpty {
      lines.append(
        "It was met at \(source.services.map(\.description).joined(separator: ", ")).")
    }
    for (id, article) in verdicts {
      guard let article else {
        lines.append("Sensors of several networks made of it: \(id).")
        continue
      }
      lines.append(
        "Sensors of several networks, each from its own evidence, made of it: \(article.title)"
          + (article.innocent ? ", which harms nobody." : "."))
      lines.append("Why that happens: \(article.summary)")
    }
    if verdicts.isEmpty { lines.append("What is behind it, not enough sensors could tell.") }
    lines.append("How far it can be forged: \(source.forgery.sentence).")
    return lines
  }
}

/// A block.
struct PrefixLook: Sendable {
  var prefix: Prefix
  /// Its sources of which anything is published, in order of address.
  var sources: [PublicSource]
  /// Whether there may be more.
  var isCut: Bool

  var says: [String] {
    guard !sources.isEmpty else { return [Look.nothing] }
    let count = Publication.coarse(UInt64(sources.count))
    return [
      "Something is published of at least \(count) of its addresses\(isCut ? "; only the first are shown" : ""). "
        + "A neighbour's deeds are not an address's own."
    ]
  }
}

/// Something that is told by days.
struct TrendLook: Sendable {
  var points: [PublicTrendPoint]
  var articles: [Article]

  /// Distinct days with anything published, and the most on one of them.
  var says: [String] {
    guard let last = points.last else { return [Look.nothing] }
    let most = points.map(\.sourcesAtLeast).max() ?? 0
    return [
      "On \(points.count) of the last \(Desk.days) days several networks reported it, last on "
        + "\(Day(last.start)); at most from at least \(most) addresses on one day. "
        + "A port number alone says little: what it is used for is decided by content."
    ]
  }
}

/// Words that several answers share.
enum Look {
  static let nothing =
    "Nothing is published about it: nobody reported it, or sensors in fewer than "
    + "\(Publication.fewestNetworks) networks did, or the first report is less than "
    + "\(Publication.hoursOfDelay) hours old. Which of these is not told, since that would tell where "
    + "sensors are. It is no all-clear."
  static let rules =
    "Counts are rounded down and late. What is told is what sensors say; a packet that nobody had to "
    + "answer can bear anybody's address."
}

extension Prevalence {
  /// For people, at the beginning of a sentence.
  var words: String {
    switch self {
    case .few: "Seen by fewer than 3: nobody in public"
    case .several: "Sensors in at least 3 networks"
    case .many: "Sensors in at least 10 networks"
    case .veryMany: "Sensors in at least 100 networks"
    }
  }
}

extension Desk {
  /// What is published of an address.
  func look(_ address: Address) async throws(StoreError) -> AddressLook {
    let summary = try await store.summary(source: address, in: span)
    let now = clock()
    guard let source = summary.flatMap({ Publication.source($0, at: now) }) else {
      return AddressLook(address: address)
    }
    return AddressLook(
      address: address, source: source,
      verdicts: source.verdicts.map { ($0, knowledge.article($0)) })
  }

  /// The most sources of a block that are looked at.
  static let mostSources = 1_000

  /// What is published of a block.
  func look(_ prefix: Prefix) async throws(StoreError) -> PrefixLook {
    let summaries = try await store.summaries(
      prefix: prefix, in: span, limit: Desk.mostSources, after: nil)
    let now = clock()
    return PrefixLook(
      prefix: prefix, sources: summaries.compactMap { Publication.source($0, at: now) },
      isCut: summaries.count == Desk.mostSources)
  }

  /// What is published of a trend, by days.
  func look(_ key: TrendKey, articles: [Article]) async throws(StoreError) -> TrendLook {
    let points = try await store.trend(key, in: span, bucket: .day)
    return TrendLook(
      points: Publication.trend(points, bucket: .day, at: clock()), articles: articles)
  }
}
