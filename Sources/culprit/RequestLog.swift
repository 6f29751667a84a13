import Glibc
import PoolServer
import Synchronization

/// Lines of JSON about requests, on standard error. Who does not read them must not hold the server up:
/// a line that finds no room is left out, and the next one says how many were.
final class RequestLog: Sendable {
  private let left = Mutex<Int>(0)

  /// Writes a line.
  func write(_ line: AccessLine) {
    left.withLock { left in
      var text = line.json + "\n"
      if left > 0 { text = "{\"linesLeftOut\":\(left)}\n" + text }
      var place = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
      // A pipe that has room at all has room for a line.
      guard unsafe poll(&place, 1, 0) == 1, place.revents & Int16(POLLOUT) != 0 else {
        left += 1
        return
      }
      Terminal.note(text)
      left = 0
    }
  }
}
