import HostEvidence
import Observations
import Testing

/// The lines of `culprit collect`, by the one place that knows their keys.
@Suite struct CollectedSocketsTests {
  private static let heading =
    #"{"culprit":"sockets","system":"linux","captured":"2026-01-02T03:04:05Z","lists":["tcp","udp"],"#
    + #""addresses":["192.0.2.1","2001:db8::1"],"owners":"all","forwards":true}"# + "\n"

  private static func line(_ entry: SocketEntry) -> String {
    var parts: [String] = []
    CollectedSockets.describe(entry) { key, value in
      switch value {
      case .text(let text): parts.append(#""\#(key)":"\#(text)""#)
      case .number(let number): parts.append(#""\#(key)":\#(number)"#)
      }
    }
    return "{" + parts.joined(separator: ",")
      + #","ownership":"none","firstSeen":"2026-01-02T03:04:05Z","#
      + #""lastSeen":"2026-01-02T03:04:06Z"}"# + "\n"
  }

  @Test func whatIsWrittenIsRead() throws {
    let transports: [SocketTransport] = [
      .tcp, .udp, .icmp, .raw(nil), .raw(253), .packet(nil), .packet(3), .other(136), .unknown,
    ]
    let ends: [(SocketFamily, String)] = [(.ipv4, "192.0.2.1"), (.ipv6, "2001:db8::1")]
    let states: [SocketState?] = [
      nil, .established, .listening, .synSent, .synReceived, .finWait1, .finWait2, .timeWait,
      .closed, .closeWait, .lastAck, .closing, .bound, .connected, .unconnected,
    ]
    var written: [SocketEntry] = []
    for transport in transports {
      for (family, host) in ends {
        for state in states {
          var entry = SocketEntry(transport: transport, family: family, line: 0)
          entry.local = SocketEndpoint(address: Address(host), port: 4_321)
          entry.remote =
            state == .listening
            ? nil : SocketEndpoint(address: Address(host), port: 53)
          entry.state = state
          written.append(entry)
        }
      }
    }
    let text = Self.heading + written.map(Self.line).joined()
    let table = SocketTables.read(Array(text.utf8))
    #expect(table.unrecognisedLines == 0 && table.entries.count == written.count)
    for (one, other) in zip(written, table.entries) {
      #expect(one.transport == other.transport && one.family == other.family)
      #expect(one.local == other.local && one.remote == other.remote && one.state == other.state)
    }
    #expect(table.heading?.addresses.count == 2 && table.heading?.forwards == true)
    #expect(table.entries.allSatisfy { $0.seen.map { $0.upperBound > $0.lowerBound } == true })
  }

  @Test func linesOfAnyShapeAreRefusedOrRead() {
    let lines = [
      #"{"culprit":"sockets"}"#, #"{"culprit":"moon"}"#, #"{"ownership":"held","firstSeen":"x"}"#,
      #"{"transport":"tcp","ownership":"held","firstSeen":"","localPort":99999999999}"#,
      #"{"transport":"tcp","ownership":"held","firstSeen":"9","processIdentifier":-1}"#,
      #"{"process":1,"parent":"","started":""}"#, #"{"culprit":"sockets","addresses":[["x"]]}"#,
    ]
    for line in lines {
      for cut in 0...line.utf8.count {
        let bytes = Array(Self.heading.utf8) + Array(line.utf8.prefix(cut))
        let table = SocketTables.read(bytes)
        #expect(table.entries.allSatisfy { $0.processIdentifier == nil })
      }
    }
  }
}
