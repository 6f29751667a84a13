public import Observations

/// What a host is called, by whose word.
public struct HostName: Hashable, Sendable {
  /// Who says so.
  public enum How: String, Hashable, Sendable {
    /// The host itself, by NetBIOS: a table of names, a registration, a session, a datagram.
    case netbios
    /// The host itself, as it asked for its address by DHCP.
    case dhcp
    /// The host itself, to its neighbours: multicast DNS, LLMNR.
    case multicast
    /// The DNS, as somebody asked it.
    case dns
    /// A client that asked it for this name, by TLS.
    case tls
    /// A client that asked it for this host, by HTTP.
    case http

    /// The lower, the closer to the host itself.
    var rank: Int {
      switch self {
      case .netbios: 0
      case .dhcp: 1
      case .multicast: 2
      case .dns: 3
      case .tls: 4
      case .http: 5
      }
    }

    /// In words, behind "by".
    public var words: String {
      switch self {
      case .netbios: "NetBIOS"
      case .dhcp: "DHCP"
      case .multicast: "multicast DNS"
      case .dns: "the DNS"
      case .tls: "TLS"
      case .http: "HTTP"
      }
    }
  }

  /// Whose name it is.
  public var address: Address
  /// The name: printable ASCII, anything else escaped.
  public var name: String
  /// Who says so.
  public var how: How

  /// A name out of its parts.
  public init(address: Address, name: String, how: How) {
    self.address = address
    self.name = name
    self.how = how
  }
}
