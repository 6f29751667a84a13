internal import Foundation
public import Pool

/// A batch that waits.
public struct WaitingBatch: Hashable, Sendable {
  /// The sensor's count.
  public var sequence: Int64
  /// Its bytes in the spool.
  public var bytes: Int
}

/// Signed batches that wait to be sent: each in a file of its own, written beside its place, synced
/// and renamed, so that what was put in stays in over any crash and is never half there.
///
/// The spool is bounded. Where it is full the oldest batches make room, and whoever puts in is told
/// which. Sequence numbers are used up before a batch is signed with them, so that no crash makes two
/// batches of one number.
public struct Spool: Sendable {
  /// The folder.
  public let folder: String
  /// The most bytes that wait.
  public let mostBytes: Int

  /// A spool of at most so many bytes.
  ///
  /// - Parameters:
  ///   - folder: where it is; made if it is missing.
  ///   - mostBytes: the bound.
  /// - Throws: `SensorError` where the folder cannot be used.
  public init(folder: String, mostBytes: Int = 64 << 20) throws(SensorError) {
    self.folder = folder
    self.mostBytes = mostBytes
    try DurableFile.makeFolder(folder)
  }

  /// What putting reports in came to.
  public struct Outcome: Hashable, Sendable {
    /// The batches that were made.
    public var added: [WaitingBatch] = []
    /// The batches that made room, and that the pool will never get.
    public var givenUp: [WaitingBatch] = []
  }

  /// Signs reports in batches and lets them wait.
  ///
  /// - Parameters:
  ///   - reports: any number of them.
  ///   - key: the sensor's.
  /// - Returns: the batches, and what had to make room.
  /// - Throws: `SensorError` where they cannot be kept; batches made before that stay.
  public func add(_ reports: [Report], key: SensorKey) throws(SensorError) -> Outcome {
    let lock = try FileLock(folder + "/lock")
    defer { withExtendedLifetime(lock) {} }
    var outcome = Outcome()
    for part in Spool.parts(of: reports) {
      let sequence = try useNumber()
      let signed: SignedBatch
      do { signed = try key.sign(sequence: sequence, reports: part) } catch {
        throw .file(folder, because: "a batch cannot be signed: \(error)")
      }
      let bytes = signed.bytes
      outcome.givenUp += try makeRoom(for: bytes.count)
      try DurableFile.write(bytes, to: path(sequence))
      outcome.added.append(WaitingBatch(sequence: sequence, bytes: bytes.count))
    }
    return outcome
  }

  /// What waits, the oldest first.
  public func waiting() throws(SensorError) -> [WaitingBatch] {
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
      throw .file(folder, because: "the folder cannot be read")
    }
    return names.compactMap { name in
      guard name.hasSuffix(Spool.suffix), let sequence = Int64(name.dropLast(Spool.suffix.count)),
        let facts = try? FileManager.default.attributesOfItem(atPath: folder + "/" + name),
        let size = facts[.size] as? Int
      else { return nil }
      return WaitingBatch(sequence: sequence, bytes: size)
    }.sorted { $0.sequence < $1.sequence }
  }

  /// What travels for a batch that waits; nil where it does not wait any more.
  public func bytes(of batch: WaitingBatch) throws(SensorError) -> [UInt8]? {
    try DurableFile.read(path(batch.sequence), most: PoolLimits.bytesOfBatch + 64)
  }

  /// Takes a batch out: the pool has it, or will never take it.
  public func remove(_ batch: WaitingBatch) throws(SensorError) {
    try DurableFile.remove(path(batch.sequence))
  }

  private static let suffix = ".batch"

  private func path(_ sequence: Int64) -> String {
    let digits = String(sequence)
    return folder + "/" + String(repeating: "0", count: max(0, 19 - digits.count)) + digits
      + Spool.suffix
  }

  /// The next number; it is on disk that it was used before anything is done with it.
  private func useNumber() throws(SensorError) -> Int64 {
    let path = folder + "/sequence"
    let held = try DurableFile.read(path, most: 32)
    var last: Int64 = 0
    if let held {
      let text = String(decoding: held, as: UTF8.self).prefix { $0 != "\n" }
      guard let number = Int64(text), number >= 0, number < .max else {
        throw .file(path, because: "it holds no number")
      }
      last = number
    }
    let next = last + 1
    try DurableFile.write(Array("\(next)\n".utf8), to: path)
    return next
  }

  private func makeRoom(for bytes: Int) throws(SensorError) -> [WaitingBatch] {
    guard bytes <= mostBytes else { throw .beyondBound(bytes: bytes, most: mostBytes) }
    var waiting = try waiting()[...]
    var held = waiting.reduce(0) { $0 + $1.bytes }
    var givenUp: [WaitingBatch] = []
    while held + bytes > mostBytes, let oldest = waiting.popFirst() {
      try remove(oldest)
      held -= oldest.bytes
      givenUp.append(oldest)
    }
    return givenUp
  }

  /// Reports in parts that each fit one batch.
  static func parts(of reports: [Report]) -> [[Report]] {
    // A report has at most about a thousand bytes, so that as many as this fit in any case.
    let most = min(PoolLimits.reportsOfBatch, 1_024)
    return stride(from: 0, to: reports.count, by: most).map { start in
      Array(reports[start..<min(start + most, reports.count)])
    }
  }
}
