internal import Observations

/// What many sources of one stream do alike, noted source by source while the stream is finished.
struct RepeatTally: Sendable {
  /// Answers from one port that nobody was seen to ask for.
  struct Reflectors: Sendable {
    var sources = 0
    var packets: UInt64 = 0
    var first = Int64.max, last = Int64.min
    /// Of those with full books.
    var bytes: UInt64 = 0, followed: UInt64 = 0
    var receivers: Set<UInt32> = []
    var ports: Set<UInt16> = []
  }

  /// First bytes that several sources send to one service.
  struct Content: Hashable, Comparable {
    var transport: UInt8
    var port: UInt16
    var payloadLength: UInt16
    var payloadKey: UInt32

    private var order: (UInt8, UInt16, UInt16, UInt32) {
      (transport, port, payloadLength, payloadKey)
    }
    static func < (a: Content, b: Content) -> Bool { a.order < b.order }
  }

  struct Spread: Sendable {
    var sources = 0
    var targets: Set<UInt32> = []
    var packets = 0
  }

  struct Loop: Sendable {
    var subject: Address
    var loop: PacketLoop
    var target: UInt32
  }

  var reflectors: [UInt32: Reflectors] = [:]
  var contents: [Content: Spread] = [:]
  var loops: [Loop] = []

  /// Bounds of a shard: ports, contents, sources whose receivers are looked at, members of a set, loops.
  static let ports = 4_096, most = 8_192, looked = 4_096, members = 256, loopsKept = 16

  /// Adds what the sources of another shard do alike.
  mutating func append(_ other: RepeatTally) {
    reflectors.merge(other.reflectors) { mine, theirs in
      var sum = mine
      sum.sources += theirs.sources
      sum.packets += theirs.packets
      sum.first = min(mine.first, theirs.first)
      sum.last = max(mine.last, theirs.last)
      sum.bytes += theirs.bytes
      sum.followed += theirs.followed
      sum.receivers.formUnion(theirs.receivers)
      sum.ports.formUnion(theirs.ports)
      return sum
    }
    contents.merge(other.contents) { mine, theirs in
      var sum = mine
      sum.sources += theirs.sources
      sum.packets += theirs.packets
      sum.targets.formUnion(theirs.targets)
      return sum
    }
    loops += other.loops.prefix(RepeatTally.loopsKept - min(RepeatTally.loopsKept, loops.count))
  }
}

extension Finishing {
  /// Notes what a source has in common with others.
  mutating func noteRepeats(_ subject: Address, _ entries: [Entry]) {
    guard facts.isCapture else { return }
    for entry in entries {
      let key = entry.service.key
      if key.kind == ServiceKey.Kind.unasked, key.transport.hasPorts { noteReflector(entry) }
      guard entry.service.profile != 0 else { continue }
      let profile = books.profiles[Int(entry.service.profile)]
      guard profile.traceCount > 0 else { continue }
      if profile.traceCount >= UInt32(PacketLoop.rungs) { noteLoop(subject, entry, profile) }
      if key.kind == ServiceKey.Kind.attempt, profile.answered * 2 < profile.targets {
        noteContent(entry, profile)
      }
    }
  }

  private mutating func noteReflector(_ entry: Entry) {
    let key = UInt32(entry.service.key.transport.rawValue) << 16 | UInt32(entry.service.key.port)
    guard
      result.repeats.reflectors[key] != nil || result.repeats.reflectors.count < RepeatTally.ports
    else { return }
    var found = result.repeats.reflectors[key] ?? RepeatTally.Reflectors()
    result.repeats.reflectors[key] = nil
    found.sources += 1
    found.packets += UInt64(entry.service.packets)
    found.first = min(found.first, entry.service.first)
    found.last = max(found.last, entry.service.last)
    if found.sources <= RepeatTally.looked {
      if found.receivers.count < RepeatTally.members, entry.service.distinct <= 4 {
        found.receivers.formUnion(books.sets.members(entry.service.targets) ?? [])
      } else if entry.service.distinct > 4 {
        found.receivers.formUnion((books.sets.members(entry.service.targets) ?? []).prefix(64))
      }
      if entry.service.profile != 0 {
        let profile = books.profiles[Int(entry.service.profile)]
        found.bytes += profile.bytes
        found.followed += UInt64(profile.packets)
        if profile.traceHead != 0 {
          let chunk = books.traces[Bounds.place(entry.shard, Int(profile.traceHead))]
          for k in 0..<Int(chunk.count) { found.ports.insert(chunk.packets[k].destinationPort) }
        }
      }
    }
    result.repeats.reflectors[key] = found
  }

  private mutating func noteLoop(_ subject: Address, _ entry: Entry, _ profile: Profile) {
    guard result.repeats.loops.count < RepeatTally.loopsKept else { return }
    // Of one packet only as many are needed as a chunk holds: a look at the first says enough.
    let chunk = books.traces[Bounds.place(entry.shard, Int(profile.traceHead))]
    var alike = 0
    for k in 1..<max(1, Int(chunk.count))
    where chunk.packets[k].identification == chunk.packets[k - 1].identification
      && chunk.packets[k].identification != 0
    {
      alike += 1
    }
    guard alike >= PacketLoop.rungs - 1 else { return }
    let packets = trace(profile, entry.shard)
    if let loop = PacketLoop(packets) {
      result.repeats.loops.append(
        RepeatTally.Loop(subject: subject, loop: loop, target: packets.first?.target ?? 0))
    }
  }

  private mutating func noteContent(_ entry: Entry, _ profile: Profile) {
    let chunk = books.traces[Bounds.place(entry.shard, Int(profile.traceHead))]
    var counts: [RepeatTally.Content: Int] = [:]
    var targets: [RepeatTally.Content: Set<UInt32>] = [:]
    for k in 0..<Int(chunk.count) {
      let packet = chunk.packets[k]
      guard packet.isCaptured, packet.payloadKey != 0, packet.payloadLength >= 4 else { continue }
      let content = RepeatTally.Content(
        transport: packet.transport, port: entry.service.key.port,
        payloadLength: packet.payloadLength, payloadKey: packet.payloadKey)
      counts[content, default: 0] += 1
      targets[content, default: []].insert(packet.target)
    }
    for (content, count) in counts.sorted(by: { $0.key < $1.key }) {
      guard
        result.repeats.contents[content] != nil || result.repeats.contents.count < RepeatTally.most
      else { continue }
      result.repeats.contents[content, default: RepeatTally.Spread()].sources += 1
      result.repeats.contents[content]?.packets += count
      if (result.repeats.contents[content]?.targets.count ?? 0) < RepeatTally.members {
        result.repeats.contents[content]?.targets.formUnion(targets[content] ?? [])
      }
    }
  }
}
