import HostEvidence
import Observations
import Testing

/// Two looks at one host: what stays, what goes, and what a pool takes from others.
@Suite struct SnapshotTests {
  private static let heading =
    "  Proto  Local Address          Foreign Address        State           PID\n"

  /// What `netstat -ano` prints, with its time above it.
  private func table(
    _ ports: [UInt32: [Int]], at hour: Int? = nil, from address: String = "192.0.2.20",
    names: [UInt32: String] = [:], transport: String = "UDP"
  ) -> SocketTable {
    var text = hour.map { "2008-10-09T\($0 < 10 ? "0" : "")\($0):00:00Z\n" } ?? ""
    text += SnapshotTests.heading
    for (process, held) in ports.sorted(by: { $0.key < $1.key }) {
      for port in held { text += "  \(transport)    \(address):\(port)   *:*      \(process)\n" }
    }
    var table = socketTable(text)
    for (process, name) in names { table.processes[process] = HostProcess(name: name) }
    return table
  }

  /// So many distinct ports above 49,151, differently for each seed, by a multiplicative congruence.
  private func drawn(_ count: Int, seed: UInt64) -> [Int] {
    var state = seed
    var ports: Set<Int> = []
    while ports.count < count {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      ports.insert(49_152 + Int(state >> 50))
    }
    return ports.sorted()
  }

  private func comparison(_ before: SocketTable, _ after: SocketTable) throws -> SnapshotComparison
  {
    try #require(SnapshotComparison(before: before, after: after))
  }

  @Test func aPoolThatIsHeldIsStable() throws {
    let ports = drawn(2_500, seed: 1)
    let before = table([1_544: ports], names: [1_544: "dns.exe"])
    let after = table([1_544: Array(ports.dropFirst(3))], names: [1_544: "dns.exe"])
    let turnover = try #require(try comparison(before, after).turnovers.first)
    #expect(turnover.nature == .stable && turnover.kept == 2_497 && turnover.gone == 3)
    #expect(turnover.isSameProcess)
  }

  @Test func aPoolDrawnAnewSharesNoMoreThanChance() throws {
    let before = table([1_544: drawn(2_500, seed: 1)], names: [1_544: "dns.exe"])
    let after = table([2_001: drawn(2_500, seed: 2)], names: [2_001: "dns.exe"])
    let turnover = try #require(try comparison(before, after).turnovers.first)
    #expect(turnover.nature == .redrawn && !turnover.isSameProcess)
    #expect(abs(turnover.keptByChance - 2_500.0 * 2_500 / 16_384) < 2)
    #expect(abs(Double(turnover.kept) - turnover.keptByChance) < 60)
  }

  @Test func clientsPortsChange() throws {
    let (first, second) = (drawn(400, seed: 1), drawn(600, seed: 2))
    let before = table([9: first])
    let after = table([9: Array(first.prefix(100)) + second])
    let turnover = try #require(try comparison(before, after).turnovers.first)
    #expect(turnover.nature == .changing)
  }

  @Test func onlyTheSameToolAtTheSameHostIsCompared() {
    let one = table([4: [137]])
    #expect(SnapshotComparison(before: one, after: table([4: [137]], from: "192.0.2.21")) == nil)
    var other = one
    other.instrument = .tcpView
    #expect(SnapshotComparison(before: one, after: other) == nil)
    #expect(SnapshotComparison(before: one, after: SocketTable(instrument: .tcpView)) == nil)
    #expect(SnapshotComparison(before: one, after: one)?.socketsKept == 1)
  }

  @Test func whatCameBetweenTheLooksIsNamedAndNotAccused() throws {
    let before = table([4: [137], 1_544: [53]], at: 10, names: [1_544: "dns.exe"])
    let after = table(
      [4: [137], 1_700: [1_029]], at: 12, names: [1_544: "dns.exe", 1_700: "new.exe"])
    let found = try comparison(before, after)
    #expect((found.socketsKept, found.socketsNew, found.socketsGone) == (1, 1, 1))
    #expect(found.processesNew.map(\.processName) == ["new.exe"])
    #expect(found.processesGone.map(\.processName) == ["dns.exe"])
    var flow = HostFlow(
      address: Address("192.0.2.20") ?? .unspecified, transport: .udp, localPorts: [137],
      seen: hour(11)...hour(20), isMisread: false, isOurs: true)
    #expect(found.appeared(with: flow)?.map(\.processName) == ["new.exe"])
    // It had begun before the first look: nothing that came later began it.
    flow.seen = hour(9)...hour(20)
    #expect(found.appeared(with: flow) == nil)
    let timeless = try comparison(table([4: [137]]), table([4: [137], 7: [5]]))
    #expect(timeless.appeared(with: flow) == nil && timeless.processesNew.count == 1)
  }

  private func hour(_ hour: Int) -> Timestamp {
    CivilTime(year: 2008, month: 10, day: 9, hour: hour, minute: 0, second: 0).timestamp
  }

  @Test func aNumberThatGrewIsSaidAndNoiseIsNot() throws {
    let before = table([7: Array(2_000..<2_020), 8: Array(3_000..<3_100)])
    let after = table([7: Array(2_000..<2_090), 8: Array(3_000..<3_115)])
    let counts = try comparison(before, after).counts
    #expect(counts.map(\.holder.processIdentifier) == [7])
    #expect(counts.first?.before == 20 && counts.first?.after == 90)
    #expect(after.census.map(\.sockets) == [115, 90])
  }

  @Test func rowsThatCouldNotBeReadAreNotGone() {
    let before = table([7: [1, 2]])
    var after = table([7: [1, 2]])
    after.problems =
      SocketTables.read(
        Array((SnapshotTests.heading + "  UDP    192.0.2.20:99999   *:*   7\n").utf8)
      ).problems
    guard !after.problems.counts.isEmpty else { return }
    #expect(SnapshotComparison(before: before, after: after) == nil)
  }

  @Test func theChanceOfATakenPortIsThatOfDrawingWithoutRepetition() {
    // By hand: two of four drawn, one wanted: 1/2; two wanted: 1 - (1/2)(1/3).
    #expect(SocketPool.chanceOfAny(of: 1, drawn: 2, from: 4) == 0.5)
    #expect(abs(SocketPool.chanceOfAny(of: 2, drawn: 2, from: 4) - 5.0 / 6) < 1e-12)
    #expect(SocketPool.chanceOfAny(of: 3, drawn: 2, from: 4) == 1)
    #expect(SocketPool.chanceOfAny(of: 0, drawn: 2, from: 4) == 0)
    #expect(SocketPool.chanceOfAny(of: 2, drawn: 0, from: 0) == 0)
    // It does not matter which of the two is called drawn.
    let (one, other) = (
      SocketPool.chanceOfAny(of: 7, drawn: 2_500, from: 16_384),
      SocketPool.chanceOfAny(of: 2_500, drawn: 7, from: 16_384)
    )
    #expect(abs(one - other) < 1e-12 && abs(one - 0.68632) < 0.0001)
  }

  @Test func aServicesOwnPortDoesNotStretchTheRange() throws {
    let ports = [53] + drawn(2_500, seed: 3)
    let pool = try #require(table([1_544: ports], names: [1_544: "dns.exe"]).pools.first)
    #expect(pool.range.lowerBound >= 49_152 && pool.ports.count == 2_500)
    #expect(abs(pool.share - 2_500.0 / 16_384) < 0.001)
    #expect(pool.taken(of: [53, UInt16(ports[1])]) == [UInt16(ports[1])])
  }

  @Test func aPoolOverTheOldRangeTakesWhatOthersWant() throws {
    let ports = (0..<2_500).map { 1_025 + $0 * 25 } + [4_500]
    let pool = try #require(table([1_544: ports]).pools.first)
    let wanted = SocketPool.wantedPorts.map(\.port)
    #expect(pool.taken(of: wanted).contains(4_500))
    #expect(pool.chanceOfAny(of: wanted) > 0.5)
  }
}
