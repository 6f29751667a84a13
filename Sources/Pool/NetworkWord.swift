import Observations

/// What one network's sensors say of a source: each network has one word, however many reports it sends.
///
/// Whoever floods a pool with services or verdicts fills the lists of his own network and of no other.
/// Which network it is stands nowhere in it.
public struct NetworkWord: Hashable, Sendable {
  /// The most services of one network that are counted one by one.
  public static let mostServices = 64
  /// The most verdicts of one network that are counted one by one.
  public static let mostClaims = 16

  /// How often one network gave one verdict.
  public struct Claim: Hashable, Sendable {
    /// Reports.
    public var reports: UInt64 = 0
    /// Of these, those that packets alone cannot forge.
    public var firm: UInt64 = 0
  }

  /// Its reports.
  public private(set) var reports: UInt64 = 0
  /// Reports by service; of more than fit, the services with the smallest hashes, which are the same in
  /// all networks.
  public private(set) var services: [Service: UInt64] = [:]
  /// By article; the empty text stands for no verdict.
  public private(set) var claims: [String: Claim] = [:]

  /// Whether one of its reports with this verdict is of a kind that packets alone cannot forge.
  public func isFirm(about article: String) -> Bool { (claims[article]?.firm ?? 0) > 0 }

  mutating func add(_ report: Report) {
    reports += 1
    for service in report.services { services[service, default: 0] += 1 }
    var claim = claims[report.verdict?.article ?? ""] ?? Claim()
    claim.reports += 1
    claim.firm += report.mayBeForged ? 0 : 1
    claims[report.verdict?.article ?? ""] = claim
    trim()
  }

  mutating func merge(_ other: NetworkWord) {
    reports = reports.adding(other.reports)
    for (service, count) in other.services {
      services[service] = (services[service] ?? 0).adding(count)
    }
    for (article, more) in other.claims {
      let claim = claims[article] ?? Claim()
      claims[article] = Claim(
        reports: claim.reports.adding(more.reports), firm: claim.firm.adding(more.firm))
    }
    trim()
  }

  private mutating func trim() {
    NetworkWord.trim(&services, to: NetworkWord.mostServices, by: \.hash)
    NetworkWord.trim(&claims, to: NetworkWord.mostClaims) { NetworkWord.hash($0) }
  }

  private static func trim<Key, Value>(
    _ counts: inout [Key: Value], to most: Int, by hash: (Key) -> UInt64
  ) {
    guard counts.count > most else { return }
    let hashes = counts.keys.map { (hash: hash($0), key: $0) }.sorted { $0.hash < $1.hash }
    for (_, key) in hashes[most...] { counts[key] = nil }
  }

  private static func hash(_ text: String) -> UInt64 {
    // Reports without a verdict are always told apart.
    text.isEmpty ? 0 : text.utf8.reduce(0x6172_7469) { Mixing.mix($0 ^ UInt64($1)) }
  }
}

extension NetworkWord {
  /// The fewest bytes of an encoded word.
  static let fewestBytes = 5

  /// Writes it; articles by their place in a list that stands before all words.
  func encode(into writer: inout WireWriter, articles: [String: Int]) {
    writer.write(small: reports)
    writer.write(UInt16(services.count))
    for (service, count) in services.sorted(by: { $0.key < $1.key }) {
      writer.write(service.transport.rawValue)
      writer.write(service.port)
      writer.write(small: count)
    }
    writer.write(UInt16(claims.count))
    for (article, claim) in claims.sorted(by: { $0.key < $1.key }) {
      writer.write(UInt16(clamping: articles[article] ?? 0))
      writer.write(small: claim.reports)
      writer.write(small: claim.firm)
    }
  }

  /// Adds what another wrote, and names its services.
  mutating func add(
    from reader: inout WireReader, articles: [String], each: (Service) -> Void
  ) throws(BatchError) {
    reports = reports.adding(try reader.small())
    for _ in 0..<(try reader.count(most: NetworkWord.mostServices, each: 4)) {
      let transport = Transport(rawValue: try reader.number())
      let service = Service(transport: transport, port: try reader.number())
      let count = try reader.small()
      services[service] = (services[service] ?? 0).adding(count)
      each(service)
    }
    for _ in 0..<(try reader.count(most: NetworkWord.mostClaims, each: 4)) {
      let start = reader.offset
      let place = Int(try reader.number(UInt16.self))
      guard place < articles.count else {
        throw .beyondBound(offset: start, claimed: place, most: articles.count)
      }
      let (reports, firm) = (try reader.small(), try reader.small())
      let claim = claims[articles[place]] ?? Claim()
      claims[articles[place]] = Claim(
        reports: claim.reports.adding(reports), firm: claim.firm.adding(firm))
    }
    trim()
  }
}

extension NetworkWord: CustomStringConvertible {
  /// The same text for the same word: `2 reports: tcp/445 2; crawler 1 (0 firm), no verdict 1 (1 firm)`.
  public var description: String {
    let services = services.sorted { $0.key < $1.key }.map { "\($0) \($1)" }
    let claims = claims.sorted { $0.key < $1.key }.map { article, claim in
      "\(article.isEmpty ? "no verdict" : article) \(claim.reports) (\(claim.firm) firm)"
    }
    return "\(reports) reports: \(services.joined(separator: ", ")); "
      + claims.joined(separator: ", ")
  }
}
