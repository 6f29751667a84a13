import GRDB
import Observations
public import Pool

extension SQLiteStore {
  /// The services that digests tell of, by numbers that stand beside them: the digests themselves are long.
  public func wideServices(
    in days: ClosedRange<Day>, fewestNetworks: UInt64
  ) async throws(StoreError) -> [WideService] {
    try await read { db in
      let select = try Prepared(
        db,
        """
        SELECT key, day, wide FROM digest JOIN digested USING (day)
          WHERE kind=? AND day >= ? AND day <= ? AND fewest >= ? AND wide > 0 ORDER BY key, day
        """)
      select.bind(1, Rollup.TrendKind.service.rawValue)
      select.bind(2, days.lowerBound.rawValue)
      select.bind(3, days.upperBound.rawValue)
      select.bind(4, clamping: fewestNetworks)
      var services: [WideService] = []
      while try select.step() {
        guard let service = Service(key: select.bytes(0)) else {
          throw StoreError.damaged(because: "a digest of no service")
        }
        if services.last?.service != service {
          services.append(WideService(service: service, days: []))
        }
        let day = Day(rawValue: Int(select.number(1)))
        services[services.count - 1].days.append(
          WideService.OfDay(day: day, reports: UInt64(clamping: select.number(2))))
      }
      return services
    }
  }
}
