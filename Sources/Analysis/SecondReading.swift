internal import Detection
public import Diagnosis
public import Intake
public import Observations

/// A packet that an incident's subject sent, out of a second reading of the evidence.
public struct SentPacket: Sendable {
  /// Which of the incidents that were asked about.
  public var incident: Int
  /// Which of its activities the packet belongs to; nil: none of them.
  public var activity: Int?
  /// What the packet, or the line that tells of it, says.
  public var packet: Observation
}

/// Reads evidence once more for the packets that incidents' subjects sent.
///
/// Each activity is looked up in the one piece of evidence whose counts its report gives, so that what
/// two files tell of is not told twice.
///
/// - Parameters:
///   - incidents: the incidents.
///   - paths: the evidence, as it was given to `analyze`.
///   - options: what the user said, the same as there.
///   - clocks: by how many seconds the clock of a piece of evidence was found ahead.
///   - body: takes packets, in order of path and then of record.
/// - Throws: `IntakeError` as `analyze` does; what `body` throws.
public func sentPackets(
  of incidents: [Incident], paths: [String], options: AnalysisOptions,
  clocks: [String: Double] = [:],
  body: (SentPacket) throws -> Void
) throws {
  let opened = try openEvidence(paths: paths, options: intakeOptions(options))
  for file in opened.files {
    let search = PacketSearch(incidents, path: file.path)
    guard !search.isEmpty, let stream = opened.stream(file) else { continue }
    let isCapture = file.kind == .capture
    try read(stream, options, ahead: clocks[file.path]) { packet, batch, index in
      let details = isCapture ? batch.details[index] : PacketDetails()
      try search.find(packet, details, body)
    }
  }
}

/// Reads all packets of evidence once more.
///
/// - Parameters:
///   - paths: the evidence, as it was given to `analyze`.
///   - options: what the user said, the same as there.
///   - clocks: by how many seconds the clock of a piece of evidence was found ahead.
///   - body: takes each packet with the path and the format of its file, in order.
/// - Throws: `IntakeError` as `analyze` does.
public func allPackets(
  of paths: [String], options: AnalysisOptions, clocks: [String: Double],
  body: (Observation, String, String?) -> Void
) throws(IntakeError) {
  let opened = try openEvidence(paths: paths, options: intakeOptions(options))
  for file in opened.files where file.kind == .capture || file.kind == .firewallLog {
    guard let stream = opened.stream(file) else { continue }
    read(stream, options, ahead: clocks[file.path]) { packet, _, _ in
      body(packet, file.path, file.kind == .capture ? nil : stream.format ?? "log")
    }
  }
}

/// Reads a file to its end.
///
/// - Parameters:
///   - stream: the file.
///   - options: what the user said.
///   - ahead: by how many seconds its clock is.
///   - body: takes each packet that is wanted, by the report's clock, with its batch and place there.
/// - Throws: what `body` throws.
private func read<Failure: Error>(
  _ stream: EvidenceStream, _ options: AnalysisOptions, ahead: Double?,
  _ body: (Observation, ObservationBatch, Int) throws(Failure) -> Void
) throws(Failure) {
  let ahead = Int64(((ahead ?? 0) * 1e9).rounded())
  let batch = ObservationBatch()
  var more = true
  while more {
    batch.removeAll()
    more = stream.fill(batch)
    for index in 0..<batch.count {
      var packet = batch.observations[index]
      guard options.includes(packet) else { continue }
      packet.time = packet.time &- ahead
      try body(packet, batch, index)
    }
  }
}

/// What is looked for in one piece of evidence.
private struct PacketSearch {
  private struct Wanted {
    let incident: Int
    let subject: Subject
    let parts: [(number: Int, part: Extraction.Part)]
  }

  /// By address, for there may be thousands; the other subjects are few.
  private var byAddress: [Address: [Wanted]] = [:]
  private var others: [Wanted] = []

  var isEmpty: Bool { byAddress.isEmpty && others.isEmpty }

  init(_ incidents: [Incident], path: String) {
    for (number, incident) in incidents.enumerated() {
      let parts = incident.activities.enumerated()
        .filter { $0.element.evidence.paths.first == path }
        .map { (number: $0.offset, part: Extraction.Part($0.element)) }
      guard !parts.isEmpty else { continue }
      let wanted = Wanted(incident: number, subject: incident.subject, parts: parts)
      if case .address(let address) = incident.subject {
        byAddress[address, default: []].append(wanted)
      } else {
        others.append(wanted)
      }
    }
  }

  func find(
    _ packet: Observation, _ details: PacketDetails, _ body: (SentPacket) throws -> Void
  ) throws {
    for wanted in (byAddress[packet.source] ?? []) + others
    where wanted.subject.sends(packet, details) {
      let part = wanted.parts.first { $0.part.isOwn(packet, details, of: wanted.subject) }
      try body(
        SentPacket(incident: wanted.incident, activity: part?.number, packet: packet))
    }
  }
}

extension Analysis {
  /// By how many seconds the clock of a piece of evidence was found ahead of the one that all times
  /// of the report are by; nothing for clocks that were left as they are.
  public var clocks: [String: Double] {
    var clocks: [String: Double] = [:]
    for finding in networkFindings where finding.kind == .clockOffset {
      guard case .text(let path)? = finding.values["path"],
        let offset = finding.values["offsetSeconds"]?.numeric, abs(offset) < 1e9
      else { continue }
      clocks[path] = offset
    }
    return clocks
  }
}
