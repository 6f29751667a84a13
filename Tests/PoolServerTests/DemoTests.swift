import Foundation
import Observations
import PoolStores
import Simulation
import Testing

@testable import PoolServer

/// What the pool of made-up reports tells, beside what is true of it.
@Suite struct DemoTests {
  /// What the page of the innocent server says of the cause, and why that happens.
  private static let why = [
    "made of it: Reverse name lookup of visitors, which harms nobody.",
    "Why that happens: A program on this host wants to know the names of addresses",
    "Windows asks the address itself by a NetBIOS node status query",
    "How far it can be forged: ",
  ]

  @Test func theInnocentServerIsExplained() async throws {
    let pool = try MadePool()
    let stored = try await PoolDemo(now: MadePool.now).fill(pool.store)
    #expect(stored > 500)
    #expect(try await PoolDemo(now: MadePool.now).fill(pool.store) == 0)
    let page = await pool.get("/address/\(PoolDemo.server)")
    for part in Self.why { #expect(page.text.contains(part), "\(part)") }
    #expect(page.status == 200 && page.text.contains("Reverse name lookup of visitors"))
    #expect(page.text.contains("harms nobody") && page.text.contains("<svg"))
    let worm = await pool.get("/api/v1/addresses/\(PoolDemo.worm)")
    #expect(worm.object["forgery"] as? String == "several-would-have-to")
    let home = await pool.get("/")
    #expect(
      home.text.contains("/address/\(PoolDemo.server)") && home.text.contains("/port/udp/137"))
    #expect(!home.text.contains("198.18."), "no sensor's network")
    #expect(!home.text.contains("<script") && !home.text.contains("style=\""))
  }
  /// An interval as the answer bears it.
  private func interval(_ estimate: Any?) throws -> (value: Double, ends: ClosedRange<Double>) {
    let fields = try #require(estimate as? [String: Any])
    func number(_ name: String) throws -> Double {
      try #require((fields[name] as? NSNumber)?.doubleValue, "\(fields)")
    }
    #expect(!((fields["assumptions"] as? [String]) ?? []).isEmpty)
    return (try number("value"), try number("low")...number("high"))
  }

  @Test(arguments: [MadePool.now, Timestamp(seconds: 1_795_348_800)])
  func thePortTellsItsTruthWithinIntervals(now: Timestamp) async throws {
    let pool = try MadePool(now: now)
    let demo = PoolDemo(now: now)
    #expect(try await demo.fill(pool.store) > 500)
    let outlook = try #require(
      await pool.get("/api/v1/ports/udp/137").object["outlook"] as? [String: Any])
    let truth = demo.truth
    for (name, right) in [
      ("active", truth.active), ("population", truth.population),
      ("arrivals", truth.arrivalsPerDay), ("stay", truth.stayDays),
      ("growth", truth.growthPerDay), ("probeIntervalSeconds", truth.probeIntervalSeconds),
    ] {
      let (value, ends) = try interval(outlook[name])
      #expect(ends.contains(right) && ends.contains(value), "\(name): \(right), \(ends)")
      #expect(ends.upperBound < 4 * ends.lowerBound, "\(name) says little: \(ends)")
    }
    let shares = try #require(outlook["shares"] as? [[String: Any]])
    let articles = shares.compactMap { $0["article"] as? String }
    #expect(Set(articles).isSuperset(of: Set(truth.shares.keys).union(["reverse-name-lookup"])))
    for (article, right) in truth.shares {
      let share = try #require(shares.first { $0["article"] as? String == article })
      let (_, ends) = try interval(share["share"])
      #expect(ends.contains(right), "\(article): \(right), \(ends)")
    }
    let page = await pool.get("/port/udp/137").text
    for part in [
      "Sources now", "New sources change from day to day by the factor",
      "One address waits for the next packet", "Share of \u{201c}Opaserv",
      "Share of \u{201c}Reverse name lookup of visitors", "the denominator is ",
    ] { #expect(page.contains(part), "\(part)") }
  }
}
