import Analysis
import Diagnosis
import Observations
import Testing

/// What `culprit collect` writes, beside wire evidence.
@Suite struct CollectedTests {
  /// The scenario's server; its own evidence of the host is left out.
  private static let made: Set<String> = [
    "router.syslog", "netstat.txt", "tcpview.txt", "fport.txt",
  ]

  private static func heading(_ addresses: String, _ namespace: Int, owners: String) -> String {
    #"{"culprit":"sockets","layout":1,"instrument":"culprit collect","system":"linux","#
      + #""captured":"2008-10-10T11:00:00Z","moments":["2008-10-10T11:00:00Z"],"namespace":"#
      + #"\#(namespace),"isOwnNamespace":\#(namespace == 1),"addresses":[\#(addresses)],"#
      + #""lists":["packet","raw","tcp","udp"],"owners":"\#(owners)"}"# + "\n"
  }

  private static func row(_ ownership: String, _ process: Int?, _ name: String) -> String {
    #"{"transport":"udp","family":"ipv4","localAddress":"0.0.0.0","localPort":137,"#
      + #""state":"unconnected","user":"root","inode":5,"ownership":"\#(ownership)","#
      + (process.map { #""processIdentifier":\#($0),"processName":"\#(name)","# } ?? "")
      + #""firstSeen":"2008-10-10T11:00:00Z","lastSeen":"2008-10-10T11:00:00Z","looks":1}"# + "\n"
  }

  private static func owners(
    _ files: [(String, String)]
  ) throws -> [(status: String, process: String?, because: String)] {
    let bench = try Workbench()
    try bench.make("sbs2003", seed: 1, without: made)
    for (name, text) in files { try bench.write(name, Array(text.utf8)) }
    let activity = try #require(try bench.analysis().activities.first)
    return activity.owners.map { ($0.status, $0.process, $0.because) }
  }

  @Test func theProcessThatHoldsThePortIsNamed() throws {
    let owners = try Self.owners([
      (
        "sockets.jsonl",
        Self.heading(#""127.0.0.1","203.0.113.20""#, 1, owners: "all")
          + Self.row("held", 77, "nmbd")
      )
    ])
    #expect(owners.map(\.status) == ["owned"] && owners.first?.process == "nmbd")
    #expect(owners.first?.because.contains("2008-10-10T11:00:00Z") == true)
  }

  /// A network namespace is a host of its own: who holds the port there holds it not here.
  @Test func anotherNamespaceIsAnotherHost() throws {
    let owners = try Self.owners([
      (
        "container.jsonl",
        Self.heading(#""127.0.0.1","172.17.0.2""#, 2, owners: "all")
          + Self.row("held", 88, "innocent")
      )
    ])
    #expect(owners.isEmpty)
  }

  @Test func anOwnerRefusedIsNoOwnerAtAll() throws {
    let owners = try Self.owners([
      (
        "sockets.jsonl",
        Self.heading(#""203.0.113.20""#, 1, owners: "some") + Self.row("refused", nil, "")
      )
    ])
    #expect(owners.map(\.status) == ["ambiguous"] && owners.first?.process == nil)
    #expect(owners.first?.because.contains("only root may look into") == true)
  }
}
