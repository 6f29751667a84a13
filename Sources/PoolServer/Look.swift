import Knowledge
import Observations
import Pool

/// What is published of something that was asked for: what JSON and pages are made of.
struct AddressLook: Sendable {
  var address: Address
  /// What is said where nothing is published.
  var nothing: String
  /// Nil where nothing is published.
  var source: PublicSource?
  /// Sensors' verdicts with their articles, where this program knows them.
  var verdicts: [(id: String, article: Article?)] = []

  /// What is to be said, a sentence each, without markup.
  var says: [String] {
    guard let source else { return [nothing] }
    var lines = [
      "\(source.prevalence.words) reported it, at least \(source.reportsAtLeast) times"
        + source.when + "."
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
    if source.isContested {
      lines.append("Sensors disagree: nearly as many networks made something else of it.")
    }
    lines.append("How far it can be forged: \(source.forgery.sentence).")
    return lines
  }
}

/// A block.
struct PrefixLook: Sendable {
  var prefix: Prefix
  /// What is said where nothing is published.
  var nothing: String
  /// Its sources of which anything is published, in order of address.
  var sources: [PublicSource]
  /// Whether there may be more.
  var isCut: Bool

  var says: [String] {
    guard !sources.isEmpty else { return [nothing] }
    let count = Publication.coarse(UInt64(sources.count))
    return [
      "Something is published of at least \(count) of its addresses\(isCut ? "; only the first are shown" : ""). "
        + "A neighbour's deeds are not an address's own."
    ]
  }
}

/// Something that is told by days.
struct TrendLook: Sendable {
  /// What is said where nothing is published.
  var nothing: String
  var points: [PublicTrendPoint]
  /// What is concluded from these days.
  var outlook: Outlook
  var articles: [Article]

  /// Distinct days with anything published, and the most on one of them.
  var says: [String] {
    guard let last = points.last else { return [nothing] }
    let most = points.map(\.sourcesAtLeast).max() ?? 0
    return [
      "On \(points.count) of the last \(Desk.days) days several networks met the same addresses at it, "
        + "last on \(Day(last.start)); on the fullest day at least \(most) such addresses. "
        + "A port number alone says little: what it is used for is decided by content."
    ]
  }
}

/// Words that several answers share.
enum Look {
  static let rules =
    "Counts are rounded down and late. What is told is what sensors say; a packet that nobody had to "
    + "answer can bear anybody's address."
}

extension Prevalence {
  /// So many networks at least.
  var fewest: UInt64 {
    switch self {
    case .few: 1
    case .several: 3
    case .many: 10
    case .veryMany: 100
    }
  }

  /// For people, at the beginning of a sentence.
  var words: String {
    switch self {
    case .few: "Sensors in one network or two"
    case .several: "Sensors in at least 3 networks"
    case .many: "Sensors in at least 10 networks"
    case .veryMany: "Sensors in at least 100 networks"
    }
  }
}

extension PublicSource {
  /// When it was met, after a comma; nothing where no day stands out.
  var when: String {
    guard !days.isEmpty else { return ", by different networks on different days" }
    return (firstDay == lastDay ? ", on " : ", from ") + period
  }

  /// The first and the last day that it was met on by enough networks.
  var period: String {
    guard let firstDay, let lastDay else { return "" }
    return firstDay == lastDay ? "\(firstDay)" : "\(firstDay) to \(lastDay)"
  }
}

extension Desk {
  /// What is said where nothing is published.
  var nothing: String {
    "Nothing is published about it: nobody reported it, or sensors in fewer than "
      + "\(publication.fewestNetworks) networks did, or it is too recent, or it is an address that the pool tests "
      + "its sensors by; some addresses need more networks and more time. Which of these is not told, since that would tell where sensors are. It is no "
      + "all-clear."
  }

  /// What is published of an address.
  func look(_ address: Address) async throws(StoreError) -> AddressLook {
    var look = AddressLook(address: address, nothing: nothing)
    look.source = try await source(address)
    look.verdicts = (look.source?.verdicts ?? []).map { ($0, knowledge.article($0)) }
    return look
  }

  /// What is published of a source; nil for nothing.
  func source(_ address: Address) async throws(StoreError) -> PublicSource? {
    let span = span(of: .source(address))
    guard let days = try await upkeep.canaries.published(address, of: span) else { return nil }
    let summary = try await store.summary(source: address, in: days)
    return summary.flatMap { publication.source($0, at: clock()) }
  }

  /// The most sources that an answer looks at.
  static let mostSources = 1_000
  /// The most pages of a block's sources that are looked at.
  private static let mostPages = 20

  /// What is published of a block. How many others are in it must not show.
  func look(_ prefix: Prefix) async throws(StoreError) -> PrefixLook {
    var look = PrefixLook(prefix: prefix, nothing: nothing, sources: [], isCut: false)
    var place: Address?
    for _ in 0..<Desk.mostPages {
      let found = try await store.summaries(
        prefix: prefix, in: span(of: .prefix(prefix)),
        fewestReports: publication.fewestNetworks, limit: Desk.mostSources, after: place)
      for summary in found where summary.networks.value >= publication.fewestNetworks {
        guard let source = try await source(summary.source) else { continue }
        if look.sources.count == Desk.mostListed {
          look.isCut = true
          return look
        }
        look.sources.append(source)
      }
      guard found.count == Desk.mostSources, let last = found.last else { break }
      place = last.source
    }
    return look
  }

  /// What is published of a service, a verdict or everything, by days: of sources that enough networks met.
  func look(_ key: TrendKey, articles: [Article]) async throws(StoreError) -> TrendLook {
    let days = span(of: key)
    let digests = try await told(key, in: days)
    let exposures = try await store.exposures(in: days)
    // What one network's first report would move is no end of these days: `Outlook` finds those.
    return TrendLook(
      nothing: nothing,
      points: publication.trend(
        points(of: digests), bucket: .day, at: clock(), of: key),
      outlook: Outlook(
        of: digests, exposures: exposures, in: days, fewestNetworks: publication.fewestNetworks
      ).published, articles: articles)
  }

  /// Days of digests as points of a trend, of sources that enough networks met.
  func points(of digests: [DayDigest]) -> [TrendPoint] {
    digests.filter { $0.wideSources > 0 }.map { digest in
      TrendPoint(
        start: digest.day.start, reports: digest.wideReports,
        sources: DistinctCount(value: digest.wideSources, isExact: true),
        networks: DistinctCount(value: UInt64(digest.networks.count), isExact: true))
    }
  }

  /// The digests that may be shown: what was made when fewer networks were enough is not, until it is made
  /// anew.
  func told(
    _ key: TrendKey, in days: ClosedRange<Day>
  ) async throws(StoreError) -> [DayDigest] {
    try await store.digests(key, in: days).filter {
      $0.fewestNetworks >= publication.fewestNetworks
    }
  }
}
