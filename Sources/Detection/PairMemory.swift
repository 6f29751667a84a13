internal import Observations

extension Contact {
  /// For sums in place of branches.
  @inline(__always) fileprivate var bits: UInt16 { UInt16(rawValue) }
}

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
  static let minimumBits = 10
  static let firstBits = 16
  static let maximumBits = 20
  static let longestProbe = 48
  /// A generation is 2³⁶ ns; their borders lie on the absolute clock, so that results do not depend
  /// on where the evidence begins.
  static let generationShift: Int64 = 36

  /// What is remembered of a pair: 16 bytes.
  struct Entry: BitwiseCopyable {
    var tag: UInt32
    /// Of each side eight bits (`Flag`): the lower half belongs to the lower address.
    var flags: UInt16
    var nameTick: UInt16
    /// Of each side, in the same order: when it last sent (16 bits), and above that what it then addressed
    /// (16 bits). Which side sends is a toss that no branch predictor wins, so the whole is
    /// turned until the sender's half is the lower one.
    var sides: UInt64
  }

  /// What is known of one side.
  enum Flag {
    static let seen: UInt16 = 1 << 0
    static let answered: UInt16 = 1 << 1
    static let nameAsked: UInt16 = 1 << 2
    static let reverseFailed: UInt16 = 1 << 3
    /// It was the first of the two to speak.
    static let opened: UInt16 = 1 << 4
    /// Transport of its last question: 2 bits.
    static let transportShift: UInt16 = 5
    static let transport: UInt16 = 3 << 5
    /// Its TCP question was answered by a SYN-ACK that it has not acknowledged yet.
    static let offered: UInt16 = 1 << 7
    /// From a bit of the sender's half to the same of the other.
    static let other: UInt16 = 8
  }

  // The generations: `PairGenerations` keeps them.
  var current: Slab<Entry>
  var old: Slab<Entry>
  var currentBits = PairMemory.firstBits
  var oldBits = PairMemory.firstBits
  var currentCount = 0
  /// The pairs of the 64 observations at hand.
  private let spreads = Slab<UInt64>(capacity: 64)
  private let destinations = Slab<UInt64>(capacity: 64)
  var generationEnds: Int64 = .min
  /// Generations ended by the memory bound rather than by time.
  var endedEarly: UInt64 = 0
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
        current.prefetch(PairMemory.home(spread, bits: currentBits))
        resolved.prefetch(client: source)
        old.prefetch(PairMemory.home(spread, bits: oldBits))
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

  /// `flags` and `sides` turned by half where the sender has the higher address; turned twice they
  /// are as before.
  @inline(__always)
  private static func turned(_ flags: UInt16, _ turn: UInt32) -> UInt16 {
    UInt16(truncatingIfNeeded: (UInt32(flags) &* 0x1_0001) &>> (turn &>> 2))
  }

  @inline(__always)
  private static func turned(_ sides: UInt64, _ turn: UInt32) -> UInt64 {
    sides &>> UInt64(turn) | sides &<< UInt64(turn)
  }

  @inline(__always)
  private mutating func annotate(_ batch: ObservationBatch, _ i: Int) {
    let o = batch.observations[i]
    let transport = o.transport
    guard o.marks.isDisjoint(with: [.broadcast, .multicast, .visit, .veiled]), transport != .arp
    else {
      askAll(o)
      return
    }
    if o.time >= generationEnds { turn(o.time) }
    let now = PairMemory.tick(o.time)
    let slot = locate(spreads[i & 63], now)
    let turn: UInt32 = o.source < o.destination ? 0 : 32
    let entry = current[slot]
    var flags = PairMemory.turned(entry.flags, turn)
    var sides = PairMemory.turned(entry.sides, turn)
    let before = flags
    let port = question(o)
    let kind = PairMemory.side(transport)
    let hint = o.hint

    let age = now &- UInt16(truncatingIfNeeded: sides &>> 32)
    let hadSeen = before &>> Flag.other & 1
    let solicited = hadSeen & PairMemory.bit(age <= PairMemory.window)
    let opened = before &>> (Flag.other &+ 4)
    var met = solicited | (hadSeen & opened) &<< 3
    var lags = Lags(solicited: age & (0 &- solicited), reverseFailed: 0, retry: 0)
    let theirPort = UInt16(truncatingIfNeeded: sides &>> 48)
    let theirKind = before &>> (Flag.other &+ Flag.transportShift) & 3
    let replies =
      solicited & PairMemory.bit(theirKind == kind) != 0 && isReply(o, to: theirPort, hint: hint)
    if !replies, askedAll.isUsed, transport == .udp, answersAll(o) {
      met |= Contact.reply.bits
    }
    if replies {
      met |= Contact.reply.bits
      if before & Flag.answered &<< Flag.other == 0 {
        met |= Contact.firstReply.bits
        flags |= Flag.answered &<< Flag.other
        let outcome = PairMemory.outcome(o)
        if outcome == .offered { flags |= Flag.offered &<< Flag.other }
        PairMemory.tell(batch, o.destination, o.source, theirPort, transport, outcome)
      }
    } else if hint == .icmpError {
      PairMemory.refusal(batch, o, &flags, theirPort)
    } else {
      let same =
        before & PairMemory.bit(UInt16(truncatingIfNeeded: sides &>> 16) == port)
        & PairMemory.bit(before & Flag.transport == kind &<< Flag.transportShift)
      let gap = now &- UInt16(truncatingIfNeeded: sides)
      let retry = same & PairMemory.bit(gap <= PairMemory.retryWindow)
      met |= retry &<< 1
      lags.retry = gap & (0 &- retry)
      // What is asked anew is not answered yet.
      let forgotten = Flag.transport | ((Flag.answered | Flag.offered) & (same &- 1))
      flags = flags & ~forgotten | kind &<< Flag.transportShift
      sides = sides & ~0xffff_0000 | UInt64(port) &<< 16
      if flags & Flag.offered != 0 { PairMemory.accept(batch, o, &flags, port) }
    }
    if before & (Flag.reverseFailed | Flag.nameAsked) != 0 {
      let age = now &- entry.nameTick
      if before & Flag.reverseFailed != 0, age <= PairMemory.window {
        met |= Contact.reverseFailed.bits
        lags.reverseFailed = age
      }
      if before & Flag.nameAsked != 0, transport == .tcp { met |= Contact.nameAsked.bits }
    }
    let isFirst = PairMemory.bit(before & (Flag.seen | Flag.seen &<< Flag.other) == 0)
    flags |=
      Flag.seen | isFirst &<< 4 | PairMemory.bit(hint.isNameLookup) &<< 2
    if before & Flag.seen == 0,
      resolved.contains(client: batch.hashes[i], address: destinations[i & 63])
    {
      met |= Contact.resolved.bits
    }
    sides = sides & ~0xffff | UInt64(now)
    current[slot] = Entry(
      tag: entry.tag, flags: PairMemory.turned(flags, turn), nameTick: entry.nameTick,
      sides: PairMemory.turned(sides, turn))
    batch.observations[i].contact = Contact(rawValue: UInt8(truncatingIfNeeded: met))
    batch.lags[i] = lags
  }

  /// What a first reply says.
  private static func outcome(_ o: Observation) -> Answer.Outcome {
    if o.hint == .icmpError { return .refused }
    guard o.transport == .tcp else { return .answered }
    if o.tcpFlags.contains(.rst) { return .refused }
    return o.tcpFlags.rawValue & 0x12 == 0x12 ? .offered : .answered
  }

  /// Writes news for an asker's books.
  private static func tell(
    _ batch: ObservationBatch, _ asker: Address, _ answerer: Address, _ port: UInt16,
    _ transport: Transport, _ outcome: Answer.Outcome
  ) {
    batch.answers[batch.answerCount] = Answer(
      asker: asker, answerer: answerer, port: port, transport: transport, outcome: outcome)
    batch.answerCount &+= 1
  }

  /// Who acknowledges a SYN-ACK has a connection (RFC 9293, 3.5).
  private static func accept(
    _ batch: ObservationBatch, _ o: Observation, _ flags: inout UInt16, _ port: UInt16
  ) {
    // Another SYN: the offer did not arrive. A reset declines it, as a half-open scan does.
    guard o.tcpFlags.rawValue & 0x02 == 0 else { return }
    flags &= ~Flag.offered
    if o.tcpFlags.rawValue & 0x14 == 0x10 {
      tell(batch, o.source, o.destination, port, .tcp, .established)
    }
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
  private static func refusal(
    _ batch: ObservationBatch, _ o: Observation, _ flags: inout UInt16, _ theirPort: UInt16
  ) {
    let theirs = flags &>> Flag.other
    guard o.marks.contains(.quoteMatches), theirs & Flag.seen != 0, theirs & Flag.answered == 0,
      UInt16(truncatingIfNeeded: o.detail) == theirPort
    else { return }
    flags |= Flag.answered &<< Flag.other
    let asked = theirs &>> Flag.transportShift & 3
    tell(batch, o.destination, o.source, theirPort, asked == 1 ? .tcp : .udp, .refused)
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
    let bit = Flag.reverseFailed &<< (resolution.client < resolution.address ? 0 : Flag.other)
    let hash = PairMemory.spread(
      Mixing.hash(resolution.client) ^ Mixing.hash(resolution.address))
    let slot = locate(hash, PairMemory.tick(time))
    switch resolution.kind {
    case .reverseFailed:
      current[slot].flags |= bit
      current[slot].nameTick = PairMemory.tick(time)
    case .reverseAsked, .reverseAnswered:
      current[slot].flags &= ~bit
    case .forwardAnswered: break
    }
  }
}
