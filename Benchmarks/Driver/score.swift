// Holds what culprit found against what was planted.
//
//   score TRUTH.json REPORT.json
//
// Prints a line for each thing planted. Informs only: what must hold is tested elsewhere, on
// evidence small enough for a test.

import Foundation

/// A decoded JSON object.
typealias Object = [String: Any]

/// An activity of the report with its subject.
struct Activity {
  let address: String
  let verdict: String?
  let findings: [Object]
}

@main
struct Score {
  let truth: Object
  let activities: [String: [Activity]]
  let alarmed: Set<String>

  static func main() throws {
    guard CommandLine.arguments.count == 3 else {
      print("usage: score TRUTH.json REPORT.json")
      exit(64)
    }
    let score = Score(
      truth: try object(at: CommandLine.arguments[1]),
      report: try object(at: CommandLine.arguments[2]))
    score.printAll()
  }

  static func object(at path: String) throws -> Object {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    return try JSONSerialization.jsonObject(with: data) as? Object ?? [:]
  }

  init(truth: Object, report: Object) {
    self.truth = truth
    var activities: [String: [Activity]] = [:]
    var alarmed: Set<String> = []
    for incident in report["incidents"] as? [Object] ?? [] {
      let address = (incident["subject"] as? Object)?["value"] as? String ?? ""
      if ["medium", "high"].contains(incident["severity"] as? String) { alarmed.insert(address) }
      for activity in incident["activities"] as? [Object] ?? [] {
        let verdict = (activity["diagnosis"] as? Object)?["verdict"] as? String
        let findings = activity["findings"] as? [Object] ?? []
        activities[address, default: []].append(
          Activity(address: address, verdict: verdict, findings: findings))
      }
    }
    self.activities = activities
    self.alarmed = alarmed
  }

  func printAll() {
    var planted: Set<String> = []
    let kinds = [
      ("innocentLookups", "look-ups of visitors called that", "reverse-name-lookup"),
      ("icmpErrorsSentAsUDP", "misread ICMP errors called that", "icmp-error-sent-as-udp"),
      ("validUDPOfTheSameShape", "valid UDP called a misread error", "icmp-error-sent-as-udp"),
    ]
    for (key, label, verdict) in kinds {
      guard let entries = truth[key] as? [Object] else { continue }
      let addresses = entries.compactMap { $0["address"] as? String }
      planted.formUnion(addresses)
      let called = addresses.filter { has(verdict, $0) }.count
      let accused = addresses.filter(alarmed.contains).count
      line(label, "\(called) of \(addresses.count); accused \(accused)")
    }
    printScanners(&planted)
    printSlow(&planted)
    if let step = truth["rateStep"] as? Object { printStep(step, &planted) }
    line("accused though not planted", "\(alarmed.subtracting(planted).count)")
  }

  func line(_ label: String, _ value: String) {
    print("  " + label.padding(toLength: 40, withPad: " ", startingAt: 0) + value)
  }

  func has(_ verdict: String, _ address: String) -> Bool {
    activities[address]?.contains { $0.verdict == verdict } ?? false
  }

  /// The values of an address's findings of one kind.
  func values(_ kind: String, _ address: String) -> [Object] {
    (activities[address] ?? []).flatMap(\.findings).filter { $0["kind"] as? String == kind }
      .compactMap { $0["values"] as? Object }
  }

  /// Scanners by their kind: those called a scan of some direction, and those whose extent is told exactly.
  func printScanners(_ planted: inout Set<String>) {
    guard let entries = truth["scanners"] as? [Object] else { return }
    let verdicts = ["horizontal": ["horizontal-scan"], "vertical": ["vertical-scan"]]
    for kind in ["horizontal", "vertical", "block"] {
      let ofKind = entries.filter { ($0["kind"] as? String ?? "horizontal") == kind }
      if ofKind.isEmpty { continue }
      let addresses = ofKind.compactMap { $0["address"] as? String }
      planted.formUnion(addresses)
      // A block has both directions: either names it.
      let names = verdicts[kind] ?? ["horizontal-scan", "vertical-scan"]
      let called = addresses.filter { address in names.contains { has($0, address) } }.count
      line(
        "\(kind) scanners called a scan",
        "\(called) of \(ofKind.count), extent exact for \(exactExtents(ofKind)); accused "
          + "\(addresses.filter(alarmed.contains).count)")
    }
  }

  /// Scanners below the rate from which the program tells one from noise.
  func printSlow(_ planted: inout Set<String>) {
    guard let entries = truth["slowBlocks"] as? [Object] else { return }
    let addresses = entries.compactMap { $0["address"] as? String }
    planted.formUnion(addresses)
    let told = addresses.filter { address in
      ["horizontal-scan", "vertical-scan"].contains { has($0, address) }
    }.count
    line("blocks scanned slower than is told", "\(told) of \(addresses.count)")
  }

  /// How many scanners' targets, or ports of a vertical one, are told exactly.
  func exactExtents(_ entries: [Object]) -> Int {
    entries.filter { entry in
      guard let address = entry["address"] as? String else { return false }
      let isVertical = entry["kind"] as? String == "vertical"
      let (kind, name) = isVertical ? ("port-sweep", "ports") : ("sweep", "targets")
      guard let planted = entry[name] as? Int else { return false }
      return values(kind, address).contains { $0[name] as? Int == planted }
    }.count
  }

  /// The step must be found in its source, and the true onset within an hour of the stated interval.
  func printStep(_ step: Object, _ planted: inout Set<String>) {
    guard let address = step["address"] as? String, let onset = step["onset"] as? String else {
      return
    }
    planted.insert(address)
    let stepped = activities.keys.filter { !values("rate-step", $0).isEmpty }
    let formatter = ISO8601DateFormatter()
    let near = values("rate-step", address).contains { value in
      guard let from = value["onsetFrom"] as? String, let to = value["onsetTo"] as? String,
        let earliest = formatter.date(from: String(from.prefix(19)) + "Z"),
        let latest = formatter.date(from: String(to.prefix(19)) + "Z"),
        // The log gives no year: the report's is taken.
        let truth = formatter.date(from: from.prefix(5) + onset)
      else { return false }
      return truth >= earliest.addingTimeInterval(-3600) && truth <= latest.addingTimeInterval(3600)
    }
    line("rate step found, onset within an hour", near ? "yes" : "NO")
    line("other sources said to step", "\(stepped.filter { $0 != address }.count)")
  }
}
