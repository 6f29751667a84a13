internal import Observations

/// One end of a packet as a log writes it: an address, perhaps with a port.
enum Endpoint {
  /// An address, and the port where one stands behind it.
  case known(Address, port: UInt16?)
  /// An address that somebody made unreadable before showing the log: `z.y.w.98`, `x.x.12.4`. What
  /// is readable of it is kept (`Address(veiled:mask:)`), and never taken for a real one.
  case veiled(Address, port: UInt16?)
  /// No address.
  case unreadable

  /// Reads all of `range`: `a.b.c.d`, `a.b.c.d:port`, or an IPv6 address, of which the last colon
  /// may set off a port where `takesPort`. A whole address of eight groups keeps them all; a
  /// shortened one gives its last group as the port.
  init(_ bytes: RawSpan, _ range: Range<Int>, takesPort: Bool = true) {
    let text = bytes.extracting(range.clamped(to: 0..<bytes.byteCount))
    if let address = text.wholeAddress(0..<text.byteCount), !takesPort || address.isIPv4 {
      self = .known(address, port: nil)
      return
    }
    if let colon = text.last(0x3a, in: 0..<text.byteCount) {
      let port = text.port(colon + 1..<text.byteCount)
      if let port, takesPort, let address = text.wholeAddress(0..<colon) {
        self = .known(address, port: port)
        return
      }
      if let port, let veil = text.veiledAddress(0..<colon) {
        self = .veiled(veil, port: takesPort ? port : nil)
        return
      }
    }
    if let address = text.wholeAddress(0..<text.byteCount) {
      self = .known(address, port: nil)
    } else {
      self = text.veiledAddress(0..<text.byteCount).map { .veiled($0, port: nil) } ?? .unreadable
    }
  }

  /// What is wrong with it; nil for an address.
  var anomaly: Anomaly? {
    switch self {
    case .known: nil
    case .veiled: .addressVeiled
    case .unreadable: .addressMalformed
    }
  }
}

/// Source and destination of a line, or why there is no packet in it.
enum EndpointPair {
  case known(source: (Address, UInt16?), destination: (Address, UInt16?))
  case wrong(Anomaly)

  /// Both ends together; a veiled one stays veiled.
  init(_ source: Endpoint, _ destination: Endpoint) {
    if let from = source.end, let to = destination.end {
      self = .known(source: from, destination: to)
    } else {
      self = .wrong(.addressMalformed)
    }
  }
}

extension Endpoint {
  fileprivate var end: (Address, UInt16?)? {
    switch self {
    case .known(let address, let port), .veiled(let address, let port): (address, port)
    case .unreadable: nil
    }
  }
}

extension RawSpan {
  /// The address that fills `range`; nil where it holds anything else.
  func wholeAddress(_ range: Range<Int>) -> Address? {
    // The longest: eight groups, the last two as a dotted quad.
    guard (2...45).contains(range.count), range.upperBound <= byteCount else { return nil }
    let text = extracting(range)
    for at in 0..<text.byteCount where Digits.ends(text.byte(at)) { return nil }
    return text.address(0)
  }

  /// The port number that fills `range`.
  func port(_ range: Range<Int>) -> UInt16? {
    guard let value = decimal(range), value <= 0xffff else { return nil }
    return UInt16(value)
  }

  /// The decimal number of at most nine digits that fills `range`.
  func decimal(_ range: Range<Int>) -> Int? {
    guard (1...9).contains(range.count) else { return nil }
    var value = 0
    for at in range {
      let digit = byte(at) &- 48
      guard digit < 10 else { return nil }
      value = value * 10 + Int(digit)
    }
    return value
  }

  /// An IPv4 address in which letters or asterisks stand for one octet or more, filling `range`.
  func veiledAddress(_ range: Range<Int>) -> Address? {
    var known: UInt32 = 0
    var mask: UInt32 = 0
    var labels = 0
    var rest = range
    while labels < 4 {
      let end = rest.first { byte($0) == 0x2e } ?? rest.upperBound
      let label = rest.lowerBound..<end
      guard (1...3).contains(label.count) else { return nil }
      let hidden = label.allSatisfy { (byte($0) | 0x20) &- 97 < 26 || byte($0) == 0x2a }
      known <<= 8
      mask <<= 8
      if !hidden {
        guard let octet = decimal(label), octet < 256 else { return nil }
        known |= UInt32(octet)
        mask |= 255
      }
      labels += 1
      if end == rest.upperBound { break }
      rest = end + 1..<rest.upperBound
      if labels == 4 { return nil }
    }
    return labels == 4 && mask != .max ? Address(veiled: known, mask: mask) : nil
  }
}

extension TCPFlags {
  /// Flags as one letter each, in any case and order: `12UAPRSF` (Snort), or `C` and `E` for the
  /// first two (RFC 3168); other characters say nothing.
  init(letters bytes: RawSpan, _ range: Range<Int>) {
    self.init(rawValue: 0)
    for at in range {
      switch bytes.byte(at) & 0xdf {
      case UInt8(ascii: "S"): insert(.syn)
      case UInt8(ascii: "A"): insert(.ack)
      case UInt8(ascii: "F"): insert(.fin)
      case UInt8(ascii: "R"): insert(.rst)
      case UInt8(ascii: "P"): insert(.psh)
      case UInt8(ascii: "U"): insert(.urg)
      case UInt8(ascii: "C"), UInt8(ascii: "1") & 0xdf: insert(.cwr)
      case UInt8(ascii: "E"), UInt8(ascii: "2") & 0xdf: insert(.ece)
      default: break
      }
    }
  }
}

extension Transport {
  /// The protocol that fills `range`, by number or by the names that logs use.
  init?(_ bytes: RawSpan, _ range: Range<Int>) {
    if let number = bytes.decimal(range) {
      guard number < 255 else { return nil }
      self.init(rawValue: UInt8(number))
      return
    }
    guard (2...8).contains(range.count) else { return nil }
    var letters: UInt64 = 0
    for at in range.reversed() { letters = letters << 8 | UInt64(bytes.byte(at) & 0xdf) }
    switch letters {
    case 0x50_4354: self = .tcp
    case 0x50_4455: self = .udp
    case 0x504d_4349: self = .icmp
    case 0x504d_4749: self = .igmp
    case 0x1656_504d_4349: self = .icmpv6
    case 0x45_5247: self.init(rawValue: 47)
    case 0x50_5345: self.init(rawValue: 50)
    case 0x4841: self.init(rawValue: 51)
    case 0x5054_4353: self.init(rawValue: 132)
    default: return nil
    }
  }
}
