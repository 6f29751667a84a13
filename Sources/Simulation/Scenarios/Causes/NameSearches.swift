import Observations

extension Scenario {
  /// A host seeks a proxy that is not there.
  ///
  /// Near miss: the proxy is there, and its name is answered.
  static let proxySearch = Scenario.cause(
    "proxy-search", "a host asks for wpad by DNS and NetBIOS again and again, and nobody has it",
    article: "proxy-auto-discovery"
  ) { cause in
    cause.addOffice()
    return cause.addSearch("wpad", domains: ["corp.example.net", "example.net"])
  }

  /// Windows seeks a router for IPv6 within IPv4.
  ///
  /// Near miss: the router is there.
  static let tunnelSearch = Scenario.cause(
    "tunnel-search", "a host asks for isatap by DNS again and again, and nobody has it",
    article: "isatap-lookup"
  ) { cause in
    cause.addOffice()
    return cause.addSearch("isatap", domains: ["corp.example.net"])
  }
}

extension Cause {
  fileprivate mutating func addSearch(_ name: String, domains: [String]) -> Told {
    let asker = stations[7]
    let resolver = Endpoint(office.resolver, DNSBuilder.port)
    var asked = (dns: 0, netbios: 0)
    for round in 0..<26 as Range<Int64> {
      var time = at(15 + 22 * round) + random.microseconds(0...2 * Clock.second)
      for domain in domains {
        let (full, own, id) = ("\(name).\(domain)", Endpoint(asker, random.port()), random.word())
        capture.udp(
          time, from: own, to: resolver, payload: DNSBuilder.addressQuery(id: id, name: full))
        capture.udp(
          time + random.microseconds(800...9_000), from: resolver, to: own,
          payload: DNSBuilder.addressAnswer(
            id: id, name: full, addresses: isNearMiss ? [office.fileServer] : []))
        asked.dns += 1
        time += 40_000
        if isNearMiss { break }
      }
      guard name == "wpad", !isNearMiss else { continue }
      let id = random.word()
      for index in 0..<3 as Range<Int64> {
        capture.udp(
          time + index * 750 * Clock.millisecond, from: Endpoint(asker, NBNSBuilder.port),
          to: Endpoint(office.network.broadcast, NBNSBuilder.port),
          payload: NBNSBuilder.nameQuery(id: id, name: name.uppercased(), suffix: 0))
        asked.netbios += 1
      }
    }
    var told = told(asker)
    told.counts = [
      ("askedByDNS", .integer(asked.dns)), ("askedByNetBIOS", .integer(asked.netbios)),
    ]
    return told
  }
}
