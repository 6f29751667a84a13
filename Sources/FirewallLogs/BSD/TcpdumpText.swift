internal import Observations

/// One packet in the words of tcpdump: of OpenBSD's, of versions up to 3.8, and of today's.
enum TcpdumpText {
  enum Reading {
    /// No IP packet.
    case nothing
    case wrong(Anomaly)
    case read(Anomaly?)
    /// The header alone: the packet's ends stand on the next line.
    case headed(TcpdumpHeader)
  }

  /// The most words of a line that are looked at for TCP's.
  private static let mostWords = 12

  /// Reads `[uid U, pid P] (tos …, length 60) S.p > D.q: …`.
  ///
  /// - Parameters:
  ///   - bytes: the window.
  ///   - line: behind the interface.
  ///   - packet: takes what is read.
  ///   - isOut: whether the packet went out, so that a user named is its sender's.
  /// - Returns: what became of it.
  static func read(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation, isOut: Bool
  ) -> Reading {
    let bracket = line.at
    if line.take("[uid "), let user = line.digits(1...9), isOut {
      packet.marks.insert(.userID)
      packet.detail = UInt32(user)
    }
    line.at = bracket
    line.skipBrackets()
    _ = line.take("IP6 ") || line.take("IP ")
    var header = TcpdumpHeader()
    header.takeFront(bytes, &line)
    if header.transport != nil, line.at >= line.end { return .headed(header) }
    header.takeEnd(bytes, line.at..<line.end)
    return readEnds(bytes, &line, header, &packet)
  }

  /// Reads `S.p > D.q: …`.
  ///
  /// - Parameters:
  ///   - bytes: the window.
  ///   - line: at the first end.
  ///   - header: what stood before it.
  ///   - packet: takes what is read.
  /// - Returns: what became of it.
  static func readEnds(
    _ bytes: RawSpan, _ line: inout TextCursor, _ header: TcpdumpHeader,
    _ packet: inout Observation
  ) -> Reading {
    _ = line.take("ip6 ")
    if line.take("arp ") || line.take("ARP") { return .nothing }
    let source = line.token()
    guard line.take("> ") else { return .wrong(.lineCut) }
    let destination = line.token()
    let ends = TcpdumpEnds(bytes, source, destination)
    packet.transport = header.transport ?? transport(bytes, line, ends)
    if let problem = packet.takeEnds(ends.source, ends.destination) { return .wrong(problem) }
    header.apply(to: &packet)
    if line.at >= line.end, header.transport == nil { return .read(.lineCut) }
    switch packet.transport {
    case .tcp: packet.tcpFlags = flags(bytes, line)
    case .icmp, .icmpv6: takeICMP(bytes, line, &packet)
    default: break
    }
    packet.takeFragment(at: header.offset, hasMore: header.hasMore)
    return .read(nil)
  }

  /// What the words behind the ends say.
  private static func transport(
    _ bytes: RawSpan, _ line: borrowing TextCursor, _ ends: TcpdumpEnds
  ) -> Transport {
    let rest = line.at..<line.end
    if bytes.has("icmp6", at: line.at) || bytes.has("ICMP6", at: line.at) { return .icmpv6 }
    if bytes.has("icmp", at: line.at) || bytes.has("ICMP", at: line.at) { return .icmp }
    if bytes.has("igmp", at: line.at) { return .igmp }
    guard ends.havePorts, !rest.isEmpty else { return Transport(rawValue: 0) }
    if bytes.has("sctp", at: line.at) { return Transport(rawValue: 132) }
    if bytes.has("DCCP", at: line.at) { return Transport(rawValue: 33) }
    if bytes.has("Flags [", at: line.at) { return .tcp }
    let blank = bytes.first(0x20, in: rest) ?? line.end
    let word = line.at..<blank
    let isFlags = (1...6).contains(word.count) && word.allSatisfy { isFlag(bytes.byte($0)) }
    return isFlags ? .tcp : .udp
  }

  private static func isFlag(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "S"), UInt8(ascii: "F"), UInt8(ascii: "R"), UInt8(ascii: "P"),
      UInt8(ascii: "W"), UInt8(ascii: "E"), UInt8(ascii: "U"), 0x2e:
      true
    default: false
    }
  }

  /// `Flags [S.],` or, of old, `S 1:1(0) ack 2 win 3`, where a point stands for none.
  private static func flags(_ bytes: RawSpan, _ line: borrowing TextCursor) -> TCPFlags {
    var words = TextCursor(bytes, line.at..<line.end)
    if words.take("Flags [") {
      let close = words.find(0x5d) ?? words.end
      return TCPFlags(pf: bytes, words.at..<min(close, words.at + 9))
    }
    let first = words.token()
    guard first.count <= 6, first.allSatisfy({ isFlag(bytes.byte($0)) }) else {
      return TCPFlags(rawValue: 0)
    }
    var flags = TCPFlags(pf: bytes, first)
    flags.remove(.ack)
    for _ in 0..<mostWords {
      words.skipBrackets()
      let word = words.token()
      if bytes.fills("ack", word) { flags.insert(.ack) }
      if bytes.fills("urg", word) { flags.insert(.urg) }
    }
    return flags
  }

  private static let messages: [(word: StaticString, type: UInt16, code: UInt16?)] = [
    ("echo request", 8, 0), ("echo reply", 0, 0), ("time exceeded in-transit", 11, 0),
    ("ip reassembly time exceeded", 11, 1), ("source quench", 4, 0), ("redirect", 5, nil),
    ("parameter problem", 12, nil), ("router advertisement", 9, 0), ("router solicitation", 10, 0),
    ("time stamp query", 13, 0), ("time stamp reply", 14, 0), ("address mask request", 17, 0),
  ]
  private static let messages6: [(word: StaticString, type: UInt16, code: UInt16?)] = [
    ("echo request", 128, 0), ("echo reply", 129, 0), ("neighbor sol", 135, 0),
    ("neighbor adv", 136, 0), ("router solicitation", 133, 0), ("router advertisement", 134, 0),
    ("multicast listener report v2", 143, 0), ("multicast listener query", 130, 0),
    ("multicast listener report", 131, 0), ("multicast listener done", 132, 0),
    ("time exceeded", 3, nil), ("parameter problem", 4, nil), ("packet too big", 2, 0),
  ]

  /// `icmp: echo request`, `ICMP 192.0.2.1 udp port 137 unreachable, length 36`.
  private static func takeICMP(
    _ bytes: RawSpan, _ line: borrowing TextCursor, _ packet: inout Observation
  ) {
    var words = TextCursor(bytes, line.at..<line.end)
    _ = words.take("icmp6") || words.take("ICMP6") || words.take("icmp") || words.take("ICMP")
    while words.take(0x3a) || words.take(0x2c) || words.take(0x20) {}
    let table = packet.transport == .icmp ? messages : messages6
    for (word, type, code) in table where bytes.has(word, at: words.at) {
      return packet.takeICMP(type, code: code)
    }
    guard let end = bytes.place(of: "unreachable", in: words.at..<words.end) else { return }
    let what = words.at..<end
    if packet.transport == .icmpv6 {
      let isPort = bytes.place(of: " port ", in: what) != nil
      return packet.takeICMP(1, code: isPort ? 4 : nil)
    }
    packet.takeICMP(3, code: unreachable(bytes, what, end..<words.end))
  }

  /// The code of an ICMP message that something could not be reached (RFC 792, RFC 1812).
  private static func unreachable(
    _ bytes: RawSpan, _ what: Range<Int>, _ behind: Range<Int>
  ) -> UInt16? {
    let isProhibited = bytes.place(of: "prohibit", in: behind) != nil
    if bytes.place(of: "need to frag", in: behind) != nil { return 4 }
    if bytes.place(of: " port ", in: what) != nil, !isProhibited { return 3 }
    if bytes.place(of: " protocol ", in: what) != nil, !isProhibited { return 2 }
    if bytes.has("host ", at: what.lowerBound) { return isProhibited ? 10 : 1 }
    if bytes.has("net ", at: what.lowerBound) { return isProhibited ? 9 : 0 }
    return isProhibited ? 13 : nil
  }
}

/// Both ends of a packet; behind the second stands a colon.
private struct TcpdumpEnds {
  let source: Endpoint
  let destination: Endpoint
  let havePorts: Bool

  init(_ bytes: RawSpan, _ first: Range<Int>, _ second: Range<Int>) {
    var second = second
    if bytes.byte(second.upperBound - 1) == 0x3a, !second.isEmpty {
      second = second.lowerBound..<second.upperBound - 1
    }
    source = Endpoint(bytes, first, portBehind: 0x2e)
    destination = Endpoint(bytes, second, portBehind: 0x2e)
    havePorts = source.hasTail(bytes, first) && destination.hasTail(bytes, second)
  }
}

extension Endpoint {
  /// Whether a port or the name of a service stands behind the address.
  fileprivate func hasTail(_ bytes: RawSpan, _ range: Range<Int>) -> Bool {
    switch self {
    case .unreadable: false
    case .known(_, .some), .veiled(_, .some): true
    case .known(_, .none): bytes.wholeAddress(Endpoint.unscoped(bytes, range)) == nil
    case .veiled(_, .none): false
    }
  }
}

/// What `-v` adds of the IP header: `(tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto TCP (6),
/// length 60)` in front, or `(ttl 64, id 1, len 60)` and `(frag 1:1480@0+)` at the end.
struct TcpdumpHeader {
  var transport: Transport?
  var timeToLive: Int?
  var identification: Int?
  var length: Int?
  var offset = 0
  var hasMore = false
  private static let headerIPv6 = 40

  /// Takes the parentheses in front.
  mutating func takeFront(_ bytes: RawSpan, _ line: inout TextCursor) {
    guard line.next == 0x28 else { return }
    // The protocol's number stands in parentheses of its own.
    var close = bytes.first(0x29, in: line.at..<line.end) ?? line.end
    if let more = bytes.first(0x29, in: min(close + 1, line.end)..<line.end),
      bytes.first(0x28, in: line.at + 1..<close) != nil
    {
      close = more
    }
    let inside = line.at + 1..<max(close, line.at + 1)
    timeToLive = number("ttl ", bytes, inside) ?? number("hlim ", bytes, inside)
    identification = number(" id ", bytes, inside)
    offset = number("offset ", bytes, inside) ?? 0
    if let payload = number("payload length: ", bytes, inside) {
      length = payload + TcpdumpHeader.headerIPv6
    } else {
      length = number(", length ", bytes, inside)
    }
    if let flags = bytes.place(of: "flags [", in: inside) {
      hasMore = bytes.byte(flags + 7) == 0x2b
    }
    let name = bytes.place(of: "proto ", in: inside) ?? bytes.place(of: "next-header ", in: inside)
    if let name, let open = bytes.first(0x28, in: name..<inside.upperBound),
      let number = TcpdumpHeader.digits(bytes, open + 1..<inside.upperBound), number < 255
    {
      transport = Transport(rawValue: UInt8(number))
    }
    line.at = min(close + 1, line.end)
    while line.take(0x20) {}
  }

  /// Takes the parentheses at the end.
  mutating func takeEnd(_ bytes: RawSpan, _ range: Range<Int>) {
    var end = range.upperBound
    for _ in 0..<3 {
      guard end > range.lowerBound, bytes.byte(end - 1) == 0x29 || bytes.byte(end - 1) == 0x5d,
        let open = bytes.last(
          bytes.byte(end - 1) == 0x29 ? 0x28 : 0x5b,
          in: max(range.lowerBound, end - 80)..<end)
      else { return }
      let inside = open + 1..<end - 1
      if bytes.has("ttl ", at: inside.lowerBound) || bytes.has("hlim ", at: inside.lowerBound) {
        timeToLive = number("ttl ", bytes, inside) ?? number("hlim ", bytes, inside)
        identification = number(" id ", bytes, inside)
        length = number(" len ", bytes, inside)
      } else if bytes.has("frag ", at: inside.lowerBound) {
        var line = TextCursor(bytes, inside.lowerBound + 5..<end)
        if let fragment = line.fragment() {
          identification = fragment.identification
          offset = fragment.offset
          hasMore = fragment.hasMore
        }
      }
      end = open
      while end > range.lowerBound, bytes.byte(end - 1) == 0x20 { end -= 1 }
    }
  }

  /// States what was read.
  func apply(to packet: inout Observation) {
    if let timeToLive, timeToLive <= 255 { packet.timeToLive = UInt8(timeToLive) }
    if let length, length <= 0xffff { packet.length = UInt32(length) }
    packet.takeIdentification(identification)
  }

  /// The number behind `name`.
  private func number(_ name: StaticString, _ bytes: RawSpan, _ range: Range<Int>) -> Int? {
    guard let at = bytes.place(of: name, in: range) else { return nil }
    return TcpdumpHeader.digits(bytes, at + name.utf8CodeUnitCount..<range.upperBound)
  }

  private static func digits(_ bytes: RawSpan, _ range: Range<Int>) -> Int? {
    guard range.lowerBound <= range.upperBound else { return nil }
    var line = TextCursor(bytes, range)
    return line.digits(1...9)
  }
}
