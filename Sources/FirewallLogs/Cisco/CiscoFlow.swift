internal import Observations

/// A flow as NX-OS logs it: `Src IP: A, Dst IP: B, Src Port: p, Dst Port: q, Src Intf: Ethernet1/1,
/// Protocol: "TCP"(6), ACL Name: X, ACE Action: Deny, Appl Intf: Vlan10, Hit-count: 5`; older ones
/// write the words out (`Source IP`) and `Hit-count = 5`.
struct CiscoFlow {
  private var source: Endpoint?
  private var destination: Endpoint?
  private var ports: (source: UInt16?, destination: UInt16?) = (nil, nil)

  /// Reads the flow into `packet`.
  static func take(
    _ bytes: RawSpan, _ line: inout TextCursor, _ packet: inout Observation
  ) -> CiscoASA.Outcome {
    var flow = CiscoFlow()
    var problem: Anomaly?
    while line.at < line.end {
      let comma = line.find(0x2c) ?? line.end
      if let mark = flow.mark(bytes, line.at..<comma) {
        let name = line.at..<mark
        var value = TextCursor(bytes, mark + 1..<comma)
        while value.take(0x3d) || value.take(0x20) {}
        if !flow.takeField(bytes, name, &value, &packet) { problem = .numberMalformed }
      }
      line.at = comma
      while line.take(0x2c) || line.take(0x20) {}
    }
    guard let source = flow.source, let destination = flow.destination else {
      return .wrong(.addressMissing)
    }
    switch EndpointPair(source, destination) {
    case .wrong(let anomaly): return .wrong(anomaly)
    case .known(let from, let to):
      packet.source = from.0
      packet.destination = to.0
      if packet.transport.hasPorts, let first = flow.ports.source,
        let second = flow.ports.destination
      {
        packet.setPorts(first, second)
      }
      return .packet(problem)
    }
  }

  /// Where a field's name ends: at its colon, or before ` =`.
  private func mark(_ bytes: RawSpan, _ field: Range<Int>) -> Int? {
    if let colon = bytes.first(0x3a, in: field) { return colon }
    guard let equals = bytes.first(0x3d, in: field), equals > field.lowerBound else { return nil }
    return equals - 1
  }

  /// False where the field's value cannot be read.
  private mutating func takeField(
    _ bytes: RawSpan, _ name: Range<Int>, _ value: inout TextCursor, _ packet: inout Observation
  ) -> Bool {
    if bytes.fills("Src IP", name) || bytes.fills("Source IP", name) {
      source = Endpoint(bytes, value.token(), takesPort: false)
    } else if bytes.fills("Dst IP", name) || bytes.fills("Destination IP", name) {
      destination = Endpoint(bytes, value.token(), takesPort: false)
    } else if bytes.fills("Src Port", name) || bytes.fills("Source Port", name) {
      ports.source = bytes.port(value.token())
      return ports.source != nil
    } else if bytes.fills("Dst Port", name) || bytes.fills("Destination Port", name) {
      ports.destination = bytes.port(value.token())
      return ports.destination != nil
    } else if bytes.fills("Protocol", name) {
      return takeTransport(&value, &packet)
    } else if bytes.fills("ACE Action", name) {
      if value.take("Deny") { packet.action = .blocked }
      if value.take("Permit") { packet.action = .allowed }
    } else if bytes.fills("Hit-count", name) {
      guard let count = value.digits(1...9), count > 0 else { return false }
      packet.setPackets(UInt32(count))
    }
    return true
  }

  /// `"TCP"(6)`.
  private func takeTransport(_ value: inout TextCursor, _ packet: inout Observation) -> Bool {
    guard let open = value.find(0x28) else { return false }
    value.at = open + 1
    guard let number = value.digits(1...3), number < 255 else { return false }
    // 253 stands for all of IP.
    packet.transport = Transport(rawValue: number == 253 ? 0 : UInt8(number))
    return true
  }
}
