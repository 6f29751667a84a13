private import Glibc
internal import Observations

/// Lines that firewalls wrote, out of the kernel's own log and the files of /var/log.
struct LogGatherer: Gatherer {
  let name = "logs"
  let how = "/dev/kmsg, and the ends of the system's logs; only lines with IN=, OUT= and SRC="

  /// The end of each file that is looked at.
  private static let tail = 32 << 20
  private static let kept = 16 << 20
  private static let logs = [
    "kern.log", "ufw.log", "firewall", "firewall.log", "iptables.log", "messages", "syslog",
  ]

  func takes(_ options: CollectOptions) -> String {
    "lines of the firewall in the kernel's log and in /var/log, the last \(LogGatherer.tail >> 20) MiB of each"
  }

  func leavesOut(_ options: CollectOptions) -> String? { "all other lines of logs" }

  func gather(_ run: inout CollectionRun) {
    if run.options.isLive { readKernel(&run) }
    var seen: Set<UInt64> = []
    for name in LogGatherer.logs {
      let path = run.files.path("/var/log/\(name)")
      guard let facts = try? run.files.facts(path), facts.isRegular,
        seen.insert(facts.inode).inserted
      else { continue }
      do {
        let lines = try LogGatherer.firewallLines(path, size: facts.size)
        if !lines.isEmpty {
          run.add(
            "logs/\(name)", .bytes(Array(lines.joined(separator: [10]) + [10])), count: lines.count)
        }
      } catch {
        run.note("a log", error.text, example: path)
      }
    }
  }

  /// Whether a line is one of netfilter's: what it met, with both interfaces and a source.
  static func isFirewall(_ line: ArraySlice<UInt8>) -> Bool {
    var words: Set<String> = []
    for word in line.split(separator: 32) {
      for key in ["IN=", "OUT=", "SRC="] where word.starts(with: key.utf8) { words.insert(key) }
    }
    return words.count == 3 && line.count < 8_192
  }

  /// The firewall's lines at the end of a file, the newest as many as are kept.
  private static func firewallLines(
    _ path: String, size: UInt64
  ) throws(SystemFailure) -> [ArraySlice<UInt8>] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw .last }
    defer { close(descriptor) }
    let start = size > UInt64(tail) ? Int64(size) - Int64(tail) : 0
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < tail {
      let offset = off_t(start) + off_t(bytes.count)
      let count = unsafe piece.withUnsafeMutableBytes {
        // The kernel writes no more than the buffer holds.
        unsafe pread(descriptor, $0.baseAddress, $0.count, offset)
      }
      if count == 0 { break }
      if count < 0 { throw .last }
      bytes += piece[..<count]
    }
    var lines = bytes.split(separator: 10)
    // The first of a tail is the rest of a line.
    if start > 0, !lines.isEmpty { lines.removeFirst() }
    var room = kept
    var found: [ArraySlice<UInt8>] = []
    for line in lines.reversed() where isFirewall(line) {
      room -= line.count + 1
      guard room >= 0 else { break }
      found.append(line)
    }
    return found.reversed()
  }

  /// The kernel's ring: `priority,number,microseconds,flags;text`.
  private func readKernel(_ run: inout CollectionRun) {
    let descriptor = unsafe open("/dev/kmsg", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      return run.note("the kernel's log", SystemFailure.last.text, example: "/dev/kmsg")
    }
    defer { close(descriptor) }
    var text = ""
    var count = 0
    var record = [UInt8](repeating: 0, count: 8_192)
    for _ in 0..<1 << 18 where text.utf8.count < LogGatherer.kept {
      let size = unsafe record.withUnsafeMutableBytes {
        // The kernel writes one record, no more than the buffer holds.
        unsafe read(descriptor, $0.baseAddress, $0.count)
      }
      if size < 0, errno == EPIPE || errno == EINTR { continue }
      guard size > 0 else { break }
      if let line = LogGatherer.line(record[..<size], run.host) {
        text += line
        count += 1
      }
    }
    if count > 0 { run.add("logs/kernel.log", text, count: count) }
  }

  /// A record as a line of syslog with its time, where it is the firewall's. The kernel counts from
  /// boot without the time asleep, so that after a sleep the time is early by as much.
  static func line(_ record: ArraySlice<UInt8>, _ host: HostFacts) -> String? {
    guard let end = record.firstIndex(of: UInt8(ascii: ";")), let boot = host.bootTime else {
      return nil
    }
    let head = record[..<end].split(separator: UInt8(ascii: ","))
    let body = record[(end + 1)...].prefix { $0 != 10 }
    guard head.count >= 3, isFirewall(body),
      let microseconds = Int64(String(decoding: head[2], as: UTF8.self)),
      microseconds < 1 << 52
    else { return nil }
    let time = Timestamp(nanoseconds: boot.nanoseconds &+ microseconds &* 1_000)
    return "\(time) \(host.name) kernel: \(String(decoding: body, as: UTF8.self))\n"
  }
}
