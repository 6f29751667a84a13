internal import Observations

/// What a group or an address is set apart for, so that whatever goes there is of one kind.
///
/// Which packets are booked so is told by their port first: nothing else is looked at twice.
enum SpecialPurpose: String, Sendable {
  case ssdp
  case multicastDNS = "multicast-dns"
  case llmnr
  case webServices = "ws-discovery"
  case slp
  case metadata
  case privateNetwork = "private-network"

  /// Ports at which hosts look for each other by multicast.
  @inline(__always)
  static func isSearched(_ port: UInt16) -> Bool {
    switch port {
    case 427, 1_900, 3_702, 5_353, 5_355: true
    default: false
    }
  }

  /// 169.254.169.254, where clouds tell their guests of themselves; fd00:ec2::254 is Amazon's second.
  @inline(__always)
  static func isMetadata(_ transport: Transport, _ port: UInt16, _ address: Address) -> Bool {
    guard port == 80, transport == .tcp else { return false }
    return address == Address(ipv4: 0xa9fe_a9fe)
      || address == Address(high: 0xfd00_0ec2_0000_0000, low: 0x0254)
  }

  /// The purpose of what is booked as special; nil for any other port.
  init?(_ key: ServiceKey) {
    switch (key.transport, key.port) {
    case (.udp, 427): self = .slp
    case (.udp, 1_900): self = .ssdp
    case (.udp, 3_702): self = .webServices
    case (.udp, 5_353): self = .multicastDNS
    case (.udp, 5_355): self = .llmnr
    case (.tcp, 80): self = .metadata
    default: return nil
    }
  }

  /// In words, behind "looks for", "tells of" or "asks for".
  var words: String {
    switch self {
    case .ssdp: "devices and their services (SSDP, of UPnP)"
    case .multicastDNS: "names and services of neighbours (multicast DNS)"
    case .llmnr: "a neighbour's name (LLMNR)"
    case .webServices: "printers, scanners and hosts of the network neighbourhood (WS-Discovery)"
    case .slp: "services of printers and servers (SLP)"
    case .metadata: "what a cloud tells its guests of themselves"
    case .privateNetwork: "servers of another private network"
    }
  }

  /// The groups and addresses set apart for it, the usual one first.
  var places: [Address] {
    let texts: [String] =
      switch self {
      case .ssdp: ["239.255.255.250", "ff02::c", "ff05::c", "ff08::c"]
      case .webServices: ["239.255.255.250", "ff02::c"]
      case .multicastDNS: ["224.0.0.251", "ff02::fb"]
      case .llmnr: ["224.0.0.252", "ff02::1:3"]
      case .slp: ["239.255.255.253", "224.0.1.22", "224.0.1.35", "ff02::116", "ff02::123"]
      case .metadata: ["169.254.169.254", "fd00:ec2::254"]
      case .privateNetwork: []
      }
    return texts.compactMap { Address($0) }
  }
}

/// A draft that becomes an activity only where it is much in the whole of its stream.
struct SpecialDraft: Sendable {
  var draft: Draft
  var purpose: SpecialPurpose
  /// Nothing else was raised of its subject.
  var isAlone: Bool
}

extension Thresholds {
  /// Packets of one host to such a group, or attempts at such an address, below which nobody asks.
  static let specialPackets: UInt64 = 30
  static let metadataAttempts: UInt64 = 10
  /// The share of a log that one host's must be for it to stand out …
  static let specialShareOfLog = 0.1
  /// … and of a capture, which shows ordinary use as well as refusals.
  static let specialShareOfCapture = 0.25
}

extension Finishing {
  /// A service that is booked as special, and large enough to be asked about.
  func special(_ subject: Address, _ entry: Entry) -> (Draft, SpecialPurpose)? {
    let service = entry.service
    guard service.key.kind == ServiceKey.Kind.special, service.profile != 0,
      let purpose = SpecialPurpose(service.key)
    else { return nil }
    let least =
      purpose == .metadata ? Thresholds.metadataAttempts : Thresholds.specialPackets
    guard UInt64(service.packets) >= least else { return nil }
    let shape = ActivityShape.specialPurpose(
      transport: service.key.transport, port: service.key.port)
    return (draft(subject, shape, entry, nil), purpose)
  }

  /// Raises what stands out in the whole stream; the rest is counted as the housekeeping that it is.
  mutating func findSpecial() {
    var raised: Set<Address> = []
    for one in result.special where standsOut(one) {
      var draft = one.draft
      let hosts = result.special.count { $0.purpose == one.purpose }
      let builder = FindingBuilder(draft, direction: .unknown)
      draft.extra.append(builder.special(one.purpose, of: result.packets, hosts: hosts))
      result.drafts.append(draft)
      raised.insert(draft.subject)
    }
    var noted: Set<Address> = []
    for one in result.special where one.isAlone {
      guard !raised.contains(one.draft.subject), noted.insert(one.draft.subject).inserted else {
        continue
      }
      let isAnswered = one.purpose == .metadata && one.draft.profile.answered > 0
      result.quiet.note(
        isAnswered ? .ordinary : one.purpose == .metadata ? .belowThreshold : .multicast,
        one.draft.subject)
    }
  }

  private func standsOut(_ one: SpecialDraft) -> Bool {
    let (draft, profile) = (one.draft, one.draft.profile)
    let isRefused = profile.blocked * 2 >= profile.packets
    if one.purpose == .privateNetwork { return true }
    if one.purpose == .metadata {
      return profile.answered == 0 && (facts.showsReplies(of: draft.subject) || isRefused)
    }
    let share = Double(draft.packets) / Double(max(1, result.packets))
    guard facts.isCapture else { return isRefused && share >= Thresholds.specialShareOfLog }
    return profile.busiestMinute >= Thresholds.stormPerMinute
      && draft.packets >= UInt64(Thresholds.stormPackets)
      || draft.packets >= 100 && share >= Thresholds.specialShareOfCapture
  }
}

extension FindingBuilder {
  fileprivate func special(_ purpose: SpecialPurpose, of all: UInt64, hosts: Int) -> Finding {
    let places = purpose.places
    let known = Set(places.map { TargetSets.target($0) })
    let usual = places.first { draft.members?.contains(TargetSets.target($0)) == true }
    let isRegistered = draft.members.map { known.isSuperset(of: $0) } ?? false
    let networks = SpecialPurpose.networks(draft.members ?? [])
    let place =
      purpose == .privateNetwork
      ? networks.prefix(3).joined(separator: ", ") : (usual ?? places.first)?.description ?? ""
    var values: [String: FindingValue] = [
      "purpose": .text(purpose.rawValue), "what": .text(purpose.words), "where": .text(place),
      "port": .integer(draft.ports.count == 1 ? Int(draft.ports[0]) : -1),
      "packets": FindingBuilder.bound(packets), "targets": FindingBuilder.bound(draft.targets),
      "registered": .flag(isRegistered), "perMinute": .integer(Int(profile.busiestMinute)),
      "share": FindingBuilder.share(draft.packets, of: max(all, draft.packets)),
      "blockedShare": FindingBuilder.share(profile.blocked, of: profile.packets),
      "hosts": .integer(hosts),
    ]
    if purpose == .metadata, draft.facts.showsReplies(of: draft.subject) {
      values["answeredShare"] = FindingBuilder.share(
        profile.answered, of: max(1, Int(draft.targets.low)))
    }
    if purpose == .privateNetwork {
      values["services"] = .integer(draft.ports.count)
      values["houseShare"] = FindingBuilder.share(draft.housePackets, of: draft.packets)
      return finding(
        .specialPurpose,
        "\(draft.packets) packets to \(Int(draft.targets.low)) addresses of \(place), of "
          + "\(draft.ports.count) services, leave by the way to the outside", values)
    }
    return finding(
      .specialPurpose,
      "\(draft.packets) packets to \(isRegistered ? place : "a multicast group"), "
        + "\(draft.shape.transport) port \(draft.ports.first ?? 0), set apart for \(purpose.words); "
        + "\(profile.busiestMinute) in the busiest minute", values)
  }
}
