import Observations

/// What the server's own tools show of its sockets: the name server's pool, everybody's ordinary
/// sockets, and nothing at the port that the lookups leave from.
struct SBS2003Host {
  static let inside: [UInt32] = [0xc0a8_1002, 0xc0a8_1102]
  private static let loopback: UInt32 = 0x7f00_0001
  /// Since MS08-037 the name server holds so many ports in advance.
  static let poolSize = 2_500
  /// From here they are drawn where no highest port is set for the system.
  static let poolRange = 49_152...65_535
  static let wanted = 105

  let story: SBS2003
  /// When netstat was run; TCPView's text bears no time.
  let taken: Int64
  let nameServer: HostProgram
  private(set) var sockets: [HostSocket] = []
  private(set) var pool: [UInt16] = []
  private var random: RandomSource

  private static let modules = [
    "C:\\WINDOWS\\system32\\mswsock.dll", "C:\\WINDOWS\\system32\\WS2_32.dll",
    "-- unknown component(s) --",
  ]

  private let system = HostProgram(name: "System", identifier: 4)
  private let mail: HostProgram
  private let directory: HostProgram
  private let web: HostProgram
  private let services: HostProgram

  init(_ story: SBS2003) {
    self.story = story
    random = story.recipe.random(21)
    let minutes = SBS2003.captureLength / Clock.minute
    taken =
      (story.captureStart - story.captureStart % Clock.second)
      + random.microseconds(20...minutes - 20) * Clock.minute
      + random.microseconds(0...59) * Clock.second
    var number = 340
    func program(
      _ name: String, _ random: inout RandomSource, modules: [String] = []
    ) -> HostProgram {
      number += 4 * random.within(5...60)
      return HostProgram(
        name: name, identifier: number, path: "C:\\WINDOWS\\system32\\\(name)", modules: modules)
    }
    directory = program("lsass.exe", &random)
    services = program("svchost.exe", &random, modules: SBS2003Host.modules)
    web = program("inetinfo.exe", &random)
    nameServer = program("dns.exe", &random)
    mail = program("store.exe", &random)
    addPool()
    addKernel()
    addServices()
    addConnections()
  }

  private mutating func add(
    _ owner: HostProgram, _ transport: Transport, _ address: UInt32, _ port: Int,
    remote: Endpoint? = nil, state: String = "", isOwnerRefused: Bool = false
  ) {
    sockets.append(
      HostSocket(
        transport: transport, local: Endpoint(address, UInt16(port)), remote: remote,
        state: state, owner: owner, isOwnerRefused: isOwnerRefused))
  }

  private mutating func addPool() {
    var ports: Set<UInt16> = []
    while ports.count < SBS2003Host.poolSize {
      ports.insert(UInt16(random.within(SBS2003Host.poolRange)))
    }
    pool = ports.sorted()
    for port in pool { add(nameServer, .udp, 0, Int(port)) }
    for address in [SBS2003.server, SBS2003Host.loopback] + SBS2003Host.inside {
      add(nameServer, .udp, address, 53)
    }
  }

  /// NetBIOS on the cards of the local network only; on the card outside it is switched off.
  private mutating func addKernel() {
    add(system, .udp, 0, 445)
    for address in SBS2003Host.inside {
      add(system, .udp, address, 137)
      add(system, .udp, address, 138)
      add(system, .tcp, address, 139, state: "LISTENING")
    }
    add(system, .tcp, 0, 445, state: "LISTENING")
  }

  private mutating func addServices() {
    let own = [SBS2003.server, SBS2003Host.loopback] + SBS2003Host.inside
    for port in [1_170, 1_171, 1_215] { add(services, .udp, 0, port) }
    for address in own { add(services, .udp, address, 123) }
    add(directory, .udp, 0, 500)
    add(directory, .udp, 0, 4_500, isOwnerRefused: true)
    for address in own {
      for port in [88, 389, 464] { add(directory, .udp, address, port) }
    }
    // Questions of the system to itself.
    var ports: Set<Int> = [1_170, 1_171, 1_215]
    for _ in 0..<random.within(70...85) {
      var port = random.within(1_025...4_200)
      while !ports.insert(port).inserted { port = random.within(1_025...4_200) }
      add(random.pick([directory, web, mail]), .udp, SBS2003Host.loopback, port)
    }
    for (owner, open) in [
      (directory, [88, 389, 464, 636, 3_268]), (services, [135, 593, 3_389]),
      (web, [25, 80, 110, 143, 443, 691]), (mail, [1_098, 6_001, 6_002]),
      (nameServer, [53, 1_042]),
    ] {
      for port in open { add(owner, .tcp, 0, port, state: "LISTENING") }
    }
  }

  /// Stations at work with files, mail and the directory, and the server with itself.
  private mutating func addConnections() {
    let servers: [(HostProgram, Int)] = [
      (system, 445), (directory, 389), (services, 135), (mail, 1_098), (web, 443),
    ]
    var taken: Set<UInt64> = []
    let open = sockets.count { $0.transport == .tcp }
    var left = SBS2003Host.wanted + random.within(-4...4) - open
    while left > 0 {
      let (owner, port) = random.pick(servers)
      let inside = random.pick(SBS2003Host.inside)
      let station = Endpoint(
        inside & ~0xff | UInt32(random.within(20...44)), UInt16(random.within(1_030...4_990)))
      guard taken.insert(UInt64(station.address) << 16 | UInt64(station.port)).inserted else {
        continue
      }
      add(
        owner, .tcp, inside, port, remote: station,
        state: random.chance(850) ? "ESTABLISHED" : "CLOSE_WAIT")
      left -= 1
    }
  }
}

// MARK: - Files

extension SBS2003Host {
  /// First as it is asked by habit, which lists nothing of UDP, then with everything.
  var netstat: SimulatedFile {
    let text =
      "\(Clock.text(taken))\n"
      + "C:\\>netstat -bnop udp\n"
      + WindowsTables.netstat(sockets, only: .udp, all: false, owners: .programs)
      + "\nC:\\>netstat -abnop udp\n"
      + WindowsTables.netstat(sockets, only: .udp, all: true, owners: .programs)
    return SimulatedFile(name: "netstat.txt", bytes: Array(text.utf8))
  }

  var tcpView: SimulatedFile {
    SimulatedFile(name: "tcpview.txt", bytes: Array(WindowsTables.tcpView(sockets).utf8))
  }

  var truth: Truth {
    let datagrams = sockets.filter { $0.transport == .udp }.count
    let width = SBS2003Host.poolRange.count
    return .object([
      ("files", .list([.text("netstat.txt"), .text("tcpview.txt")])),
      ("netstatTaken", .time(taken)),
      ("connectedOrListening", .integer(sockets.count - datagrams)),
      ("unconnectedUDP", .integer(datagrams)),
      // The kernel sends them; it holds no socket on that card, and nothing shows who asks it.
      ("lookupsSentBy", .text("kernel")), ("holdersOfLookupPortOutside", .integer(0)),
      ("callerShown", .flag(false)),
      (
        "pool",
        .object([
          ("process", .text(nameServer.name)),
          ("processIdentifier", .integer(nameServer.identifier)),
          ("ports", .integer(pool.count)),
          ("rangeLow", .integer(SBS2003Host.poolRange.lowerBound)),
          ("rangeHigh", .integer(SBS2003Host.poolRange.upperBound)),
          ("lowest", .integer(Int(pool.first ?? 0))),
          ("highest", .integer(Int(pool.last ?? 0))),
          ("portTakenShare", .quotient(pool.count, width, places: 4)),
        ])
      ),
    ])
  }
}
