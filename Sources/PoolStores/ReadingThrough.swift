import Glibc

/// Reads a file from front to back, so that what is looked up in it next is in memory.
///
/// A check of a file's structure goes from page to page as the tables do, which is any order on the disk. Disks
/// that find some hundred pages a second, and read a hundred megabytes of neighbours in that time, take hours for
/// the one and a minute for the other.
enum ReadingThrough {
  private static let bytesAtOnce = 1 << 20

  /// Reads it, unless it is larger than half the memory: then its beginning would be gone before its end is there.
  /// What cannot be read is for whoever reads it next to tell.
  static func read(_ path: String) {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    defer { close(file) }
    let size = lseek(file, 0, SEEK_END)
    let memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    guard size > 0, size <= memory / 2, lseek(file, 0, SEEK_SET) == 0 else { return }
    posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL)
    var bytes = [UInt8](repeating: 0, count: min(size, bytesAtOnce))
    while true {
      let count = unsafe bytes.withUnsafeMutableBytes {
        unsafe Glibc.read(file, $0.baseAddress, $0.count)
      }
      if count == 0 || (count < 0 && errno != EINTR) { return }
    }
  }
}
