import Simulation
import Testing

@Suite struct CadlockTests {
  func suspects(_ variant: String?, snapLength: Int? = nil) throws -> [SeenPacket] {
    let files = try scenario("cadlock770").make(seed: 5, variant: variant, snapLength: snapLength)
    return try packets(of: try file("lan.pcap", in: files)).filter {
      $0.transport == 17 && $0.sourcePort == 770
    }
  }

  /// An ICMP error's checksum over all that follows the IP header, under protocol 17.
  func isMisreadError(_ packet: SeenPacket) -> Bool {
    packet.segment.count == 36 && ones(packet.segment) == 0xffff && packet.word(38) == 0
  }

  @Test func everyMisreadPacketVerifiesAsAnError() throws {
    let files = try scenario("cadlock770").make(seed: 5)
    let found = try suspects(nil)
    #expect(found.count >= 200)
    #expect(found.count == (try truthNumber("suspectPackets", in: files)))
    #expect(found.filter(isMisreadError).count == (try truthNumber("verifiable", in: files)))
    let impossible = found.filter { $0.source == 0xac16_ffff }
    #expect(impossible.count == (try truthNumber("impossibleSources", in: files)))
    #expect(found.allSatisfy { $0.sourceMAC == [2, 0, 0xac, 0x16, 1, 0x1f] })
    for packet in found {
      // The quoted header is whole and names the datagram's sender and the broadcast address.
      #expect(ones(Array(packet.frame[42..<62])) == 0xffff)
      #expect(packet.address(58) == 0xac16_ffff && packet.word(64) == 138)
      if packet.source != 0xac16_ffff { #expect(packet.address(54) == packet.source) }
    }
  }

  @Test func burstsAreRunsOfFiveAscendingPorts() throws {
    for variant in [nil, "valid-udp"] {
      let found = try suspects(variant)
      #expect(found.count % 5 == 0)
      for start in stride(from: 0, to: found.count, by: 5) {
        let ports = found[start..<(start + 5)].map { Int($0.destinationPort) }
        #expect(ports == (0..<5).map { ports[0] + $0 })
      }
    }
  }

  @Test func variantsAreNoErrors() throws {
    let altered = try suspects("altered")
    #expect(!altered.isEmpty && !altered.contains(where: isMisreadError))
    let valid = try suspects("valid-udp")
    #expect(!valid.isEmpty && valid.allSatisfy(\.checksumsHold))
    #expect(try suspects(nil, snapLength: 68).allSatisfy { $0.frame.count == 68 })
  }

  @Test func burstsHappenOnlyWhileTheProxyIsThere() throws {
    let files = try scenario("cadlock770").make(seed: 5)
    let seen = try packets(of: try file("lan.pcap", in: files))
    let proxy: [UInt8] = [2, 0, 0xac, 0x16, 1, 0x1f]
    let own = seen.filter { $0.sourceMAC == proxy && $0.sourcePort != 770 }.map(\.microseconds)
    let joins = seen.filter {
      $0.word(12) == 0x0806 && $0.address(28) == 0xac16_011f && $0.address(38) == 0xac16_011f
    }
    #expect(joins.count == 9)
    for burst in seen where burst.isIPv4 && burst.transport == 17 && burst.sourcePort == 770 {
      let nearest = own.map { abs($0 - burst.microseconds) }.min() ?? .max
      #expect(nearest < 60_000_000)
    }
  }
}
