import ArgumentParser
import Bundles
import Reporting

/// `culprit verify`: whether sealed bundles are as they were signed.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check sealed bundles of evidence: nothing changed, added or left out since signed.",
    discussion: """
      A bundle carries the public key that signed it, so that a check without --signer finds any \
      change but cannot tell who signed. Get the fingerprint over another channel and name it.

      Nothing is unpacked. analyze makes the same check by itself and refuses a bundle that fails \
      it. Any tar can unpack a bundle, and sha256sum -c MANIFEST.sha256 then checks the members, \
      though not the signature.

      Exit status: 0 all verified; 1 at least one did not verify; 64 wrong usage; 65 not a bundle, \
      or it cannot be read; 66 no such file.

      Examples:
        culprit verify culprit-gate-20260301T120000Z.tar.zst
        culprit verify *.tar.zst --signer investigator.pub
        culprit verify b.tar.zst --format json --signer \\
          5f1c0e9a-88b4c2d1-0a7e63f5-91d2ab40-3c77e8f6-d0419b2c-6ea5f013-b8427d9e
      """)

  @Argument(help: "Bundles, as culprit collect makes them.")
  var bundles: [String]

  @Option(
    help: ArgumentHelp(
      "Whose signature they must bear: a fingerprint, or a file with the key.",
      valueName: "fingerprint-or-key"))
  var signer: String?

  @Option(help: "Form of the report.")
  var format = ReportFormat.text

  @Flag(help: "Do not colour the report.")
  var noColor = false

  func run() throws {
    let checked: [CheckedBundle]
    do throws(BundleError) {
      let trusted = try signer.map { text throws(BundleError) in try BundleFingerprint.named(text) }
      checked = bundles.map { path in
        CheckedBundle(
          path: path,
          outcome: Result { () throws(BundleError) in
            try verifyBundle(path: path, trusted: trusted)
          })
      }
    } catch {
      throw CommandError(description: error.description, status: error.exitCode)
    }
    for case .failure(let error) in checked.map(\.outcome) {
      Terminal.complain(error.description)
    }
    switch format {
    case .text:
      let style = TextStyle(color: Terminal.mayColor(noColor: noColor))
      try Terminal.show(renderText(checked, style: style))
    case .json: try Terminal.show(renderJSON(checked))
    }
    let status = checked.map(\.status).min { ranked($0) < ranked($1) } ?? 0
    if status != 0 { throw ExitCode(status) }
  }

  /// A bundle that did not verify outweighs one that could not be checked.
  private func ranked(_ status: Int32) -> Int32 { status == 0 ? .max : status }
}

extension CheckedBundle {
  /// The exit status it alone would give.
  fileprivate var status: Int32 {
    switch outcome {
    case .success(let verification): verification.isVerified ? 0 : 1
    case .failure(let error): error.exitCode
    }
  }
}
