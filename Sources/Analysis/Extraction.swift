internal import Detection
public import Diagnosis
internal import Intake
public import Observations

/// An incident's records in its evidence: what to look for, to take them out.
public struct Extraction: Sendable {
  /// An activity as far as its packets show it.
  public struct Part: Sendable {
    /// A few words: what is done.
    public var label: String
    /// The transport of all its packets.
    public var transport: Transport
    /// The source ports; empty where they are many or none.
    public var sourcePorts: [UInt16]
    /// The destination ports; empty where there are none.
    public var destinationPorts: [ClosedRange<UInt16>]
    /// Time of its first packet.
    public var first: Timestamp
    /// Time of its last packet.
    public var last: Timestamp
    /// What was made of it, in a few words.
    public var verdict: String
    /// What its findings say of single records.
    public var remarks: [EvidenceReference: [String]]

    /// A part out of what is known of it.
    public init(
      label: String, transport: Transport, sourcePorts: [UInt16],
      destinationPorts: [ClosedRange<UInt16>], first: Timestamp, last: Timestamp, verdict: String,
      remarks: [EvidenceReference: [String]]
    ) {
      self.label = label
      self.transport = transport
      self.sourcePorts = sourcePorts
      self.destinationPorts = destinationPorts
      self.first = first
      self.last = last
      self.verdict = verdict
      self.remarks = remarks
    }
  }

  /// Answers to an activity are looked for so long behind its last packet.
  public static let answersWithin: Int64 = 60_000_000_000

  /// The incident's id.
  public var incident: String
  /// Whose incident it is.
  public var subject: Subject
  /// Its activities.
  public var parts: [Part]
  /// The evidence it was seen in; empty where not known, which stands for all.
  public var paths: Set<String>

  /// An extraction out of its parts.
  public init(incident: String, subject: Subject, parts: [Part], paths: Set<String>) {
    self.incident = incident
    self.subject = subject
    self.parts = parts
    self.paths = paths
  }

  /// What is to be taken out for an incident.
  ///
  /// - Parameters:
  ///   - incident: the incident.
  ///   - activity: the number of one of its activities, from 1; nil for all.
  public init?(_ incident: Incident, activity: Int?) {
    let chosen = incident.activities.enumerated().filter {
      activity == nil || $0.offset + 1 == activity
    }.map(\.element)
    guard !chosen.isEmpty else { return nil }
    self.init(
      incident: incident.id, subject: incident.subject, parts: chosen.map(Part.init),
      paths: Set(chosen.flatMap(\.evidence.paths)))
  }
}

extension Extraction.Part {
  /// An activity as far as its packets show it.
  public init(_ activity: Activity) {
    let traffic = activity.evidence.traffic
    var remarks: [EvidenceReference: [String]] = [:]
    for finding in activity.evidence.findings {
      for reference in finding.evidence { remarks[reference, default: []].append(finding.summary) }
    }
    self.init(
      label: activity.label, transport: traffic.transport, sourcePorts: traffic.sourcePorts,
      destinationPorts: traffic.destinationPorts, first: activity.evidence.first,
      last: activity.evidence.last, verdict: activity.diagnosis.verdict ?? "unexplained",
      remarks: remarks)
  }

  /// Whether a packet is the activity's: of the subject's own, or an answer to one.
  func holds(_ packet: Observation, _ details: PacketDetails, of subject: Subject) -> Bool {
    guard packet.time >= first.nanoseconds else { return false }
    if isOwn(packet, details, of: subject) { return true }
    let end = last.nanoseconds.addingReportingOverflow(Extraction.answersWithin)
    return (end.overflow || packet.time <= end.partialValue) && subject.receives(packet, details)
      && isAnswer(packet)
  }

  /// Whether a packet is one of the activity's that its subject sent.
  func isOwn(_ packet: Observation, _ details: PacketDetails, of subject: Subject) -> Bool {
    packet.time >= first.nanoseconds && packet.time <= last.nanoseconds
      && subject.sends(packet, details) && isSent(packet)
  }

  private func isSent(_ packet: Observation) -> Bool {
    guard packet.transport == transport else { return false }
    // Of a fragment behind the first no port is known: it goes with its subject's others.
    if packet.marks.contains(.laterFragment) || transport == .arp { return true }
    if !transport.hasPorts { return isDestination(packet.sourcePort) }
    return destinationPorts.isEmpty
      ? isSource(packet.sourcePort) : isDestination(packet.destinationPort)
  }

  private func isAnswer(_ packet: Observation) -> Bool {
    if packet.hint == .icmpError, packet.marks.contains(.quoted), transport.hasPorts {
      let source = UInt16(truncatingIfNeeded: packet.detail >> 16)
      let destination = UInt16(truncatingIfNeeded: packet.detail)
      return destinationPorts.isEmpty ? isSource(source) : isDestination(destination)
    }
    guard packet.transport == transport else { return false }
    if packet.marks.contains(.laterFragment) || transport == .arp { return true }
    if !transport.hasPorts {
      return Extraction.Part.questions(packet.sourcePort, transport).contains(where: isDestination)
    }
    return destinationPorts.isEmpty
      ? isSource(packet.destinationPort) : isDestination(packet.sourcePort)
  }

  private func isSource(_ port: UInt16) -> Bool {
    sourcePorts.isEmpty || sourcePorts.contains(port)
  }

  private func isDestination(_ port: UInt16) -> Bool {
    destinationPorts.isEmpty || destinationPorts.contains { $0.contains(port) }
  }

  /// The ICMP types that one of them answers.
  private static func questions(_ type: UInt16, _ transport: Transport) -> [UInt16] {
    switch (transport, type) {
    case (.icmp, 0): [8]
    case (.icmp, 14): [13]
    case (.icmp, 18): [17]
    case (.icmpv6, 129): [128]
    default: []
    }
  }
}

extension Subject {
  func sends(_ packet: Observation, _ details: PacketDetails) -> Bool {
    switch self {
    case .address(let address): packet.source == address
    case .mac(let hardware):
      details.sender == hardware || packet.transport == .arp && details.receiver == hardware
    case .network(let prefix): prefix.contains(packet.source)
    case .port(let transport, let number):
      packet.transport == transport && packet.destinationPort == number
    }
  }

  fileprivate func receives(_ packet: Observation, _ details: PacketDetails) -> Bool {
    switch self {
    case .address(let address): packet.destination == address
    case .mac(let hardware): packet.transport != .arp && details.receiver == hardware
    case .network(let prefix): prefix.contains(packet.destination)
    case .port(let transport, let number):
      packet.hint == .icmpError || packet.transport == transport && packet.sourcePort == number
    }
  }
}

/// What taking records out came to.
public struct ExtractionOutcome: Sendable {
  /// Packets or lines taken.
  public var count: UInt64 = 0
  /// Captures that were looked through.
  public var captures: [String] = []
  /// Logs that were looked through, or could be.
  public var logs: [String] = []
  /// Packets that pcapng has no link number for.
  public var unwritable: UInt64 = 0
}

/// Takes an incident's packets out of its captures, as pcapng, or the lines that tell of it out of its logs.
///
/// - Parameters:
///   - wanted: the incident.
///   - paths: the evidence, which is read once more.
///   - options: what the user said.
///   - lines: lines of logs are wanted, not packets.
///   - application: who writes the pcapng.
///   - write: takes the bytes, piece by piece.
/// - Returns: what was found.
/// - Throws: `IntakeError` as `analyze` does; what `write` throws.
public func extract(
  _ wanted: Extraction, paths: [String], options: AnalysisOptions, lines: Bool,
  application: String, write: @escaping ([UInt8]) throws -> Void
) throws -> ExtractionOutcome {
  let opened = try openEvidence(paths: paths, options: intakeOptions(options))
  let copy = RecordCopy(write: write)
  var outcome = ExtractionOutcome()
  let sources = opened.files.filter { wanted.isSource($0.path) }
  let captures = sources.filter { $0.kind == .capture }
  let logs = sources.filter { $0.kind == .firewallLog || $0.kind == .visitorsLog }
  outcome.logs = logs.map(\.path)
  if lines {
    for file in logs {
      try copy.lines(of: file, in: opened) { packet in
        options.includes(packet) && wanted.part(of: packet, PacketDetails()) != nil
      }
    }
  } else if !captures.isEmpty {
    outcome.captures = captures.map(\.path)
    try copy.begin(comment: wanted.comment(captures.map(\.path)), application: application)
    for file in captures {
      let commented = wanted.comments(for: file.path)
      try copy.packets(of: file, in: opened) { packet, details, record in
        guard options.includes(packet), wanted.part(of: packet, details) != nil else {
          return .leave
        }
        return .take(comment: commented[record])
      }
    }
  }
  (outcome.count, outcome.unwritable) = (copy.count, copy.unwritable)
  return outcome
}

extension Extraction {
  /// The first of its activities that a packet belongs to; nil where it does to none.
  func part(of packet: Observation, _ details: PacketDetails) -> Part? {
    parts.first { $0.holds(packet, details, of: subject) }
  }

  func isSource(_ path: String) -> Bool { paths.isEmpty || paths.contains(path) }

  /// What is said of single packets of a capture, by their numbers.
  func comments(for path: String) -> [UInt64: String] {
    var comments: [UInt64: [String]] = [:]
    for part in parts {
      for (reference, summaries) in part.remarks where reference.path == path {
        comments[reference.record, default: []] +=
          ["\(part.label) (\(part.verdict))"] + summaries.map { "- \($0)" }
      }
    }
    return comments.mapValues { $0.joined(separator: "\n") }
  }

  /// What is said of the whole.
  func comment(_ captures: [String]) -> String {
    var lines = ["incident \(incident): \(subject.kind) \(subject.value)"]
    for (number, part) in parts.enumerated() {
      lines.append(
        "activity \(number + 1): \(part.label) (\(part.verdict)), \(part.first) to \(part.last)")
    }
    lines.append("taken out of \(captures.joined(separator: ", ")); other packets are left out")
    return lines.joined(separator: "\n")
  }
}

extension AnalysisOptions {
  /// Whether an observation lies between `since` and `until`.
  func includes(_ packet: Observation) -> Bool {
    (since.map { packet.time >= $0.nanoseconds } ?? true)
      && (until.map { packet.time <= $0.nanoseconds } ?? true)
  }
}
