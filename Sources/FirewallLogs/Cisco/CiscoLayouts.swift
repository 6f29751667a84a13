internal import Observations

/// The wordings of messages that name both ends: see `CiscoMessage.Layout`.
extension CiscoASA {
  @inline(__always)
  func takeSourceDestination(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> Outcome {
    guard line.announce(bytes, CiscoMarker.source, &packet.transport) else {
      return .wrong(.addressMissing)
    }
    let source = line.ciscoEnd(bytes, .named)
    guard line.joinDestination(bytes) else { return .wrong(source.problem ?? .addressMissing) }
    let destination = line.ciscoEnd(bytes, .named)
    if let wrong = put(source, destination, &packet) { return .wrong(wrong) }
    takeMessage(bytes, &line, &packet)
    return .packet(source.portProblem ?? destination.portProblem)
  }

  /// Type and code, where it is ICMP.
  @inline(__always)
  private func takeMessage(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) {
    guard packet.transport == .icmp || packet.transport == .icmpv6 else { return }
    // Both are called `icmp`.
    if !packet.source.isIPv4, !packet.source.isVeiled { packet.transport = .icmpv6 }
    if let (type, code) = line.typeAndCode(bytes) { packet.setPorts(type, code) }
  }

  @inline(__always)
  func takeFromTo(
    _ bytes: RawSpan, _ line: inout TextCursor, _ message: CiscoMessage, _ marker: UInt32,
    _ forms: (CiscoEnd.Form, CiscoEnd.Form), _ packet: inout Observation
  ) -> Outcome {
    if let transport = message.transport { packet.transport = transport }
    guard line.announce(bytes, marker, &packet.transport) else { return .wrong(.addressMissing) }
    // `Deny IP spoof from (192.0.2.1) to …`.
    if bytes.byte(line.at) == 0x28 { _ = line.take(0x28) }
    let source = line.ciscoEnd(bytes, forms.0)
    guard line.joinTo(bytes) else { return .wrong(source.problem ?? .addressMissing) }
    let destination = line.ciscoEnd(bytes, forms.1)
    if let wrong = put(source, destination, &packet) { return .wrong(wrong) }
    if packet.transport == .tcp {
      if line.take(" flags ") || line.take(", flags: ") { packet.tcpFlags = line.ciscoFlags(bytes) }
    } else {
      packet.tcpFlags = []
      takeMessage(bytes, &line, &packet)
    }
    return .packet(source.portProblem ?? destination.portProblem)
  }

  /// `Dropped 3 DNS responses with mis-matched id in the past 10 second(s): from … to …`.
  func takeCounted(
    _ bytes: RawSpan, _ line: inout TextCursor, _ message: CiscoMessage,
    _ packet: inout Observation
  ) -> Outcome {
    guard line.take("Dropped "), let count = line.digits(1...9) else {
      return .wrong(.numberMalformed)
    }
    let outcome = takeFromTo(
      bytes, &line, message, CiscoMarker.from, (.named, .named), &packet)
    packet.setPackets(UInt32(count))
    return outcome
  }

  /// `IDS:3041 TCP SYN+FIN flags from A to B on interface outside`. The first number is the
  /// signature's: 2000 to 2999 are of ICMP, 3000 of TCP, 4000 of UDP, others of anything.
  func takeSignature(
    _ bytes: RawSpan, _ line: inout TextCursor, _ message: CiscoMessage,
    _ packet: inout Observation
  ) -> Outcome {
    var signature = 0
    if let colon = line.find(0x3a) {
      line.at = colon + 1
      while line.take(0x20) {}
      signature = line.digits(4...4) ?? 0
    }
    switch signature / 1_000 {
    case 2: packet.transport = .icmp
    case 3: packet.transport = .tcp
    case 4: packet.transport = .udp
    default: break
    }
    let outcome = takeFromTo(
      bytes, &line, message, CiscoMarker.from, (.plain, .plain), &packet)
    if signature == 3_041 { packet.tcpFlags = [.syn, .fin] }
    if signature == 3_042 { packet.tcpFlags = .fin }
    return outcome
  }

  /// `access-list X denied tcp outside/A(p)(user) -> inside/B(q) hit-cnt n first hit [0x, 0x]`.
  ///
  /// Of ICMP the numbers in brackets are type and code.
  @inline(__always)
  func takeAccessList(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> Outcome {
    // The list's name may hold anything but blanks.
    line.skipToken()
    line.skipToken()
    switch bytes.word4(line.at) {
    case 0x696e_6564: packet.action = .blocked  // denied
    case 0x6d72_6570, 0x2d74_7365: packet.action = .allowed  // permitted, est-allowed
    default: break
    }
    line.skipToken()
    if let transport = Transport(cisco: bytes, line.at, bytes.word4(line.at)) {
      packet.transport = transport
    } else if let number = line.digits(1...3), number < 255 {
      packet.transport = Transport(rawValue: UInt8(number))
    }
    line.skipToken()
    if bytes.word4(line.at) == CiscoMarker.for { skipUser(bytes, &line) }
    let source = line.ciscoEnd(bytes, .slashed)
    guard line.join(bytes, 0x203e_2d20, 4) else {
      return .wrong(source.problem ?? .addressMissing)
    }
    let destination = line.ciscoEnd(bytes, .slashed)
    if let wrong = put(source, destination, &packet) { return .wrong(wrong) }
    var problem = source.portProblem ?? destination.portProblem
    if packet.transport == .icmp || packet.transport == .icmpv6 {
      if !packet.source.isIPv4, !packet.source.isVeiled { packet.transport = .icmpv6 }
      if source.hasPort, destination.hasPort, source.port < 256, destination.port < 256 {
        packet.setPorts(source.port, destination.port)
      }
    }
    // ` hit-cnt 2 300-second interval`.
    guard line.join(bytes, 0x7469_6820, 9) else { return .packet(.lineCut) }
    let count = bytes.number(line.at)
    if count.isSpoiled || count.value == 0 {
      problem = .numberMalformed
    } else {
      packet.setPackets(count.value)
    }
    return .packet(problem)
  }

  /// Skips `for user U ` (106102, 106103).
  @inline(never)
  private func skipUser(_ bytes: RawSpan, _ line: inout TextCursor) {
    if line.take("for user ") {
      // The name may hold blanks: the end is the last word before the arrow.
      guard line.find(0x3e) != nil else { return }
      var from = line.at
      while line.at < line.end, bytes.word4(line.at) != 0x203e_2d20 {
        if line.next == 0x20 { from = line.at + 1 }
        line.at += 1
      }
      line.at = from
    }
  }
}
