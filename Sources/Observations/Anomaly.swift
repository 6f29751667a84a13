/// Everything a reader may find wrong with a record. Declared here once: the name is what users see
/// in `problems`, the meaning is what help and documents print.
public enum Anomaly: UInt8, CaseIterable, Hashable, Sendable {
  // Containers of captures.
  case captureCut
  case recordTooLong
  case recordLengthLies
  case timeImpossible
  case linkNotDecoded
  case blockBroken
  case blockMalformed
  case optionMalformed
  case interfaceUnknown
  case interfacesBeyondBound
  case frameCountWrong
  case recordBroken
  case bytesSkipped
  case blockUnknown
  case captureJoined
  // Link and network layers.
  case frameCut
  case frameTooShort
  case etherTypeNotDecoded
  case frameEncrypted
  case frameDamaged
  case aggregateNotDecoded
  case filterHeaderMalformed
  case arpMalformed
  case ipVersionWrong
  case ipPacketTooShort
  case ipv4HeaderLengthTooSmall
  case ipv4HeaderCut
  case ipv4TotalLengthTooSmall
  case ipv4LengthBeyondFrame
  case ipv4ChecksumWrong
  case ipv6HeaderCut
  case ipv6LengthBeyondFrame
  case ipv6ExtensionCut
  case ipv6ExtensionChainTooLong
  case addressImpossible
  // Transports.
  case transportNotCaptured
  case tcpHeaderCut
  case tcpDataOffsetTooSmall
  case tcpDataOffsetBeyondPacket
  case udpHeaderCut
  case udpLengthTooSmall
  case udpLengthBeyondPacket
  case icmpHeaderCut
  case icmpQuoteCut
  case icmpQuoteMalformed
  // Names.
  case dnsHeaderCut
  case dnsNameMalformed
  case dnsRecordCut
  case nbnsHeaderCut
  case nbnsNameMalformed
  case answersBeyondBound
  case netbiosDatagramMalformed
  case dhcpMalformed
  case namesBeyondBound
  // Fragments.
  case fragmentTiny
  case fragmentMalformed
  case fragmentsOverlap
  case fragmentsDisagree
  case fragmentEndContradicted
  case fragmentBeyondLimit
  case fragmentsMissing
  case fragmentsBeyondBound
  // Logs.
  case lineTooLong
  case lineNotRecognised
  case addressMissing
  case addressMalformed
  case numberMalformed
  case stampMissing
  case stampMalformed
  case yearAssumed
  case clockStepBack
  case lastLineUnfinished
  case controlCharacters
  case lineCut
  case addressVeiled
  case hourSkipped
  case hourTwice
  // Notes.
  case noteMalformed
  // Compressed evidence.
  case compressedCut
  case compressedDamaged
  case compressedTrailing

  /// Stable name in camel case, as in the JSON contract's `problems[].kind`.
  public var name: String { "\(self)" }

  /// What it means, in one line, without a trailing stop.
  public var meaning: String {
    switch self {
    case .captureCut: "the file ends inside a record"
    case .recordTooLong:
      "a record claims more bytes than any packet has; sound records were looked for behind it"
    case .recordLengthLies: "a record holds more bytes than were on the wire"
    case .timeImpossible: "the fraction of a second is not a fraction"
    case .linkNotDecoded: "this link type is not decoded; its packets are counted only"
    case .blockBroken:
      "a block contradicts itself (lengths, byte order, version); sound ones were looked for behind it"
    case .blockMalformed: "a block too small for what it says it holds; passed over"
    case .optionMalformed: "options that do not fit into their block; passed over"
    case .interfaceUnknown: "a packet of an interface that was not described; counted only"
    case .interfacesBeyondBound:
      "more interfaces than are remembered; their packets are counted only"
    case .frameCountWrong: "the file's own index has another number of frames than were found"
    case .recordBroken:
      "what stands where a record should is none; sound records were looked for behind it"
    case .bytesSkipped:
      "bytes of a damaged capture in which no record could be found; what stands behind them was read"
    case .blockUnknown: "a block of a kind that nobody has described; passed over"
    case .captureJoined: "another capture begins here, joined to the one before it; both were read"
    case .frameCut: "the capture holds too little of the frame to reach the network layer"
    case .frameTooShort: "the frame on the wire was too short for its link header"
    case .etherTypeNotDecoded: "neither IP nor ARP; counted only"
    case .frameEncrypted: "encrypted by its link (802.11, MACsec); counted only"
    case .frameDamaged: "received damaged, as the receiver says; counted only"
    case .aggregateNotDecoded: "several packets in one 802.11 frame; only the first was read"
    case .filterHeaderMalformed: "a packet filter's own header contradicts itself; counted only"
    case .arpMalformed: "ARP with impossible address lengths"
    case .ipVersionWrong: "the IP version contradicts the link layer"
    case .ipPacketTooShort: "the frame on the wire was too short for an IP header"
    case .ipv4HeaderLengthTooSmall: "IPv4 header length under 20 bytes"
    case .ipv4HeaderCut: "the capture ends inside the IPv4 header"
    case .ipv4TotalLengthTooSmall: "IPv4 total length smaller than its header"
    case .ipv4LengthBeyondFrame: "IPv4 total length exceeds what was on the wire"
    case .ipv4ChecksumWrong:
      "IPv4 header checksum wrong (common where the network card computes it)"
    case .ipv6HeaderCut: "the capture ends inside the IPv6 header"
    case .ipv6LengthBeyondFrame: "IPv6 payload length exceeds what was on the wire"
    case .ipv6ExtensionCut: "the packet ends inside an IPv6 extension header"
    case .ipv6ExtensionChainTooLong: "more IPv6 extension headers than any sender uses"
    case .addressImpossible: "an IPv6 address of a block that no host has; not decoded"
    case .transportNotCaptured: "the capture ends before the end of the transport header"
    case .tcpHeaderCut: "the packet ends inside the TCP header"
    case .tcpDataOffsetTooSmall: "TCP data offset under 20 bytes"
    case .tcpDataOffsetBeyondPacket: "TCP data offset past the end of the packet"
    case .udpHeaderCut: "the packet ends inside the UDP header"
    case .udpLengthTooSmall: "UDP length smaller than its header"
    case .udpLengthBeyondPacket: "UDP length past the end of the packet"
    case .icmpHeaderCut: "the packet ends inside the ICMP header"
    case .icmpQuoteCut: "an ICMP error without a whole quoted header"
    case .icmpQuoteMalformed: "an ICMP error that quotes something other than an IP packet"
    case .dnsHeaderCut: "the packet ends inside the DNS header"
    case .dnsNameMalformed: "a DNS name that runs out of the packet, loops or is too long"
    case .dnsRecordCut: "the packet ends inside a DNS record"
    case .nbnsHeaderCut: "the packet ends inside the NetBIOS name service header"
    case .nbnsNameMalformed: "a NetBIOS name that is not first-level encoded"
    case .answersBeyondBound: "more DNS answers at once than are remembered"
    case .netbiosDatagramMalformed:
      "on the NetBIOS datagram port, but not what RFC 1002 calls a datagram"
    case .dhcpMalformed: "on a DHCP port, but without DHCP's cookie or with options that run out"
    case .namesBeyondBound: "more names in packets at once than are remembered"
    case .fragmentTiny: "a first fragment too short for the header of its transport"
    case .fragmentMalformed:
      "a fragment without data, or one before the last whose length is no multiple of eight"
    case .fragmentsOverlap: "fragments that overlap, with the same bytes"
    case .fragmentsDisagree:
      "fragments that overlap with other bytes: hosts differ in which they believe; not put together"
    case .fragmentEndContradicted:
      "a last fragment that ends before another, or two that end elsewhere; not put together"
    case .fragmentBeyondLimit: "a fragment that ends beyond the longest datagram there is"
    case .fragmentsMissing:
      "a datagram of which fragments are missing; those there are were counted"
    case .fragmentsBeyondBound:
      "more datagrams in fragments at once than are put together; this one stayed in its fragments"
    case .lineTooLong: "a line longer than any log's; skipped"
    case .lineNotRecognised: "no known format"
    case .addressMissing: "a firewall line without source or destination address"
    case .addressMalformed: "an address that cannot be read"
    case .numberMalformed: "a number that cannot be read or is out of range"
    case .stampMissing: "a line without a time"
    case .stampMalformed: "a time that cannot be read"
    case .yearAssumed: "the line gives no year"
    case .clockStepBack: "the clock went back"
    case .lastLineUnfinished: "the file ends inside a line"
    case .controlCharacters: "control characters in the text; shown escaped"
    case .lineCut: "a firewall line that ends before its protocol or its ports"
    case .hourSkipped:
      "a local time that its zone never had: clocks were put forward over it; taken as if not"
    case .hourTwice:
      "a local time that came twice, for clocks were put back: the first pass until stamps go back"
    case .noteMalformed: "a note that cannot be read; the others are"
    case .compressedCut: "the compressed data end too early; what came out of them before was read"
    case .compressedDamaged:
      "the compressed data are damaged from here on; what came out of them before was read"
    case .compressedTrailing: "something else follows the compressed data; it was not read"
    case .addressVeiled:
      "an address made unreadable on purpose; kept veiled, never taken for a real one"
    }
  }
}

/// Where in a piece of evidence something was.
public struct Place: Hashable, Comparable, Sendable {
  /// Record number, from 1.
  public var record: UInt64
  /// Byte offset of the record in the (decompressed) evidence.
  public var offset: UInt64

  /// A place out of its parts.
  public init(record: UInt64, offset: UInt64) {
    self.record = record
    self.offset = offset
  }

  /// In order of record.
  public static func < (a: Place, b: Place) -> Bool { a.record < b.record }
}

/// Counts of anomalies with the first places of each. Fixed size: hostile input cannot grow it.
public struct ProblemLog: Sendable, Equatable {
  /// How many places are kept for each kind.
  public static let placesKept = 5

  private var counts = [UInt64](repeating: 0, count: Anomaly.allCases.count)
  private var places = [[Place]](repeating: [], count: Anomaly.allCases.count)

  /// An empty log.
  public init() {}

  /// Counts an anomaly at a place: once, or by the bytes it takes.
  public mutating func note(
    _ anomaly: Anomaly, record: UInt64, offset: UInt64, count: UInt64 = 1
  ) {
    let index = Int(anomaly.rawValue)
    counts[index] &+= count
    if places[index].count < ProblemLog.placesKept {
      places[index].append(Place(record: record, offset: offset))
    }
  }

  /// How often an anomaly was met.
  public func count(_ anomaly: Anomaly) -> UInt64 { counts[Int(anomaly.rawValue)] }

  /// All anomalies met, in order of declaration.
  public var entries: [(anomaly: Anomaly, count: UInt64, first: [Place])] {
    Anomaly.allCases.compactMap { anomaly in
      let index = Int(anomaly.rawValue)
      return counts[index] == 0 ? nil : (anomaly, counts[index], places[index])
    }
  }
}
