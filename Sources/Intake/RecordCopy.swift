internal import Captures
public import Observations

/// Copies chosen records of evidence: packets into one pcapng, or lines as they are.
public final class RecordCopy {
  /// What is to become of a packet.
  public enum Choice: Equatable, Sendable {
    /// It is not wanted.
    case leave
    /// It is; with a comment, or without.
    case take(comment: String?)
  }

  /// Packets or lines copied.
  public private(set) var count: UInt64 = 0
  /// Packets that were wanted, of links that pcapng has no number for.
  public private(set) var unwritable: UInt64 = 0

  private var writer = PcapngWriter()
  private let write: ([UInt8]) throws -> Void
  private var failure: (any Error)?

  /// A copy that holds nothing.
  ///
  /// - Parameter write: takes the bytes, piece by piece.
  public init(write: @escaping ([UInt8]) throws -> Void) { self.write = write }

  /// Writes a pcapng's beginning.
  ///
  /// - Parameters:
  ///   - comment: on the whole.
  ///   - application: who writes it.
  /// - Throws: what writing throws.
  public func begin(comment: String, application: String) throws {
    try write(writer.section(comment: comment, application: application))
  }

  /// Copies packets of a capture.
  ///
  /// - Parameters:
  ///   - file: the capture.
  ///   - opened: the evidence it belongs to.
  ///   - choose: asked of each packet that was decoded: what it says, and its number.
  /// - Throws: what writing throws.
  public func packets(
    of file: EvidenceFile, in opened: OpenedEvidence,
    choose: @escaping (Observation, PacketDetails, UInt64) -> Choice
  ) throws {
    let tap = PacketTap { [self] packet, observation, details in
      guard failure == nil, let observation, let details,
        case .take(let comment) = choose(observation, details, packet.record)
      else { return }
      guard let bytes = writer.packet(packet, from: file.path, comment: comment) else {
        unwritable += 1
        return
      }
      put(bytes)
    }
    guard let stream = opened.stream(file, tap: tap) else { return }
    try read(stream)
  }

  /// Copies lines of a log.
  ///
  /// - Parameters:
  ///   - file: the log.
  ///   - opened: the evidence it belongs to.
  ///   - choose: asked of each packet that a line tells of.
  /// - Throws: what writing throws.
  public func lines(
    of file: EvidenceFile, in opened: OpenedEvidence, choose: @escaping (Observation) -> Bool
  ) throws {
    guard let stream = opened.stream(file) else { return }
    var last: UInt64?
    stream.onRead { [self] line, offset, observation in
      // A line may tell of a packet and of the answer to it.
      guard failure == nil, offset != last, choose(observation) else { return }
      last = offset
      put(unsafe line.withUnsafeBytes { unsafe Array($0) } + [0x0a])
    }
    try read(stream)
  }

  private func put(_ bytes: [UInt8]) {
    do {
      try write(bytes)
      count += 1
    } catch { failure = error }
  }

  private func read(_ stream: EvidenceStream) throws {
    let batch = ObservationBatch()
    var more = true
    while more, failure == nil {
      batch.removeAll()
      more = stream.fill(batch)
    }
    if let failure { throw failure }
  }
}
