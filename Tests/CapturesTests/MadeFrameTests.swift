import Captures
import Observations
import Testing

/// Every link and tunnel of our own making, held against what was put in.
@Suite struct MadeFrameTests {
  private static func read(_ frame: MadeFrames.Frame) throws -> Outcome {
    try #require(readAll(Build.pcap([frame.bytes], link: UInt32(frame.link))))
  }

  @Test(arguments: MadeFrames.all)
  func reaches(frame: MadeFrames.Frame) throws {
    let outcome = try MadeFrameTests.read(frame)
    let told = outcome.observations.first.map { Tshark.packet($0) }
    let (a, b) = ("192.0.2.1", "198.51.100.7")
    switch frame.inside {
    case .nothing: #expect(told == nil)
    case .outer:
      #expect(told?.source == "203.0.113.1" && told?.destination == "203.0.113.2")
    case .four:
      #expect(
        told
          == Tshark.Packet(
            source: a, destination: b, transport: 6, ports: [1_025, 80], length: 40))
    case .six where frame.name != "Teredo server" && frame.name != "Teredo":
      #expect(
        told
          == Tshark.Packet(
            source: "2001:db8::1", destination: "2001:db8::2", transport: 17, ports: [1_026, 9],
            length: 49))
    case .six: #expect(told?.source == "2001::1" && told?.destination == "2001:db8::2")
    case .arp:
      #expect(told == Tshark.Packet(source: a, destination: b, transport: 0, ports: [1, 0]))
    }
    let kinds = outcome.facts.tunnels.map(\.kind)
    #expect(Set(kinds) == Set(frame.tunnels) && kinds.count == frame.tunnels.count)
    #expect(outcome.facts.tunnels.allSatisfy { $0.packets == 1 && $0.from < $0.to })
    #expect(outcome == readAll(Build.pcap([frame.bytes], link: UInt32(frame.link)), fast: false))
  }

  /// A frame cut anywhere says less, and nothing else.
  @Test(arguments: MadeFrames.all)
  func cutAtEveryByte(frame: MadeFrames.Frame) throws {
    let known: Set = [
      "192.0.2.1", "198.51.100.7", "203.0.113.1", "203.0.113.2", "2001:db8::1", "2001:db8::2",
      "2001::1",
    ]
    for kept in 0..<frame.bytes.count {
      let bytes = Build.pcap(
        [Array(frame.bytes[..<kept])], link: UInt32(frame.link), wire: frame.bytes.count)
      let cut = try #require(readAll(bytes))
      #expect(cut == readAll(bytes, fast: false))
      for seen in cut.observations {
        let told = Tshark.packet(seen)
        #expect(known.contains(told.source) && known.contains(told.destination), "\(kept)")
      }
      // Shorter on the wire as well: the same holds.
      let short = try #require(
        readAll(Build.pcap([Array(frame.bytes[..<kept])], link: UInt32(frame.link))))
      for seen in short.observations {
        let told = Tshark.packet(seen)
        #expect(known.contains(told.source) && known.contains(told.destination), "\(kept)")
      }
    }
  }

  /// Bytes changed at random: never a trap, and both ways through the decoder say the same.
  @Test func mutations() {
    var dice = Dice(state: 11)
    for frame in MadeFrames.all {
      for _ in 0..<60 {
        var bytes = frame.bytes
        for _ in 0...dice.next(3) where !bytes.isEmpty {
          bytes[dice.next(bytes.count)] = UInt8(dice.next(256))
        }
        let capture = Build.pcap([bytes], link: UInt32(frame.link))
        #expect(readAll(capture) == readAll(capture, fast: false))
      }
    }
  }

  @Test func filtersSayWhatTheyDid() throws {
    func first(_ name: String) throws -> (Observation, Outcome) {
      let frame = try #require(MadeFrames.all.first { $0.name == name })
      let outcome = try MadeFrameTests.read(frame)
      return (try #require(outcome.observations.first), outcome)
    }
    let (blocked, plain) = try first("pflog")
    #expect(blocked.action == .blocked && blocked.path == .unknown && plain.facts.isFilterLog)
    #expect(!blocked.marks.contains(.userID) && plain.facts.owners.isEmpty)
    let (passed, owned) = try first("pflog OpenBSD")
    #expect(passed.action == .allowed && passed.path == .outbound)
    #expect(passed.marks.contains(.userID) && passed.detail == 1_000)
    let claim = try #require(owned.facts.owners.first)
    #expect(claim.user == 1_000 && claim.process == 4_711 && claim.port == 80)
    let (logged, linux) = try first("NFLOG")
    #expect(logged.action == .audited && logged.path == .outbound && logged.detail == 1_000)
    #expect(linux.facts.owners.first?.user == 1_000 && linux.facts.owners.first?.process == 0)
    let (arrived, _) = try first("NFLOG IPv6")
    #expect(arrived.path == .inbound && !arrived.marks.contains(.userID))
    let (_, usual) = try first("Ethernet")
    #expect(!usual.facts.isFilterLog)
  }

  /// Numbers of a big-endian machine's log, and of a file that says the other order.
  @Test(arguments: [true, false])
  func filtersOfEitherOrder(big: Bool) throws {
    let fields = MadeFrames.nflog(fields: [(11, [0, 0, 0, 9]), (9, MadeFrames.four)], big: big)
    for fileIsBig in [true, false] {
      let outcome = try #require(readAll(Build.pcap([fields], link: 239, big: fileIsBig)))
      #expect(outcome.observations.first?.detail == 9)
    }
  }

  @Test func wirelessSaysWhoSent() throws {
    let hardware: [String: (UInt64, UInt64)] = [
      "802.11 to": (0x0200_0000_0002, 0x0200_0000_0001),
      "802.11 from": (0x0200_0000_0001, 0x0200_0000_0009),
      "802.11 ad hoc": (0x0200_0000_0002, 0x0200_0000_0009),
      "802.11 four addresses": (0x0200_0000_0002, 0x0200_0000_0001),
      "802.11 aggregate": (0x0200_0000_0002, 0x0200_0000_0001),
    ]
    for (name, (sender, receiver)) in hardware {
      let frame = try #require(MadeFrames.all.first { $0.name == name })
      let details = try #require(try MadeFrameTests.read(frame).seen.first?.details)
      #expect(details.sender == sender, "\(name)")
      #expect(details.receiver == receiver || frame.inside == .arp, "\(name)")
    }
    let frame = try #require(MadeFrames.all.first { $0.name == "802.11 protected" })
    #expect(try MadeFrameTests.read(frame).problems.count(.frameEncrypted) == 1)
  }

  @Test func linksNotDecodedAreNamed() throws {
    let blocks = Blocks(big: false)
    var bytes = blocks.section() + blocks.interface(189) + blocks.interface(195)
    bytes += blocks.interface(29_999)
    for number: UInt32 in [0, 0, 1, 2] { bytes += blocks.enhanced([1, 2, 3], on: number) }
    let outcome = try #require(readAll(bytes))
    #expect(outcome.problems.count(.linkNotDecoded) == 4)
    let told = outcome.facts.undecodedLinks.map {
      "\($0.number ?? 0) \($0.name ?? "-") \($0.packets)"
    }
    #expect(told == ["189 usb-linux 2", "195 ieee802-15-4-withfcs 1", "29999 - 1"])
  }

  /// Tunnels in tunnels without end: the innermost that is allowed is told of, and the walk ends.
  @Test func tunnelsWithoutEnd() throws {
    var packet = MadeFrames.four
    for _ in 0..<400 {
      packet = Build.ipv4(MadeFrames.east, MadeFrames.west, transport: 4, packet)
    }
    let outcome = try #require(readAll(Build.pcap([packet], link: 228)))
    #expect(outcome.seen.count == 1 && outcome.facts.tunnelled == 8)
    #expect(outcome.observations.first?.transport.rawValue == 4)
  }

  /// Fragments inside a tunnel are put together, and a tunnel between others' fragments parts nothing.
  @Test func fragmentsAndTunnels() throws {
    let whole = Build.udp(1_026, 9, [UInt8](repeating: 7, count: 32))
    let first = Build.ipv4(
      MadeFrames.a, MadeFrames.b, transport: 17, fragment: 0x2000, Array(whole[..<16]))
    let rest = Build.ipv4(
      MadeFrames.a, MadeFrames.b, transport: 17, fragment: 2, Array(whole[16...]))
    func inside(_ packet: [UInt8]) -> [UInt8] {
      Build.ipv4(MadeFrames.east, MadeFrames.west, transport: 4, packet)
    }
    let plain = try #require(readAll(Build.pcap([first, rest], link: 228)))
    let tunnelled = try #require(readAll(Build.pcap([inside(first), inside(rest)], link: 228)))
    let parted = try #require(
      readAll(Build.pcap([first, inside(MadeFrames.four), rest], link: 228)))
    #expect(plain.observations.map(\.marks) == tunnelled.observations.map(\.marks))
    #expect(plain.observations.map(\.destinationPort) == [9, 9])
    #expect(tunnelled.observations.map(\.destinationPort) == [9, 9])
    #expect(parted.observations.map(\.destinationPort) == [9, 80, 9])
    #expect(parted.observations.last?.marks == plain.observations.last?.marks)
  }

  /// Any number of ends: the pairs told apart are bounded, none is lost from the count.
  @Test func endsWithoutEnd() throws {
    let frames = (0..<600).map { index in
      Build.ipv4(
        MadeFrames.east + UInt32(index) << 8, MadeFrames.west, transport: 4, MadeFrames.four)
    }
    let facts = try #require(readAll(Build.pcap(frames, link: 228))).facts
    #expect(facts.tunnelled == 600 && facts.tunnels.count == 256)
  }
}
