import Captures
import Observations
import Testing

private let here: UInt32 = 0xc000_0201
private let there: UInt32 = 0xc633_6407

/// Raw IP packets that differ in what filters ask for.
private let packets: [[UInt8]] = [
  Build.ipv4(here, there, transport: 17, Build.udp(137, 137, Build.nbns(type: 33))),
  Build.ipv4(there, here, transport: 17, Build.udp(53, 40_000, [1, 2, 3, 4])),
  Build.ipv4(here, there, transport: 6, Build.tcp(40_001, 80, flags: 0x02)),
  Build.ipv4(there, here, transport: 6, Build.tcp(80, 40_001, flags: 0x12)),
  Build.ipv4(here, there, transport: 6, Build.tcp(40_001, 80, flags: 0x10)),
  Build.ipv4(there, 0xc000_0217, transport: 1, [8, 0, 0, 0, 0, 0, 0, 0]),
  Build.ipv6(
    [0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1],
    [0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [2], next: 17,
    Build.udp(40_000, 53, [9, 9, 9, 9])),
]

/// Records kept of a capture, and the sieve that kept them.
private func kept(
  _ expression: String, _ bytes: [UInt8]
) throws -> (records: [UInt64], sieve: PacketSieve) {
  let sieve = PacketSieve(try MatchExpression(expression))
  var reader = try #require(unsafe CaptureFormats.reader(for: bytes.span.bytes, sieve: sieve))
  let batch = ObservationBatch()
  _ = unsafe reader.read(bytes.span.bytes, offset: 0, isLast: true, into: batch)
  #expect(reader.recordCount == UInt64(packets.count))
  return ((0..<batch.count).map { batch.records[$0] }, sieve)
}

@Suite struct MatchTests {
  static let questions: [(expression: String, records: [UInt64])] = [
    ("udp", [1, 2, 7]), ("udp port 137", [1]), ("port 53", [2, 7]),
    ("src host 192.0.2.1", [1, 3, 5]),
    ("host 198.51.100.7 and not udp", [3, 4, 5, 6]), ("tcp[13] = 2", [3]),
    ("tcp[tcpflags] & tcp-syn != 0", [3, 4]), ("icmp[icmptype] == icmp-echo", [6]),
    ("net 192.0.2.16/28", [6]), ("ip6", [7]), ("portrange 50-80", [2, 3, 4, 5, 7]),
    ("tcp port http", [3, 4, 5]), ("ip proto \\icmp", [6]), ("dst net 2001:db8::/32", [7]),
    ("ip[8] = 64 and src net 192.0.2", [1, 3, 5]),
  ]

  @Test("packets are kept as libpcap says, on any link that holds them", arguments: questions)
  func packetsKept(expression: String, records: [UInt64]) throws {
    #expect(try kept(expression, Build.pcap(packets, link: 101)).records == records)
    let frames = packets.map { Build.ethernet($0[0] >> 4 == 6 ? 0x86dd : 0x0800, $0) }
    let (onEthernet, sieve) = try kept(expression, Build.pcap(frames))
    #expect(onEthernet == records)
    #expect(sieve.leftOut.count == UInt64(packets.count - records.count))
    #expect(sieve.leftOut.unanswerable == 0)
    #expect(sieve.unasked.isEmpty)
  }

  @Test("what is made of an observation is answered as the packet itself is", arguments: questions)
  func observationsKept(expression: String, records: [UInt64]) throws {
    let batch = ObservationBatch()
    let bytes = Build.pcap(packets, link: 101)
    var reader = try #require(unsafe CaptureFormats.reader(for: bytes.span.bytes))
    _ = unsafe reader.read(bytes.span.bytes, offset: 0, isLast: true, into: batch)
    let sieve = PacketSieve(try MatchExpression(expression))
    sieve.sift(batch, from: 0)
    #expect((0..<batch.count).map { batch.records[$0] } == records)
    #expect(sieve.leftOut.unanswerable == 0)
  }

  @Test(
    "a question about what a line does not tell leaves it out and says so",
    arguments: [
      "udp[8] = 0", "ip[8] > 3", "tcp[13] = 2", "dst port 80 and tcp[14:2] = 512", "len > 3",
      "src host 192.0.2.1", "ether host 02:00:00:00:00:01", "ip[6:2] & 0x1fff = 0 and ip[1] = 0",
    ])
  func unknown(expression: String) throws {
    let batch = ObservationBatch()
    var line = Observation()
    line.source = Address(veiled: 0, mask: 0)
    line.destination = Address(ipv4: there)
    line.transport = expression.hasPrefix("udp") ? .udp : .tcp
    (line.sourcePort, line.destinationPort) = (40_000, 80)
    line.marks.insert(.ports)
    batch.append(line, offset: 0, record: 1)
    let sieve = PacketSieve(try MatchExpression(expression))
    sieve.sift(batch, from: 0)
    #expect(batch.count == 0)
    #expect(sieve.leftOut.unanswerable == 1)
  }

  @Test("of a veiled address the readable digits are asked")
  func veiled() throws {
    var line = Observation()
    line.source = Address(veiled: 0x0000_0062, mask: 0x0000_00ff)
    line.destination = Address(ipv4: there)
    line.transport = .tcp
    for (expression, count) in [
      ("ip[15] = 98", 1), ("ip[15] = 99", 0), ("dst host 198.51.100.7", 1),
    ] {
      let batch = ObservationBatch()
      batch.append(line, offset: 0, record: 1)
      let sieve = PacketSieve(try MatchExpression(expression))
      sieve.sift(batch, from: 0)
      #expect(batch.count == count, "\(expression)")
      #expect(sieve.leftOut.unanswerable == 0)
    }
  }

  @Test("a link that has no such field lets nothing through, and that is said")
  func unasked() throws {
    let (records, sieve) = try kept("ether host 02:00:00:00:00:01", Build.pcap(packets, link: 101))
    #expect(records.isEmpty)
    #expect(sieve.leftOut.unanswerable == UInt64(packets.count))
    #expect(sieve.unasked.map(\.link) == [101])
    #expect(sieve.unasked.first?.because.contains("ethernet") == true)
  }

  @Test("it is known of whom something was left out, and whose answers")
  func halves() throws {
    let (_, syns) = try kept("tcp[tcpflags] = tcp-syn", Build.pcap(packets, link: 101))
    #expect(syns.leftOut.halves(Address(ipv4: here)))
    #expect(syns.leftOut.holdsLookups)
    let (_, connections) = try kept("tcp port 80", Build.pcap(packets, link: 101))
    #expect(!connections.leftOut.halves(Address(ipv4: here)))
    #expect(connections.leftOut.involves(Address(ipv4: here)))
    #expect(!connections.leftOut.involves(Address(ipv4: 0xcb00_7101)))
    let (_, replies) = try kept("src port 80", Build.pcap(packets, link: 101))
    #expect(replies.leftOut.halves(Address(ipv4: there)))
  }

  @Test(
    "an expression that does not compile is pointed at",
    arguments: [
      ("udp prot 137", 4, "names are not looked up"),
      ("host www.example.net", 5, "names are not looked up"),
      ("port 80 and host cafe", 17, "names are not looked up"),
      ("src cafe-bad", 4, "names are not looked up"),
      ("udp and and tcp", 8, "libpcap says"), ("(udp or tcp", 11, "libpcap says"),
      ("port 99999", 5, "libpcap says"), ("host 1.2.3.400", 5, "libpcap says"),
      ("tcp[13", 6, "libpcap says"), ("", 0, "no expression"),
    ])
  func failure(text: String, place: Int, words: String) {
    do throws(MatchExpression.Failure) {
      _ = try MatchExpression(text)
      Issue.record("'\(text)' compiles")
    } catch {
      #expect(error.place == place, "\(error)")
      #expect(error.description.contains(words), "\(error)")
    }
  }
}
