internal import Detection
internal import Dispatch
internal import Observations
internal import Synchronization

/// Runs one stream through the detectors: a reader and the pair memory on the calling thread, the
/// books on as many workers as asked.
///
/// Batches go round in a ring. Every worker sees every batch in order and books only its own
/// shards; the reader fills a batch again when all workers are through with it. The outcome is the
/// same for any number of workers, none included.
struct Pipeline {
  /// Batches in the ring.
  static let ringSize = 16

  /// Fills a batch; false when nothing more comes.
  typealias Fill = (ObservationBatch) -> Bool

  /// Feeds a detector until `fill` says that nothing more comes.
  ///
  /// Where reading is the longer half (text), the pair memory goes to the worker's side, as long as
  /// there is one worker only.
  static func run(
    _ detector: StreamDetector, threads: Int, readingIsLong: Bool = false, fill: Fill
  ) {
    if threads <= 1 {
      let worker = StreamDetector.Worker(number: 0, count: 1)
      let batch = ObservationBatch()
      var more = true
      while more {
        batch.removeAll()
        more = fill(batch)
        detector.annotate(batch)
        detector.consume(batch, worker: worker)
      }
      return
    }
    let workers = min(threads - 1, Bounds.shards)
    let annotates = readingIsLong && workers == 1
    let ring = Ring(workers: workers, detector: detector, annotates: annotates)
    var more = true
    while more {
      let batch = ring.next()
      more = fill(batch)
      if !annotates { detector.annotate(batch) }
      ring.publish()
    }
    ring.close()
  }
}

/// The ring between the reader and the workers.
private final class Ring: @unchecked Sendable {
  private let batches: [ObservationBatch]
  private let ready: [DispatchSemaphore]
  private let done: [DispatchSemaphore]
  private let finished = DispatchGroup()
  private var filled = 0
  /// How many batches there will have been; known at the end only.
  private let end = Atomic<Int>(.max)

  init(workers: Int, detector: StreamDetector, annotates: Bool) {
    batches = (0..<Pipeline.ringSize).map { _ in ObservationBatch() }
    ready = (0..<workers).map { _ in DispatchSemaphore(value: 0) }
    done = (0..<workers).map { _ in DispatchSemaphore(value: 0) }
    for number in 0..<workers {
      // A serial queue of its own is a thread of its own, however few cores there are.
      DispatchQueue(label: "culprit.worker.\(number)").async(group: finished) { [self] in
        let worker = StreamDetector.Worker(number: number, count: workers)
        var at = 0
        while true {
          ready[number].wait()
          if at == end.load(ordering: .acquiring) { break }
          if annotates { detector.annotate(batches[at % Pipeline.ringSize]) }
          detector.consume(batches[at % Pipeline.ringSize], worker: worker)
          done[number].signal()
          at += 1
        }
      }
    }
  }

  /// An empty batch that no worker uses any more.
  func next() -> ObservationBatch {
    if filled >= Pipeline.ringSize { for semaphore in done { semaphore.wait() } }
    let batch = batches[filled % Pipeline.ringSize]
    batch.removeAll()
    return batch
  }

  /// Hands the batch of the last `next` to the workers.
  func publish() {
    filled += 1
    for semaphore in ready { semaphore.signal() }
  }

  /// Waits until the workers have booked everything.
  func close() {
    end.store(filled, ordering: .releasing)
    for semaphore in ready { semaphore.signal() }
    finished.wait()
  }
}
