import Observations

/// A packet as a firewall writes it down. For ICMP the ports are type and code.
struct LoggedPacket {
  enum Path { case inbound, outbound, forwarded }
  var source: Endpoint
  var destination: Endpoint
  var transport = Transport.udp
  /// IP length in bytes.
  var length = NBNSBuilder.nodeStatusIPLength
  var ttl: UInt8 = 128
  var identification: UInt16 = 0
  var path = Path.inbound
  var isAllowed = false
  /// How many like it the line stands for, where the format can say so.
  var count = 1
}

/// The log of one sensor: its format, its zone, and how far its clock is wrong.
struct SensorLog {
  enum Form: String {
    case ipchains, netfilter, zonealarm, blackice, dshield

    /// Whether a stamp tells its zone, in its text or by the format's definition.
    var statesZone: Bool { self == .zonealarm || self == .blackice || self == .dshield }
  }

  let form: Form
  let file: String
  /// Name of the logging host, where the format gives one.
  let host: String
  /// Minutes that the stamps' zone is ahead of UTC.
  let zone: Int
  /// Microseconds that the clock is ahead of the true time.
  let ahead: Int64
  private var log = LogLines()
  private var packets: [UInt32: Int] = [:]
  private(set) var lineCount = 0
  private(set) var packetCount = 0

  init(_ form: Form, file: String, host: String = "", zone: Int, ahead: Int64) {
    self.form = form
    self.file = file
    self.host = host
    self.zone = zone
    self.ahead = ahead
    switch form {
    case .zonealarm:
      log.add(.min, "ZoneAlarm Logging Client v3.1.395")
      log.add(.min, "Windows 98-4.10.2222- A -SP")
      log.add(.min, "type,date,time,source,destination,transport")
    case .blackice:
      log.add(
        .min,
        "severity, timestamp (GMT), issueId, issueName, intruderIp, intruderName, victimIp, "
          + "victimName, parameters, count, responseLevel")
    default: break
    }
  }

  /// Sources met.
  var sourceCount: Int { packets.count }

  /// Packets of a source.
  func packets(from source: UInt32) -> Int { packets[source] ?? 0 }

  /// `+hh:mm` of the stamps.
  var zoneText: String {
    let minutes = abs(zone)
    return (zone < 0 ? "-" : "+") + padded(minutes / 60, width: 2) + ":"
      + padded(minutes % 60, width: 2)
  }

  /// Writes a packet down that came by at a true time.
  mutating func add(_ time: Int64, _ packet: LoggedPacket) {
    let stamped = time + ahead
    let local = stamped + Int64(zone) * Clock.minute
    let text =
      switch form {
      case .ipchains: ipchains(local, packet)
      case .netfilter: netfilter(local, packet)
      case .zonealarm: zoneAlarm(local, packet)
      case .blackice: blackICE(local, packet)
      case .dshield: dshield(local, packet)
      }
    log.add(stamped, text)
    lineCount += 1
    packetCount += packet.count
    packets[packet.source.address, default: 0] += packet.count
  }

  /// The log file.
  var simulated: SimulatedFile { log.file(named: file) }

  // MARK: the formats

  private func ipchains(_ local: Int64, _ packet: LoggedPacket) -> String {
    let chain =
      switch packet.path {
      case .inbound: "input"
      case .outbound: "output"
      case .forwarded: "forward"
      }
    let fragment = packet.transport == .tcp ? "0x4000" : "0x0000"
    let syn = packet.transport == .tcp ? " SYN" : ""
    return "\(Clock.syslogStamp(local)) \(host) kernel: Packet log: \(chain) "
      + "\(packet.isAllowed ? "ACCEPT" : "DENY") \(packet.path == .inbound ? "eth0" : "eth1") "
      + "PROTO=\(packet.transport.rawValue) \(ends(packet)) L=\(packet.length) S=0x00 "
      + "I=\(packet.identification) F=\(fragment) T=\(packet.ttl)\(syn) "
      + "(#\(packet.isAllowed ? 7 : 12))"
  }

  private func ends(_ packet: LoggedPacket) -> String {
    "\(dotted(packet.source.address)):\(packet.source.port) "
      + "\(dotted(packet.destination.address)):\(packet.destination.port)"
  }

  private func netfilter(_ local: Int64, _ packet: LoggedPacket) -> String {
    let cards = packet.path == .inbound ? "IN=ppp0 OUT=eth0" : "IN=eth0 OUT=ppp0"
    return "\(Clock.syslogStamp(local)) \(host) kernel: "
      + "\(packet.isAllowed ? "ACCEPT" : "DROP") \(cards) "
      + "SRC=\(dotted(packet.source.address)) DST=\(dotted(packet.destination.address)) "
      + "LEN=\(packet.length) TOS=0x00 PREC=0x00 TTL=\(packet.ttl) ID=\(packet.identification) "
      + netfilterTransport(packet)
  }

  private func netfilterTransport(_ packet: LoggedPacket) -> String {
    let ports = "SPT=\(packet.source.port) DPT=\(packet.destination.port)"
    switch packet.transport {
    case .tcp: return "DF PROTO=TCP \(ports) WINDOW=16384 RES=0x00 SYN URGP=0"
    case .udp: return "PROTO=UDP \(ports) LEN=\(packet.length - PacketBuilder.ipv4HeaderLength)"
    default:
      return "PROTO=ICMP TYPE=\(packet.source.port) CODE=\(packet.destination.port) ID=512 "
        + "SEQ=\(packet.identification)"
    }
  }

  private func zoneAlarm(_ local: Int64, _ packet: LoggedPacket) -> String {
    let transport =
      switch packet.transport {
      case .tcp: "TCP (flags:S)"
      case .udp: "UDP"
      default: "ICMP (type:\(packet.source.port)/subtype:\(packet.destination.port))"
      }
    let hasPorts = packet.transport.hasPorts
    let source = "\(dotted(packet.source.address)):\(hasPorts ? packet.source.port : 0)"
    let target = "\(dotted(packet.destination.address)):\(hasPorts ? packet.destination.port : 0)"
    let minutes = padded(abs(zone) % 60, width: 2)
    return "FWIN,\(Clock.dateStamp(local, separator: "/")),\(Clock.timeStamp(local)) "
      + "\(zone < 0 ? "-" : "+")\(abs(zone) / 60):\(minutes) GMT,\(source),\(target),\(transport)"
  }

  private func blackICE(_ local: Int64, _ packet: LoggedPacket) -> String {
    let issue =
      switch packet.transport {
      case .tcp: "2003102, \"TCP port probe\""
      case .udp: "2003105, \"UDP port probe\""
      default: "2000302, \"ICMP echo\""
      }
    let port = packet.transport.hasPorts ? "port=\(packet.destination.port)" : ""
    return "39, \(Clock.dateStamp(local, separator: "-")) \(Clock.timeStamp(local)), \(issue), "
      + "\(dotted(packet.source.address)), \"\", \(dotted(packet.destination.address)), \"\", "
      + "\"\(port)\", \(packet.count), A:2"
  }

  private func dshield(_ local: Int64, _ packet: LoggedPacket) -> String {
    let cells = [
      "\(Clock.dateStamp(local, separator: "-")) \(Clock.timeStamp(local)) \(zoneText)", "4711",
      String(packet.count), dotted(packet.source.address), String(packet.source.port),
      dotted(packet.destination.address), String(packet.destination.port),
      String(packet.transport.rawValue), packet.transport == .tcp ? "S" : "",
    ]
    return cells.joined(separator: "\t")
  }
}
