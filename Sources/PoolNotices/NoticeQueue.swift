public import Observations
public import Pool

/// Notices on their way: kept in files until they are delivered, at most so many, at most so long.
///
/// Each destination has its own line. What cannot be delivered is tried again after a minute, then two,
/// four, up to an hour; after a day it is given up, and counted as lost. What waits is delivered together,
/// up to a hundred at once. A notice may be delivered twice if the program ends between the delivery and
/// its note: its identity tells.
public actor NoticeQueue: NoticeTaker {
  /// The most notices that wait for a destination; further ones are lost, and counted.
  public static let mostWaiting = 1_000
  /// After so many seconds a notice is given up.
  public static let secondsToKeep: Int64 = 86_400
  /// The first pause after a failure, in seconds.
  public static let firstPause: Int64 = 60
  /// The longest.
  public static let longestPause: Int64 = 3_600

  /// What waits for a destination.
  private struct Line {
    var destination: any NoticeDestination
    var parcels: [Parcel] = []
    var next: Int64 = 1
    var notBefore = Timestamp(seconds: 0)
    var pause = NoticeQueue.firstPause
    var delivered = 0
    var lost = 0
    var because: String?
    var isBusy = false

    var waiting: Int { parcels.reduce(0) { $0 + $1.notices.count } }
  }

  private let folder: NoticeFolder
  private let clock: @Sendable () -> Timestamp
  private var lines: [Line]
  private var told: [String]
  private var toldSet: Set<String>

  /// A queue with what waits in its folder.
  ///
  /// - Parameters:
  ///   - folder: where notices wait; made if need be. One program at a time uses it.
  ///   - destinations: where they go, with names that differ.
  ///   - clock: tells the present time.
  /// - Throws: `DeliveryError` where the folder cannot be made or read.
  public init(
    folder: String, destinations: [any NoticeDestination],
    clock: @escaping @Sendable () -> Timestamp
  ) throws(DeliveryError) {
    let place = try NoticeFolder(folder)
    var lines: [Line] = []
    for destination in destinations {
      var line = Line(destination: destination)
      line.parcels = try place.waiting(for: destination.name)
      line.next = (line.parcels.last?.number ?? 0) + 1
      lines.append(line)
    }
    self.folder = place
    self.clock = clock
    self.lines = lines
    told = place.told()
    toldSet = Set(told)
  }

  /// Takes notices over; see `NoticeTaker`.
  public func take(_ notices: [Notice]) {
    var fresh: [Notice] = []
    for notice in notices where toldSet.insert(notice.identity).inserted { fresh.append(notice) }
    guard !fresh.isEmpty else { return }
    for index in lines.indices { take(fresh, index) }
    told += fresh.map(\.identity)
    if told.count > NoticeFolder.mostTold {
      for old in told.prefix(told.count - NoticeFolder.mostTold) { toldSet.remove(old) }
      told.removeFirst(told.count - NoticeFolder.mostTold)
    }
    // Should it not be kept, some may be told again after a restart.
    try? folder.write(told: told)
  }

  private func take(_ notices: [Notice], _ index: Int) {
    let kinds = lines[index].destination.kinds
    let wanted = notices.filter { kinds.contains($0.kind) }
    let room = max(0, NoticeQueue.mostWaiting - lines[index].waiting)
    lines[index].lost += max(0, wanted.count - room)
    var rest = wanted.prefix(room)
    while !rest.isEmpty {
      let parcel = Parcel(
        number: lines[index].next, since: clock(),
        notices: Array(rest.prefix(NoticeFolder.mostOfParcel)))
      rest = rest.dropFirst(NoticeFolder.mostOfParcel)
      lines[index].next += 1
      lines[index].parcels.append(parcel)
      do { try folder.write(parcel, for: lines[index].destination.name) } catch {
        // It is delivered all the same, unless the program ends before.
        lines[index].because = error.description
      }
    }
  }

  /// What became of them, in order of the destinations.
  public func tally() -> [NoticeTally] {
    lines.map {
      NoticeTally(
        destination: $0.destination.name, waiting: $0.waiting, delivered: $0.delivered,
        lost: $0.lost, because: $0.parcels.isEmpty ? nil : $0.because)
    }
  }

  /// Delivers what is due, to each destination once; those that are waited for do not keep the others.
  public func deliver() async {
    await withDiscardingTaskGroup { group in
      for index in lines.indices { group.addTask { await self.deliver(index) } }
    }
  }

  /// Delivers again and again, until it is cancelled.
  ///
  /// - Parameter wait: waits for a few seconds.
  public func run(wait: @escaping @Sendable () async -> Void) async {
    await withDiscardingTaskGroup { group in
      for index in lines.indices {
        group.addTask {
          while !Task.isCancelled {
            await self.deliver(index)
            await wait()
          }
        }
      }
    }
  }

  private func deliver(_ index: Int) async {
    let now = clock()
    giveUp(index, at: now)
    guard !lines[index].isBusy, !lines[index].parcels.isEmpty, now >= lines[index].notBefore
    else { return }
    var parcels: [Parcel] = []
    for parcel in lines[index].parcels {
      let count = parcels.reduce(0) { $0 + $1.notices.count } + parcel.notices.count
      guard count <= NoticeFolder.mostOfParcel else { break }
      parcels.append(parcel)
    }
    let destination = lines[index].destination
    lines[index].isBusy = true
    defer { lines[index].isBusy = false }
    do {
      try await destination.deliver(parcels.flatMap(\.notices))
      lines[index].delivered += parcels.reduce(0) { $0 + $1.notices.count }
      lines[index].pause = NoticeQueue.firstPause
      lines[index].notBefore = clock().later(destination.secondsBetween)
      lines[index].because = nil
      drop(parcels, index)
    } catch {
      lines[index].because = error.description
      lines[index].notBefore = clock().later(lines[index].pause)
      lines[index].pause = min(NoticeQueue.longestPause, lines[index].pause * 2)
    }
  }

  /// Counts as lost what has waited for too long.
  private func giveUp(_ index: Int, at now: Timestamp) {
    guard !lines[index].isBusy else { return }
    let old = lines[index].parcels.filter {
      now.wholeSeconds - $0.since.wholeSeconds >= NoticeQueue.secondsToKeep
    }
    guard !old.isEmpty else { return }
    lines[index].lost += old.reduce(0) { $0 + $1.notices.count }
    drop(old, index)
  }

  private func drop(_ parcels: [Parcel], _ index: Int) {
    let numbers = Set(parcels.map(\.number))
    lines[index].parcels.removeAll { numbers.contains($0.number) }
    for parcel in parcels {
      // A file that stays is delivered again after a restart, which is better than not at all.
      try? folder.remove(parcel, of: lines[index].destination.name)
    }
  }
}

extension Timestamp {
  func later(_ seconds: Int64) -> Timestamp { Timestamp(seconds: wholeSeconds + seconds) }
}
