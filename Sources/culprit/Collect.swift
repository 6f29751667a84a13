import ArgumentParser
import Bundles
import FoundationEssentials
import Glibc
import LiveHost
import Observations
import Reporting

/// `culprit collect`: this host's evidence, for analyze.
struct Collect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Gather what this host says of itself.",
    discussion: """
      Says first what it will take and what it leaves out. Nothing is changed on this host and \
      nothing leaves it. Run it as root where you may: an ordinary user does not see whose the \
      sockets of others are, and the result says so. On Windows use scripts/collect.ps1.

      The bundle is signed, so that analyze notices any later change. Without --key the key is made \
      for this bundle alone: note its fingerprint where nobody can change it.

      Examples:
        culprit collect --plan
        sudo culprit collect --yes
        sudo culprit collect --capture 60 --every 100 --key investigator.key
        culprit collect --folder evidence
        culprit analyze culprit-web1-20081010T090000Z.tar.zst wan.pcap
      """)

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The bundle to write; culprit-HOST-TIME.tar.zst unless named.", valueName: "file"))
  var output: String?

  @Option(help: ArgumentHelp("Write plain files into this folder instead.", valueName: "folder"))
  var folder: String?

  @Option(help: ArgumentHelp("Sign with this private key.", valueName: "file"))
  var key: String?

  @Option(help: ArgumentHelp("Make a key, keep it in this file, and sign.", valueName: "file"))
  var newKey: String?

  @Flag(help: "Only say what would be taken.")
  var plan = false

  @Flag(name: .shortAndLong, help: "Do not ask.")
  var yes = false

  @Option(
    help: ArgumentHelp(
      "Look at the sockets this often (1; with --capture, all along).", valueName: "n"))
  var snapshots: Int?

  @Option(help: ArgumentHelp("Milliseconds between two looks.", valueName: "ms"))
  var every = 200

  @Option(
    help: ArgumentHelp("Take packets, too, for so long.", valueName: "seconds"))
  var capture = 0

  @Flag(help: "Keep the arguments of commands; what looks like a secret is masked.")
  var arguments = false

  @Option(
    name: .customLong("leave-out"),
    help: ArgumentHelp("Leave out an item of the plan; may be repeated.", valueName: "item"))
  var leftOut: [String] = []

  @Flag(help: "Replace the bundle, or write into a folder that holds files.")
  var force = false

  func validate() throws {
    guard (1...100_000).contains(looks) else {
      throw ValidationError("--snapshots must lie between 1 and 100000")
    }
    guard (1...3_600_000).contains(every) else {
      throw ValidationError("--every must lie between 1 and 3600000 milliseconds")
    }
    guard (0...86_400).contains(capture) else {
      throw ValidationError("--capture must lie between 1 and 86400 seconds")
    }
    guard folder == nil || output == nil else {
      throw ValidationError("--folder and --output exclude each other")
    }
    guard key == nil || newKey == nil else {
      throw ValidationError("--key and --new-key exclude each other")
    }
    guard folder == nil || key == nil && newKey == nil else {
      throw ValidationError("a folder of plain files is not signed: leave --folder out")
    }
    let known = collectionPlan(CollectOptions()).map(\.name)
    for item in leftOut where !known.contains(item) {
      throw ValidationError(
        "there is no item '\(item)'; there are \(known.joined(separator: ", "))")
    }
  }

  /// With a capture the sockets are looked at until it ends, so that packets have their owners.
  private var looks: Int {
    snapshots ?? max(1, min(10_000, min(capture, 86_400) * 1_000 / max(1, every)))
  }

  func run() throws {
    var options = CollectOptions()
    options.snapshots = looks
    options.interval = every
    options.keepsArguments = arguments
    options.captureSeconds = capture
    options.leavesOut = Set(leftOut)
    options.version = culpritVersion
    try show(collectionPlan(options))
    guard !plan, try agrees() else { return }
    if Terminal.hasWatcher { options.progress = { Terminal.progress($0) } }
    if let folder {
      try prepare(folder)
      options.captureFolder = folder
      try report(gather(options)) { collected in
        for file in collected.files { try save(file, in: folder) }
        return [("written to", folder)]
      }
    } else {
      // A key that cannot be used is told before the work, not after it.
      let key = try signingKey()
      options.captureFolder = parent(of: output ?? "")
      try report(gather(options)) { try seal($0, with: key) }
    }
  }

  private func gather(_ options: CollectOptions) -> Collected {
    let collected = LiveHost.collect(options)
    if Terminal.hasWatcher { Terminal.endProgress() }
    return collected
  }

  private func show(_ items: [PlannedItem]) throws {
    var page = TextPage(style: TextStyle())
    for item in items {
      page.field(
        item.name, item.takes + (item.leavesOut.map { ". Left out: \($0)" } ?? ""), width: 12)
    }
    try Terminal.show(page.text)
  }

  /// Asks only where somebody can answer.
  private func agrees() throws -> Bool {
    guard !yes, isatty(STDIN_FILENO) == 1 else { return true }
    try Terminal.show("Gather this? [y/N] ")
    let answer = readLine()?.lowercased() ?? ""
    return answer == "y" || answer == "yes"
  }

  private func signingKey() throws -> BundleKey {
    do {
      if let key { return try BundleKey.read(path: key) }
      if let newKey { return try BundleKey.make(at: newKey) }
      return BundleKey()
    } catch {
      throw CommandError(description: error.description, status: error.exitCode)
    }
  }

  private func seal(
    _ collected: Collected, with key: BundleKey
  ) throws -> [(name: String, text: String)] {
    let time = collected.started.prefix(19).filter { $0 != "-" && $0 != ":" }
    let path = output ?? "culprit-\(collected.host)-\(time)Z.tar.zst"
    let moment = Timestamp(collected.started) ?? Timestamp(seconds: 0)
    defer { remove(collected) }
    do {
      let members = collected.files.map { file in
        switch file.contents {
        case .bytes(let bytes):
          BundleMember(path: file.path, contents: .bytes(bytes), modified: moment)
        case .file(let source):
          BundleMember(path: file.path, contents: .file(path: source), modified: moment)
        }
      }
      let written = try writeBundle(members: members, to: path, signedBy: key, force: force)
      return [
        ("written to", "\(written.path), \(written.bytes) bytes"),
        ("signed by", "\(written.signer)" + (self.key ?? newKey == nil ? " (once)" : "")),
      ]
    } catch {
      throw CommandError(description: error.description, status: error.exitCode)
    }
  }

  private func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private func remove(_ collected: Collected) {
    for file in collected.files {
      if case .file(let path) = file.contents { _ = unsafe unlink(path) }
    }
  }

  private func prepare(_ folder: String) throws {
    let manager = FileManager.default
    do {
      try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
      if let other = try manager.contentsOfDirectory(atPath: folder).sorted().first, !force {
        throw CommandError.cannotCreate(
          folder, because: "it holds files, such as \(other); --force writes nevertheless")
      }
    } catch let error as CommandError {
      throw error
    } catch {
      throw CommandError.cannotCreate(folder, because: Terminal.explain(error))
    }
  }

  private func save(_ file: CollectedFile, in folder: String) throws {
    let path = "\(folder)/\(file.path)"
    do {
      try FileManager.default.createDirectory(
        atPath: parent(of: path), withIntermediateDirectories: true)
      if case .file(let source) = file.contents {
        _ = unsafe unlink(path)
        try FileManager.default.moveItem(atPath: source, toPath: path)
      }
    } catch {
      throw CommandError.cannotCreate(path, because: Terminal.explain(error))
    }
    if case .bytes(let bytes) = file.contents { try Terminal.save(bytes, to: path) }
  }

  private func report(
    _ collected: Collected, _ write: (Collected) throws -> [(name: String, text: String)]
  ) throws {
    let written = try write(collected)
    var page = TextPage(style: TextStyle())
    let counts = collected.counts.map { "\($0.count) \($0.item)" }
    page.field("taken", counts.joined(separator: ", "), width: 12)
    for problem in collected.problems {
      let times = problem.count > 1 ? " (\(problem.count) times)" : ""
      page.field("not read", "\(problem.what): \(problem.why)\(times)", width: 12)
    }
    for (name, text) in written { page.field(name, text, width: 12) }
    try Terminal.show(page.text)
  }
}
