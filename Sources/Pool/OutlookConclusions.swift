internal import Glibc

/// The estimates that follow from a fitted model.
struct OutlookConclusions {
  let window: OutlookWindow
  let fit: PresenceFit

  private var counts: PresenceCounts { window.counts }
  private var course: PresenceModel.Course { fit.model.course(fit.point) }
  private var events: Int { Int(counts.sources) }

  private func parameter(_ parameter: PresenceModel.Parameter) -> Double {
    fit.point[parameter.rawValue]
  }

  private func variance(of parameter: PresenceModel.Parameter) -> Double {
    fit.covariance[parameter.rawValue][parameter.rawValue]
  }

  /// What every estimate takes for granted.
  private var common: [String] {
    var list = [
      "only sources that \(window.fewest.networks) met on one day are counted; the others "
        + "are concluded from how often these are missed",
      "all sources probe at the same rate, and every watched address as likely as any other",
      "how long a source stays does not depend on how long it was there",
      "an address stands for one source; one that changes it counts as one that leaves and one "
        + "that comes",
      "anybody who can forge packets to \(window.fewest.networks) on one day can add sources",
    ]
    if window.stated < window.networks {
      list.append("all networks are taken to watch as many addresses as each other")
    }
    if window.share < 1 { list.append("sources were chosen by chance, and the others follow") }
    if window.otherFamily > 0 {
      list.append("sources of the other version of IP are left out")
    }
    return list
  }

  private func estimate(
    _ value: Double, low: Double, high: Double, events: Int, _ further: [String] = []
  ) -> EstimateResult {
    guard value.isFinite, low.isFinite, high.isFinite else {
      return .refused(because: "these days do not tell it")
    }
    return .estimate(
      Estimate(
        value: value, low: low, high: high, events: events, assumptions: further + common))
  }

  /// A positive number whose logarithm has a variance.
  private func estimate(
    _ value: Double, logVariance: Double, events: Int, _ further: [String] = []
  ) -> EstimateResult {
    let spread = exp(Estimates.deviate * logVariance.squareRoot())
    return estimate(
      value, low: value / spread, high: value * spread, events: events, further)
  }

  // MARK: how many

  /// Sources looked at that are there at the end, and the variance of chance alone.
  private func present(_ point: PresenceModel.Point) -> (mean: Double, variance: Double) {
    let course = fit.model.course(point)
    var (mean, variance) = (course.unseen[counts.days], course.unseen[counts.days])
    func add(_ count: Double, there: Double, gone: Double, _ day: Int) {
      guard count > 0 else { return }
      let never = there * course.neverAgain[day] + gone
      let chance = min(1, there * course.hiddenToTheEnd[day] / max(never, 1e-300))
      mean += count * chance
      variance += count * chance * (1 - chance)
    }
    for day in 0..<counts.days {
      add(
        counts.single[day], there: course.firstThere[day], gone: course.firstGone[day], day)
      let chance = course.chances[day]
      add(
        counts.last[day], there: course.survival * chance.whole, gone: chance.leavingSeen, day)
    }
    return (mean, variance)
  }

  var active: EstimateResult {
    let (mean, chance) = present(fit.point)
    let uncertain = fit.variance { present($0).mean }
    let chosen = mean * (1 - window.share)
    guard mean > 0.5 else {
      return .refused(because: "hardly any source was left at the end of these days")
    }
    let value = mean / window.share
    let logVariance = log(1 + (chance + uncertain + chosen) / (mean * mean))
    return estimate(value, logVariance: logVariance, events: events)
  }

  /// Sources that were there and never seen.
  private func missed(_ point: PresenceModel.Point) -> Double {
    let course = fit.model.course(point)
    let all = course.unseen[0] + course.arrivals.reduce(0, +)
    return max(0, all - zip(course.firstThere, course.firstGone).reduce(0) { $0 + $1.0 + $1.1 })
  }

  var population: EstimateResult {
    let missed = max(missed(fit.point), 1e-6)
    let variance = missed + fit.variance { self.missed($0) }
    guard window.share >= 1 else {
      let all = counts.sources + missed
      let chosen = counts.sources * (1 - window.share)
      return estimate(
        all / window.share, logVariance: log(1 + (variance + chosen) / (all * all)),
        events: events)
    }
    // Those that were seen are certain; the others are a number by chance, whose root is spread evenly.
    let (root, half) = (
      missed.squareRoot(), Estimates.deviate * (variance / missed).squareRoot() / 2
    )
    let (low, high) = (max(0, root - half), root + half)
    // Whole sources: where hardly any is missed, none may be.
    return estimate(
      counts.sources + missed, low: counts.sources + (low * low).rounded(.down),
      high: counts.sources + (high * high).rounded(.up), events: events)
  }

  // MARK: coming and going

  /// By how much first sightings scatter more than by chance; at least 1.
  private var scatter: Double {
    let course = course
    var (sum, freedom) = (0.0, -3.0)
    for day in 0..<counts.days {
      let expected = course.firstThere[day] + course.firstGone[day]
      guard expected > 0.5 else { continue }
      let found = counts.single[day] + counts.first[day]
      sum += (found - expected) * (found - expected) / expected
      freedom += 1
    }
    return freedom > 0 ? max(1, sum / freedom) : 1
  }

  private var arrived: Int {
    Int((1..<counts.days).reduce(0.0) { $0 + counts.single[$1] + counts.first[$1] })
  }

  private var departed: Int {
    Int((0..<counts.days - 1).reduce(0.0) { $0 + counts.single[$1] + counts.last[$1] })
  }

  var arrivals: EstimateResult {
    if let refusal = Estimates.refusal(arrived, "sources first met after the first day") {
      return refusal
    }
    func mean(_ point: PresenceModel.Point) -> Double {
      let arrivals = fit.model.course(point).arrivals
      return arrivals.reduce(0, +) / Double(arrivals.count)
    }
    let variance = fit.variance { log(mean($0)) } * scatter
    return estimate(
      mean(fit.point) / window.share, logVariance: variance, events: arrived,
      ["sources come independently of each other"])
  }

  var growth: EstimateResult {
    if let refusal = Estimates.refusal(arrived, "sources first met after the first day") {
      return refusal
    }
    return estimate(
      exp(parameter(.growth)), logVariance: variance(of: .growth) * scatter, events: arrived,
      ["arrivals change by the same factor from day to day"])
  }

  var stay: EstimateResult {
    if let refusal = Estimates.refusal(departed, "sources last met before the last day") {
      return refusal
    }
    return estimate(
      exp(-parameter(.leaving)), logVariance: variance(of: .leaving), events: departed)
  }

  // MARK: probes

  var probeInterval: EstimateResult {
    guard window.meanAddresses > 0 else {
      return .refused(
        because:
          "of \(window.networks - window.stated) of the \(window.networks) networks it is not "
          + "stated how many addresses they watch")
    }
    let packets = window.packets.reduce(0, +)
    if let refusal = Estimates.refusal(Int(min(packets, 1e15)), "packets") { return refusal }
    // Packets that are counted for each that a network of average size gets.
    let counted = fit.model.countedForEach(fit.point)
    guard counted > 0.02 else {
      return .refused(because: "too few of the packets are of sources that count")
    }
    let seconds = Double(counts.days) * 86_400
    var variance = counts.packetScatter / packets
    variance += fit.variance { log(max(fit.model.countedForEach($0), 1e-9)) }
    let squares = window.packets.reduce(0) { $0 + $1 * $1 }
    variance += (1 - window.share) * squares / (packets * packets)
    return estimate(
      seconds * window.meanAddresses * counted * window.share / packets, logVariance: variance,
      events: Int(packets),
      ["an address that is not watched is probed as often as one that is"])
  }
}
