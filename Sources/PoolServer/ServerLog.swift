internal import Logging
internal import Synchronization

/// What the server beneath says, on the standard error, until its task is cancelled.
///
/// A server that is cancelled, rather than asked to stop, closes its socket twice, and would call that an
/// error.
struct ServerLog: LogHandler {
  /// Whether the server's task was cancelled.
  final class Ending: Sendable {
    private let hasBegun = Atomic(false)

    var isCancelled: Bool { hasBegun.load(ordering: .relaxed) }

    func cancel() { hasBegun.store(true, ordering: .relaxed) }
  }

  private var inner: StreamLogHandler
  private let ending: Ending

  init(label: String, until ending: Ending) {
    inner = StreamLogHandler.standardError(label: label)
    self.ending = ending
  }

  var logLevel: Logger.Level {
    get { inner.logLevel }
    set { inner.logLevel = newValue }
  }

  var metadata: Logger.Metadata {
    get { inner.metadata }
    set { inner.metadata = newValue }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { inner[metadataKey: key] }
    set { inner[metadataKey: key] = newValue }
  }

  func log(event: LogEvent) {
    if !ending.isCancelled { inner.log(event: event) }
  }
}
