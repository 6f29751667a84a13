private import CHost
private import Glibc

/// A program of the system's run to its end, without a shell, within a time and an amount of output.
enum Command {
  /// What it gave.
  struct Outcome: Sendable {
    var output: FileText
    var complaint: String
    /// Its exit status; nil where it was ended.
    var status: Int32?
  }

  /// Where a program is; not where somebody's PATH leads.
  static func find(_ name: String, _ files: HostFiles) -> String? {
    ["/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"].map { $0 + name }
      .first { (try? files.facts($0))?.isRegular == true }
  }

  /// Runs a program.
  ///
  /// - Parameters:
  ///   - path: the program.
  ///   - arguments: its arguments.
  ///   - seconds: after which it is ended.
  ///   - limit: bytes of output that are kept.
  /// - Returns: what it gave.
  /// - Throws: why it could not be begun.
  static func run(
    _ path: String, _ arguments: [String], seconds: Int = 10, limit: Int = 16 << 20
  ) throws(SystemFailure) -> Outcome {
    let output = try Pipe()
    let complaint = try Pipe()
    let started = spawn(path, arguments, output: output.writing, complaint: complaint.writing)
    output.endWriting()
    complaint.endWriting()
    let child = try started.get()
    var reader = Reader(
      output.reading, complaint.reading, limit: limit,
      deadline: Reader.clock + Int64(seconds) * 1_000)
    let isOver = reader.readAll()
    // The whole group: what it began ends with it.
    if !isOver { kill(-child, SIGKILL) }
    var status: Int32 = 0
    while unsafe waitpid(child, &status, 0) < 0, errno == EINTR {}
    let code = status & 0x7f == 0 ? status >> 8 & 0xff : nil
    return Outcome(
      output: reader.output, complaint: String(decoding: reader.complaint, as: UTF8.self),
      status: isOver ? code : nil)
  }

  /// Both ends of a pipe, closed when it goes.
  private final class Pipe {
    let reading: Int32
    private(set) var writing: Int32

    init() throws(SystemFailure) {
      var ends: (reading: Int32, writing: Int32) = (-1, -1)
      let failure = unsafe culprit_pipe(&ends.reading, &ends.writing)
      guard failure == 0 else { throw SystemFailure(number: failure) }
      (reading, writing) = ends
    }

    deinit {
      close(reading)
      endWriting()
    }

    func endWriting() {
      if writing >= 0 { close(writing) }
      writing = -1
    }
  }

  private static func spawn(
    _ path: String, _ arguments: [String], output: Int32, complaint: Int32
  ) -> Result<pid_t, SystemFailure> {
    // The C library's own structures and copied strings, all given back below.
    var actions = unsafe posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawnattr_init(&attributes)
    defer {
      unsafe posix_spawn_file_actions_destroy(&actions)
      unsafe posix_spawnattr_destroy(&attributes)
    }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
    unsafe posix_spawn_file_actions_adddup2(&actions, complaint, 2)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    let surrounding = ["LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"]
    var words = unsafe ([path] + arguments).map { (word: String) in unsafe strdup(word) } + [nil]
    var surroundings = unsafe surrounding.map { (word: String) in unsafe strdup(word) } + [nil]
    defer {
      unsafe (words + surroundings).forEach { unsafe free($0) }
    }
    var child: pid_t = 0
    let failure = unsafe posix_spawn(&child, path, &actions, &attributes, &words, &surroundings)
    return failure == 0 ? .success(child) : .failure(SystemFailure(number: failure))
  }

  /// Reads both ends until they close, the time is over or enough is read.
  private struct Reader {
    var output = FileText(bytes: [], isCut: false)
    var complaint: [UInt8] = []
    private var open: [Int32]
    private let first: Int32
    private let limit: Int
    private let deadline: Int64

    init(_ output: Int32, _ complaint: Int32, limit: Int, deadline: Int64) {
      open = [output, complaint]
      first = output
      self.limit = limit
      self.deadline = deadline
    }

    /// Milliseconds of a clock that nobody sets.
    static var clock: Int64 {
      var time = timespec()
      unsafe clock_gettime(CLOCK_MONOTONIC, &time)
      return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }

    mutating func readAll() -> Bool {
      var piece = [UInt8](repeating: 0, count: 1 << 16)
      while !open.isEmpty {
        let left = deadline - Reader.clock
        guard left > 0 else { return false }
        var waits = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let ready = unsafe poll(&waits, nfds_t(waits.count), Int32(clamping: left))
        if ready < 0, errno != EINTR { return false }
        for wait in waits where wait.revents != 0 {
          let count = unsafe piece.withUnsafeMutableBytes {
            // The kernel writes no more than the buffer holds.
            unsafe Glibc.read(wait.fd, $0.baseAddress, $0.count)
          }
          if count <= 0 {
            open.removeAll { $0 == wait.fd }
          } else if !take(piece[..<count], from: wait.fd) {
            return false
          }
        }
      }
      return true
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>, from descriptor: Int32) -> Bool {
      guard descriptor == first else {
        complaint += bytes.prefix(max(0, 4_096 - complaint.count))
        return true
      }
      output.bytes += bytes.prefix(limit - output.bytes.count)
      output.isCut = output.bytes.count == limit
      return !output.isCut
    }
  }
}

extension CollectionRun {
  /// Runs a program and keeps its output as a file; notes where it is missing or fails.
  mutating func keep(
    _ path: String, of name: String, _ arguments: [String], limit: Int = 16 << 20
  ) {
    guard options.isLive, let program = Command.find(name, files) else {
      note("what \(name) says", "the program is not installed")
      return
    }
    do {
      let outcome = try Command.run(program, arguments, limit: limit)
      // An empty answer is one, too: there are no rules.
      if !outcome.output.bytes.isEmpty || outcome.status == 0 {
        add(path, .bytes(outcome.output.bytes), count: outcome.output.lines.count)
      }
      if outcome.output.isCut {
        note("what \(name) says", "longer than \(limit) bytes: the rest was left")
      } else if outcome.status == nil {
        note("what \(name) says", "it did not come to an end in time")
      } else if outcome.status != 0 {
        let words = outcome.complaint.split(separator: "\n").first.map(String.init)
        note("what \(name) says", words ?? "it ended with status \(outcome.status ?? 0)")
      }
    } catch {
      note("what \(name) says", error.text)
    }
  }
}
