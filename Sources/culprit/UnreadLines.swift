import Glibc
import Intake
import Observations
import Reporting

/// Writes lines that no format knows, veiled, to a file or to standard output.
final class UnreadLines {
  private static let chunk = 1 << 16
  private let path: String
  private let descriptor: CInt
  private var pending: [UInt8] = []
  private var file = ""
  private var files = 0
  private var failure: CInt = 0

  /// Makes the file, in place of whatever it held; `-` is standard output.
  init(path: String) throws {
    self.path = path
    if path == "-" {
      descriptor = STDOUT_FILENO
    } else {
      descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
      if descriptor < 0 {
        throw CommandError.cannotCreate(path, because: Terminal.reason(errno))
      }
    }
    write("# Lines that culprit \(culpritVersion) does not know. Veiled: ")
    write(LineVeil.meaning + ". Look at them before you pass them on.\n")
  }

  deinit { if descriptor != STDOUT_FILENO { close(descriptor) } }

  /// Adds a line of a file.
  func add(_ path: String, _ line: RawSpan, _ place: Place) {
    if path != file {
      file = path
      files += 1
      // A path may name somebody: files are told apart by number.
      write("# file \(files)\n")
    }
    write(LineVeil.veil(line) + "\n")
  }

  /// Writes what is left.
  func finish() throws {
    flush()
    if failure != 0, failure != EPIPE {
      throw CommandError(
        description: "cannot write \(path): \(Terminal.reason(failure))", status: 74)
    }
  }

  private func write(_ text: String) {
    pending += text.utf8
    if pending.count >= UnreadLines.chunk { flush() }
  }

  private func flush() {
    var done = 0
    while done < pending.count, failure == 0 {
      let written = unsafe pending.withUnsafeBytes { bytes in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
        return unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
      }
      if written >= 0 {
        done += written
      } else if errno != EINTR {
        failure = errno
      }
    }
    pending.removeAll(keepingCapacity: true)
  }
}
