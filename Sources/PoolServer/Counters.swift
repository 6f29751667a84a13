import Synchronization

/// What the server counted since it began, in the text form of Prometheus. Nothing of it tells of an
/// address or a sensor.
final class Counters: Sendable {
  private struct Key: Hashable, Comparable {
    var name: String
    var labels: String

    static func < (a: Key, b: Key) -> Bool { (a.name, a.labels) < (b.name, b.labels) }
  }

  private static let meanings = [
    "culprit_pool_batches_total": "Batches by what became of them.",
    "culprit_pool_reports_total": "Reports that were stored.",
    "culprit_pool_mails_total": "Mails about incidents that operators sent.",
    "culprit_pool_requests_total": "Requests by route and status.",
    "culprit_pool_sign_ins_total": "Attempts of operators to sign in.",
    "culprit_pool_sensors_enrolled_total": "Sensors that were enrolled.",
    "culprit_pool_upkeep_failures_total": "Times that incidents could not be brought up to date.",
  ]

  private let counts = Mutex<[Key: UInt64]>([:])

  /// Counts; names and values of labels are words of this program's own.
  func count(_ name: String, _ labels: [(String, String)] = [], by more: UInt64 = 1) {
    let text = labels.map { "\($0)=\"\($1)\"" }.joined(separator: ",")
    counts.withLock { $0[Key(name: name, labels: text), default: 0] += more }
  }

  var text: String {
    let counts = counts.withLock { $0 }.sorted { $0.key < $1.key }
    var text = ""
    for (name, meaning) in Counters.meanings.sorted(by: { $0.key < $1.key }) {
      text += "# HELP \(name) \(meaning)\n# TYPE \(name) counter\n"
      for (key, count) in counts where key.name == name {
        text += key.labels.isEmpty ? "\(name) \(count)\n" : "\(name){\(key.labels)} \(count)\n"
      }
    }
    return text
  }
}
