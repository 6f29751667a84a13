import HostEvidence
import Observations
import Testing

/// Events of sensors as text, JSON and comma-separated values; made for these tests.
@Suite struct SocketsEventTests {
  @Test func filteringEventAsText() {
    let table = socketTable(
      """
      The Windows Filtering Platform has permitted a connection.

      Application Information:
      \tProcess ID:\t\t4
      \tApplication Name:\tSystem

      Network Information:
      \tDirection:\t\tOutbound
      \tSource Address:\t\t192.0.2.5
      \tSource Port:\t\t137
      \tDestination Address:\t198.51.100.7
      \tDestination Port:\t\t137
      \tProtocol:\t\t17

      Filter Information:
      \tFilter Run-Time ID:\t70123
      \tLayer Name:\t\tConnect
      """)
    #expect(
      table.entries.map(\.summary) == ["udp 192.0.2.5:137 198.51.100.7:137 4/System out"])
    #expect(table.instrument == .windowsFilteringEvents)
  }

  @Test func sysmonAsText() {
    let table = socketTable(
      """
      Network connection detected:
      RuleName: -
      UtcTime: 2021-10-09 08:03:01.250
      ProcessGuid: {11111111-2222-3333-4444-555555555555}
      ProcessId: 1788
      Image: C:\\Windows\\System32\\dns.exe
      User: NT AUTHORITY\\SYSTEM
      Protocol: udp
      Initiated: false
      SourceIsIpv6: false
      SourceIp: 198.51.100.7
      SourceHostname: -
      SourcePort: 4000
      DestinationIp: 192.0.2.5
      DestinationPort: 53
      """)
    #expect(
      table.entries.map(\.summary) == [
        "udp 192.0.2.5:53 198.51.100.7:4000 1788/dns.exe user=NT AUTHORITY\\SYSTEM in"
      ])
    #expect(table.entries.first?.created == Timestamp("2021-10-09T08:03:01.25Z"))
  }

  @Test func sysmonAsJSON() {
    let table = socketTable(
      """
      {"Event":{"System":{"EventID":3},"EventData":{"UtcTime":"2021-10-09 08:03:01.250",
       "ProcessId":1788,"Image":"C:\\\\Windows\\\\dns.exe","Protocol":"tcp","Initiated":"true",
       "SourceIp":"192.0.2.5","SourcePort":4000,"DestinationIp":"2001:db8::7",
       "DestinationPort":443}}}
      {"Event":{"System":{"EventID":22},"EventData":{"UtcTime":"2021-10-09 08:03:01.250",
       "Image":"x","SourceIp":"192.0.2.5","DestinationIp":"2001:db8::7"}}}
      """)
    #expect(
      table.entries.map(\.summary) == ["tcp 192.0.2.5:4000 2001:db8::7:443 1788/dns.exe out"])
    #expect(table.unrecognisedLines == 1)
  }

  @Test func filteringEventsAsValues() {
    let table = socketTable(
      """
      EventID,ProcessID,Application,Direction,SourceAddress,SourcePort,DestAddress,DestPort,Protocol
      5157,1788,\\device\\harddiskvolume1\\dns.exe,%%14593,192.0.2.5,1234,198.51.100.7,53,17
      5156,4,System,%%14592,198.51.100.7,137,192.0.2.5,137,17
      """)
    #expect(
      table.entries.map(\.summary) == [
        "udp 192.0.2.5:1234 198.51.100.7:53 1788/dns.exe blocked out",
        "udp 192.0.2.5:137 198.51.100.7:137 4/System in",
      ])
  }

  @Test func osqueryEvents() {
    let table = socketTable(
      """
      [{"action":"connect","pid":"700","path":"/usr/bin/curl","fd":"5","auid":"1000","status":"succeeded","family":"2","protocol":"6","local_address":"192.0.2.5","remote_address":"198.51.100.7","local_port":"4000","remote_port":"443","time":"1600000000"}]
      """)
    #expect(
      table.entries.map(\.summary) == [
        "tcp 192.0.2.5:4000 198.51.100.7:443 700/curl user=1000"
      ])
    #expect(table.entries.first?.created == Timestamp(seconds: 1_600_000_000))
    #expect(InstrumentSight(table).moment == .events)
  }
}
