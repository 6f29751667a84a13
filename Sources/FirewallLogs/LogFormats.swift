internal import Observations

/// What a log turned out to be.
public struct LogRecognition: Sendable {
  /// What a log can tell.
  public enum Kind: Sendable {
    /// Packets that a firewall met.
    case firewall
    /// Who contacted a server.
    case visitors
  }
  /// What it can tell: that of the format with most observations.
  public let kind: Kind
  /// Stable name of the format with most observations, as in the JSON contract.
  public let format: String
  /// Whether its stamps give no year, so that one must be chosen (see `LogYears`).
  public let needsYear: Bool
  /// The first stamp, where it gives no year.
  public let firstStamp: YearlessStamp?

  /// A reader for the log from its first byte, with what it learns beside the observations. It
  /// expects the format that was recognised, and knows all others.
  public func makeReader(context: LogContext) -> any LogReader {
    LogStream(LogFormats.all(first: format, context), context: context)
  }
}

/// A log format as the list of formats knows it.
struct LogFormat: Sendable {
  let name: String
  let kind: LogRecognition.Kind
  /// Whether its stamps say their zone or are UTC by definition.
  var statesZone = false
  let make: @Sendable () -> any FormatReader

  /// A format that is read line by line.
  static func lines<Format: LineFormat>(
    _ format: Format.Type, _ kind: LogRecognition.Kind = .firewall, statesZone: Bool = false
  ) -> LogFormat {
    LogFormat(name: Format.name, kind: kind, statesZone: statesZone) { Format() }
  }
}

/// The log formats, and which of them a piece of text is.
public enum LogFormats {
  /// Every format there is: one line each. A line is offered to them in this order, so what is
  /// easily mistaken for another stands behind it.
  private static let registry = [
    LogFormat(name: "netfilter", kind: .firewall) { NetfilterReader() },
    .lines(Ipchains.self),
    .lines(CiscoASA.self),
    .lines(CiscoIOS.self),
    .lines(WindowsFirewall.self),
    .lines(PaloAlto.self),
    .lines(ZoneAlarm.self, statesZone: true),
    .lines(BlackICE.self, statesZone: true),
    .lines(SnortFast.self),
    .lines(SnortPortscan.self),
    .lines(DShield.self, statesZone: true),
    .lines(Scanlogd.self),
    .lines(PortSentry.self),
    .lines(Psad.self),
    .lines(Iplog.self),
    .lines(AirSnare.self),
    .lines(SuricataEVE.self, statesZone: true),
    .lines(ZeekConn.self, statesZone: true),
    .lines(ZeekNotice.self, statesZone: true),
    .lines(Nfdump.self),
    .lines(NfdumpCSV.self),
    .lines(AWSFlow.self, statesZone: true),
    .lines(GCPFlow.self, statesZone: true),
    .lines(AzureFlow.self, statesZone: true),
    .lines(Ipfw.self),
    .lines(IPFilter.self),
    .lines(Filterlog.self),
    .lines(PfText.self),
    .lines(Ipfwadm.self),
    .lines(MacApplicationFirewall.self),
    .lines(SnortFull.self),
    .lines(SnortSfPortscan.self),
    .lines(SnortSyslog.self),
    .lines(MyNetWatchman.self, statesZone: true),
    .lines(Postfix.self, .visitors),
    .lines(Exim.self, .visitors),
    .lines(Sendmail.self, .visitors),
    .lines(SecureShell.self, .visitors),
    .lines(ExchangeSmtp.self, .visitors, statesZone: true),
    .lines(Dovecot.self, .visitors),
    .lines(NginxErrors.self, .visitors),
    .lines(FileTransfer.self, .visitors),
    .lines(Apache.self, .visitors),
    .lines(IISWeb.self, .visitors),
    .lines(Fortinet.self),
    .lines(SonicWall.self),
    .lines(NetScreen.self),
    .lines(MikroTik.self),
    .lines(CheckPoint.self),
    .lines(Junos.self),
    .lines(CommonEvent.self),
    .lines(WatchGuard.self),
    .lines(Sophos.self),
  ]

  /// Whether all stamps of the format of this name state their zone, or are UTC by definition.
  public static func statesZone(_ name: String) -> Bool {
    registry.first { $0.name == name }?.statesZone ?? false
  }

  /// What the format of this name can tell; nil where there is no such format.
  public static func kind(_ name: String) -> LogRecognition.Kind? {
    name == ColumnLog.name ? .firewall : registry.first { $0.name == name }?.kind
  }

  /// The stable names of all formats.
  public static var names: [String] { registry.map(\.name) }

  /// A reader that knows the format of this name and no other; nil where there is no such format.
  public static func makeReader(named name: String, context: LogContext) -> (any LogReader)? {
    if name == ColumnLog.name {
      return context.columns.map { LogStream([table($0)], context: context) }
    }
    return registry.first { $0.name == name }.map { LogStream([$0], context: context) }
  }

  /// A table whose columns a user has explained.
  private static func table(_ map: ColumnMap) -> LogFormat {
    LogFormat(name: ColumnLog.name, kind: .firewall) { ColumnLog(map) }
  }

  /// All formats, the one of this name first; a table alone where its columns are explained.
  static func all(first name: String, _ context: LogContext) -> [LogFormat] {
    if let map = context.columns { return [table(map)] }
    return registry.filter { $0.name == name } + registry.filter { $0.name != name }
  }

  /// Recognises a log by what the lines of its head say; see `LogRecogniser`.
  ///
  /// - Parameters:
  ///   - head: the log's first bytes.
  ///   - context: what is known about the log's times.
  /// - Returns: nil where no format is recognised.
  public static func recognise(_ head: RawSpan, context: LogContext) -> LogRecognition? {
    var recogniser = LogRecogniser(context: context)
    recogniser.look(at: head)
    return recogniser.recognition
  }
}
