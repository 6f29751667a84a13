import Detection
import Observations
import Testing

@Suite struct LikenessTests {
  /// A pattern with each feature known or not, and measures over all their range.
  static func random(_ dice: inout Dice) -> Pattern {
    func maybe<Value>(_ value: Value) -> Value? { Bool.random(using: &dice) ? value : nil }
    func measure() -> Double {
      [0, 1e-9, .infinity, -1, 1, 3].randomElement(using: &dice)
        ?? .random(in: 0...1e6, using: &dice)
    }
    var pattern = Pattern(transport: [.tcp, .udp, .icmp].randomElement(using: &dice) ?? .udp)
    let port = UInt16.random(in: 0...2_000, using: &dice)
    pattern.sourcePort = maybe(
      [.fixed(port), .fixed(770), .few, .sequential, .ephemeral].randomElement(using: &dice) ?? .few
    )
    pattern.destinationPort = maybe(UInt16.random(in: 0...3, using: &dice))
    pattern.portStep = maybe(UInt16.random(in: 0...2, using: &dice))
    pattern.portDirection = maybe(Bool.random(using: &dice) ? .up : .down)
    pattern.portSpread = maybe(measure())
    pattern.targetOrder = maybe(
      [.one, .broadcast, .sequential, .unordered].randomElement(using: &dice) ?? .one)
    pattern.burstSize = maybe(measure())
    pattern.gapWithin = maybe(measure())
    pattern.gapBetween = maybe(measure())
    pattern.length = maybe(UInt16.random(in: 40...60, using: &dice))
    pattern.lengthShare = maybe(measure())
    pattern.payloadLength = maybe(UInt16.random(in: 0...2, using: &dice))
    pattern.payloadKey = maybe(UInt32.random(in: 1...2, using: &dice))
    pattern.tcpFlags = maybe(TCPFlags(rawValue: .random(in: 0...255, using: &dice)))
    return pattern
  }

  @Test func symmetricBoundedAndWholeForTheSame() {
    var dice = Dice(state: 11)
    for _ in 0..<3_000 {
      let (a, b) = (LikenessTests.random(&dice), LikenessTests.random(&dice))
      let (there, back) = (Likeness(a, b), Likeness(b, a))
      #expect(there.total == back.total && there.shared == back.shared)
      #expect(there.support == back.support && there.features.count == there.shared)
      #expect((there.total == nil) == (there.shared < Likeness.fewestShared))
      if let total = there.total { #expect((0...1).contains(total)) }
      for feature in there.features {
        #expect((0...1).contains(feature.similarity) && feature.weight > 0)
        #expect(!feature.explanation.isEmpty && !feature.explanation.hasSuffix("."))
      }
      let same = Likeness(a, a)
      #expect(same.total == nil || same.total == 1)
      #expect(same.features.allSatisfy { $0.similarity == 1 })
    }
  }

  /// A capture and a veiled log in which the ports run the other way.
  @Test func foundAlikeThoughMaskedAndTheOtherWay() throws {
    let likeness = Likeness(
      Pattern(of: PatternTests.captured, transport: .udp),
      Pattern(of: PatternTests.logged, transport: .udp))
    #expect(likeness.isAlike && (likeness.total ?? 0) > 0.9)
    let names = likeness.features.map(\.name)
    #expect(names.contains(.sourcePort) && !names.contains(.targetOrder))
    let step = try #require(likeness.features.first { $0.name == .portStep })
    #expect(
      step.explanation
        == "destination ports step by 1 in both, but up in the first and down in the second")
    let port = try #require(likeness.features.first { $0.name == .sourcePort })
    #expect(port.explanation == "both send from source port 770")
  }

  @Test func unlikeThingsAreNot() {
    let bursts = Pattern(of: PatternTests.captured, transport: .udp)
    let lookups = Pattern(
      of: (0..<60).map { index in
        var packet = TracedPacket(time: Int64(index / 3) * 9_000_000_000 + Int64(index % 3) << 30)
        packet.target = UInt32(index / 3) &* 0x9e37_79b1 >> 2
        packet.sourcePort = 137
        packet.destinationPort = 137
        packet.length = 78
        packet.flags = 4
        packet.payloadLength = 50
        return packet
      }, transport: .udp)
    let likeness = Likeness(bursts, lookups)
    #expect(!likeness.isAlike && (likeness.total ?? 1) < 0.4)
    #expect(Likeness(lookups, lookups).isAlike && !Likeness(lookups, lookups).isTelling)
    #expect(Likeness(bursts, bursts).isTelling)
  }

  @Test func nothingInCommonToCompare() {
    var a = Pattern(transport: .udp)
    a.sourcePort = .fixed(770)
    var b = Pattern(transport: .udp)
    b.burstSize = 5
    #expect(Likeness(a, b).total == nil && !Likeness(a, b).isAlike)
    b.sourcePort = .fixed(770)
    #expect(Likeness(a, b).shared == 2 && Likeness(a, b).total == nil)
  }

  /// To share a rare source port tells more than to share a habit of most programs.
  @Test func rareAgreementsWeighMore() {
    func weight(_ mode: Pattern.SourcePort) -> Double {
      var pattern = Pattern(transport: .udp)
      pattern.sourcePort = mode
      return Likeness(pattern, pattern).features.first { $0.name == .sourcePort }?.weight ?? 0
    }
    #expect(weight(.fixed(770)) > weight(.fixed(137)))
    #expect(weight(.fixed(137)) > weight(.ephemeral) && weight(.sequential) > weight(.ephemeral))
    var keyed = Pattern(transport: .udp)
    keyed.payloadKey = 7
    let key = Likeness(keyed, keyed).features.first { $0.name == .payloadKey }?.weight ?? 0
    #expect(key > weight(.fixed(770)))
  }

  /// Each pattern's best match is none that another would beat, and what is alike comes first.
  @Test func theSearchFindsTheMostAlike() {
    var dice = Dice(state: 21)
    for _ in 0..<20 {
      let first = (0..<12).map { _ in LikenessTests.random(&dice) }
      let second = (0..<9).map { _ in LikenessTests.random(&dice) } + first.prefix(2)
      let matches = LikenessSearch.matches(first, second)
      #expect(Set(matches.map(\.first)).count == matches.count)
      let verdicts = matches.map(\.likeness.isAlike)
      #expect(verdicts == verdicts.filter { $0 } + verdicts.filter { !$0 })
      for (place, pattern) in first.enumerated() {
        let all = second.map { Likeness(pattern, $0) }
        guard let match = matches.first(where: { $0.first == place }) else {
          #expect(all.allSatisfy { $0.total == nil })
          continue
        }
        #expect(match.likeness == Likeness(pattern, second[match.second]))
        #expect(match.likeness.isAlike == all.contains(where: \.isAlike))
        let rivals = all.filter { $0.isAlike == match.likeness.isAlike }
        if match.likeness.isAlike {
          #expect(match.likeness.support == rivals.map(\.support).max())
        } else {
          #expect(match.likeness.total == rivals.compactMap(\.total).max())
        }
      }
    }
    #expect(LikenessSearch.matches([], [Pattern(transport: .udp)]).isEmpty)
  }
}
