import Pool
import Synchronization

/// The incidents about which a mail is on its way just now: who presses twice sends once.
final class Mailing: Sendable {
  private let busy = Mutex<Set<IncidentID>>([])

  /// False where one is on its way already.
  func begin(_ id: IncidentID) -> Bool { busy.withLock { $0.insert(id).inserted } }

  func end(_ id: IncidentID) { busy.withLock { _ = $0.remove(id) } }
}
