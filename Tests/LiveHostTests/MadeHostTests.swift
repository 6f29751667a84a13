import HostEvidence
import LiveHost
import Observations
import Testing

@Suite("A made host") struct MadeHostTests {
  private static let heading =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout"
    + " inode ref pointer drops\n"

  private func host() throws -> MadeHost {
    let host = try MadeHost()
    try host.process(
      30, "exim", sockets: [501], command: "exim\0-bd\0--password=hidden-word\0-q30m\0")
    try host.process(31, "child", sockets: [501])
    try host.write(
      "proc/self/net/udp",
      Self.heading
        + "  10: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     8        0 501 2 0 0\n"
        + "  11: 0100007F:0202 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 999 2 0 0\n"
    )
    return host
  }

  @Test("Text stands in where the kernel is not asked; several may hold one socket")
  func sockets() throws {
    let table = SocketTables.read(try host().collected().bytes("sockets.jsonl"))
    #expect(table.entries.count == 2)
    let shared = try #require(table.entries.first { $0.inode == 501 })
    #expect(shared.processIdentifier == 30 && shared.processName == "exim")
    #expect(shared.sharedWith.map(\.label) == ["child (process 31)"])
    #expect(shared.user == "mail" && shared.local?.port == 53)
    let unheld = try #require(table.entries.first { $0.inode == 999 })
    #expect(!unheld.hasOwner && !unheld.isOwnershipRefused)
    // Only UDP was there to be read.
    let sight = InstrumentSight(table)
    #expect(table.heading?.lists == ["udp"])
    #expect(sight.showsUDP && !sight.showsTCP && !sight.showsRaw && !sight.showsPacket)
  }

  @Test("A table that is not there is said, and not taken for an empty one") func missing() throws {
    let problems = try host().collected().problems
    #expect(
      problems.contains {
        $0.what == "the table of tcp sockets" && $0.why == "this kernel has no such table"
      })
  }

  @Test("Inside a container the unheld may be held outside") func container() throws {
    let inside = try MadeHost(processNamespace: 5)
    try inside.write(
      "proc/self/net/udp",
      Self.heading
        + "  11: 0100007F:0202 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 999 2 0 0\n"
    )
    let collected = inside.collected()
    let table = SocketTables.read(try collected.bytes("sockets.jsonl"))
    #expect(table.entries.first?.isOwnershipRefused == true && table.isPrivileged == false)
    #expect(collected.problems.contains { $0.what == "processes outside of this container" })
  }

  @Test("Programs are hashed, and compared with what their packages say") func programs() throws {
    let host = try host()
    let sum = try #require(
      MeasuredFile(path: "x", bytes: Array("the program exim".utf8)).hashes
        .first { $0.algorithm == .md5 })
    try host.write("var/lib/dpkg/info/exim4.list", "/usr/sbin/exim\n")
    try host.write("var/lib/dpkg/info/exim4.md5sums", "\(sum.digits)  usr/sbin/exim\n")
    try host.write("var/lib/dpkg/info/kid.list", "/sbin/child\n")
    try host.write(
      "var/lib/dpkg/info/kid.md5sums", "00000000000000000000000000000000  sbin/child\n")
    try host.write(
      "var/lib/dpkg/status",
      "Package: exim4\nStatus: install ok installed\nVersion: 4.69-9\n\n")
    let collected = host.collected()
    let text = String(decoding: try collected.bytes("programs.jsonl"), as: UTF8.self)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.contains { $0.contains("\"/usr/sbin/exim\"") && $0.contains("\"consistent\"") })
    #expect(lines.contains { $0.contains("\"/usr/sbin/child\"") && $0.contains("\"differs\"") })
    let reference = String(
      decoding: try collected.bytes("packages/dpkg-verify.txt"), as: UTF8.self)
    #expect(reference == "??5??????   /usr/sbin/child\n")
    #expect(FileManifest.recognise(try collected.bytes("executables.sha256")) != nil)
    let list = try collected.bytes("packages/exim4.md5sums")
    let said = try #require(FileManifest.read(list, source: "packages/exim4.md5sums"))
    #expect(said.claims.map(\.kind) == [.reference] && said.claims.first?.package == "exim4")
  }

  @Test("Arguments are counted, or kept with secrets masked") func arguments() throws {
    let host = try host()
    let without = try host.collected().bytes("processes.jsonl")
    let with = try host.collected(keepsArguments: true).bytes("processes.jsonl")
    for bytes in [without, with] {
      #expect(!String(decoding: bytes, as: UTF8.self).contains("hidden-word"))
    }
    #expect(String(decoding: without, as: UTF8.self).contains("\"argumentCount\":3"))
    #expect(!String(decoding: without, as: UTF8.self).contains("-q30m"))
    #expect(String(decoding: with, as: UTF8.self).contains("--password=***"))
  }

  @Test("Names of others neither break a line nor move a cursor") func names() throws {
    let host = try MadeHost()
    try host.process(40, "evil\u{1b}[2J", sockets: [3])
    try host.write("proc/40/comm", "a\"}\u{202e}\n")
    let collected = host.collected()
    let bytes = try collected.bytes("processes.jsonl")
    #expect(!bytes.contains(0x1b))
    let processes = SocketTables.read(bytes)
    #expect(processes.processes[40]?.name == "evil\u{1b}[2J" && processes.unrecognisedLines == 0)
  }

  @Test("The same host gives the same files but for the times") func order() throws {
    let host = try host()
    let (one, two) = (host.collected(), host.collected())
    #expect(one.files.map(\.path) == two.files.map(\.path))
    #expect(one.files.first?.path == "collection.json")
    for path in ["programs.jsonl", "executables.sha256", "timers/cron.jsonl", "modules.txt"] {
      #expect(try one.bytes(path) == two.bytes(path))
    }
  }

  @Test("Tables of cron, without what is given to commands") func cron() throws {
    let host = try MadeHost()
    try host.write(
      "etc/crontab",
      "PASSWORD=open-sesame\n# no\n17 * * * * root /usr/bin/curl -u me:open-sesame http://x\n")
    try host.write("var/spool/cron/crontabs/mail", "@reboot /usr/bin/fetch --token open-sesame\n")
    let text = String(
      decoding: try host.collected().bytes("timers/cron.jsonl"), as: UTF8.self)
    #expect(!text.contains("open-sesame"))
    #expect(
      text.contains("\"schedule\":\"17 * * * *\",\"user\":\"root\",\"command\":\"/usr/bin/curl\""))
    #expect(text.contains("\"user\":\"mail\",\"command\":\"/usr/bin/fetch\",\"argumentCount\":2"))
  }

  @Test("Of logs only the firewall's lines are taken") func logs() throws {
    let host = try MadeHost()
    let line =
      "Oct 10 09:00:00 made kernel: DROP IN=eth0 OUT= SRC=192.0.2.1 DST=192.0.2.2 LEN=78 PROTO=UDP"
    try host.write("var/log/syslog", "Oct 10 09:00:00 made login: IN=secret\n\(line)\nend")
    let text = String(decoding: try host.collected().bytes("logs/syslog"), as: UTF8.self)
    #expect(text == line + "\n")
  }
}
