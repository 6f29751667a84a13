import Detection
import Observations
import Testing

/// A packet with what it says.
private struct Saying {
  var observation: Observation
  var said: [(kind: Sighting.Kind, address: String, text: String, extra: UInt8)] = []
}

/// Reads packets of which some say something.
private func activities(_ list: [Saying], workers: Int = 1) -> [ActivityEvidence] {
  let detector = StreamDetector(seed: 3)
  let crew = (0..<workers).map { StreamDetector.Worker(number: $0, count: workers) }
  let batch = ObservationBatch()
  func flush() {
    detector.annotate(batch)
    for worker in crew { detector.consume(batch, worker: worker) }
    batch.removeAll()
  }
  for (number, it) in list.enumerated() {
    for said in it.said {
      let text = Array(said.text.utf8)
      guard let kept = unsafe batch.keepText(text.span.bytes) else { continue }
      _ = batch.append(
        Sighting(
          index: UInt32(batch.count), kind: said.kind, extra: said.extra,
          address: Address(said.address) ?? .unspecified, start: kept.start, length: kept.length))
    }
    batch.append(it.observation, offset: UInt64(number) * 100, record: UInt64(number) + 1)
    if batch.isFull { flush() }
  }
  flush()
  let facts = StreamFacts(path: "made", isCapture: true, refusalsOnly: false, losesLines: false)
  return Correlation(streams: [detector.finish(facts)], visits: [], home: []).activities
}

private let host = "203.0.113.20"

/// NetBIOS lookups of strangers, each said to be tried at a share then.
private func probes(_ count: Int, share: (Int) -> String?) -> [Saying] {
  var traffic = Traffic1()
  var list: [Saying] = []
  for k in 0..<count {
    let target = "198.51.\(k).\(k % 250 + 1)"
    traffic.nameLookup(host, of: target)
    traffic.packet(host, 1_025, target, 139, .tcp, flags: .syn)
    traffic.packet(host, 1_025, target, 139, .tcp, flags: [.ack], hint: .smb1, detail: 0x75)
    list += traffic.list.dropFirst(list.count).map { Saying(observation: $0.0) }
    list[list.count - 1].said = [(.content, target, "", 0)]
    if let share = share(k) { list[list.count - 1].said.append((.share, target, share, 0)) }
  }
  return list
}

@Suite struct NameTests {
  private func number(_ it: ActivityEvidence, _ kind: FindingKind, _ value: String) -> Double? {
    it.finding(kind)?.values[value]?.numeric
  }

  @Test(arguments: [1, 3]) func sharesAskedFor(workers: Int) throws {
    let all = activities(probes(40) { #"\\HOST\#($0)\c"# }, workers: workers)
    let lookups = try #require(all.first { $0.shape == .service(transport: .udp, port: 137) })
    #expect(number(lookups, .shareAccess, "targets") == 40)
    #expect(number(lookups, .shareAccess, "drives") == 40)
    #expect(number(lookups, .shareAccess, "shares") == 1)
    #expect(lookups.finding(.shareAccess)?.values["share"] == .text("C"))
    let shares = try #require(all.first { $0.shape == .service(transport: .tcp, port: 139) })
    #expect(shares.finding(.content)?.values["protocol"] == .text("SMB"))
    #expect(shares.finding(.content)?.values["contradicts"] == .flag(false))
    #expect(number(shares, .content, "packets") == 40)
  }

  /// Who visits many servers for what they offer asks for other names.
  @Test func ordinarySharesAreNone() throws {
    let all = activities(probes(40) { $0 % 2 == 0 ? #"\\S\IPC$"# : #"\\S\Public\#($0)"# })
    let one = try #require(all.first { $0.shape == .service(transport: .udp, port: 137) })
    #expect(number(one, .shareAccess, "targets") == 40)
    #expect(number(one, .shareAccess, "drives") == 0)
    #expect(number(one, .shareAccess, "hidden") == 0)
    #expect(number(one, .shareAccess, "channel") == 20)
  }

  @Test func namesByWhoKnowsBest() throws {
    var list = probes(40) { _ in nil }
    list[0].said = [
      (.dnsName, host, "\u{7}gateway\u{7}example", 0), (.netbiosName, host, "WS-17", 0),
      (.netbiosName, host, "WS-17", 3), (.netbiosName, host, "ANNA", 3),
      (.netbiosGroup, host, "OFFICE", 0), (.serverName, "198.51.0.1", "www.example.com", 0),
    ]
    let one = try #require(
      activities(list).first { $0.shape == .service(transport: .udp, port: 137) })
    let values = try #require(one.finding(.hostNames)?.values)
    #expect(values["name"] == .text("WS-17") && values["how"] == .text("netbios"))
    #expect(values["workgroup"] == .text("OFFICE") && values["user"] == .text("ANNA"))
    #expect(values["names"] == .integer(2) && values["targetsNamed"] == .integer(1))
    #expect(one.names.first?.name == "WS-17")
    #expect(one.names.contains { $0.name == "www.example.com" && $0.how == .tls })
  }

  /// Names are what somebody wrote: nothing in them reaches a terminal, and none is long.
  @Test func namesAreHostile() throws {
    var list = probes(40) { _ in nil }
    list[0].said = [(.netbiosName, host, "\u{1b}[2J\u{7}\\x", 0)]
    list[1].said = [(.dhcpName, host, String(repeating: "n", count: 250), 0)]
    let one = try #require(
      activities(list).first { $0.shape == .service(transport: .udp, port: 137) })
    #expect(one.names.first?.name == #"\x1b[2J\x07\\x"#)
    #expect(one.finding(.hostNames)?.summary.utf8.allSatisfy { (0x20...0x7e).contains($0) } == true)
  }

  @Test func contentThatContradictsItsPort() throws {
    var traffic = Traffic1()
    var list: [Saying] = []
    for k in 0..<60 {
      let target = "198.51.\(k).9"
      traffic.packet(host, UInt16(2_000 + k), target, 22, .tcp, flags: .syn)
      traffic.wait(1)
      traffic.packet(host, UInt16(2_000 + k), target, 22, .tcp, flags: [.ack], hint: .httpRequest)
      list += traffic.list.dropFirst(list.count).map { Saying(observation: $0.0) }
      list[list.count - 1].said = [(.content, target, "", 0)]
    }
    let one = try #require(activities(list).first)
    #expect(one.finding(.content)?.values["protocol"] == .text("HTTP"))
    #expect(one.finding(.content)?.values["contradicts"] == .flag(true))
    #expect(one.finding(.content)?.values["usual"] == .text("SSH"))
  }

  /// More names, shares and contents than are kept: what is kept is bounded, and nothing stops.
  @Test func bounded() {
    var traffic = Traffic1()
    var list: [Saying] = []
    for k in 0..<30_000 {
      traffic.packet("10.\(k >> 16).\(k >> 8 & 255).\(k & 255)", 9, host, UInt16(k & 0xffff), .tcp)
      traffic.wait(0.001)
      list.append(Saying(observation: traffic.list[k].0))
      list[k].said = [
        (.content, host, "", 0), (.dnsName, "172.16.\(k >> 8 & 255).\(k & 255)", "\u{1}a", 0),
        (.share, host, #"\\s\share\#(k)"#, 0),
      ]
    }
    _ = activities(list)
  }
}
