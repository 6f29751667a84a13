/// A dated statement of the user's: something that was done, changed or noticed.
public struct Note: Hashable, Sendable {
  /// What kind of statement it is.
  public enum Kind: String, CaseIterable, Sendable {
    /// Something done to find out, and undone again (cables pulled, a service stopped).
    case intervention
    /// Something changed for good (software installed, a host cleaned).
    case change
    /// Something noticed (a service fails).
    case symptom
  }

  /// What it is about, as far as an article may ask.
  public enum Topic: String, CaseIterable, Sendable {
    /// The local network was taken off the host under suspicion.
    case lanDisconnected = "lan-disconnected"
    /// A host was taken off the network.
    case hostDisconnected = "host-disconnected"
    /// A service or program was stopped.
    case serviceStopped = "service-stopped"
    /// Software or a driver was installed or updated.
    case softwareInstalled = "software-installed"
    /// A host was cleaned of malware.
    case cleaned
    /// A host was started again.
    case reboot
    /// Someone browsed or used the host by hand.
    case browsing
    /// A service failed or answered no more.
    case serviceFailing = "service-failing"
    /// None of these.
    case other
  }

  /// When it began.
  public var from: Timestamp
  /// When it ended; nil: it was a moment, or lasts.
  public var to: Timestamp?
  /// What kind of statement it is.
  public var kind: Kind
  /// What it is about.
  public var topic: Topic
  /// The address it names; nil: none.
  public var host: Address?
  /// The user's words.
  public var text: String
  /// Where it was read: a file's path, or `--note`.
  public var origin: String

  /// A note out of its parts.
  public init(
    from: Timestamp, to: Timestamp?, kind: Kind, topic: Topic, host: Address?, text: String,
    origin: String
  ) {
    self.from = from
    self.to = to
    self.kind = kind
    self.topic = topic
    self.host = host
    self.text = text
    self.origin = origin
  }
}
