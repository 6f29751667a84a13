internal import Observations

/// Messages of Cisco's firewalls (PIX, FWSM, ASA, Firepower Threat Defense):
/// `%ASA-6-106100: access-list …`, behind whatever stamps and names stand before the `%`.
///
/// The number says what a message tells of: see `CiscoMessage`. Of a connection the line that it
/// was built is the observation, not the one that it was torn down, which does not say who opened
/// it; a log that begins in the middle so lacks the connections that were open. In `Built outbound`
/// the initiator stands last. A packet that is reported under two numbers counts once. Of the first
/// interval of a rule's hits (106100) it is not sure whether it counts the first hit again.
///
/// Addresses are the real ones; those they were translated to are noted. Where `name` commands put
/// words in the place of addresses, those met in the log itself are undone; others cannot be.
/// Source: "Cisco Secure Firewall ASA Series Syslog Messages".
struct CiscoASA: LineFormat {
  static var name: String { "cisco-asa" }
  private var front = CiscoFront()
  private var echoes = CiscoEchoes()
  private var names = CiscoNames()

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    guard let head = CiscoHead(bytes, range) else {
      return names.takeCommand(bytes, range) ? .other : .foreign
    }
    guard front.read(bytes, range, head.percent, &log) else { return .foreign }
    guard let message = CiscoMessage(head.number) else { return .other }
    var packet = Observation()
    packet.action = message.action
    packet.path = message.path
    packet.tcpFlags = message.flags
    packet.time = front.stamp.time
    var line = TextCursor(bytes, head.text..<max(head.text, range.upperBound))
    var problem: Anomaly?
    switch take(bytes, &line, message, &packet, &log) {
    case .other: return .other
    case .lost: return .lost
    case .wrong(let anomaly): return .wrong(anomaly)
    case .packet(let anomaly): problem = anomaly
    }
    if message.mayEcho, packet.action != .blocked || message.action == .blocked,
      packet.packets == 1, echoes.isEcho(packet, head.number)
    {
      return .other
    }
    if front.stamp.quality != .good { problem = packet.take(front.stamp) ?? problem }
    if front.repeats > 1 || CiscoASA.endsInTimes(bytes, line.end) {
      repeatPacket(bytes, range, &packet)
    }
    return .packet(packet, problem)
  }

  /// What came of a message.
  enum Outcome {
    case packet(Anomaly?)
    case wrong(Anomaly)
    case other
    case lost
  }

  @inline(__always)
  private mutating func take(
    _ bytes: RawSpan, _ line: inout TextCursor, _ message: CiscoMessage,
    _ packet: inout Observation, _ log: inout LogState
  ) -> Outcome {
    switch message.layout {
    case .sourceDestination: takeSourceDestination(bytes, &line, &packet)
    case .accessList: takeAccessList(bytes, &line, &packet)
    case .built: takeBuilt(bytes, &line, message, &packet, &log)
    case .fromToDevice:
      takeFromTo(bytes, &line, message, CiscoMarker.from, (.plain, .named), &packet)
    default: takeSeldom(bytes, &line, message, &packet, &log)
    }
  }

  @inline(never)
  private mutating func takeSeldom(
    _ bytes: RawSpan, _ line: inout TextCursor, _ message: CiscoMessage,
    _ packet: inout Observation, _ log: inout LogState
  ) -> Outcome {
    switch message.layout {
    case .fromTo: takeFromTo(bytes, &line, message, CiscoMarker.from, (.plain, .plain), &packet)
    case .fromToNamed:
      takeFromTo(bytes, &line, message, CiscoMarker.from, (.named, .named), &packet)
    case .packetToNamed:
      takeFromTo(bytes, &line, message, CiscoMarker.packet, (.named, .named), &packet)
    case .forToNamed: takeFromTo(bytes, &line, message, CiscoMarker.for, (.named, .named), &packet)
    case .counted: takeCounted(bytes, &line, message, &packet)
    case .signature: takeSignature(bytes, &line, message, &packet)
    case .builtICMP: takeBuiltICMP(bytes, &line, &packet, &log)
    case .deniedICMP: takeDeniedICMP(bytes, &line, &packet)
    case .errorICMP: takeErrorICMP(bytes, &line, &packet)
    case .translationBuilt, .translationEnded:
      takeTranslation(bytes, &line, message.layout == .translationBuilt, packet.time, &log)
    case .shunned: takeShunned(bytes, &line, &packet)
    case .fragment: takeFragment(bytes, &line, &packet)
    case .connectionEvent: takeEvent(bytes, &line, &packet)
    case .command: names.takeQuoted(bytes, &line)
    case .lost: .lost
    case .sourceDestination, .accessList, .built, .fromToDevice: .other
    }
  }

  /// Puts both ends into the packet; what is wrong where one cannot be read.
  @inline(__always)
  func put(
    _ source: CiscoEnd, _ destination: CiscoEnd, _ packet: inout Observation
  ) -> Anomaly? {
    packet.source = source.address
    packet.destination = destination.address
    if source.problem != nil || destination.problem != nil {
      guard let from = resolve(source), let to = resolve(destination) else {
        return source.problem ?? destination.problem
      }
      packet.source = from
      packet.destination = to
    }
    if packet.path == .unknown, source.hasInterface, destination.hasInterface {
      if destination.isDevice {
        packet.path = .inbound
      } else if source.isDevice {
        packet.path = .outbound
      } else if source.isOutside != destination.isOutside {
        packet.path = source.isOutside ? .entering : .leaving
      } else {
        packet.path = .forwarded
      }
    }
    guard packet.transport.hasPorts else { return nil }
    if source.hasPort, destination.hasPort {
      packet.setPorts(source.port, destination.port)
    } else if destination.hasPort {
      packet.destinationPort = destination.port
    }
    return nil
  }

  /// The address of an end, or that which its name stands for.
  @inline(never)
  func resolve(_ end: CiscoEnd) -> Address? {
    end.problem == nil ? end.address : names.address(end.name)
  }

  /// Whether the line ends in ` times)`.
  @inline(__always)
  private static func endsInTimes(_ bytes: RawSpan, _ end: Int) -> Bool {
    bytes.word8(end &- 8) >> 8 == 0x0029_7365_6d69_7420
  }

  /// `message repeated 3 times: [ … ]` before the message, or `(message repeated 3 times)` behind.
  @inline(never)
  private func repeatPacket(
    _ bytes: RawSpan, _ range: Range<Int>, _ packet: inout Observation
  ) {
    var times = UInt64(front.repeats)
    let tail = max(range.lowerBound, range.upperBound - 36)..<range.upperBound
    if let open = bytes.last(0x28, in: tail) {
      var line = TextCursor(bytes, open + 1..<range.upperBound)
      if line.take("Message repeated ") || line.take("message repeated "),
        let stated = line.digits(1...6), stated > 0
      {
        times = UInt64(stated)
      }
    }
    packet.setPackets(UInt32(clamping: UInt64(packet.packets) * times))
  }
}

/// Where a message's number and text stand in a line.
struct CiscoHead {
  var percent: Int
  var number: UInt32
  var text: Int

  /// Nil where the line has no message of a firewall of Cisco's.
  @inline(__always)
  init?(_ bytes: RawSpan, _ range: Range<Int>) {
    var from = range.lowerBound
    while let percent = bytes.first(0x25, in: from..<range.upperBound) {
      var at = percent &+ 5
      switch bytes.word4(percent &+ 1) {
      case 0x2d41_5341, 0x2d58_4950, 0x2d44_5446: break  // ASA-, PIX-, FTD-
      case 0x4d53_5746 where bytes.byte(at) == 0x2d: at &+= 1  // FWSM-
      default: at = range.upperBound
      }
      if at < range.upperBound {
        // A class of messages may stand before the severity: `%ASA-session-6-302013`.
        if bytes.byte(at &+ 1) != 0x2d { at = CiscoHead.behindClass(bytes, at, range.upperBound) }
        let word = bytes.word8(at &+ 2)
        if bytes.byte(at) &- 48 < 8, bytes.byte(at &+ 1) == 0x2d, Digits.leading(word) == 6,
          UInt8(truncatingIfNeeded: word >> 48) == 0x3a, at &+ 9 <= range.upperBound
        {
          self.percent = percent
          number = Digits.value(word, 6)
          text = at &+ 9
          if bytes.byte(text) == 0x20, text < range.upperBound { text &+= 1 }
          return
        }
      }
      from = percent &+ 1
    }
    return nil
  }

  /// Where the severity stands behind the name of a class.
  @inline(never)
  private static func behindClass(_ bytes: RawSpan, _ from: Int, _ end: Int) -> Int {
    var at = from
    while at < end, at - from < 24, bytes.byte(at) != 0x2d, bytes.byte(at) > 0x20 { at += 1 }
    return at + 1
  }
}

/// Which addresses words stand for, as `name 192.0.2.1 word` says. Bounded.
struct CiscoNames {
  private static let most = 1_024
  private var addresses: [UInt64: Address] = [:]

  /// What a word stands for, by its hash.
  func address(_ name: UInt64) -> Address? { addresses[name] }

  /// Reads a line of a configuration that is a `name` command; false for any other.
  @inline(__always)
  mutating func takeCommand(_ bytes: RawSpan, _ range: Range<Int>) -> Bool {
    guard bytes.word4(range.lowerBound) == 0x656d_616e else { return false }
    var line = TextCursor(bytes, range)
    return take(bytes, &line)
  }

  /// Reads `… 'name 192.0.2.1 word' …`.
  mutating func takeQuoted(_ bytes: RawSpan, _ line: inout TextCursor) -> CiscoASA.Outcome {
    while let quote = bytes.first(0x27, in: line.at..<max(line.at, line.end)) {
      line.at = quote + 1
      if bytes.word4(line.at) == 0x656d_616e { _ = take(bytes, &line) }
    }
    return .other
  }

  @inline(never)
  private mutating func take(_ bytes: RawSpan, _ line: inout TextCursor) -> Bool {
    guard line.take("name "), let quad = bytes.dottedQuad(line.at), bytes.byte(quad.end) == 0x20
    else { return false }
    line.at = quad.end + 1
    let from = line.at
    while line.at < line.end, line.next > 0x20, line.next != 0x27 { line.at += 1 }
    let word = from..<line.at
    guard (1...63).contains(word.count),
      line.at == line.end || line.next == 0x20 || line.next == 0x27
    else { return false }
    let hash = NameHash(bytes, word).value
    if addresses.count < CiscoNames.most || addresses[hash] != nil {
      addresses[hash] = Address(ipv4: quad.value)
    }
    return true
  }
}
