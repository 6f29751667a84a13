import Foundation
import LiveHost
import Testing

/// A made host: a folder with /proc and what else belongs to a system, taken away at the end.
final class MadeHost {
  let folder: URL
  private let manager = FileManager.default

  init(processNamespace: UInt32 = 4_026_531_836) throws {
    folder = manager.temporaryDirectory.appending(path: "culprit-host-\(UUID().uuidString)")
    try write("proc/stat", "cpu 1\nbtime 1000000000\n")
    try write("proc/sys/kernel/hostname", "made\n")
    try write("etc/passwd", "root:x:0:0::/root:/bin/sh\nmail:x:8:8::/:/bin/false\n")
    try link("proc/self/ns/net", "net:[7]")
    try link("proc/self/ns/pid", "pid:[\(processNamespace)]")
    try link("proc/self/ns/mnt", "mnt:[1]")
  }

  deinit { try? manager.removeItem(at: folder) }

  func write(_ path: String, _ text: String) throws {
    let file = folder.appending(path: path)
    try manager.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  func link(_ path: String, _ target: String) throws {
    let file = folder.appending(path: path)
    try manager.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try manager.createSymbolicLink(atPath: file.path(), withDestinationPath: target)
  }

  /// A process with a program file of its own and sockets.
  func process(
    _ number: Int, _ name: String, sockets: [Int], command: String = "", user: Int = 8
  ) throws {
    let home = "proc/\(number)"
    try write(
      home + "/stat",
      "\(number) (\(name)) S 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 500 0 0 0\n")
    try write(home + "/status", "Name:\t\(name)\nUid:\t\(user)\t\(user)\t\(user)\t\(user)\n")
    try write(home + "/comm", name + "\n")
    try write(home + "/cmdline", command)
    try write("usr/sbin/\(name)", "the program \(name)")
    try link(home + "/exe", folder.path() + "/usr/sbin/\(name)")
    try link(home + "/ns/net", "net:[7]")
    try link(home + "/ns/mnt", "mnt:[1]")
    for (place, inode) in sockets.enumerated() {
      try link(home + "/fd/\(place + 3)", "socket:[\(inode)]")
    }
  }

  /// What a collection on it gives.
  func collected(keepsArguments: Bool = false) -> Collected {
    var options = CollectOptions()
    options.proc = folder.path() + "/proc"
    options.root = folder.path()
    options.keepsArguments = keepsArguments
    return collect(options)
  }
}
