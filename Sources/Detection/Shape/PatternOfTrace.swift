public import Observations

extension Pattern {
  /// The share of packets, or of steps, that must agree for a feature to be stated.
  private static let half = 0.5
  /// The fewest packets that show how ports are chosen, and the fewest targets that show their order.
  private static let fewest = 3

  /// The pattern of an activity's first packets in order of time.
  ///
  /// A feature is stated only where the packets show it; see the properties. Targets whose 32 bits may
  /// be a digest (veiled and long addresses) have no known order.
  public init(of trace: [TracedPacket], transport: Transport) {
    self.init(transport: transport)
    guard !trace.isEmpty else { return }
    setPorts(trace)
    targetOrder = Pattern.targetOrder(trace)
    setBursts(trace)
    setSizes(trace)
    if transport == .tcp {
      tcpFlags = TraceMeasures.commonest(trace.lazy.map(\.tcpFlags).filter { $0 != 0 })
        .map { TCPFlags(rawValue: $0.value) }
    }
  }

  private mutating func setPorts(_ trace: [TracedPacket]) {
    if transport == .icmp || transport == .icmpv6 {
      destinationPort = Pattern.usual(
        trace.map { $0.sourcePort << 8 | $0.destinationPort & 255 }, share: BurstGrammar.fixedShare)
    }
    guard transport.hasPorts else { return }
    let ports = trace.map(\.destinationPort)
    destinationPort = Pattern.usual(ports, share: BurstGrammar.fixedShare)
    guard trace.count >= Pattern.fewest else { return }
    sourcePort = Pattern.sourcePort(trace)
    portSpread = Double(Set(ports).count - 1) / Double(ports.count - 1)
    setSteps(trace)
  }

  /// Steps are looked for within bursts, or along the whole where bursts are too small to hold any.
  private mutating func setSteps(_ trace: [TracedPacket]) {
    if destinationPort != nil {
      portStep = 0
      return
    }
    let port = BurstGrammar.fixedPort(trace)
    let packets = port == nil ? trace : trace.filter { $0.sourcePort == port }
    func steps(_ part: some Sequence<TracedPacket>) -> [Int] {
      let ports = TraceMeasures.collapsed(part.lazy.map(\.destinationPort))
      return zip(ports, ports.dropFirst()).map { Int($1) - Int($0) }
    }
    var all = BurstGrammar.split(packets).flatMap { steps(packets[$0]) }
    if all.count < Pattern.fewest { all = steps(packets) }
    guard all.count >= 2, let most = TraceMeasures.commonest(all.lazy.map { abs($0) }),
      Double(most.count) >= Pattern.half * Double(all.count)
    else { return }
    portStep = UInt16(clamping: most.value)
    let up = all.count { $0 == most.value }
    if 4 * up >= 3 * most.count { portDirection = .up }
    if 4 * (most.count - up) >= 3 * most.count { portDirection = .down }
  }

  private static func sourcePort(_ trace: [TracedPacket]) -> SourcePort? {
    if let port = BurstGrammar.fixedPort(trace) {
      // A conversation has one source port, however its host chooses them; only low ports are chosen
      // on purpose.
      let first = trace[0]
      let isConversation = trace.allSatisfy {
        $0.target == first.target && $0.destinationPort == first.destinationPort
      }
      return isConversation && port >= 1_024 ? nil : .fixed(port)
    }
    let fresh = firstSeen(trace.lazy.map(\.sourcePort))
    let next = zip(fresh, fresh.dropFirst()).count { (1...2).contains(Int($1) - Int($0)) }
    if fresh.count >= fewest, 2 * next > fresh.count - 1 { return .sequential }
    return fresh.count * 3 <= trace.count && fresh.count <= 8 ? .few : .ephemeral
  }

  private static func targetOrder(_ trace: [TracedPacket]) -> TargetOrder? {
    let toAll = trace.count { $0.isBroadcast || $0.target == .max }
    if Double(toAll) >= BurstGrammar.fixedShare * Double(trace.count) { return .broadcast }
    guard trace.allSatisfy({ $0.target < TraceMeasures.firstDigest || $0.target == .max }) else {
      return nil
    }
    let fresh = firstSeen(trace.lazy.map(\.target))
    if fresh.count == 1 { return trace.count > 1 ? .one : nil }
    guard fresh.count > fewest else { return nil }
    let next = zip(fresh, fresh.dropFirst()).count { abs(Int64($1) - Int64($0)) <= 2 }
    return 2 * next >= fresh.count - 1 ? .sequential : .unordered
  }

  private mutating func setBursts(_ trace: [TracedPacket]) {
    guard let grammar = BurstGrammar(trace) else { return }
    burstSize = grammar.burstSize
    gapBetween = grammar.gapSeconds
    // A clock of whole seconds does not show gaps of fractions.
    if let within = grammar.withinSeconds, within >= 2 || !TraceMeasures.hasWholeSeconds(trace) {
      gapWithin = within
    }
  }

  private mutating func setSizes(_ trace: [TracedPacket]) {
    let lengths = trace.lazy.map(\.length).filter { $0 > 0 }
    if let most = TraceMeasures.commonest(lengths) {
      let share = Double(most.count) / Double(lengths.count)
      if share >= Pattern.half {
        length = most.value
        lengthShare = share
      }
    }
    payloadLength = Pattern.usual(
      trace.filter(\.isCaptured).map(\.payloadLength), share: Pattern.half)
    let keys = trace.filter { $0.isCaptured && $0.payloadLength >= 4 }.map(\.payloadKey)
    // Zero stands for "unknown" too, and so tells nothing.
    payloadKey = Pattern.usual(keys, share: Pattern.half).flatMap { $0 == 0 ? nil : $0 }
  }

  /// The commonest value where it has at least `share` of all.
  private static func usual<Value: Hashable & Comparable>(
    _ values: [Value], share: Double
  ) -> Value? {
    guard let most = TraceMeasures.commonest(values),
      Double(most.count) >= share * Double(values.count)
    else { return nil }
    return most.value
  }

  /// Every value once, in order of its first coming.
  private static func firstSeen<Value: Hashable>(_ values: some Sequence<Value>) -> [Value] {
    var seen: Set<Value> = []
    return values.filter { seen.insert($0).inserted }
  }
}
