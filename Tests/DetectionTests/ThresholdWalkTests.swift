import Detection
import Observations
import Testing

@Suite struct ThresholdWalkTests {
  /// The gambler's ruin with steps of one and barriers at four: what the published parameters come to.
  @Test func exactOddsAreTheGamblersRuin() throws {
    let walk = try #require(ThresholdWalk())
    let scanner = walk.odds(success: 0.2)
    #expect(abs(scanner.upper - 1 / (1 + 1.0 / 256)) < 1e-9)
    #expect(abs(scanner.contacts - 4 * (2 * scanner.upper - 1) / 0.6) < 1e-6)
    #expect(abs(scanner.contacts - 6.615) < 0.001)
    let ordinary = walk.odds(success: 0.8)
    #expect(abs(ordinary.upper - 1.0 / 257) < 1e-9)
  }

  /// A million walks end as often and as soon as the exact odds say (five standard errors).
  @Test(arguments: [(0.2, 0.996_109, 6.615), (0.8, 0.003_891, 6.615)])
  func simulatedWalksFareSo(success: Double, upper: Double, contacts: Double) throws {
    // The walk itself, on the public type, agrees with a counter of ±1 and barriers at ±4 …
    for (successes, failures) in [(0, 4), (1, 5), (4, 0), (2, 5), (3, 3), (0, 3), (9, 5)] {
      var walk = try #require(ThresholdWalk())
      walk.take(successes: successes, failures: failures)
      let stands = failures - successes
      #expect(
        walk.verdict == (stands >= 4 ? .scanner : stands <= -4 ? .ordinary : .undecided))
    }
    // … so that the counter may be walked a million times.
    var random = SplitMix(state: 17)
    let limit = UInt64(success * 0x1p64)
    var (ups, steps, squares) = (0, 0, 0)
    let walks = 1_000_000
    for _ in 0..<walks {
      var (stands, taken) = (0, 0)
      while stands > -4, stands < 4 {
        stands &+= random.next() < limit ? -1 : 1
        taken &+= 1
      }
      ups += stands == 4 ? 1 : 0
      steps += taken
      squares += taken * taken
    }
    let share = Double(ups) / Double(walks)
    #expect(abs(share - upper) < 5 * (upper * (1 - upper) / Double(walks)).squareRoot())
    let mean = Double(steps) / Double(walks)
    let variance = Double(squares) / Double(walks) - mean * mean
    #expect(abs(mean - contacts) < 5 * (variance / Double(walks)).squareRoot() + 0.001)
  }

  /// Other chances, whose steps do not cancel, against walks drawn one by one.
  @Test(arguments: [(0.9, 0.1), (0.7, 0.3), (0.95, 0.4), (0.6, 0.01)])
  func otherChancesAgreeWithSimulation(ordinary: Double, scanner: Double) throws {
    let walk = try #require(
      ThresholdWalk(ordinarySuccess: ordinary, scannerSuccess: scanner))
    var random = SplitMix(state: 23)
    for success in [ordinary, scanner] {
      let odds = walk.odds(success: success)
      var (ups, steps) = (0, 0)
      let walks = 4_000
      for _ in 0..<walks {
        var one = walk
        while one.verdict == .undecided {
          let succeeds = random.unit() < success
          one.take(successes: succeeds ? 1 : 0, failures: succeeds ? 0 : 1)
        }
        ups += one.verdict == .scanner ? 1 : 0
        steps += one.contacts
      }
      let error = (max(0.01, odds.upper * (1 - odds.upper)) / Double(walks)).squareRoot()
      #expect(abs(Double(ups) / Double(walks) - odds.upper) < 5 * error)
      #expect(abs(Double(steps) / Double(walks) - odds.contacts) < 0.05 * odds.contacts)
      // Wald: whoever overshoots errs no more than was allowed for.
      if success == ordinary { #expect(odds.upper <= 1.0 / 99) }
    }
  }

  @Test func chancesThatMakeNoSenseHaveNoWalk() {
    #expect(ThresholdWalk(ordinarySuccess: 0.2, scannerSuccess: 0.2) == nil)
    #expect(ThresholdWalk(ordinarySuccess: 1, scannerSuccess: 0.2) == nil)
    #expect(ThresholdWalk(ordinarySuccess: 0.8, scannerSuccess: 0) == nil)
    #expect(ThresholdWalk(ordinarySuccess: .nan, scannerSuccess: .nan) == nil)
  }

  private func walk(_ traffic: Traffic1, capture: Bool, refusalsOnly: Bool = false) -> Finding? {
    traffic.activities(isCapture: capture, refusalsOnly: refusalsOnly)
      .first { $0.subject.value == "203.0.113.9" }?.finding(.thresholdWalk)
  }

  /// A scanner beside forty hosts whose contacts mostly succeed.
  private func scan(beside: Bool = true) -> Traffic1 {
    var traffic = Traffic1()
    for k in 0..<60 {
      let target = "198.51.100.\(k + 1)"
      traffic.packet("203.0.113.9", 40_000, target, 445, .tcp, flags: .syn, action: .blocked)
      if k % 20 == 0 {
        traffic.packet(target, 445, "203.0.113.9", 40_000, .tcp, flags: [.syn, .ack])
      }
      traffic.wait(1)
    }
    guard beside else { return traffic }
    for host in 0..<40 {
      for k in 0..<10 {
        let target = "192.0.\(k).\(host + 1)"
        traffic.packet("10.0.0.\(host + 1)", 41_000, target, 80, .tcp, flags: .syn)
        if k > 0 {
          traffic.packet(target, 80, "10.0.0.\(host + 1)", 41_000, .tcp, flags: [.syn, .ack])
        }
        traffic.wait(0.2)
      }
    }
    return traffic
  }

  @Test func aScannerIsOneByTheHostsBeside() throws {
    let found = try #require(walk(scan(), capture: true))
    #expect(found.values["verdict"] == .text("scanner"))
    #expect(found.values["measured"] == .flag(true))
    #expect(abs((found.values["ordinarySuccess"]?.numeric ?? 0) - 0.9) < 0.001)
    #expect(found.values["contacts"] == .integer(60))
    #expect(found.values["failures"] == .integer(57))
    let alone = try #require(walk(scan(beside: false), capture: true))
    #expect(alone.values["measured"] == .flag(false))
    #expect(alone.values["ordinarySuccess"] == .number(0.8))
  }

  @Test func whereOutcomesAreNotSeenItDoesNotApply() throws {
    for (capture, refusalsOnly) in [(false, true), (false, false)] {
      let found = try #require(walk(scan(), capture: capture, refusalsOnly: refusalsOnly))
      #expect(found.values["applicable"] == .flag(false))
      #expect(found.values["standsAt"] == nil)
    }
    var lookups = Traffic1()
    for k in 0..<60 { lookups.nameLookup("203.0.113.9", of: "198.51.\(k).7") }
    let found = try #require(walk(lookups, capture: true))
    #expect(found.values["verdict"] == .text("notApplicable"))
    // A capture of one direction shows no answer to anyone.
    var oneWay = Traffic1()
    for k in 0..<60 {
      oneWay.packet("203.0.113.9", 40_000, "198.51.100.\(k + 1)", 445, .tcp, flags: .syn)
      oneWay.wait(1)
    }
    #expect(walk(oneWay, capture: true)?.values["applicable"] == .flag(false))
  }
}
