private import Glibc
internal import Observations

/// A collection under way: the files made so far, and what could not be taken.
struct CollectionRun {
  /// What was done for one item.
  struct Item {
    var name: String
    var how: String
    var paths: [String] = []
    var count = 0
    var seconds = 0.0
    var problems: [Problem] = []
  }

  /// Something that could not be taken.
  struct Problem: Hashable {
    var what: String
    var why: String
    var count = 1
    var examples: [String] = []
  }

  let options: CollectOptions
  let files: HostFiles
  let users: UserNames
  let host: HostFacts
  let namespaces: Namespaces
  /// The programs that ran, for whoever comes after the processes.
  var programs = ProgramBook()
  /// The capture under way, where one was asked for and allowed.
  let capture: PacketCapture?
  let captureRefusal: SystemFailure?
  private var item = Item(name: "", how: "")
  private var items: [Item] = []
  private var made: [String: CollectedFile.Contents] = [:]

  init(_ options: CollectOptions) {
    self.options = options
    files = HostFiles(proc: options.proc, root: options.root)
    users = UserNames(files)
    host = HostFacts(files, isLive: options.isLive)
    namespaces = Namespaces(files)
    var refusal: SystemFailure?
    capture = CollectionRun.capture(options, &refusal)
    captureRefusal = refusal
  }

  private static func capture(
    _ options: CollectOptions, _ refusal: inout SystemFailure?
  ) -> PacketCapture? {
    guard options.captureSeconds > 0, options.isLive, !options.leavesOut.contains("capture") else {
      return nil
    }
    do {
      return try PacketCapture(
        seconds: options.captureSeconds, folder: options.captureFolder)
    } catch {
      refusal = error
      return nil
    }
  }

  /// Lets time pass; packets are taken meanwhile where they are wanted.
  func wait(milliseconds: Int) {
    let until = CollectionRun.now.nanoseconds + Int64(milliseconds) * 1_000_000
    capture?.take(milliseconds: Int64(milliseconds))
    let left = until - CollectionRun.now.nanoseconds
    if left > 0 { usleep(UInt32(clamping: min(left / 1_000, Int64(milliseconds) * 1_000))) }
  }

  /// The time now, to the nanosecond as the system has it.
  static var now: Timestamp {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(
      nanoseconds: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec))
  }

  /// Does one item, taking the time.
  mutating func perform(_ gatherer: any Gatherer) {
    options.progress?("gathering \(gatherer.name)")
    item = Item(name: gatherer.name, how: gatherer.how)
    let began = CollectionRun.now
    gatherer.gather(&self)
    item.seconds = CollectionRun.now.seconds(since: began)
    items.append(item)
  }

  /// Puts a file into the collection.
  mutating func add(_ path: String, _ text: String, count: Int) {
    add(path, .bytes(Array(text.utf8)), count: count)
  }

  /// Puts a file into the collection.
  mutating func add(_ path: String, _ contents: CollectedFile.Contents, count: Int) {
    made[path] = contents
    item.paths.append(path)
    item.count += count
  }

  /// Notes what could not be taken; the same thing for the same reason is counted.
  mutating func note(_ what: String, _ why: String, example: String? = nil) {
    let known = item.problems.firstIndex { $0.what == what && $0.why == why }
    if let known {
      item.problems[known].count += 1
      if let example, item.problems[known].examples.count < 5 {
        item.problems[known].examples.append(example)
      }
    } else {
      item.problems.append(Problem(what: what, why: why, examples: example.map { [$0] } ?? []))
    }
  }

  /// Reads a file, or notes why not.
  mutating func read(_ path: String, limit: Int = 1 << 20, as what: String) -> FileText? {
    do {
      let file = try files.read(path, limit: limit)
      if file.isCut { note(what, "longer than \(limit) bytes: the rest was left", example: path) }
      return file
    } catch {
      note(what, error.text, example: path)
      return nil
    }
  }

  /// All files, with the account of how they came about.
  func finish() -> Collected {
    let account = CollectionAccount(self, items: items)
    var all = [
      CollectedFile(
        path: "collection.json", contents: .bytes(Array(account.text.utf8)))
    ]
    for (path, contents) in made.sorted(by: { $0.key < $1.key }) {
      all.append(CollectedFile(path: path, contents: contents))
    }
    return Collected(
      host: host.name, started: host.started.description, files: all,
      counts: items.map { ($0.name, $0.count) },
      problems: items.flatMap { item in
        item.problems.map {
          CollectionProblem(item: item.name, what: $0.what, why: $0.why, count: $0.count)
        }
      })
  }
}
