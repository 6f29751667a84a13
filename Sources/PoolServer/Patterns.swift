import Detection
import Knowledge
import Observations
import Pool
import Reporting

/// A pattern and what is like it.
struct PatternLook: Sendable {
  /// A source that did something alike.
  struct Match: Sendable {
    var pattern: Pattern
    var likeness: Likeness
    /// Sources with the pattern of which anything is published.
    var sources: [PublicSource]
  }

  var digest: UInt64
  /// What was looked for; nil where it is known by its digest alone, and that is not published.
  var pattern: Pattern?
  /// Most alike first.
  var matches: [Match]
  /// What is said where nothing is published.
  var nothing: String

  var says: [String] {
    guard !matches.isEmpty else { return [nothing] }
    let alike = matches.filter(\.likeness.isAlike)
    guard let best = matches.first else { return [] }
    if alike.isEmpty {
      return [
        "Nothing published is alike. The nearest agrees in \(best.likeness.shared) features, to "
          + "\(percent(best.likeness.total)) %."
      ]
    }
    return [
      "\(alike.count) published pattern\(alike.count == 1 ? " is" : "s are") alike, with addresses left "
        + "out: the most alike to \(percent(best.likeness.total)) % over \(best.likeness.shared) features"
        + (best.likeness.isTelling ? "." : ", none of them rare: many things look like this."),
      "What looks alike need not be the same: what speaks for it is listed feature by feature.",
    ]
  }
}

private func percent(_ share: Double?) -> Int { Int((100 * (share ?? 0)).rounded()) }

extension Desk {
  /// A digest as it is written; nil for anything else.
  static func digest(_ text: String) -> UInt64? {
    guard text.utf8.count == 16,
      text.utf8.allSatisfy({
        (0x30...0x39).contains($0) || (0x61...0x66).contains($0) || (0x41...0x46).contains($0)
      })
    else { return nil }
    return UInt64(text, radix: 16)
  }

  static func digits(_ digest: UInt64) -> String {
    let digits = String(digest, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Patterns that are looked at, of those with a piece in common.
  private static let mostCandidates = 200
  /// Matches that are told.
  private static let mostMatches = 10
  /// Sources that are looked at for a match: those with most reports. Few of very many may be published.
  private static let mostSourcesLookedAt = 100
  /// Sources that are told of a match.
  private static let mostSourcesOfMatch = 5

  /// What is published that is like a pattern.
  func look(like pattern: Pattern) async throws(StoreError) -> PatternLook {
    var candidates = try await store.patterns(
      bands: LikenessIndex.bands(of: pattern), limit: Desk.mostCandidates)
    // Where all pieces are common ones, even the same pattern need not be among those that were read.
    if !candidates.contains(where: { $0.digest == pattern.digestNumber }),
      let same = try await store.pattern(pattern.digestNumber)
    {
      candidates.append(same)
    }
    let ranked = LikenessIndex.ranked(pattern, among: candidates, limit: Desk.mostCandidates)
    var look = PatternLook(
      digest: pattern.digestNumber, pattern: pattern, matches: [], nothing: nothing)
    for match in ranked where look.matches.count < Desk.mostMatches {
      let digest = match.candidate.digest
      guard try await isPublished(digest) else { continue }
      look.matches.append(
        PatternLook.Match(
          pattern: match.candidate.pattern, likeness: match.likeness,
          sources: try await sources(of: digest)))
    }
    return look
  }

  /// What is published of a pattern by its digest.
  func look(digest: UInt64) async throws(StoreError) -> PatternLook {
    guard let pattern = try await store.pattern(digest), try await isPublished(digest) else {
      return PatternLook(digest: digest, matches: [], nothing: nothing)
    }
    return try await look(like: pattern.pattern)
  }

  /// A pattern is published as a source is: once enough networks met it, and late.
  private func isPublished(_ digest: UInt64) async throws(StoreError) -> Bool {
    let key = TrendKey.pattern(digest)
    let points = try await store.trend(key, in: span(of: key), bucket: .day)
    guard !publication.trend(points, bucket: .day, at: clock(), of: key).isEmpty else {
      return false
    }
    // Sums of patterns do not tell sources apart: where a canary is among them, another has to be published.
    let keptBack = Set(
      try await upkeep.canaries.table().values.filter { $0.keepsBack(span(of: key).lowerBound) }
        .map(\.address))
    guard !keptBack.isEmpty else { return true }
    let rows = try await store.sources(
      pattern: digest, in: span(of: key), limit: PoolLimits.pageSize)
    guard rows.contains(where: { keptBack.contains($0.source) }) else { return true }
    return try await !sources(of: digest).isEmpty
  }

  private func sources(of digest: UInt64) async throws(StoreError) -> [PublicSource] {
    var found: [PublicSource] = []
    for row in try await store.sources(
      pattern: digest, in: span(of: .pattern(digest)), limit: Desk.mostSourcesLookedAt)
    where found.count < Desk.mostSourcesOfMatch {
      if let source = try await source(row.source) { found.append(source) }
    }
    return found.sorted { $0.source < $1.source }
  }

  // MARK: answers

  func pattern(_ call: Call) async -> ServerAnswer {
    guard let digest = Desk.digest(call.parameter("digest")) else { return Desk.noPattern }
    do { return .json(Desk.json(try await look(digest: digest))) } catch {
      return Desk.unavailable(error)
    }
  }

  /// Looks for what is like the features that somebody sends.
  func findPattern(_ call: Call) async -> ServerAnswer {
    guard call.body.count <= Desk.mostBytesOfPattern,
      let pattern = try? Pattern(encoded: call.body)
    else { return Desk.noFeatures }
    do { return .json(Desk.json(try await look(like: pattern))) } catch {
      return Desk.unavailable(error)
    }
  }

  private static let mostBytesOfPattern = 256
  static let noPattern = ServerAnswer.problem(
    400, "No pattern", "write a pattern's digest, 16 hexadecimal digits")
  static let noFeatures = ServerAnswer.problem(
    400, "No features", "send a pattern's features as culprit lookup does: these bytes are none")

  private static func json(_ look: PatternLook) -> JSONValue {
    .object([
      ("pattern", .string(digits(look.digest))), ("published", .bool(!look.matches.isEmpty)),
      (
        "matches",
        .array(
          look.matches.map { match in
            .object([
              ("pattern", .string(match.pattern.digest)), ("alike", .bool(match.likeness.isAlike)),
              ("total", match.likeness.total.map(JSONValue.number) ?? .null),
              ("shared", .integer(match.likeness.shared)),
              ("rare", .bool(match.likeness.isTelling)),
              (
                "features",
                .array(
                  match.likeness.features.map { feature in
                    .object([
                      ("name", .string(feature.name.rawValue)),
                      ("similarity", .number(feature.similarity)),
                      ("weight", .number(feature.weight)),
                      ("because", .string(feature.explanation)),
                    ])
                  })
              ), ("addresses", .array(match.sources.map { json($0) })),
            ])
          })
      ), ("says", .array(look.says.map(JSONValue.string))), ("rules", .string(Look.rules)),
    ])
  }

  func patternPage(_ call: Call) async -> ServerAnswer {
    guard let digest = Desk.digest(call.parameter("digest")) else {
      return wrong(Desk.noPattern, call)
    }
    do {
      let look = try await look(digest: digest)
      let name = Desk.digits(digest)
      var page = page("Pattern \(name)", call, sought: name)
      page.html.element(
        "p", "A pattern is the shape of some doings, with addresses left out.", style: "small")
      for line in look.says { page.html.element("p", line) }
      for match in look.matches {
        page.html.add("<section class=\"card\">\n<h2 class=\"short\">")
        page.html.add("<a href=\"/pattern/\(match.pattern.digest)\">\(match.pattern.digest)</a>")
        page.html.text(
          match.pattern.digestNumber == digest
            ? ": this one"
            : ": \(match.likeness.isAlike ? "alike" : "not alike"), \(percent(match.likeness.total)) %"
        )
        page.html.add("</h2>\n")
        page.html.list(
          match.likeness.features.sorted { $0.weight > $1.weight }.map {
            "\($0.explanation) (\(percent($0.similarity)) %)"
          })
        list(match.sources, "Addresses that did this", on: &page)
        page.html.add("</section>\n")
      }
      return page.answer()
    } catch { return Desk.unavailable(error) }
  }
}
