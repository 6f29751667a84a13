internal import Observations

/// The ports and targets that a source's small services add up to.
struct PortSweep {
  var ports: Set<UInt16> = []
  var targets: Set<UInt32> = []
  var answeredPorts = 0
  var profile: Profile

  mutating func add(_ service: Service, _ books: Books) {
    let part = books.profiles[Int(service.profile)]
    if service.key.kind == ServiceKey.Kind.gathered {
      for port in books.sets.members(part.portSet) ?? [] {
        ports.insert(UInt16(truncatingIfNeeded: port))
      }
      targets.formUnion(books.sets.members(part.destinationSet) ?? [])
      answeredPorts += Int(min(part.answered, part.portCount))
    } else {
      ports.insert(service.key.port)
      targets.formUnion(books.sets.members(service.targets) ?? [])
      if part.answered > 0 { answeredPorts += 1 }
    }
    profile.absorb(part)
  }
}

extension PortSweep {
  /// A port sweep where few targets were tried at many ports; one port in touch with many peers where it is the same of
  /// the sender throughout; nil for what is a sweep of addresses over several services.
  func shape(_ transport: Transport, _ silent: Int) -> ActivityShape? {
    if Double(targets.count) <= Thresholds.targetsPerPort * Double(ports.count) {
      return .manyPorts(transport: transport)
    }
    guard transport == .udp, profile.sourcePortCount == 1,
      Double(targets.count) >= Thresholds.sweepTargets,
      Double(ports.count) >= Thresholds.peerPortsPerTarget * Double(targets.count)
    else { return nil }
    return .peers(transport: transport, sourcePort: profile.sourcePorts[0])
  }
}

extension Profile {
  /// The share of attempts that may count as having come to nothing. In a capture, or a log of flows that tells of answers,
  /// all may that were not let through, until an answer is seen. In any other log those that were refused may; those that were let through may well have been answered. Where the log does not
  /// say, attempts from outside may, since nobody here had reason to let them in; our own may not.
  func refusedShare(of subject: Address, in facts: StreamFacts) -> Double {
    if packets == 0 { return 1 }
    // What was let through may be told of in other lines of the log than answers are.
    if facts.showsReplies(of: subject) {
      return 1 - Double(min(allowed, packets)) / Double(packets)
    }
    let unsaid = packets &- min(packets, blocked &+ allowed)
    let pathless = inbound == 0 && outbound == 0 && forwarded == 0
    // Answers that were left out may have been there for any of them.
    let isHalved = facts.leftOut?.halves(subject) == true
    let comesFromOutside = inbound * 2 > packets || pathless && !subject.isPrivate
    let counts = blocked &+ (comesFromOutside && !isHalved ? unsaid : 0)
    return Double(min(counts, packets)) / Double(packets)
  }

  /// Adds another profile's counts, and keeps the earliest references.
  mutating func absorb(_ other: Profile) {
    bytes &+= other.bytes
    packets &+= other.packets
    tries &+= other.tries
    targets &+= other.targets
    blocked &+= other.blocked
    allowed &+= other.allowed
    inbound &+= other.inbound
    outbound &+= other.outbound
    forwarded &+= other.forwarded
    solicited &+= other.solicited
    resolved &+= other.resolved
    peerOpened &+= other.peerOpened
    expected &+= other.expected
    answered &+= other.answered
    refused &+= other.refused
    accepted &+= other.accepted
    established &+= other.established
    contentSeen &+= other.contentSeen
    cut &+= other.cut
    limited &+= other.limited
    for k in 0..<min(Int(other.sourcePortCount), Profile.sourcePortsKept) {
      let port = other.sourcePorts[k]
      let known = min(Int(sourcePortCount), Profile.sourcePortsKept)
      if (0..<known).contains(where: { sourcePorts[$0] == port }) { continue }
      if known < Profile.sourcePortsKept { sourcePorts[known] = port }
      if sourcePortCount <= UInt32(Profile.sourcePortsKept) { sourcePortCount += 1 }
    }
    if other.sourcePortCount > UInt32(Profile.sourcePortsKept) {
      sourcePortCount = UInt32(Profile.sourcePortsKept) + 1
    }
    mergeReferences(other)
  }

  private mutating func mergeReferences(_ other: Profile) {
    var all: [(UInt64, UInt64)] = []
    for part in [self, other] {
      for k in 0..<min(Int(part.referenceCount), Profile.referencesKept + 1) {
        all.append((part.references[2 * k], part.references[2 * k + 1]))
      }
    }
    all.sort { $0.0 < $1.0 }
    let last = all.last
    var kept = Array(all.prefix(Profile.referencesKept))
    if let last, all.count > Profile.referencesKept { kept.append(last) }
    for (k, place) in kept.enumerated() {
      references[2 * k] = place.0
      references[2 * k + 1] = place.1
    }
    referenceCount = UInt32(kept.count)
  }
}
