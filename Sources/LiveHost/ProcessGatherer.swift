internal import Observations

/// One process as /proc shows it.
struct ProcessFacts: Sendable {
  var process: UInt32
  var parent: UInt32
  var name: String
  /// Whether it is a thread of the kernel's own.
  var isKernel: Bool
  /// Ticks since boot.
  var started: UInt64

  /// Reads /proc/PID/stat; nil where that is no such line. The name stands in brackets and may
  /// itself hold brackets and blanks, so what follows is counted from the last one.
  init?(stat text: String) {
    guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close,
      let process = UInt32(text[..<open].prefix { $0 != " " })
    else { return nil }
    let fields = text[text.index(after: close)...].split(separator: " ")
    guard fields.count >= 20, let parent = UInt32(fields[1]), let flags = UInt32(fields[6]),
      let started = UInt64(fields[19])
    else { return nil }
    self.process = process
    self.parent = parent
    name = String(text[text.index(after: open)..<close])
    isKernel = flags & 0x20_0000 != 0
    self.started = started
  }
}

/// Processes: parents, users, programs, when they began, and in which container they are.
struct ProcessGatherer: Gatherer {
  let name = "processes"
  let how = "/proc/PID/stat, status, cgroup, cmdline, exe and ns"

  /// Clock ticks a second, as /proc counts on every Linux people run.
  private static let ticks: UInt64 = 100

  func takes(_ options: CollectOptions) -> String {
    "processes with parents, users, times of start, program files, containers"
      + (options.keepsArguments ? ", and their arguments with what looks like a secret masked" : "")
  }

  func leavesOut(_ options: CollectOptions) -> String? {
    "environment variables and memory"
      + (options.keepsArguments ? "" : "; arguments, of which only the number is kept")
  }

  func gather(_ run: inout CollectionRun) {
    var heading = JSONText()
    heading.add("culprit", "processes")
    heading.add("layout", CollectionAccount.layout)
    heading.add("system", "linux")
    heading.add("host", run.host.name)
    heading.add("captured", CollectionRun.now.description)
    heading.add("bootTime", run.host.bootTime?.description)
    var lines = [heading.text]
    var names: [String] = []
    do {
      names = try run.files.names(run.files.proc)
    } catch {
      run.note("the list of processes", error.text, example: run.files.proc)
    }
    let ownFiles = try? run.files.link("\(run.files.proc)/self/ns/mnt")
    for process in names.compactMap({ UInt32($0) }).sorted() {
      if let line = describe(process, ownFiles, &run) { lines.append(line.text) }
    }
    run.add(
      "processes.jsonl", lines.joined(separator: "\n") + "\n", count: lines.count - 1)
  }

  private func describe(
    _ process: UInt32, _ ownFiles: String?, _ run: inout CollectionRun
  ) -> JSONText? {
    let files = run.files
    let folder = "\(files.proc)/\(process)"
    guard let stat = try? files.read(folder + "/stat", limit: 4_096),
      let facts = ProcessFacts(stat: stat.text)
    else { return nil }
    let status = ProcessStatus((try? files.read(folder + "/status", limit: 1 << 16))?.text ?? "")
    var text = JSONText()
    text.add("process", facts.process)
    text.add("parent", facts.parent)
    text.add("name", facts.name)
    text.add("isKernel", facts.isKernel ? true : nil)
    let user: UInt32? = status.number("Uid")
    text.add("user", user.map { run.users.name($0) })
    text.add("userNumber", user)
    text.add("effectiveUser", effective(status, "Uid", user))
    text.add("started", start(facts, run))
    text.add("capabilities", status.text("CapEff"))
    let tracer: UInt32? = status.number("TracerPid")
    text.add("tracedBy", tracer == 0 ? nil : tracer)
    if !facts.isKernel { program(process, folder, ownFiles, &text, &run) }
    let groups = (try? files.read(folder + "/cgroup", limit: 1 << 16))?.lines ?? []
    text.add(
      "cgroup",
      groups.last.map { $0.split(separator: ":", maxSplits: 2).last.map(String.init) ?? "" })
    text.add("container", groups.lazy.compactMap { ContainerName.find(in: $0) }.first)
    for space in ["net", "pid", "mnt", "user"] {
      let target = try? files.link("\(folder)/ns/\(space)")
      text.add(space + "Namespace", target.flatMap(ProcessGatherer.inode))
    }
    return text
  }

  private func effective(_ status: ProcessStatus, _ key: Substring, _ real: UInt32?) -> UInt32? {
    let numbers = status.text(key)?.split(separator: "\t").compactMap { UInt32($0) } ?? []
    return numbers.count > 1 && numbers[1] != real ? numbers[1] : nil
  }

  private static func inode(_ target: String) -> UInt64? {
    guard let open = target.firstIndex(of: "["), target.hasSuffix("]") else { return nil }
    return UInt64(target[target.index(after: open)...].dropLast())
  }

  /// Boot time plus the ticks since; as exact as the boot time, which is a second.
  private func start(_ facts: ProcessFacts, _ run: CollectionRun) -> String {
    guard let boot = run.host.bootTime else { return "" }
    let ticks = Int64(clamping: facts.started.multipliedReportingOverflow(by: 10_000_000).0)
    return Timestamp(nanoseconds: boot.nanoseconds &+ ticks).description
  }

  private func program(
    _ process: UInt32, _ folder: String, _ ownFiles: String?, _ text: inout JSONText,
    _ run: inout CollectionRun
  ) {
    let files = run.files
    do {
      let path = files.inside(try files.link(folder + "/exe"))
      text.add("program", path)
      let facts = try files.facts(folder + "/exe")
      text.add("programInode", facts.inode)
      run.programs.take(
        ProgramBook.Program(
          facts: facts, path: path, process: process,
          isOwnFiles: ownFiles != nil && (try? files.link(folder + "/ns/mnt")) == ownFiles))
    } catch  where !error.isAbsence {
      run.note("the program file of a process", error.text, example: "process \(process)")
    } catch {}
    do {
      let command = try files.read(folder + "/cmdline", limit: 1 << 16)
      CommandWords(command.bytes).describe(in: &text, keepsArguments: run.options.keepsArguments)
    } catch  where !error.isAbsence {
      run.note("the command of a process", error.text, example: "process \(process)")
    } catch {}
  }
}

/// The name a container runtime gave, as it stands in a control group's path.
enum ContainerName {
  /// The first run of 64 hexadecimal digits, or what stands behind a runtime's own word.
  static func find(in path: Substring) -> String? {
    for part in path.split(whereSeparator: { $0 == "/" || $0 == ":" }) {
      let words = part.split { $0 == "-" || $0 == "." }
      if let digits = words.first(where: { isIdentifier($0) }) { return String(digits) }
      for runtime in ["lxc.payload.", "machine-"] where part.hasPrefix(runtime) {
        return String(part.dropFirst(runtime.count))
      }
    }
    return nil
  }

  private static func isIdentifier(_ word: Substring) -> Bool {
    word.utf8.count == 64
      && word.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }
}
