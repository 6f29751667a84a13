import Detection
import Observations

/// Where an activity's list of targets comes from, as far as its findings say.
struct TargetOrigin {
  /// A word of the JSON contract (`visitors`, `failedReverseLookups`, `sequential` …).
  var origin: String
  /// The share of targets, or of lookups, that speak for it; nil where there is none to give.
  var share: Double?
  /// How long before, in seconds.
  var medianLagSeconds: Double?
  /// How likely by chance.
  var pValue: Double?
  var because: String

  /// Most targets must be accounted for before their origin is named: half of them.
  static let shareNeeded = 0.5
  /// And the match with visitors must not be chance: one in a million, as both lists may be long.
  static let pValueNeeded = 1e-6

  /// The strongest statement the findings carry: visitors, then failed reverse look-ups, then the
  /// pattern of the addresses themselves; `undetermined` with the reason where none does.
  init(_ evidence: ActivityEvidence) {
    if let found = TargetOrigin.visitors(evidence) ?? TargetOrigin.failedLookups(evidence) {
      self = found
    } else if let choice = evidence.finding(.targetChoice) {
      self = TargetOrigin.choice(choice)
    } else {
      var reason = "nothing in the evidence says how the targets were chosen"
      if case .missing(let because, _)? = evidence.capabilities[.targetChoice] { reason = because }
      self.init(origin: "undetermined", because: reason)
    }
  }

  private init(
    origin: String, share: Double? = nil, medianLagSeconds: Double? = nil, pValue: Double? = nil,
    because: String
  ) {
    self.origin = origin
    self.share = share
    self.medianLagSeconds = medianLagSeconds
    self.pValue = pValue
    self.because = because
  }

  private static func visitors(_ evidence: ActivityEvidence) -> TargetOrigin? {
    guard let finding = evidence.finding(.solicitedProbes),
      let share = finding.values["shareInWindow"]?.numeric, share >= shareNeeded,
      let pValue = finding.values["pValue"]?.numeric, pValue <= pValueNeeded
    else { return nil }
    return TargetOrigin(
      origin: "visitors", share: share,
      medianLagSeconds: finding.values["medianLagSeconds"]?.numeric, pValue: pValue,
      because: finding.summary)
  }

  private static func failedLookups(_ evidence: ActivityEvidence) -> TargetOrigin? {
    guard let finding = evidence.finding(.failedReverseLookupFirst),
      let share = finding.values["share"]?.numeric, share >= shareNeeded
    else { return nil }
    return TargetOrigin(
      origin: "failedReverseLookups", share: share,
      medianLagSeconds: finding.values["medianLagSeconds"]?.numeric, because: finding.summary)
  }

  private static func choice(_ finding: Finding) -> TargetOrigin {
    let words = [
      "sequential", "stride", "bitReversed", "generator", "localPreference", "network", "uniform",
      "list",
    ]
    var origin = "undetermined"
    if case .text(let model)? = finding.values["model"], words.contains(model) { origin = model }
    var because = finding.summary
    if case .text(let reason)? = finding.values["because"], !reason.isEmpty { because = reason }
    let share = origin == "sequential" ? finding.values["sequentialShare"]?.numeric : nil
    return TargetOrigin(origin: origin, share: share, because: because)
  }
}
