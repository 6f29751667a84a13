/// How often each way of searching finds a sensor, by the packets that it may take.
public struct ProbeTable: Sendable {
  /// One way against one protection.
  public struct Row: Sendable {
    /// What protected.
    public var protection: ProbeResponse.Protection
    /// How it was searched.
    public var strategy: ProbeResponse.Strategy
    /// Of the attempts, those that found a sensor, for each budget.
    public var found: [Int]
  }

  /// Budgets as packets that reach a sensor, on average: 1/10 … 1,000.
  public static let tenths = [1, 10, 100, 1_000, 10_000]

  /// By protection and strategy.
  public let rows: [Row]
  /// Attempts for each cell.
  public let attempts: Int
  /// Networks with sensors.
  public let sensors: Int

  /// Packets of the budget that reaches so many tenths of a sensor on average.
  public static func budget(tenths: Int, sensors: Int) -> Int {
    max(1, ProbedPool.places / 10 * tenths / max(1, sensors))
  }

  /// Makes all attempts.
  ///
  /// - Parameters:
  ///   - attempts: for each cell.
  ///   - sensors: networks with sensors, 1 to 10,000.
  ///   - seed: where chance begins.
  public init(attempts: Int, sensors: Int = 100, seed: UInt64 = 1) {
    let (attempts, sensors) = (max(1, attempts), min(max(1, sensors), 10_000))
    self.attempts = attempts
    self.sensors = sensors
    rows = ProbeResponse.Protection.allCases.flatMap { protection in
      ProbeResponse.Strategy.allCases.map { strategy in
        Row(
          protection: protection, strategy: strategy,
          found: ProbeTable.tenths.map { tenths in
            let budget = ProbeTable.budget(tenths: tenths, sensors: sensors)
            return (0..<attempts).count { number in
              ProbeResponse.attempt(
                strategy, against: protection, sensors: sensors, budget: budget,
                seed: seed &* 1_000_003 &+ UInt64(number)
              ).found
            }
          })
      }
    }
  }

  /// As a table of Markdown, which can be read as it is.
  public var text: String {
    let budgets = ProbeTable.tenths.map { tenths in
      tenths < 10 ? "\(tenths)/10" : "\(tenths / 10)"
    }
    let lines = rows.map { row in
      [row.protection.rawValue, row.strategy.rawValue] + row.found.map { "\($0)" }
    }
    let head = ["protection", "search"] + budgets
    return """
      Of \(attempts) attempts, those that named a /24 with a sensor; \(sensors) such networks; by the packets sent, given as the sensors that so many packets to addresses of chance reach on average:

      \(MarkdownTable.text(head, lines, leftColumns: 2))
      """
  }
}
