private import Crypto
internal import Glibc

/// A bundle being written under a name of its own, renamed when it is whole.
final class BundleOutput {
  private let path: String
  private let force: Bool
  private let encoder: ZstdEncoder
  private let descriptor: CInt
  private let temporary: [CChar]
  private var isRenamed = false
  private var hash = SHA256()
  private var bytes: UInt64 = 0
  private var failure: CInt = 0

  init(path: String, force: Bool) throws(BundleError) {
    self.path = path
    self.force = force
    var facts = stat()
    let isThere = unsafe lstat(path, &facts) == 0
    if isThere, facts.st_mode & S_IFMT == S_IFDIR {
      throw BundleError(.cannotCreate, "\(path): is a folder; name a file in it")
    }
    if isThere, !force { throw BundleOutput.exists(path) }
    guard let encoder = ZstdEncoder() else {
      throw BundleError(.cannotCreate, "\(path): not enough memory for zstd")
    }
    self.encoder = encoder
    var template = (path + ".XXXXXX").utf8.map { CChar(bitPattern: $0) } + [0]
    descriptor = unsafe template.withUnsafeMutableBufferPointer { name in
      guard let start = name.baseAddress else { return -1 }
      return unsafe mkstemp(start)
    }
    temporary = template
    guard descriptor >= 0 else {
      throw BundleError(
        .cannotCreate, "\(path): cannot be written (\(SystemError.text(errno)))")
    }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    if !isRenamed { _ = unsafe unlink(temporary) }
  }

  private static func exists(_ path: String) -> BundleError {
    BundleError(.exists, "\(path): there is a file already; name another, or say --force")
  }

  private func put(_ piece: [UInt8], isLast: Bool = false) throws(BundleError) {
    let done = encoder.encode(piece, isLast: isLast) { made in
      let made = Array(made)
      hash.update(data: made)
      store(made)
    }
    try check(done)
  }

  private func store(_ made: [UInt8]) {
    if failure == 0 { failure = OutputBytes.write(made, to: descriptor) }
    bytes += UInt64(made.count)
  }

  private func check(_ done: Bool) throws(BundleError) {
    if failure != 0 {
      throw BundleError(
        .cannotCreate, "\(path): cannot be written (\(SystemError.text(failure)))")
    }
    guard done else { throw BundleError(.cannotCreate, "\(path): zstd failed") }
  }

  private func begin(
    _ name: String, size: UInt64, seconds: UInt64
  ) throws(BundleError) {
    let header = TarHeader(name: Array(name.utf8), size: size, modified: seconds)
    guard let block = header.block else {
      throw BundleError(.badMember, "\(MemberName.shown(name)): does not fit a tar archive")
    }
    try put(block)
  }

  /// Adds a member that is in memory.
  func add(_ name: String, seconds: UInt64, _ contents: [UInt8]) throws(BundleError) {
    try begin(name, size: UInt64(contents.count), seconds: seconds)
    try put(contents)
    try pad(UInt64(contents.count))
  }

  /// Adds a member, reading it a second time; it must not have changed.
  func add(_ source: MemberSource) throws(BundleError) {
    try begin(source.member.path, size: source.size, seconds: source.seconds)
    var again = SHA256()
    let size = try MemberSource.read(source.member, upTo: source.size) {
      (piece: [UInt8]) throws(BundleError) in
      again.update(data: piece)
      try put(piece)
    }
    guard size == source.size, Hexadecimal.text(again.finalize()) == source.digest else {
      throw BundleError(
        .badMember,
        "\(MemberName.shown(source.member.path)) changed while it was bundled; copy it first")
    }
    try pad(size)
  }

  private func pad(_ size: UInt64) throws(BundleError) {
    try put([UInt8](repeating: 0, count: TarHeader.padding(size)))
  }

  /// Ends the archive, seals it and gives it its name; returns its size.
  func finish(contentBytes: UInt64, limits: BundleLimits) throws(BundleError) -> UInt64 {
    try put([UInt8](repeating: 0, count: 2 * TarHeader.length), isLast: true)
    store(BundleSeal.bytes(hash.finalize()))
    try check(true)
    guard contentBytes <= limits.totalBytes(ofBundle: bytes) else {
      throw BundleError(
        .badMember,
        "\(path): its members shrink to less than 1/\(limits.expansion) and would be taken for a "
          + "decompression bomb; leave out what is empty, or compress it beforehand")
    }
    if fsync(descriptor) != 0, errno != EINVAL {
      failure = errno
      try check(true)
    }
    try rename()
    return bytes
  }

  private func rename() throws(BundleError) {
    // A second name never replaces a file that has come meanwhile; not every file system has links.
    if !force {
      if unsafe link(temporary, path) == 0 { return }
      var facts = stat()
      if unsafe errno == EEXIST || lstat(path, &facts) == 0 { throw BundleOutput.exists(path) }
    }
    isRenamed = unsafe Glibc.rename(temporary, path) == 0
    if !isRenamed {
      failure = errno
      try check(true)
    }
  }
}
