import Foundation
import Glibc
import Pool

/// Looks through write-ahead logs (`-wal`) before SQLite does, which reads one up to the first frame that
/// is not whole and takes what stands behind that for never written.
///
/// Every transaction has reached the disk before the next begins. So what a crash left half written
/// belongs to the last transaction. Where a frame was written as the one that follows the end of a
/// transaction, that transaction was whole once; if SQLite would not come so far, then something that was
/// acknowledged is lost.
///
/// Format: <https://sqlite.org/fileformat2.html#walformat>.
enum JournalCheck {
  /// Looks at the journals that stand beside a store's files.
  ///
  /// - Parameters:
  ///   - files: the paths of the files.
  ///   - lock: the path of the store's lock where it is not held: then a process that writes may be at
  ///     work, which looked at the journals itself when it opened them, and has them on the move.
  /// - Throws: `StoreError.damaged` where something that was acknowledged would be left out.
  static func verify(_ files: [String], lock: String?) throws {
    do { for file in files { try verify(file + "-wal") } } catch let error as StoreError {
      guard let lock else { throw error }
      let opened = unsafe open(lock, O_RDONLY | O_CLOEXEC)
      defer { if opened >= 0 { close(opened) } }
      if opened >= 0, flock(opened, LOCK_SH | LOCK_NB) != 0 { return }
      for file in files { try verify(file + "-wal") }
    }
  }

  private static func verify(_ path: String) throws {
    guard let damage = try JournalFile(path)?.damage() else { return }
    let name = (path as NSString).lastPathComponent
    let (place, remedy) =
      damage.frame == 0
      ? ("at its beginning", "remove \(name)")
      : ("in frame \(damage.frame), byte \(damage.offset)", "truncate -s \(damage.offset) \(name)")
    throw StoreError.damaged(
      because: """
        \(name) is damaged \(place), and what was stored behind that would be lost; copy the folder, \
        then restore the last copy of the store or give up what stands behind the damage (\(remedy))
        """)
  }
}

/// The sum that frames carry on from one to the next.
struct JournalSum: Hashable {
  private var first: UInt32 = 0
  private var second: UInt32 = 0

  /// Of nothing.
  init() {}

  /// As it is written.
  init(_ bytes: RawSpan, at place: Int) {
    first = bytes.journalWord(at: place)
    second = bytes.journalWord(at: place + 4)
  }

  /// Carried on over a multiple of eight bytes, their words read with the highest byte first where they
  /// are big.
  func over(_ bytes: RawSpan, _ range: Range<Int>, isBig: Bool) -> JournalSum {
    var sum = self
    for place in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
      sum.add(unsafe bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self), isBig)
    }
    return sum
  }

  /// Carried on over eight bytes as they lie in memory.
  func over(_ pair: UInt64, isBig: Bool) -> JournalSum {
    var sum = self
    sum.add(pair, isBig)
    return sum
  }

  private mutating func add(_ pair: UInt64, _ isBig: Bool) {
    let pair = isBig ? UInt64(bigEndian: pair) : UInt64(littleEndian: pair)
    let high = UInt32(truncatingIfNeeded: pair >> 32)
    let low = UInt32(truncatingIfNeeded: pair)
    first &+= (isBig ? high : low) &+ second
    second &+= (isBig ? low : high) &+ first
  }
}

extension RawSpan {
  fileprivate func journalWord(at place: Int) -> UInt32 {
    UInt32(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: place, as: UInt32.self))
  }

  fileprivate func journalSalts(at place: Int) -> UInt64 {
    unsafe unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self)
  }
}

/// What stands at the beginning of a journal, or what must have stood there.
struct JournalHeader {
  /// Bytes of it.
  static let size = 32
  private static let magic: UInt32 = 0x377f_0682

  /// Whether SQLite believes it.
  var isWhole: Bool
  /// Whether sums read words with the highest byte first.
  var isBig: Bool
  /// Bytes of a page.
  var pageSize: Int
  /// What every frame of this journal repeats.
  var salts: UInt64
  /// As it is written.
  var sum: JournalSum
  /// As it should be.
  var expected: JournalSum

  init(_ bytes: RawSpan) {
    let magic = bytes.journalWord(at: 0)
    isBig = magic & 1 == 1
    // Zero stands for nothing: the largest size fits.
    let size = Int(bytes.journalWord(at: 8))
    let isSize = (512...65_536).contains(size) && size & (size - 1) == 0
    pageSize = isSize ? size : 4_096
    salts = bytes.journalSalts(at: 16)
    sum = JournalSum(bytes, at: 24)
    expected = JournalSum().over(bytes, 0..<24, isBig: isBig)
    isWhole = magic & ~1 == Self.magic && isSize && sum == expected
  }

  /// What it may have been before it was damaged: its salts as a frame repeats them.
  func repaired(salts: UInt64, isBig: Bool) -> JournalHeader {
    var header = self
    (header.salts, header.isBig) = (salts, isBig)
    return header
  }
}

/// Frames of a journal, one after another.
struct JournalScan {
  /// Bytes before a frame's page.
  static let head = 24

  private let header: JournalHeader
  /// The first frame that SQLite would not read; 0 for the header, nil where all is whole so far.
  private(set) var broken: Int?
  private var count = 0
  /// What the frame before carries.
  private var sum: JournalSum
  /// What it should carry, where it carries another.
  private var expected: JournalSum?
  /// Whether the frame before ends a transaction.
  private var isEnd = false

  init(_ header: JournalHeader) {
    self.header = header
    sum = header.sum
    guard !header.isWhole else { return }
    broken = 0
    expected = header.expected
  }

  /// Takes the next frame.
  ///
  /// - Returns: whether it shows that behind the first frame that is not whole something is lost.
  mutating func losesBefore(_ bytes: RawSpan, at place: Int) -> Bool {
    count += 1
    let written = JournalSum(bytes, at: place + 16)
    let isOurs = bytes.journalSalts(at: place + 8) == header.salts
    let ends = bytes.journalWord(at: place + 4) != 0
    // Frames of an earlier round are left behind those of the present one.
    guard isOurs || broken == nil else {
      (sum, expected, isEnd) = (written, nil, false)
      return false
    }
    let found = carried(on: sum, bytes, place)
    var isNext = isOurs && found == written
    if isOurs, !isNext, let expected { isNext = carried(on: expected, bytes, place) == written }
    let isWhole = isNext && bytes.journalWord(at: place) != 0
    // A whole transaction behind a damaged header, which had reached the disk before; or a frame that was
    // written behind a whole transaction.
    let isLoss = broken == 0 && isNext && ends || broken != nil && isNext && isEnd
    if broken == nil, !isWhole { broken = count }
    // The salts are in no sum: a frame may be right but for them.
    isEnd =
      ends ? isOurs || found == written : broken == count && wasEnd(bytes, place, written)
    (sum, expected) = (written, isNext ? nil : found)
    return isLoss
  }

  /// Whether one changed bit hides that a frame ends a transaction.
  private func wasEnd(_ bytes: RawSpan, _ place: Int, _ written: JournalSum) -> Bool {
    let head = UInt64(
      littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self))
    return (32..<64).contains { bit in
      let other = (head ^ 1 << UInt64(bit)).littleEndian
      return page(on: sum.over(other, isBig: header.isBig), bytes, place) == written
    }
  }

  /// The sum over a frame.
  private func carried(on sum: JournalSum, _ bytes: RawSpan, _ place: Int) -> JournalSum {
    page(on: sum.over(bytes, place..<place + 8, isBig: header.isBig), bytes, place)
  }

  private func page(on sum: JournalSum, _ bytes: RawSpan, _ place: Int) -> JournalSum {
    let start = place + Self.head
    return sum.over(bytes, start..<start + header.pageSize, isBig: header.isBig)
  }
}

/// A journal that is read from its beginning to its end, some frames at a time.
final class JournalFile {
  private let descriptor: Int32

  /// Opens it; nil where there is none.
  init?(_ path: String) throws {
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    if descriptor >= 0 { return }
    if errno == ENOENT { return nil }
    throw Self.unreadable
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private static let unreadable = StoreError.unavailable(
    because: "a journal of the store cannot be read", retryAfterSeconds: 60)

  /// The first place that SQLite would not read, where that loses something; nil else.
  func damage() throws -> (frame: Int, offset: Int)? {
    var start = [UInt8](repeating: 0, count: JournalHeader.size + JournalScan.head)
    // Without a frame there is nothing to lose.
    guard try read(into: &start, at: 0) == start.count else { return nil }
    let header = JournalHeader(unsafe start.span.bytes)
    if header.isWhole { return try damage(header) }
    let salts = unsafe start.span.bytes.journalSalts(at: JournalHeader.size + 8)
    for isBig in [false, true] {
      let found = try damage(header.repaired(salts: salts, isBig: isBig))
      if let found { return found }
    }
    return nil
  }

  private func damage(_ header: JournalHeader) throws -> (frame: Int, offset: Int)? {
    let size = JournalScan.head + header.pageSize
    var frames = [UInt8](repeating: 0, count: max(1, (1 << 20) / size) * size)
    var scan = JournalScan(header)
    var offset = JournalHeader.size
    while true {
      let read = try read(into: &frames, at: offset)
      for place in stride(from: 0, through: read - size, by: size)
      where scan.losesBefore(unsafe frames.span.bytes, at: place) {
        let frame = scan.broken ?? 0
        return (frame, frame == 0 ? 0 : JournalHeader.size + (frame - 1) * size)
      }
      if read < frames.count { return nil }
      offset += read
    }
  }

  /// As many bytes as there are, at most what fits.
  private func read(into bytes: inout [UInt8], at offset: Int) throws -> Int {
    var count = 0
    while count < bytes.count {
      let more = unsafe bytes.withUnsafeMutableBytes { room in
        unsafe pread(
          descriptor, room.baseAddress.map { unsafe $0 + count }, room.count - count,
          off_t(offset + count))
      }
      if more < 0, errno == EINTR { continue }
      guard more >= 0 else { throw Self.unreadable }
      if more == 0 { break }
      count += more
    }
    return count
  }
}
