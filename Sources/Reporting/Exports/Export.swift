public import Analysis
public import Diagnosis
public import Observations

/// How addresses of targets are written: they are victims', and mostly the user's own.
public enum TargetVeil: String, CaseIterable, Sendable {
  /// Not at all: as `10.0.0.1`, the complete obfuscation of DShield's clients; IPv6 as `fd00::1`.
  case hidden
  /// With 10 in place of the first octet, as DShield's clients do it; IPv6 is hidden.
  case obscured
  /// As they are.
  case kept

  /// An address as it may be shown.
  public func shown(_ address: Address) -> Address {
    switch self {
    case .kept: return address
    case .obscured where address.isIPv4:
      return Address(ipv4: address.ipv4 & 0x00ff_ffff | 0x0a00_0000)
    case .obscured, .hidden:
      return address.isIPv4 || address.isVeiled
        ? Address(ipv4: 0x0a00_0001) : Address(high: 0xfd00 << 48, low: 1)
    }
  }
}

/// Who reports, as reports of abuse must say.
public struct Reporter: Hashable, Sendable {
  /// The organisation, or a person's name.
  public var name: String
  /// Where answers go.
  public var address: String

  /// The domain of the address.
  public var domain: String { address.split(separator: "@").last.map(String.init) ?? "" }

  /// Somebody out of two parts that were checked.
  init(name: String, address: String) {
    self.name = name
    self.address = address
  }

  /// Parses `Name <local@domain>` or `local@domain`; nil for anything else.
  public init?(_ text: String) {
    var name = ""
    var address = text[...]
    if let open = text.lastIndex(of: "<"), text.last == ">" {
      name = String(text[..<open].reversed().drop { $0 == " " }.reversed())
      address = text[text.index(after: open)...].dropLast()
    }
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, Reporter.isAtoms(parts[0]), Reporter.isAtoms(parts[1]),
      parts[1].contains("."), !name.unicodeScalars.contains(where: \.isTreacherous)
    else { return nil }
    self.name = name.isEmpty ? String(parts[1]) : name
    self.address = String(address)
  }

  /// Atoms with dots between (RFC 5322, 3.2.3).
  private static func isAtoms(_ text: Substring) -> Bool {
    text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { atom in
      !atom.isEmpty
        && atom.utf8.allSatisfy {
          (0x61...0x7a).contains($0 | 0x20) || (0x30...0x39).contains($0)
            || "!#$%&'*+-/=?^_`{|}~".utf8.contains($0)
        }
    }
  }
}

/// What exports may be told.
public struct ExportOptions: Sendable {
  /// How addresses of targets are written.
  public var targets = TargetVeil.hidden
  /// Who reports; nil where nobody said.
  public var reporter: Reporter?
  /// To whom an abuse mail goes; nil where nobody said.
  public var recipient: Reporter?
  /// The user's number at DShield.
  public var author = "0"
  /// The present time, for what bears a date of its making.
  public var now: Timestamp

  /// Options with nothing told but the time.
  public init(now: Timestamp) { self.now = now }
}

/// An activity that is to be exported, with the incident it belongs to.
public struct ExportedActivity: Sendable {
  /// Its incident.
  public var incident: Incident
  /// The activity.
  public var activity: Activity
  /// What may be said of it.
  public var standing: Standing
  /// What its packets are beyond the report; nil where the evidence was not read again.
  public var packets: PacketTally?
}

/// Everything that an export is made of.
public struct Export: Sendable {
  /// The analysis.
  public var analysis: Analysis
  /// The activities, in order of the report.
  public var activities: [ExportedActivity]
  /// What the user said.
  public var options: ExportOptions

  /// An export of all incidents, or of some.
  ///
  /// - Parameters:
  ///   - analysis: the analysis.
  ///   - incidents: those meant; nil for all.
  ///   - options: what the user said.
  public init(_ analysis: Analysis, incidents: [Incident]? = nil, options: ExportOptions) {
    self.analysis = analysis
    self.options = options
    let home = analysis.home
    activities = (incidents ?? analysis.incidents).flatMap { incident in
      incident.activities.map {
        ExportedActivity(
          incident: incident, activity: $0, standing: Standing($0, home: home), packets: nil)
      }
    }
  }
}

extension Analysis {
  /// The user's own networks, as they were told or inferred.
  var home: [Prefix] {
    assumptions.filter { $0.what == "home" }
      .flatMap { $0.value.split { $0 == "," || $0 == " " } }.compactMap { Prefix(String($0)) }
  }
}

/// What an export needs of the packets, beyond a report of them.
public enum PacketNeed: Sendable {
  /// The report is enough.
  case nothing
  /// A few of them, and what else their senders sent.
  case tally
  /// Each.
  case each
}

extension Export {
  /// Reads the evidence once more for what the form needs.
  ///
  /// - Parameters:
  ///   - form: the form.
  ///   - incidents: the incidents that the export is of.
  ///   - paths: the evidence, as it was analysed.
  ///   - options: how it was read.
  /// - Throws: `IntakeError` as `analyze` does.
  public mutating func readPackets(
    for form: ExportForm, of incidents: [Incident], paths: [String], options: AnalysisOptions
  ) throws {
    guard form.needs != .nothing else { return }
    var starts: [Int] = []
    var count = 0
    for incident in incidents {
      starts.append(count)
      count += incident.activities.count
    }
    guard count == activities.count else { return }
    var tallies = Array(repeating: PacketTally(keepsAll: form.needs == .each), count: count)
    try sentPackets(
      of: incidents, paths: paths, options: options, clocks: analysis.clocks
    ) { sent in
      if let activity = sent.activity {
        tallies[starts[sent.incident] + activity].take(sent.packet)
      } else {
        tallies[starts[sent.incident]].takeOther(sent.packet)
      }
    }
    for index in activities.indices { activities[index].packets = tallies[index] }
    for (number, incident) in incidents.enumerated() where incident.activities.count > 1 {
      // What belongs to none of an incident's activities is the same for each of them.
      let others = tallies[starts[number]].others
      for index in starts[number]..<starts[number] + incident.activities.count {
        activities[index].packets?.others = others
      }
    }
  }
}

/// Why an export cannot be made of what there is.
public struct ExportRefusal: Error, CustomStringConvertible {
  /// One sentence for the user.
  public var description: String

  init(_ description: String) { self.description = description }
}

/// A form that activities are handed on in. One file and one line of `all` each.
public struct ExportForm: Sendable {
  /// The word of the command line.
  public var name: String
  /// What it is, in a few words.
  public var meaning: String
  /// What it needs of the packets, which the report only counts.
  public var needs = PacketNeed.nothing
  /// Its text.
  public var render: @Sendable (Export) throws(ExportRefusal) -> String

  /// All forms but text and JSON.
  public static let all = [
    ecs, dshield, stix, xarf, xarfMail, nftables, suricata, mail,
  ]
}
