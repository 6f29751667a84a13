import Knowledge
import Observations
import Pool
import PoolStores
import Testing

@testable import PoolServer

/// What a pool shows in its first days, and with other settings of how many networks are enough.
@Suite struct BeginningTests {
  private func reported(networks: Int, hoursAgo: Int64) async throws -> MadePool {
    let pool = try MadePool()
    let keys = try await IncidentTests.sensors(networks, in: pool)
    try await IncidentTests.report(
      to: pool, networks: 0..<networks, keys: keys, hoursAgo: hoursAgo)
    return pool
  }

  /// The pool's desk as it is so many hours later, with other settings.
  private func desk(
    _ pool: MadePool, hoursLater: Int64 = 0, _ change: (inout PoolServerOptions) -> Void = { _ in }
  ) async throws -> Desk {
    let now = MadePool.now.later(hoursLater * 3_600)
    var options = PoolServerOptions(clock: { now })
    options.lookupsPerMinute = 0
    change(&options)
    let desk = Desk(store: pool.store, knowledge: try KnowledgeBase.load(), options: options)
    try await desk.upkeep.run(at: now)
    return desk
  }

  private func get(_ desk: Desk, _ path: String) async -> String {
    await desk.answer(method: "GET", target: path, call: Call()).0.text
  }

  private static let paths = [
    "/", "/incidents", "/sensors", "/port/udp/137", "/article/horizontal-scan",
    "/address/198.51.100.7",
  ]

  /// It is 13:33 on 21 September; what was met at 07:33 on that day is told on the 22nd.
  @Test func thePagesSayFromWhenOnTheyTell() async throws {
    let pool = try await reported(networks: 3, hoursAgo: 6)
    for (hours, since) in [(0, false), (11, true), (15, true)] as [(Int64, Bool)] {
      let desk = try await desk(pool, hoursLater: hours)
      let today = Day(MadePool.now.later(hours * 3_600))
      for path in BeginningTests.paths {
        let text = await get(desk, path)
        #expect(text.contains("Nothing is published of any day yet"), "\(hours) \(path)")
        #expect(text.contains("on \(today), is told from \(today.advanced(by: 1)) on"))
        // Not on the day itself: the time at which it is said would be a mark.
        let words =
          "since 2026-09-21: what enough networks met alike on that day is told "
          + "from 2026-09-22 on"
        #expect(text.contains(words) == since, "\(hours) \(path)")
      }
    }
    let told = try await desk(pool, hoursLater: 17)
    for path in BeginningTests.paths {
      #expect(await !get(told, path).contains("Nothing is published of any day yet"), "\(path)")
    }
    #expect(await get(told, "/address/198.51.100.7").contains("2026-09-21"))
  }

  @Test func thatFewReportedIsNotSaid() async throws {
    let few = try await desk(try await reported(networks: 2, hoursAgo: 30))
    let none = try await desk(try MadePool())
    // How many sensors are enrolled is told, whether they report or not.
    for path in BeginningTests.paths where path != "/sensors" {
      let text = await get(few, path)
      #expect(text == (await get(none, path)) && text.contains("Nothing is published of any day"))
    }
  }

  @Test func underAKeyTheLastDayIsSaidToo() {
    let day = Day(MadePool.now)
    let key = PublicationKey(bytes: Array(repeating: 7, count: 32))
    let open = Publication()
    #expect(open.telling(of: day) == day.advanced(by: 1)...day.advanced(by: 1))
    let keyed = Publication(key: key)
    #expect(keyed.telling(of: day) == day.advanced(by: 1)...day.advanced(by: 2))
    for number in 0..<200 {
      let subject = TrendKey.source(Address(ipv4: 0xc633_6400 + UInt32(number)))
      for hour in 0..<72 as Range<Int64> {
        let now = day.start.later(hour * 3_600)
        let isTold = keyed.days(1, at: now, of: subject).upperBound >= day
        if Day(now) < keyed.telling(of: day).lowerBound { #expect(!isTold) }
        if Day(now) >= keyed.telling(of: day).upperBound { #expect(isTold) }
      }
    }
  }

  /// A pool of one organisation shows at a port what it shows of a source; and none of it once others may ask.
  @Test func digestsFollowTheSetting() async throws {
    let pool = try await reported(networks: 1, hoursAgo: 30)
    let open = try await desk(pool) { $0.networksOfStatement = 1 }
    #expect(await get(open, "/api/v1/addresses/198.51.100.7").contains("\"published\": true"))
    for path in ["/api/v1/ports/udp/137", "/api/v1/articles/horizontal-scan"] {
      #expect(await get(open, path).contains("\"sourcesAtLeast\": 1"), "\(path)")
    }
    #expect(await get(open, "/").contains("/port/udp/137"))
    #expect(
      await get(open, "/api/v1/ports/udp/137").contains("fewer than 10 sources that 1 network met"))
    // Before digests are made anew those that are there are not shown.
    var options = PoolServerOptions(clock: { MadePool.now })
    options.lookupsPerMinute = 0
    let closed = Desk(store: pool.store, knowledge: try KnowledgeBase.load(), options: options)
    for _ in 0..<2 {
      #expect(await get(closed, "/api/v1/ports/udp/137").contains("\"published\": false"))
      #expect(await !get(closed, "/").contains("/port/udp/137"))
      try await closed.upkeep.run(at: MadePool.now)
    }
    let again = try await desk(pool) { $0.networksOfStatement = 1 }
    #expect(await get(again, "/api/v1/ports/udp/137").contains("\"published\": true"))
  }
}
