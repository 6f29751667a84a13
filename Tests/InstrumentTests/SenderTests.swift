import HostEvidence
import Observations
import Testing

/// Whether this machine lets the tests make a host of their own; says why where it does not.
private let isPossible: Bool = {
  switch HostRun.shared {
  case .success(let run):
    for line in run.skipped { print("skipped: \(line)") }
    return true
  case .failure(let reason as HostRun.Impossible):
    print("skipped: \(reason.why)")
    return !reason.isForWant
  case .failure: return true
  }
}()

/// Senders of every kind beside what real tools show of them: each cell of the matrix holds, no verdict
/// is wrong, and none is more certain than the truth.
@Suite(.enabled(if: isPossible, "no host can be made here")) struct SenderTests {
  private let run: HostRun

  init() throws { run = try HostRun.shared.get() }

  @Test func everySenderWasCapturedBeforeAndAfterEveryLook() {
    #expect(run.senders.count >= 12 && run.looks.count >= 12)
    for look in run.looks {
      for sender in run.senders where look.table.captured.map(sender.flow.seen.contains) != true {
        Issue.record("\(look.label) was not taken between the packets of \(sender.name)")
      }
    }
  }

  /// The rows are those that the calls were, where the text shows with which rights.
  @Test func eachLookIsReadAsWhatItWas() {
    let calls = [
      "ss-tuan": "ss -tuan", "ss-tuanp": "ss -tuanp", "ss-tuwanpe": "ss -tuwanp",
      "ss-tuwanpe0": "ss -tuwanp0", "netstat-tuan": "netstat -tuan",
      "netstat-tuanp": "netstat -tuanp", "netstat-tuwanpe": "netstat -tuwanp",
      "lsof-i": "lsof -i", "lsof": "lsof", "proc": "/proc/net/tcp, udp, raw, packet",
      "proc-fd": "/proc/net/tcp, udp, raw, packet with ls -l /proc/*/fd",
    ]
    for look in run.looks {
      guard let call = calls[look.name] else { continue }
      let row = InstrumentMatrix.row(for: look.table)
      // An ordinary user's whole listing may have no socket from which to tell it from `lsof -i`.
      guard !(look.isUsers && call == "lsof") else { continue }
      #expect(row?.call == call, "\(look.label) was read as \(row?.label ?? "nothing")")
      if look.isUsers { expect(row?.rights != .administrator, "\(look.label): rights") }
      if !look.isUsers, look.hasPrompt { expect(row?.rights != .user, "\(look.label): rights") }
    }
  }

  @Test func eachCellHolds() {
    for look in run.looks {
      guard let row = InstrumentMatrix.row(for: look.table) else { continue }
      for sender in run.senders where !sender.isForging {
        guard look.table.shows(sender.flow.transport) else { continue }
        let seen = Sight(of: sender, in: look)
        let cell = row[sender.kind]
        expect(
          seen.fits(cell.showing, sender, look),
          "\(sender.name) by \(look.label) (\(row.label), \(cell.showing)): \(seen)")
      }
    }
  }

  @Test func noVerdictIsWrongOrTooCertain() {
    for look in run.looks {
      guard let row = InstrumentMatrix.row(for: look.table) else { continue }
      for sender in run.senders {
        guard let found = look.table.owner(of: sender.flow, path: look.name) else { continue }
        let told = "\(sender.name) by \(look.label): \(found.status), \(found.because)"
        switch found.status {
        case .owned:
          let isRight = found.process?.processIdentifier == sender.process
          expect(isRight || sender.isPermitted(by: found.because, row), "\(told)")
          expect(found.because.contains("only if it held it then"), "\(told)")
        case .unowned:
          expect(!row[sender.kind].silenceCounts, "\(told)")
          expect(sender.isNamed(by: found.because), "\(told)")
        case .kernel: expect(sender.process == nil, "\(told)")
        case .ambiguous: expect(sender.isPossible(by: found), "\(told)")
        case .notVisible:
          let couldNot = !row[sender.kind].silenceCounts || !look.table.shows(sender.flow.transport)
          expect(couldNot, "\(told)")
        }
      }
    }
  }

  @Test func whoeverMayLookFindsTheOrdinarySender() throws {
    for look in run.looks where !look.isUsers {
      guard let row = InstrumentMatrix.row(for: look.table), row[.socket].showing == .owner
      else { continue }
      for sender in run.senders where sender.kind == .socket && !sender.isForging {
        guard look.table.shows(sender.flow.transport) else { continue }
        let found = try #require(look.table.owner(of: sender.flow, path: look.name))
        #expect(found.status == .owned, "\(sender.name) by \(look.label): \(found.because)")
        #expect(found.process?.processIdentifier == sender.process)
      }
    }
  }

  @Test func theSecondCardIsSaid() throws {
    let look = try #require(run.looks.first { $0.name == "ss-tuanp" && !$0.isUsers })
    let bound = try #require(run.verdict("plain-card", by: look))
    #expect(bound.because.contains("bound to 192.0.2.1, by which the packets left"))
    let open = try #require(run.verdict("plain", by: look))
    #expect(open.because.contains("bound to none"))
    for name in ["elsewhere", "rawly-card"] {
      let found = try #require(run.verdict(name, by: look))
      #expect(found.status == .ambiguous && found.because.contains("198.51.100.1 only"))
    }
  }
}

/// Records what is said of a breach, and nothing else; a run is too large to be printed for each.
private func expect(_ holds: Bool, _ told: String) {
  if !holds { Issue.record(Comment(rawValue: told)) }
}

/// What a table has of a sender, read without the matrix.
private struct Sight: CustomStringConvertible {
  /// Rows at the port, by which the packets could have left.
  var atPort: [SocketEntry]
  /// Processes named in them.
  var owners: Set<UInt32> = []
  /// Whether a row without a port, of whatever kind, names the process.
  var hasPortless = false

  init(of sender: HostRun.Sender, in look: HostRun.Look) {
    let entries = look.table.entries
    atPort = entries.filter { entry in
      guard let port = entry.local?.port, sender.flow.localPorts.contains(port) else {
        return false
      }
      guard entry.transport == (sender.flow.transport == .tcp ? .tcp : .udp) else { return false }
      return entry.local?.address.map { $0.isUnspecified || $0 == sender.flow.address } ?? true
    }
    for entry in atPort {
      owners.formUnion(
        ([entry.processIdentifier] + entry.sharedWith.map(\.processIdentifier)).compactMap { $0 })
    }
    hasPortless = entries.contains { entry in
      guard entry.local?.port == nil else { return false }
      return entry.processIdentifier == nil
        ? sender.kind == (entry.transport.isPacket ? .packet : .raw)
        : entry.processIdentifier == sender.process
    }
  }

  var description: String { "\(atPort.count) rows, of \(owners.sorted()), portless \(hasPortless)" }

  /// Whether this is what a cell says.
  func fits(
    _ showing: InstrumentCell.Showing, _ sender: HostRun.Sender, _ look: HostRun.Look
  ) -> Bool {
    let isOwn = !look.isUsers || sender.name == "plain-user"
    let names = sender.process.map(owners.contains) ?? false
    switch showing {
    case .owner: return names && (sender.name != "inherited" || owners.count == 2)
    case .oneHolder: return !atPort.isEmpty && owners.count <= (isOwn ? 1 : 0)
    case .ownUser: return !atPort.isEmpty && (isOwn ? !owners.isEmpty : owners.isEmpty)
    case .onlyOwnUser: return isOwn || atPort.isEmpty
    case .withoutPort: return atPort.isEmpty && hasPortless
    case .socket: return !atPort.isEmpty && owners.isEmpty
    case .byChance: return atPort.isEmpty || names
    case .nothing: return atPort.isEmpty && !hasPortless
    }
  }
}

extension SocketTable {
  /// Whether sockets of a kind stand in it at all.
  fileprivate func shows(_ transport: Transport) -> Bool {
    entries.contains { $0.transport == (transport == .tcp ? .tcp : .udp) }
  }
}

extension HostRun {
  fileprivate func verdict(_ name: String, by look: Look) -> Ownership? {
    senders.first { $0.name == name }.flatMap {
      look.table.owner(of: $0.flow, path: look.name)
    }
  }
}

extension HostRun.Sender {
  fileprivate var kind: SenderKind {
    switch name {
    case "brief": .brief
    case "inherited", "handed": .shared
    case "rawly", "rawly-held", "rawly-card": .raw
    case "packet": .packet
    case "tunnel": .injected
    case "plain-inner", "plain-innerheld": .otherSpace
    case "plain-lan": .forwarded
    case "reset", "echo": .kernelReply
    case "wrapped": .kernelSocket
    default: .socket
    }
  }

  /// Whether its packets bear a port or an address that its socket does not stand at.
  fileprivate var isForging: Bool {
    ["rawly-held", "rawly-card", "plain-innerheld", "elsewhere"].contains(name)
  }

  /// Whether a verdict that names another process says that this sender may be behind it.
  fileprivate func isPermitted(by because: String, _ row: InstrumentRow) -> Bool {
    switch kind {
    case .raw, .packet: because.contains("a raw or packet sender")
    case .otherSpace: because.contains("a container")
    case .forwarded: because.contains("another host behind this one")
    case .injected: because.contains("a tunnel")
    case .shared: because.contains("names one process where several share a socket")
    default: false
    }
  }

  /// Whether a silence that is held to count names this sender among what it leaves open.
  fileprivate func isNamed(by because: String) -> Bool {
    switch kind {
    case .raw, .packet:
      because.contains("a raw or packet sender") || because.contains(kind.name)
    default: because.contains(kind.name)
    }
  }

  /// Whether what is left open has room for this sender.
  fileprivate func isPossible(by found: Ownership) -> Bool {
    let because = found.because
    if let process, because.contains("process \(process)") { return true }
    if name == "elsewhere" { return because.contains("198.51.100.1 only") }
    switch kind {
    // Of whomever it is: the table names nobody, or not those of others.
    case .socket, .shared:
      return because.contains("does not show owners")
        || because.contains("only root may look into")
    case .kernelSocket:
      return because.contains("does not show owners") || because.contains("the kernel's own")
    // Its port is held by an innocent socket whose owner is not named.
    case .raw where isForging, .otherSpace where isForging:
      return because.contains("may bear the same port") || isNamed(by: because)
    default: return isNamed(by: because)
    }
  }
}
