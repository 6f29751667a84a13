public import Observations

/// How far the knowledge of a source is spread. It says nothing about guilt: everybody meets the crawler
/// of a search engine, and whoever forges a source chooses how many meet it.
public enum Prevalence: String, CaseIterable, Hashable, Sendable, Comparable {
  /// Too few networks to say anything in public.
  case few
  /// Three networks or more.
  case several
  /// Ten or more.
  case many
  /// A hundred or more.
  case veryMany = "very-many"

  /// By the number of independent networks.
  public init(networks: UInt64) {
    self =
      switch networks {
      case ..<Publication.fewestOfPublicPool: .few
      case ..<10: .several
      case ..<100: .many
      default: .veryMany
      }
  }

  /// `few` is the least.
  public static func < (a: Prevalence, b: Prevalence) -> Bool {
    (allCases.firstIndex(of: a) ?? 0) < (allCases.firstIndex(of: b) ?? 0)
  }
}

/// How the reports about a source could have come about without it.
///
/// In a pool that everybody may ask it changes only where as many networks as a statement needs say so:
/// else one connection that a sensor answers would show that it is one.
public enum Forgery: String, CaseIterable, Hashable, Sendable {
  /// Packets could have been sent by anybody under this address, and too few networks state that answers
  /// reached it: however many agree, nothing shows that the address has to do with it.
  case anybodyCouldHave = "anybody-could-have"
  /// One network or two state that answers reached the source: their word, and no other. Only where a
  /// statement needs so few.
  case oneNetworksWord = "one-networks-word"
  /// Several networks state that answers reached the source: whoever forged that must control several
  /// networks with sensors, or the way to them.
  case severalWouldHaveTo = "several-would-have-to"

  init(firmNetworks: UInt64, fewest: UInt64) {
    self =
      firmNetworks < max(1, fewest)
      ? .anybodyCouldHave
      : firmNetworks < Publication.fewestOfPublicPool ? .oneNetworksWord : .severalWouldHaveTo
  }

  /// A sentence for people, without a trailing stop.
  public var sentence: String {
    switch self {
    case .anybodyCouldHave:
      "these packets could have been sent by anybody under this address: not enough networks state "
        + "that answers reached it; agreement of many shows that they were sent, not by whom"
    case .oneNetworksWord:
      "only one or two networks state that answers reached this address; "
        + "the other packets could have been sent by anybody"
    case .severalWouldHaveTo:
      "several independent networks state that answers reached this address; "
        + "to forge that, somebody would have to control sensors in several of them"
    }
  }
}

/// What everybody may know of a source.
public struct PublicSource: Hashable, Sendable {
  /// The source.
  public var source: Address
  /// How many networks reported it, in words.
  public var prevalence: Prevalence
  /// Reports that several networks stand for, rounded down to 1, 2 or 5 times a power of ten.
  public var reportsAtLeast: UInt64
  /// The days on which enough networks reported it, with how many at least, in order.
  public var days: [PublicDay]
  /// The first day on which enough networks reported it; nil where there is none: they did on different
  /// days.
  public var firstDay: Day?
  /// The last such day.
  public var lastDay: Day?
  /// Services that enough networks reported, at most `Publication.mostServices`; those that very many, then
  /// many, then several networks named, and among these by number.
  public var services: [Service]
  /// What sensors of enough networks made of it, and of at least a third of those that made anything of it;
  /// at most `Publication.mostVerdicts`, the best supported first. They are opinions, not findings of the
  /// pool.
  public var verdicts: [String]
  /// Those of the verdicts that enough networks gave of what packets alone cannot forge.
  public var firmVerdicts: [String]
  /// Whether sensors disagree: networks that made something else of it than the best supported verdict, and
  /// not that, are enough for a statement and at least half as many.
  public var isContested: Bool
  /// How it could have been forged.
  public var forgery: Forgery
}

/// A day on which enough networks reported a source.
public struct PublicDay: Hashable, Sendable {
  /// The day.
  public var day: Day
  /// How many networks, in words. How many reports is not told: one network alone can raise that.
  public var prevalence: Prevalence

  /// A day out of its parts.
  public init(day: Day, prevalence: Prevalence) {
    self.day = day
    self.prevalence = prevalence
  }
}

/// What everybody may know of a bucket of a trend.
public struct PublicTrendPoint: Hashable, Sendable {
  /// Its first instant.
  public var start: Timestamp
  /// Reports, rounded down.
  public var reportsAtLeast: UInt64
  /// Sources, rounded down.
  public var sourcesAtLeast: UInt64

  /// A point out of its parts.
  public init(start: Timestamp, reportsAtLeast: UInt64, sourcesAtLeast: UInt64) {
    self.start = start
    self.reportsAtLeast = reportsAtLeast
    self.sourcesAtLeast = sourcesAtLeast
  }
}
