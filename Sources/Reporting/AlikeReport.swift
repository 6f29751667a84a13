public import Analysis
import Detection
public import Observations

/// One of the pieces of evidence that are compared: its activities, those of the same pattern taken
/// once.
public struct AlikeSide: Sendable {
  /// An activity that stands for all of its pattern.
  struct Entry: Sendable {
    var seen: SeenActivity
    var pattern: Pattern
    /// Further activities whose pattern has the same digest.
    var others: Int
  }

  let name: String
  let activities: Int
  let entries: [Entry]
  /// Patterns beyond `mostPatterns`, which are not compared.
  let leftOut: Int

  /// The most patterns of a piece of evidence that are compared; of more, those of the fullest
  /// activities are.
  public static let mostPatterns = 1_000

  /// The patterns, those of the fullest activities first, each with a few words on where it was seen.
  public var patterns: [(label: String, pattern: Pattern)] {
    entries.map { (describe($0), $0.pattern) }
  }

  /// A piece of evidence under the name the user gave it, with what was seen in it.
  public init(name: String, activities: [SeenActivity]) {
    self.name = name
    self.activities = activities.count
    var places: [String: Int] = [:]
    var found: [Entry] = []
    for seen in activities {
      let pattern = Pattern(of: seen.activity.trace, transport: seen.activity.shape.transport)
      let digest = pattern.digest
      if let place = places[digest] {
        found[place].others += 1
        if seen.activity.packets > found[place].seen.activity.packets {
          found[place].seen = seen
          found[place].pattern = pattern
        }
      } else {
        places[digest] = found.count
        found.append(Entry(seen: seen, pattern: pattern, others: 0))
      }
    }
    let ordered = found.enumerated().sorted {
      ($1.element.seen.activity.packets, $0.offset) < ($0.element.seen.activity.packets, $1.offset)
    }
    entries = ordered.prefix(AlikeSide.mostPatterns).map(\.element)
    leftOut = max(0, found.count - AlikeSide.mostPatterns)
  }
}

/// What pieces of evidence have in common: the most alike pairs of activities, of any two of them.
public struct AlikeReport: Sendable {
  /// Two pieces of evidence and what is alike in them.
  struct Comparison: Sendable {
    var first: AlikeSide
    var second: AlikeSide
    /// The pairs to tell of: those that are alike, or else the nearest one.
    var pairs: [LikenessSearch.Match]
    /// Pairs that are alike but not told of.
    var more: Int
  }

  let sides: [AlikeSide]
  let comparisons: [Comparison]

  /// The most pairs told of for two pieces of evidence.
  public static let mostPairs = 10

  /// Compares every piece of evidence with every other.
  public init(_ sides: [AlikeSide]) {
    self.sides = sides
    comparisons = sides.indices.flatMap { i in
      sides[(i + 1)...].map { AlikeReport.compare(sides[i], $0) }
    }
  }

  private static func compare(_ first: AlikeSide, _ second: AlikeSide) -> Comparison {
    let matches = LikenessSearch.matches(
      first.entries.map(\.pattern), second.entries.map(\.pattern))
    let alike = matches.filter(\.likeness.isAlike)
    let told = alike.isEmpty ? matches.prefix(1) : alike.prefix(mostPairs)
    return Comparison(
      first: first, second: second, pairs: Array(told), more: max(0, alike.count - told.count))
  }
}

/// A few words on what an activity is.
func words(_ shape: ActivityShape) -> String {
  func named(_ transport: Transport, _ port: UInt16, _ preposition: String = "to") -> String {
    let name = transport.description.uppercased()
    if transport.hasPorts { return "\(name) \(preposition) port \(port)" }
    return transport == .arp ? "ARP requests" : "\(name) type \(port)"
  }
  switch shape {
  case .service(let transport, let port): return named(transport, port)
  case .manyPorts(let transport): return "\(transport.description.uppercased()) to many ports"
  case .misreadHeader(let port):
    return "UDP from port \(port) whose headers read as ICMP errors"
  case .unaskedReplies(let transport, let port):
    return "unasked replies, " + named(transport, port, "from")
  case .broadcasts(let transport, let port): return "broadcasts, " + named(transport, port)
  case .flood(let transport, let port): return "flood, " + named(transport, port)
  case .peers(let transport, let port):
    return named(transport, port, "from") + ", with many peers"
  case .addressClaims: return "claims to addresses by ARP"
  case .nameAsked(let name): return "lookups of the name \(name.rawValue)"
  case .specialPurpose(let transport, let port):
    return named(transport, port) + " of addresses of special purpose"
  }
}

/// A comparison as text, feature by feature.
public func renderText(_ report: AlikeReport, style: TextStyle) -> String {
  var page = TextPage(style: style)
  for side in report.sides { page.paragraph(describe(side), hang: 2) }
  for comparison in report.comparisons { page.add(comparison) }
  return page.text
}

private func describe(_ side: AlikeSide) -> String {
  var text = "\(side.name): \(counted(UInt64(side.activities), "activity", "activities")), "
  text += counted(UInt64(side.entries.count + side.leftOut), "pattern", "patterns")
  if side.leftOut > 0 {
    text +=
      "; only those of the \(grouped(UInt64(AlikeSide.mostPatterns))) fullest activities are compared"
  }
  return text
}

private func describe(_ entry: AlikeSide.Entry) -> String {
  let activity = entry.seen.activity
  var text = "\(activity.subject.value), \(words(activity.shape)), "
  text += counted(activity.packets, "packet", "packets") + " (\(entry.seen.path))"
  if entry.others > 0 {
    text += ", and \(counted(UInt64(entry.others), "activity", "activities")) of the same pattern"
  }
  return text
}

extension TextPage {
  fileprivate mutating func add(_ comparison: AlikeReport.Comparison) {
    blank()
    rule()
    paragraph("\(comparison.first.name) and \(comparison.second.name)", emphasis: .strong)
    guard let nearest = comparison.pairs.first else {
      blank()
      paragraph("Nothing in common to compare.")
      return
    }
    if !nearest.likeness.isAlike {
      blank()
      paragraph("Nothing is alike. The nearest:")
    }
    for pair in comparison.pairs { add(pair, of: comparison) }
    if comparison.more > 0 {
      blank()
      paragraph("\(counted(UInt64(comparison.more), "more pair is", "more pairs are")) alike.")
    }
  }

  private mutating func add(_ pair: LikenessSearch.Match, of comparison: AlikeReport.Comparison) {
    let likeness = pair.likeness
    let verdict = likeness.isAlike ? "Alike" : "Not alike"
    let reserve = likeness.isAlike && !likeness.isTelling ? ", none of them rare" : ""
    blank()
    paragraph(
      "\(verdict): \(percent(likeness.total ?? 0)) over "
        + counted(UInt64(likeness.shared), "shared feature", "shared features") + reserve,
      emphasis: likeness.isAlike ? .strong : .none)
    field("first", describe(comparison.first.entries[pair.first]), indent: 2, width: 8)
    field("second", describe(comparison.second.entries[pair.second]), indent: 2, width: 8)
    let features = likeness.features.sorted { $0.weight > $1.weight }
    for feature in features {
      let marker =
        feature.similarity >= 0.95 ? "=" : feature.similarity >= 0.5 ? "~" : "x"
      item(
        marker,
        "\(feature.explanation) (\(percent(feature.similarity)), "
          + "weight \(oneDecimal(feature.weight)))", indent: 2)
    }
  }
}

/// A comparison as JSON: UTF-8, keys in a fixed order, the same bytes for the same evidence.
///
/// `pairs` holds what is alike, or the nearest pair of two pieces of evidence where nothing is; `total`
/// is the weighted mean of the features' similarities, `rare` whether something rare agrees.
public func renderJSON(_ report: AlikeReport) -> String {
  JSONValue.object([
    ("culprit", .object([("version", .string(culpritVersion))])),
    (
      "alike",
      .object([
        ("total", .number(Likeness.alikeTotal)), ("features", .integer(Likeness.alikeShared)),
      ])
    ),
    (
      "evidence",
      .array(
        report.sides.map { side in
          .object([
            ("name", .string(side.name)), ("activities", .integer(side.activities)),
            ("patterns", .integer(side.entries.count + side.leftOut)),
            ("notCompared", .integer(side.leftOut)),
          ])
        })
    ),
    ("comparisons", .array(report.comparisons.map(json))),
  ]).document()
}

private func json(_ comparison: AlikeReport.Comparison) -> JSONValue {
  .object([
    ("first", .string(comparison.first.name)), ("second", .string(comparison.second.name)),
    (
      "pairs",
      .array(
        comparison.pairs.map { pair in
          .object([
            ("alike", .bool(pair.likeness.isAlike)),
            ("total", pair.likeness.total.map(JSONValue.number) ?? .null),
            ("shared", .integer(pair.likeness.shared)),
            ("rare", .bool(pair.likeness.isTelling)),
            ("first", json(comparison.first.entries[pair.first])),
            ("second", json(comparison.second.entries[pair.second])),
            ("features", .array(pair.likeness.features.map(json))),
          ])
        })
    ),
    ("moreAlike", .integer(comparison.more)),
  ])
}

private func json(_ entry: AlikeSide.Entry) -> JSONValue {
  let activity = entry.seen.activity
  return .object([
    ("path", .string(entry.seen.path)),
    (
      "subject",
      .object([
        ("kind", .string(activity.subject.kind)), ("value", .string(activity.subject.value)),
      ])
    ),
    ("label", .string(words(activity.shape))), ("packets", .unsigned(activity.packets)),
    ("samePattern", .integer(entry.others)), ("pattern", json(entry.pattern)),
  ])
}

private func json(_ feature: Likeness.Feature) -> JSONValue {
  .object([
    ("name", .string(feature.name.rawValue)), ("similarity", .number(feature.similarity)),
    ("weight", .number(feature.weight)), ("because", .string(feature.explanation)),
  ])
}
