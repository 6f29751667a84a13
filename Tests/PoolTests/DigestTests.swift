import Observations
import Pool
import Testing

/// Digests of a day do not depend on order, are bounded, and read back as they were written.
@Suite struct DigestTests {
  private let key = SampleKey(high: 0x0123_4567, low: 0x89ab_cdef)
  private let day = Day(rawValue: 20_700)

  private func sightings(_ chance: inout Chance) -> [SourceSighting] {
    (0..<(1 + chance.below(6))).map { _ in
      SourceSighting(
        network: Prefix(of: Address(ipv4: 0xc612_0000 + UInt32(chance.below(8)) << 8), length: 24),
        services: [Service(transport: .udp, port: UInt16(135 + chance.below(4)))],
        packets: CountRange(UInt64(1 + chance.below(9))),
        article: chance.coin() ? "article-\(chance.below(3))" : nil)
    }
  }

  private func sources(_ count: Int, _ seed: UInt64) -> [(Address, [SourceSighting])] {
    var chance = Chance(seed)
    return (0..<count).map { number in
      let address =
        number % 7 == 0
        ? Address(high: 0x2001_0db8_0000_0000, low: UInt64(number))
        : Address(ipv4: 0xc613_0000 + UInt32(number))
      return (address, sightings(&chance))
    }
  }

  private func digests(_ sources: [(Address, [SourceSighting])]) -> [TrendKey: DayDigest] {
    var maker = DayDigestMaker(day: day, key: key)
    for (source, sightings) in sources { maker.add(source, sightings) }
    return maker.digests()
  }

  @Test func orderDoesNotCount() throws {
    var chance = Chance(5)
    let all = sources(4_000, 1)
    let expected = digests(all)
    let whole = try #require(expected[.total])
    #expect(whole.sources == 4_000 && whole.wideSources > 2_000)
    #expect(whole.sample.count == DayDigest.mostSources)
    #expect(abs(Double(whole.wideSources) * whole.samplingShare / 1_024 - 1) < 0.15)
    for _ in 0..<3 {
      var mixed = all
      for place in mixed.indices.dropFirst().reversed() {
        mixed.swapAt(place, chance.below(place + 1))
      }
      #expect(digests(mixed) == expected)
    }
  }

  /// Digests of two halves put together are the digest of all.
  @Test(arguments: [40, 4_000]) func partsMakeTheWhole(_ count: Int) throws {
    let all = sources(count, 2)
    let (one, other) = (digests(Array(all[..<(count / 3)])), digests(Array(all[(count / 3)...])))
    for (trend, whole) in digests(all) {
      // Where a part has no widely met source its digest is not there, and its other counts are missing.
      guard let first = one[trend], let second = other[trend] else { continue }
      for (a, b) in [(first, second), (second, first)] {
        var sum = a
        sum.merge(b, key: key)
        #expect(sum == whole)
      }
    }
  }

  @Test func oneNetworkMovesNothingPublic() throws {
    let all = sources(300, 3)
    let before = try #require(digests(all)[.total])
    let lone = SourceSighting(
      network: Prefix(of: Address(ipv4: 0xc612_ff00), length: 24),
      services: [Service(transport: .udp, port: 137)], packets: CountRange(9), article: "article-1")
    let flood = (0..<5_000).map { (Address(ipv4: 0xf800_0000 + UInt32($0)), [lone, lone, lone]) }
    var after = try #require(digests(all + flood)[.total])
    #expect(after.sources == before.sources + 5_000)
    (after.sources, after.reports) = (before.sources, before.reports)
    #expect(after == before)
  }

  @Test func whatIsWrittenIsReadAgain() throws {
    for count in [0, 3, 50, 3_000] {
      for digest in digests(sources(count, 4)).values {
        #expect(try DayDigest(encoded: digest.encoded) == digest)
        for length in stride(
          from: 0, to: digest.encoded.count, by: max(1, digest.encoded.count / 40))
        {
          #expect(throws: BatchError.self) {
            try DayDigest(encoded: Array(digest.encoded.prefix(length)))
          }
        }
        #expect(throws: BatchError.self) { try DayDigest(encoded: digest.encoded + [0]) }
      }
    }
    let exposure = DayExposure(
      day: day,
      networks: (0..<40).map {
        DayExposure.Network(
          network: Prefix(of: Address(ipv4: 0xc612_0000 + UInt32($0) << 8), length: 24),
          watched: $0 % 3 == 0 ? nil : UInt64($0))
      })
    #expect(try DayExposure(encoded: exposure.encoded) == exposure)
    #expect(throws: BatchError.self) {
      try DayExposure(encoded: Array(exposure.encoded.dropLast()))
    }
  }

  /// Whatever bytes are read, nothing breaks, and what is accepted is bounded.
  @Test func otherBytesAreRefused() throws {
    var chance = Chance(6)
    let good = try #require(digests(sources(60, 7))[.total]).encoded
    for _ in 0..<2_000 {
      var bytes = good
      for _ in 0...chance.below(4) { bytes[chance.below(bytes.count)] = UInt8(chance.below(256)) }
      guard let digest = try? DayDigest(encoded: bytes) else { continue }
      #expect(digest.sample.count <= DayDigest.mostSources)
      _ =
        Outlook(
          of: [digest], exposures: [DayExposure(day: digest.day, networks: [])],
          in: digest.day...digest.day
        ).published
    }
  }
}
