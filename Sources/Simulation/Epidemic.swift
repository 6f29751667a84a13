public import Observations
public import Pool

/// A worm that spreads, seen by a pool's sensors, with everything about it known.
///
/// Hosts come by chance at a rate that changes by the same factor from day to day, stay for a time without
/// memory, and meanwhile send probes by chance to addresses chosen by chance. What of it reaches the
/// addresses that sensors watch is what the pool is told.
public struct Epidemic: Sendable {
  /// A sensor and what it watches.
  public struct Sensor: Hashable, Sendable {
    /// Addresses watched.
    public var watched: UInt64
    /// The days of the epidemic on which it runs, from 0.
    public var days: Range<Int>
    /// Whether its verdicts name what it meets.
    public var tells: Bool

    /// A sensor out of its parts.
    public init(watched: UInt64, days: Range<Int>, tells: Bool = true) {
      self.watched = watched
      self.days = days
      self.tells = tells
    }
  }

  /// What is unlike the plain story.
  public enum Variant: String, CaseIterable, Hashable, Sendable {
    /// Every second host spends nine of ten probes on its neighbours, whom no sensor watches.
    case localPreference = "local-preference"
    /// Hosts change their address at midnight with a chance of one in ten.
    case changingAddresses = "changing-addresses"
    /// Hosts probe at rates that differ by a factor of up to four.
    case unequalRates = "unequal-rates"
    /// Somebody sends 500 packets a day to one network, each under an address of its own.
    case forged
    /// Sensors begin late, end early or pause.
    case comingSensors = "coming-sensors"
    /// One sensor in three does not let the service through.
    case blindSensors = "blind-sensors"
  }

  /// What is true of some hosts.
  public struct Article: Hashable, Sendable {
    /// Its id.
    public var id: String
    /// Of how many in a thousand hosts it is true.
    public var perMille: Int

    /// An article out of its parts.
    public init(id: String, perMille: Int) {
      self.id = id
      self.perMille = perMille
    }
  }

  /// Everything that makes an epidemic.
  public struct Settings: Hashable, Sendable {
    /// Where chance begins.
    public var seed: UInt64
    /// The first day.
    public var firstDay: Day
    /// How many days.
    public var days: Int
    /// The sensors, each in a network of its own.
    public var sensors: [Sensor]
    /// Hosts at the beginning.
    public var present: Int
    /// Hosts that come on the day in the middle.
    public var arrivalsPerDay: Double
    /// By which factor that changes from day to day.
    public var growth: Double
    /// How long a host stays on average, in days.
    public var stay: Double
    /// How many of one host's probes reach one address in a day, on average.
    public var probesPerAddress: Double
    /// A probe has one to so many packets.
    public var packetsOfProbe: Int
    /// The service.
    public var service: Service
    /// Articles with the share of hosts that each is true of, in thousandths.
    public var articles: [Article]
    /// What is unlike the plain story.
    public var variants: Set<Variant>

    /// A plain epidemic seen by five sensors for two weeks.
    public init(seed: UInt64, firstDay: Day) {
      self.seed = seed
      self.firstDay = firstDay
      days = 14
      sensors = [512, 256, 384, 256, 128].map { Sensor(watched: $0, days: 0..<14) }
      present = 60
      arrivalsPerDay = 20
      growth = 1.08
      stay = 4
      probesPerAddress = 0.01
      packetsOfProbe = 3
      service = Service(transport: .udp, port: 137)
      articles = [
        Article(id: "opaserv-share-worm", perMille: 700),
        Article(id: "bugbear-worm", perMille: 200),
      ]
      variants = []
    }
  }

  static let secondsOfDay: Int64 = 86_400
  static let microsecondsOfDay: Int64 = 86_400_000_000

  /// What makes it.
  public let settings: Settings
  /// The hosts in order of their coming.
  let hosts: [Host]
  /// What reached the sensors, by day.
  let sightings: [[EpidemicSighting]]

  /// Lets an epidemic happen.
  public init(_ settings: Settings) {
    self.settings = settings
    hosts = Epidemic.hosts(settings)
    sightings = Epidemic.sightings(of: hosts, settings)
  }

  /// The network of a sensor: a block of those set apart for measurements (RFC 2544).
  public static func network(of sensor: Int) -> Prefix {
    Prefix(of: Address(ipv4: 0xc612_0000 + UInt32(sensor) << 8), length: 24)
  }
}
