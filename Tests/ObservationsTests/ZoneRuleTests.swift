import Foundation
import Testing

@testable import Observations

/// Zones by their files, held against another reader of the same files.
@Suite struct ZoneRuleTests {
  private static func file(_ name: String) throws -> [UInt8] {
    try Array(Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/" + name)))
  }

  private static func number(_ value: Int64, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> Int64(8 * (width - 1 - $0))) }
  }

  /// A file without a table of changes: one offset, and a rule.
  private static func file(rule: String, offset: Int64 = 0) -> [UInt8] {
    let head =
      Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
      + [0, 0, 0, 0, 1, 4].flatMap { number($0, 4) }
    let types = number(offset, 4) + [0, 0] + Array("LMT\0".utf8)
    return head + types + head + types + [10] + Array(rule.utf8) + [10]
  }

  @Test(arguments: [
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Tehran",
    "America/St_Johns", "Europe/Dublin", "Asia/Kolkata", "Pacific/Apia",
  ])
  func offsetsAreThoseOfAnotherReader(_ name: String) throws {
    let bytes = try ZoneRuleTests.file(name)
    let rule = try #require(ZoneRule(name: name, file: bytes))
    let other = try #require(TimeZone(identifier: name))
    var time: Int64 = 0
    while time < 2_100_000_000 {
      let wanted = other.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time)))
      #expect(rule.offset(at: time) == Int64(wanted), "\(name) \(time)")
      time += 3_456_789
    }
  }

  @Test func theRuleHoldsBeyondTheTable() throws {
    let bytes = ZoneRuleTests.file(rule: "CET-1CEST,M3.5.0,M10.5.0/3", offset: 3_600)
    let rule = try #require(ZoneRule(name: "x", file: bytes))
    func local(_ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int) -> Int64 {
      CivilTime(year: year, month: month, day: day, hour: hour, minute: minute)
        .timestamp.wholeSeconds
    }
    // 2100: the last Sundays are 28 March and 31 October.
    #expect(rule.resolve(local(2100, 1, 1, 12, 0)) == .once(local(2100, 1, 1, 11, 0)))
    #expect(rule.resolve(local(2100, 7, 1, 12, 0)) == .once(local(2100, 7, 1, 10, 0)))
    #expect(rule.resolve(local(2100, 3, 28, 2, 30)) == .never(local(2100, 3, 28, 1, 30)))
    #expect(rule.resolve(local(2100, 3, 28, 1, 59)) == .once(local(2100, 3, 28, 0, 59)))
    #expect(rule.resolve(local(2100, 3, 28, 3, 0)) == .once(local(2100, 3, 28, 1, 0)))
    #expect(
      rule.resolve(local(2100, 10, 31, 2, 30))
        == .twice(first: local(2100, 10, 31, 0, 30), second: local(2100, 10, 31, 1, 30)))
    #expect(rule.resolve(local(2100, 10, 31, 3, 0)) == .once(local(2100, 10, 31, 2, 0)))
    let steady = try #require(rule.constant(around: local(2100, 7, 1, 12, 0)))
    #expect(steady.offset == 7_200)
    #expect(steady.range == local(2100, 3, 28, 3, 0)..<local(2100, 10, 31, 2, 0))
  }

  @Test(arguments: [
    "CET-1CEST,M3.5.0", "CET-1CEST", "-1", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,J0,J1",
    "CET-1CEST,M3.5.0,M10.5.0x", "CET99999999999999999999", "<a", "CET-1CEST,M3.5.0/999,M1.1.1",
  ])
  func aBadRuleIsNoZone(_ rule: String) {
    #expect(ZoneRule(name: "x", file: ZoneRuleTests.file(rule: rule)) == nil)
  }

  @Test func damagedFilesAreNoZonesAndTrapNothing() throws {
    let good = try ZoneRuleTests.file("Europe/Berlin")
    for count in stride(from: 0, to: good.count - 1, by: 7) {
      #expect(ZoneRule(name: "x", file: Array(good.prefix(count))) == nil)
    }
    var state: UInt64 = 5
    for _ in 0..<2_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      var bad = good
      bad[Int(state >> 33) % bad.count] = UInt8(truncatingIfNeeded: state >> 20)
      if let rule = ZoneRule(name: "x", file: bad) {
        for time in [Int64.min, -1 << 40, 0, 1_225_000_000, 1 << 40, .max] {
          _ = rule.resolve(time)
          _ = rule.constant(around: time)
        }
      }
    }
  }

  @Test func aFixedOffsetIsTheSameForEver() {
    let rule = ZoneRule(offset: -19_800)
    #expect(rule.name == "-05:30" && rule.isFixed && ZoneRule.utc.name == "UTC")
    #expect(rule.resolve(0) == .once(19_800))
    #expect(rule.constant(around: 0)?.range == Int64.min..<Int64.max)
  }
}
