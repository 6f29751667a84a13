public import Observations

/// What a log turned out to be.
public struct LogRecognition: Sendable {
  /// What a log can tell.
  public enum Kind: Sendable {
    /// Packets that a firewall met.
    case firewall
    /// Who contacted a server.
    case visitors
  }
  /// What it can tell.
  public let kind: Kind
  /// Stable name of the format, as in the JSON contract.
  public let format: String
  /// Whether its stamps give no year, so that one must be chosen (see `LogYears`).
  public let needsYear: Bool
  /// The first stamp, where it gives no year.
  public let firstStamp: YearlessStamp?
  fileprivate let make: @Sendable (LogContext) -> any LogReader

  /// A reader for the log from its first byte.
  public func makeReader(context: LogContext) -> any EvidenceReader { make(context) }

  /// The same, with what it learns beside the observations.
  public func makeLogReader(context: LogContext) -> any LogReader { make(context) }
}

/// The log formats, and which of them a piece of text is.
public enum LogFormats {
  private struct Format {
    let name: String
    let kind: LogRecognition.Kind
    /// Whether its stamps say their zone or are UTC by definition.
    var statesZone = false
    let make: @Sendable (LogContext) -> any LogReader
  }

  /// Every format there is: one line each.
  private static let registry = [
    Format(name: "netfilter", kind: .firewall) { NetfilterReader(context: $0) },
    Format(name: "ipchains", kind: .firewall) { LineReader<Ipchains>(context: $0) },
    Format(name: "windows-firewall", kind: .firewall) { LineReader<WindowsFirewall>(context: $0) },
    Format(name: "zonealarm", kind: .firewall, statesZone: true) {
      LineReader<ZoneAlarm>(context: $0)
    },
    Format(name: "blackice", kind: .firewall, statesZone: true) {
      LineReader<BlackICE>(context: $0)
    },
    Format(name: "snort-fast", kind: .firewall) { LineReader<SnortFast>(context: $0) },
    Format(name: "snort-portscan", kind: .firewall) { LineReader<SnortPortscan>(context: $0) },
    Format(name: "dshield", kind: .firewall, statesZone: true) {
      LineReader<DShield>(context: $0)
    },
    Format(name: "postfix", kind: .visitors) { PostfixReader(context: $0) },
    Format(name: "apache", kind: .visitors) { ApacheCombinedReader(context: $0) },
    Format(name: "iis", kind: .visitors) { LineReader<IISWeb>(context: $0) },
  ]

  /// Whether all stamps of the format of this name state their zone, or are UTC by definition.
  public static func statesZone(_ name: String) -> Bool {
    registry.first { $0.name == name }?.statesZone ?? false
  }

  /// How much of a log is looked at: 64 KiB.
  public static let headLength = 65_536

  /// The stable names of all formats.
  public static var names: [String] { registry.map(\.name) }

  /// A reader for the format of this name; nil where there is no such format.
  public static func makeReader(named name: String, context: LogContext) -> (any LogReader)? {
    registry.first { $0.name == name }?.make(context)
  }

  /// Recognises a log by what its lines say.
  ///
  /// Each reader is tried on the head. A format is a candidate when it reads at least one line and
  /// can place more lines (its own, and well-formed ones of other programs) than it cannot; the
  /// candidate that reads most lines wins, the one named first in the registry among equals.
  ///
  /// - Parameters:
  ///   - head: the log's first bytes; what lies beyond `headLength` is not looked at.
  ///   - context: what is known about the log's times.
  /// - Returns: nil where no format is recognised.
  public static func recognise(_ head: RawSpan, context: LogContext) -> LogRecognition? {
    let bytes = head.extracting(0..<min(head.byteCount, headLength))
    let batch = ObservationBatch()
    var best: LogRecognition?
    var most: UInt64 = 0
    for format in registry {
      var reader = format.make(context)
      let read = trial(&reader, bytes, batch)
      let placed = read + reader.otherLines
      guard read > most, placed > reader.problems.count(.lineNotRecognised) else { continue }
      most = read
      let stamp = reader.firstYearless
      best = LogRecognition(
        kind: format.kind, format: format.name, needsYear: stamp != nil, firstStamp: stamp,
        make: format.make)
    }
    return best
  }

  /// Reads the head whole; how many observations it gives.
  private static func trial(
    _ reader: inout any LogReader, _ bytes: RawSpan, _ batch: ObservationBatch
  ) -> UInt64 {
    var count: UInt64 = 0
    var at = 0
    while at < bytes.byteCount {
      batch.removeAll()
      let consumed = reader.read(
        bytes.extracting(at..<bytes.byteCount), offset: UInt64(at), isLast: true, into: batch)
      count += UInt64(batch.count)
      if consumed == 0 { break }
      at += consumed
    }
    batch.removeAll()
    return count
  }
}
