internal import Observations

extension Endpoint {
  /// Reads all of `range`: `[2001:db8::1]:80`, `[2001:db8::1]`, or what stands without brackets.
  init(bracketed bytes: RawSpan, _ range: Range<Int>) {
    guard bytes.byte(range.lowerBound) == 0x5b, !range.isEmpty else {
      self.init(bytes, range)
      return
    }
    guard let close = bytes.first(0x5d, in: range) else {
      self = .unreadable
      return
    }
    let inside = Endpoint.unscoped(bytes, range.lowerBound + 1..<close)
    var port: UInt16?
    if bytes.byte(close + 1) == 0x3a, close + 1 < range.upperBound {
      port = bytes.port(close + 2..<range.upperBound)
    }
    self.init(bytes, inside, port: port)
  }

  /// Reads all of `range`: an address, and a port behind the last `separator`, as in
  /// `192.0.2.1.80`; what stands there may also be a service's name, and is then no port.
  init(_ bytes: RawSpan, _ range: Range<Int>, portBehind separator: UInt8) {
    let whole = Endpoint.unscoped(bytes, range)
    if let address = bytes.wholeAddress(whole) {
      self = .known(address, port: nil)
      return
    }
    if let mark = bytes.last(separator, in: range) {
      let head = Endpoint(bytes, Endpoint.unscoped(bytes, range.lowerBound..<mark), port: nil)
      let tail = mark + 1..<range.upperBound
      let port = bytes.port(tail)
      switch head {
      case .known(let address, _) where port != nil || bytes.isServiceName(tail):
        self = .known(address, port: port)
        return
      case .veiled(let veil, _) where port != nil:
        self = .veiled(veil, port: port)
        return
      default: break
      }
    }
    self = bytes.veiledAddress(range).map { .veiled($0, port: nil) } ?? .unreadable
  }

  /// Reads an address that fills `range`.
  init(_ bytes: RawSpan, _ range: Range<Int>, port: UInt16?) {
    if let address = bytes.wholeAddress(range) {
      self = .known(address, port: port)
    } else {
      self = bytes.veiledAddress(range).map { .veiled($0, port: port) } ?? .unreadable
    }
  }

  /// Without the interface behind a percent sign (RFC 4007, 11).
  static func unscoped(_ bytes: RawSpan, _ range: Range<Int>) -> Range<Int> {
    guard let percent = bytes.first(0x25, in: range) else { return range }
    return range.lowerBound..<percent
  }
}

extension Observation {
  /// Takes both ends; ports only where both are stated and the transport has any.
  mutating func takeEnds(_ source: Endpoint, _ destination: Endpoint) -> Anomaly? {
    switch EndpointPair(source, destination) {
    case .wrong(let anomaly): return anomaly
    case .known(let from, let to):
      self.source = from.0
      self.destination = to.0
      if transport.hasPorts, let first = from.1, let second = to.1 { setPorts(first, second) }
      return nil
    }
  }

  /// Says type and code of an ICMP message; the code is often not stated.
  mutating func takeICMP(_ type: UInt16, code: UInt16?) {
    guard let code else {
      sourcePort = type
      let isError =
        transport == .icmpv6 ? (1...4).contains(type) : [3, 4, 5, 11, 12].contains(type)
      if isError { hint = .icmpError }
      return
    }
    setPorts(type, code)
  }

  /// Says which part of a datagram this is: its place in it, and whether more follows.
  mutating func takeFragment(at offset: Int, hasMore: Bool) {
    if offset > 0 {
      marks.insert(.laterFragment)
      marks.remove([.ports, .firstFragment])
      sourcePort = 0
      destinationPort = 0
      tcpFlags = TCPFlags(rawValue: 0)
    } else if hasMore {
      marks.insert(.firstFragment)
    }
  }

  /// Whether the packet is one of IPv4: veiled addresses are, too.
  var isIPv4: Bool { source.isIPv4 || source.isVeiled }

  /// Says the IP identification, where it is one.
  mutating func takeIdentification(_ value: Int?) {
    guard let value, value <= 0xffff, isIPv4 else { return }
    identification = UInt16(value)
    marks.insert(.identification)
  }
}

extension RawSpan {
  /// The first place of `text` in `range`; nil where it does not stand there.
  func place(of text: StaticString, in range: Range<Int>) -> Int? {
    let first = text.withUTF8Buffer { unsafe $0.first } ?? 0
    var at = range.lowerBound
    while let found = self.first(first, in: at..<max(at, range.upperBound)) {
      if found + text.utf8CodeUnitCount <= range.upperBound, has(text, at: found) { return found }
      at = found + 1
    }
    return nil
  }

  /// The last place of `text` in `range`; nil where it does not stand there.
  func lastPlace(of text: StaticString, in range: Range<Int>) -> Int? {
    let first = text.withUTF8Buffer { unsafe $0.first } ?? 0
    var at = min(range.upperBound, byteCount) - text.utf8CodeUnitCount
    while at >= range.lowerBound {
      if byte(at) == first, has(text, at: at) { return at }
      at -= 1
    }
    return nil
  }

  /// Whether `text` stands at the end of `range`.
  func ends(_ range: Range<Int>, with text: StaticString) -> Bool {
    let at = range.upperBound - text.utf8CodeUnitCount
    return at >= range.lowerBound && has(text, at: at)
  }

  /// Whether `range` looks like the name of a service: `netbios-ns`, `http`.
  func isServiceName(_ range: Range<Int>) -> Bool {
    guard (1...32).contains(range.count) else { return false }
    return range.allSatisfy {
      let byte = byte($0)
      return (byte | 0x20) &- 97 < 26 || byte &- 48 < 10 || byte == 0x2d || byte == 0x5f
    }
  }
}
