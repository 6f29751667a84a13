import Observations

/// The network around a capture: who is on the wire, and who is reached through the gateway.
struct Network {
  /// The block whose addresses are stations of this wire, with its length in bits.
  let base: UInt32
  let length: UInt32
  /// The router that everything else comes through.
  let gateway: UInt32
  /// Whose card the capture was made on: its own frames are not padded. Nil for a listener.
  var own: UInt32?
  /// Addresses of other networks that are reached through a station, not the gateway.
  var behind: [UInt32: UInt32] = [:]

  /// The directed broadcast address of the block.
  var broadcast: UInt32 { base | (UInt32.max >> length) }

  /// Whether an address is a station of this wire.
  func isLocal(_ address: UInt32) -> Bool { (address ^ base) >> (32 - length) == 0 }

  /// The link-layer address that a packet from or to an address bears on this wire.
  func mac(_ address: UInt32) -> MAC {
    if address == .max || address == broadcast { return .broadcast }
    if address >> 28 == 0xe { return MAC(multicast: address) }
    return MAC(station: isLocal(address) ? address : behind[address] ?? gateway)
  }

  /// Time to live of packets from an address: 128 or 64 at the origin, fewer after its hops.
  func ttl(from address: UInt32) -> UInt8 {
    if isLocal(address) { return 128 }
    if behind[address] != nil { return 126 }
    let mixed = RandomSource.mix(UInt64(address))
    return (mixed & 1 == 0 ? 128 : 64) - UInt8(7 + mixed >> 8 % 14)
  }
}

/// How a sender counts the identification field of its packets.
enum IdentificationOrder {
  /// A counter in network order.
  case ascending
  /// A counter in little-endian order: byte-swapped on the wire, as old Windows sent it.
  case byteSwapped
}

/// The frames of a capture, collected in any order and written in the order of their times.
struct Capture {
  struct Frame {
    var time: Int64
    var bytes: [UInt8]
    /// Whether the identification field is still to be numbered.
    var numbered: Bool
  }

  let network: Network
  private(set) var frames: [Frame] = []

  init(network: Network) { self.network = network }

  /// Adds a finished frame as it is.
  mutating func add(_ time: Int64, frame: [UInt8], numbered: Bool = false) {
    frames.append(Frame(time: time, bytes: frame, numbered: numbered))
  }

  /// Adds an IPv4 packet. Without an identification it is numbered by `number(seed:styles:)`; without
  /// a hardware address it comes from the one that the source has on this wire.
  mutating func ip(
    _ time: Int64, from source: UInt32, to destination: UInt32, transport: Transport,
    identification: UInt16? = nil, ttl: UInt8? = nil, hardware: MAC? = nil, payload: [UInt8]
  ) {
    let options = IPv4Options(
      ttl: ttl ?? network.ttl(from: source), identification: identification ?? 0,
      dontFragment: transport == .tcp)
    let packet = PacketBuilder.ipv4(
      from: source, to: destination, transport: transport, options: options, payload: payload)
    let frame = PacketBuilder.ethernet(
      to: network.mac(destination), from: hardware ?? network.mac(source),
      type: PacketBuilder.ipv4Type, payload: packet, padded: source != network.own)
    add(time, frame: frame, numbered: identification == nil)
  }

  /// Adds a UDP datagram.
  mutating func udp(
    _ time: Int64, from source: Endpoint, to destination: Endpoint,
    identification: UInt16? = nil, ttl: UInt8? = nil, payload: [UInt8]
  ) {
    ip(
      time, from: source.address, to: destination.address, transport: .udp,
      identification: identification, ttl: ttl,
      payload: PacketBuilder.udp(from: source, to: destination, payload: payload))
  }

  /// Adds an echo request and, where `answer` says after how long, its reply (RFC 792).
  mutating func ping(
    _ time: Int64, from source: UInt32, to destination: UInt32, id: UInt16, sequence: UInt16,
    answer: Int64?
  ) {
    let rest = UInt32(id) << 16 | UInt32(sequence)
    let data = (0..<32).map { UInt8(97 + $0 % 23) }
    ip(
      time, from: source, to: destination, transport: .icmp,
      payload: PacketBuilder.icmp(type: 8, code: 0, rest: rest, payload: data))
    guard let answer else { return }
    ip(
      time + answer, from: destination, to: source, transport: .icmp,
      payload: PacketBuilder.icmp(type: 0, code: 0, rest: rest, payload: data))
  }

  /// Adds an ARP packet; a request goes to everybody. The sender's hardware may be another's than
  /// the address's.
  mutating func arp(
    _ time: Int64, operation: UInt16, sender: UInt32, target: UInt32, hardware: MAC? = nil
  ) {
    let own = hardware ?? network.mac(sender)
    let other = operation == 1 ? MAC.zero : network.mac(target)
    let packet = PacketBuilder.arp(
      operation: operation, senderMAC: own, sender: sender, targetMAC: other, target: target)
    add(
      time,
      frame: PacketBuilder.ethernet(
        to: operation == 1 ? .broadcast : other, from: own, type: PacketBuilder.arpType,
        payload: packet, padded: sender != network.own))
  }

  /// Puts the frames in the order of their times, equal times in the order of their adding.
  mutating func sort() {
    let order = frames.indices.sorted { (frames[$0].time, $0) < (frames[$1].time, $1) }
    frames = order.map { frames[$0] }
  }

  /// Sorts, and numbers the packets that have no identification yet: every sender has one counter
  /// for all its packets, and what the capture does not show makes gaps in it.
  mutating func number(seed: UInt64, styles: [UInt32: IdentificationOrder] = [:]) {
    sort()
    var counters: [UInt32: (value: UInt16, random: RandomSource)] = [:]
    for index in frames.indices where frames[index].numbered {
      let at = PacketBuilder.ethernetHeaderLength
      let bytes = frames[index].bytes
      let source = bytes[(at + 12)..<(at + 16)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      var counter: (value: UInt16, random: RandomSource)
      if let known = counters[source] {
        counter = known
      } else {
        var random = RandomSource(seed: seed, stream: 0x4950_0000_0000 | UInt64(source))
        counter = (random.word(), random)
      }
      counter.value &+= UInt16(1 + counter.random.below(4))
      counters[source] = counter
      let swapped = styles[source] == .byteSwapped
      let value = swapped ? counter.value.byteSwapped : counter.value
      Capture.setIdentification(value, of: &frames[index].bytes)
      frames[index].numbered = false
    }
  }

  /// Takes away what a listener beside these stations would not hear: a switch brings it what goes
  /// to everybody or to a group, and one-to-one traffic only of those on its own hub.
  mutating func keepHeard(beside stations: [UInt32]) {
    let near = stations.map { network.mac($0).bytes }
    frames.removeAll { frame in
      let isForGroup = frame.bytes[0] & 1 == 1
      return !isForGroup && !near.contains(Array(frame.bytes[0..<6]))
        && !near.contains(Array(frame.bytes[6..<12]))
    }
  }

  /// The file of all frames, which have been sorted.
  func file(named name: String, snapLength: Int?) -> SimulatedFile {
    var writer = PcapWriter(snapLength: snapLength)
    for frame in frames { writer.append(frame.bytes, at: frame.time) }
    return SimulatedFile(name: name, bytes: writer.buffer.bytes)
  }

  private static func setIdentification(_ value: UInt16, of frame: inout [UInt8]) {
    let at = PacketBuilder.ethernetHeaderLength
    Checksum.put(value, into: &frame, at: at + 4)
    Checksum.put(0, into: &frame, at: at + 10)
    let header = Array(frame[at..<(at + PacketBuilder.ipv4HeaderLength)])
    Checksum.put(Checksum.of(header), into: &frame, at: at + 10)
  }
}
