import Observations

extension Scenario {
  /// A media server offers itself to its neighbours again and again.
  ///
  /// Near miss: a film sent to another group at the same port.
  static let deviceSearch = Scenario.cause(
    "device-search", "a media server announces its devices by SSDP each half minute",
    article: "service-discovery"
  ) { cause in
    cause.addOffice()
    return cause.isNearMiss ? cause.addFilm() : cause.addAnnouncements()
  }

  /// An agent asks, on a machine of the house, whether it is a guest of a cloud.
  ///
  /// Near miss: a printer that gave itself an address and that is no longer there.
  static let cloudAgent = Scenario.cause(
    "cloud-agent", "a host tries the address at which clouds tell of themselves, in vain",
    article: "cloud-metadata-probe"
  ) { cause in
    cause.addOffice()
    return cause.addMetadataQuestions()
  }
}

extension Cause {
  /// 239.255.255.250, the group of SSDP.
  private static let devices = Endpoint(0xefff_fffa, 1_900)
  private static let metadata: UInt32 = 0xa9fe_a9fe

  private static func announcement(_ host: UInt32, _ number: Int) -> [UInt8] {
    Array(
      """
      NOTIFY * HTTP/1.1\r
      HOST: 239.255.255.250:1900\r
      CACHE-CONTROL: max-age=1800\r
      LOCATION: http://\(dotted(host)):8200/rootDesc.xml\r
      NT: urn:schemas-upnp-org:service:Made\(number):1\r
      NTS: ssdp:alive\r
      \r

      """.utf8)
  }

  fileprivate mutating func addAnnouncements() -> Told {
    let server = Endpoint(stations[4], 1_900)
    var announcements = 0
    for round in 0..<18 as Range<Int64> {
      var time = at(20 + 30 * round) + random.microseconds(0...2 * Clock.second)
      for number in 0..<24 {
        capture.udp(
          time, from: server, to: Cause.devices, ttl: 4,
          payload: Cause.announcement(server.address, number / 2))
        time += random.microseconds(10_000...100_000)
        announcements += 1
      }
    }
    var told = told(server.address)
    told.counts = [("announcements", .integer(announcements))]
    return told
  }

  fileprivate mutating func addFilm() -> Told {
    let camera = Endpoint(stations[4], 40_004)
    let group = Endpoint(0xef14_1e28, 1_900)
    var pieces = 0
    repeated(from: 100, to: 200, gap: 25 * Clock.millisecond) { time, capture, random in
      capture.udp(time, from: camera, to: group, ttl: 4, payload: random.filler(1_316))
      pieces += 1
    }
    var told = told(camera.address)
    told.counts = [("pieces", .integer(pieces))]
    return told
  }

  fileprivate mutating func addMetadataQuestions() -> Told {
    let agent = stations[6]
    let place = isNearMiss ? 0xa9fe_4d0a : Cause.metadata
    var attempts = 0
    for round in 0..<9 as Range<Int64> {
      let own = random.port(), sequence = UInt32(truncatingIfNeeded: random.next())
      let time = at(25 + 60 * round) + random.microseconds(0...Clock.second)
      for pause in [0, 1, 3] as [Int64] {
        capture.tcp(
          time + pause * Clock.second, from: Endpoint(agent, own), to: Endpoint(place, 80),
          flags: .syn, sequence: sequence)
        attempts += 1
      }
    }
    var told = told(agent)
    told.counts = [("attempts", .integer(attempts))]
    return told
  }
}
