public import Analysis
import Detection
import Diagnosis
import Observations

/// What changed from an earlier report to this one: for who looks at the same network again.
public struct SinceLast: Sendable {
  /// What became of one activity.
  public enum Change: String, Sendable {
    /// It was not there before.
    case new
    /// It is not there any more.
    case gone
    /// More packets or targets than before, by half at least.
    case grown
    /// Fewer, by a third at least.
    case shrunk
    /// It is held for something else now.
    case reclassified
    /// The same, as far as it goes.
    case same
  }

  /// One activity in both, or in one of them.
  public struct Entry: Sendable {
    /// What became of it.
    public var change: Change
    /// Its subject and label, as the later of the two has them.
    public var subject: String
    /// A few words on what is done.
    public var label: String
    /// The incident's id in each; nil where it is in one only.
    public var before: String?
    /// Likewise of this report.
    public var after: String?
    /// One sentence: what changed and why.
    public var because: String
  }

  /// In order: reclassified, new, grown, shrunk, gone, same; each in the report's order.
  public var entries: [Entry]
  /// What makes the two hard to compare, a sentence each.
  public var reservations: [String]

  /// A ratio of counts from which an activity has grown; below its inverse it has shrunk.
  public static let growth = 1.5

  /// The changes from an earlier report to a later one.
  ///
  /// Activities are the same where subject, transport and destination ports are, or where subject and
  /// pattern are; counts are compared by the hour where both cover different stretches of time.
  public init(from earlier: Analysis, to later: Analysis) {
    var old: [Key: [Told]] = [:]
    for incident in earlier.incidents {
      for activity in incident.activities {
        old[Key(incident, activity), default: []].append(Told(incident, activity))
      }
    }
    let newKnowledge = earlier.knowledge != later.knowledge
    let same =
      Set(earlier.evidence.compactMap(\.sha256))
      == Set(later.evidence.compactMap(\.sha256))
    var entries: [Entry] = []
    for incident in later.incidents {
      for activity in incident.activities {
        let key = Key(incident, activity)
        let now = Told(incident, activity)
        guard var candidates = old[key], !candidates.isEmpty else {
          entries.append(SinceLast.new(now, in: earlier))
          continue
        }
        let was = candidates.removeFirst()
        old[key] = candidates
        entries.append(
          SinceLast.compare(was, now, newKnowledge: newKnowledge, sameEvidence: same))
      }
    }
    for incident in earlier.incidents {
      for activity in incident.activities {
        let key = Key(incident, activity)
        guard let left = old[key]?.first, left.incident.id == incident.id,
          left.activity.id == activity.id
        else { continue }
        old[key]?.removeFirst()
        entries.append(SinceLast.gone(left, in: later))
      }
    }
    let order: [Change] = [.reclassified, .new, .grown, .shrunk, .gone, .same]
    self.entries = order.flatMap { change in entries.filter { $0.change == change } }
    reservations = SinceLast.reservations(earlier, later)
  }

  /// What makes two activities one.
  private struct Key: Hashable {
    let subject: Subject
    let transport: Transport
    let ports: [ClosedRange<UInt16>]
    let sourcePorts: [UInt16]

    init(_ incident: Incident, _ activity: Activity) {
      subject = incident.subject
      transport = activity.evidence.traffic.transport
      let ranges = activity.evidence.traffic.destinationPorts
      // Of a sweep over ports each look meets others: that it is many is what counts.
      ports = ranges.count > 3 ? [] : ranges
      let isByPort = transport.hasPorts && ports.isEmpty
      sourcePorts = isByPort ? activity.evidence.traffic.sourcePorts : []
    }
  }

  private struct Told {
    let incident: Incident
    let activity: Activity

    init(_ incident: Incident, _ activity: Activity) {
      self.incident = incident
      self.activity = activity
    }

    var verdict: String { activity.diagnosis.verdict ?? "unexplained" }
  }

  private static func new(_ now: Told, in earlier: Analysis) -> Entry {
    let evidence = now.activity.evidence
    let until = earlier.evidence.compactMap(\.last).max()
    let began =
      until.map { evidence.first > $0 }
      .map {
        $0
          ? "it began after the earlier evidence ends"
          : "it lies within the time of the earlier evidence, which did not show or raise it"
      } ?? "the earlier report tells no times"
    return Entry(
      change: .new, subject: now.incident.subject.value, label: now.activity.label, before: nil,
      after: now.incident.id, because: "\(began); verdict: \(now.verdict)")
  }

  private static func gone(_ was: Told, in later: Analysis) -> Entry {
    let covered =
      later.evidence.contains { evidence in
        guard let first = evidence.first, let last = evidence.last else { return false }
        return first <= was.activity.evidence.last && last >= was.activity.evidence.first
      }
    let isNow = later.evidence.contains { $0.observations > 0 }
    let because =
      !isNow
      ? "this report's evidence holds no observation: it says nothing of whether it goes on"
      : covered
        ? "this report's evidence covers that time, and does not raise it"
        : "this report's evidence is of another time, in which it was not raised"
    return Entry(
      change: .gone, subject: was.incident.subject.value, label: was.activity.label,
      before: was.incident.id, after: nil, because: "\(because); verdict before: \(was.verdict)")
  }

  private static func compare(
    _ was: Told, _ now: Told, newKnowledge: Bool, sameEvidence: Bool
  ) -> Entry {
    var change = Change.same
    var because = "verdict: \(now.verdict)"
    if was.verdict != now.verdict {
      change = .reclassified
      because =
        "\(was.verdict) before, \(now.verdict) now: "
        + SinceLast.reasons(
          was, now, newKnowledge: newKnowledge, sameEvidence: sameEvidence)
    } else if let size = SinceLast.size(was, now) {
      change = size.ratio > 1 ? .grown : .shrunk
      because = "\(size.words); verdict: \(now.verdict)"
    }
    return Entry(
      change: change, subject: now.incident.subject.value, label: now.activity.label,
      before: was.incident.id, after: now.incident.id, because: because)
  }

  /// Why a verdict is another one: the articles, and what newly speaks or no longer does.
  private static func reasons(
    _ was: Told, _ now: Told, newKnowledge: Bool, sameEvidence: Bool
  ) -> String {
    var reasons: [String] = []
    if newKnowledge {
      reasons.append(
        sameEvidence
          ? "the evidence is the same, so that it is by newer knowledge" : "the knowledge is newer")
    }
    func spoken(_ told: Told, _ article: String) -> [String: WeighedIndicator] {
      let hypothesis = told.activity.diagnosis.hypotheses.first { $0.article == article }
      let items = (hypothesis?.supporting ?? []) + (hypothesis?.opposing ?? [])
      return Dictionary(items.map { ($0.indicator, $0) }) { first, _ in first }
    }
    for article in [now.verdict, was.verdict] where article != "unexplained" {
      let (before, after) = (spoken(was, article), spoken(now, article))
      let new = after.values.filter { before[$0.indicator]?.decibans != $0.decibans }
        .max { ($0.decibans.magnitude, $1.indicator) < ($1.decibans.magnitude, $0.indicator) }
      if let new {
        reasons.append("\(weight(new.decibans)) for \(article) is new: \(new.because)")
      }
      let lost = before.values.filter { after[$0.indicator] == nil }
        .max { ($0.decibans.magnitude, $1.indicator) < ($1.decibans.magnitude, $0.indicator) }
      if let lost {
        reasons.append(
          "\(weight(lost.decibans)) for \(article) does not speak any more: \(lost.because)")
      }
      if before.isEmpty, !after.isEmpty { reasons.append("\(article) was no candidate before") }
      if after.isEmpty, !before.isEmpty { reasons.append("\(article) is no candidate any more") }
    }
    return reasons.isEmpty
      ? "the weights are the same; the rivals' changed" : reasons.joined(separator: "; ")
  }

  /// How much larger it is, where that is worth a word: by packets, by the hour where times differ.
  private static func size(_ was: Told, _ now: Told) -> (ratio: Double, words: String)? {
    func hours(_ evidence: ActivityEvidence) -> Double {
      let seconds =
        Double(evidence.last.nanoseconds) / 1e9 - Double(evidence.first.nanoseconds) / 1e9
      return max(seconds / 3_600, 1)
    }
    let counts = [was, now].map { $0.activity.evidence.traffic.packets.low }
    let times = [was, now].map { hours($0.activity.evidence) }
    let (before, after) = (counts[0] / times[0], counts[1] / times[1])
    guard before > 0, after > 0, before.isFinite, after.isFinite else { return nil }
    let ratio = after / before
    guard ratio >= growth || ratio <= 1 / growth else { return nil }
    // Rates of a few packets differ by chance: three standard errors of counts by Poisson.
    let error = (before / times[0] + after / times[1]).squareRoot()
    guard abs(after - before) >= 3 * error else { return nil }
    return (
      ratio,
      "\(oneDecimal(after)) packets an hour instead of \(oneDecimal(before)), "
        + counted(now.activity.evidence.traffic.destinations, "destination", "destinations")
        + " after "
        + counted(was.activity.evidence.traffic.destinations, "destination", "destinations")
    )
  }

  private static func reservations(_ earlier: Analysis, _ later: Analysis) -> [String] {
    var words: [String] = []
    if earlier.knowledge != later.knowledge {
      words.append(
        "the knowledge differs: \(earlier.knowledge) before, \(later.knowledge) now")
    }
    let (was, now) = (vantages(earlier), vantages(later))
    for gone in was.subtracting(now).sorted() {
      words.append("evidence of before is missing: \(gone)")
    }
    for new in now.subtracting(was).sorted() { words.append("evidence is of a new kind: \(new)") }
    return words
  }

  /// What kinds of evidence there are: what is seen depends on it.
  private static func vantages(_ analysis: Analysis) -> Set<String> {
    Set(
      analysis.evidence.filter { $0.observations > 0 }.map {
        "\($0.kind)\($0.format.map { " (\($0))" } ?? "")"
      })
  }
}

extension TextPage {
  /// What changed since an earlier report.
  mutating func sinceLast(_ changes: SinceLast, path: String) {
    section("SINCE THE LAST REPORT (\(path))")
    for reservation in changes.reservations { paragraph("MIND: \(reservation)", hang: 2) }
    let told = changes.entries.filter { $0.change != .same }
    if told.isEmpty { paragraph("Nothing changed.") }
    for entry in told {
      item(
        entry.change.rawValue.uppercased(), "\(entry.subject): \(entry.label)", indent: 2,
        markerWidth: 14)
      paragraph(entry.because, indent: 16)
    }
    let same = changes.entries.count - told.count
    if same > 0 {
      paragraph("\(counted(UInt64(same), "activity is", "activities are")) as before.")
    }
  }
}

extension SinceLast {
  /// As text for people.
  ///
  /// - Parameters:
  ///   - path: the earlier report, as the user named it.
  ///   - style: how it looks.
  /// - Returns: the text.
  public func text(path: String, style: TextStyle) -> String {
    var page = TextPage(style: style)
    page.sinceLast(self, path: path)
    return page.text
  }

  /// For programs.
  var json: JSONValue {
    .object([
      ("reservations", .array(reservations.map(JSONValue.string))),
      (
        "changes",
        .array(
          entries.map { entry in
            .object([
              ("change", .string(entry.change.rawValue)), ("subject", .string(entry.subject)),
              ("label", .string(entry.label)), ("before", .text(entry.before)),
              ("after", .text(entry.after)), ("because", .string(entry.because)),
            ])
          })
      ),
    ])
  }
}
