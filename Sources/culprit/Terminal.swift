import FoundationEssentials
import Glibc
import Reporting

/// An error of the command line's own: one clear line, and the exit status.
struct CommandError: Error, CustomStringConvertible {
  var description: String
  var status: Int32

  /// Something the user wrote names nothing that exists (EX_USAGE).
  static func usage(_ message: String) -> CommandError {
    CommandError(description: message, status: 64)
  }
  /// What was handed in cannot be used (EX_DATAERR).
  static func data(_ message: String) -> CommandError {
    CommandError(description: message, status: 65)
  }
  /// A file or folder that is not there (EX_NOINPUT).
  static func missing(_ message: String) -> CommandError {
    CommandError(description: message, status: 66)
  }
  /// An output file that cannot be made (EX_CANTCREAT).
  static func cannotCreate(_ path: String, because: String) -> CommandError {
    CommandError(description: "cannot write \(path): \(because)", status: 73)
  }
}

/// The three standard streams.
enum Terminal {
  /// Whether a report on standard output may be coloured (see no-color.org).
  static func mayColor(noColor: Bool) -> Bool {
    !noColor && isatty(STDOUT_FILENO) == 1 && variable("NO_COLOR").isEmpty
      && variable("TERM") != "dumb"
  }

  /// Whether someone watches standard error.
  static var hasWatcher: Bool { isatty(STDERR_FILENO) == 1 }

  /// Processors at hand, at most eight: more would wait for the reader.
  static var processors: Int { min(max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1), 8) }

  private static func variable(_ name: String) -> String {
    // The C string belongs to the environment, which nothing here changes; it is copied at once.
    guard let value = unsafe getenv(name) else { return "" }
    return unsafe String(cString: value)
  }

  /// Writes to standard output. A reader that has gone away (`| head`) is no error.
  static func show(_ text: String) throws { try show(Array(text.utf8)) }

  /// The same of bytes.
  static func show(_ bytes: [UInt8]) throws {
    let failure = write(bytes, to: STDOUT_FILENO)
    if failure != 0, failure != EPIPE {
      throw CommandError(
        description: "cannot write to standard output: \(reason(failure))", status: 74)
    }
  }

  /// One line on standard error.
  static func complain(_ message: String) {
    _ = write("culprit: \(inert(message))\n", to: STDERR_FILENO)
  }

  /// Text of this program's own on standard error.
  static func note(_ text: String) { _ = write(text, to: STDERR_FILENO) }

  /// A line on standard error that the next one replaces.
  static func progress(_ message: String) {
    _ = write("\r\u{1b}[K\(inert(message))", to: STDERR_FILENO)
  }

  /// Takes the progress line away.
  static func endProgress() { _ = write("\r\u{1b}[K", to: STDERR_FILENO) }

  /// Writes a whole file, in place of whatever it held.
  static func save(_ bytes: [UInt8], to path: String) throws {
    do {
      try Data(bytes).write(to: URL(filePath: path))
    } catch {
      throw CommandError.cannotCreate(path, because: explain(error))
    }
  }

  /// Why a file operation failed, in the system's words where there are some.
  static func explain(_ error: any Error) -> String {
    guard let cocoa = error as? CocoaError else { return "\(error)" }
    if let posix = cocoa.underlying as? POSIXError { return reason(posix.code.rawValue) }
    switch cocoa.code {
    case .fileNoSuchFile, .fileReadNoSuchFile: return "no such file or folder"
    case .fileWriteNoPermission, .fileReadNoPermission: return "permission denied"
    case .fileWriteOutOfSpace: return "no space left"
    default: return "the system refused it (code \(cocoa.code.rawValue))"
    }
  }

  /// The system's words for an error number.
  static func reason(_ code: Int32) -> String {
    // `strerror` answers with a string that lives until the next call; it is copied at once.
    unsafe String(cString: strerror(code))
  }

  /// Writes all of a text; 0, or the error that stopped it.
  private static func write(_ text: String, to descriptor: Int32) -> Int32 {
    write(Array(text.utf8), to: descriptor)
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    // The pointer is used inside the closure only, and never past the array's count.
    return unsafe bytes.withUnsafeBytes { buffer in
      var at = 0
      while at < buffer.count {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[at...])
        let written = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
        if written > 0 {
          at += written
        } else if errno != EINTR {
          return errno
        }
      }
      return 0
    }
  }
}
