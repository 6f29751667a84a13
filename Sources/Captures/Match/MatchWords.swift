/// The words of a filter expression, read as far as is needed to keep it from asking the network.
///
/// libpcap looks up what it takes for a host's name. An analysis asks nobody for anything, so names are
/// refused here; names of services and protocols, which stand in files of this system, are left to it.
enum MatchWords {
  /// A word and where it stands.
  struct Word: Equatable {
    /// As it is written.
    var text: String
    /// Its place in the expression, in bytes of UTF-8.
    var place: Range<Int>
  }

  /// The words and signs of an expression.
  static func split(_ text: String) -> [Word] {
    let bytes = Array(text.utf8)
    var words: [Word] = []
    var at = 0
    while at < bytes.count {
      let start = at
      if bytes[at] <= 0x20 {
        at += 1
        continue
      }
      if isPart(bytes[at]) {
        while at < bytes.count, isPart(bytes[at]) { at += 1 }
      } else {
        at += 1
      }
      words.append(
        Word(text: String(decoding: bytes[start..<at], as: UTF8.self), place: start..<at))
    }
    return words
  }

  /// The first word that would be looked up as a host's or a network's name; nil where there is none.
  static func name(in words: [Word]) -> Word? {
    var takesName = false
    for (number, word) in words.enumerated() {
      let text = word.text.lowercased()
      if isSign(word.text) || isNumber(word.text) { continue }
      if isEscaped(words, number) { continue }
      if [
        "port", "portrange", "proto", "protochain", "ifname", "on", "reason", "rset", "ruleset",
        "action", "type", "subtype", "dir", "direction",
      ].contains(text) {
        takesName = true
      } else if keywords.contains(text) {
        // `and`, `or` and `not` keep what was said of the kind of name.
        if !["and", "or", "not"].contains(text) { takesName = false }
      } else if !takesName {
        return word
      }
    }
    return nil
  }

  /// What stands behind a backslash is a protocol's name for libpcap.
  private static func isEscaped(_ words: [Word], _ number: Int) -> Bool {
    number > 0 && words[number - 1].text == "\\"
      && words[number - 1].place.upperBound == words[number].place.lowerBound
  }

  private static func isPart(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x80...: true
    case 0x2e, 0x5f, 0x3a, 0x2d: true  // . _ : -
    default: false
    }
  }

  private static func isSign(_ text: String) -> Bool {
    text.utf8.allSatisfy { !isPart($0) || [0x2d, 0x3a, 0x2e].contains($0) }
  }

  /// A number, an address of any kind, a range of ports, or such beside each other without a blank.
  private static func isNumber(_ text: String) -> Bool {
    let parts = text.utf8.split(omittingEmptySubsequences: false) { $0 == 0x3a || $0 == 0x2d }
    let isAllHexadecimal = parts.allSatisfy { $0.allSatisfy(MatchWords.isHexadecimal) }
    // Six parts are a MAC address; eight, or two colons beside each other, an IPv6 one.
    if text.utf8.contains(0x3a) || parts.count == 6, isAllHexadecimal,
      parts.count == 6 || parts.count == 8 || text.contains("::")
    {
      return true
    }
    if text.contains("::") {
      return text.utf8.allSatisfy { $0 == 0x3a || $0 == 0x2e || MatchWords.isHexadecimal($0) }
    }
    // `tcp[tcpflags:1]`, `len-4`
    return parts.allSatisfy { part in
      let word = String(decoding: Array(part), as: UTF8.self).lowercased()
      if word.hasPrefix("0x") { return part.dropFirst(2).allSatisfy(MatchWords.isHexadecimal) }
      return parts.count > 1 && keywords.contains(word)
        || part.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2e }
    }
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
    default: false
    }
  }

  /// What pcap-filter(7) reserves.
  private static let keywords: Set<String> = Set(
    """
    dst src link ether ppp slip fddi tr wlan arp rarp ip sctp tcp udp icmp igmp igrp pim vrrp carp \
    radio ip6 icmp6 ah esp atalk aarp decnet lat sca moprc mopdl iso esis es-is isis is-is l1 l2 iih \
    lsp snp csnp psnp clnp stp ipx netbeui host net mask gateway less greater byte broadcast \
    multicast and or not len length inbound outbound vlan mpls pppoed pppoes geneve vxlan lane llc \
    metac bcc oam oamf4 oamf4ec oamf4sc sc ilmic vpi vci connectmsg metaconnect rnr rr rej xid \
    sabme sabm disc ua dm frmr ui test i s u ra ta addr1 addr2 addr3 addr4 srcnr rulenum rnum \
    subrulenum srnum sio opc dpc sls hsio hopc hdpc hsls fisu lssu lsu msu hfisu hlssu hmsu \
    icmptype icmpcode icmp-echoreply icmp-unreach icmp-sourcequench icmp-redirect icmp-echo \
    icmp-routeradvert icmp-routersolicit icmp-timxceed icmp-paramprob icmp-tstamp icmp-tstampreply \
    icmp-ireq icmp-ireqreply icmp-maskreq icmp-maskreply icmp6type icmp6code \
    icmp6-destinationrunreach icmp6-packettoobig icmp6-timeexceeded icmp6-parameterproblem \
    icmp6-echo icmp6-echoreply icmp6-multicastlistenerquery icmp6-multicastlistenerreportv1 \
    icmp6-multicastlistenerdone icmp6-routersolicit icmp6-routeradvert icmp6-neighborsolicit \
    icmp6-neighboradvert icmp6-redirect icmp6-routerrenum icmp6-nodeinformationquery \
    icmp6-nodeinformationresponse icmp6-ineighbordiscoverysolicit icmp6-ineighbordiscoveryadvert \
    icmp6-multicastlistenerreportv2 icmp6-homeagentdiscoveryrequest \
    icmp6-homeagentdiscoveryreply icmp6-mobileprefixsolicit icmp6-mobileprefixadvert \
    icmp6-certpathsolicit icmp6-certpathadvert icmp6-multicastrouteradvert \
    icmp6-multicastroutersolicit icmp6-multicastrouterterm \
    tcpflags tcp-fin tcp-syn tcp-rst tcp-push tcp-ack tcp-urg tcp-ece tcp-cwr
    """.split(separator: " ").map(String.init))
}
