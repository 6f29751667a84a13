import Observations

extension Scenario {
  /// A database server's worm: one datagram to each of thousands of random addresses.
  ///
  /// Near miss: a client that asks the database servers of its own network which instances they run
  /// (MS-SQLR: 0x02 to everybody, 0x03 to one).
  static let slammer = Scenario.cause(
    "slammer", "a host sends one 376-byte datagram each to thousands of random addresses, UDP 1434",
    article: "slammer-worm"
  ) { cause in
    cause.addOffice()
    return cause.isNearMiss ? cause.addBrowserClient() : cause.addSlammer()
  }
}

extension Cause {
  private static let browserPort: UInt16 = 1_434

  fileprivate mutating func addSlammer() -> Told {
    let sick = Endpoint(stations[7], 1_046)
    // The length and the first byte are the worm's; the rest is chance.
    let payload: [UInt8] = [4] + random.filler(375)
    var targets = Set<UInt32>()
    repeated(from: 240, to: 243, gap: 1_500) { time, capture, random in
      let target = UInt32(truncatingIfNeeded: random.next() >> 32)
      targets.insert(target)
      capture.udp(
        time, from: sick, to: Endpoint(target, Cause.browserPort), payload: payload)
    }
    var told = told(sick.address)
    told.counts = [("targets", .integer(targets.count)), ("payloadLength", .integer(376))]
    return told
  }

  fileprivate mutating func addBrowserClient() -> Told {
    let client = Endpoint(stations[7], 1_046)
    let network = office.network
    var servers = 0
    for round in 0..<3 as Range<Int64> {
      var time = at(120 + 150 * round)
      capture.udp(
        time, from: client, to: Endpoint(network.broadcast, Cause.browserPort), payload: [2])
      for number in 0..<30 as Range<UInt32> {
        time += random.microseconds(2_000...30_000)
        let server = Endpoint(network.base + 100 + number, Cause.browserPort)
        servers += round == 0 ? 1 : 0
        capture.udp(time, from: client, to: server, payload: [3])
        let text = "ServerName;DB\(number);InstanceName;MAIN;IsClustered;No;Version;8.00.194;;"
        var answer = ByteBuffer()
        answer.u8(5)
        answer.u16LittleEndian(UInt16(text.utf8.count))
        answer.append(text)
        capture.udp(
          time + random.microseconds(200...1_500), from: server, to: client, payload: answer.bytes)
      }
    }
    var told = told(client.address)
    told.counts = [("targets", .integer(servers)), ("payloadLength", .integer(1))]
    return told
  }
}
