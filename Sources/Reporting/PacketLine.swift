import Analysis
import Observations

/// A packet in one line: time, transport, both ends, size, and what it holds. Nothing in it is text out
/// of the packet.
func packetLine(_ excerpt: PacketExcerpt) -> String {
  guard let packet = excerpt.packet else {
    return "\(counted(UInt64(excerpt.sent), "byte", "bytes")) that are not decoded"
  }
  let flags = packet.transport == .tcp ? " [\(flagWords(packet.tcpFlags))]" : ""
  let size =
    packet.length == 0
    ? counted(UInt64(excerpt.sent), "byte", "bytes") + " in all"
    : counted(UInt64(packet.length), "byte", "bytes") + " of IP"
  var parts = [packetTime(packet), packetEnds(packet) + flags, size]
  if packet.timeToLive > 0 { parts.append("TTL \(packet.timeToLive)") }
  let content = contentWords(packet)
  return parts.joined(separator: ", ") + (content.isEmpty ? "" : ": \(content)")
}

/// How much of a packet there is, and how much is shown.
func packetExtent(_ excerpt: PacketExcerpt) -> String {
  let held =
    excerpt.held < excerpt.sent
    ? "The capture holds \(excerpt.held) of its \(counted(UInt64(excerpt.sent), "byte", "bytes"))"
    : "\(counted(UInt64(excerpt.sent), "byte", "bytes")) in the capture"
  return excerpt.head.count < excerpt.held
    ? "\(held); the first \(excerpt.head.count) are shown." : "\(held)."
}

/// Bytes as people read them: place, eight bytes in hexadecimal, and the same as ASCII, where a point
/// stands for whatever is no printable character.
func hexadecimalLines(_ bytes: [UInt8]) -> [String] {
  func digits(_ value: UInt8) -> String {
    (value < 16 ? "0" : "") + String(value, radix: 16)
  }
  return stride(from: 0, to: min(bytes.count, 256), by: 8).map { start in
    let row = bytes[start..<min(start + 8, bytes.count)]
    let numbers = row.map(digits).joined(separator: " ")
    let shown = row.map { (0x20..<0x7f).contains($0) ? Character(UnicodeScalar($0)) : "." }
    return digits(UInt8(start)) + "  "
      + numbers + String(repeating: " ", count: 25 - numbers.count) + String(shown)
  }
}

private func packetTime(_ packet: Observation) -> String {
  guard !packet.marks.contains(.timeUncertain) else { return "(no time of its own)" }
  let time = Timestamp(nanoseconds: packet.time).description
  return time.replacing("T", with: " ").replacing("Z", with: " UTC")
}

/// Transport and both ends, each with its port where there is one.
private func packetEnds(_ packet: Observation) -> String {
  let (from, to) = (packet.source, packet.destination)
  let name = packet.transport.description.uppercased()
  guard packet.transport != .arp else {
    return packet.sourcePort == 1
      ? "ARP: \(from) asks who has \(to)"
      : packet.sourcePort == 2
        ? "ARP: \(from) answers \(to)" : "ARP operation \(packet.sourcePort): \(from) to \(to)"
  }
  guard packet.marks.contains(.ports) else {
    let fragment = packet.marks.contains(.laterFragment) ? " (a later fragment)" : ""
    return "\(name) \(from) to \(to)\(fragment)"
  }
  guard packet.transport.hasPorts else {
    return "\(name) type \(packet.sourcePort) code \(packet.destinationPort), \(from) to \(to)"
  }
  func end(_ address: Address, _ port: UInt16) -> String {
    address.isIPv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
  }
  return "\(name) \(end(from, packet.sourcePort)) to \(end(to, packet.destinationPort))"
}

private func flagWords(_ flags: TCPFlags) -> String {
  let names: [(TCPFlags, String)] = [
    (.syn, "SYN"), (.ack, "ACK"), (.fin, "FIN"), (.rst, "RST"), (.psh, "PSH"), (.urg, "URG"),
    (.ece, "ECE"), (.cwr, "CWR"),
  ]
  let set = names.filter { flags.contains($0.0) }.map(\.1)
  return set.isEmpty ? "no flags" : set.joined(separator: " ")
}

/// What the content was recognised as; empty where it was not.
private func contentWords(_ packet: Observation) -> String {
  let low = packet.detail & 0xffff
  switch packet.hint {
  case .none, .mailVisit, .webVisit: return ""
  case .nodeStatusQuery: return "NetBIOS node status query"
  case .nameQuery: return "NetBIOS name query"
  case .nameResponse: return "NetBIOS name response"
  case .nameService: return "NetBIOS name service"
  case .nameQueryBySize: return "a NetBIOS query by its size"
  case .netbiosDatagram: return "NetBIOS datagram"
  case .netbiosSession: return "NetBIOS session"
  case .dnsQuery: return "DNS query"
  case .dnsResponse: return "DNS response"
  case .icmpErrorAsUDP: return "really an ICMP error, read as UDP"
  case .icmpErrorAsUDPRefuted: return "looks like an ICMP error read as UDP, and is none"
  case .icmpErrorAsUDPUntestable: return "perhaps an ICMP error read as UDP"
  case .icmpError:
    return packet.marks.contains(.quoted)
      ? "about a packet from port \(packet.detail >> 16) to port \(low)" : "an error message"
  case .dhcp: return "DHCP"
  case .multicastName: return packet.detail == 1 ? "a name told to all" : "a name asked of all"
  case .ssdp: return "SSDP"
  case .ntp: return "NTP, mode \(packet.detail)"
  case .tftp: return "TFTP request"
  case .snmp: return "SNMP"
  case .sip: return "SIP"
  case .stun: return "STUN"
  case .tls: return packet.detail >> 16 == 2 ? "TLS server hello" : "TLS client hello"
  case .httpRequest: return "HTTP request"
  case .httpResponse: return "HTTP response, status \(packet.detail)"
  case .ssh: return "SSH identification"
  case .smb1: return "SMB 1"
  case .smb2: return "SMB 2"
  }
}
