import Captures
import Observations
import Testing

private let client: UInt32 = 0xc000_0201
private let server: UInt32 = 0xc633_6407

/// One fragment: its bytes from an offset on, and whether more follow.
private struct Piece {
  var offset: Int
  var data: [UInt8]
  var more: Bool
  var id = 0x1234
  var transport = 17
}

private func frame(_ it: Piece) -> [UInt8] {
  var packet = Build.ipv4(
    client, server, transport: it.transport, fragment: it.offset / 8 | (it.more ? 0x2000 : 0),
    it.data)
  packet.replaceSubrange(4..<6, with: Build.be16(it.id))
  packet.replaceSubrange(10..<12, with: [0, 0])
  packet.replaceSubrange(10..<12, with: Build.be16(Build.checksum(Array(packet[..<20]))))
  return Build.ethernet(0x0800, packet)
}

private func read(_ pieces: [Piece], apart: UInt32 = 1) throws -> Outcome {
  let bytes = Build.pcap(pieces.map(frame), apart: apart)
  let outcome = try #require(readAll(bytes))
  #expect(outcome == readAll(bytes, fast: false))
  #expect(outcome == readAll(bytes, step: 90))
  return outcome
}

/// A datagram in pieces of these lengths.
private func split(_ whole: [UInt8], _ lengths: [Int], transport: Int = 17, id: Int = 0x1234)
  -> [Piece]
{
  var at = 0
  return lengths.map { length in
    let end = min(whole.count, at + length)
    defer { at = end }
    return Piece(
      offset: at, data: Array(whole[at..<end]), more: end < whole.count, id: id,
      transport: transport)
  }
}

private let query = Build.udp(1_030, 7_777, Sample.snmp("public"))
private let syn = Build.tcp(1_030, 80, flags: 2, words: 10) + [UInt8](repeating: 1, count: 20)
private let longQuery = Build.udp(
  1_030, 53, Sample.dns(["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", "example"]))

@Suite struct FragmentTests {
  @Test func aDatagramIsToldOfByItsFirstAndItsLast() throws {
    let outcome = try read(split(longQuery, [24, 16, 8, 64]))
    #expect(outcome.records == 4 && outcome.observations.count == 2)
    let (first, last) = (outcome.observations[0], outcome.observations[1])
    #expect(first.marks.isSuperset(of: [.firstFragment, .ports]))
    #expect(first.hint == ApplicationHint.none && first.destinationPort == 53)
    #expect(last.marks.isSuperset(of: [.laterFragment, .ports]) && last.destinationPort == 53)
    #expect(last.hint == .dnsQuery && last.detail == 0x1_5bfe)
    #expect(outcome.seen[1].record == 4)
    #expect(outcome.problems.entries.isEmpty)
  }

  @Test func whatIsKnownByItselfIsKnownWhole() throws {
    let outcome = try read(split(query, [16, 64]))
    #expect(outcome.observations.map(\.hint) == [.none, .snmp])
    #expect(outcome.told.contains(Told(.community, server, Sample.text("public"), extra: 1)))
  }

  @Test func aSynInTwoFragmentsIsOneSyn() throws {
    let outcome = try read(split(syn, [24, 16], transport: 6))
    let syns = outcome.observations.filter { $0.tcpFlags.contains(.syn) }
    #expect(syns.count == 1 && outcome.observations.count == 2)
    #expect(syns.first?.marks.isDisjoint(with: [.laterFragment, .firstFragment]) == true)
    #expect(syns.first?.destinationPort == 80)
    // The fragment that is too short for its header says nothing of ports.
    #expect(outcome.observations[0].marks.contains(.laterFragment))
    #expect(outcome.observations[0].destinationPort == 0)
    #expect(outcome.problems.count(.fragmentTiny) == 1)
  }

  @Test func inAnyOrder() throws {
    for order in [[2, 1, 0], [1, 0, 2], [0, 2, 1], [2, 0, 1], [1, 2, 0]] {
      let pieces = split(longQuery, [24, 24, 64])
      let outcome = try read(order.map { pieces[$0] })
      let whole = outcome.observations.filter { $0.hint == .dnsQuery }
      #expect(whole.count == 1, "\(order)")
      // Counted once: by the first fragment, whether it completes the datagram or not.
      let told = outcome.observations.filter {
        $0.marks.contains(.ports) && !$0.marks.contains(.laterFragment)
      }
      #expect(told.count == 1, "\(order)")
      #expect(outcome.problems.entries.isEmpty, "\(order)")
    }
  }

  @Test func withoutTheFirstItStaysInFragments() throws {
    let outcome = try read(Array(split(longQuery, [24, 24, 64]).dropFirst()))
    #expect(outcome.observations.count == 2)
    #expect(outcome.observations.allSatisfy { $0.marks.contains(.laterFragment) })
    #expect(outcome.observations.allSatisfy { !$0.marks.contains(.ports) })
    #expect(outcome.problems.count(.fragmentsMissing) == 1)
  }

  @Test func contradictions() throws {
    let pieces = split(longQuery, [32, 16, 64])
    var wrong = pieces[1]
    wrong.offset = 24
    wrong.data = [UInt8](repeating: 0xee, count: 16)
    let disagree = try read([pieces[0], wrong, pieces[1], pieces[2]])
    #expect(disagree.problems.count(.fragmentsDisagree) == 1)
    #expect(
      disagree.observations.allSatisfy { $0.hint == .none } && disagree.observations.count == 4)

    wrong.data = Array(longQuery[24..<40])
    let overlap = try read([pieces[0], wrong, pieces[1], pieces[2]])
    #expect(overlap.problems.count(.fragmentsOverlap) == 2)
    #expect(overlap.observations.map(\.hint) == [.none, .dnsQuery])

    var end = pieces[2]
    (end.offset, end.data) = (8, [1, 2, 3, 4])
    let inside = try read([pieces[0], end])
    #expect(inside.problems.count(.fragmentEndContradicted) == 1)

    let beyond = Piece(offset: 65_528, data: [UInt8](repeating: 0, count: 100), more: false)
    let death = try read([pieces[0], beyond])
    #expect(death.problems.count(.fragmentBeyondLimit) == 1 && death.observations.count == 2)

    var odd = pieces[0]
    odd.data = Array(longQuery[..<27])
    #expect(try read([odd]).problems.count(.fragmentMalformed) == 1)

    // The same again is a copy, and no contradiction.
    let copies = try read([pieces[0], pieces[0], pieces[1], pieces[1], pieces[2], pieces[2]])
    #expect(copies.problems.entries.isEmpty)
    #expect(copies.observations.map(\.hint) == [.none, .none, .dnsQuery])
  }

  /// The number comes round: another datagram of the same number is another.
  @Test func numbersComeRound() throws {
    let pieces = split(longQuery, [24, 64])
    let outcome = try read(pieces + pieces)
    #expect(outcome.observations.map(\.hint) == [.none, .dnsQuery, .none, .dnsQuery])
    #expect(outcome.problems.entries.isEmpty)
  }

  @Test func cutByTheCapture() throws {
    let whole = split(longQuery, [24, 64]).map(frame)
    for cut in 14..<whole[1].count {
      let bytes = Build.pcap([whole[0], Array(whole[1][..<cut])], wire: 120)
      #expect(readAll(bytes) == readAll(bytes, fast: false))
    }
  }

  /// Datagrams that are never finished, and such as are all holes: what is kept is bounded, what comes after
  /// is read as ever, and it is said.
  @Test func aBomb() throws {
    var pieces: [Piece] = []
    for id in 0..<2_000 {
      pieces.append(
        Piece(offset: 65_400, data: [UInt8](repeating: 1, count: 40), more: false, id: id))
    }
    for hole in 0..<200 {
      pieces.append(
        Piece(offset: 16 * hole + 16, data: [UInt8](repeating: 2, count: 8), more: true, id: 60_000)
      )
    }
    let outcome = try read(pieces + split(longQuery, [24, 64], id: 61_000), apart: 0)
    #expect(outcome.observations.last?.hint == .dnsQuery)
    #expect(outcome.observations.count == 2_202)
    #expect(outcome.problems.count(.fragmentsBeyondBound) > 1_000)
  }

  /// What comes half a minute later belongs to something else.
  @Test func patienceEnds() throws {
    let pieces = split(longQuery, [24, 64])
    #expect(try read(pieces, apart: 29).observations.last?.hint == .dnsQuery)
    let late = try read(pieces, apart: 31)
    #expect(late.observations.allSatisfy { $0.hint == .none } && late.observations.count == 2)
    #expect(late.problems.count(.fragmentsMissing) == 2)
  }

  @Test func sixthVersion() throws {
    func packet(_ offset: Int, _ data: [UInt8], more: Bool) -> [UInt8] {
      let header: [UInt8] = [17, 0] + Build.be16(offset | (more ? 1 : 0)) + Build.be32(0xabcd_0123)
      let address = [0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11)
      return Build.ethernet(
        0x86dd, Build.ipv6(address + [1], address + [2], next: 44, header + data))
    }
    let bytes = Build.pcap([
      packet(0, Array(longQuery[..<24]), more: true),
      packet(24, Array(longQuery[24...]), more: false),
    ])
    let outcome = try #require(readAll(bytes))
    #expect(outcome.observations.map(\.hint) == [.none, .dnsQuery])
    #expect(outcome.observations[1].marks.contains(.laterFragment))
  }

  /// Fragments of anything, in any order, changed anywhere: both ways agree, and nothing traps.
  @Test func anything() throws {
    var dice = Dice(state: 5)
    var frames: [[UInt8]] = []
    for round in 0..<400 {
      let whole = round % 2 == 0 ? longQuery : syn
      var pieces = split(
        whole, [8 * (1 + dice.next(4)), 16, 8, 80], transport: round % 2 == 0 ? 17 : 6
      )
      .filter { !$0.data.isEmpty }
      for i in pieces.indices {
        pieces[i].id = dice.next(20)
        if dice.next(4) == 0 { pieces[i].offset = 8 * dice.next(9_000) }
      }
      pieces.sort { ($0.offset * 7 + round) % 5 < ($1.offset * 7 + round) % 5 }
      frames += pieces.map(frame)
    }
    let bytes = Build.pcap(frames)
    #expect(readAll(bytes) == readAll(bytes, fast: false))
    #expect(readAll(bytes) == readAll(bytes, step: 64))
  }

  @Test(
    .enabled(if: !Evidence.entries.isEmpty),
    arguments: [
      ("zeek/ipv4__fragmented-1.pcap", 2, Anomaly.fragmentEndContradicted),
      ("zeek/ipv4__fragmented-2.pcap", 2, .fragmentsMissing),
      ("zeek/ipv4__fragmented-syn.pcap", 2, .fragmentTiny),
    ])
  func evidence(name: String, observations: Int, anomaly: Anomaly) throws {
    let bytes = try #require(Evidence.read("captures/" + name))
    let outcome = try #require(readAll(bytes))
    #expect(outcome.observations.count == observations, "\(outcome.problems.entries)")
    #expect(outcome.problems.count(anomaly) == 1, "\(outcome.problems.entries)")
    if name.contains("syn") {
      #expect(outcome.observations.filter { $0.tcpFlags.contains(.syn) }.count == 1)
    }
  }
}
