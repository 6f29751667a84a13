import Observations

/// The kind of a link in four bytes, compared on the way of every packet: the place of its decoder in
/// `LinkFormat.known`, its number in the tcpdump group's list, and the byte order of its file.
struct Link: Equatable, Sendable {
  private let rawValue: UInt32
  /// The place that stands for none.
  private static let nowhere: UInt32 = 0xff

  static var ethernet: Link { Link(place: 0, number: 1) }
  static var raw: Link { Link(number: 101) }
  static var notDecoded: Link { Link(place: nowhere, number: 0xffff) }

  private init(place: UInt32, number: UInt32) { rawValue = place << 24 | number }

  /// The link that a number stands for.
  ///
  /// - Parameters:
  ///   - number: of the tcpdump group's list, or what some systems write in its stead.
  ///   - isBigEndian: the byte order of the file, which some links' own headers have, too.
  init(number: UInt32, isBigEndian: Bool = false) {
    let place = LinkFormat.places[number]
    self.init(place: place.map { UInt32($0) } ?? Link.nowhere, number: min(number, 0xffff))
    if let place, LinkFormat.known[place].isFilterLog {
      self = Link(rawValue: rawValue | 1 << 17 | (isBigEndian ? 1 << 16 : 0))
    }
  }

  private init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Its number in the tcpdump group's list; 0xffff where its container has a number of its own.
  var number: UInt16 { UInt16(truncatingIfNeeded: rawValue) }
  /// The byte order of the file; told only of links whose header follows it.
  var isBigEndian: Bool { rawValue & 1 << 16 != 0 }
  /// Whether a packet filter chose what is in it.
  var isFilterLog: Bool { rawValue & 1 << 17 != 0 }
  var isDecoded: Bool { rawValue >> 24 != Link.nowhere }
  /// How it is decoded; nil where it is not.
  var format: LinkFormat? { isDecoded ? LinkFormat.known[Int(rawValue >> 24)] : nil }
}

/// How the frames of a link are decoded: a file for each family, a line for each in `known`.
struct LinkFormat: Sendable {
  /// From a frame to its network layer, or to another header that has an EtherType.
  typealias Start =
    @Sendable (
      _ decoder: inout PacketDecoder, _ frame: RawSpan, _ extent: Extent
    ) throws(LengthError) -> NetworkStart

  /// Its numbers: the list's, and those that some systems write instead.
  let numbers: [UInt32]
  /// Whether a packet filter wrote it: it chose what is in it, and numbers in its header are in the byte
  /// order of the machine.
  var isFilterLog = false
  let start: Start

  /// All links that are decoded, Ethernet first.
  static let known: [LinkFormat] = [
    ethernet, linuxCooked, linuxCooked2, loopback, loopbackOpenBSD, raw, rawIPv4, rawIPv6,
    pointToPoint, pointToPointSerial, pppOverEthernet, pointToPointDaemon, pointToPointDirected,
    serialLine, ciscoHDLC, frameRelay, mpls, rfc1483, fddi, tokenRing, ieee1394, wireless,
    wirelessRadiotap, wirelessAVS, wirelessPrism, wirelessPPI, packetFilter, netfilterLog,
    encapsulating, applePacketTap,
  ]

  /// Where each number stands in `known`.
  fileprivate static let places: [UInt32: Int] = {
    var places: [UInt32: Int] = [:]
    for (place, format) in known.enumerated() {
      for number in format.numbers { places[number] = place }
    }
    return places
  }()
}

/// Where the network layer of a frame lies and what it is.
struct NetworkStart {
  /// The EtherType, or what stands for it; 0 where there is nothing to be decoded.
  var type: UInt16
  /// Bytes before it.
  var header: Int
  /// How far it goes.
  var extent: Extent

  init(_ type: UInt16, _ header: Int, _ extent: Extent) {
    (self.type, self.header, self.extent) = (type, header, extent)
  }
}

extension PacketDecoder {
  /// From a frame's first byte to its network layer.
  mutating func networkStart(
    _ frame: RawSpan, _ extent: Extent, _ link: Link
  ) throws(LengthError) -> NetworkStart {
    guard let format = link.format else { return NetworkStart(0, 0, extent) }
    self.link = link
    return try follow(format.start(&self, frame, extent), frame)
  }
}

extension Extent {
  /// What is left behind a header that is within.
  func behind(_ header: Int) -> Extent {
    Extent(claimed: claimed - header, limitedBy: limitedBy)
  }

  /// Takes a link header's word for the length, where it is less: what follows is padding.
  mutating func bound(_ length: Int) {
    if length < claimed { self = Extent(claimed: length, limitedBy: .linkLength) }
  }
}

extension RawSpan {
  /// What follows the first bytes; empty where there are no more.
  @_lifetime(copy self)
  func from(_ at: Int) -> RawSpan { extracting(min(at, byteCount)..<byteCount) }
}
