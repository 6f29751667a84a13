internal import Detection
internal import Diagnosis
internal import HostEvidence
internal import Intake
internal import Observations

/// The hosts' tables of sockets, ready to be asked about many activities.
struct HostTables {
  private struct Piece {
    var path: String
    var table: SocketTable
    /// The addresses its sockets are bound to, those of no use left out.
    var stated: Set<Address>
    var sight: InstrumentSight
  }

  private let pieces: [Piece]

  init(_ tables: [(path: String, table: SocketTable)]) {
    pieces = tables.map { path, table in
      Piece(
        path: path, table: table, stated: table.statedAddresses, sight: InstrumentSight(table))
    }
  }

  var isEmpty: Bool { pieces.isEmpty }

  /// What each table says of an activity's packets, in order of path.
  func owners(of evidence: ActivityEvidence) -> [Owner] { answers(evidence).map(\.owner) }

  /// The activity with what the table that says most says of its packets.
  func joined(_ evidence: ActivityEvidence) -> ActivityEvidence {
    guard !pieces.isEmpty else { return evidence }
    let answers = answers(evidence)
    guard let best = answers.min(by: { $0.rank < $1.rank }) else { return evidence }
    let named = Set(answers.filter { $0.status == .owned }.map(\.owner.process))
    // A table that states no address of its own may be another host's: it moves no cause.
    let isAnybodys = best.piece.stated.isEmpty && best.status == .owned
    let status = named.count > 1 || isAnybodys ? Ownership.Status.ambiguous : best.status
    var joined = evidence
    joined.findings.append(
      Finding(
        kind: .packetOwner,
        summary: "\(best.owner.flow), by \(best.owner.instrument): \(best.owner.because)",
        values: [
          "status": .text(status.rawValue),
          "process": .text(best.owner.process?.lowercased() ?? "none"),
          "system": .text(best.piece.table.system.rawValue),
          "instrument": .text(best.owner.instrument), "path": .text(best.owner.path),
          "rawSockets": .integer(
            HostTables.count(answers, listed: \.showsRaw) { $0.transport.isRaw }),
          "packetSockets": .integer(
            HostTables.count(answers, listed: \.showsPacket) { $0.transport.isPacket }),
        ], count: answers.count, evidence: []))
    joined.findings.sort { $0.kind < $1.kind }
    joined.capabilities[.sockets] = .available
    return joined
  }

  private struct Answer {
    var piece: Piece
    var status: Ownership.Status
    var owner: Owner
    /// What says most comes first.
    var rank: Int {
      switch status {
      case .owned: 0
      case .kernel: 1
      case .unowned: 2
      case .ambiguous: 3
      case .notVisible: 4
      }
    }
  }

  private func answers(_ evidence: ActivityEvidence) -> [Answer] {
    guard !pieces.isEmpty, let flow = HostFlow(evidence) else { return [] }
    return pieces.compactMap { piece in
      // Most of what a capture shows is of other hosts: they are not looked for in the table.
      guard
        flow.isMisread || piece.stated.isEmpty || piece.stated.contains(flow.address)
      else { return nil }
      return piece.table.owner(of: flow, path: piece.path).map {
        Answer(piece: piece, status: $0.status, owner: Owner($0))
      }
    }
  }

  /// Sockets of a kind in the tables that list such; -1 where none does.
  private static func count(
    _ answers: [Answer], listed: KeyPath<InstrumentSight, Bool>,
    _ isWanted: (SocketEntry) -> Bool
  ) -> Int {
    let able = answers.filter { $0.piece.sight[keyPath: listed] }
    return able.map { $0.piece.table.entries.count(where: isWanted) }.max() ?? -1
  }
}

extension SocketTable {
  /// What was wrong with the table's text, by kind.
  var evidenceProblems: [Analysis.Evidence.Problem] {
    var found = SocketProblem.allCases.compactMap { problem -> Analysis.Evidence.Problem? in
      guard let count = problems.counts[problem] else { return nil }
      return Analysis.Evidence.Problem(
        kind: problem.rawValue, meaning: problem.meaning, count: UInt64(count),
        first: SocketTable.places(problems.places[problem] ?? []))
    }
    if unrecognisedLines > 0 {
      found.append(
        Analysis.Evidence.Problem(
          kind: "lineNotRecognised", meaning: "a line that no reader of socket tables knows",
          count: UInt64(unrecognisedLines), first: SocketTable.places(firstUnrecognised)))
    }
    return found
  }

  private static func places(_ lines: [Int]) -> [Place] {
    lines.map { Place(record: UInt64($0), offset: 0) }
  }
}

extension HostFlow {
  /// What left a host; nil where the activity is not one host's sending outward.
  init?(_ evidence: ActivityEvidence) {
    let isMisread = if case .misreadHeader = evidence.shape { true } else { false }
    let address: Address
    switch evidence.subject {
    case .address(let own): address = own
    // Whoever forges addresses may be the host that the table is of.
    case .mac where isMisread: address = .unspecified
    default: return nil
    }
    let traffic = evidence.traffic
    guard isMisread || traffic.direction != .inbound, evidence.first <= evidence.last else {
      return nil
    }
    self.init(
      address: address, transport: traffic.transport, localPorts: traffic.sourcePorts,
      seen: evidence.first...evidence.last, isMisread: isMisread,
      isOurs: traffic.direction == .outbound || traffic.direction == .internal)
  }
}

extension Owner {
  fileprivate init(_ ownership: Ownership) {
    self.init(
      flow: ownership.flow, status: ownership.status.rawValue, grade: ownership.grade.rawValue,
      process: ownership.process?.processName,
      processIdentifier: ownership.process?.processIdentifier, program: ownership.programPath,
      instrument: ownership.instrument, path: ownership.path, line: ownership.line,
      because: ownership.because)
  }
}
