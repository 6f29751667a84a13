internal import Observations

/// The fields of Firepower's own records (430001 to 430003) that are read:
/// `AccessControlRuleAction: Block, SrcIP: A, DstIP: B, SrcPort: p, DstPort: q, Protocol: tcp, …`.
///
/// Of each name the first counts: what a stranger says (a URL, a user agent) stands behind.
struct CiscoEvent {
  private var source = 0..<0
  private var destination = 0..<0
  private var sourcePort = 0..<0
  private var destinationPort = 0..<0
  private(set) var transport = Transport(rawValue: 0)
  private(set) var action = Action.unknown
  private var hasIngress = false
  private var hasEgress = false

  /// Reads all fields of the line.
  init(_ bytes: RawSpan, _ line: inout TextCursor) {
    while line.at < line.end {
      let comma = line.find(0x2c) ?? line.end
      let from = line.at
      if let colon = bytes.first(0x3a, in: from..<comma), bytes.byte(colon + 1) == 0x20 {
        take(bytes, from..<colon, min(colon + 2, comma)..<comma)
      }
      line.at = comma
      while line.take(0x2c) || line.take(0x20) {}
    }
  }

  private mutating func take(_ bytes: RawSpan, _ name: Range<Int>, _ value: Range<Int>) {
    switch bytes.word4(name.lowerBound) {
    case 0x4963_7253 where source.isEmpty && bytes.fills("SrcIP", name): source = value
    case 0x4974_7344 where destination.isEmpty && bytes.fills("DstIP", name):
      destination = value
    case 0x5063_7253 where sourcePort.isEmpty && bytes.fills("SrcPort", name): sourcePort = value
    case 0x5074_7344 where destinationPort.isEmpty && bytes.fills("DstPort", name):
      destinationPort = value
    case 0x746f_7250 where transport.rawValue == 0 && bytes.fills("Protocol", name):
      if bytes.fills("ipv6-icmp", value) {
        transport = .icmpv6
      } else {
        transport = Transport(bytes, value) ?? transport
      }
    default: takeDecision(bytes, name, value)
    }
  }

  private mutating func takeDecision(_ bytes: RawSpan, _ name: Range<Int>, _ value: Range<Int>) {
    if bytes.fills("IngressInterface", name) {
      hasIngress = true
    } else if bytes.fills("EgressInterface", name) {
      hasEgress = true
    } else if bytes.fills("InlineResult", name) {
      if action == .unknown { action = bytes.fills("Dropped", value) ? .blocked : .audited }
    } else if bytes.fills("AccessControlRuleAction", name), action == .unknown {
      switch bytes.word4(value.lowerBound) {
      case 0x636f_6c42, 0x6574_6e49: action = .blocked  // Block, Interactive Block
      case 0x6f6c_6c41, 0x7375_7254, 0x7473_6146: action = .allowed  // Allow, Trust, Fastpath
      default: break
      }
    }
  }

  /// Whether both interfaces are named.
  var isForwarded: Bool { hasIngress && hasEgress }

  /// The sender.
  func sender(_ bytes: RawSpan) -> CiscoEnd { end(bytes, source, sourcePort) }

  /// The receiver.
  func receiver(_ bytes: RawSpan) -> CiscoEnd { end(bytes, destination, destinationPort) }

  private func end(_ bytes: RawSpan, _ address: Range<Int>, _ port: Range<Int>) -> CiscoEnd {
    var end = CiscoEnd()
    guard !address.isEmpty else {
      end.problem = .addressMissing
      return end
    }
    var line = TextCursor(bytes, address)
    end = line.ciscoEnd(bytes, .plain)
    if let number = bytes.port(port) {
      end.port = number
      end.hasPort = true
    } else if !port.isEmpty {
      end.portProblem = .numberMalformed
    }
    return end
  }
}
