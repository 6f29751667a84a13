import Observations

/// How a tool writes address and port together.
enum EndpointStyle {
  /// `192.0.2.1:80`, `[2001:db8::1]:80`, `:::22`.
  case colon
  /// `192.0.2.1.80`, `*.22`.
  case dot
}

extension SocketEndpoint {
  /// Reads one end.
  ///
  /// - Parameters:
  ///   - text: address and port as the tool prints them.
  ///   - style: the sign between them.
  ///   - family: what `*` stands for.
  ///   - width: the width the tool cuts to, nil where it does not cut.
  /// - Returns: nil where the text is no end of a socket.
  static func read(
    _ text: String, _ style: EndpointStyle, family: SocketFamily, width: Int? = nil
  ) -> SocketEndpoint? {
    let sign = style == .colon ? UInt8(ascii: ":") : UInt8(ascii: ".")
    guard let at = text.utf8.lastIndex(of: sign) else {
      return text == "*" ? SocketEndpoint(address: any(family)) : nil
    }
    var host = String(text[..<at])
    let port = String(text[text.utf8.index(after: at)...])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    var end = SocketEndpoint.read(host: host, port: port, family: family)
    if let width {
      let isFull = style == .colon ? text.utf8.count == width : text.utf8.count >= width
      if isFull { end?.distrust(text, host, style) }
    }
    return end
  }

  /// Reads an end whose address and port stand apart.
  static func read(host: String, port: String, family: SocketFamily) -> SocketEndpoint? {
    var end = SocketEndpoint()
    var host = host
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    if let percent = host.utf8.lastIndex(of: UInt8(ascii: "%")) {
      end.zone = String(host[host.utf8.index(after: percent)...])
      host = String(host[..<percent])
    }
    if host.isEmpty || host == "*" {
      end.address = any(family)
    } else if let address = Address(host) {
      end.address = address
    } else if isName(host) {
      end.name = host
    } else {
      return nil
    }
    if port.isEmpty || port == "*" { return end }
    if let number = UInt16(port), port.utf8.allSatisfy({ $0 != UInt8(ascii: "+") }) {
      end.port = number
    } else if isName(port), !port.utf8.allSatisfy({ (48...57).contains($0) }) {
      end.service = port
    } else {
      return nil
    }
    return end
  }

  /// Takes back what a cut text cannot prove. Where the port stands last it may have lost digits;
  /// with a colon the tool cuts the address and keeps the port.
  private mutating func distrust(_ text: String, _ host: String, _ style: EndpointStyle) {
    switch style {
    case .colon:
      guard address?.isIPv4 != true else { return }
      address = nil
      name = host
      isCut = true
    case .dot:
      if let port, port >= 10_000, address?.isIPv4 == true { return }
      if address?.isIPv4 != true { address = nil }
      name = address == nil ? text : nil
      port = nil
      service = nil
      isCut = true
    }
  }

  static func any(_ family: SocketFamily) -> Address {
    family == .ipv4 ? Address(ipv4: 0) : .unspecified
  }

  /// Whether this could be a host's or a service's name, and not any text.
  static func isName(_ text: String) -> Bool {
    guard (1...255).contains(text.utf8.count) else { return false }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case 48...57, 65...90, 97...122, 45, 46, 95, 58, 43, 47: true
      default: byte >= 128
      }
    }
  }
}

extension SocketEntry {
  /// Sets both ends; a remote end that names nobody is none.
  mutating func setEnds(_ local: SocketEndpoint?, _ remote: SocketEndpoint?) {
    self.local = local
    self.remote = remote.flatMap { $0.isWildcard ? nil : $0 }
    guard family == .unknown else { return }
    if let address = local?.address ?? remote?.address {
      family = address.isIPv4 ? .ipv4 : .ipv6
    }
  }
}

/// An unsigned number of digits only.
func digits<Number: FixedWidthInteger>(_ text: some StringProtocol, as: Number.Type) -> Number? {
  guard let first = text.utf8.first, (48...57).contains(first) else { return nil }
  return Number(text, radix: 10)
}
