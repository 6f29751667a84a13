import Observations

extension Scenario {
  /// Nine million packets of 240,000 hosts, in which the few that matter hide.
  static let crowd = Scenario(
    id: "crowd",
    summary: "9 million packets of a crowd in which scanners hide, and hosts that only look so",
    variants: ["small"], streamed: [nil], names: ["crowd.pcap", "truth.json"]
  ) { recipe, sink in try Crowd(recipe).write(to: sink) }
}

/// A tap at a provider for six hours: a crowd that asks for NetBIOS names, heavy scanners, servers
/// that look up their visitors, ordinary servers with their clients, hosts whose ICMP errors leave
/// as UDP, and hosts whose valid UDP looks the same outwardly.
struct Crowd {
  static let start = Clock.midnight(year: 2008, month: 10, day: 10) + 10 * Clock.hour

  let recipe: Recipe

  init(_ recipe: Recipe) { self.recipe = recipe }

  func write(to sink: (String, [UInt8]) throws -> Void) throws {
    let plan = CrowdPlan(recipe, size: recipe.variant == "small" ? .small : .full)
    var frames = CrowdFrames(begin: Crowd.start, snapLength: recipe.snapLength)
    try plan.forEachInOrder { time, packet in
      if let piece = frames.add(time, packet) { try sink("crowd.pcap", piece) }
    }
    try sink("crowd.pcap", frames.rest())
    let sums: [(String, Truth)] = [
      ("suspectPackets", .integer(plan.misread.count * CrowdPlan.shapedPackets)),
      ("packets", .integer(frames.count)), ("records", .integer(frames.count)),
      ("sources", .integer(plan.sourceCount)), ("bytes", .integer(frames.byteCount)),
    ]
    try sink("truth.json", Truth.object(recipe.truth + sums + planted(plan)).file.bytes)
  }

  private func planted(_ plan: CrowdPlan) -> [(String, Truth)] {
    let scanners = plan.scanners.map { scanner in
      Truth.object([
        ("address", .text(dotted(scanner.address))), ("port", .integer(Int(scanner.port))),
        ("targets", .integer(scanner.targets)), ("packets", .integer(scanner.targets)),
      ])
    }
    let lookers = plan.lookers.map { address in
      Truth.object([
        ("address", .text(dotted(address))), ("lookups", .integer(plan.size.visitors)),
        ("visitors", .integer(plan.size.visitors)),
      ])
    }
    return [
      ("scanners", .list(scanners)), ("innocentLookups", .list(lookers)),
      ("ordinaryServers", .list(plan.servers.map { .text(dotted($0)) })),
      ("icmpErrorsSentAsUDP", shaped(plan.misread)),
      ("validUDPOfTheSameShape", shaped(plan.likenesses)),
    ]
  }

  private func shaped(_ hosts: [UInt32]) -> Truth {
    .list(
      hosts.map { address in
        .object([
          ("address", .text(dotted(address))), ("packets", .integer(CrowdPlan.shapedPackets)),
        ])
      })
  }
}
