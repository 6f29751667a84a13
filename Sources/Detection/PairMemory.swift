internal import Observations

/// Who contacted whom, lately: the only place where two addresses meet.
///
/// One touch of the unordered pair answers whether the other side had sent before (solicited), whether this is a retry, a
/// reply, or a lookup after a failed reverse query. Two generations of linear probing with 16-byte
/// entries; a generation ends after 2³⁶ ns (69 s) and the old one is forgotten, so that an entry
/// lives 69 to 137 s. A table that fills up ends its generation early, and the next is twice as
/// large; at the memory bound the window shrinks, which `endedEarly` counts. Probing is bounded, so
/// that chosen addresses cannot slow it down.
struct PairMemory: ~Copyable {
  /// How long a contact counts as recent: 60 s in ticks.
  static let window: UInt16 = 3_576
  /// How long the same packet again counts as a retry: 5 s in ticks.
  static let retryWindow: UInt16 = 298
  private static let minimumBits = 10
  private static let firstBits = 16
  private static let maximumBits = 20
  private static let longestProbe = 48
  /// A generation is 2³⁶ ns; their borders lie on the absolute clock, so that results do not depend
  /// on where the evidence begins.
  private static let generationShift: Int64 = 36

  struct Entry: BitwiseCopyable {
    var tag: UInt32
    /// When each side last sent and what it addressed: the lower half belongs to the lower address. Halves are
    /// taken by shifts, because which side sends is a toss that no branch predictor wins.
    var ticks: UInt32
    var ports: UInt32
    var flags: UInt16
    var nameTick: UInt16
  }

  /// Flags come in twos: bit n for the lower address of the pair, n + 1 for the higher.
  private enum Flag {
    static let seen: UInt16 = 1 << 0
    static let answered: UInt16 = 1 << 2
    static let nameAsked: UInt16 = 1 << 4
    static let reverseFailed: UInt16 = 1 << 6
    static let opened: UInt16 = 1 << 8
    /// Transport of the last question: 2 bits a side at 10 and 12.
    static let transportShift: UInt16 = 10
  }

  private var current: Slab<Entry>
  private var old: Slab<Entry>
  private var currentBits = PairMemory.firstBits
  private var oldBits = PairMemory.firstBits
  private var currentCount = 0
  /// The pairs of the 64 observations at hand.
  private let spreads = Slab<UInt64>(capacity: 64)
  private let destinations = Slab<UInt64>(capacity: 64)
  private var generationEnds: Int64 = .min
  /// Generations ended by the memory bound rather than by time.
  private(set) var endedEarly: UInt64 = 0
  private var resolved = ResolvedMemory()
  /// Who had asked everybody (broadcast, multicast) at which port: the answers come to it alone.
  private var askedAll = ResolvedMemory()

  init() {
    current = Slab(capacity: 1 << PairMemory.maximumBits, isDense: true)
    old = Slab(capacity: 1 << PairMemory.maximumBits, isDense: true)
  }

  /// Writes `contact`, `lags` and `hashes` of every observation and collects first replies in `answers`.
  mutating func annotate(_ batch: ObservationBatch) {
    let count = batch.count
    guard count > 0 else { return }
    let resolutions = batch.resolutionCount
    for k in 0..<resolutions where batch.resolutions[k].kind == .forwardAnswered {
      resolved.prefetch(
        client: Mixing.hash(batch.resolutions[k].client),
        address: Mixing.hash(batch.resolutions[k].address))
    }
    var start = 0
    var resolution = 0
    while start < count {
      let end = min(start + 64, count)
      for i in start..<end {
        let source = Mixing.hash(batch.observations[i].source)
        let destination = Mixing.hash(batch.observations[i].destination)
        let pair = source ^ destination
        batch.hashes[i] = source
        let spread = PairMemory.spread(pair)
        spreads[i & 63] = spread
        destinations[i & 63] = destination
        current.prefetch(home(spread, bits: currentBits))
      }
      // Only pairs that are not where they would be now are looked for in the old generation, and asked
      // for in the names.
      for i in start..<end {
        let spread = spreads[i & 63]
        let tag = current[home(spread, bits: currentBits)].tag
        let isHome = tag == UInt32(truncatingIfNeeded: spread) | 1
        old.prefetch(isHome ? 0 : home(spread, bits: oldBits))
        resolved.prefetch(client: batch.hashes[i], address: destinations[i & 63], unless: isHome)
      }
      for i in start..<end {
        while resolution < resolutions, batch.resolutions[resolution].index < i {
          learn(batch, resolution)
          resolution += 1
        }
        annotate(batch, i)
      }
      start = end
    }
    while resolution < batch.resolutionCount {
      learn(batch, resolution)
      resolution += 1
    }
  }

  @inline(__always)
  private static func spread(_ pair: UInt64) -> UInt64 { pair &* 0x9e37_79b9_7f4a_7c15 }

  @inline(__always)
  private func home(_ hash: UInt64, bits: Int) -> Int {
    Int(truncatingIfNeeded: hash &>> UInt64(truncatingIfNeeded: 64 &- bits))
  }

  @inline(__always)
  private static func tick(_ time: Int64) -> UInt16 {
    UInt16(truncatingIfNeeded: time >> 24)
  }

  @inline(__always)
  private static func side(_ transport: Transport) -> UInt16 {
    (transport == .tcp ? 1 : 0) | (transport == .udp ? 2 : 0) | (isICMP(transport) ? 3 : 0)
  }

  @inline(__always)
  private static func isICMP(_ transport: Transport) -> Bool {
    (transport == .icmp) != (transport == .icmpv6)
  }

  /// 1 where it holds: for sums in place of branches.
  @inline(__always)
  private static func bit(_ condition: Bool) -> UInt16 { condition ? 1 : 0 }

  @inline(__always)
  private mutating func annotate(_ batch: ObservationBatch, _ i: Int) {
    let o = batch.observations[i]
    let marks = o.marks
    let transport = o.transport
    guard marks.isDisjoint(with: [.broadcast, .multicast, .visit, .veiled]), transport != .arp
    else {
      askAll(o)
      return
    }
    let time = o.time
    if time >= generationEnds { turn(time) }
    let source = o.source
    let destination = o.destination
    let hash = spreads[i & 63]
    let now = PairMemory.tick(time)
    let slot = locate(hash, now)
    let mine: UInt16 = source < destination ? 0 : 1
    let theirs = 1 &- mine
    var entry = current[slot]
    var contact = Contact(rawValue: 0)
    var lags = Lags(solicited: 0, reverseFailed: 0, retry: 0)
    let flags = entry.flags
    let port = question(o)
    let kind = PairMemory.side(transport)

    let myShift = UInt32(mine) &* 16
    let theirShift = 16 &- myShift
    let theirPort = UInt16(truncatingIfNeeded: entry.ports &>> theirShift)
    let hint = o.hint
    let isLookup = hint.isNameLookup

    let age = now &- UInt16(truncatingIfNeeded: entry.ticks &>> theirShift)
    let hadSeen = flags &>> theirs & 1
    let solicited = hadSeen & PairMemory.bit(age <= PairMemory.window)
    lags.solicited = age & (0 &- solicited)
    var met = solicited | (hadSeen & flags &>> (8 &+ theirs)) &<< 3
    let theirKind = (flags &>> (Flag.transportShift &+ 2 &* theirs)) & 3
    let replies =
      solicited & PairMemory.bit(theirKind == kind) != 0 && isReply(o, to: theirPort, hint: hint)
    if !replies, transport == .udp, askedAll.isUsed, answersAll(o) { contact.insert(.reply) }
    if replies {
      contact.insert(.reply)
      if flags & (Flag.answered &<< theirs) == 0 {
        contact.insert(.firstReply)
        entry.flags |= Flag.answered &<< theirs
        let refused =
          hint == .icmpError
          || (transport == .tcp && o.tcpFlags.contains(.rst))
        batch.answers[batch.answerCount] = Answer(
          asker: destination, answerer: source, port: theirPort, transport: transport,
          refused: refused)
        batch.answerCount &+= 1
      }
    } else if hint == .icmpError {
      refusal(batch, i, &entry, theirs: theirs, theirPort: theirPort)
    } else {
      let myPort = UInt16(truncatingIfNeeded: entry.ports &>> myShift)
      let myKind = (flags &>> (Flag.transportShift &+ 2 &* mine)) & 3
      let same =
        flags &>> mine & PairMemory.bit(myPort == port) & PairMemory.bit(myKind == kind)
      let gap = now &- UInt16(truncatingIfNeeded: entry.ticks &>> myShift)
      let retry = same & PairMemory.bit(gap <= PairMemory.retryWindow)
      met |= retry &<< 1
      lags.retry = gap & (0 &- retry)
      // What is asked anew is not answered yet.
      entry.flags &= ~((Flag.answered &* (1 &- same)) &<< mine)
      entry.ports = entry.ports & ~(0xffff &<< myShift) | UInt32(port) &<< myShift
      entry.flags =
        entry.flags & ~(3 &<< (Flag.transportShift &+ 2 &* mine))
        | (kind &<< (Flag.transportShift &+ 2 &* mine))
    }
    contact.formUnion(Contact(rawValue: UInt8(truncatingIfNeeded: met)))
    if flags & (Flag.reverseFailed &<< mine) != 0 {
      let age = now &- entry.nameTick
      if age <= PairMemory.window {
        contact.insert(.reverseFailed)
        lags.reverseFailed = age
      }
    }
    entry.flags |= (Flag.nameAsked &* PairMemory.bit(isLookup)) &<< mine
    if transport == .tcp, flags & (Flag.nameAsked &<< mine) != 0 { contact.insert(.nameAsked) }
    entry.flags |= (Flag.opened &* PairMemory.bit(flags & (Flag.seen * 3) == 0)) &<< mine
    if resolved.contains(
      client: batch.hashes[i], address: destinations[i & 63], unless: flags &>> mine & 1)
    {
      contact.insert(.resolved)
    }
    entry.flags |= Flag.seen &<< mine
    entry.ticks = entry.ticks & ~(0xffff &<< myShift) | UInt32(now) &<< myShift
    current[slot] = entry
    batch.observations[i].contact = contact
    batch.lags[i] = lags
  }

  /// What the sender addresses: the port, or for ICMP the type.
  @inline(__always)
  private func question(_ observation: Observation) -> UInt16 {
    PairMemory.isICMP(observation.transport)
      ? observation.sourcePort : observation.destinationPort
  }

  /// A packet from the port that the other side had addressed, unless its content says that it asks. A server's answer
  /// from a low port counts also where the other side has meanwhile addressed another of its ports.
  @inline(__always)
  private func isReply(_ observation: Observation, to port: UInt16, hint: ApplicationHint) -> Bool {
    switch observation.transport {
    case .icmp: return observation.sourcePort == 0 && port == 8
    case .icmpv6: return observation.sourcePort == 129 && port == 128
    case .tcp: return observation.sourcePort == port && observation.tcpFlags != .syn
    default:
      if hint.isNameLookup || hint == .dnsQuery { return false }
      if observation.sourcePort == port { return true }
      return observation.transport == .udp && observation.sourcePort < 1_024
        && observation.destinationPort >= 1_024
    }
  }

  /// Remembers a question to everybody.
  private mutating func askAll(_ observation: Observation) {
    guard observation.transport == .udp, observation.marks.contains(.ports),
      !observation.marks.isDisjoint(with: [.broadcast, .multicast])
    else { return }
    askedAll.insert(
      client: Mixing.hash(observation.source), address: UInt64(observation.destinationPort))
  }

  /// Whether this comes from the port at which its receiver had asked everybody.
  @inline(__always)
  private func answersAll(_ observation: Observation) -> Bool {
    !observation.hint.isNameLookup && observation.hint != .dnsQuery
      && askedAll.contains(
        client: Mixing.hash(observation.destination), address: UInt64(observation.sourcePort))
  }

  /// An ICMP error from the very host that was asked refuses the question it quotes.
  private func refusal(
    _ batch: ObservationBatch, _ i: Int, _ entry: inout Entry, theirs: UInt16, theirPort: UInt16
  ) {
    let observation = batch.observations[i]
    guard observation.marks.contains(.quoteMatches),
      entry.flags & (Flag.seen &<< theirs) != 0, entry.flags & (Flag.answered &<< theirs) == 0,
      UInt16(truncatingIfNeeded: observation.detail) == theirPort
    else { return }
    entry.flags |= Flag.answered &<< theirs
    let asked = (entry.flags &>> (Flag.transportShift &+ 2 &* theirs)) & 3
    batch.answers[batch.answerCount] = Answer(
      asker: observation.destination, answerer: observation.source, port: theirPort,
      transport: asked == 1 ? .tcp : .udp, refused: true)
    batch.answerCount &+= 1
  }

  /// Takes in what a decoder learnt from the DNS.
  private mutating func learn(_ batch: ObservationBatch, _ number: Int) {
    let resolution = batch.resolutions[number]
    let time = batch.observations[min(Int(resolution.index), batch.count - 1)].time
    if resolution.kind == .forwardAnswered {
      resolved.insert(
        client: Mixing.hash(resolution.client), address: Mixing.hash(resolution.address))
      return
    }
    if time >= generationEnds { turn(time) }
    let mine: UInt16 = resolution.client < resolution.address ? 0 : 1
    let hash = PairMemory.spread(
      Mixing.hash(resolution.client) ^ Mixing.hash(resolution.address))
    let slot = locate(hash, PairMemory.tick(time))
    switch resolution.kind {
    case .reverseFailed:
      current[slot].flags |= Flag.reverseFailed &<< mine
      current[slot].nameTick = PairMemory.tick(time)
    case .reverseAsked, .reverseAnswered:
      current[slot].flags &= ~(Flag.reverseFailed &<< mine)
    case .forwardAnswered: break
    }
  }

  /// The pair's slot in the current generation; moved over from the old one, or made.
  @inline(__always)
  private mutating func locate(_ hash: UInt64, _ now: UInt16) -> Int {
    // The low half is the tag, the top bits the home: probing keeps an entry near its home, so both
    // together tell pairs apart.
    let tag = UInt32(truncatingIfNeeded: hash) | 1
    let mask = (1 &<< currentBits) &- 1
    var slot = home(hash, bits: currentBits)
    var steps = 0
    while steps < PairMemory.longestProbe {
      let found = current[slot].tag
      if found == tag { return slot }
      if found == 0 { return insert(hash, tag, slot, now) }
      slot = (slot &+ 1) & mask
      steps &+= 1
    }
    // Crowded by chance or by design: the newcomer takes the home slot.
    slot = home(hash, bits: currentBits)
    current[slot] = fetchOld(hash, tag, now)
    return slot
  }

  private mutating func insert(_ hash: UInt64, _ tag: UInt32, _ slot: Int, _ now: UInt16) -> Int {
    current[slot] = fetchOld(hash, tag, now)
    currentCount += 1
    guard currentCount > (5 &<< currentBits) / 8 else { return slot }
    if currentBits == PairMemory.maximumBits { endedEarly += 1 }
    rotate(to: min(currentBits + 1, PairMemory.maximumBits))
    return locate(hash, now)
  }

  /// The pair's entry of the old generation, without what has become too old; else an empty one.
  private func fetchOld(_ hash: UInt64, _ tag: UInt32, _ now: UInt16) -> Entry {
    let mask = (1 &<< oldBits) &- 1
    var slot = home(hash, bits: oldBits)
    for _ in 0..<PairMemory.longestProbe {
      let found = old[slot].tag
      if found == tag {
        var entry = old[slot]
        // A tick would be taken for a fresh one after its 16 bits have gone round (18 minutes).
        for side in 0..<UInt16(2) {
          let tick = UInt16(truncatingIfNeeded: entry.ticks &>> UInt32(side &* 16))
          if now &- tick > PairMemory.window {
            entry.flags &= ~((Flag.seen | Flag.answered) &<< side)
          }
        }
        if now &- entry.nameTick > PairMemory.window { entry.flags &= ~(Flag.reverseFailed * 3) }
        return entry
      }
      if found == 0 { break }
      slot = (slot &+ 1) & mask
    }
    return Entry(tag: tag, ticks: 0, ports: 0, flags: 0, nameTick: 0)
  }

  /// Starts the generation that `time` belongs to; after a long silence nothing is left of the old.
  private mutating func turn(_ time: Int64) {
    let number = time >> PairMemory.generationShift
    let silent = generationEnds != .min && number > generationEnds >> PairMemory.generationShift
    if silent { rotate(to: currentBits) }
    var bits = PairMemory.minimumBits
    while 1 << bits < currentCount * 2 { bits += 1 }
    rotate(to: generationEnds == .min ? currentBits : min(bits, PairMemory.maximumBits))
    generationEnds =
      number >= Int64.max >> PairMemory.generationShift
      ? .max : (number + 1) << PairMemory.generationShift
  }

  private mutating func rotate(to bits: Int) {
    swap(&current, &old)
    oldBits = currentBits
    currentBits = bits
    current.clear(0..<(1 << bits))
    currentCount = 0
  }
}
