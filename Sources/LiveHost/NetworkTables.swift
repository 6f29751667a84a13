internal import Observations

/// An interface.
struct NetworkLink: Hashable, Sendable {
  var index: UInt32
  var name: String
  var flags: UInt32
  var hardware: String?
  var kind: String?
  var master: UInt32?
  var mtu: UInt32?
}

/// What the kernel's routing part (rtnetlink(7)) lists, each read from one message.
enum NetworkTables {
  static let getLinks: UInt16 = 18
  static let getAddresses: UInt16 = 22
  static let getRoutes: UInt16 = 26
  static let getNeighbours: UInt16 = 30

  /// An interface; nil where the message is no such thing.
  static func link(_ message: NetlinkMessage) -> NetworkLink? {
    guard message.type == 16, let index = message.body.host(4, as: UInt32.self),
      let flags = message.body.host(8, as: UInt32.self)
    else { return nil }
    let values = NetlinkMessage.attributes(message.body.dropFirst(16))
    let details = NetlinkMessage.attributes(values[18])
    return NetworkLink(
      index: index, name: values[3]?.zeroEnded ?? "", flags: flags,
      hardware: values[1].map(hardware), kind: details[1]?.zeroEnded,
      master: values[10]?.host(0, as: UInt32.self), mtu: values[4]?.host(0, as: UInt32.self))
  }

  /// An address with the interface it is on and the length of its prefix.
  static func address(
    _ message: NetlinkMessage
  ) -> (address: Address, length: UInt8, interface: UInt32)? {
    guard message.type == 20, let family = message.body.byte(0),
      let length = message.body.byte(1), let index = message.body.host(4, as: UInt32.self)
    else { return nil }
    let values = NetlinkMessage.attributes(message.body.dropFirst(8))
    // On a point-to-point link the plain one is the other end's.
    guard let address = (values[2] ?? values[1]).flatMap({ read($0, family) }) else { return nil }
    return (address, length, index)
  }

  static func read(_ bytes: ArraySlice<UInt8>, _ family: UInt8) -> Address? {
    guard family == SocketDiagnostics.ipv4 || family == SocketDiagnostics.ipv6 else { return nil }
    return SocketDiagnostics.address(bytes, family)
  }

  /// A route as a JSON object.
  static func route(_ message: NetlinkMessage, _ links: [UInt32: String]) -> JSONText? {
    guard message.type == 24, let family = message.body.byte(0),
      let length = message.body.byte(1), let table = message.body.byte(4),
      let protocolNumber = message.body.byte(5), let kind = message.body.byte(7)
    else { return nil }
    let values = NetlinkMessage.attributes(message.body.dropFirst(12))
    func address(_ type: UInt16) -> String? {
      values[type].flatMap { read($0, family) }.map(\.description)
    }
    var text = JSONText()
    let any = family == SocketDiagnostics.ipv4 ? "0.0.0.0" : "::"
    text.add("destination", "\(address(1) ?? any)/\(length)")
    text.add("kind", name(routeKinds, kind))
    text.add("gateway", address(5))
    text.add("interface", values[4]?.host(0, as: UInt32.self).map { links[$0] ?? String($0) })
    text.add("preferredSource", address(7))
    text.add("metric", values[6]?.host(0, as: UInt32.self))
    text.add("table", values[15]?.host(0, as: UInt32.self) ?? UInt32(table))
    text.add("protocol", protocolNumber)
    if values[9] != nil { text.add("hasSeveralPaths", true) }
    return text
  }

  /// A neighbour as a JSON object.
  static func neighbour(_ message: NetlinkMessage, _ links: [UInt32: String]) -> JSONText? {
    guard message.type == 28, let family = message.body.byte(0),
      let index = message.body.host(4, as: UInt32.self),
      let state = message.body.host(8, as: UInt16.self)
    else { return nil }
    let values = NetlinkMessage.attributes(message.body.dropFirst(12))
    guard let address = values[1].flatMap({ read($0, family) }) else { return nil }
    var text = JSONText()
    text.add("address", address.description)
    text.add("hardware", values[2].map(hardware))
    text.add("interface", links[index] ?? String(index))
    let names = neighbourStates.filter { state & $0.bit != 0 }.map(\.name)
    text.add("state", names.isEmpty ? "none" : names.joined(separator: " "))
    return text
  }

  /// An interface as a JSON object with its addresses.
  static func text(_ link: NetworkLink, addresses: [String], masters: [UInt32: String]) -> JSONText
  {
    var text = JSONText()
    text.add("interface", link.name)
    text.add("index", link.index)
    text.add("kind", link.kind)
    text.add("hardware", link.hardware)
    text.add("flags", flagNames.filter { link.flags & $0.bit != 0 }.map(\.name))
    text.add("isPromiscuous", link.flags & 0x100 != 0)
    text.add("mtu", link.mtu)
    text.add("master", link.master.map { masters[$0] ?? String($0) })
    text.add("addresses", addresses, evenEmpty: true)
    return text
  }

  private static func hardware(_ bytes: ArraySlice<UInt8>) -> String {
    bytes.prefix(32).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
  }

  private static func name(_ names: [String], _ number: UInt8) -> String {
    Int(number) < names.count ? names[Int(number)] : String(number)
  }

  private static let routeKinds = [
    "unspecified", "unicast", "local", "broadcast", "anycast", "multicast", "blackhole",
    "unreachable", "prohibit", "throw", "nat",
  ]
  private static let neighbourStates: [(bit: UInt16, name: String)] = [
    (1, "incomplete"), (2, "reachable"), (4, "stale"), (8, "delay"), (0x10, "probe"),
    (0x20, "failed"), (0x40, "noarp"), (0x80, "permanent"),
  ]
  private static let flagNames: [(bit: UInt32, name: String)] = [
    (1, "up"), (2, "broadcast"), (8, "loopback"), (0x10, "pointToPoint"), (0x40, "running"),
    (0x80, "noARP"), (0x100, "promiscuous"), (0x200, "allMulticast"), (0x400, "master"),
    (0x800, "slave"), (0x1000, "multicast"),
  ]
}

/// The interfaces and addresses of the network namespace the thread is in.
struct LocalNetwork: Sendable {
  private(set) var links: [NetworkLink] = []
  private(set) var addresses: [(address: Address, length: UInt8, interface: UInt32)] = []
  private(set) var failure: SystemFailure?

  /// Asks the kernel.
  init() {
    do {
      links = try Netlink(.route).dump(NetworkTables.getLinks, [UInt8](repeating: 0, count: 16))
        .messages.compactMap(NetworkTables.link).sorted { $0.index < $1.index }
      addresses =
        try Netlink(.route).dump(NetworkTables.getAddresses, [UInt8](repeating: 0, count: 8))
        .messages.compactMap(NetworkTables.address)
        .sorted { ($0.interface, $0.address) < ($1.interface, $1.address) }
    } catch {
      failure = error
    }
  }

  /// The names of interfaces by their numbers.
  var names: [UInt32: String] {
    Dictionary(links.map { ($0.index, $0.name) }, uniquingKeysWith: { first, _ in first })
  }
}
