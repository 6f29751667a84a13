import Captures
import Observations
import Testing

/// What the manifest says of captures beyond their number of packets.
@Suite struct TruthTests {
  struct Truth: CustomStringConvertible, Sendable {
    var path: String
    var what: String
    var count: Int
    var test: @Sendable (Observation) -> Bool
    var description: String { "\(path): \(what)" }
    init(
      _ path: String, _ what: String, _ count: Int,
      _ test: @escaping @Sendable (Observation) -> Bool
    ) {
      (self.path, self.what, self.count, self.test) = (path, what, count, test)
    }
  }

  private static func ipv4(_ text: String) -> Address {
    Address(ipv4: text.split(separator: ".").reduce(0) { $0 << 8 | (UInt32($1) ?? 0) })
  }
  private static func isEcho(_ o: Observation, _ type: UInt16) -> Bool {
    o.transport == .icmp && o.sourcePort == type
  }

  static let truths: [Truth] = [
    Truth("zeek/snap-arp.pcapng", "ARP", 4) { $0.transport == .arp },
    Truth("zeek/linux_dlt_sll2.pcap", "ICMP", 2) { $0.transport == .icmp },
    Truth("zeek/linux_dlt_sll2.pcap", "ICMPv6", 2) { $0.transport == .icmpv6 },
    // The manifest counts two; the second is reverse ARP (0x8035), which is not decoded.
    Truth("zeek/linux_dlt_sll2.pcap", "ARP", 1) { $0.transport == .arp },
    Truth("zeek/icmp_dot1q.pcap", "ICMP", 9) { $0.transport == .icmp },
    Truth("zeek/icmp_dot1q.pcap", "ARP", 6) { $0.transport == .arp },
    Truth("tcpdump/802.1ad_QinQ.pcap", "ARP", 2) { $0.transport == .arp },
    Truth("zeek/pppoe-over-qinq.pcap", "TCP", 86) { $0.transport == .tcp },
    Truth("zeek/ppp__quic-interop-retry.pcap", "UDP by IPv4", 22) {
      $0.transport == .udp && $0.source.isIPv4
    },
    Truth("zeek/ppp__quic-interop-retry.pcap", "IPv6", 4) { !$0.source.isIPv4 },
    Truth("zeek/smb__raw_ntlm_in_smb.pcap", "datagrams", 2) { $0.hint == .netbiosDatagram },
    Truth("zeek/smb__smb_v2_only_non_zero_reserved1.pcap", "datagrams", 1) {
      $0.hint == .netbiosDatagram
    },
    Truth("zeek/smb__smb_v2_only_non_zero_reserved1.pcap", "name service", 4) {
      $0.sourcePort == 137 || $0.destinationPort == 137
    },
    Truth("zeek/tunnels__Teredo.pcap", "TCP in Teredo", 22) {
      $0.transport == .tcp && !$0.source.isIPv4
    },
    Truth("zeek/vntag.pcap", "packets", 3) { _ in true },
    Truth("zeek/dns-inverse-query.pcap", "TCP", 11) { $0.transport == .tcp },
    Truth("zeek/nflog-http.pcap", "TCP", 13) { $0.transport == .tcp && $0.action == .audited },
    Truth("zeek/nflog-bad-tlv-len.pcap", "packets", 0) { _ in true },
    Truth("zeek/arp-who-has-radiotap.pcap", "ARP", 2) { $0.transport == .arp },
    Truth("zeek/arp-who-has-wlanmon.pcap", "ARP", 2) { $0.transport == .arp },
    Truth("zeek/radiotap.pcap", "names", 3) { $0.transport == .udp },
    Truth("zeek/tunnels__Teredo.pcap", "datagrams", 2) { $0.hint == .netbiosDatagram },
    Truth("zeek/tunnels__Teredo.pcap", "DHCP by content", 0) {
      $0.hint != .dhcp && ($0.destinationPort == 67 || $0.destinationPort == 68)
    },
    Truth("zeek/dns__mdns.pcap", "multicast names", 18) { $0.hint == .multicastName },
    Truth("zeek/dhcp__dhcp_bad_cookie_option_retention.pcap", "DHCP", 2) { $0.hint == .dhcp },
    Truth("tcpdump/smb_print_trans-oobr2.pcap", "datagrams", 1) { $0.hint == .netbiosDatagram },
    Truth("tcpdump/eapon1.pcap", "NetBIOS of 192.168.1.249", 10) {
      $0.source == ipv4("192.168.1.249") && [137, 138].contains($0.destinationPort)
    },
    Truth("tcpdump/eapon1.pcap", "NetBIOS of 169.254.67.194", 43) {
      $0.source == ipv4("169.254.67.194") && [137, 138].contains($0.destinationPort)
    },
    Truth("packets/synscan.pcapng", "SYNs", 1_994) {
      $0.tcpFlags == .syn && $0.source == ipv4("172.16.0.8")
        && $0.destination == ipv4("64.13.134.52")
    },
    Truth("packets/icmp_traceroute.pcapng", "requests", 27) { isEcho($0, 8) },
    Truth("packets/icmp_traceroute.pcapng", "time exceeded", 24) { isEcho($0, 11) },
    Truth("packets/icmp_traceroute.pcapng", "replies", 3) { isEcho($0, 0) },
    Truth("packets/ip_frag_source.pcapng", "later fragments", 2) {
      $0.marks.contains(.laterFragment)
    },
    Truth("packets/dns_query_nonexistent.pcapng", "answers", 1) { $0.hint == .dnsResponse },
    Truth("packets/arppoison.pcapng", "claims of the router", 2) {
      $0.transport == .arp && $0.source == ipv4("172.16.0.1")
        && $0.destination == ipv4("172.16.0.107")
    },
    Truth("packets/80211beacon.pcapng", "packets of IP", 0) { _ in true },
    Truth("zeek/nmap-vsn.pcap", "ARP requests of the sweep", 503) {
      $0.transport == .arp && $0.sourcePort == 1 && $0.source == ipv4("192.168.1.71")
    },
  ]

  @Test(.enabled(if: !Evidence.entries.isEmpty), arguments: truths)
  func holds(truth: Truth) throws {
    let outcome = try #require(Evidence.read("captures/" + truth.path).flatMap { readAll($0) })
    #expect(outcome.observations.filter(truth.test).count == truth.count)
  }

  @Test(.enabled(if: !Evidence.entries.isEmpty))
  func synscanReachesAThousandPorts() throws {
    let outcome = try #require(
      Evidence.read("captures/packets/synscan.pcapng").flatMap { readAll($0) })
    let scan = outcome.observations.filter {
      $0.tcpFlags == .syn && $0.source == TruthTests.ipv4("172.16.0.8")
    }
    #expect(Set(scan.map(\.destinationPort)).count == 1_000)
  }

  /// Two interfaces, each with its own clock in nanoseconds.
  @Test(.enabled(if: !Evidence.entries.isEmpty))
  func interfacesShareATime() throws {
    let path = "captures/zeek/pcapng-multi-interface.pcapng"
    let outcome = try #require(Evidence.read(path).flatMap { readAll($0) })
    let asked = outcome.observations.filter { $0.hint == .dnsQuery }
    let first = try #require(asked.first { $0.source == TruthTests.ipv4("172.17.0.2") })
    let second = try #require(asked.first { $0.source == TruthTests.ipv4("10.0.0.4") })
    #expect(first.destination == TruthTests.ipv4("1.1.1.1"))
    #expect(abs(second.time - first.time - 347_600_000_000) < 100_000_000)
    // Checksums that the sending cards were to compute; nothing else.
    #expect(outcome.problems.entries.map(\.anomaly) == [.ipv4ChecksumWrong])
  }

  /// Both byte orders of every generated file say the same, and nothing in them is damaged.
  @Test(.enabled(if: !Evidence.entries.isEmpty))
  func generatedFilesAreWhole() throws {
    let little = Evidence.entries.filter { $0.path.contains("/pcapng/le-") }
    #expect(little.count == 24)
    for entry in little {
      let other = entry.path.replacing("/le-", with: "/be-")
      let a = try #require(Evidence.read(entry.path).flatMap { readAll($0) })
      let b = try #require(Evidence.read(other).flatMap { readAll($0) })
      #expect(a == b, "\(entry)")
      let containers: [Anomaly] = [
        .captureCut, .blockBroken, .blockMalformed, .optionMalformed, .interfaceUnknown,
        .recordLengthLies, .timeImpossible,
      ]
      for anomaly in containers { #expect(a.problems.count(anomaly) == 0, "\(entry)") }
    }
  }
}
