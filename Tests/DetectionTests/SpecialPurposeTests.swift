import Detection
import Observations
import Testing

/// What goes to groups and addresses that are set apart for one thing, and when it is asked about.
@Suite struct SpecialPurposeTests {
  static let group = "239.255.255.250"

  private func result(_ traffic: Traffic1, isCapture: Bool = true, workers: Int = 1)
    -> (activities: [ActivityEvidence], quiet: [Quiet])
  {
    let stream = traffic.run(isCapture: isCapture, refusalsOnly: !isCapture, workers: workers)
    let all = Correlation(streams: [stream], visits: [], home: [])
    return (all.activities, all.quiet)
  }

  /// Searches of one host, and lines of others.
  private func searches(_ count: Int, others: Int, action: Action) -> Traffic1 {
    var traffic = Traffic1()
    for _ in 0..<count {
      traffic.packet(
        "192.168.1.20", 50_001, Self.group, 1_900, marks: .multicast, action: action)
      traffic.wait(20)
    }
    for number in 0..<others {
      traffic.packet(
        "198.51.100.\(number % 200 + 1)", 40_000, "192.168.1.1", 443, .tcp, flags: .syn,
        action: .blocked)
      traffic.wait(1)
    }
    return traffic
  }

  @Test func aLogFullOfRefusedSearchesIsAskedAbout() throws {
    for workers in [1, 3] {
      let all = result(
        searches(40, others: 60, action: .blocked), isCapture: false, workers: workers)
      let one = try #require(all.activities.first)
      #expect(all.activities.count == 1)
      #expect(one.shape == .specialPurpose(transport: .udp, port: 1_900))
      let values = try #require(one.finding(.specialPurpose)).values
      #expect(values["purpose"] == .text("ssdp") && values["where"] == .text(Self.group))
      #expect(values["packets"] == .integer(40) && values["share"] == .number(0.4))
      #expect(values["registered"] == .flag(true) && values["hosts"] == .integer(1))
      #expect(values["blockedShare"] == .number(1) && values["answeredShare"] == nil)
      #expect(one.traffic.direction == .internal)
      #expect(!all.quiet.contains { $0.reason == .multicast })
    }
  }

  @Test("few, let through, or lost in the rest: housekeeping, and counted as such")
  func ordinarySearchesStayQuiet() {
    for (count, others, action) in [
      (20, 0, Action.blocked), (40, 400, .blocked), (40, 10, .allowed), (40, 10, .unknown),
    ] {
      let all = result(searches(count, others: others, action: action), isCapture: false)
      #expect(all.activities.isEmpty, "\(count) \(others) \(action)")
      #expect(all.quiet.contains { $0.reason == .multicast && $0.examples == ["192.168.1.20"] })
    }
    // A capture shows what is ordinary, too: three a minute are.
    #expect(result(searches(60, others: 0, action: .unknown)).activities.isEmpty)
  }

  @Test func inACaptureTheBurstOrTheShareCounts() throws {
    var burst = Traffic1()
    for _ in 0..<150 {
      burst.packet(
        "192.168.1.20", 5_353, "224.0.0.251", 5_353, hint: .multicastName, marks: .multicast)
      burst.wait(1)
    }
    let one = try #require(result(burst).activities.first)
    #expect(one.finding(.specialPurpose)?.values["purpose"] == .text("multicast-dns"))
    #expect(one.finding(.specialPurpose)?.values["perMinute"]?.numeric ?? 0 >= 59)
    #expect(result(searches(120, others: 100, action: .unknown)).activities.count == 1)
    #expect(result(searches(120, others: 900, action: .unknown)).activities.isEmpty)
  }

  @Test func anotherGroupAtThePortIsNotTheRegisteredOne() throws {
    var film = Traffic1()
    for _ in 0..<400 {
      film.packet("192.168.1.20", 40_004, "239.20.30.40", 1_900, marks: .multicast)
      film.wait(0.1)
    }
    let one = try #require(result(film).activities.first)
    #expect(one.finding(.specialPurpose)?.values["registered"] == .flag(false))
    // Any other port is no business of anybody's.
    var other = Traffic1()
    for _ in 0..<400 {
      other.packet("192.168.1.20", 40_004, "239.20.30.40", 5_004, marks: .multicast)
      other.wait(0.1)
    }
    #expect(result(other).activities.isEmpty)
  }

  /// Attempts at the metadata of a cloud, and what comes back.
  private func attempts(_ target: String, port: UInt16 = 80, answered: Bool) -> Traffic1 {
    var traffic = Traffic1()
    for number in 0..<12 as Range<UInt16> {
      traffic.packet("192.168.1.30", 40_000 + number, target, port, .tcp, flags: .syn)
      traffic.wait(0.01)
      if answered {
        traffic.packet(
          target, port, "192.168.1.30", 40_000 + number, .tcp, flags: [.syn, .ack])
      }
      traffic.wait(30)
    }
    return traffic
  }

  @Test func aCloudThatIsNotThereIsAskedAbout() throws {
    let one = try #require(result(attempts("169.254.169.254", answered: false)).activities.first)
    #expect(one.shape == .specialPurpose(transport: .tcp, port: 80))
    let values = try #require(one.finding(.specialPurpose)).values
    #expect(values["purpose"] == .text("metadata") && values["answeredShare"] == .number(0))
    #expect(values["packets"] == .integer(12) && values["targets"] == .integer(1))
    #expect(!result(attempts("fd00:ec2::254", answered: false)).activities.isEmpty)
  }

  /// Attempts at servers of another private network, each way of a log.
  private func leak(_ source: String, _ targets: [String], _ path: Path) -> Traffic1 {
    var traffic = Traffic1()
    for round in 0..<20 as Range<UInt16> {
      for (number, target) in targets.enumerated() {
        traffic.packet(
          source, 40_000 + round, target, number == 0 ? 445 : 443, .tcp, flags: .syn,
          action: .blocked, path: path)
        traffic.wait(20)
      }
    }
    return traffic
  }

  @Test func privateNetworksThatAreSoughtOutsideAreAskedAbout() throws {
    let servers = ["10.20.0.10", "10.20.3.4"]
    let one = try #require(
      result(leak("192.168.1.20", servers, .leaving), isCapture: false).activities.first)
    #expect(one.shape == .specialPurpose(transport: .tcp, port: 0))
    let values = try #require(one.finding(.specialPurpose)).values
    #expect(values["purpose"] == .text("private-network"))
    #expect(values["where"] == .text("10.20.0.0/16") && values["packets"] == .integer(40))
    #expect(values["services"] == .integer(2) && values["houseShare"] == .number(0.5))
    #expect(one.traffic.destinations == Bound(low: 2, high: 2))
  }

  @Test("within the house, to the outside, or among others: not asked about")
  func privateNetworksInsideAreOrdinary() {
    for (source, targets, path) in [
      ("192.168.1.20", ["10.20.0.10", "10.20.3.4"], Path.forwarded),
      ("192.168.1.20", ["192.168.1.30", "192.168.1.31"], .leaving),
      ("10.20.7.7", ["10.20.0.10", "10.20.3.4"], .leaving),
      ("192.168.1.20", ["198.51.100.7", "198.51.100.8"], .leaving),
      ("192.168.1.20", ["100.64.0.1", "100.64.0.2"], .leaving),
    ] {
      let all = result(leak(source, targets, path), isCapture: false)
      #expect(all.activities.isEmpty, "\(source) \(targets) \(path)")
    }
  }

  @Test func inACaptureOnlyTheOwnPublicAddressSendsOutside() {
    let servers = ["10.20.0.10", "10.20.3.4"]
    #expect(result(leak("203.0.113.5", servers, .unknown)).activities.count == 1)
    #expect(result(leak("192.168.1.20", servers, .unknown)).activities.isEmpty)
    // A stranger that reaches hosts behind a translation is not at home here.
    var strangers = leak("203.0.113.5", servers, .unknown)
    for number in 0..<200 {
      strangers.packet(
        "198.51.100.\(number + 1)", 40_000, "192.168.1.1", 443, .tcp, flags: .syn)
    }
    #expect(result(strangers).activities.isEmpty)
  }

  @Test("in a cloud it is ordinary; any other address or port is no cloud's")
  func metadataThatIsThere() {
    let there = result(attempts("169.254.169.254", answered: true))
    #expect(there.activities.isEmpty)
    #expect(there.quiet.contains { $0.reason == .ordinary && $0.examples == ["192.168.1.30"] })
    #expect(result(attempts("169.254.77.10", answered: false)).activities.isEmpty)
    #expect(result(attempts("169.254.169.254", port: 8_080, answered: false)).activities.isEmpty)
  }
}
