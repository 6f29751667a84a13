import Foundation
import Testing

/// The settings of a pool, as the built program takes them.
struct ServeConfigTests {
  private static let example = Program.root.appending(path: "packaging/pool.yaml")

  private func check(
    _ text: String, in scratch: Scratch, environment: [String: String] = [:]
  ) throws -> Program.Outcome {
    try scratch.write("pool.yaml", text.utf8)
    return try scratch.run(
      "serve", "--config", "pool.yaml", "--check-config", environment: environment)
  }

  @Test func theExampleIsGood() throws {
    let scratch = try Scratch()
    let text = try String(contentsOf: ServeConfigTests.example, encoding: .utf8)
    let outcome = try check(text, in: scratch)
    #expect(outcome.status == 0 && outcome.text.contains("Nobody is told anything."))
    #expect(outcome.text.contains("The settings are good."))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.url.path()) == ["pool.yaml"])
  }

  /// What stands in the example behind a number sign is good as well, with files in their places.
  @Test func whatTheExampleOffersIsGood() throws {
    let scratch = try Scratch()
    for (name, text) in [
      ("smtp-password", "secret\n"), ("webhook-secret", "a secret of both sides\n"),
      ("contacts.csv", "# a table\n198.51.100.0/24,abuse@example.net\n"),
    ] { try scratch.write("etc/" + name, text.utf8) }
    let lines = try String(contentsOf: ServeConfigTests.example, encoding: .utf8)
      .split(separator: "\n").map { line in
        // Remarks have one blank behind the sign.
        let isRemark = line.hasPrefix("# ") && !line.hasPrefix("#  ")
        return line.hasPrefix("#") && !isRemark && !line.contains(".pem")
          ? String(line.dropFirst()) : String(line)
      }
    let text = lines.joined(separator: "\n").replacing("/etc/culprit/", with: "etc/")
    let outcome = try check(text, in: scratch)
    #expect(outcome.status == 0, "\(outcome.complaint)")
    #expect(outcome.text.contains("by mail.example.org, port 587"))
    #expect(
      outcome.text.contains(
        "told by mail: staff@example.org: came-back, correction, escalate-again, opened\n"))
    #expect(outcome.text.contains("told by webhook: https://chat.example.org/hooks/pool: opened\n"))
  }

  @Test(arguments: [
    ("notify:\n  smtp:\n    sever: a\n", "there is no setting 'notify.smtp.sever'"),
    ("notify:\n  smtp:\n    server: a\n", "notify.smtp.from is missing"),
    ("notify:\n  smtp:\n    to: [a@example.org]\n", "notify.smtp.server is missing"),
    ("notify:\n  smtp:\n    tls: maybe\n", "'maybe' is neither starttls nor implicit"),
    (
      "notify:\n  smtp:\n    server: a\n    from: a@example.org\n    tls: implicit\n    plain: true\n",
      "notify.smtp.plain and tls: implicit exclude one another"
    ),
    ("notify:\n  smtp:\n    from: nobody\n", "is no address for mail"),
    ("notify:\n  smtp:\n    port: 0\n", "a number from 1 to 65535"),
    ("notify:\n  about: [everything]\n", "'everything' is none of opened"),
    ("notify:\n  webhook:\n    url: https://a/\n", "belong together"),
    ("notify:\n  smtp:\n    to:\n      deep: a\n", "notify.smtp.to has no parts"),
    ("contacts: none.csv\n", "none.csv cannot be read"),
    ("contacts: pool.yaml\n", "pool.yaml, line 1"),
    (
      "notify:\n  webhook:\n    url: http://a/\n    secret-file: pool.yaml\n", "only with "
    ),
    (
      "notify:\n  smtp:\n    server: a\n    from: a@example.org\n    user: a\n", "belong together"
    ),
  ])
  func whatIsWrongIsSaid(_ text: String, _ complaint: String) throws {
    let outcome = try check(text, in: try Scratch())
    #expect(outcome.status == 64, "\(outcome.status)")
    #expect(outcome.complaint.contains(complaint), "\(outcome.complaint)")
  }

  @Test func theEnvironmentGoesBeforeTheFile() throws {
    let scratch = try Scratch()
    try scratch.write("word", Array("secret".utf8))
    let outcome = try check(
      "notify:\n  smtp:\n    server: a\n    from: a@example.org\n    to: [b@example.org]\n",
      in: scratch,
      environment: [
        "CULPRIT_NOTIFY_SMTP_SERVER": "mail.example.net",
        "CULPRIT_NOTIFY_SMTP_TO": "c@example.org d@example.org",
        "CULPRIT_NOTIFY_SMTP_USER": "me", "CULPRIT_NOTIFY_SMTP_PASSWORD_FILE": "word",
        "CULPRIT_NOTIFY_ABOUT": "correction",
      ])
    #expect(outcome.status == 0, "\(outcome.complaint)")
    #expect(outcome.text.contains("by mail.example.net"))
    #expect(outcome.text.contains("c@example.org, d@example.org: correction\n"))
  }
}
