import Observations

extension MadeFrames {
  /// An IPv6 packet of Teredo's addresses.
  static let bubble: [UInt8] =
    [0x60, 0, 0, 0, 0, 0, 59, 21] + [0x20, 1, 0, 0] + zeros(11) + [1] + there
  static let teredoPing = Build.ipv6(
    [0x20, 1, 0, 0] + zeros(11) + [1], there, next: 17, Build.udp(1026, 9, [1]))

  static let tunnels: [Frame] =
    [
      Frame(name: "IP in IP", link: 1, bytes: carried(4, four), tunnels: [.ipInIP]),
      Frame(name: "6in4", link: 1, bytes: carried(41, six), tunnels: [.sixInFour], inside: .six),
      Frame(
        name: "IPv6 in IPv6", link: 229, bytes: Build.ipv6(there, here, next: 41, six),
        tunnels: [.sixInSix], inside: .six),
      Frame(
        name: "IPv4 in IPv6", link: 229, bytes: Build.ipv6(there, here, next: 4, four),
        tunnels: [.ipInIP]),
      Frame(name: "GRE", link: 1, bytes: gre(0, 0x0800, [], four), tunnels: [.gre]),
      Frame(
        name: "GRE with everything", link: 1, bytes: gre(0xb000, 0x86dd, zeros(12), six),
        tunnels: [.gre], inside: .six),
      Frame(
        name: "GRE Ethernet", link: 1, bytes: gre(0x2000, 0x6558, zeros(4), ether(0x0806, arp)),
        tunnels: [.gre], inside: .arp),
      Frame(
        name: "GRE MPLS", link: 1, bytes: gre(0, 0x8847, [], label(17, bottom: true) + four),
        tunnels: [.gre]),
      Frame(
        name: "WCCP", link: 1, bytes: gre(0, 0x883e, [0, 0, 0, 0], four), tunnels: [.wccp]),
      Frame(
        name: "PPTP", link: 1,
        bytes: gre(
          0x3081, 0x880b, Build.be16(44) + [0, 7] + Build.be32(1) + Build.be32(1),
          [0xff, 3, 0, 0x21] + four), tunnels: [.pptp]),
      Frame(
        name: "PPTP acknowledgement", link: 1,
        bytes: gre(0x2081, 0x880b, Build.be16(0) + [0, 7] + Build.be32(1), []), inside: .outer),
      Frame(
        name: "ERSPAN I", link: 1, bytes: gre(0, 0x88be, [], ether(0x0800, four)),
        tunnels: [.erspan]),
      Frame(
        name: "ERSPAN II", link: 1,
        bytes: gre(
          0x1000, 0x88be, Build.be32(5) + [0x10, 5, 0, 1, 0, 0, 0, 2], ether(0x0800, four)),
        tunnels: [.erspan]),
      Frame(
        name: "ERSPAN III", link: 1,
        bytes: gre(
          0x1000, 0x22eb, Build.be32(5) + [0x20, 5, 0, 1] + zeros(8), ether(0x86dd, six)),
        tunnels: [.erspan], inside: .six),
      Frame(
        name: "ERSPAN III with a subheader", link: 1,
        bytes: gre(
          0x1000, 0x22eb, Build.be32(5) + [0x20, 5, 0, 1] + zeros(7) + [1] + zeros(8),
          ether(0x0800, four)), tunnels: [.erspan]),
      Frame(
        name: "EtherIP", link: 1, bytes: carried(97, [0x30, 0] + ether(0x0800, four)),
        tunnels: [.etherIP]),
      Frame(
        name: "MPLS in IP", link: 1, bytes: carried(137, label(17, bottom: true) + four),
        tunnels: [.mplsInIP]),
      Frame(
        name: "Teredo", link: 1, bytes: datagram(51_413, 3_545, teredoPing), tunnels: [.teredo],
        inside: .six),
      Frame(
        name: "Teredo server", link: 1,
        bytes: datagram(
          3_544, 51_413, [0, 1, 0, 0] + zeros(9) + [0, 0, 0x12, 0x34] + zeros(4) + bubble),
        tunnels: [.teredo], inside: .six),
      Frame(
        name: "VXLAN", link: 1, bytes: datagram(50_000, 4_789, vxlan(ether(0x0800, four))),
        tunnels: [.vxlan]),
      Frame(
        name: "VXLAN of Linux", link: 1, bytes: datagram(50_000, 8_472, vxlan(ether(0x0806, arp))),
        tunnels: [.vxlan], inside: .arp),
      Frame(
        name: "VXLAN in VLANs", link: 1,
        bytes: datagram(
          50_000, 4_789, vxlan(Build.ethernet(0x86dd, tags: [0x8100], six))),
        tunnels: [.vxlan], inside: .six),
      Frame(
        name: "GENEVE", link: 1,
        bytes: datagram(
          50_000, 6_081,
          [2, 0, 0x65, 0x58, 0, 0, 7, 0, 1, 2, 3, 1] + zeros(4)
            + ether(0x0800, four)), tunnels: [.geneve]),
      Frame(
        name: "GENEVE IP", link: 1,
        bytes: datagram(50_000, 6_081, [0, 0, 0x86, 0xdd, 0, 0, 7, 0] + six), tunnels: [.geneve],
        inside: .six),
      Frame(
        name: "L2TP", link: 1,
        bytes: datagram(
          1_701, 1_701,
          Build.be16(0x4002) + Build.be16(52) + [0, 1, 0, 2] + [0xff, 3, 0, 0x21] + four),
        tunnels: [.l2tp]),
      Frame(
        name: "L2TP with sequence and offset", link: 1,
        bytes: datagram(
          50_000, 1_701,
          Build.be16(0x0a02) + [0, 1, 0, 2] + [0, 1, 0, 1] + [0, 2, 0, 0] + [0x21] + four),
        tunnels: [.l2tp]),
      Frame(
        name: "L2TP control", link: 1,
        bytes: datagram(
          1_701, 1_701, Build.be16(0xc802) + Build.be16(12) + [0, 1, 0, 0] + [0, 0, 0, 0]),
        inside: .outer),
      Frame(
        name: "L2TP 3", link: 1,
        bytes: carried(115, Build.be32(9) + zeros(4) + ether(0x0800, four)),
        tunnels: [.l2tp], unlike: "it must be told the length of the cookie"),
      Frame(
        name: "GTP-U", link: 1,
        bytes: datagram(
          50_000, 2_152, [0x32, 255] + Build.be16(44) + Build.be32(7) + [0, 1, 0, 0] + four),
        tunnels: [.gtp]),
      Frame(
        name: "GTP-U with a header more", link: 1,
        bytes: datagram(
          50_000, 2_152,
          [0x34, 255] + Build.be16(6 + six.count + 2) + Build.be32(7) + [0, 0, 0, 0x85]
            + [1, 0, 0, 0] + six), tunnels: [.gtp], inside: .six),
      Frame(
        name: "VXLAN in GRE in IPv6", link: 229,
        bytes: Build.ipv6(
          there, here, next: 47,
          [0, 0, 0x65, 0x58] + datagram(50_000, 4_789, vxlan(ether(0x0800, four)))),
        tunnels: [.vxlan, .gre]),
    ] + nearMisses

  /// What looks like a tunnel and is none: the outer packet is told of.
  static let nearMisses: [Frame] = [
    Frame(
      name: "no VXLAN", link: 1,
      bytes: datagram(50_000, 4_789, [8, 0, 0, 1, 0, 0, 7, 0] + ether(0x0800, four)),
      inside: .outer, unlike: "it does not mind what must be nothing"),
    Frame(
      name: "VXLAN of noise", link: 1,
      bytes: datagram(50_000, 4_789, vxlan([UInt8](repeating: 0x45, count: 60))), inside: .outer),
    Frame(
      name: "VXLAN of a wrong checksum", link: 1,
      bytes: datagram(
        50_000, 4_789, vxlan(ether(0x0800, Array(four.prefix(10)) + [9, 9] + four.dropFirst(12)))),
      inside: .outer, unlike: "it takes a wrong checksum"),
    Frame(
      name: "no Teredo: not its addresses", link: 1, bytes: datagram(51_413, 3_544, six),
      inside: .outer, unlike: "it goes by the port"),
    Frame(
      name: "no Teredo: another length", link: 1, bytes: datagram(51_413, 3_545, teredoPing + [0]),
      inside: .outer),
    Frame(
      name: "no IP in IP", link: 1, bytes: carried(4, six), inside: .outer,
      unlike: "it goes by the first four bits"),
    Frame(
      name: "GRE of LCP", link: 1,
      bytes: gre(
        0x3001, 0x880b, Build.be16(8) + [0, 7] + Build.be32(1), [0xff, 3, 0xc0, 0x21, 1, 1, 0, 4]),
      inside: .outer),
    Frame(
      name: "IP in a first fragment", link: 1,
      bytes: ether(0x0800, Build.ipv4(east, west, transport: 4, fragment: 0x2000, four)),
      inside: .outer, unlike: "it reads on in first fragments"),
  ]
}
