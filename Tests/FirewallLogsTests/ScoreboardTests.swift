import Foundation
import Testing

/// `docs/formats.md` says what the readers do now. `make formats` (`UPDATE_BASELINES=1`) writes it anew:
/// read the difference before keeping it.
@Suite struct ScoreboardTests {
  @Test func tableIsUpToDate() throws {
    let fixtures = try Scoreboard.fixtures()
    let evidence = Scoreboard.evidence()
    let kept = (try? String(contentsOf: Scoreboard.url, encoding: .utf8)) ?? ""
    let parts = kept.components(separatedBy: Scoreboard.border)
    if ProcessInfo.processInfo.environment["UPDATE_BASELINES"] == "1" {
      let measured = evidence ?? (parts.count == 2 ? parts[1] : "")
      try (fixtures + Scoreboard.border + measured).write(
        to: Scoreboard.url, atomically: true, encoding: .utf8)
      return
    }
    #expect(parts.count == 2, "run make formats")
    #expect(parts.first == fixtures, "the readers or their fixtures changed: run make formats")
    if let evidence, let last = parts.last {
      #expect(last == evidence, "what is read of real logs changed: run make formats")
    }
  }
}
