import Observations

/// One end of a transport: an IPv4 address in host order and a port.
struct Endpoint {
  var address: UInt32
  var port: UInt16

  init(_ address: UInt32, _ port: UInt16) {
    self.address = address
    self.port = port
  }
}

/// Fields of an IPv4 header that a scenario may want to choose.
struct IPv4Options {
  /// Time to live as seen by the capture.
  var ttl: UInt8 = 128
  /// Identification field.
  var identification: UInt16 = 0
  /// The don't-fragment flag.
  var dontFragment = false
}

/// Frames and packets with right lengths and checksums.
enum PacketBuilder {
  static let ipv4Type: UInt16 = 0x0800
  static let arpType: UInt16 = 0x0806
  static let ethernetHeaderLength = 14
  static let ipv4HeaderLength = 20
  /// The shortest Ethernet frame without its check sequence; what a card receives is padded to it.
  static let shortestFrame = 60

  /// An Ethernet II frame, padded where asked.
  static func ethernet(
    to destination: MAC, from source: MAC, type: UInt16, payload: [UInt8], padded: Bool
  ) -> [UInt8] {
    var frame = ByteBuffer(capacity: ethernetHeaderLength + payload.count)
    frame.append(destination.bytes)
    frame.append(source.bytes)
    frame.u16(type)
    frame.append(payload)
    if padded, frame.bytes.count < shortestFrame {
      frame.append([UInt8](repeating: 0, count: shortestFrame - frame.bytes.count))
    }
    return frame.bytes
  }

  /// An IPv4 packet without header options (RFC 791).
  static func ipv4(
    from source: UInt32, to destination: UInt32, transport: Transport,
    options: IPv4Options = IPv4Options(), payload: [UInt8]
  ) -> [UInt8] {
    var header = ByteBuffer(capacity: ipv4HeaderLength + payload.count)
    header.u8(0x45)
    header.u8(0)
    header.u16(UInt16(truncatingIfNeeded: ipv4HeaderLength + payload.count))
    header.u16(options.identification)
    header.u16(options.dontFragment ? 0x4000 : 0)
    header.u8(options.ttl)
    header.u8(transport.rawValue)
    header.u16(0)
    header.u32(source)
    header.u32(destination)
    Checksum.put(Checksum.of(header.bytes), into: &header.bytes, at: 10)
    header.append(payload)
    return header.bytes
  }

  /// A UDP header and its payload (RFC 768), the checksum over the pseudo header.
  static func udp(from source: Endpoint, to destination: Endpoint, payload: [UInt8]) -> [UInt8] {
    let length = UInt16(truncatingIfNeeded: 8 + payload.count)
    var segment = ByteBuffer(capacity: Int(length))
    segment.u16(source.port)
    segment.u16(destination.port)
    segment.u16(length)
    segment.u16(0)
    segment.append(payload)
    let checksum = transportChecksum(
      segment.bytes, from: source.address, to: destination.address, transport: .udp)
    // Zero would say "none was computed".
    Checksum.put(checksum == 0 ? 0xffff : checksum, into: &segment.bytes, at: 6)
    return segment.bytes
  }

  /// A TCP segment (RFC 9293); where no options are given (in whole words), a SYN carries those for
  /// the maximum segment size and selective acknowledgement.
  static func tcp(
    from source: Endpoint, to destination: Endpoint, sequence: UInt32, acknowledgement: UInt32,
    flags: TCPFlags, window: UInt16 = 65_535, options given: [UInt8]? = nil, payload: [UInt8] = []
  ) -> [UInt8] {
    let options = given ?? (flags.contains(.syn) ? [2, 4, 0x05, 0xb4, 1, 1, 4, 2] : [])
    var segment = ByteBuffer(capacity: 20 + options.count + payload.count)
    segment.u16(source.port)
    segment.u16(destination.port)
    segment.u32(sequence)
    segment.u32(acknowledgement)
    segment.u8(UInt8((20 + options.count) / 4) << 4)
    segment.u8(flags.rawValue)
    segment.u16(window)
    segment.u16(0)
    segment.u16(0)
    segment.append(options)
    segment.append(payload)
    let checksum = transportChecksum(
      segment.bytes, from: source.address, to: destination.address, transport: .tcp)
    Checksum.put(checksum, into: &segment.bytes, at: 16)
    return segment.bytes
  }

  /// An ICMP message (RFC 792): type, code, the four bytes after the checksum, and the rest.
  static func icmp(type: UInt8, code: UInt8, rest: UInt32, payload: [UInt8]) -> [UInt8] {
    var message = ByteBuffer(capacity: 8 + payload.count)
    message.u8(type)
    message.u8(code)
    message.u16(0)
    message.u32(rest)
    message.append(payload)
    Checksum.put(Checksum.of(message.bytes), into: &message.bytes, at: 2)
    return message.bytes
  }

  /// An ARP packet for IPv4 over Ethernet (RFC 826); operation 1 asks, 2 answers.
  static func arp(
    operation: UInt16, senderMAC: MAC, sender: UInt32, targetMAC: MAC, target: UInt32
  ) -> [UInt8] {
    var packet = ByteBuffer(capacity: 28)
    packet.u16(1)
    packet.u16(ipv4Type)
    packet.u8(6)
    packet.u8(4)
    packet.u16(operation)
    packet.append(senderMAC.bytes)
    packet.u32(sender)
    packet.append(targetMAC.bytes)
    packet.u32(target)
    return packet.bytes
  }

  private static func transportChecksum(
    _ segment: [UInt8], from source: UInt32, to destination: UInt32, transport: Transport
  ) -> UInt16 {
    let pseudo =
      source >> 16 + source & 0xffff + destination >> 16 + destination & 0xffff
      + UInt32(transport.rawValue) + UInt32(truncatingIfNeeded: segment.count)
    return Checksum.of(segment, from: pseudo)
  }
}
