import Foundation
import HostEvidence
import Testing

/// The matrix of senders and instruments: complete, printed, and applied by what a table shows.
@Suite struct InstrumentMatrixTests {
  @Test func everyRowHasACellForEverySender() {
    for row in InstrumentMatrix.rows {
      #expect(row.cells.count == SenderKind.allCases.count, "\(row.label)")
      #expect(row.cells.allSatisfy { !$0.because.isEmpty })
    }
    #expect(Set(InstrumentMatrix.rows.map(\.label)).count == InstrumentMatrix.rows.count)
  }

  @Test func everyInstrumentThatListsSocketsHasARow() {
    let all: [SocketInstrument] = [
      .windowsNetstat([.all, .processIdentifiers]), .tcpView, .tcpvcon, .fport, .currPorts,
      .getNetTCPConnection, .getNetUDPEndpoint, .ss, .linuxNetstat, .lsof, .collected, .procNet,
      .bsdNetstat,
      .solarisNetstat, .sockstat, .osquerySockets, .osqueryEvents, .sysmon,
      .windowsFilteringEvents, .auditd, .collected,
    ]
    for instrument in all {
      #expect(
        InstrumentMatrix.row(for: SocketTable(instrument: instrument)) != nil, "\(instrument)")
    }
    #expect(InstrumentMatrix.row(for: SocketTable(instrument: .ps)) == nil)
  }

  /// `culprit explain instruments > docs/instruments.md` writes it anew.
  @Test func theDocumentationIsThePage() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let kept = try String(contentsOf: root.appending(path: "docs/instruments.md"), encoding: .utf8)
    #expect(kept == InstrumentMatrix.page)
  }

  @Test func onlyWhatTheTextShowsWasAskedFor() throws {
    let table = socketTable(
      """
      # ss -tuwanp
      Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process
      udp   UNCONN 0      0      0.0.0.0:68         0.0.0.0:*         users:(("dhclient",pid=7,fd=6))
      """)
    #expect(InstrumentMatrix.row(for: table)?.label == "ss -tuwanp, as root")
    var bare = table
    (bare.commands, bare.isPrivileged) = ([], nil)
    #expect(InstrumentMatrix.row(for: bare)?.label == "ss -tuanp, as an ordinary user")
    bare.columns.subtract([.processIdentifier, .processName])
    #expect(InstrumentMatrix.row(for: bare)?.label == "ss -tuan")
  }

  @Test func aWordNamesOneTool() throws {
    let part = try #require(InstrumentMatrix.page(of: "lsof"))
    #expect(part.contains("lsof -i, as root") && !part.contains("sockstat"))
    #expect(InstrumentMatrix.page(of: "137") == nil && InstrumentMatrix.page(of: "") == nil)
  }
}
