import Observations

/// Writes the records of a capture one behind the other into one buffer, which is handed out when
/// it is full: nine million packets never stand in memory as bytes.
struct CrowdFrames {
  /// When the buffer is handed out, in bytes.
  private static let pieceLength = 1 << 20
  private static let longestFrame = 1_600
  /// Two made stations, the same for all: what a tap at a provider's router sees.
  private static let link: [UInt8] = [2, 0, 0x0a, 0, 0, 1, 2, 0, 0x0a, 0, 0, 2, 8, 0]
  private static let ip = 14
  private static let transport = 34
  private static let payload = 42

  private let begin: Int64
  private let snapLength: Int
  private var out: [UInt8]
  /// Where the record that is being written starts.
  private var at = 0
  /// Where its frame starts.
  private var base = 0
  private(set) var count = 0
  private(set) var byteCount = 0

  init(begin: Int64, snapLength: Int?) {
    self.begin = begin
    self.snapLength = snapLength ?? PcapWriter.wholePackets
    out = PcapWriter(snapLength: snapLength).buffer.bytes
    at = out.count
    byteCount = at
    out += [UInt8](
      repeating: 0, count: CrowdFrames.pieceLength + 2 * CrowdFrames.longestFrame)
  }

  /// Writes a packet; what has gathered, when it is enough.
  mutating func add(_ time: Int64, _ packet: CrowdPacket) -> [UInt8]? {
    base = at + PcapWriter.recordHeaderLength
    for index in CrowdFrames.link.indices { out[base + index] = CrowdFrames.link[index] }
    var length = frame(packet)
    while length < PacketBuilder.shortestFrame {
      out[base + length] = 0
      length += 1
    }
    let kept = min(length, snapLength)
    let stamp = begin + time
    little(at, UInt32(truncatingIfNeeded: stamp / Clock.second))
    little(at + 4, UInt32(truncatingIfNeeded: stamp % Clock.second))
    little(at + 8, UInt32(kept))
    little(at + 12, UInt32(length))
    at = base + kept
    count += 1
    byteCount += PcapWriter.recordHeaderLength + kept
    return at >= CrowdFrames.pieceLength ? rest() : nil
  }

  /// What has gathered so far.
  mutating func rest() -> [UInt8] {
    let piece = Array(out[..<at])
    at = 0
    return piece
  }

  // MARK: bytes

  /// Puts bytes into the frame, network order.
  private mutating func put8(_ offset: Int, _ value: UInt8) { out[base + offset] = value }

  private mutating func put16(_ offset: Int, _ value: UInt16) {
    out[base + offset] = UInt8(truncatingIfNeeded: value >> 8)
    out[base + offset + 1] = UInt8(truncatingIfNeeded: value)
  }

  private mutating func put32(_ offset: Int, _ value: UInt32) {
    put16(offset, UInt16(truncatingIfNeeded: value >> 16))
    put16(offset + 2, UInt16(truncatingIfNeeded: value))
  }

  private mutating func clear(_ offset: Int, _ length: Int) {
    for index in base + offset..<base + offset + length { out[index] = 0 }
  }

  private mutating func little(_ index: Int, _ value: UInt32) {
    out[index] = UInt8(truncatingIfNeeded: value)
    out[index + 1] = UInt8(truncatingIfNeeded: value >> 8)
    out[index + 2] = UInt8(truncatingIfNeeded: value >> 16)
    out[index + 3] = UInt8(truncatingIfNeeded: value >> 24)
  }

  /// The Internet checksum (RFC 1071) of a stretch of the frame, upon a sum begun elsewhere.
  private func checksum(_ offset: Int, _ length: Int, from start: UInt32 = 0) -> UInt16 {
    var sum = start
    var index = base + offset
    let end = index + length
    while index + 1 < end {
      sum &+= UInt32(out[index]) << 8 | UInt32(out[index + 1])
      index += 2
    }
    if index < end { sum &+= UInt32(out[index]) << 8 }
    while sum >> 16 != 0 { sum = sum & 0xffff + sum >> 16 }
    return ~UInt16(truncatingIfNeeded: sum)
  }

  // MARK: headers

  /// An IPv4 header (RFC 791) at an offset.
  private mutating func putIP(
    _ offset: Int, length: Int, identification: UInt16, flags: UInt8, ttl: UInt8,
    transport: Transport, from source: UInt32, to target: UInt32
  ) {
    put16(offset, 0x4500)
    put16(offset + 2, UInt16(length))
    put16(offset + 4, identification)
    put16(offset + 6, UInt16(flags) << 8)
    put8(offset + 8, ttl)
    put8(offset + 9, transport.rawValue)
    put16(offset + 10, 0)
    put32(offset + 12, source)
    put32(offset + 16, target)
    put16(offset + 10, checksum(offset, PacketBuilder.ipv4HeaderLength))
  }

  private mutating func putIP(_ packet: CrowdPacket, length: Int, transport: Transport) {
    putIP(
      CrowdFrames.ip, length: PacketBuilder.ipv4HeaderLength + length,
      identification: packet.identification, flags: transport == .tcp ? 0x40 : 0,
      ttl: 128 - UInt8(RandomSource.mix(UInt64(packet.source)) % 24), transport: transport,
      from: packet.source, to: packet.target)
  }

  /// The sum of the pseudo-header (RFC 768, RFC 9293).
  private func pseudo(_ packet: CrowdPacket, _ transport: Transport, _ length: Int) -> UInt32 {
    let ends =
      packet.source >> 16 + packet.source & 0xffff + packet.target >> 16 + packet.target & 0xffff
    return ends + UInt32(transport.rawValue) + UInt32(length)
  }

  /// UDP about a payload that is in place; the frame's length.
  private mutating func putUDP(
    _ packet: CrowdPacket, _ source: UInt16, _ target: UInt16, payload: Int
  ) -> Int {
    let length = 8 + payload
    put16(CrowdFrames.transport, source)
    put16(CrowdFrames.transport + 2, target)
    put16(CrowdFrames.transport + 4, UInt16(length))
    put16(CrowdFrames.transport + 6, 0)
    putIP(packet, length: length, transport: .udp)
    let sum = checksum(CrowdFrames.transport, length, from: pseudo(packet, .udp, length))
    // Zero would say "none was computed".
    put16(CrowdFrames.transport + 6, sum == 0 ? 0xffff : sum)
    return CrowdFrames.transport + length
  }

  private mutating func putTCP(_ packet: CrowdPacket, _ flags: TCPFlags, payload: Int) -> Int {
    let header = flags.contains(.syn) ? 24 : 20
    let length = header + payload
    let start = CrowdFrames.transport
    clear(start, header)
    put16(start, packet.sourcePort)
    put16(start + 2, packet.port)
    let mixed = RandomSource.mix(UInt64(packet.source) << 32 | UInt64(packet.target))
    put32(start + 4, UInt32(truncatingIfNeeded: mixed))
    if flags.contains(.ack) { put32(start + 8, UInt32(truncatingIfNeeded: mixed >> 32)) }
    put8(start + 12, UInt8(header << 2))
    put8(start + 13, flags.rawValue)
    put16(start + 14, 16_384)
    // Maximum segment size 1460.
    if flags.contains(.syn) { put32(start + 20, 0x0204_05b4) }
    for index in 0..<payload { put8(start + header + index, UInt8(97 + index % 26)) }
    putIP(packet, length: length, transport: .tcp)
    put16(start + 16, checksum(start, length, from: pseudo(packet, .tcp, length)))
    return start + length
  }

  // MARK: messages

  private mutating func frame(_ packet: CrowdPacket) -> Int {
    switch packet.kind {
    case .nodeStatus: nodeStatus(packet)
    case .syn: putTCP(packet, .syn, payload: 0)
    case .synAck: putTCP(packet, [.syn, .ack], payload: 0)
    case .ack: putTCP(packet, .ack, payload: 0)
    case .request: putTCP(packet, [.psh, .ack], payload: 150 + Int(packet.extra))
    case .page: putTCP(packet, [.psh, .ack], payload: 900 + 2 * Int(packet.extra))
    case .fin: putTCP(packet, [.fin, .ack], payload: 0)
    case .nameQuery, .nameAnswer: name(packet)
    case .reverseQuery, .reverseFailure: reverse(packet)
    case .misreadError: misreadError(packet)
    case .validLikeness: likeness(packet)
    }
  }

  /// A node status request for the name `*` (RFC 1002, 4.2.17).
  private mutating func nodeStatus(_ packet: CrowdPacket) -> Int {
    let start = CrowdFrames.payload
    clear(start, 50)
    put16(start, 0x8000 | UInt16(packet.extra))
    put8(start + 5, 1)
    put8(start + 12, 32)
    put16(start + 13, 0x434b)
    for index in 15..<45 { put8(start + index, 65) }
    put8(start + 47, 0x21)
    put8(start + 49, 1)
    return putUDP(packet, packet.sourcePort, packet.port, payload: 50)
  }

  /// A DNS header (RFC 1035, 4.1.1) with one question.
  private mutating func putDNS(_ id: UInt16, flags: UInt16, answers: UInt16) {
    let start = CrowdFrames.payload
    put16(start, id)
    put16(start + 2, flags)
    put16(start + 4, 1)
    put16(start + 6, answers)
    put32(start + 8, 0)
  }

  /// A label of a name; where it ends.
  private mutating func label(_ offset: Int, _ text: StaticString) -> Int {
    var at = offset + 1
    for index in 0..<text.utf8CodeUnitCount {
      put8(at, text.withUTF8Buffer { unsafe $0[index] })
      at += 1
    }
    put8(offset, UInt8(text.utf8CodeUnitCount))
    return at
  }

  /// Decimal digits of a number, most significant first; where they end.
  private mutating func digits(_ offset: Int, _ value: Int, width: Int) -> Int {
    var rest = value
    for index in (0..<width).reversed() {
      put8(offset + index, UInt8(48 + rest % 10))
      rest /= 10
    }
    return offset + width
  }

  /// A DNS question for an address, or its answer.
  private mutating func name(_ packet: CrowdPacket) -> Int {
    let isAnswer = packet.kind == .nameAnswer
    putDNS(packet.identification, flags: isAnswer ? 0x8180 : 0x0100, answers: isAnswer ? 1 : 0)
    let number = Int(RandomSource.mix(UInt64(packet.identification)) % 100_000)
    var at = label(CrowdFrames.payload + 12, "www00000")
    at = digits(at - 5, number, width: 5)
    at = label(at, "example")
    at = label(at, "net")
    put8(at, 0)
    put32(at + 1, 0x0001_0001)
    at += 5
    if isAnswer {
      put16(at, 0xc00c)
      put32(at + 2, 0x0001_0001)
      put32(at + 6, 3_600)
      put16(at + 10, 4)
      // 198.51.100.0/24, for documents (RFC 5737).
      put32(at + 12, 0xc633_6400 | UInt32(number & 255))
      at += 16
    }
    return putUDP(
      packet, packet.sourcePort, packet.port, payload: at - CrowdFrames.payload)
  }

  /// A DNS question for the name of an address (RFC 1035, 3.5), or the answer that there is none.
  private mutating func reverse(_ packet: CrowdPacket) -> Int {
    let isAnswer = packet.kind == .reverseFailure
    let asked = UInt32(packet.port) << 16 | UInt32(packet.identification)
    putDNS(
      UInt16(truncatingIfNeeded: RandomSource.mix(UInt64(asked))),
      flags: isAnswer ? 0x8183 : 0x0100, answers: 0)
    var at = CrowdFrames.payload + 12
    for shift: UInt32 in [0, 8, 16, 24] {
      let octet = Int(asked >> shift & 255)
      let width = octet > 99 ? 3 : octet > 9 ? 2 : 1
      put8(at, UInt8(width))
      at = digits(at + 1, octet, width: width)
    }
    at = label(at, "in-addr")
    at = label(at, "arpa")
    put8(at, 0)
    put32(at + 1, 0x000c_0001)
    let length = at + 5 - CrowdFrames.payload
    let own = packet.sourcePort
    return isAnswer
      ? putUDP(packet, 53, own, payload: length) : putUDP(packet, own, 53, payload: length)
  }

  /// An ICMP error (RFC 792: type 3, code 2) under the wrong protocol number: read as UDP, type and
  /// code are port 770 and the ICMP checksum the port aimed at. It quotes a packet of the receiver.
  private mutating func misreadError(_ packet: CrowdPacket) -> Int {
    let start = CrowdFrames.transport
    clear(start, 36)
    put16(start, Cadlock770.misreadPort)
    putIP(
      start + 8, length: 46, identification: 7, flags: 0, ttl: 64, transport: .udp,
      from: packet.target, to: packet.source)
    put16(start + 28, 1_900)
    // One more each time, so that the checksum is one less.
    put16(start + 30, 20_000 + packet.identification)
    put16(start + 32, 26)
    put16(start + 2, checksum(start, 36))
    putIP(packet, length: 36, transport: .udp)
    return start + 36
  }

  /// UDP that is what it says, outwardly like a misread error.
  private mutating func likeness(_ packet: CrowdPacket) -> Int {
    for index in 0..<28 { put8(CrowdFrames.payload + index, 118) }
    return putUDP(packet, packet.sourcePort, packet.port, payload: 28)
  }
}
