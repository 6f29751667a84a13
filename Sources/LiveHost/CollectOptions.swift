/// What a collection may be told.
public struct CollectOptions: Sendable {
  /// How often the sockets are looked at, at least once.
  public var snapshots = 1
  /// Milliseconds between two looks.
  public var interval = 200
  /// Whether arguments of commands are kept, passwords and the like masked.
  public var keepsArguments = false
  /// Seconds of packets to capture; 0 for none.
  public var captureSeconds = 0
  /// Where the file of packets grows.
  public var captureFolder = "/tmp"
  /// Names of what to leave out, of those `collectionPlan` lists.
  public var leavesOut: Set<String> = []
  /// Where the process file system is; another place is a made one, and the kernel is not asked.
  public var proc = "/proc"
  /// What stands before every other absolute path; empty for the running system.
  public var root = ""
  /// The version of this program, for the record.
  public var version = ""
  /// Called with a line about what is being done, where someone watches.
  public var progress: (@Sendable (String) -> Void)?

  /// The usual options.
  public init() {}

  /// Whether the running system itself is asked.
  var isLive: Bool { proc == "/proc" && root.isEmpty }
}

/// One file of a collection.
public struct CollectedFile: Sendable {
  /// Where its bytes are.
  public enum Contents: Sendable {
    /// In memory.
    case bytes([UInt8])
    /// In a file, which is the caller's to remove.
    case file(path: String)
  }

  /// Its path in the collection.
  public let path: String
  /// Its bytes.
  public let contents: Contents
}

/// One thing a collection takes.
public struct PlannedItem: Sendable {
  /// Its name.
  public let name: String
  /// What is taken.
  public let takes: String
  /// What is left out on purpose.
  public let leavesOut: String?
}

/// What could not be taken, by item.
public struct CollectionProblem: Sendable {
  /// The item.
  public let item: String
  /// What.
  public let what: String
  /// The reason, in the system's words where there are some.
  public let why: String
  /// How often.
  public let count: Int
}

/// What a collection gave.
public struct Collected: Sendable {
  /// The host's name.
  public let host: String
  /// When it began, RFC 3339 in UTC.
  public let started: String
  /// The files, `collection.json` first.
  public let files: [CollectedFile]
  /// How much of each item was found, in order.
  public let counts: [(item: String, count: Int)]
  /// What could not be taken.
  public let problems: [CollectionProblem]
}

/// What a collection with these options takes and leaves out.
public func collectionPlan(_ options: CollectOptions) -> [PlannedItem] {
  Gatherers.chosen(options).map {
    PlannedItem(name: $0.name, takes: $0.takes(options), leavesOut: $0.leavesOut(options))
  }
}

/// Gathers what this host says of itself. Nothing is changed on it, and nothing leaves it.
public func collect(_ options: CollectOptions) -> Collected {
  var run = CollectionRun(options)
  for gatherer in Gatherers.chosen(options) { run.perform(gatherer) }
  return run.finish()
}
