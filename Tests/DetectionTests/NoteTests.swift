import Detection
import Observations
import Testing

/// What became of an activity at something the user noted.
@Suite struct NoteTests {
  private static let hour: Int64 = 3_600_000_000_000

  /// Events at even distances, so many an hour, in the hours of a range.
  private func events(_ perHour: Int64, _ hours: Range<Int64>) -> [Int64] {
    (hours.lowerBound * perHour..<hours.upperBound * perHour).map {
      $0 * NoteTests.hour / perHour
    }
  }

  private func test(
    _ events: [Int64], from: Int64, to: Int64?, covers: ClosedRange<Int64> = 0...48
  ) -> NoteTest {
    NoteTest(
      events, span: covers.lowerBound * NoteTests.hour...covers.upperBound * NoteTests.hour,
      from: from * NoteTests.hour, to: to.map { $0 * NoteTests.hour })
  }

  @Test func whatGoesOnIsUnchangedWithItsInterval() throws {
    let found = test(events(60, 0..<48), from: 10, to: 14)
    #expect(found.effect == .unchanged)
    #expect(found.before == 60 && found.during == 60 && found.after == 60)
    let ratio = try #require(found.ratio)
    #expect(ratio.value == 1)
    // Two counts of 240: ln ratio ± 1.96·√(1/240 + 1/240), a little wider as the bounds are exact.
    #expect(ratio.low > 0.80 && ratio.low < 0.85 && ratio.high > 1.18 && ratio.high < 1.25)
  }

  @Test func whatStopsAndComesBack() {
    let found = test(events(60, 0..<10) + events(60, 14..<48), from: 10, to: 14)
    #expect(found.effect == .stopped)
    #expect(found.before == 60 && found.during == 0 && found.after == 60)
    #expect((found.pValue ?? 1) < 1e-50)
  }

  @Test func risesFallsAndBegins() {
    #expect(test(events(60, 0..<10) + events(600, 10..<14), from: 10, to: 14).effect == .rose)
    #expect(test(events(600, 0..<10) + events(60, 10..<14), from: 10, to: 14).effect == .fell)
    #expect(test(events(60, 10..<14), from: 10, to: 14).effect == .began)
  }

  @Test func whatTheEvidenceDoesNotCoverIsNotTested() {
    let all = events(60, 0..<48)
    #expect(test(all, from: 60, to: 64).effect == .untestable)
    #expect(test(all, from: 60, to: 64).obstacle?.contains("does not cover that time") == true)
    #expect(test(all, from: -4, to: 2).effect == .untestable)
    #expect(test(all, from: 0, to: 4).obstacle?.contains("the time before") == true)
    #expect(test([], from: 10, to: 14).obstacle?.contains("too few") == true)
    #expect(test(events(1, 0..<48), from: 10, to: 11).effect == .untestable)
  }

  @Test func burstsCountForLess() {
    // Forty at once each eight hours; the four hours noted happen to hold none.
    let bursts = (0..<6).flatMap { burst in
      (0..<40).map { Int64(burst) * 8 * NoteTests.hour + Int64($0) }
    }
    #expect(test(bursts, from: 17, to: 21).effect != .stopped)
  }

  @Test func aMomentIsLookedAtAsCloselyAsTheCountsAllow() {
    let busy = test(events(60, 0..<48), from: 20, to: nil)
    #expect(busy.momentHours == 1 && busy.effect == .unchanged && busy.after == nil)
    let calm = test(events(2, 0..<48), from: 20, to: nil)
    #expect(calm.momentHours == 8)
    // A step five hours before a reboot is not the reboot's.
    let stepped = test(events(1, 0..<15) + events(300, 15..<48), from: 20, to: nil)
    #expect(stepped.effect == .unchanged)
  }

  @Test func whatIsKnownByTheHourIsNotTestedByTheMinute() {
    let all = events(60, 0..<48)
    func test(_ from: Int64, _ minutes: Int64?) -> NoteTest {
      NoteTest(
        all, span: 0...48 * NoteTests.hour, from: from * NoteTests.hour,
        to: minutes.map { from * NoteTests.hour + $0 * NoteTests.hour / 60 },
        resolution: NoteTests.hour)
    }
    #expect(test(10, 5).effect == .untestable)
    #expect(test(10, 5).obstacle?.contains("by the hour") == true)
    #expect(test(10, 240).effect == .unchanged)
    #expect(test(10, nil).momentHours == 3)
  }

  @Test func extremeTimesAreNoTrap() {
    let all = events(60, 0..<48)
    for (from, to) in [(Int64.min, Int64.max), (.max, nil), (.min, nil), (.max, .max)] {
      let found = NoteTest(all, span: 0...48 * NoteTests.hour, from: from, to: to)
      #expect(found.effect == .untestable || found.before != nil)
    }
  }
}
