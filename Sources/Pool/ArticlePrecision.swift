import Detection

/// How often an article's verdict was right, where somebody who can know said what it was.
public struct ArticlePrecision: Hashable, Sendable {
  /// The article.
  public var article: String
  /// Incidents with this verdict whose cause was confirmed to be it.
  public var right: Int
  /// Incidents with this verdict whose cause was confirmed at all.
  public var confirmed: Int
  /// The share and its interval, 95 % (Wilson 1927). Few confirmations give a wide one.
  public var share: Double
  /// The interval's lower end.
  public var low: Double
  /// The interval's upper end.
  public var high: Double

  /// The precision of every article that was stated of an incident whose cause was confirmed, in order of
  /// id. Whoever confirms chooses which incidents to look into, so that this is no random sample.
  ///
  /// - Parameter causes: what `IncidentStore.confirmedCauses` returns.
  /// - Returns: one for each article.
  public static func measured(by causes: [Incident.Cause]) -> [ArticlePrecision] {
    Dictionary(grouping: causes.filter { $0.stated != nil }) { $0.stated ?? "" }.map {
      article, causes in
      let right = causes.count { $0.article == article }
      let interval = Statistics.wilson(right, of: causes.count)
      return ArticlePrecision(
        article: article, right: right, confirmed: causes.count,
        share: Double(right) / Double(causes.count), low: interval.low, high: interval.high)
    }.sorted { $0.article < $1.article }
  }
}
