import Observations

/// A station with Windows 2000 on the network of the proxy, asked while the bursts go on: nobody
/// holds the port that they seem to come from, there or anywhere, for they come from none.
struct Cadlock770Host {
  let station: UInt32
  /// When netstat was run; fport's text bears no time.
  let taken: Int64
  private(set) var sockets: [HostSocket] = []

  init(_ story: Cadlock770) {
    var random = story.recipe.random(21)
    station = story.office.stations[0]
    let presence = random.pick(story.presences)
    let late = random.microseconds(60...180) * Clock.second
    taken = (presence.joined + late) / Clock.second * Clock.second
    addServices(&random)
    addSessions(story.office, &random)
  }

  private mutating func add(
    _ owner: HostProgram, _ transport: Transport, _ address: UInt32, _ port: Int,
    remote: Endpoint? = nil, state: String = ""
  ) {
    sockets.append(
      HostSocket(
        transport: transport, local: Endpoint(address, UInt16(port)), remote: remote,
        state: state, owner: owner))
  }

  private static func program(_ name: String, _ random: inout RandomSource) -> HostProgram {
    HostProgram(
      name: name + ".exe", identifier: 4 * random.within(40...300),
      path: "C:\\WINNT\\system32\\\(name).exe")
  }

  /// The kernel of this system is process 8.
  private static let system = HostProgram(name: "System", identifier: 8)

  private mutating func addServices(_ random: inout RandomSource) {
    let services = Cadlock770Host.program("svchost", &random)
    let security = Cadlock770Host.program("lsass", &random)
    let scheduler = Cadlock770Host.program("MSTask", &random)
    let control = Cadlock770Host.program("services", &random)
    let first = random.within(1_025...1_030)
    add(services, .tcp, 0, 135, state: "LISTENING")
    add(services, .udp, 0, 135)
    add(scheduler, .tcp, 0, first, state: "LISTENING")
    add(control, .udp, 0, first + 1)
    add(security, .udp, station, 500)
    add(Cadlock770Host.system, .tcp, 0, 445, state: "LISTENING")
    add(Cadlock770Host.system, .udp, 0, 445)
    add(Cadlock770Host.system, .tcp, station, 139, state: "LISTENING")
    add(Cadlock770Host.system, .udp, station, 137)
    add(Cadlock770Host.system, .udp, station, 138)
  }

  private mutating func addSessions(_ office: Office, _ random: inout RandomSource) {
    var port = random.within(1_040...1_060)
    for _ in 0..<random.within(2...4) {
      add(
        Cadlock770Host.system, .tcp, station, port, remote: Endpoint(office.fileServer, 445),
        state: "ESTABLISHED")
      port += random.within(1...9)
    }
  }

  var fport: SimulatedFile {
    SimulatedFile(name: "fport.txt", bytes: Array(WindowsTables.fport(sockets).utf8))
  }

  /// The netstat of that system names no owners.
  var netstat: SimulatedFile {
    let text =
      "\(Clock.text(taken))\nC:\\>netstat -an\n"
      + WindowsTables.netstat(sockets, all: true, owners: .none)
    return SimulatedFile(name: "netstat.txt", bytes: Array(text.utf8))
  }

  var truth: Truth {
    .object([
      ("files", .list([.text("fport.txt"), .text("netstat.txt")])),
      ("host", .text(dotted(station))), ("netstatTaken", .time(taken)),
      ("sockets", .integer(sockets.count)), ("holdersOfSourcePort", .integer(0)),
    ])
  }
}
