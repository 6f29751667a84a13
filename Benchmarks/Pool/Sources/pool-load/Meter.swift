import Foundation
import Glibc

/// What the kernel accounts of this process.
enum Meter {
  /// Processor time so far, in seconds, of all threads.
  static var processor: Double {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }

  /// Processor time of the kernel's part, in seconds.
  static var kernel: Double {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return seconds(usage.ru_stime)
  }

  /// Memory that is resident now, in MB.
  static var residentMegabytes: Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * 4_096 / 1_000_000
  }

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) / 1e6
  }
}

/// How long something took, many times.
struct Latencies: Sendable {
  private var all: [Double] = []

  mutating func add(_ duration: Duration) { all.append(duration / .milliseconds(1)) }

  var count: Int { all.count }

  /// Median, 99th percentile and most, in milliseconds.
  var text: String {
    let sorted = all.sorted()
    guard let most = sorted.last else { return "none" }
    let (half, high) = (sorted[sorted.count / 2], sorted[sorted.count * 99 / 100])
    return String(
      format: "p50 %.2f ms, p99 %.2f ms, most %.1f ms of %d", half, high, most, sorted.count)
  }
}

/// Prints a line at once, also where it goes into a file.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
