internal import Observations

/// What packets said in words: who is called what, which shares were asked for, and what was carried
/// where. Fed by the front stage; bounded; whatever it holds is somebody's word and no proof.
struct NameBook {
  static let mostAddresses = 16_384
  static let mostNames = 6
  static let mostAskers = 4_096
  static let mostShares = 32
  static let mostTargets = 512
  static let mostContents = 16_384
  static let longestName = 63

  /// Whose packets, to which port, of which content.
  struct ContentKey: Hashable {
    var source: Address
    var transport: Transport
    var port: UInt16
  }

  /// Who asks, and for which name.
  struct SearchKey: Hashable {
    var asker: Address
    var name: WellKnownName
  }

  /// Names by address, in the order in which they were met.
  private(set) var names: [Address: [HostName]] = [:]
  /// Users and workgroups, by address.
  private(set) var users: [Address: String] = [:], workgroups: [Address: String] = [:]
  /// Shares asked for, by who asked.
  private(set) var shares: [Address: [String: Set<Address>]] = [:]
  /// Packets by content.
  private(set) var contents: [ContentKey: [ApplicationHint: UInt64]] = [:]
  /// Searches for names that hosts ask for by themselves, by who asks and for which.
  private(set) var searches: [SearchKey: NameSearch] = [:]
  /// Digests of what was told last: the same is told again and again.
  private var told = [UInt64](repeating: 0, count: 1 << NameBook.toldBits)
  private static let toldBits = 15
  /// How many names each address has: most of what is said is of addresses of which no more is kept,
  /// and this tells so at once.
  private var named = NamedAddresses()

  /// Takes what a batch's packets said.
  mutating func observe(_ batch: ObservationBatch) {
    for number in 0..<batch.sightingCount {
      let sighting = batch.sightings[number]
      let index = Int(sighting.index)
      guard index < batch.count else { continue }
      if sighting.kind == .content {
        count(batch.observations[index])
        continue
      }
      if sighting.kind == .specialName {
        search(sighting, batch, index)
        continue
      }
      if sighting.kind == .dnsName {
        // Who has all the names that are kept of one gets no more: nothing is made of their text.
        let known = named.count(of: Mixing.hash(sighting.address))
        if known == NameBook.mostNames || known == 0 && names.count == NameBook.mostAddresses {
          continue
        }
      }
      var digest = batch.digest(of: sighting)
      if sighting.kind == .share { digest ^= Mixing.hash(batch.observations[index].source) | 1 }
      let slot = Int(digest >> UInt64(64 - NameBook.toldBits))
      if told[slot] == digest { continue }
      told[slot] = digest
      take(sighting, batch, batch.observations[index])
    }
  }

  private mutating func count(_ o: Observation) {
    // The hint of a fragmented datagram may have been counted by its first fragment.
    guard o.hint != .none else { return }
    let key = ContentKey(source: o.source, transport: o.transport, port: o.destinationPort)
    guard contents[key] != nil || contents.count < NameBook.mostContents else { return }
    contents[key, default: [:]][o.hint, default: 0] += 1
  }

  private mutating func search(_ sighting: Sighting, _ batch: ObservationBatch, _ index: Int) {
    let which = sighting.extra & 15
    guard let name = which == 1 ? WellKnownName.wpad : which == 2 ? .isatap : nil else { return }
    let key = SearchKey(asker: sighting.address, name: name)
    guard searches[key] != nil || searches.count < NameBook.mostAskers else { return }
    let text = labels(batch.bytes(of: sighting)).lowercased()
    searches[key, default: NameSearch()].add(
      sighting.extra, name: text.isEmpty ? name.rawValue : text,
      time: batch.observations[index].time, (batch.records[index], batch.offsets[index]))
  }

  private mutating func take(
    _ sighting: Sighting, _ batch: ObservationBatch, _ o: Observation
  ) {
    let address = sighting.address
    switch sighting.kind {
    case .dnsName: name(address, .dns, labels(batch.bytes(of: sighting)))
    case .multicastName: name(address, .multicast, labels(batch.bytes(of: sighting)))
    case .dhcpName: name(address, .dhcp, NameText.shown(batch.bytes(of: sighting)))
    case .serverName: name(address, .tls, NameText.shown(batch.bytes(of: sighting)))
    case .httpHost: name(address, .http, NameText.shown(batch.bytes(of: sighting)))
    case .netbiosName: netbios(address, sighting.extra, batch.bytes(of: sighting))
    case .netbiosGroup:
      // Domains and workgroups by their own suffix and by their browsers'.
      guard [0x00, 0x1c, 0x1d, 0x1e].contains(sighting.extra) else { return }
      keep(NameText.shown(batch.bytes(of: sighting)), of: address, in: \.workgroups)
    case .share:
      ask(o.source, of: address, NameText.share(batch.bytes(of: sighting)))
    default: break
    }
  }

  private mutating func netbios(_ address: Address, _ suffix: UInt8, _ bytes: [UInt8]) {
    let text = NameText.shown(bytes)
    switch suffix {
    case 0x00, 0x20: name(address, .netbios, text)
    // The messenger's names are the host's and its user's.
    case 0x03 where names[address]?.contains { $0.how == .netbios && $0.name == text } == false:
      keep(text, of: address, in: \.users)
    default: break
    }
  }

  private mutating func keep(
    _ text: String, of address: Address, in table: WritableKeyPath<NameBook, [Address: String]>
  ) {
    guard !text.isEmpty, self[keyPath: table][address] == nil,
      self[keyPath: table].count < NameBook.mostAddresses
    else { return }
    self[keyPath: table][address] = text
  }

  private mutating func name(_ address: Address, _ how: HostName.How, _ text: String) {
    guard !text.isEmpty, !address.isUnspecified, !address.isMulticast else { return }
    guard names[address] != nil || names.count < NameBook.mostAddresses else { return }
    let known = names[address] ?? []
    guard known.count < NameBook.mostNames,
      !known.contains(where: { $0.how == how && $0.name == text })
    else { return }
    named.add(Mixing.hash(address))
    names[address] = known + [HostName(address: address, name: text, how: how)]
    if how == .netbios, users[address] == text { users[address] = nil }
  }

  private mutating func ask(_ source: Address, of target: Address, _ share: String) {
    guard !share.isEmpty, shares[source] != nil || shares.count < NameBook.mostAskers else {
      return
    }
    var known = shares[source] ?? [:]
    guard known[share] != nil || known.count < NameBook.mostShares else { return }
    var targets = known[share] ?? []
    if targets.count < NameBook.mostTargets { targets.insert(target) }
    known[share] = targets
    shares[source] = known
  }

  private func labels(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    var at = 0
    while at < bytes.count {
      let end = min(bytes.count, at + 1 + Int(bytes[at]))
      if !text.isEmpty { text.append(0x2e) }
      text += bytes[at + 1..<end]
      at = end
    }
    return NameText.shown(text)
  }

  /// The name of an address by who knows best; nil where none is known.
  func best(_ address: Address) -> HostName? {
    // Of names of one kind the first met.
    names[address]?.enumerated().min {
      ($0.element.how.rank, $0.offset) < ($1.element.how.rank, $1.offset)
    }?.element
  }
}

/// Text out of packets as it may be shown: printable ASCII, anything else as `\xNN`, and not long.
enum NameText {
  static func shown(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    for byte in bytes {
      guard text.count < NameBook.longestName else {
        text += "...".utf8
        break
      }
      switch byte {
      case 0x5c: text += [0x5c, 0x5c]
      case 0x20...0x7e: text.append(byte)
      default: text += ("\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)).utf8
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The last part of a share's path, in capitals: names of shares do not tell case.
  static func share(_ path: [UInt8]) -> String {
    let name = path.reversed().prefix { $0 != 0x5c && $0 != 0x2f }.reversed()
    return shown(name.map { (0x61...0x7a).contains($0) ? $0 - 0x20 : $0 })
  }
}
