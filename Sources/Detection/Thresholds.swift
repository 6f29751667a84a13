/// From where on something is worth an incident. Below, it is counted in `quiet`.
public enum Thresholds {
  /// Distinct targets of NetBIOS lookups; as many as of any other sweep.
  public static let lookupTargets = 25.0
  /// Lookups within a visitors' log's hours, below which nothing is said about visits.
  public static let lookupsForVisits = 8
  /// Distinct unexpected targets of one service (Zeek's scan script: 25 within five minutes).
  public static let sweepTargets = 25.0
  /// … of which this many fell into one clock hour: half of the above, because an hour's end may cut a sweep in two. Slower
  /// sweeps are not told from the refused attempts that any host makes now and then.
  public static let targetsInAnHour: UInt32 = 13
  /// … and their share of all targets: a client with a few dead peers is no scanner.
  public static let unexpectedShare = 0.2
  /// Distinct ports without an answer (Zeek: 15).
  public static let sweptPorts = 15
  /// Ports tried in a hurry without an answer, in all and of those below 1024 (scanlogd: ports that add up to 21, one
  /// below 1024 counting three) …
  public static let hurriedPorts = 7
  /// … by their weight, a little below scanlogd's, which needs each within three seconds of the last,
  public static let hurriedWeight = 20
  /// … within so many seconds from the first to the last.
  public static let hurriedSeconds = 10.0
  /// Targets per port of a port sweep, at most: above, it is a sweep of addresses over several services.
  public static let targetsPerPort = 0.5
  /// Ports per peer of one port in touch with many peers, at least: a service of the peers' has few ports.
  public static let peerPortsPerTarget = 0.5
  /// Broadcasts of one host to one service in its busiest minute; a host that comes up sends some twenty.
  public static let stormPerMinute: UInt32 = 40
  /// … and in all.
  public static let stormPackets: UInt32 = 120
  /// Sources that one service had nothing but one packet of.
  public static let floodSources: UInt32 = 500
  /// Packets that outwardly read as misread ICMP errors.
  public static let misreadPackets: UInt32 = 3
  /// Distinct receivers of replies nobody was seen to ask for. A capture of one direction shows many such replies to few.
  public static let unaskedTargets = 25.0
  /// Targets below which the choice of targets is undetermined.
  public static let targetsForChoice = 30.0
  /// How long after a visit a probe counts as solicited by it, in seconds.
  public static let visitWindow = 60.0
  /// How much earlier than the visit a probe may seem, in seconds: stamps of whole seconds and clock offsets.
  public static let clockSlack = 2.0
  /// How far two clocks may be apart for their offset to be found, in seconds.
  public static let largestOffset = 300.0
}
