/// One network event, normalised: a packet, a log line or a visit, in 64 bytes.
///
/// Readers fill every field but `contact`, which the pair memory writes. Fields a source of
/// evidence cannot give stay zero; `marks` says where zero would mislead.
@frozen
public struct Observation: BitwiseCopyable, Sendable {
  /// Nanoseconds since the epoch, as the evidence states it.
  public var time: Int64
  /// Who sent it: the outermost IP source, or the sender's protocol address of an ARP packet.
  public var source: Address
  /// Whom it was addressed to; `.unspecified` in a visitors' log, which does not name its server.
  public var destination: Address
  /// Source port; for ICMP and ICMPv6 the type; for ARP the operation.
  public var sourcePort: UInt16
  /// Destination port; for ICMP and ICMPv6 the code.
  public var destinationPort: UInt16
  /// Length of the IP datagram in bytes as its header claims; 0 where not known.
  public var length: UInt32
  /// IP protocol number, or `.arp`.
  public var transport: Transport
  /// TCP flags; 0 for other transports.
  public var tcpFlags: TCPFlags
  /// What else the reader saw.
  public var marks: Marks
  /// What the device that logged it did with it.
  public var action: Action
  /// Which way it went through the device that logged it.
  public var path: Path
  /// What the content turned out to be.
  public var hint: ApplicationHint
  /// The pair memory's answer: how this relates to what the two addresses exchanged before.
  public var contact: Contact
  /// The IP identification field; meaningful where `marks` has `.identification`. With
  /// `Marks.counted` the upper part of a count, see `packets`.
  public var identification: UInt16
  /// Time to live or hop limit; 0 where not known.
  public var timeToLive: UInt8
  /// Packets this record stands for, less one; with `Marks.counted` the lower part of that. Use
  /// `packets` and `setPackets`.
  public var repeats: UInt8
  /// Depends on `hint`; see there. 0 otherwise.
  public var detail: UInt32

  /// All zero: time 0, unspecified addresses.
  @inlinable @inline(__always)
  public init() {
    time = 0
    source = Address(high: 0, low: 0)
    destination = Address(high: 0, low: 0)
    sourcePort = 0
    destinationPort = 0
    length = 0
    transport = Transport(rawValue: 0)
    tcpFlags = TCPFlags(rawValue: 0)
    marks = Marks(rawValue: 0)
    action = .unknown
    path = .unknown
    hint = .none
    contact = Contact(rawValue: 0)
    identification = 0
    timeToLive = 0
    repeats = 0
    detail = 0
  }
}

extension Observation {
  /// The most packets that one observation can stand for: 2²⁴.
  public static let mostPackets: UInt32 = 1 << 24

  /// Packets this record stands for, 1...`mostPackets`. With `Marks.lowerBound` there may have been
  /// more.
  @inlinable @inline(__always)
  public var packets: UInt32 {
    guard marks.contains(.counted) else { return UInt32(repeats) &+ 1 }
    return (UInt32(identification) &<< 8 | UInt32(repeats)) &+ 1
  }

  /// Says how many packets this record stands for: 0 counts as one; more than `mostPackets` is a
  /// lower bound. A count above 256 takes the place of the IP identification, which one number
  /// could not be for all of them.
  @inlinable
  public mutating func setPackets(_ count: UInt32) {
    if count > Observation.mostPackets { marks.insert(.lowerBound) }
    let less = Swift.min(Swift.max(count, 1), Observation.mostPackets) &- 1
    repeats = UInt8(truncatingIfNeeded: less)
    guard less > 255 else { return }
    marks.insert(.counted)
    marks.remove(.identification)
    identification = UInt16(truncatingIfNeeded: less &>> 8)
  }
}

/// Facts about one observation that a reader states.
@frozen
public struct Marks: OptionSet, Hashable, BitwiseCopyable, Sendable {
  /// The marks as bits.
  public var rawValue: UInt16
  /// Marks from bits.
  @inlinable @inline(__always)
  public init(rawValue: UInt16) { self.rawValue = rawValue }
  /// Sent to a link-layer broadcast, to 255.255.255.255, or (a log) marked as broadcast.
  @inlinable public static var broadcast: Marks { Marks(rawValue: 1 << 0) }
  /// Sent to a multicast address.
  @inlinable public static var multicast: Marks { Marks(rawValue: 1 << 1) }
  /// A fragment other than the first: ports are not known, `sourcePort` and `destinationPort` are
  /// 0. With `ports`: the fragment that completed a datagram whose first was seen; ports and content
  /// are the whole datagram's, and the first fragment was counted for it.
  @inlinable public static var laterFragment: Marks { Marks(rawValue: 1 << 2) }
  /// The first fragment of several.
  @inlinable public static var firstFragment: Marks { Marks(rawValue: 1 << 3) }
  /// The capture holds less of the packet than was on the wire.
  @inlinable public static var cut: Marks { Marks(rawValue: 1 << 4) }
  /// Ports (or ICMP type and code) were read; without it they are not known.
  @inlinable public static var ports: Marks { Marks(rawValue: 1 << 5) }
  /// `identification` was read.
  @inlinable public static var identification: Marks { Marks(rawValue: 1 << 6) }
  /// A length field of some header contradicts the others.
  @inlinable public static var malformed: Marks { Marks(rawValue: 1 << 7) }
  /// An ICMP error whose quoted packet was read, or a log line with the packet in brackets:
  /// `detail` holds the quote.
  @inlinable public static var quoted: Marks { Marks(rawValue: 1 << 8) }
  /// The quoted packet's source is this packet's destination: an error about something the receiver
  /// sent (or seems to have).
  @inlinable public static var quoteMatches: Marks { Marks(rawValue: 1 << 9) }
  /// The record has no time of its own or an impossible one; `time` repeats the last good one.
  @inlinable public static var timeUncertain: Marks { Marks(rawValue: 1 << 10) }
  /// A visit out of a visitors' log: `source` contacted the log's own server.
  @inlinable public static var visit: Marks { Marks(rawValue: 1 << 11) }
  /// The sender's own process is named by the record (`UID=`, pf's and NFLOG's headers); `detail` is
  /// the user id.
  @inlinable public static var userID: Marks { Marks(rawValue: 1 << 12) }
  /// One of the addresses was veiled before the log was shown: it equals no other's.
  @inlinable public static var veiled: Marks { Marks(rawValue: 1 << 13) }
  /// More than 256 packets: `identification` is part of the count, see `Observation.packets`.
  @inlinable public static var counted: Marks { Marks(rawValue: 1 << 14) }
  /// The device that logged it leaves out some (a rate limit, sampling, a full counter): there may
  /// have been more packets than the record says.
  @inlinable public static var lowerBound: Marks { Marks(rawValue: 1 << 15) }
}

/// What a device did with a packet it logged.
@frozen
public enum Action: UInt8, BitwiseCopyable, Sendable {
  /// The record does not say.
  case unknown
  /// It let the packet pass.
  case allowed
  /// It dropped or refused the packet.
  case blocked
  /// It logged the packet and decided nothing about it.
  case audited
}

/// The way a packet took through the device that logged it; of a capture always `unknown`.
@frozen
public enum Path: UInt8, BitwiseCopyable, Sendable {
  /// The record does not say.
  case unknown
  /// It came in for the device itself.
  case inbound
  /// The device itself sent it.
  case outbound
  /// It came in by one interface and left by another.
  case forwarded
  /// The same, from outside inwards, as the names of the interfaces or the device's own words say.
  case entering
  /// The same, from inside outwards.
  case leaving
}

/// What the content of a packet turned out to be; a port alone never earns one.
@frozen
public enum ApplicationHint: UInt8, BitwiseCopyable, Sendable, CaseIterable {
  /// Not known, or nothing that has a name here.
  case none
  /// NetBIOS node status request (RFC 1002, 4.2.17). `detail`: transaction id.
  case nodeStatusQuery
  /// NetBIOS name query (4.2.12). `detail`: transaction id.
  case nameQuery
  /// Any NetBIOS name service response. `detail`: transaction id.
  case nameResponse
  /// NetBIOS registration, refresh, release and the like. `detail`: transaction id.
  case nameService
  /// By size alone (a log's `LEN=78` to UDP/137, a packet cut short): one NetBIOS query of some kind.
  case nameQueryBySize
  /// DNS query (RFC 1035). `detail`: transaction id in the low 16 bits, question type in the high
  /// 16.
  case dnsQuery
  /// DNS response. `detail`: as for a query.
  case dnsResponse
  /// A UDP header that is really an ICMP error's: unusable as UDP, ICMP checksum verifies over the
  /// whole IP payload, the quoted header parses and its addresses match or mirror the outer ones.
  /// `sourcePort` is type·256+code. `detail`: a digest of the quoted packet.
  case icmpErrorAsUDP
  /// Outwardly the same (source port reads as an ICMP error, UDP length or checksum unusable),
  /// whole, but the test fails.
  case icmpErrorAsUDPRefuted
  /// Outwardly the same, but too little of the packet is there to test.
  case icmpErrorAsUDPUntestable
  /// An ICMP or ICMPv6 error message. With `Marks.quoted`, `detail`: quoted source port in the high
  /// 16 bits, quoted destination port in the low.
  case icmpError
  /// An SMTP session's start in a visitors' log.
  case mailVisit
  /// An HTTP request in a visitors' log.
  case webVisit
  /// NetBIOS datagram (RFC 1002, 4.4): browser announcements, logon requests, mailslots. `detail`:
  /// the datagram id.
  case netbiosDatagram
  /// DHCP (RFC 2131), by its magic cookie. `detail`: the message type (1 discover, 2 offer, 3
  /// request, 5 acknowledgement …), 0 where the packet gives none.
  case dhcp
  /// A name asked of, or told to, all neighbours: multicast DNS (RFC 6762) or LLMNR (RFC 4795).
  /// `detail`: 1 for a response, 0 for a query.
  case multicastName
  /// SSDP over UDP: a search for devices, or their word of themselves. `detail`: 0 for a search, 1 for an
  /// announcement, 2 for an answer.
  case ssdp
  /// NTP (RFC 5905) or its control and private modes. `detail`: the mode (3 client, 4 server, 6 control,
  /// 7 private).
  case ntp
  /// A TFTP request (RFC 1350). `detail`: 1 to read, 2 to write.
  case tftp
  /// SNMP. `detail`: the version (0, 1 for 2c, 3) in the high 16 bits, the tag of the PDU in the low.
  case snmp
  /// SIP over UDP (RFC 3261). `detail`: 0 for a request, the status of an answer.
  case sip
  /// STUN (RFC 8489), by its magic cookie. `detail`: the message type.
  case stun
  /// A TLS client's or server's hello. `detail`: 1 or 2 in the high 16 bits (client, server), the
  /// version field of the hello in the low.
  case tls
  /// The beginning of an HTTP/1 request. `detail`: 0.
  case httpRequest
  /// The beginning of an HTTP/1 response. `detail`: the status.
  case httpResponse
  /// An SSH identification string. `detail`: 0.
  case ssh
  /// The opening of a NetBIOS session or the answer to it (RFC 1002, 4.3). `detail`: the packet type.
  case netbiosSession
  /// SMB1 that opens something: negotiation, session, share. `detail`: the command; 0x100 set in a
  /// response.
  case smb1
  /// SMB2 or 3 that opens something. `detail`: as for SMB1.
  case smb2

  /// Whether this is one of the three outcomes of the misread-ICMP test.
  @inlinable @inline(__always)
  public var isMisreadCandidate: Bool {
    self == .icmpErrorAsUDP || self == .icmpErrorAsUDPRefuted || self == .icmpErrorAsUDPUntestable
  }
  /// Whether this asks for a NetBIOS name or node status.
  @inlinable @inline(__always)
  public var isNameLookup: Bool {
    self == .nodeStatusQuery || self == .nameQuery || self == .nameQueryBySize
  }
}

/// How an observation relates to what its two addresses exchanged within the pair memory's window.
@frozen
public struct Contact: OptionSet, Hashable, BitwiseCopyable, Sendable {
  /// The answers as bits.
  public var rawValue: UInt8
  /// Answers from bits.
  @inlinable @inline(__always)
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// The destination had sent something to the source within the window before.
  @inlinable public static var solicited: Contact { Contact(rawValue: 1 << 0) }
  /// The source had sent to the same destination and port within 5 seconds before: a retry or a
  /// train.
  @inlinable public static var retry: Contact { Contact(rawValue: 1 << 1) }
  /// Comes from the port that the destination had addressed and does not call itself a query: a
  /// reply.
  @inlinable public static var reply: Contact { Contact(rawValue: 1 << 2) }
  /// The destination was the first of the two to speak.
  @inlinable public static var peerOpened: Contact { Contact(rawValue: 1 << 3) }
  /// The source had asked the DNS for the destination's name, and the answer was that there is
  /// none.
  @inlinable public static var reverseFailed: Contact { Contact(rawValue: 1 << 4) }
  /// The destination's address had been in a DNS answer given to the source.
  @inlinable public static var resolved: Contact { Contact(rawValue: 1 << 5) }
  /// The first reply since the source was addressed.
  @inlinable public static var firstReply: Contact { Contact(rawValue: 1 << 6) }
  /// The source had sent a NetBIOS query to the destination before.
  @inlinable public static var nameAsked: Contact { Contact(rawValue: 1 << 7) }
}
