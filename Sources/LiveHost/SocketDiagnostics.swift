internal import HostEvidence
internal import Observations

/// Sockets as the kernel's sock_diag(7) gives them: who asks there misses none by a race of lines.
enum SocketDiagnostics {
  /// A table of the kernel's.
  struct Table: Hashable, Sendable {
    var name: String
    var family: UInt8
    var transport: UInt8
  }

  static let ipv4: UInt8 = 2
  static let ipv6: UInt8 = 10
  static let packet: UInt8 = 17
  /// SOCK_DIAG_BY_FAMILY.
  static let request: UInt16 = 20

  /// The tables of Internet sockets. Ping sockets have none; /proc/net/icmp lists them.
  static let tables: [Table] = [
    Table(name: "tcp", family: ipv4, transport: 6), Table(name: "tcp6", family: ipv6, transport: 6),
    Table(name: "udp", family: ipv4, transport: 17),
    Table(name: "udp6", family: ipv6, transport: 17),
    Table(name: "udplite", family: ipv4, transport: 136),
    Table(name: "udplite6", family: ipv6, transport: 136),
    Table(name: "raw", family: ipv4, transport: 255),
    Table(name: "raw6", family: ipv6, transport: 255),
    Table(name: "packet", family: packet, transport: 0),
  ]

  /// The request for a table (linux/inet_diag.h, linux/packet_diag.h).
  static func body(_ table: Table) -> [UInt8] {
    if table.family == packet {
      var body: [UInt8] = [packet, 0, 0, 0]
      body.append(host: UInt32(0))
      body.append(host: UInt32(1))  // with the interface
      return body + [UInt8](repeating: 0, count: 8)
    }
    var body: [UInt8] = [table.family, table.transport, 0, 0]
    body.append(host: UInt32.max)  // in every state
    return body + [UInt8](repeating: 0, count: 48)
  }

  /// One socket out of a message; nil where it is too short to be one.
  static func entry(_ message: ArraySlice<UInt8>, of table: Table) -> SocketEntry? {
    table.family == packet ? packetEntry(message) : internetEntry(message, table)
  }

  private static func internetEntry(_ message: ArraySlice<UInt8>, _ table: Table) -> SocketEntry? {
    guard let family = message.byte(0), let state = message.byte(1), family == table.family,
      let localPort = message.big16(4), let remotePort = message.big16(6),
      let local = message.part(8, 16), let remote = message.part(24, 16),
      let interface = message.host(40, as: UInt32.self),
      let user = message.host(64, as: UInt32.self), let inode = message.host(68, as: UInt32.self)
    else { return nil }
    let attributes = NetlinkMessage.attributes(message.dropFirst(72))
    var entry = SocketEntry(
      transport: transport(table.transport), family: family == ipv4 ? .ipv4 : .ipv6, line: 0)
    var here = SocketEndpoint(address: address(local, family), port: localPort)
    var there = SocketEndpoint(address: address(remote, family), port: remotePort)
    if table.transport == 255 {
      // A raw socket has no ports: its protocol stands in their place.
      entry.transport = .raw(attributes[10]?.byte(0) ?? UInt8(truncatingIfNeeded: localPort))
      here.port = nil
      there.port = nil
    }
    if here.port == 0 { here.port = nil }
    entry.local = here
    entry.remote = there.isWildcard ? nil : there
    entry.state = self.state(state, table.transport)
    entry.user = String(user)
    entry.inode = UInt64(inode)
    if interface != 0 { entry.interface = String(interface) }
    return entry
  }

  private static func packetEntry(_ message: ArraySlice<UInt8>) -> SocketEntry? {
    guard message.byte(0) == packet, let kind = message.host(2, as: UInt16.self),
      let inode = message.host(4, as: UInt32.self), message.count >= 16
    else { return nil }
    let attributes = NetlinkMessage.attributes(message.dropFirst(16))
    var entry = SocketEntry(transport: .packet(kind), family: .link, line: 0)
    entry.inode = UInt64(inode)
    if let interface = attributes[0]?.host(0, as: UInt32.self), interface != 0 {
      entry.interface = String(interface)
    }
    entry.user = attributes[5]?.host(0, as: UInt32.self).map { String($0) }
    return entry
  }

  private static func transport(_ number: UInt8) -> SocketTransport {
    switch number {
    case 6: .tcp
    case 17: .udp
    default: .other(number)
    }
  }

  private static func state(_ number: UInt8, _ transport: UInt8) -> SocketState? {
    guard transport == 6 else { return number == 1 ? .connected : .unconnected }
    // 13 stands for a socket that has a port and neither listens nor connects.
    return number == 13 ? .bound : SocketState(linux: number)
  }

  static func address(_ bytes: ArraySlice<UInt8>, _ family: UInt8) -> Address? {
    func number(_ range: Range<Int>) -> UInt64? {
      bytes.part(range.lowerBound, range.count)?.reduce(0) { $0 << 8 | UInt64($1) }
    }
    if family == ipv4 { return number(0..<4).map { Address(ipv4: UInt32($0)) } }
    guard let high = number(0..<8), let low = number(8..<16) else { return nil }
    return Address(high: high, low: low)
  }
}
