import Testing

@testable import LiveHost

@Suite("What looks like a secret is masked") struct SecretsTests {
  @Test(
    arguments: [
      (["--password=hunter2"], ["--password=***"]),
      (["--password", "hunter2"], ["--password", "***"]),
      (["-phunter2"], ["-p***"]), (["-u", "me:hunter2"], ["-u", "***"]),
      (["https://me:hunter2@example.net/"], ["https://me:***@example.net/"]),
      (["PGPASSWORD=hunter2"], ["PGPASSWORD=***"]),
      (["-c", "mysql -phunter2 --host db"], ["-c", "mysql -p*** --host db"]),
      (["--config", "/etc/name.conf"], ["--config", "/etc/name.conf"]),
      (["eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"], ["***"]),
    ])
  func masks(_ words: [String], _ expected: [String]) {
    #expect(Secrets.masked(words) == expected)
  }
}
