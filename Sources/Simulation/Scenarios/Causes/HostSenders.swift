import Observations

extension Scenario {
  /// A program of a Linux host writes its own headers through a raw socket, with a port that it
  /// does not hold.
  ///
  /// Near miss: an ordinary socket holds that port, and another program has a raw socket.
  static let rawSender = Scenario.cause(
    "raw-sender", "a Linux host's packets bear a port that only a raw socket can have written",
    article: "raw-sender"
  ) { cause in
    cause.addOffice(pace: 2)
    return cause.addForger(.raw(255), port: 770, program: "probed")
  }

  /// The same through a packet socket, below IP.
  ///
  /// Near miss: an ordinary socket holds the port, and a capture tool listens at a packet socket.
  static let packetSender = Scenario.cause(
    "packet-sender",
    "a Linux host's packets bear a port that only a packet socket can have written",
    article: "packet-sender"
  ) { cause in
    cause.addOffice(pace: 2)
    return cause.addForger(.packet(card: "eth0"), port: 40_137, program: "injectd")
  }
}

extension Cause {
  /// Node status queries to strangers, one after the other, from a port of the sender's choice.
  fileprivate mutating func addForger(
    _ kind: HostSocket.Kind, port: UInt16, program: String
  ) -> Told {
    let host = stations[7]
    var strangers = strangers
    var (packets, transaction) = (0, random.word())
    var targets: Set<UInt32> = []
    repeated(from: 40, to: 560, gap: 2 * Clock.second) { time, capture, random in
      let target = strangers.next()
      transaction &+= 1
      packets += 1
      targets.insert(target)
      capture.udp(
        time, from: Endpoint(host, port), to: Endpoint(target, NBNSBuilder.port), ttl: 64,
        payload: NBNSBuilder.nodeStatusQuery(id: transaction))
    }
    let sender = HostProgram(name: program, identifier: random.within(900...30_000))
    let bystander = HostProgram(
      name: kind == .raw(255) ? "keepalived" : "tcpdump", identifier: random.within(600...899))
    var sockets = linuxServices(host)
    let able = isNearMiss ? bystander : sender
    sockets.append(
      HostSocket(
        kind: kind, transport: .udp, local: Endpoint(0, 0), owner: able))
    if isNearMiss {
      sockets.append(HostSocket(transport: .udp, local: Endpoint(0, port), owner: sender))
    }
    let taken = at(random.microseconds(200...400))
    var told = Told(host, article: nil)
    told.files = [("ss.txt", false), ("ss-all.txt", true)].map { name, isAll in
      let table = LinuxTables.ss(sockets, host: "gate", raw: isAll, packet: isAll)
      return SimulatedFile(name: name, bytes: Array("\(Clock.text(taken))\n\(table)".utf8))
    }
    told.counts =
      [
        ("queries", .integer(packets)), ("targets", .integer(targets.count)),
        (
          "sender",
          sent(
            by: sender, port: port,
            socket: isNearMiss ? "udp" : kind == .raw(255) ? "raw" : "packet")
        ),
        ("tablesTaken", .time(taken)),
        ("holderOfPort", isNearMiss ? .text(sender.name) : .null),
        ("ableToBearAnyPort", .text(able.name)),
      ] + hostCause(kind == .raw(255) ? "raw-sender" : "packet-sender")
    return told
  }

  private mutating func linuxServices(_ host: UInt32) -> [HostSocket] {
    let shell = HostProgram(name: "sshd", identifier: random.within(400...599))
    let clock = HostProgram(name: "chronyd", identifier: random.within(300...399))
    let station = Endpoint(stations[2], UInt16(random.within(40_000...60_000)))
    return [
      HostSocket(transport: .tcp, local: Endpoint(0, 22), owner: shell),
      HostSocket(transport: .tcp, local: Endpoint(host, 22), remote: station, owner: shell),
      HostSocket(transport: .udp, local: Endpoint(0x7f00_0001, 323), owner: clock),
    ]
  }

  /// The article about senders that the tables of the host must earn, or in the near miss must not.
  func hostCause(_ id: String) -> [(String, Truth)] {
    [
      ("hostCause", isNearMiss ? .null : .text(id)),
      ("notHostCause", isNearMiss ? .text(id) : .null),
    ]
  }

  /// Who really sends, and through what.
  func sent(by program: HostProgram, port: UInt16, socket: String) -> Truth {
    .object([
      ("process", .text(program.name)), ("processIdentifier", .integer(program.identifier)),
      ("port", .integer(Int(port))), ("socket", .text(socket)),
    ])
  }
}
