extension MadeFrames {
  static let links: [Frame] = [
    Frame(name: "Ethernet", link: 1, bytes: ether(0x0800, four)),
    Frame(
      name: "three tags", link: 1,
      bytes: Build.ethernet(0x86dd, tags: [0x88a8, 0x8100, 0x8100], six), inside: .six),
    Frame(
      name: "VN-tag", link: 1,
      bytes: ether(0x8926, [0x80, 1, 0, 2] + Build.be16(0x8100) + [0, 5, 8, 0] + four)),
    Frame(name: "Cisco metadata", link: 1, bytes: ether(0x8909, [1, 1, 0, 1, 0, 5, 8, 0] + four)),
    Frame(name: "802.1ah", link: 1, bytes: ether(0x88e7, [0, 0, 0, 9] + ether(0x0800, four))),
    Frame(name: "MACsec", link: 1, bytes: ether(0x88e5, [0x2c] + zeros(60)), inside: .nothing),
    Frame(
      name: "MPLS", link: 1,
      bytes: ether(0x8847, label(16, bottom: false) + label(17, bottom: true) + four)),
    Frame(
      name: "MPLS IPv6", link: 1, bytes: ether(0x8848, label(17, bottom: true) + six),
      inside: .six),
    Frame(
      name: "MPLS alone", link: 219, bytes: label(17, bottom: true) + four,
      unlike: "it does not know the link"),
    Frame(
      name: "pseudowire", link: 1,
      bytes: ether(0x8847, label(18, bottom: true) + zeros(4) + ether(0x0806, arp)), inside: .arp,
      unlike: "it guesses that there is no control word"),
    Frame(
      name: "MPLS in PPP", link: 9, bytes: [0x02, 0x81] + label(17, bottom: true) + four),
    Frame(name: "PPP", link: 9, bytes: [0, 0x21] + four),
    Frame(name: "PPP framed", link: 50, bytes: [0xff, 3, 0, 0x57] + six, inside: .six),
    Frame(name: "PPP serial Cisco", link: 50, bytes: [0x0f, 0, 8, 0] + four),
    Frame(name: "PPPoE", link: 51, bytes: [0x11, 0, 0, 9] + Build.be16(42) + [0, 0x21] + four),
    Frame(
      name: "PPP pppd", link: 166, bytes: [1, 0xff, 3, 0, 0x21] + four,
      unlike: "it does not know the link"),
    Frame(name: "PPP directed", link: 204, bytes: [0, 0, 0x57] + six, inside: .six),
    Frame(name: "SLIP", link: 8, bytes: zeros(16) + four, unlike: "it does not read it"),
    Frame(name: "HDLC", link: 104, bytes: [0x0f, 0, 8, 0] + four),
    Frame(
      name: "HDLC SLARP", link: 104, bytes: [0x8f, 0, 0x80, 0x35] + zeros(18), inside: .nothing),
    Frame(name: "Frame Relay", link: 107, bytes: [0x18, 0x41, 3, 0xcc] + four),
    Frame(name: "Frame Relay IPv6", link: 107, bytes: [0x18, 0x41, 3, 0x8e] + six, inside: .six),
    Frame(
      name: "Frame Relay SNAP", link: 107, bytes: [0x18, 0x41, 3, 0, 0x80, 0, 0, 0, 8, 0] + four),
    Frame(name: "Frame Relay Cisco", link: 107, bytes: [0x18, 0x41, 8, 0] + four),
    Frame(
      name: "Frame Relay bridged", link: 107,
      bytes: [0x18, 0x41, 3, 0, 0x80, 0, 0x80, 0xc2, 0, 7] + ether(0x0800, four)),
    Frame(
      name: "Frame Relay long address", link: 107, bytes: [0x18, 0x40, 0, 0x81, 3, 0xcc] + four),
    Frame(name: "RFC 1483", link: 100, bytes: snap(0x0800, four)),
    Frame(name: "FDDI", link: 10, bytes: [0x50] + station + client + snap(0x0800, four)),
    Frame(
      name: "802.5", link: 6, bytes: [0x10, 0x40] + station + client + snap(0x0806, arp),
      inside: .arp),
    Frame(
      name: "802.5 routed", link: 6,
      bytes: [0x10, 0x40] + station + [0x82, 0, 0, 0, 0, 2] + [6, 0x10, 0, 0x11, 0, 0x20]
        + snap(0x0800, four)),
    Frame(
      name: "IEEE 1394", link: 138, bytes: zeros(8) + [1] + zeros(7) + [8, 0] + four),
    Frame(name: "NULL", link: 0, bytes: [30, 0, 0, 0] + six, inside: .six),
    Frame(name: "LOOP", link: 108, bytes: [0, 0, 0, 2] + four),
    Frame(name: "enc", link: 109, bytes: [2, 0, 0, 0] + Build.be32(9) + zeros(4) + four),
    Frame(name: "raw", link: 101, bytes: six, inside: .six),
    Frame(name: "USB", link: 189, bytes: four, inside: .nothing),
  ]

  static let moreLinks: [Frame] = [
    Frame(name: "802.11 to", link: 105, bytes: wlan(snap(0x0800, four))),
    Frame(name: "802.11 from", link: 105, bytes: wlan(flags: 2, snap(0x86dd, six)), inside: .six),
    Frame(name: "802.11 ad hoc", link: 105, bytes: wlan(flags: 0, snap(0x0806, arp)), inside: .arp),
    Frame(
      name: "802.11 four addresses", link: 105,
      bytes: wlan(kind: 0x88, flags: 3, fourth: client, quality: [0, 0], snap(0x0800, four))),
    Frame(
      name: "802.11 QoS", link: 105, bytes: wlan(kind: 0x88, quality: [0, 0], snap(0x0800, four))),
    Frame(
      name: "802.11 HT control", link: 105,
      bytes: wlan(kind: 0x88, flags: 0x81, quality: [0, 0, 0, 0, 0, 0], snap(0x0800, four))),
    Frame(name: "802.11 null", link: 105, bytes: wlan(kind: 0x48, []), inside: .nothing),
    Frame(name: "802.11 beacon", link: 105, bytes: wlan(kind: 0x80, zeros(40)), inside: .nothing),
    Frame(
      name: "802.11 protected", link: 105, bytes: wlan(flags: 0x41, zeros(60)), inside: .nothing),
    Frame(
      name: "802.11 later fragment", link: 105, bytes: wlan(fragment: 1, four), inside: .nothing),
    Frame(
      name: "802.11 aggregate", link: 105,
      bytes: wlan(
        kind: 0x88, quality: [0x80, 0], station + client + Build.be16(48) + snap(0x0800, four))),
    Frame(name: "radiotap", link: 127, bytes: radiotap(wlan(snap(0x0800, four)))),
    Frame(
      name: "radiotap with check sequence", link: 127,
      bytes: radiotap(flags: 0x10, time: true, wlan(snap(0x86dd, six)) + zeros(4)), inside: .six),
    Frame(
      name: "radiotap of two words, padded", link: 127,
      bytes: radiotap(
        flags: 0x20, words: 2, wlan(kind: 0x88, quality: [0, 0, 0, 0], snap(0x0800, four)))),
    Frame(
      name: "radiotap damaged", link: 127,
      bytes: radiotap(flags: 0x50, wlan(snap(0x0800, four)) + zeros(4)), inside: .nothing,
      unlike: "it reads what the receiver says is damaged"),
    Frame(
      name: "AVS", link: 163,
      bytes: Build.be32(0x8021_1001) + Build.be32(64) + zeros(56) + wlan(snap(0x0800, four))),
    Frame(
      name: "Prism", link: 119,
      bytes: little32(0x44) + little32(144) + zeros(136) + wlan(snap(0x0800, four))),
    Frame(
      name: "PPI", link: 192,
      bytes: [0, 0] + little16(8) + little32(105) + wlan(snap(0x0800, four))),
    Frame(name: "pflog", link: 117, bytes: pflog(four)),
    Frame(name: "pflog IPv6", link: 117, bytes: pflog(family: 24, six), inside: .six),
    Frame(
      name: "pflog FreeBSD", link: 117, bytes: pflog(length: 69, family: 28, six), inside: .six),
    Frame(
      name: "pflog OpenBSD", link: 117,
      bytes: pflog(length: 100, action: 0, direction: 2, user: 1_000, process: 4_711, four)),
    Frame(name: "pflog NetBSD", link: 117, bytes: pflog(length: 48, four)),
    Frame(
      name: "NFLOG", link: 239,
      bytes: nflog(fields: [
        (1, [8, 0, 3, 0]), (10, Array("out: \0".utf8)), (11, [0, 0, 3, 0xe8]), (9, four),
      ])),
    Frame(
      name: "NFLOG IPv6", link: 239,
      bytes: nflog(family: 10, fields: [(1, [0x86, 0xdd, 1, 0]), (9, six)]), inside: .six),
    Frame(
      name: "PKTAP", link: 258,
      bytes: little32(108) + little32(1) + little32(1) + zeros(96) + ether(0x0800, four)),
  ]
}
