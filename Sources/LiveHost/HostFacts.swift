private import Glibc
internal import Observations

/// What host this is, who asks, and with what rights.
struct HostFacts: Sendable {
  let name: String
  let system: String
  let started: Timestamp
  let bootTime: Timestamp?
  let user: UInt32
  /// Capabilities as the kernel has them, a bit each (capabilities(7)).
  let capabilities: UInt64
  /// Whether processes outside of this one's container could be seen at all.
  let isInitialProcessNamespace: Bool
  let bootIdentifier: String?

  init(_ files: HostFiles, isLive: Bool) {
    started = CollectionRun.now
    let proc = files.proc
    func line(_ path: String) -> String? {
      (try? files.read(path, limit: 4_096))?.lines.first.map { String($0) }
    }
    name = HostFacts.plain(line(proc + "/sys/kernel/hostname") ?? "unknown")
    let release = line(proc + "/sys/kernel/osrelease") ?? "unknown"
    let distribution = HostFacts.distribution(files)
    system = "Linux \(release)" + (distribution.map { ", \($0)" } ?? "")
    bootTime = (try? files.read(proc + "/stat", limit: 8 << 20))?.lines
      .first { $0.hasPrefix("btime ") }.flatMap { Int64($0.dropFirst(6)) }
      .map { Timestamp(seconds: $0) }
    bootIdentifier = line(proc + "/sys/kernel/random/boot_id")
    user = geteuid()
    let status = ProcessStatus((try? files.read(proc + "/self/status", limit: 1 << 16))?.text ?? "")
    capabilities = status.number("CapEff", radix: 16) ?? 0
    // The inode of the first process namespace is fixed (linux/proc_ns.h).
    isInitialProcessNamespace = (try? files.link(proc + "/self/ns/pid")) == "pid:[4026531836]"
  }

  /// Whether other users' processes may be looked into: CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH or
  /// CAP_DAC_OVERRIDE.
  var mayLookIntoOthers: Bool {
    capabilities & 1 << 19 != 0 && capabilities & (1 << 1 | 1 << 2) != 0
  }

  /// Letters, digits, hyphens, dots and underscores; the name becomes part of a file's.
  private static func plain(_ name: String) -> String {
    let kept = name.unicodeScalars.filter {
      $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil)
        || "-._".unicodeScalars.contains($0)
    }
    let plain = String(String.UnicodeScalarView(kept.prefix(64)))
    return plain.isEmpty || plain.hasPrefix(".") ? "host" + plain : plain
  }

  private static func distribution(_ files: HostFiles) -> String? {
    let file = try? files.read(files.path("/etc/os-release"), limit: 1 << 16)
    let line = file?.lines.first { $0.hasPrefix("PRETTY_NAME=") }
    return line.map { $0.dropFirst(12).filter { $0 != "\"" } }
  }
}

/// The lines `Key:\tvalue` of /proc/PID/status.
struct ProcessStatus: Sendable {
  private var values: [Substring: Substring] = [:]

  init(_ text: String) {
    for line in text.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...].drop { $0 == "\t" || $0 == " " }
      values[line[..<colon]] = value
    }
  }

  func text(_ key: Substring) -> String? { values[key].map { String($0) } }

  /// The first number of a line.
  func number<Number: FixedWidthInteger>(_ key: Substring, radix: Int = 10) -> Number? {
    values[key]?.split { $0 == "\t" || $0 == " " }.first.flatMap { Number($0, radix: radix) }
  }
}
