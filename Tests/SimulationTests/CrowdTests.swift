import Foundation
import Simulation
import Testing

@Suite struct CrowdTests {
  struct Truth: Decodable {
    struct Scanner: Decodable {
      var address: String
      var port: Int
      var targets: Int
      var packets: Int
    }
    struct Looker: Decodable {
      var address: String
      var visitors: Int
    }
    struct Shaped: Decodable {
      var address: String
      var packets: Int
    }
    var scanners: [Scanner]
    var innocentLookups: [Looker]
    var ordinaryServers: [String]
    var icmpErrorsSentAsUDP: [Shaped]
    var validUDPOfTheSameShape: [Shaped]
    var packets: Int
    var sources: Int
    var bytes: Int
  }

  struct Made {
    var files: [SimulatedFile]
    var seen: [SeenPacket]
    var truth: Truth
  }

  func crowd(seed: UInt64, snapLength: Int? = nil) throws -> Made {
    let files = try scenario("crowd").make(seed: seed, variant: "small", snapLength: snapLength)
    return Made(
      files: files, seen: try packets(of: try file("crowd.pcap", in: files)),
      truth: try JSONDecoder().decode(
        Truth.self, from: Data(try file("truth.json", in: files).bytes)))
  }

  @Test func whatIsPlantedIsThere() throws {
    let made = try crowd(seed: 5)
    #expect(made.seen.count == made.truth.packets)
    #expect(try file("crowd.pcap", in: made.files).bytes.count == made.truth.bytes)
    let bySource = Dictionary(grouping: made.seen, by: \.source)
    #expect(bySource.count == made.truth.sources)
    #expect(bySource.count > 2_000)
    for scanner in made.truth.scanners {
      let sent = bySource.first { text($0.key) == scanner.address }?.value ?? []
      #expect(sent.count == scanner.packets)
      #expect(Set(sent.map(\.destination)).count == scanner.targets)
      #expect(sent.allSatisfy { $0.transport == 6 && $0.destinationPort == scanner.port })
    }
    let senders = Set(bySource.keys.map(text))
    #expect(made.truth.ordinaryServers.allSatisfy(senders.contains))
  }

  @Test("a server asks after its visitors by number, in vain, and only then by NetBIOS")
  func lookers() throws {
    let made = try crowd(seed: 6)
    #expect(made.truth.innocentLookups.count == 2)
    for looker in made.truth.innocentLookups {
      var visitors: Set<UInt32> = []
      var asked = 0
      var failed = 0
      var probed: [UInt32: Int] = [:]
      for packet in made.seen {
        if text(packet.destination) == looker.address {
          if packet.transport == 6 { visitors.insert(packet.source) }
          // Response, name error (RFC 1035, 4.1.1).
          if packet.sourcePort == 53, packet.word(44) == 0x8183 { failed += 1 }
        }
        guard text(packet.source) == looker.address, packet.transport == 17 else { continue }
        if packet.destinationPort == 53 { asked += 1 }
        if packet.destinationPort == 137 {
          #expect(visitors.contains(packet.destination))
          probed[packet.destination, default: 0] += 1
        }
      }
      #expect(asked == looker.visitors && failed == looker.visitors)
      #expect(Set(probed.keys) == visitors && visitors.count == looker.visitors)
      #expect(probed.values.allSatisfy { $0 == 3 })
    }
  }

  @Test func misreadErrorsAndTheirLikenessesDifferInTheirChecksumsAlone() throws {
    let made = try crowd(seed: 7)
    for (list, holds) in [
      (made.truth.icmpErrorsSentAsUDP, false), (made.truth.validUDPOfTheSameShape, true),
    ] {
      for host in list {
        let sent = made.seen.filter { text($0.source) == host.address }
        #expect(sent.count == host.packets && host.packets > 0)
        #expect(sent.allSatisfy { $0.checksumsHold == holds })
        #expect(sent.allSatisfy { $0.sourcePort == 770 && $0.wireLength == 70 })
      }
    }
  }

  @Test("pieces put together are the files", arguments: [nil, 96] as [Int?])
  func pieces(_ snapLength: Int?) throws {
    let whole = try crowd(seed: 8, snapLength: snapLength).files
    var contents: [String: [UInt8]] = [:]
    var count = 0
    try scenario("crowd").stream(seed: 8, variant: "small", snapLength: snapLength) { name, piece in
      contents[name, default: []] += piece
      count += 1
    }
    for file in whole { #expect(contents[file.name] == file.bytes) }
    #expect(contents.count == whole.count && count > whole.count)
    #expect(try scenario("crowd").largeFileNames() == whole.map(\.name))
    #expect(try scenario("crowd").largeFileNames(variant: "small") == nil)
  }

  struct Full: Error {}

  @Test func whatTheSinkThrowsEndsTheMaking() throws {
    var calls = 0
    #expect(throws: Full.self) {
      try scenario("crowd").stream(seed: 8, variant: "small") { _, _ in
        calls += 1
        throw Full()
      }
    }
    #expect(calls == 1)
  }
}
