import Observations

/// A refused packet as a router's kernel writes it down (the netfilter LOG target, IPv4).
struct RefusedPacket {
  var source: UInt32
  var destination: UInt32
  /// IP length in bytes.
  var length: Int
  var ttl: UInt8
  var identification: UInt16
  var transport: Transport
  var sourcePort: UInt16 = 0
  var destinationPort: UInt16 = 0
}

/// Writes the log of a router with two cards, behind RFC 3164 stamps without a year.
struct NetfilterLogWriter {
  /// The router's host name in the log.
  let host: String
  /// Card towards the provider, and card towards the servers.
  let outside: String
  let inside: String
  private(set) var lines = LogLines()

  init(host: String, outside: String, inside: String) {
    self.host = host
    self.outside = outside
    self.inside = inside
  }

  /// A packet that wanted out and was refused.
  mutating func refusedOutbound(_ time: Int64, _ packet: RefusedPacket) {
    add(time, prefix: "REJECT-OUT IN=\(inside) OUT=\(outside) ", packet)
  }

  /// A packet that wanted in and was refused.
  mutating func refusedInbound(_ time: Int64, _ packet: RefusedPacket) {
    add(time, prefix: "REJECT-IN IN=\(outside) OUT=\(inside) ", packet)
  }

  private mutating func add(_ time: Int64, prefix: String, _ packet: RefusedPacket) {
    let flags = packet.transport == .tcp ? "DF " : ""
    let line =
      "\(Clock.syslogStamp(time)) \(host) kernel: \(prefix)"
      + "SRC=\(dotted(packet.source)) DST=\(dotted(packet.destination)) LEN=\(packet.length) "
      + "TOS=0x00 PREC=0x00 TTL=\(packet.ttl) ID=\(packet.identification) \(flags)"
      + transportPart(packet)
    lines.add(time, line)
  }

  private func transportPart(_ packet: RefusedPacket) -> String {
    let ports = "SPT=\(packet.sourcePort) DPT=\(packet.destinationPort)"
    switch packet.transport {
    case .tcp: return "PROTO=TCP \(ports) WINDOW=65535 RES=0x00 SYN URGP=0"
    case .udp: return "PROTO=UDP \(ports) LEN=\(packet.length - PacketBuilder.ipv4HeaderLength)"
    case .icmp: return "PROTO=ICMP TYPE=8 CODE=0 ID=512 SEQ=\(packet.identification)"
    default: return "PROTO=\(packet.transport.rawValue)"
    }
  }
}
