/// A name or other text that a packet carried, beside its observation: its bytes lie in the batch
/// (`ObservationBatch.text`). What is seen is what somebody wrote, not what is so.
@frozen
public struct Sighting: BitwiseCopyable, Sendable {
  /// What the text is.
  @frozen
  public enum Kind: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// No text: the packet's content was recognised by itself (`Observation.hint`), its port apart.
    case content
    /// A name that the DNS gave `address` (A, AAAA), in labels as RFC 1035 writes them.
    case dnsName
    /// The same, told to all neighbours (multicast DNS, LLMNR); in labels.
    case multicastName
    /// A NetBIOS name of `address`, 15 characters at most; `extra` is its sixteenth byte (0x00 workstation,
    /// 0x03 messenger, 0x20 file server, 0x1d and 0x1e browsers).
    case netbiosName
    /// A group that `address` belongs to by NetBIOS: its workgroup or domain; `extra` as before.
    case netbiosGroup
    /// The six bytes that a node status response gives as its hardware address.
    case netbiosHardware
    /// The name that a DHCP client gives itself (RFC 2132, 3.14), asking for `address`.
    case dhcpName
    /// The vendor class of a DHCP client (RFC 2132, 9.13).
    case dhcpClass
    /// The server name that a TLS client asks `address` for (RFC 6066, 3).
    case serverName
    /// The host that an HTTP client asks `address` for.
    case httpHost
    /// Method and target of an HTTP request, cut.
    case httpRequest
    /// What an HTTP client calls itself.
    case userAgent
    /// A share asked of `address`: `\\server\share` as it was written.
    case share
    /// A dialect of SMB that a client offers; the last one it names.
    case dialect
    /// An SSH identification string (RFC 4253, 4.2).
    case banner
    /// A community of SNMP; `extra` is 1 for `public`, 2 for `private`, 0 for any other, whose text is not kept.
    case community
    /// A file asked of, or sent to, `address` by TFTP.
    case fileName
    /// What a device says of its software by SSDP.
    case ssdpServer
    /// What is searched for or announced by SSDP.
    case ssdpTarget
    /// A name that hosts ask for by themselves, in labels; empty by NetBIOS. `address` is who asks. `extra`:
    /// 1 for `wpad`, 2 for `isatap`; 0x10 by DNS, 0x20 by multicast, 0x30 by NetBIOS; 0x80 where the answer
    /// is that nobody has it, 0x40 where it gives an address, neither in a question.
    case specialName
  }
  /// The observation in the batch that carried it.
  public var index: UInt32
  /// Where its text begins in the batch's text.
  public var start: UInt32
  /// Bytes of text.
  public var length: UInt16
  /// What it is.
  public var kind: Kind
  /// Depends on `kind`.
  public var extra: UInt8
  /// Whom or what it is about.
  public var address: Address

  /// A sighting out of its parts.
  @inlinable
  public init(
    index: UInt32, kind: Kind, extra: UInt8 = 0, address: Address, start: UInt32, length: UInt16
  ) {
    self.index = index
    self.kind = kind
    self.extra = extra
    self.address = address
    self.start = start
    self.length = length
  }
}

extension ObservationBatch {
  /// The most bytes of text that one sighting keeps; the rest is cut off.
  public static let longestText = 255

  /// Whether another packet's names surely fit.
  @inlinable @inline(__always)
  public var hasRoomForNames: Bool {
    sightingCount <= ObservationBatch.sightingCapacity &- 64
      && textCount <= ObservationBatch.textCapacity &- 16_384
  }

  /// Keeps text for sightings: where it begins, and how much of it was kept; nil where there is no room.
  public func keepText(_ bytes: RawSpan) -> (start: UInt32, length: UInt16)? {
    let length = Swift.min(bytes.byteCount, ObservationBatch.longestText)
    guard textCount + length <= ObservationBatch.textCapacity else { return nil }
    let start = textCount
    text.copy(bytes.extracting(0..<length), to: start)
    textCount += length
    return (UInt32(start), UInt16(length))
  }

  /// Appends a sighting; false where there is no room.
  @inlinable
  public func append(_ sighting: Sighting) -> Bool {
    guard sightingCount < ObservationBatch.sightingCapacity else { return false }
    sightings[sightingCount] = sighting
    sightingCount &+= 1
    return true
  }

  /// The bytes of a sighting's text.
  public func bytes(of sighting: Sighting) -> [UInt8] {
    (0..<Int(sighting.length)).map { text[Int(sighting.start) + $0] }
  }

  /// 64 bits of a sighting's kind, address and text: equal for equal ones.
  public func digest(of sighting: Sighting) -> UInt64 {
    var hash = Mixing.hash(sighting.address) ^ UInt64(sighting.kind.rawValue) << 8
    hash = Mixing.mix(hash ^ UInt64(sighting.extra))
    var at = Int(sighting.start)
    let end = at + Int(sighting.length)
    while end - at >= 8 {
      hash = Mixing.mix(hash ^ text.word(at: at))
      at += 8
    }
    var rest = UInt64(sighting.length) << 56
    while at < end {
      rest = rest << 8 | UInt64(text[at])
      at += 1
    }
    return Mixing.mix(hash ^ rest)
  }
}
