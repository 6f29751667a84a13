public import Observations

extension SocketTable {
  /// To whom a flow belongs by this table; nil where the table is another host's.
  ///
  /// A table counts for a host where one of its sockets states the host's address. One that states no
  /// address of its own may be anybody's, and the answer says so. A silence counts only where the table
  /// could have spoken (`InstrumentMatrix`): it lists such sockets, of every process, and was taken while
  /// the flow went on.
  ///
  /// - Parameters:
  ///   - flow: what left the host.
  ///   - path: the piece of evidence, as the user named it.
  /// - Returns: what is known of the owner, with the reason; nil where the table is not asked.
  public func owner(of flow: HostFlow, path: String) -> Ownership? {
    guard !entries.isEmpty, let row = InstrumentMatrix.row(for: self) else { return nil }
    let stated = statedAddresses
    guard mayBeHost(of: flow) else { return nil }
    var answer = Ownership(
      flow: flow.label, status: .notVisible, grade: .none, process: nil, programPath: nil,
      instrument: instrument.name, path: path, line: nil, because: "")
    let same = entries.filter { flow.matches($0.transport) }
    if let reason = unaskable(flow, same.isEmpty) {
      answer.because = reason
      return answer
    }
    let atPort = same.filter { entry in
      guard let port = entry.local?.port, flow.localPorts.contains(port) else { return false }
      // A socket of IPv4 sends no IPv6; one that is bound to `::` may send both.
      return entry.local?.address.map {
        $0.isIPv4 == flow.address.isIPv4 || $0.isUnspecified && !$0.isIPv4
      } ?? true
    }
    let held = atPort.filter { entry in
      entry.local?.address.map { $0.isUnspecified || $0 == flow.address } ?? true
    }
    if !held.isEmpty {
      judge(held, flow, row, &answer)
    } else if !atPort.isEmpty {
      judge(elsewhere: atPort, flow, row, &answer)
    } else {
      silence(&answer, flow, row)
    }
    if stated.isEmpty {
      answer.because +=
        ". The table states no address of its host: whether it is this one is not shown"
    }
    return answer
  }

  /// Whether the table may be of the host a flow left; one without an address is asked about one's own
  /// hosts only.
  public func mayBeHost(of flow: HostFlow) -> Bool {
    let stated = statedAddresses
    let isAsked = stated.isEmpty ? flow.isOurs || flow.isMisread : stated.contains(flow.address)
    return isAsked || flow.isMisread && flow.address.isUnspecified
  }

  /// The addresses of the host that stand in the table, those of no use left out.
  public var statedAddresses: Set<Address> {
    Set(
      (entries.compactMap(\.local?.address) + (heading?.addresses ?? []))
        .filter { !$0.isUnspecified && !$0.isLoopback })
  }

  /// Why the table cannot be asked about a flow at all; nil where it can.
  private func unaskable(_ flow: HostFlow, _ isWithoutSuch: Bool) -> String? {
    if flow.isMisread {
      return
        "no process could own it: these are not UDP ports. They are, or may be, the type and code of an "
        + "ICMP error, and \(instrument.name) lists sockets, which such an error has none of"
    }
    if flow.transport == .icmp || flow.transport == .icmpv6 {
      return
        "ICMP has no ports to ask for: the kernel answers by itself and reports errors by itself, and "
        + "whoever pings does so by a raw or a ping socket" + bearers
    }
    guard flow.transport == .tcp || flow.transport == .udp, !flow.localPorts.isEmpty else {
      return "\(instrument.name) cannot be asked: which ports it left from was not kept"
    }
    guard isWithoutSuch else { return nil }
    return
      "\(instrument.name) shows no \(flow.transport == .udp ? "UDP" : "TCP") socket at all, so its silence says nothing"
  }

  /// What it means that no socket stands at the flow's ports.
  private func silence(_ answer: inout Ownership, _ flow: HostFlow, _ row: InstrumentRow) {
    let sight = InstrumentSight(self)
    if !row[.socket].silenceCounts {
      answer.because =
        "nothing of it in the table, which says little: \(row.label) has of an ordinary socket "
        + row[.socket].because
      return
    }
    if sight.moment == .events {
      answer.because =
        "no record of it: \(row.label) has of an ordinary socket \(row[.socket].because)"
      return
    }
    if flow.transport == .udp, !sight.showsListening {
      answer.because =
        "no socket at it in the table, which lists connected ones only: of UDP that is next to nothing"
      return
    }
    guard let captured, flow.seen.contains(captured), flow.localPorts.count == 1 else {
      answer.because =
        "no socket at it in the table, which is one moment's look"
        + (captured == nil ? " at a time that is not stated" : "")
        + ": a socket that lived between two looks is not in it, nor " + unseen(by: row)
      return
    }
    answer.status = .unowned
    answer.grade = .inferred
    answer.because =
      "packets left from it before and after \(captured), when the table was taken, and no socket held "
      + "it. \(row.label) would show an ordinary one and cannot show \(unseen(by: row)), nor another "
      + "host that uses the address" + bearers
  }

  /// A socket has the flow's port, and another of the host's addresses.
  private func judge(
    elsewhere atPort: [SocketEntry], _ flow: HostFlow, _ row: InstrumentRow,
    _ answer: inout Ownership
  ) {
    answer.line = atPort[0].line
    answer.status = .ambiguous
    answer.grade = .inferred
    let holders = Set(atPort.map { SocketHolder(entry: $0, processes) })
    let owners = holders.map(\.label).sorted()
    let addresses = Set(atPort.compactMap(\.local?.address)).sorted().map { "\($0)" }
    let isNetBT =
      flow.isOfNetBIOS && system == .windows && holders.allSatisfy { $0.isSystem(system) }
    if isNetBT {
      answer.status = .kernel
      answer.process = holders.first
    }
    answer.because =
      (isNetBT
        ? "kernel (NetBT), which holds the port on other cards and sends for any program that asks for a "
          + "name: \(instrument.name) cannot name the caller, and this does not clear it. Yet "
        : "")
      + "the packets left by \(flow.address); at that port \(named(owners)) is bound to "
      + "\(named(addresses)) only. Its packets bear that address"
      + (flow.transport == .udp ? " unless it asks for another packet by packet, or" : " unless")
      + " the host translates addresses. Otherwise it was \(unseen(by: row)), or another host that "
      + "uses the address" + bearers
  }

  private func judge(
    _ held: [SocketEntry], _ flow: HostFlow, _ row: InstrumentRow, _ answer: inout Ownership
  ) {
    answer.line = held[0].line
    let owners = Set(held.map { SocketHolder(entry: $0, processes) })
    guard owners.count == 1, let owner = owners.first, held.allSatisfy({ $0.sharedWith.isEmpty })
    else {
      answer.status = .ambiguous
      answer.grade = .inferred
      let names = owners.union(held.flatMap(\.sharedWith)).map(\.label).sorted()
      answer.because = "several hold it: \(named(names))" + cards(held, flow) + forging
      return
    }
    if owner.isSystem(system) {
      answer.status = .kernel
      answer.grade = .inferred
      answer.process = owner
      answer.because =
        (flow.isOfNetBIOS
          ? "NetBT, a part of the kernel, holds it and sends for any program that asks for a name"
          : "the system itself holds it and sends for whatever part or program asks")
        + "; \(instrument.name) cannot name the caller, and this does not clear it"
    } else if !held.contains(where: \.hasOwner) {
      answer.status = .ambiguous
      answer.because = withoutOwner(held, row) + forging
    } else {
      answer.status = .owned
      answer.grade = .inferred
      answer.process = owner
      answer.programPath =
        held[0].programPath ?? owner.processIdentifier.flatMap { processes[$0]?.path }
      answer.because = owned(by: owner, held, row) + cards(held, flow) + limits(row)
    }
  }

  private func owned(
    by owner: SocketHolder, _ held: [SocketEntry], _ row: InstrumentRow
  ) -> String {
    if InstrumentSight(self).moment == .events {
      return "\(row.call) recorded it as \(owner.label)'s"
    }
    return "\(owner.label) held it when the table was taken"
      + ((held[0].seen?.lowerBound ?? captured).map { " (\($0))" }
        ?? ", a time that is not stated")
      + "; that it sent these packets follows only if it held it then, too"
  }

  /// Why a socket may have no owner in the table.
  private func withoutOwner(_ held: [SocketEntry], _ row: InstrumentRow) -> String {
    // On Linux the kernel's own sockets have no process either, and look the same to an ordinary user.
    if held.contains(where: \.isOwnershipRefused), system != .linux {
      return
        "a socket holds it, whose owner \(instrument.name) was refused: run it as administrator"
    }
    if row[.socket].showing == .socket {
      return "a socket holds it; \(instrument.name), as it was run, does not show owners"
    }
    if held.allSatisfy({ $0.state == .timeWait }) {
      return "a connection that is over held it (TIME_WAIT); nobody owns such a socket any more"
    }
    return
      "a socket holds it, and no process is named with it: the kernel's own (a tunnel, a mount)"
      + (row[.socket].showing == .owner ? "" : ", or of a process that only root may look into")
  }

  /// What a named owner does not exclude.
  private func limits(_ row: InstrumentRow) -> String {
    var text = ""
    switch row[.shared].showing {
    case .oneHolder: text += "; \(row.call) names one process where several share a socket"
    case .ownUser, .onlyOwnUser:
      text += "; processes of other users that share it are not named to an ordinary user"
    default: break
    }
    return text + forging
  }

  /// Who may bear the port of another's socket.
  private var forging: String {
    "; a raw or packet sender, a container, another host behind this one or a program behind a tunnel "
      + "may bear the same port" + bearers
  }

  /// By which address it left, where the table knows of several.
  private func cards(_ held: [SocketEntry], _ flow: HostFlow) -> String {
    let stated = statedAddresses.filter { $0.isIPv4 == flow.address.isIPv4 }
    guard stated.count > 1 else { return "" }
    if held.contains(where: { $0.local?.address == flow.address }) {
      return "; it is bound to \(flow.address), by which the packets left"
    }
    guard held.contains(where: { $0.local?.address?.isUnspecified == true }) else { return "" }
    return
      "; the packets left by \(flow.address), one of the host's \(stated.count) addresses, and it is "
      + "bound to none: the table leaves open by which it sends"
  }
}

extension SocketTable {
  /// The senders whose port a row cannot show, joined.
  func unseen(by row: InstrumentRow) -> String {
    var names: [String] = []
    for sender in SenderKind.allCases where sender != .socket && !row[sender].silenceCounts {
      // The two are one to most readers.
      switch sender {
      case .raw where !row[.packet].silenceCounts: names.append("a raw or packet sender")
      case .packet where !row[.raw].silenceCounts: break
      default: names.append(sender.name)
      }
    }
    guard let last = names.popLast() else { return "anything else" }
    return names.isEmpty ? last : names.joined(separator: ", ") + " or " + last
  }

  /// Who is known to hold a socket whose packets may bear any port.
  private var bearers: String {
    let able = entries.filter { $0.transport.isRaw || $0.transport.isPacket }
    let holders = able.flatMap { [SocketHolder(entry: $0, processes)] + $0.sharedWith }
    let names = Set(holders.filter { $0 != SocketHolder() }.map(\.label)).sorted()
    guard !able.isEmpty else { return "" }
    let who = names.isEmpty ? "owners not named" : named(names)
    return
      ". Sockets that can bear any port stand in the table (\(who)); this is no sign that they did"
  }

  private func named(_ names: [String]) -> String {
    names.count <= 5
      ? names.joined(separator: ", ")
      : names.prefix(5).joined(separator: ", ") + " and \(names.count - 5) more"
  }
}

extension HostFlow {
  /// Whether it left by the ports of NetBIOS over UDP.
  fileprivate var isOfNetBIOS: Bool {
    transport == .udp && localPorts.allSatisfy { [137, 138].contains($0) }
  }

  fileprivate func matches(_ socket: SocketTransport) -> Bool {
    switch socket {
    case .tcp: transport == .tcp
    case .udp: transport == .udp
    default: false
    }
  }
}

extension SocketHolder {
  /// The owner a row names, its name from a list of processes where the row has none.
  init(entry: SocketEntry, _ processes: [UInt32: HostProcess]) {
    self.init(
      processIdentifier: entry.processIdentifier,
      processName: entry.processName ?? entry.processIdentifier.flatMap { processes[$0]?.name })
  }

  /// Windows gives the kernel's sockets to process 4 (8 on Windows 2000), called System.
  fileprivate func isSystem(_ system: SocketSystem) -> Bool {
    if processName?.lowercased() == "system" { return true }
    return system == .windows && processName == nil
      && [4, 8].contains(processIdentifier ?? 0)
  }

  /// Its name and number, as far as they are known.
  public var label: String {
    switch (processName, processIdentifier) {
    case (let name?, let number?): "\(name) (process \(number))"
    case (let name?, nil): name
    case (nil, let number?): "process \(number)"
    case (nil, nil): "an owner that is not shown"
    }
  }
}
