/// How a source chose its targets, as far as their order and places tell. Conditional on what was watched: a view
/// of one network cannot show a preference beyond it.
struct TargetChoice {
  /// Shares of first contacts, 0...1.
  var sequential: Double
  var same24: Double
  var same16: Double
  var same8: Double
  /// Share of targets that have another target in their own /24: lists of real hosts cluster, uniform draws do not.
  var neighbours: Double
  var model: String
  var because: String

  /// Half of the steps to the next target or the one after: chance gives almost none.
  static let sequentialShare = 0.5
  /// A uniform draw puts one in 65,536 into the own /16.
  static let localShare = 0.1
  /// … and so many draws into any /24 twice only beyond tens of thousands.
  static let neighbourShare = 0.05

  init(_ draft: Draft, direction: Direction) {
    let profile = draft.profile
    let n = Double(max(1, profile.targets))
    sequential = profile.targets > 1 ? Double(profile.sequential) / (n - 1) : 0
    same24 = Double(profile.same24) / n
    same16 = Double(profile.same16) / n
    same8 = Double(profile.same8) / n
    neighbours = TargetChoice.neighbours(draft.members ?? [])
    let local = same24 + same16
    // Watching nothing but the own network, every target is local: that says nothing.
    let onlyLocal = same24 + same16 > 0.98
    if n < Thresholds.targetsForChoice {
      model = "undetermined"
      because = "fewer than \(Int(Thresholds.targetsForChoice)) targets"
    } else if local >= TargetChoice.localShare, !onlyLocal {
      model = "localPreference"
      because = "the source's own /16 is preferred"
    } else if sequential >= TargetChoice.sequentialShare {
      model = "sequential"
      because = "targets follow one another by one or two"
    } else if direction == .inbound {
      model = "undetermined"
      because = "only our own addresses are watched, and any choice looks alike within them"
    } else if onlyLocal {
      model = "undetermined"
      because =
        "every target lies in the source's own network, and nothing else may have been visible"
    } else if neighbours >= TargetChoice.neighbourShare {
      model = "list"
      because =
        "targets cluster in networks without being neighbours in order, as lists of real hosts do"
    } else {
      model = "uniform"
      because = "no order, no preference and no clusters beyond chance"
    }
  }

  private static func neighbours(_ members: [UInt32]) -> Double {
    guard members.count > 1 else { return 0 }
    var with = 0
    for i in members.indices {
      let before = i > 0 && members[i - 1] >> 8 == members[i] >> 8
      let after = i + 1 < members.count && members[i + 1] >> 8 == members[i] >> 8
      if before || after { with += 1 }
    }
    return Double(with) / Double(members.count)
  }
}
