import Detection
import Observations
import Pool
import Testing

/// What is published rests on several networks, whatever any single one sends.
@Suite struct PublicationTests {
  private let source = Address(ipv4: 0xc000_0201)
  private let later = Timestamp(seconds: noon.wholeSeconds + 40 * 3_600)

  /// What a network says: a port, an article and whether it is firm.
  private struct Word {
    var port: UInt16 = 445
    var article: String?
    var isFirm = false
    var hours: Int64 = 0
  }

  private func add(_ words: [Word], network: Int, to tally: inout SourceTally) throws {
    let sensor = try #require(SensorID(rawValue: Int64(network + 1)))
    for word in words {
      let time = Timestamp(seconds: noon.wholeSeconds - 43_200 + word.hours * 3_600)
      tally.add(
        Report(
          subject: source,
          shape: ReportShape(transport: .tcp, direction: .inbound, manner: .service),
          ports: [word.port], first: time, last: time, packets: CountRange(1),
          targets: CountRange(1),
          verdict: word.article.map { SensorVerdict(article: $0, posterior: 1) },
          mayBeForged: !word.isFirm), sensor: sensor,
        network: Prefix(of: Address(ipv4: UInt32(network + 1) << 8), length: 24))
    }
  }

  private func published(
    _ networks: [[Word]], by rules: Publication = Publication()
  ) throws -> PublicSource? {
    var tally = SourceTally()
    for (number, words) in networks.enumerated() {
      try add(words, network: number, to: &tally)
    }
    return rules.source(tally.summary(of: source), at: later)
  }

  private func words(_ article: String?, _ count: Int, isFirm: Bool = false) -> [[Word]] {
    Array(repeating: [Word(article: article, isFirm: isFirm)], count: count)
  }

  /// One network sends more services and verdicts than are counted of any: the others' stay.
  @Test func oneNetworkCannotCrowdOutOthers() throws {
    let flood = (0..<1_000).map { Word(port: UInt16($0), article: "a-\($0)", isFirm: true) }
    let quiet = try #require(try published(words("crawler", 4)))
    let flooded = try #require(try published(words("crawler", 4) + [flood]))
    #expect(flooded.services == quiet.services)
    #expect(flooded.verdicts == ["crawler"])
    #expect(flooded.forgery == quiet.forgery)
    #expect(flooded.reportsAtLeast == quiet.reportsAtLeast)
    #expect(!flooded.isContested)
  }

  @Test func verdictsNeedAThirdOfThoseThatGaveAny() throws {
    let few = try #require(try published(words("crawler", 7) + words("worm", 3)))
    #expect(few.verdicts == ["crawler"])
    let third = try #require(try published(words("crawler", 6) + words("worm", 3)))
    #expect(third.verdicts == ["crawler", "worm"])
    // Networks without a verdict do not count against one.
    let silent = try #require(try published(words("crawler", 3) + words(nil, 20)))
    #expect(silent.verdicts == ["crawler"])
  }

  @Test func disagreementIsSaid() throws {
    for (others, isSo) in [(2, false), (3, true), (6, true)] {
      let said = try #require(try published(words("crawler", 6) + words("worm", others)))
      #expect(said.isContested == isSo, "\(others)")
    }
    // Who gives both does not disagree.
    let both = [[Word]](
      repeating: [Word(article: "crawler"), Word(article: "worm")], count: 6)
    #expect(try #require(try published(both)).isContested == false)
    let scattered = (0..<9).flatMap { words("a-\($0)", 1) } + words("b", 3)
    let said = try #require(try published(scattered))
    #expect(said.verdicts.isEmpty && said.isContested)
  }

  @Test func innocentVerdictsComeFirstAmongEquals() throws {
    let networks = words("abuse", 5) + words("crawler", 5)
    #expect(try published(networks)?.verdicts == ["abuse", "crawler"])
    let rules = Publication(innocent: ["crawler"])
    #expect(try published(networks, by: rules)?.verdicts == ["crawler", "abuse"])
    let more = words("abuse", 10) + words("crawler", 9)
    #expect(try published(more, by: rules)?.verdicts == ["abuse", "crawler"])
  }

  @Test func firmVerdictsNeedFirmNetworks() throws {
    for (firm, verdicts) in [(2, []), (3, ["worm"])] {
      let said = try #require(
        try published(words("worm", 4) + words("worm", firm, isFirm: true)))
      #expect(said.verdicts == ["worm"])
      #expect(said.firmVerdicts == verdicts)
      #expect(said.forgery == (firm < 3 ? .anybodyCouldHave : .severalWouldHaveTo))
    }
  }

  /// A silent source that somebody forges at one network: the last day must not tell.
  @Test func daysNeedSeveralNetworksOfTheirOwn() throws {
    var networks = words("crawler", 4)
    let quiet = try #require(try published(networks))
    #expect(quiet.firstDay == Day(noon) && quiet.lastDay == Day(noon))
    networks.append([Word(article: "crawler", hours: 30)])
    #expect(try published(networks) == quiet)
    networks += [[Word(article: "crawler", hours: 26)], [Word(article: "crawler", hours: 47)]]
    #expect(try published(networks)?.lastDay == Day(noon).advanced(by: 1))
    let apart = try published((0..<3).map { [Word(hours: $0 * 24 - 48)] })
    #expect(apart?.firstDay == nil && apart != nil)
  }

  /// With a key each source has a threshold of its own, always the same, and between 3 and 5.
  @Test func thresholdsDifferUnderAKey() throws {
    let key = PublicationKey(bytes: [UInt8](repeating: 7, count: 32))
    #expect(key != nil && PublicationKey(bytes: [1, 2, 3]) == nil)
    let rules = Publication(key: key)
    var tallies: [Int: SourceTally] = [:]
    for networks in 2...5 {
      var tally = SourceTally()
      for network in 0..<networks {
        try add([Word(article: "worm")], network: network, to: &tally)
      }
      tallies[networks] = tally
    }
    var counts: [Int: Int] = [:]
    let muchLater = Timestamp(seconds: later.wholeSeconds + 86_400)
    for number in 0..<300 as Range<UInt32> {
      let needed = try (2...5).first { networks in
        let tally = try #require(tallies[networks])
        let summary = tally.summary(of: Address(ipv4: 0xc000_0000 + number))
        return rules.source(summary, at: muchLater) != nil
      }
      counts[try #require(needed), default: 0] += 1
    }
    #expect(counts.keys.sorted() == [3, 4, 5])
    #expect(counts.values.allSatisfy { $0 > 70 }, "\(counts)")
  }

  @Test func answersChangeOncePerDay() {
    let rules = Publication(key: PublicationKey(bytes: [UInt8](repeating: 3, count: 16)))
    for number in 0..<50 as Range<UInt32> {
      let subject = TrendKey.source(Address(ipv4: number))
      var spans: Set<ClosedRange<Day>> = []
      for minute in 0..<1_440 as Range<Int64> {
        let now = Timestamp(seconds: Day(noon).start.wholeSeconds + minute * 60)
        let span = rules.days(30, at: now, of: subject)
        #expect(span.count == 30)
        // Whole days only, over for 6 hours at least and 24 at most.
        let age = now.wholeSeconds - span.upperBound.advanced(by: 1).start.wholeSeconds
        #expect((6 * 3_600..<48 * 3_600).contains(age))
        spans.insert(span)
      }
      #expect(spans.count == 2 || spans.count == 1)
    }
  }

  /// Every part of a statement against what single reports say.
  @Test func everyPartRestsOnSeveralNetworks() throws {
    var chance = Chance(11)
    for _ in 0..<60 {
      let networks = (0..<(1 + chance.below(12))).map { _ in
        (0..<(1 + chance.below(6))).map { _ in
          Word(
            port: UInt16(chance.below(6)),
            article: chance.coin() ? "a-\(chance.below(4))" : nil, isFirm: chance.coin(),
            hours: Int64(chance.below(72)) - 48)
        }
      }
      func count(_ has: (Word) -> Bool) -> Int { networks.count { $0.contains(where: has) } }
      guard let said = try published(networks) else {
        #expect(networks.count < 3)
        continue
      }
      #expect(networks.count >= 3)
      let ports = (0..<6 as Range<UInt16>).filter { port in count { $0.port == port } >= 3 }
      #expect(said.services.map(\.port) == ports)
      let voters = count { $0.article != nil }
      let articles = (0..<4).map { "a-\($0)" }.filter { article in
        let voices = count { $0.article == article }
        return voices >= 3 && voices * 3 >= voters
      }
      #expect(said.verdicts.sorted() == articles)
      #expect((said.forgery == .severalWouldHaveTo) == (count(\.isFirm) >= 3))
      let days = (-2...0).filter { day in
        count { Int(($0.hours + 48) / 24) - 2 == day } >= 3
      }
      #expect(said.lastDay == days.last.map { Day(noon).advanced(by: $0) })
      let reports = networks.map(\.count).sorted(by: >)
      #expect(said.reportsAtLeast >= Publication.coarse(UInt64(reports[2] * 3)))
      #expect(said.reportsAtLeast <= UInt64(reports.reduce(0, +)))
    }
  }
}
