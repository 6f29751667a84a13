import ArgumentParser
import FoundationEssentials
import LiveHost
import Reporting

/// `culprit collect`: this host's evidence, for analyze.
struct Collect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Gather what this host says of itself.",
    discussion: """
      Says first what it will take and what it leaves out. Nothing is changed on this host and \
      nothing leaves it. As an ordinary user it sees less, and says what.

      Examples:
        culprit collect --plan
        sudo culprit collect --yes --folder evidence
        sudo culprit collect --snapshots 50 --every 100 --folder evidence
        culprit analyze evidence capture.pcap
      """)

  @Option(help: ArgumentHelp("Write plain files into this folder.", valueName: "folder"))
  var folder: String?

  @Flag(help: "Only say what would be taken.")
  var plan = false

  @Flag(name: .shortAndLong, help: "Do not ask.")
  var yes = false

  @Option(help: ArgumentHelp("Look at the sockets this often.", valueName: "n"))
  var snapshots = 1

  @Option(help: ArgumentHelp("Milliseconds between two looks.", valueName: "ms"))
  var every = 200

  @Flag(help: "Keep the arguments of commands; what looks like a secret is masked.")
  var arguments = false

  @Flag(help: "Write into the folder although it holds files.")
  var force = false

  func validate() throws {
    guard (1...10_000).contains(snapshots) else {
      throw ValidationError("--snapshots must lie between 1 and 10000")
    }
    guard (1...3_600_000).contains(every) else {
      throw ValidationError("--every must lie between 1 and 3600000 milliseconds")
    }
    if !plan, folder == nil { throw ValidationError("--folder is missing: where to write") }
  }

  func run() throws {
    var options = CollectOptions()
    options.snapshots = snapshots
    options.interval = every
    options.keepsArguments = arguments
    options.version = culpritVersion
    if Terminal.hasWatcher { options.progress = { Terminal.progress($0) } }
    try show(collectionPlan(options))
    guard !plan, let folder else { return }
    try prepare(folder)
    let collected = LiveHost.collect(options)
    if Terminal.hasWatcher { Terminal.endProgress() }
    for file in collected.files { try save(file, in: folder) }
    try report(collected, folder)
  }

  private func show(_ items: [PlannedItem]) throws {
    var page = TextPage(style: TextStyle())
    for item in items {
      page.field(
        item.name, item.takes + (item.leavesOut.map { ". Left out: \($0)" } ?? ""), width: 12)
    }
    try Terminal.show(page.text)
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
    let parent = path[..<(path.lastIndex(of: "/") ?? path.endIndex)]
    do {
      try FileManager.default.createDirectory(
        atPath: String(parent), withIntermediateDirectories: true)
    } catch {
      throw CommandError.cannotCreate(String(parent), because: Terminal.explain(error))
    }
    switch file.contents {
    case .bytes(let bytes): try Terminal.save(bytes, to: path)
    case .file(let source):
      do {
        try FileManager.default.moveItem(atPath: source, toPath: path)
      } catch {
        throw CommandError.cannotCreate(path, because: Terminal.explain(error))
      }
    }
  }

  private func report(_ collected: Collected, _ place: String) throws {
    var page = TextPage(style: TextStyle())
    for (item, count) in collected.counts { page.field(item, String(count), width: 12) }
    for problem in collected.problems {
      let times = problem.count > 1 ? " (\(problem.count) times)" : ""
      page.field("not read", "\(problem.what): \(problem.why)\(times)", width: 12)
    }
    page.field("written to", place, width: 12)
    try Terminal.show(page.text)
  }
}
