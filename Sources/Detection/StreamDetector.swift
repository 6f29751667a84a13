public import Observations

/// The detectors over one stream: a capture, a log, or a set of files that are one.
///
/// `annotate` runs on one thread, in the order of the evidence; `consume` then on as many threads as there are workers,
/// each for its own shards, batch after batch in the same order. What comes out does not depend on how many there are.
public final class StreamDetector: @unchecked Sendable {
  private var memory = PairMemory()
  private let books: Books
  private var census = EndpointCensus()
  private var stations = StationBook()
  private var health = ServerHealth()
  private var copies = PacketCopies()
  private let findsCopies: Bool
  private var names = NameBook()
  private var first = Int64.max
  private var last = Int64.min

  /// Empty books.
  ///
  /// - Parameters:
  ///   - seed: moves entries about in tables, against chosen addresses; no result depends on it.
  ///   - findsCopies: packets that are there twice are booked once; for captures.
  public init(seed: UInt64, findsCopies: Bool = false) {
    books = Books(seed: seed)
    self.findsCopies = findsCopies
  }

  /// The front stage: writes how each observation's addresses had met before. One thread.
  public func annotate(_ batch: ObservationBatch) {
    // The link's own book counts frames, copies among them.
    if batch.count > 0, batch.details[0].sender != 0 || stations.isUseful {
      stations.observe(batch)
    }
    if findsCopies { copies.remove(from: batch) }
    memory.annotate(batch)
    census.observe(batch)
    health.observe(batch)
    if batch.sightingCount > 0 { names.observe(batch) }
    var (earliest, latest) = (first, last)
    for i in 0..<batch.count where !batch.observations[i].marks.contains(.timeUncertain) {
      earliest = min(earliest, batch.observations[i].time)
      latest = max(latest, batch.observations[i].time)
    }
    (first, last) = (earliest, latest)
  }

  /// A worker's share of an annotated batch.
  public func consume(_ batch: ObservationBatch, worker: Worker) {
    books.consume(batch, worker: worker.number, of: worker.count, scratch: worker.scratch)
  }

  /// One of the threads that share the shards.
  public final class Worker: @unchecked Sendable {
    let number: Int
    let count: Int
    let scratch = Scratch()

    /// Worker `number` of `count`: shards are dealt out in turn.
    public init(number: Int, count: Int) {
      self.number = number
      self.count = count
    }
  }

  /// Judges the books, on as many threads as said. Call once, after every worker is through.
  public func finish(_ facts: StreamFacts, threads: Int = 1) -> StreamResult {
    guard first <= last else { return StreamResult(facts: facts) }
    var finishing = Finishing(
      books: books, link: LinkView(stations, health), facts: facts, span: first...last)
    finishing.result.hub = census.hub
    finishing.run(threads: threads)
    finishing.result.copies = copies.tally
    finishing.result.names = names
    if memory.endedEarly > 0 {
      finishing.result.limits.append(
        "\(facts.path): so many pairs at once that contacts were remembered for less than a minute "
          + "(\(memory.endedEarly) times)")
    }
    return finishing.result
  }
}

/// Which address most packets have in common: the hub of a border's or a host's capture.
///
/// Misra and Gries' frequent items over every 32nd packet's two ends, 16 counters.
struct EndpointCensus {
  private var addresses = [Address](repeating: .unspecified, count: 16)
  private var counts = [UInt64](repeating: 0, count: 16)
  private var sampled: UInt64 = 0
  private var seen: UInt64 = 0

  mutating func observe(_ batch: ObservationBatch) {
    // The first 4,096 packets all count, so that a small capture has a hub.
    let stride = seen < 4_096 ? 1 : 32
    seen &+= UInt64(batch.count)
    var i = 0
    while i < batch.count {
      let marks = batch.observations[i].marks
      if marks.isDisjoint(with: [.broadcast, .multicast, .visit]) {
        sampled &+= 1
        note(batch.observations[i].source)
        note(batch.observations[i].destination)
      }
      i += stride
    }
  }

  private mutating func note(_ address: Address) {
    var free: Int?
    for k in 0..<16 {
      if counts[k] == 0 {
        free = k
      } else if addresses[k] == address {
        counts[k] &+= 1
        return
      }
    }
    if let free {
      addresses[free] = address
      counts[free] = 1
    } else {
      for k in 0..<16 { counts[k] &-= 1 }
    }
  }

  /// The address that surely has a part in more than half of the sampled packets.
  var hub: Address? {
    guard sampled >= 16, let best = (0..<16).max(by: { counts[$0] < counts[$1] }) else {
      return nil
    }
    return counts[best] * 2 > sampled ? addresses[best] : nil
  }
}
