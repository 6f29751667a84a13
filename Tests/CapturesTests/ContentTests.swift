import Captures
import Observations
import Testing

private let client: UInt32 = 0xc000_0201
private let server: UInt32 = 0xc633_6407

/// Reads one IPv4 packet under Ethernet.
private func one(_ packet: [UInt8]) throws -> Outcome {
  try #require(readAll(Build.pcap([Build.ethernet(0x0800, packet)])))
}

/// A DNS response: one question, then answers behind a pointer to its name.
private func response(_ labels: [String], type: Int, code: Int, answers: [(Int, [UInt8])])
  -> [UInt8]
{
  var out = Build.be16(9) + Build.be16(0x8180 | code) + Build.be16(1) + Build.be16(answers.count)
  out += [0, 0, 0, 0] + Build.name(labels) + Build.be16(type) + Build.be16(1)
  for (type, data) in answers {
    out += [0xc0, 12] + Build.be16(type) + Build.be16(1) + [0, 0, 0, 60]
    out += Build.be16(data.count) + data
  }
  return out
}

@Suite struct ContentTests {
  @Test(arguments: [
    (0x21, 0x0000, ApplicationHint.nodeStatusQuery), (0x20, 0x0110, .nameQuery),
    (0x20, 0x2910, .nameService), (0x21, 0x8400, .nameResponse),
  ])
  func nameService(type: Int, flags: Int, hint: ApplicationHint) throws {
    let data = Build.nbns(type: type, flags: flags)
    #expect(data.count == 50)
    let seen = try one(Build.ipv4(client, server, transport: 17, Build.udp(1030, 137, data)))
    #expect(seen.observations.first?.hint == hint)
    #expect(seen.observations.first?.length == 78)
  }

  /// Cut behind the UDP header, within the name, or before the type: as long as a query, and no more is known.
  @Test(arguments: [0, 3, 7, 26, 49])
  func aQueryCutShortIsOneBySize(kept: Int) throws {
    for (flags, claimed, hint) in [
      (0x0110, 50, ApplicationHint.nameQueryBySize), (0x0110, 51, .none),
      (0x8400, 50, kept > 3 ? .none : .nameQueryBySize),
    ] {
      let data = Build.nbns(type: 0x21, flags: flags) + [UInt8](repeating: 0, count: claimed - 50)
      let frame = Build.ethernet(
        0x0800, Build.ipv4(client, server, transport: 17, Build.udp(1030, 137, data)))
      let cut = Array(frame.prefix(14 + 20 + 8 + kept))
      let seen = try #require(readAll(Build.pcap([cut], wire: frame.count)))
      #expect(seen.observations.first?.hint == hint)
      #expect(seen.problems.count(.nbnsNameMalformed) == 0)
    }
  }

  @Test func portAloneIsNoNameService() throws {
    let seen = try one(
      Build.ipv4(
        client, server, transport: 17, Build.udp(1030, 137, [UInt8](repeating: 7, count: 50))))
    #expect(seen.observations.first?.hint == ApplicationHint.none)
    #expect(seen.problems.count(.nbnsNameMalformed) == 1)
  }

  @Test(arguments: [
    (3, [] as [Int], Resolution.Kind.reverseFailed), (2, [], .reverseFailed),
    (5, [], .reverseFailed), (0, [], .reverseFailed), (0, [12], .reverseAnswered),
  ])
  func reverseAnswers(code: Int, answers: [Int], kind: Resolution.Kind) throws {
    let data = response(
      ["9", "2", "0", "192", "IN-ADDR", "arpa"], type: 12, code: code,
      answers: answers.map { ($0, Build.name(["host", "example"])) })
    let seen = try one(Build.ipv4(server, client, transport: 17, Build.udp(53, 1030, data)))
    #expect(seen.observations.first?.hint == .dnsResponse)
    #expect(
      seen.learnt == [
        .init(kind: kind, client: Address(ipv4: client), address: Address(ipv4: 0xc000_0209))
      ])
  }

  @Test func forwardAnswersAndSixthReverse() throws {
    let sixteen = (0..<16).map { UInt8($0) }
    let data = response(
      ["a", "example"], type: 1, code: 0, answers: [(1, [203, 0, 113, 5]), (28, sixteen)])
    let seen = try one(Build.ipv4(server, client, transport: 17, Build.udp(53, 1030, data)))
    let v6 = Address(high: 0x0001_0203_0405_0607, low: 0x0809_0a0b_0c0d_0e0f)
    #expect(seen.learnt.map(\.address) == [Address(ipv4: 0xcb00_7105), v6])
    let nibbles = sixteen.reversed().flatMap { [String($0 & 15, radix: 16), String($0 >> 4)] }
    let asked = response(nibbles + ["ip6", "arpa"], type: 12, code: 3, answers: [])
    let failed = try one(Build.ipv4(server, client, transport: 17, Build.udp(53, 1030, asked)))
    #expect(failed.learnt.map(\.address) == [v6])
    #expect(failed.learnt.map(\.kind) == [.reverseFailed])
  }

  @Test(arguments: [[0xc0, 12], [0xc0, 13], [0xc0, 255], [1, 97, 0xc0, 12], [0x80, 1]])
  func namesThatLoop(name: [Int]) throws {
    let data =
      Build.be16(9) + Build.be16(0) + Build.be16(1) + [0, 0, 0, 0, 0, 0] + name.map { UInt8($0) }
      + Build.be16(12) + Build.be16(1)
    let seen = try one(Build.ipv4(client, server, transport: 17, Build.udp(1030, 53, data)))
    #expect(seen.problems.count(.dnsNameMalformed) == 1)
    #expect(seen.observations.first?.hint == ApplicationHint.none)
  }

  @Test func misreadErrors() throws {
    func hint(_ packet: [UInt8]) throws -> ApplicationHint? {
      try one(packet).observations.first?.hint
    }
    #expect(try hint(misread(correct: true)) == .icmpErrorAsUDP)
    #expect(try hint(misread(correct: false)) == .icmpErrorAsUDPRefuted)
    // An error in the name of a directed broadcast, sent to the datagram's sender.
    let broadcast: UInt32 = 0xc633_64ff
    #expect(
      try hint(misread(correct: true, quotedTo: broadcast, from: broadcast)) == .icmpErrorAsUDP)
    // Valid UDP from the same port, with and without a checksum.
    let plain = Build.udp(770, 9, [1, 2])
    #expect(try hint(Build.ipv4(client, server, transport: 17, plain)) == ApplicationHint.none)
    let pseudo = Build.be32(client) + Build.be32(server) + [0, 17] + Build.be16(10)
    let sum = Build.checksum(pseudo + plain)
    let right = Build.udp(770, 9, checksum: sum, [1, 2])
    #expect(try hint(Build.ipv4(client, server, transport: 17, right)) == ApplicationHint.none)
    let wrong = Build.udp(770, 9, checksum: sum ^ 1, [1, 2])
    #expect(try hint(Build.ipv4(client, server, transport: 17, wrong)) == .icmpErrorAsUDPRefuted)
    let frame = Build.ethernet(0x0800, misread(correct: true))
    let cut = try #require(readAll(Build.pcap([Array(frame.dropLast(9))], wire: frame.count)))
    #expect(cut.observations.first?.hint == .icmpErrorAsUDPUntestable)
    #expect(cut.observations.first?.marks.contains(.cut) == true)
  }

  /// Every view at every length below its minimum: the error names the layer, and tells a cut
  /// capture from a sender's lie.
  @Test func viewsRefuseWhatIsShort() {
    let bytes = [UInt8](repeating: 0, count: 64)
    func check(
      _ layer: Layer, _ minimum: Int, _ make: (Int, Extent) throws(LengthError) -> Void
    ) {
      for length in 0..<minimum {
        for (claimed, limit) in [(length, Limit.frame), (minimum, .capture)] {
          do throws(LengthError) {
            try make(length, Extent(claimed: claimed, limitedBy: .frame))
            Issue.record("\(layer) accepted \(length) bytes")
          } catch {
            #expect(
              error
                == LengthError(
                  layer: layer, offset: 0, needed: minimum, available: length, limitedBy: limit))
          }
        }
      }
    }
    let raw = unsafe bytes.span.bytes
    check(.ethernet, EthernetView.minimumLength) { n, e throws(LengthError) in
      _ = try EthernetView(raw.extracting(0..<n), within: e)
    }
    check(.linuxSLL, LinuxSLLView.minimumLength) { n, e throws(LengthError) in
      _ = try LinuxSLLView(raw.extracting(0..<n), within: e)
    }
    check(.arp, ARPView.minimumLength) { n, e throws(LengthError) in
      _ = try ARPView(raw.extracting(0..<n), within: e)
    }
    check(.ipv4, IPv4View.minimumLength) { n, e throws(LengthError) in
      _ = try IPv4View(raw.extracting(0..<n), within: e)
    }
    check(.ipv6, IPv6View.minimumLength) { n, e throws(LengthError) in
      _ = try IPv6View(raw.extracting(0..<n), within: e)
    }
    check(.icmp, ICMPView.minimumLength) { n, e throws(LengthError) in
      _ = try ICMPView(raw.extracting(0..<n), within: e)
    }
    check(.tcp, TCPView.minimumLength) { n, e throws(LengthError) in
      _ = try TCPView(raw.extracting(0..<n), within: e)
    }
    check(.udp, UDPView.minimumLength) { n, e throws(LengthError) in
      _ = try UDPView(raw.extracting(0..<n), within: e)
    }
    check(.dns, DNSView.minimumLength) { n, e throws(LengthError) in
      _ = try DNSView(raw.extracting(0..<n), within: e)
    }
  }

  @Test func aNameServicePacketAtEveryTruncatedLength() {
    let data = Build.nbns(type: 0x21)
    let raw = unsafe data.span.bytes
    for n in 0..<data.count {
      let isCut = Extent(claimed: data.count, limitedBy: .udpLength)
      do throws(NBNSView.Failure) {
        _ = try NBNSView(raw.extracting(0..<n), within: isCut)
        Issue.record("\(n) bytes of \(data.count) were taken for a whole packet")
      } catch {
        // Too little captured of a packet that claims more: the capture was cut, nobody lied.
        guard case .length(let length) = error else { continue }
        #expect(length.layer == .nbns && length.available == n && length.limitedBy == .capture)
      }
    }
    #expect(
      (try? NBNSView(raw, within: Extent(claimed: data.count, limitedBy: .udpLength)).type) == 0x21)
  }
}
