/// The detectors' bounds, a share per shard; limits fall alike at any thread count because shards are fixed.
///
/// What is beyond a bound is counted and said, never silently dropped.
public enum Bounds {
  /// Shards by source hash.
  public static let shards = 16
  /// The place of a shard's entry in a table of all: blocks of 64 entries in turn, so that tables fill
  /// from their beginning and large pages serve them.
  @inline(__always)
  static func place(_ shard: Int, _ number: Int) -> Int {
    (number &>> 6) &<< 10 | shard &<< 6 | number & 63
  }

  /// Sources followed, per shard (1 M in all).
  public static let sources = 65_536
  /// Services beyond each source's first, per shard.
  public static let services = 65_536
  /// Services of one source kept apart; attempts at further ports are gathered as (destination, port) pairs.
  public static let chain: UInt32 = 24
  /// Profiles per shard.
  public static let profiles = 8_192
  /// The first so many services of a shard get a profile from their first packet, so that small evidence is followed
  /// exactly …
  public static let earlyProfiles = 512
  /// … and later ones once they have this many targets.
  public static let targetsForProfile: UInt32 = 24
  /// Chunks of 32 lookups per shard (2 MiB).
  public static let recordChunks = 4_096
  /// Lookups kept in order per service.
  public static let records: UInt32 = 65_536
  /// First contacts kept in order per other service.
  public static let firstContacts: UInt32 = 1_024
  /// Packets of one service kept as they happened.
  public static let traced: UInt32 = 256
  /// Chunks of 16 traced packets per shard.
  public static let traceChunks = 2_048
  /// Pairs of target and service watched per shard for floods of new sources.
  public static let newcomerTargets = 32
  /// Hardware addresses followed on a link.
  public static let stations = 4_096
  /// Times of coming and going kept of each.
  public static let presences = 64
  /// IPv4 addresses whose ARP claims are kept.
  public static let claimedAddresses = 65_536
  /// Answered transactions of the NetBIOS name service.
  public static let nameAnswers = 65_536
  /// Server and minute pairs whose answers are counted.
  public static let serverMinutes = 65_536
  /// Targets up to which a set is read back; of larger ones the first in order stand for all.
  public static let members: UInt32 = 8_192
  /// Hours with counts kept per shard, over all series.
  public static let hours = 65_536
  /// Cadence histograms per shard.
  public static let cadences = 512
  /// Reverse queries remembered per shard.
  public static let reverseQueries = 8_192
  /// Visits kept of one visitors' log.
  public static let visits = 4_194_304
}
