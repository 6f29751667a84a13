internal import Observations

/// One end of a packet as a log writes it: an address, perhaps with a port.
enum Endpoint {
  /// An address, and the port where one stands behind it.
  case known(Address, port: UInt16?)
  /// An address that somebody made unreadable before showing the log: `z.y.w.98`, `x.x.12.4`.
  /// There is nothing it could be compared with, so it never becomes an address.
  case veiled
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
      if port != nil, text.isVeiledAddress(0..<colon) {
        self = .veiled
        return
      }
    }
    if let address = text.wholeAddress(0..<text.byteCount) {
      self = .known(address, port: nil)
    } else {
      self = text.isVeiledAddress(0..<text.byteCount) ? .veiled : .unreadable
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

  /// Both ends together: an unreadable one weighs more than a veiled one.
  init(_ source: Endpoint, _ destination: Endpoint) {
    if case .known(let from, let sourcePort) = source,
      case .known(let to, let destinationPort) = destination
    {
      self = .known(source: (from, sourcePort), destination: (to, destinationPort))
    } else {
      let problems = [source.anomaly, destination.anomaly]
      self = .wrong(problems.contains(.addressMalformed) ? .addressMalformed : .addressVeiled)
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

  /// Whether `range` is an IPv4 address in which letters or asterisks stand for one octet or more.
  func isVeiledAddress(_ range: Range<Int>) -> Bool {
    var labels = 1
    var length = 0
    var letters = 0
    var hidden = 0
    for at in range {
      let byte = byte(at)
      if byte == 0x2e {
        guard length > 0, letters == 0 || letters == length else { return false }
        labels += 1
        length = 0
        letters = 0
        continue
      }
      let isLetter = (byte | 0x20) &- 97 < 26 || byte == 0x2a
      guard isLetter || byte &- 48 < 10 else { return false }
      length += 1
      if isLetter {
        letters += 1
        hidden += 1
      }
      if length > 3 { return false }
    }
    return labels == 4 && length > 0 && (letters == 0 || letters == length) && hidden > 0
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
