public import Observations

/// An inside address that went out under an outside one, as a firewall's log says (NAT).
public struct Translation: Hashable, Sendable {
  /// The host's own address.
  public var inside: Address
  /// The address it was seen under outside.
  public var outside: Address
  /// How often the log says so.
  public var count: UInt64
  /// The earliest time it says so.
  public var first: Timestamp
  /// The latest time it says so.
  public var last: Timestamp
}
