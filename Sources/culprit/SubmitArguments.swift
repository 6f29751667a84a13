import Analysis
import ArgumentParser
import Diagnosis
import FoundationEssentials
import Observations
import Pool
import PoolClient
import Reporting

/// Handing the outcome of an analysis to a pool; nothing of it happens unless it is asked for.
struct SubmitArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Hand what is public of the incidents to this pool, as the sensor that was enrolled there.",
      valueName: "url"))
  var submit: String?

  @Flag(help: "Tell on standard error exactly what --submit would hand over, and send nothing.")
  var submitDryRun = false

  @OptionGroup var sensor: SensorPlaceOption

  /// The most reports that a dry run shows one by one.
  private static let mostShown = 1_000

  /// Hands over what may leave; what it came to is told on standard error.
  ///
  /// - Parameters:
  ///   - analysis: the analysis.
  ///   - now: the present time.
  /// - Throws: `CommandError` where the pool cannot be reached or refuses.
  func run(_ analysis: Analysis, now: Timestamp) throws {
    guard submit != nil || submitDryRun else { return }
    let folder = sensor.place
    // A dry run needs no enrolment: names of targets are only counted in it.
    let isDry = submitDryRun
    let key = try asking { () throws(SensorError) -> SensorKey in
      do throws(SensorError) { return try folder.key() } catch {
        guard isDry, case .noKey = error else { throw error }
        return SensorKey()
      }
    }
    var outgoing = Outgoing(key: key, knowledge: analysis.knowledge, now: now)
    for activity in analysis.incidents.flatMap(\.activities) {
      let verdict = activity.diagnosis.verdict.map {
        SensorVerdict(article: $0, posterior: activity.diagnosis.posterior)
      }
      outgoing.add(activity.evidence, verdict: verdict)
    }
    tell(outgoing)
    guard !isDry, let submit, !outgoing.reports.isEmpty else { return }
    let reports = outgoing.reports
    let delivery = try asking { () throws(SensorError) -> Delivery in
      let address = try PoolAddress(submit)
      let outcome = try folder.spool().add(reports, key: key)
      for batch in outcome.givenUp {
        Terminal.complain("the spool is full: batch \(batch.sequence) was given up for newer ones")
      }
      return try await SubmitArguments.deliver(folder, to: address)
    }
    Terminal.note(delivery.text)
    for refusal in delivery.refused {
      Terminal.complain("batch \(refusal.sequence) was refused: \(refusal.because)")
    }
    if !delivery.refused.isEmpty || delivery.waiting > 0 {
      throw CommandError(
        description: delivery.waiting > 0
          ? "not all was submitted; culprit sensor send tries again" : "not all was taken",
        status: delivery.waiting > 0 ? 75 : 65)
    }
  }

  private func tell(_ outgoing: Outgoing) {
    let verb = submitDryRun ? "would be submitted" : "to submit"
    Terminal.note("reports \(verb): \(outgoing.reports.count)\n")
    if submitDryRun {
      for report in outgoing.reports.prefix(SubmitArguments.mostShown) {
        Terminal.note("  \(inert(report.summary))\n")
      }
      let more = outgoing.reports.count - SubmitArguments.mostShown
      if more > 0 { Terminal.note("  and \(more) more\n") }
    }
    for (reason, count) in outgoing.withheld.sorted(by: { $0.key < $1.key }) {
      Terminal.note("kept to yourself: \(count) \(reason.words)\n")
    }
  }

  /// Sends what waits in a sensor's folder.
  static func deliver(
    _ folder: SensorFolder, to address: PoolAddress
  ) async throws(SensorError) -> Delivery {
    let spool = try folder.spool()
    return try await PoolConnection.open(address) { connection throws(SensorError) in
      try await Courier(transport: connection) { seconds in
        try? await Task.sleep(for: .seconds(seconds))
      }.deliver(spool)
    }
  }
}

extension Delivery {
  /// What became of the batches, for people.
  var text: String {
    var lines = "batches submitted: \(delivered)\n"
    if known > 0 { lines += "batches that the pool had already: \(known)\n" }
    if !refused.isEmpty { lines += "batches refused, and not kept: \(refused.count)\n" }
    if waiting > 0 { lines += "batches that wait: \(waiting), since \(inert(because ?? ""))\n" }
    return lines
  }
}
