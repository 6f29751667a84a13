internal import Observations

extension SocketTable {
  /// To whom a flow belongs by this table; nil where the table is another host's.
  ///
  /// A table counts for a host where one of its sockets states the host's address. One that states no
  /// address of its own may be anybody's, and the answer says so. A silence counts only where the table
  /// could have spoken: it lists such sockets, with their owners, and was taken while the flow went on.
  ///
  /// - Parameters:
  ///   - flow: what left the host.
  ///   - path: the piece of evidence, as the user named it.
  /// - Returns: what is known of the owner, with the reason; nil where the table is not asked.
  public func owner(of flow: HostFlow, path: String) -> Ownership? {
    guard !entries.isEmpty, !instrument.isProcessList else { return nil }
    let stated = Set(
      (entries.compactMap(\.local?.address) + (heading?.addresses ?? []))
        .filter { !$0.isUnspecified && !$0.isLoopback })
    // One without an address is asked about one's own hosts only.
    let isAsked = stated.isEmpty ? flow.isOurs || flow.isMisread : stated.contains(flow.address)
    guard isAsked || flow.isMisread && flow.address.isUnspecified else { return nil }
    var answer = Ownership(
      flow: flow.label, status: .notVisible, grade: .none, process: nil, programPath: nil,
      instrument: instrument.name, path: path, line: nil, because: "")
    if flow.isMisread {
      answer.because =
        "no process could own it: these are not UDP ports. They are, or may be, the type and code of an "
        + "ICMP error, and \(instrument.name) lists sockets, which such an error has none of"
      return answer
    }
    guard flow.transport == .tcp || flow.transport == .udp, !flow.localPorts.isEmpty else {
      answer.because = "\(instrument.name) cannot be asked: which ports it left from was not kept"
      return answer
    }
    let same = entries.filter { flow.matches($0.transport) }
    guard !same.isEmpty else {
      answer.because =
        "\(instrument.name) shows no \(flow.transport == .udp ? "UDP" : "TCP") socket at all, so its silence says nothing"
      return answer
    }
    let held = same.filter { entry in
      guard let port = entry.local?.port, flow.localPorts.contains(port) else { return false }
      return entry.local?.address.map { $0.isUnspecified || $0 == flow.address } ?? true
    }
    if held.isEmpty {
      silence(&answer, flow)
    } else {
      judge(held, flow, &answer)
    }
    if stated.isEmpty {
      answer.because +=
        ". The table states no address of its host: whether it is this one is not shown"
    }
    return answer
  }

  /// What it means that no socket stands at the flow's ports.
  private func silence(_ answer: inout Ownership, _ flow: HostFlow) {
    guard let captured, flow.seen.contains(captured), flow.localPorts.count == 1 else {
      answer.because =
        "no socket at it in the table, which is one moment's look"
        + (captured == nil ? " at a time that is not stated" : "")
        + ": a socket that lived between two looks is not in it, nor a raw or packet sender"
      return
    }
    answer.status = .unowned
    answer.grade = .inferred
    answer.because =
      "packets left from it before and after \(captured), when the table was taken, and no socket held "
      + "it: a socket opened for each packet, a raw or packet sender, a part of the kernel, or another "
      + "host that uses the address"
  }

  private func judge(_ held: [SocketEntry], _ flow: HostFlow, _ answer: inout Ownership) {
    answer.line = held[0].line
    let owners = Set(held.map { SocketHolder(entry: $0, processes) })
    guard owners.count == 1, let owner = owners.first, held.allSatisfy({ $0.sharedWith.isEmpty })
    else {
      answer.status = .ambiguous
      answer.grade = .inferred
      let names = owners.union(held.flatMap(\.sharedWith)).map(\.label).sorted()
      answer.because = "several hold it: \(names.prefix(5).joined(separator: ", "))"
      return
    }
    if owner.isSystem(system) {
      answer.status = .kernel
      answer.grade = .inferred
      answer.process = owner
      let isNames =
        flow.transport == .udp && flow.localPorts.allSatisfy { [137, 138].contains($0) }
      answer.because =
        (isNames
          ? "NetBT, a part of the kernel, holds it and sends for any program that asks for a name"
          : "the system itself holds it and sends for whatever part or program asks")
        + "; \(instrument.name) cannot name the caller, and this does not clear it"
    } else if !held.contains(where: \.hasOwner) {
      answer.status = .ambiguous
      answer.because =
        held.contains { $0.isOwnershipRefused }
        ? "a socket holds it, whose owner \(instrument.name) was refused: run it as administrator"
        : instrument == .collected
          ? "a socket holds it that no process has open: one of the kernel's own, or one whose process had "
            + "just let go of it"
          : "a socket holds it; \(instrument.name), as it was run, does not show owners"
    } else {
      answer.status = .owned
      answer.grade = .inferred
      answer.process = owner
      answer.programPath =
        held[0].programPath ?? owner.processIdentifier.flatMap { processes[$0]?.path }
      answer.because =
        "\(owner.label) held it when the table was taken"
        + ((held[0].seen?.lowerBound ?? captured).map { " (\($0))" }
          ?? ", a time that is not stated")
        + "; that it sent these packets follows only if it held it then, too"
    }
  }
}

extension HostFlow {
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
