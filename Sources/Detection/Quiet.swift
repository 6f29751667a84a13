/// Something that was looked at and deliberately not raised.
public struct Quiet: Hashable, Sendable {
  /// Why not, in the order they are reported.
  public enum Reason: String, CaseIterable, Hashable, Sendable {
    /// Fewer targets, ports or packets than any article speaks of.
    case belowThreshold = "below-threshold"
    /// Its targets answered, or the DNS had given it their addresses: ordinary use.
    case ordinary
    /// Let through by the firewall, or not said to be refused: whether it was answered is not in a log.
    case letThrough = "let-through"
    /// Answers to what others had asked.
    case replies
    /// An ICMP error: it speaks about the packet it quotes, whose sender is someone else.
    case icmpErrors = "icmp-errors"
    /// Leftovers of finished TCP connections.
    case orphans
    /// Multicast and broadcast housekeeping.
    case multicast
    /// ARP.
    case addressResolution = "address-resolution"
  }
  /// Why nothing was raised.
  public var reason: Reason
  /// Sources counted.
  public var count: Int
  /// The first ten, in order of address, as text.
  public var examples: [String]

  /// An entry out of its parts.
  public init(reason: Reason, count: Int, examples: [String]) {
    self.reason = reason
    self.count = count
    self.examples = examples
  }
}
