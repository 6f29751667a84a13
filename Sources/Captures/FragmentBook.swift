import Observations

/// Brings datagrams together that came in fragments. Bounded in datagrams, bytes, pieces and time of the
/// capture; what is beyond is let go of and said.
///
/// Hosts disagree on which of two fragments counts where both fill one place with different bytes; so no
/// answer is given: such a datagram stays in its fragments, and its contradiction is counted.
final class FragmentBook {
  static let mostDatagrams = 256
  static let mostBytes = 4 << 20
  static let mostPieces = 64
  /// Nanoseconds from a datagram's first fragment.
  static let patience: Int64 = 30_000_000_000
  static let longestDatagram = 65_535

  /// Whose datagram it is (RFC 791, 3.2; RFC 8200, 4.5).
  struct Key: Hashable {
    var source: Address
    var destination: Address
    var identification: UInt32
    var transport: UInt8
  }

  /// A fragment.
  struct Fragment {
    var key: Key
    var time: Int64
    var place: Place
    /// Bytes it covers, as its headers claim.
    var range: Range<Int>
    /// Whether others follow it.
    var more: Bool
    /// Whether it is the first and holds its transport's whole header.
    var hasHeader: Bool
  }

  /// What becomes of a fragment.
  enum Fate: Equatable {
    /// It is told of as it is.
    case alone
    /// It belongs to a datagram that was told of.
    case part
    /// It completed a datagram that was told of by its first fragment.
    case completes
    /// It completed a datagram that nothing was told of: now it is.
    case isDatagram
  }

  private struct Datagram {
    var started: Int64
    var place: Place
    var bytes: [UInt8] = []
    /// What is covered, ascending, no two in touch.
    var have: [Range<Int>] = []
    /// The first byte that was sent but not captured.
    var hole = Int.max
    var total: Int?
    /// Whether its first fragment was told of with its ports.
    var isTold = false
    var hint = ApplicationHint.none
    var isDone = false, isBroken = false
    /// Tells it from an earlier one of the same key.
    var number: UInt64
  }

  private var datagrams: [Key: Datagram] = [:]
  private var order: [(key: Key, number: UInt64)] = []
  private var held = 0
  private var made: UInt64 = 0
  /// Fragments that have no observation of their own.
  private(set) var parts: UInt64 = 0
  /// What was noticed of the fragment taken last.
  private(set) var noticed: [Anomaly] = []
  /// Where datagrams began that were let go of unfinished, since `takeMissed`.
  private var missed: [(anomaly: Anomaly, place: Place)] = []
  /// The datagram completed last, as far as it was captured, and how long it is.
  private(set) var whole: (bytes: [UInt8], total: Int) = ([], 0)
  /// What its first fragment was.
  private(set) var firstHint = ApplicationHint.none

  /// Where datagrams began that were let go of, for their time or for want of room.
  func takeMissed() -> [(anomaly: Anomaly, place: Place)] {
    defer { missed.removeAll(keepingCapacity: true) }
    return missed
  }

  /// Where datagrams began that are unfinished now.
  var unfinished: [Place] {
    datagrams.values.filter { !$0.isDone && !$0.isBroken }.map(\.place).sorted()
  }

  /// Says what the first fragment taken last turned out to be.
  func note(_ hint: ApplicationHint, of key: Key) { datagrams[key]?.hint = hint }

  /// Takes a fragment, of which `payload` was captured.
  func take(_ fragment: Fragment, _ payload: RawSpan) -> Fate {
    noticed.removeAll(keepingCapacity: true)
    expire(fragment.time)
    let range = fragment.range
    let limit = FragmentBook.longestDatagram - (fragment.key.source.isIPv4 ? 20 : 0)
    guard range.upperBound <= limit else {
      noticed.append(.fragmentBeyondLimit)
      abandon(fragment.key)
      return .alone
    }
    if range.isEmpty || fragment.more && range.count % 8 != 0 { noticed.append(.fragmentMalformed) }
    if range.isEmpty { return .alone }
    if fragment.more, range.lowerBound == 0, !fragment.hasHeader { noticed.append(.fragmentTiny) }
    return add(fragment, payload)
  }

  private func add(_ fragment: Fragment, _ payload: RawSpan) -> Fate {
    let (key, isFirst) = (fragment.key, fragment.range.lowerBound == 0)
    var datagram = datagrams.removeValue(forKey: key) ?? begin(fragment)
    held -= datagram.bytes.count
    // Numbers come round: a first fragment behind a finished datagram begins another.
    if datagram.isDone, isFirst { datagram = begin(fragment) }
    if datagram.isDone || datagram.isBroken {
      datagrams[key] = datagram
      if datagram.isDone { parts += 1 }
      return datagram.isDone ? .part : .alone
    }
    if let trouble = insert(fragment, payload, into: &datagram) {
      noticed.append(trouble)
      datagram.isBroken = true
      (datagram.bytes, datagram.have) = ([], [])
      datagrams[key] = datagram
      return .alone
    }
    var fate = Fate.alone
    if let total = datagram.total, datagram.have == [0..<total] {
      fate = datagram.isTold ? .completes : .isDatagram
      whole = (Array(datagram.bytes.prefix(min(total, datagram.hole))), total)
      firstHint = datagram.hint
      datagram.isDone = true
      (datagram.bytes, datagram.have) = ([], [])
    } else if datagram.isTold, !isFirst {
      fate = .part
      parts += 1
    }
    if isFirst, fragment.hasHeader { datagram.isTold = true }
    held += datagram.bytes.count
    datagrams[key] = datagram
    makeRoom(but: key)
    return fate
  }

  private func begin(_ fragment: Fragment) -> Datagram {
    made += 1
    order.append((fragment.key, made))
    if order.count > 4 * FragmentBook.mostDatagrams {
      order.removeAll { $0.number != made && datagrams[$0.key]?.number != $0.number }
    }
    return Datagram(started: fragment.time, place: fragment.place, number: made)
  }

  /// Puts a fragment's bytes where they belong; what is wrong where they cannot.
  private func insert(
    _ fragment: Fragment, _ payload: RawSpan, into datagram: inout Datagram
  ) -> Anomaly? {
    let range = fragment.range
    let farthest = datagram.have.last?.upperBound ?? 0
    if let total = datagram.total {
      guard range.upperBound <= total, fragment.more || range.upperBound == total else {
        return .fragmentEndContradicted
      }
    } else if !fragment.more {
      guard range.upperBound >= farthest else { return .fragmentEndContradicted }
    }
    if !fragment.more { datagram.total = range.upperBound }
    let captured = range.lowerBound..<min(range.upperBound, range.lowerBound + payload.byteCount)
    for known in datagram.have where known.overlaps(range) {
      let common = known.clamped(to: captured)
      for at in common where at < datagram.hole {
        if datagram.bytes[at] != payload.u8(at - range.lowerBound) { return .fragmentsDisagree }
      }
      // The same again is a copy.
      if !(known.lowerBound <= range.lowerBound && known.upperBound >= range.upperBound) {
        if !noticed.contains(.fragmentsOverlap) { noticed.append(.fragmentsOverlap) }
      }
    }
    if captured.upperBound < range.upperBound {
      datagram.hole = min(datagram.hole, captured.upperBound)
    }
    if datagram.bytes.count < range.upperBound {
      datagram.bytes += [UInt8](repeating: 0, count: range.upperBound - datagram.bytes.count)
    }
    unsafe payload.extracting(0..<captured.count).withUnsafeBytes {
      unsafe datagram.bytes.replaceSubrange(captured, with: $0)
    }
    cover(range, &datagram)
    return datagram.have.count > FragmentBook.mostPieces ? .fragmentsBeyondBound : nil
  }

  private func cover(_ range: Range<Int>, _ datagram: inout Datagram) {
    var (low, high) = (range.lowerBound, range.upperBound)
    datagram.have.removeAll { known in
      guard known.lowerBound <= high, known.upperBound >= low else { return false }
      (low, high) = (min(low, known.lowerBound), max(high, known.upperBound))
      return true
    }
    let place = datagram.have.firstIndex { $0.lowerBound > low } ?? datagram.have.count
    datagram.have.insert(low..<high, at: place)
  }

  private func abandon(_ key: Key) {
    guard var datagram = datagrams[key], !datagram.isDone else { return }
    held -= datagram.bytes.count
    datagram.isBroken = true
    (datagram.bytes, datagram.have) = ([], [])
    datagrams[key] = datagram
  }

  /// Lets go of what began too long before (or, by a clock that was set, after) now.
  private func expire(_ now: Int64) {
    var count = 0
    for (key, number) in order {
      if let datagram = datagrams[key], datagram.number == number {
        let age = now.subtractingReportingOverflow(datagram.started)
        guard age.overflow || age.partialValue.magnitude > FragmentBook.patience.magnitude else {
          break
        }
        drop(key, as: .fragmentsMissing)
      }
      count += 1
    }
    if count > 0 { order.removeFirst(count) }
  }

  private func makeRoom(but newest: Key) {
    var count = 0
    while datagrams.count > FragmentBook.mostDatagrams || held > FragmentBook.mostBytes,
      count < order.count
    {
      let (key, number) = order[count]
      if key != newest, datagrams[key]?.number == number { drop(key, as: .fragmentsBeyondBound) }
      count += 1
    }
    // The newest stays in order, for it stays in the book.
    if count > 0 {
      let kept = order[..<count].filter { datagrams[$0.key]?.number == $0.number }
      order.replaceSubrange(..<count, with: kept)
    }
  }

  private func drop(_ key: Key, as anomaly: Anomaly) {
    guard let datagram = datagrams.removeValue(forKey: key) else { return }
    held -= datagram.bytes.count
    if !datagram.isDone, !datagram.isBroken { missed.append((anomaly, datagram.place)) }
  }
}
