import Testing

@testable import LiveHost

@Suite("Programs that are run") struct CommandTests {
  @Test("One that does not end is ended") func endless() throws {
    let outcome = try Command.run("/bin/sleep", ["1000"], seconds: 0)
    #expect(outcome.status == nil)
    #expect(outcome.output.bytes.isEmpty)
  }

  @Test("One that says too much is ended") func endlessOutput() throws {
    let outcome = try Command.run("/bin/cat", ["/dev/zero"], limit: 1_000)
    #expect(outcome.output.bytes.count == 1_000)
    #expect(outcome.output.isCut)
    #expect(outcome.status == nil)
  }

  @Test("Output, complaint and status come back; no variable of ours goes in") func ordinary()
    throws
  {
    let outcome = try Command.run("/usr/bin/env", [])
    #expect(outcome.status == 0)
    #expect(outcome.output.lines.count == 2)
    let failed = try Command.run("/bin/ls", ["/nowhere-at-all"])
    #expect(failed.status == 2)
    #expect(failed.complaint.contains("nowhere"))
  }
}
