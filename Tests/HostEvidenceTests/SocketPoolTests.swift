import HostEvidence
import Observations
import Testing

/// Pools of sockets that one process holds in advance.
@Suite struct SocketPoolTests {
  /// What `netstat -ano` prints of a process's UDP ports, beside a few of others.
  private func table(_ ports: [Int], process: UInt32 = 1_544, connected: Bool = false)
    -> SocketTable
  {
    var text = "  Proto  Local Address          Foreign Address        State           PID\n"
    for port in ports {
      let remote = connected ? "192.0.2.9:53" : "*:*"
      text += "  UDP    0.0.0.0:\(port)          \(remote)                        \(process)\n"
    }
    for port in 137...138 { text += "  UDP    10.0.0.1:\(port)   *:*     4\n" }
    return SocketTables.read(Array(text.utf8))
  }

  /// So many distinct ports of a range, by a congruence that visits each once.
  private func spread(_ count: Int, from low: Int, over width: Int) -> [Int] {
    var place = 7
    var ports: Set<Int> = []
    while ports.count < count {
      place = (place * 16_385 + 12_345) % 16_384
      ports.insert(low + place * width / 16_384)
    }
    return ports.sorted()
  }

  @Test func twoAndAHalfThousandOfTheNameServerAreKnown() throws {
    var table = table(spread(2_500, from: 49_152, over: 16_384))
    table.processes[1_544] = HostProcess(name: "dns.exe")
    let pool = try #require(table.pools.first)
    #expect(table.pools.count == 1)
    #expect(pool.ports.count == 2_500 && pool.isEven)
    #expect(pool.known?.source == "Microsoft KB 956188")
    #expect(abs(pool.share - 2_500.0 / 16_384) < 0.001)
  }

  @Test func anotherNameOrSizeIsNotThatPool() throws {
    var other = table(spread(2_500, from: 49_152, over: 16_384))
    other.processes[1_544] = HostProcess(name: "torrent.exe")
    #expect(try #require(other.pools.first).known == nil)
    var small = table(spread(1_900, from: 49_152, over: 16_384))
    small.processes[1_544] = HostProcess(name: "dns.exe")
    #expect(try #require(small.pools.first).known == nil)
  }

  @Test func portsInARowAreNotEvenAndFewAreNoPool() throws {
    let crowded = Array(1_025..<1_325) + Array(stride(from: 2_000, to: 60_000, by: 1_000))
    #expect(try #require(table(crowded).pools.first).isEven == false)
    #expect(table(Array(1_025..<1_200)).pools.isEmpty)
    #expect(table(Array(1_025..<1_425), connected: true).pools.isEmpty)
  }
}
