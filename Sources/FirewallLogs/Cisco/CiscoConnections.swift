internal import Observations

/// Messages about connections and translations: see `CiscoMessage.Layout`.
extension CiscoASA {
  /// `Built outbound TCP connection 7 for outside:A/p (C/r) to inside:B/q (D/s) (user)`.
  ///
  /// Who opened it stands first where it is inbound, last where it is outbound.
  @inline(__always)
  func takeBuilt(
    _ bytes: RawSpan, _ line: inout TextCursor, _ message: CiscoMessage,
    _ packet: inout Observation, _ log: inout LogState
  ) -> Outcome {
    let isOutbound: Bool
    switch bytes.word8(line.at) {
    case 0x6e69_2074_6c69_7542: isOutbound = false  // Built in
    case 0x756f_2074_6c69_7542: isOutbound = true  // Built ou
    default: return .other
    }
    packet.transport = message.transport ?? packet.transport
    // Behind `connection `, as it is usually worded.
    line.at = min(line.at &+ (isOutbound ? 30 : 29), line.end)
    guard line.announce(bytes, CiscoMarker.for, &packet.transport) else {
      return .wrong(.addressMissing)
    }
    let first = line.ciscoEnd(bytes, .named)
    if bytes.word4(line.at) & 0xffff == 0x2820, let close = line.find(0x29) { line.at = close &+ 1 }
    guard line.joinTo(bytes) else { return .wrong(first.problem ?? .addressMissing) }
    let second = line.ciscoEnd(bytes, .named)
    let wrong =
      isOutbound ? put(second, first, &packet) : put(first, second, &packet)
    if let wrong { return .wrong(wrong) }
    // Inbound is what comes from an interface of a lower security level.
    if packet.path == .forwarded { packet.path = isOutbound ? .leaving : .entering }
    if bytes.word4(line.at) & 0xffff == 0x2820, let outside = bytes.dottedQuad(line.at &+ 2) {
      let mapped = Address(ipv4: outside.value)
      let inside = isOutbound ? packet.source : packet.destination
      if mapped != inside, !inside.isVeiled {
        log.translations.note(inside: inside, outside: mapped, time: packet.time)
      }
    }
    return .packet(first.portProblem ?? second.portProblem)
  }

  /// `Built inbound ICMP connection for faddr A/n gaddr C/n laddr B/n type 8 code 0`. Older ones do
  /// not say which way.
  func takeBuiltICMP(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation,
    _ log: inout LogState
  ) -> Outcome {
    let isOutbound = line.take("Built outbound ")
    guard isOutbound || line.take("Built inbound ") else { return .other }
    guard line.announce(bytes, CiscoMarker.foreign, &packet.transport) else {
      return .wrong(.addressMissing)
    }
    let foreign = line.ciscoEnd(bytes, .plain)
    guard line.join(bytes, 0x6461_6720, 7) else { return .wrong(.addressMissing) }
    let global = line.ciscoEnd(bytes, .plain)
    guard line.join(bytes, 0x6461_6c20, 7) else { return .wrong(.addressMissing) }
    let local = line.ciscoEnd(bytes, .plain)
    let wrong = isOutbound ? put(local, foreign, &packet) : put(foreign, local, &packet)
    if let wrong { return .wrong(wrong) }
    if !packet.source.isIPv4, !packet.source.isVeiled { packet.transport = .icmpv6 }
    if global.problem == nil, let inside = resolve(local), !inside.isVeiled,
      !global.address.isVeiled
    {
      log.translations.note(inside: inside, outside: global.address, time: packet.time)
    }
    guard line.join(bytes, 0x7079_7420, 6) else { return .packet(nil) }
    guard let type = line.digits(1...3), type < 256, line.take(" code "),
      let code = line.digits(1...3), code < 256
    else { return .packet(.numberMalformed) }
    packet.setPorts(UInt16(type), UInt16(code))
    return .packet(nil)
  }

  /// `Denied ICMP type=3, code=1 from A on interface outside`: to the firewall itself, which the
  /// line does not name; with ` to B` behind it (313004) to another, and without a code.
  func takeDeniedICMP(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> Outcome {
    packet.transport = line.take("Denied ICMPv6 ") ? .icmpv6 : .icmp
    _ = line.take("Denied ICMP ")
    var type: Int?
    var code: Int?
    if line.take("type=") { type = line.digits(1...3) }
    if line.take(", code=") { code = line.digits(1...3) }
    guard line.announce(bytes, CiscoMarker.from, &packet.transport) else {
      return .wrong(.addressMissing)
    }
    _ = line.take("laddr ")
    let source = line.ciscoEnd(bytes, .plain)
    var destination = CiscoEnd()
    if line.joinTo(bytes) {
      destination = line.ciscoEnd(bytes, .plain)
    } else {
      packet.path = .inbound
    }
    if let wrong = put(source, destination, &packet) { return .wrong(wrong) }
    guard let type, type < 256, code ?? 0 < 256 else { return .packet(.numberMalformed) }
    if let code { packet.setPorts(UInt16(type), UInt16(code)) }
    return .packet(nil)
  }

  /// `No matching connection for ICMP error message: icmp src outside:A dst inside:B (type 3, code 3)
  /// on outside interface.  Original IP payload: udp src B/p dst A/q.`
  func takeErrorICMP(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> Outcome {
    if let colon = line.find(0x3a) {
      line.at = colon + 1
      while line.take(0x20) {}
    }
    let outcome = takeSourceDestination(bytes, &line, &packet)
    guard case .packet = outcome, packet.marks.contains(.ports) else { return outcome }
    let isError =
      packet.transport == .icmp
      ? [3, 4, 5, 11, 12].contains(packet.sourcePort) : (1...4).contains(packet.sourcePort)
    var other = Transport(rawValue: 255)
    guard isError, line.announce(bytes, CiscoMarker.payload, &other) else { return outcome }
    other = Transport(rawValue: 0)
    guard line.announce(bytes, CiscoMarker.source, &other) else { return outcome }
    let source = line.ciscoEnd(bytes, .plain)
    guard line.joinDestination(bytes) else { return outcome }
    let destination = line.ciscoEnd(bytes, .plain)
    guard source.hasPort, destination.hasPort, let sender = resolve(source) else { return outcome }
    packet.marks.insert(.quoted)
    if sender == packet.destination { packet.marks.insert(.quoteMatches) }
    packet.detail = UInt32(source.port) << 16 | UInt32(destination.port)
    return outcome
  }

  /// `Built dynamic TCP translation from inside:A/p to outside:B/q`; torn down, the two stood for
  /// each other until now.
  func takeTranslation(
    _ bytes: RawSpan, _ line: inout TextCursor, _ isBuilt: Bool, _ time: Int64,
    _ log: inout LogState
  ) -> Outcome {
    var transport = Transport(rawValue: 0)
    guard line.announce(bytes, CiscoMarker.from, &transport) else { return .other }
    let inside = line.ciscoEnd(bytes, .named)
    guard line.joinTo(bytes) else { return .other }
    let outside = line.ciscoEnd(bytes, .named)
    guard let real = resolve(inside), let mapped = resolve(outside), !real.isVeiled,
      !mapped.isVeiled
    else { return .other }
    if isBuilt {
      log.translations.note(inside: real, outside: mapped, time: time)
    } else {
      log.translations.noteEnd(inside: real, outside: mapped, time: time)
    }
    return .other
  }

  /// `Shunned packet: A ==> B on interface outside`.
  func takeShunned(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> Outcome {
    guard line.take("Shunned packet: ") else { return .wrong(.addressMissing) }
    let source = line.ciscoEnd(bytes, .plain)
    guard line.take(" ==> ") || line.take(" = ") else { return .wrong(.addressMissing) }
    let destination = line.ciscoEnd(bytes, .plain)
    return put(source, destination, &packet).map { .wrong($0) } ?? .packet(nil)
  }

  /// `Invalid IP fragment, size = 1 exceeds maximum size = 2: src = A, dest = B, proto = udp, id = 9`.
  func takeFragment(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> Outcome {
    var none = Transport(rawValue: 255)
    guard line.announce(bytes, CiscoMarker.source, &none), line.take("= ") else {
      return .wrong(.addressMissing)
    }
    let source = line.ciscoEnd(bytes, .plain)
    guard line.take(", dest = ") || line.take(", dst = ") else { return .wrong(.addressMissing) }
    let destination = line.ciscoEnd(bytes, .plain)
    if line.take(", proto = ") {
      packet.transport =
        Transport(cisco: bytes, line.at, bytes.word4(line.at))
        ?? line.digits(1...3).flatMap { UInt8(exactly: $0) }.map { Transport(rawValue: $0) }
        ?? packet.transport
      line.skipToken()
      if line.take("id = "), let id = line.digits(1...5), let id = UInt16(exactly: id) {
        packet.identification = id
        packet.marks.insert(.identification)
      }
    }
    return put(source, destination, &packet).map { .wrong($0) } ?? .packet(nil)
  }

  /// Firepower's own record of a connection's beginning (430002) or end (430003), or of an intrusion
  /// (430001): see `CiscoEvent`. A connection is one observation, whatever its packets.
  func takeEvent(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> Outcome {
    let event = CiscoEvent(bytes, &line)
    let source = event.sender(bytes)
    let destination = event.receiver(bytes)
    packet.transport = event.transport
    packet.action = event.action
    if event.isForwarded { packet.path = .forwarded }
    return put(source, destination, &packet).map { .wrong($0) }
      ?? .packet(source.portProblem ?? destination.portProblem)
  }
}
