import Observations

/// A packet that is to be written.
struct CrowdPacket {
  enum Kind: UInt8 {
    case nodeStatus, syn, synAck, ack, request, page, fin, nameQuery, nameAnswer, reverseQuery
    case reverseFailure, misreadError, validLikeness
  }
  var source: UInt32
  var target: UInt32
  var sourcePort: UInt16
  var port: UInt16
  /// Identification of the packet. Of a reverse query and its answer the number of the address
  /// asked for, with `port` as its upper half.
  var identification: UInt16
  var kind: Kind
  /// What else varies: a transaction's number, a size.
  var extra: UInt8 = 0
}

/// How many of each kind there are.
struct CrowdSize {
  var asking = 200_000
  var scanners = 300
  var lookers = 20
  var visitors = 1_500
  var servers = 500
  /// Of the servers, those that answer names; the others are web servers.
  var resolvers = 200
  var clients = 39_200
  var nameTalks = 1_080_000
  var webTalks = 122_000
  var misread = 10
  var likenesses = 10

  /// All nine million packets.
  static let full = CrowdSize()
  /// About a hundredth of them, with two at least of each kind that hides among them.
  static let small = CrowdSize(
    asking: 2_000, scanners: 3, lookers: 2, visitors: 150, servers: 10, resolvers: 4,
    clients: 392, nameTalks: 10_800, webTalks: 1_220, misread: 2, likenesses: 2)
}

/// Who sends what when, in no order yet.
struct CrowdPlan {
  static let duration = 6 * Clock.hour
  private static let scanPorts: [UInt16] = [
    445, 139, 135, 1_433, 22, 23, 80, 3_389, 5_900, 2_967,
  ]
  static let shapedPackets = 400
  /// Bits of a key that number the packet; the time stands above them.
  private static let numberBits: UInt64 = 28

  let size: CrowdSize
  private var random: RandomSource
  private var drawn: UInt32 = 0
  private let key: UInt32
  private(set) var packets: [CrowdPacket] = []
  private var keys: [UInt64] = []
  private(set) var scanners: [(address: UInt32, port: UInt16, targets: Int)] = []
  private(set) var lookers: [UInt32] = []
  private(set) var servers: [UInt32] = []
  private(set) var misread: [UInt32] = []
  private(set) var likenesses: [UInt32] = []

  init(_ recipe: Recipe, size: CrowdSize) {
    self.size = size
    random = recipe.random(1)
    key = UInt32(truncatingIfNeeded: recipe.random(2).first)
    packets.reserveCapacity(size.asking * 26 + size.nameTalks * 2 + size.scanners * 4_500)
    keys.reserveCapacity(packets.capacity)
    addCrowd()
    addScanners()
    addLookers()
    addServers()
    misread = shaped(.misreadError, hosts: size.misread)
    likenesses = shaped(.validLikeness, hosts: size.likenesses)
  }

  /// The packets in the order of their times; those of one time in the order of their planning.
  func forEachInOrder(_ body: (Int64, CrowdPacket) throws -> Void) rethrows {
    let mask = (1 << CrowdPlan.numberBits) - 1 as UInt64
    for key in keys.sorted() {
      try body(Int64(key >> CrowdPlan.numberBits), packets[Int(key & mask)])
    }
  }

  /// How many addresses send anything.
  var sourceCount: Int {
    var sources = packets.map(\.source)
    sources.sort()
    var count = sources.isEmpty ? 0 : 1
    for index in sources.indices.dropFirst() where sources[index] != sources[index - 1] {
      count += 1
    }
    return count
  }

  // MARK: addresses and times

  /// The next address of a sequence in which none comes twice.
  private static func address(_ number: inout UInt32, key: UInt32) -> UInt32 {
    while true {
      let address = scatter(number &+ key)
      number &+= 1
      let last = address & 255
      if last != 0, last != 255, PublicAddresses.isPublicUnicast(address) { return address }
    }
  }

  /// A bijection of 32 bits (multiplications by odd numbers, shifts onto itself).
  private static func scatter(_ value: UInt32) -> UInt32 {
    var x = value &* 0x9e37_79b1
    x ^= x >> 15
    x = x &* 0x85eb_ca6b
    x ^= x >> 13
    return x &* 0xc2b2_ae35
  }

  private mutating func host() -> UInt32 { CrowdPlan.address(&drawn, key: key) }

  private mutating func moment(room: Int64) -> Int64 {
    random.microseconds(0...CrowdPlan.duration - room - 1)
  }

  private mutating func add(_ time: Int64, _ packet: CrowdPacket) {
    keys.append(UInt64(time) << CrowdPlan.numberBits | UInt64(packets.count))
    packets.append(packet)
  }

  // MARK: those who ask for names

  private mutating func lookUp(
    _ time: Int64, from source: UInt32, to target: UInt32, tries: Int, _ counter: inout UInt16
  ) {
    let transaction = UInt8(truncatingIfNeeded: random.next())
    var time = time
    for _ in 0..<tries {
      counter &+= 1
      add(
        time,
        CrowdPacket(
          source: source, target: target, sourcePort: NBNSBuilder.port, port: NBNSBuilder.port,
          identification: counter.byteSwapped, kind: .nodeStatus, extra: transaction))
      time += 1_495_000 + random.microseconds(0...10_000)
    }
  }

  private mutating func addCrowd() {
    for _ in 0..<size.asking {
      let source = host()
      let key = UInt32(truncatingIfNeeded: random.next())
      var number: UInt32 = 0
      var counter = random.word()
      for _ in 0..<random.within(10...20) {
        // A third gets no answer and runs to its three tries.
        let tries = random.below(3) == 0 ? 3 : 1
        let target = CrowdPlan.address(&number, key: key)
        lookUp(moment(room: 4 * Clock.second), from: source, to: target, tries: tries, &counter)
      }
    }
  }

  private mutating func addScanners() {
    for _ in 0..<size.scanners {
      let source = host()
      let key = UInt32(truncatingIfNeeded: random.next())
      var number: UInt32 = 0
      let port = random.pick(CrowdPlan.scanPorts)
      let targets = random.within(2_000...6_000)
      let span = Int64(random.within(600...7_200)) * Clock.second
      let begin = moment(room: span + Clock.second)
      for _ in 0..<targets {
        add(
          begin + random.microseconds(0...span),
          CrowdPacket(
            source: source, target: CrowdPlan.address(&number, key: key),
            sourcePort: random.port(), port: port, identification: random.word(), kind: .syn))
      }
      scanners.append((source, port, targets))
    }
  }

  /// Servers that look up who visits them: first the domain name, which nobody knows, and then the
  /// NetBIOS names.
  private mutating func addLookers() {
    let resolver = host()
    for index in 0..<size.lookers {
      let server = host()
      var counter = random.word()
      for _ in 0..<size.visitors {
        let time = visit(server, port: index % 2 == 0 ? 25 : 80)
        let visitor = packets[packets.count - 1].source
        let asked = CrowdPacket(
          source: server, target: resolver, sourcePort: random.port(),
          port: UInt16(visitor >> 16), identification: UInt16(visitor & 0xffff),
          kind: .reverseQuery)
        var failed = asked
        failed.source = resolver
        failed.target = server
        failed.kind = .reverseFailure
        let answered = time + random.microseconds(2_000...90_000)
        add(time, asked)
        add(answered, failed)
        lookUp(
          answered + random.microseconds(300...4_000), from: server, to: visitor, tries: 3,
          &counter)
      }
      lookers.append(server)
    }
  }

  /// A stranger connects; the time at which the server looks up who that was. The last packet
  /// added is the visitor's.
  private mutating func visit(_ server: UInt32, port: UInt16) -> Int64 {
    let visitor = host()
    let own = random.port()
    let identification = random.word()
    let time = moment(room: 70 * Clock.second)
    let there = CrowdPacket(
      source: visitor, target: server, sourcePort: own, port: port,
      identification: identification, kind: .syn)
    let back = CrowdPacket(
      source: server, target: visitor, sourcePort: port, port: own, identification: 0,
      kind: .synAck)
    add(time, there)
    add(time + 300, back)
    var last = there
    last.identification &+= 1
    last.kind = .ack
    add(time + 40_000, last)
    return time + Int64(random.within(1...50)) * Clock.second
  }

  // MARK: ordinary traffic

  private mutating func addServers() {
    for _ in 0..<size.servers { servers.append(host()) }
    let clients = (0..<size.clients).map { _ in host() }
    for index in 0..<size.nameTalks {
      let number = index < clients.count ? index : Int(random.below(UInt64(clients.count)))
      talkNames(clients[number], servers[(number + Int(random.below(2))) % size.resolvers])
    }
    for _ in 0..<size.webTalks {
      talkWeb(random.pick(clients), servers[random.within(size.resolvers...size.servers - 1)])
    }
  }

  private mutating func talkNames(_ client: UInt32, _ server: UInt32) {
    let time = moment(room: Clock.second)
    let query = CrowdPacket(
      source: client, target: server, sourcePort: random.port(), port: 53,
      identification: random.word(), kind: .nameQuery)
    add(time, query)
    add(
      time + random.microseconds(400...90_000),
      CrowdPacket(
        source: server, target: client, sourcePort: 53, port: query.sourcePort,
        identification: query.identification, kind: .nameAnswer))
  }

  private mutating func talkWeb(_ client: UInt32, _ server: UInt32) {
    let time = moment(room: 2 * Clock.second)
    let trip = random.microseconds(5_000...90_000)
    var there = CrowdPacket(
      source: client, target: server, sourcePort: random.port(), port: 80,
      identification: random.word(), kind: .syn,
      extra: UInt8(truncatingIfNeeded: random.next()))
    var back = CrowdPacket(
      source: server, target: client, sourcePort: 80, port: there.sourcePort, identification: 0,
      kind: .synAck, extra: there.extra)
    add(time, there)
    add(time + trip, back)
    there.kind = .request
    add(time + trip + 200, there)
    back.kind = .page
    back.identification = there.identification
    add(time + 2 * trip + 900, back)
    there.kind = .fin
    add(time + 2 * trip + 1_200, there)
    back.kind = .fin
    add(time + 3 * trip + 1_200, back)
  }

  // MARK: one outward shape

  private mutating func shaped(_ kind: CrowdPacket.Kind, hosts: Int) -> [UInt32] {
    var list: [UInt32] = []
    for _ in 0..<hosts {
      let source = host()
      let key = UInt32(truncatingIfNeeded: random.next())
      var number: UInt32 = 0
      var target: UInt32 = 0
      var time = moment(room: Int64(CrowdPlan.shapedPackets) * 20 * Clock.second)
      let port = UInt16(random.within(30_000...50_000))
      for index in 0..<CrowdPlan.shapedPackets {
        if index % 20 == 0 { target = CrowdPlan.address(&number, key: key) }
        add(
          time,
          CrowdPacket(
            source: source, target: target, sourcePort: Cadlock770.misreadPort,
            port: port + UInt16(index), identification: UInt16(index), kind: kind))
        time += Int64(random.within(1...19)) * Clock.second
      }
      list.append(source)
    }
    return list
  }
}

extension RandomSource {
  /// What this source would give next.
  var first: UInt64 {
    var copy = self
    return copy.next()
  }
}
