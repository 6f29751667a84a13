/// How much was reported of a service by sources that enough networks met, day by day.
public struct WideService: Hashable, Sendable {
  /// Reports of one day.
  public struct OfDay: Hashable, Sendable {
    /// The day.
    public var day: Day
    /// Reports of widely met sources: `DayDigest.wideReports`.
    public var reports: UInt64

    /// A day with its reports.
    public init(day: Day, reports: UInt64) {
      self.day = day
      self.reports = reports
    }
  }

  /// The service.
  public var service: Service
  /// Days with such reports, in order.
  public var days: [OfDay]

  /// A service out of its parts.
  public init(service: Service, days: [OfDay]) {
    self.service = service
    self.days = days
  }
}
