import Observations

extension Scenario {
  /// Founding case 3: packets "from port 770" that are ICMP errors under the wrong protocol number.
  static let cadlock770 = Scenario(
    id: "cadlock770",
    summary: "a proxy joins an office network and sends ICMP errors as UDP, as if from port 770",
    variants: ["altered", "valid-udp"]
  ) { recipe in Cadlock770(recipe).files() }
}

/// Forty-odd minutes of an office network on which a proxy is plugged in and pulled three times, heard
/// at a hub on a switch: of two stations everything, of the others and the proxy what goes to all.
struct Cadlock770 {
  static let proxy: UInt32 = 0xac16_011f
  static let start = Clock.midnight(year: 2002, month: 2, day: 25) + 10 * Clock.hour
  static let length = 44 * Clock.minute
  /// Type 3, code 2 of ICMP (RFC 792: protocol unreachable), read as a UDP source port.
  static let misreadPort: UInt16 = 0x0302
  static let burstLength = 5
  private static let announcementGap = 12 * Clock.second
  private static let burstPerMille: UInt64 = 600
  private static let impossiblePerMille: UInt64 = 250

  struct Presence {
    var joined: Int64
    var left: Int64
  }

  struct Burst {
    var time: Int64
    var firstPort: UInt16
    var quotedSource: UInt32
    var impossibleSource: Bool
  }

  let recipe: Recipe
  let office: Office
  private(set) var capture: Capture
  private(set) var presences: [Presence] = []
  /// When the file server left connection attempts unanswered.
  private(set) var outages: [ClosedRange<Int64>] = []
  private(set) var bursts: [Burst] = []
  private var random: RandomSource

  init(_ recipe: Recipe) {
    self.recipe = recipe
    random = recipe.random(1)
    let network = Network(base: 0xac16_0000, length: 16, gateway: 0xac16_0101, own: nil)
    office = Office(
      network: network, stations: (0..<9).map { 0xac16_0115 + 7 * UInt32($0) + ($0 < 2 ? 0 : 4) },
      fileServer: 0xac16_010a, resolver: 0xac16_0109)
    capture = Capture(network: network)
    addPresences()
    addOffice()
    capture.number(seed: recipe.seed)
    capture.keepHeard(beside: heard)
    addBursts()
    capture.sort()
  }

  /// The stations on the listener's own hub.
  var heard: [UInt32] { Array(office.stations.prefix(2)) }

  private mutating func addPresences() {
    var time = Cadlock770.start + random.microseconds(180...300) * Clock.second
    for _ in 0..<3 {
      let joined = time + random.microseconds(0...Clock.second)
      let left = joined + random.microseconds(300...420) * Clock.second
      presences.append(Presence(joined: joined, left: left))
      // Link-up: it asks for its own address three times and hears nobody.
      for index in 0..<Int64(3) {
        capture.arp(
          joined + index * Clock.second, operation: 1, sender: Cadlock770.proxy,
          target: Cadlock770.proxy)
      }
      // What it says to others is not heard here; that it asks where they are, is.
      var asked = joined + 3 * Clock.second
      while asked < left {
        let target = random.pick([office.network.gateway, office.fileServer] + office.stations)
        capture.arp(asked, operation: 1, sender: Cadlock770.proxy, target: target)
        capture.arp(
          asked + random.microseconds(120...900), operation: 2, sender: target,
          target: Cadlock770.proxy)
        asked += random.microseconds(5 * Clock.second...10 * Clock.second)
      }
      outages.append(joined + 2 * Clock.minute...left + Clock.minute)
      time = left + random.microseconds(240...360) * Clock.second
    }
  }

  private mutating func addOffice() {
    let start = Cadlock770.start
    let end = start + Cadlock770.length
    office.addARP(from: start, to: end, gap: 2 * Clock.second, in: &capture, &random)
    office.addNameQueries(from: start, to: end, gap: 10 * Clock.second, in: &capture, &random)
    office.forEach(
      from: start, to: end, gap: Cadlock770.announcementGap, &random
    ) { time, random in
      office.announce(time, station: random.pick(office.stations), in: &capture, &random)
    }
    let heard = Office(
      network: office.network, stations: heard, fileServer: office.fileServer,
      resolver: office.resolver)
    heard.addFileSessions(
      from: start, to: end, gap: 12 * Clock.second, in: &capture, &random,
      isDeaf: { time in outages.contains { $0.contains(time) } })
    var sites = PublicAddresses(random: recipe.random(2), home: office.network.gateway)
    heard.addNames(
      from: start, to: end, gap: 30 * Clock.second, sites: &sites, in: &capture, &random
    ) { _, _, _, _, _ in }
    heard.forEach(from: start, to: end, gap: 10 * Clock.second, &random) { time, random in
      capture.ping(
        time, from: random.pick(heard.stations), to: office.fileServer, id: 512,
        sequence: random.word(), answer: random.microseconds(150...600))
    }
  }

  /// While the proxy is there, announcements on the wire are followed by bursts about them.
  private mutating func addBursts() {
    let at = PacketBuilder.ethernetHeaderLength
    for frame in capture.frames {
      guard let port = Cadlock770.udpPort(frame.bytes), port == BrowserDatagram.port,
        presences.contains(where: {
          $0.joined + 3 * Clock.second < frame.time && frame.time < $0.left
        }),
        random.chance(Cadlock770.burstPerMille)
      else { continue }
      let quote = Array(frame.bytes[at..<(at + 28)])
      let checksum = UInt16(quote[26]) << 8 | UInt16(quote[27])
      // A run that would pass either end of the numbers is not a run; such a datagram is left alone.
      guard checksum > UInt16(Cadlock770.burstLength),
        Cadlock770.message(quote: quote, checksum: checksum).port
          < UInt16.max - UInt16(Cadlock770.burstLength)
      else { continue }
      addBurst(after: frame.time, quote: quote, checksum: checksum)
    }
  }

  private mutating func addBurst(after announced: Int64, quote: [UInt8], checksum: UInt16) {
    let source = quote[12..<16].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let impossible = random.chance(Cadlock770.impossiblePerMille)
    var time = announced + random.microseconds(400...2_500)
    var burst = Burst(
      time: time, firstPort: 0, quotedSource: source, impossibleSource: impossible)
    var identification = random.word()
    for index in 0..<Cadlock770.burstLength {
      let (bytes, port) = Cadlock770.message(
        quote: quote, checksum: checksum - UInt16(index))
      if index == 0 { burst.firstPort = port }
      let from = impossible ? office.network.broadcast : source
      let packet = PacketBuilder.ipv4(
        from: from, to: office.network.broadcast, transport: .udp,
        options: IPv4Options(ttl: 128, identification: identification),
        payload: payload(bytes, port: port, from: from))
      capture.add(
        time,
        frame: PacketBuilder.ethernet(
          to: .broadcast, from: MAC(station: Cadlock770.proxy), type: PacketBuilder.ipv4Type,
          payload: packet, padded: true))
      identification &+= 1
      time += random.microseconds(150...900)
    }
    bursts.append(burst)
  }

  /// What follows the IP header, by variant.
  private mutating func payload(_ message: [UInt8], port: UInt16, from: UInt32) -> [UInt8] {
    switch recipe.variant {
    case "altered":
      var bytes = message
      // Behind the eight bytes that a reader takes for the UDP header.
      bytes[8 + Int(random.below(28))] ^= 1 << UInt8(random.below(8))
      return bytes
    case "valid-udp":
      return PacketBuilder.udp(
        from: Endpoint(from, Cadlock770.misreadPort),
        to: Endpoint(office.network.broadcast, port), payload: random.filler(28))
    default: return message
    }
  }

  /// An ICMP error about the quoted packet, whose UDP checksum is replaced; and its own checksum,
  /// which a reader takes for the destination port.
  private static func message(quote: [UInt8], checksum: UInt16) -> (bytes: [UInt8], port: UInt16) {
    var quoted = quote
    Checksum.put(checksum, into: &quoted, at: 26)
    let bytes = PacketBuilder.icmp(type: 3, code: 2, rest: 0, payload: quoted)
    return (bytes, UInt16(bytes[2]) << 8 | UInt16(bytes[3]))
  }

  /// The destination port of a UDP packet over IPv4 without options; nil for anything else.
  private static func udpPort(_ frame: [UInt8]) -> UInt16? {
    guard frame.count >= 42, frame[12] == 8, frame[13] == 0, frame[23] == 17 else { return nil }
    return UInt16(frame[36]) << 8 | UInt16(frame[37])
  }
}
