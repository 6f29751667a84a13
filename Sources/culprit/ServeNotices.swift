import FoundationEssentials
import Observations
import Pool
import PoolNotices
import PoolServer

// Whom a pool tells what.
extension Serve {
  /// What waits to be told, in the store's folder; nil where nobody is to be told anything.
  ///
  /// - Parameters:
  ///   - destinations: whom to tell what.
  ///   - folder: the store's.
  ///   - clock: tells the present time.
  /// - Returns: a queue with what waited there before.
  /// - Throws: `StoreError` where the folder keeps it from being.
  static func queue(
    _ destinations: [any NoticeDestination], folder: String,
    _ clock: @escaping @Sendable () -> Timestamp
  ) throws(StoreError) -> NoticeQueue? {
    guard !destinations.isEmpty else { return nil }
    do throws(DeliveryError) {
      return try NoticeQueue(
        folder: folder + "/notices", destinations: destinations, clock: clock)
    } catch { throw .rejected(because: error.description) }
  }

  /// Tells what waits while a server runs.
  ///
  /// - Parameters:
  ///   - queue: what waits; nil for nothing.
  ///   - work: the server.
  /// - Throws: what the work throws.
  static func telling(
    _ queue: NoticeQueue?, while work: () async throws(StoreError) -> Void
  ) async throws(StoreError) {
    let telling = Task {
      await queue?.run { try? await Task.sleep(for: .seconds(secondsBetweenLooks)) }
    }
    defer { telling.cancel() }
    try await work()
  }

  private static let secondsBetweenLooks = 5

  /// Looks at all settings, and says what would leave this machine.
  ///
  /// - Parameters:
  ///   - settings: what was told.
  ///   - clock: tells the present time.
  /// - Throws: `CommandError` for the first thing that is wrong.
  func check(
    _ settings: ServeSettings, _ clock: @escaping @Sendable () -> Timestamp
  ) throws {
    _ = try settings.poolCertificate()
    let notices = settings.notices
    let letters = try notices.letters(clock)
    let destinations = try notices.destinations(letters, clock)
    _ = try notices.contactTable()
    let named = [
      settings.certificate, settings.key, notices.mailAuthority, notices.webhookAuthority,
    ]
    for path in named.compactMap(\.self) where !FileManager.default.isReadableFile(atPath: path) {
      throw CommandError.usage("\(path) cannot be read")
    }
    var text = "The settings are good.\n"
    if let server = notices.server {
      text += "mail, where an operator sends it: by \(server), port \(notices.mailPort)\n"
    }
    for destination in destinations {
      let place = destination.name == "mail" ? notices.to.joined(separator: ", ") : notices.webhook
      let kinds = destination.kinds.map(\.rawValue).sorted().joined(separator: ", ")
      text += "told by \(destination.name): \(place ?? ""): \(kinds)\n"
    }
    if notices.server == nil, destinations.isEmpty { text += "Nobody is told anything.\n" }
    try Terminal.show(text)
  }
}
