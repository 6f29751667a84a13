internal import Observations

/// Attempts at private networks by the way that leads outside, where no such network is: what a tunnel
/// should have carried.
extension Finishing {
  /// More targets than this are a sweep's.
  private static let mostPrivate: UInt32 = 24

  /// All of one subject's services that go nowhere but to such networks, taken together.
  func privateOutside(_ subject: Address, _ entries: [Entry]) -> (Draft, SpecialPurpose)? {
    let leaving = entries.filter { leaves(subject, $0.service) }
    guard let main = leaving.max(by: { $0.service.packets < $1.service.packets }) else {
      return nil
    }
    let packets = leaving.reduce(0) { $0 + UInt64($1.service.packets) }
    guard packets >= Thresholds.specialPackets else { return nil }
    var parts = PortSweep(profile: books.profiles[0])
    for entry in leaving { parts.add(entry.service, books) }
    guard parts.targets.count <= Int(Finishing.mostPrivate) else { return nil }
    let shape = ActivityShape.specialPurpose(transport: main.service.key.transport, port: 0)
    var draft = draft(subject, shape, main, nil)
    draft.first = leaving.map(\.service.first).min() ?? draft.first
    draft.last = leaving.map(\.service.last).max() ?? draft.last
    draft.packets = packets
    draft.profile = parts.profile
    draft.unprofiled = packets - min(packets, UInt64(parts.profile.packets))
    draft.ports = parts.ports.sorted()
    draft.members = parts.targets.sorted()
    draft.targets = Bound(low: Double(parts.targets.count), high: Double(parts.targets.count))
    draft.records = leaving.flatMap { records(books.profiles[Int($0.service.profile)], $0.shard) }
      .sorted { ($0.time, $0.target) < ($1.time, $1.target) }
    draft.bins = 0
    draft.trace = Draft.merged(
      leaving.map { trace(books.profiles[Int($0.service.profile)], $0.shard) })
    draft.housePackets = leaving.filter { SpecialPurpose.isOfAHouse($0.service.key) }
      .reduce(0) { $0 + UInt64($1.service.packets) }
    return (draft, .privateNetwork)
  }

  /// Whether a service goes outside and only to private networks other than the subject's own, in vain.
  private func leaves(_ subject: Address, _ service: Service) -> Bool {
    guard service.key.kind == ServiceKey.Kind.attempt, service.profile != 0,
      service.distinct > 0, service.distinct <= Finishing.mostPrivate, subject.isIPv4
    else { return false }
    let profile = books.profiles[Int(service.profile)]
    let isOutside =
      profile.outbound * 2 > profile.packets || subject == result.hub && !subject.isPrivate
    guard isOutside, profile.answered == 0, let members = books.sets.members(service.targets)
    else { return false }
    return !members.isEmpty && members.allSatisfy { SpecialPurpose.isForeign($0, to: subject.ipv4) }
  }
}

extension SpecialPurpose {
  /// Whether an address is private (RFC 1918) and of another network than one's own: another block of 256
  /// addresses in 192.168.0.0/16, another block of 65,536 elsewhere.
  static func isForeign(_ target: UInt32, to own: UInt32) -> Bool {
    if target >> 16 == 0xc0a8 { return target >> 8 != own >> 8 }
    guard target >> 24 == 10 || target >> 20 == 0xac1 else { return false }
    return target >> 16 != own >> 16
  }

  /// Services that the servers of a house offer to its own hosts: names, logons, files, mail, terminals, data.
  static func isOfAHouse(_ key: ServiceKey) -> Bool {
    switch key.port {
    case 53, 88, 135, 137, 139, 143, 389, 445, 464, 636, 993, 1_433, 3_268, 3_269, 3_306, 3_389,
      5_432, 5_985:
      key.transport == .tcp || key.transport == .udp
    default: false
    }
  }

  /// Networks as a person names them: by blocks of 65,536, of 256 in 192.168.0.0/16.
  static func networks(_ members: [UInt32]) -> [String] {
    let blocks = Set(members.map { $0 >> 16 == 0xc0a8 ? $0 & 0xffff_ff00 : $0 & 0xffff_0000 })
    return blocks.sorted().map {
      Address(ipv4: $0).description + ($0 >> 16 == 0xc0a8 ? "/24" : "/16")
    }
  }
}
