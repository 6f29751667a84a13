import FirewallLogs
import Observations
import Testing

/// What a packet is like; what is nil may be anything.
struct PacketPattern: Sendable {
  var source: Address?
  var sourcePort: UInt16?
  var destination: Address?
  var port: UInt16?
  var transport: Transport?
  var action: Action?
  var flags: TCPFlags?
  var path: Path?

  /// A pattern of what is stated, whoever sends.
  init(
    from sourcePort: UInt16? = nil, to destination: String? = nil, port: UInt16? = nil,
    _ transport: Transport? = nil, _ action: Action? = nil, flags: TCPFlags? = nil,
    path: Path? = nil
  ) {
    self.sourcePort = sourcePort
    self.destination = destination.flatMap { Address($0) }
    self.port = port
    self.transport = transport
    self.action = action
    self.flags = flags
    self.path = path
  }

  /// A pattern of what one source sends.
  init(
    _ source: String, from sourcePort: UInt16? = nil, to destination: String? = nil,
    port: UInt16? = nil, _ transport: Transport? = nil, _ action: Action? = nil,
    flags: TCPFlags? = nil, path: Path? = nil
  ) {
    self.init(
      from: sourcePort, to: destination, port: port, transport, action, flags: flags, path: path)
    self.source = Address(source)
  }

  func matches(_ packet: ReadRecord) -> Bool {
    func agrees<Value: Equatable>(_ stated: Value?, _ read: Value) -> Bool {
      stated.map { $0 == read } ?? true
    }
    return agrees(source, packet.source) && agrees(sourcePort, packet.sourcePort)
      && agrees(destination, packet.destination) && agrees(port, packet.destinationPort)
      && agrees(transport, packet.transport) && agrees(action, packet.action)
      && agrees(flags, packet.tcpFlags) && agrees(path, packet.path)
  }
}

/// What a manifest says of a log, in numbers.
enum Statement: Sendable {
  /// So many packets are like this.
  case count(PacketPattern, ClosedRange<Int>)
  /// Every packet is like one of these.
  case every([PacketPattern])
  /// The packets like this have exactly these destination ports.
  case ports(PacketPattern, Set<UInt16>)
  /// So many packets are of IPv6.
  case ipv6(Int)
  /// The times begin with one of these.
  case times(Set<String>)
  /// So many lines no format knows.
  case unread(UInt64)

  func holds(_ log: ReadLog) -> Bool {
    switch self {
    case .count(let pattern, let range): range.contains(log.records.count { pattern.matches($0) })
    case .every(let patterns):
      !log.records.isEmpty
        && log.records.allSatisfy { packet in patterns.contains { $0.matches(packet) } }
    case .ports(let pattern, let ports):
      Set(log.records.filter { pattern.matches($0) }.map(\.destinationPort)) == ports
    case .ipv6(let count): log.records.count { !$0.source.isIPv4 } == count
    case .times(let starts):
      log.records.allSatisfy { packet in
        starts.contains { Timestamp(nanoseconds: packet.time).description.hasPrefix($0) }
      }
    case .unread(let count): log.problems.count(.lineNotRecognised) == count
    }
  }
}

/// The logs of the evidence folder, each with what its manifest states.
enum EvidenceFolder {
  struct Log: Sendable, CustomTestStringConvertible {
    /// Below `logs/`.
    var file: String
    /// The format that most of it is read as; nil while none knows it.
    var format: String?
    var lines: UInt64
    var states: [Statement]
    var testDescription: String { file }

    init(_ file: String, _ format: String?, lines: UInt64, _ states: Statement...) {
      self.file = file
      self.format = format
      self.lines = lines
      self.states = states
    }
  }

  /// What is known of a log's times: the year its source says it is of.
  static func context(of file: String) -> LogContext {
    context(file == "fail2ban/scanlogd.log" ? 2005 : 2009)
  }

  static func context(_ year: Int) -> LogContext {
    LogContext(year: year, zoneOffsetSeconds: 0, now: LogSupport.now)
  }

  /// A log as its program wrote it; nil where it is not at hand.
  static func bytes(_ file: String) -> [UInt8]? {
    let bytes = LogSupport.evidence("logs/" + file)
    return file.hasPrefix("fail2ban/") ? bytes.map(Expectations.withoutNotes) : bytes
  }

  static let logs = netfilter + crowdsec + sensors + firewalls + bsd

  /// A scan of psad's tests: each port of a range twice, by one host.
  static func scan(
    _ file: String, _ ports: ClosedRange<UInt16>, _ transport: Transport, _ flags: TCPFlags,
    extraLines: UInt64 = 0
  ) -> Log {
    let probe = PacketPattern(
      "192.168.10.55", to: "192.168.10.1", transport, .blocked, flags: flags)
    let count = ports.count * 2
    return Log(
      "iptables/psad/\(file).log", "netfilter", lines: UInt64(count) + extraLines,
      .count(probe, count...count), .ports(probe, Set(ports)))
  }

  static let netfilter = [
    scan("syn_scan_1000_1500", 1_000...1_500, .tcp, .syn),
    scan("fin_scan_1000_1150", 1_000...1_150, .tcp, .fin),
    scan("null_scan_1000_1150", 1_000...1_150, .tcp, [], extraLines: 1),
    scan("udp_scan_1000_1150", 1_000...1_150, .udp, []),
    Log(
      "iptables/psad/ipv4_igmp.log", "netfilter", lines: 4,
      .every([PacketPattern(to: "224.0.0.1", .igmp)]), .count(PacketPattern(), 4...4)),
    Log(
      "iptables/psad/ipv4_valid_ping.log", "netfilter", lines: 5,
      .every([PacketPattern(from: 8, port: 0, .icmp)]), .count(PacketPattern(), 5...5)),
    Log(
      "iptables/psad/invalid_icmp_type_code.log", "netfilter", lines: 5,
      .every([PacketPattern(from: 8, .icmp)]), .count(PacketPattern(port: 0), 0...0)),
    Log(
      "iptables/psad/ms_sql_server_sig_match.log", "netfilter", lines: 2,
      .count(PacketPattern("192.168.10.55", port: 1_433, .tcp), 2...2)),
    Log(
      "iptables/psad/ipv6_ping_scan.log", "netfilter", lines: 2, .ipv6(2),
      .every([PacketPattern(from: 135, .icmpv6), PacketPattern(from: 128, .icmpv6)])),
    Log(
      "iptables/psad/ipv6_invalid_icmp6_type_code.log", "netfilter", lines: 2, .ipv6(2),
      .every([PacketPattern(port: 22, .icmpv6)])),
    Log(
      "iptables/psad/syslog_time_fmt1.log", "netfilter", lines: 6,
      .times(["2015-03-07T03:09", "2015-03-07T09:44", "2015-03-08T00:2"]),
      .count(PacketPattern("4.4.4.4", port: 21, .tcp), 1...1),
      .count(PacketPattern("5.5.5.5", port: 21, .tcp), 1...1),
      .count(PacketPattern("10.0.0.0", .igmp), 4...4)),
    Log(
      "iptables/psad/fwknop_spa_pkt.log", "netfilter", lines: 1,
      .count(PacketPattern("192.168.10.55", port: 62_201, .udp), 1...1)),
    Log(
      "ossec/linux-martians.log", "netfilter", lines: 8, .every([PacketPattern("192.168.0.2")])),
    Log(
      "prelude/ipchains.log", "ipchains", lines: 6, .count(PacketPattern(.tcp, .blocked), 1...1),
      .count(PacketPattern(.udp, .blocked), 1...1),
      .count(PacketPattern(from: 3, port: 1, .icmp, .blocked), 1...1),
      .count(PacketPattern(.tcp, .allowed), 1...1), .count(PacketPattern(.udp, .allowed), 1...1),
      .count(PacketPattern(.icmp, .allowed), 1...1)),
  ]

  /// Of these the project's own expectations say more: `ExpectationTests`.
  static let crowdsec = [
    Log(
      "crowdsec/iptables-logs.log", "netfilter", lines: 4, .unread(1),
      .count(PacketPattern("127.0.0.1", to: "127.0.0.53", port: 53, .udp, .blocked), 1...1)),
    Log(
      "crowdsec/pf-logs.log", "filterlog", lines: 9, .count(PacketPattern(), 9...9), .ipv6(2),
      .count(PacketPattern(nil, .blocked), 6...6), .count(PacketPattern(nil, .allowed), 3...3)),
    Log(
      "crowdsec/pfsense-rfc5424-filterlog.log", "filterlog", lines: 5, .ipv6(1),
      .every([PacketPattern(.tcp, .blocked, flags: .syn)]), .count(PacketPattern(), 4...4),
      .times(["2025-11-06T11:"])),
    Log(
      "crowdsec/mikrotik-logs.log", "mikrotik", lines: 7, .count(PacketPattern(), 6...6), .ipv6(2),
      .count(
        PacketPattern("186.26.78.68", from: 44_355, to: "81.82.202.145", port: 53, .udp), 1...1),
      .count(PacketPattern(port: 51_413, .udp, path: .forwarded), 1...1)),
    Log(
      "crowdsec/suricata-logs-fastlog.log", "snort-fast", lines: 4, .count(PacketPattern(), 4...4)),
    Log(
      "crowdsec/suricata-logs-evelog.log", "suricata-eve", lines: 8,
      .count(PacketPattern("1.2.3.4", from: 52_812, to: "127.0.0.1", port: 80, .tcp), 1...2),
      .count(PacketPattern("1.2.3.6", from: 56_814, port: 2_352, .tcp), 1...2)),
  ]

  static let sensors = [
    Log(
      "plaso/snort3_alert_fast.log", "snort-fast", lines: 4, .count(PacketPattern(), 4...4),
      // Both ends of a ping, and a connection.
      .ipv6(3)),
    Log(
      "plaso/suricata_alert_fast.log", "snort-fast", lines: 6, .times(["2010-", "2021-", "2022-"])),
    Log(
      "fail2ban/portsentry.log", "portsentry", lines: 2,
      .every([PacketPattern("192.168.56.1", port: 1)]),
      .count(PacketPattern(.tcp), 1...1), .count(PacketPattern(.udp), 1...1)),
    Log(
      "fail2ban/scanlogd.log", "scanlogd", lines: 4, .count(PacketPattern(), 4...100),
      .every([PacketPattern("192.0.2.123", to: "192.0.2.1")])),
    Log(
      "ossec/iplog.log", "iplog", lines: 16, .every([PacketPattern("195.140.232.116")]),
      .count(PacketPattern(.tcp), 12...16)),
    Log(
      "ossec/airsnare.log", "airsnare", lines: 27,
      .count(PacketPattern("66.249.81.102", to: "192.168.1.110"), 1...27)),
  ]

  static let firewalls = [
    Log(
      "ossec/netscreen.log", "netscreen", lines: 15,
      .count(
        PacketPattern("192.168.2.1", from: 3_036, to: "1.2.3.4", port: 7_001, .udp, .blocked), 1...1
      ),
      .count(PacketPattern("192.168.2.2", from: 53, to: "1.2.3.4", .udp, .blocked), 2...2),
      // Cut in the source: the line names the port twice, and what is left of the second is another.
      .count(PacketPattern("192.168.2.1", from: 31_048, port: 120, .tcp, .blocked), 1...1),
      .count(PacketPattern(port: 12), 0...0)),
    Log(
      "ossec/sonicwall.log", "sonicwall", lines: 23,
      .count(PacketPattern("2.2.2.2", to: "1.1.1.1", port: 50_000, .tcp), 4...23)),
    Log(
      "ossec/cisco-pix.log", "cisco-asa", lines: 105,
      .count(
        PacketPattern("1.1.1.1", from: 137, to: "1.1.1.255", port: 137, .udp, .blocked), 9...105),
      .ports(PacketPattern("204.16.208.49", .udp, .blocked), [1_026, 1_027])),
    Log(
      "ossec/zonealarm-6.5.log", "zonealarm", lines: 95,
      .count(PacketPattern("172.16.70.135", to: "172.16.100.204", port: 137), 1...1)),
    Log(
      "ossec/windows-pfirewall.log", "windows-firewall", lines: 222,
      .ports(PacketPattern("172.20.73.241"), [1_900])),
    Log(
      "plaso/windows_firewall.log", "windows-firewall", lines: 19,
      .ports(PacketPattern("123.45.78.90", to: "123.156.78.255", .udp, .blocked), [137, 138]),
      .count(PacketPattern("0.0.0.0", from: 68, port: 67), 1...1)),
    // Programs without addresses: nobody is named.
    Log("plaso/appfirewall.log", nil, lines: 47, .count(PacketPattern(), 0...0)),
  ]

  static let bsd = [
    Log(
      "prelude/ipfw.log", "ipfw", lines: 9, .count(PacketPattern(), 9...9),
      .count(PacketPattern("200.65.7.49", from: 1_033, port: 137, .udp, .blocked), 1...1),
      .count(PacketPattern("213.76.70.104", port: 135, .tcp, .blocked), 1...1),
      .count(PacketPattern(from: 8, port: 0, .icmp, .allowed), 2...2),
      .count(PacketPattern(from: 11, port: 0, .icmp, .blocked), 1...1)),
    Log(
      "ossec/osx-ipfw.log", "ipfw", lines: 17,
      .ports(
        PacketPattern("192.168.10.2", from: 10_000, to: "192.168.11.122", .tcp, .blocked),
        [23, 80, 443, 137, 138, 139, 445, 20, 25])),
    Log(
      "ossec/wipfw.log", "ipfw", lines: 11, .count(PacketPattern(), 11...11),
      .every([PacketPattern(from: 80, to: "192.168.47.1", .tcp, .blocked)])),
    Log(
      "ossec/openbsd-pf.log", "pf-text", lines: 30,
      .ports(PacketPattern("205.174.165.231", to: "192.168.2.10"), [22]),
      .count(PacketPattern("205.174.165.231", nil, .allowed), 4...30)),
  ]
}
