/// A NetBIOS name lookup by address, as the Windows kernel's resolver makes it: up to three node
/// status queries under one transaction id, 1.5 s apart (KB 138086; the SANS FAQ on port 137).
struct NameLookup {
  /// When the first try leaves.
  var time: Int64
  var target: UInt32
  /// When the reverse query for the target had failed, where one had.
  var failed: Int64?
  /// When the target had visited, where it had.
  var visited: Int64?

  static let tries = 3
  private static let cadence = 1_500 * Clock.millisecond
  private static let jitter = 20 * Clock.millisecond

  /// The times of the tries where nobody answers.
  func tryTimes(_ random: inout RandomSource) -> [Int64] {
    var time = time
    return (0..<NameLookup.tries).map { index in
      if index > 0 {
        time +=
          NameLookup.cadence + random.microseconds(-NameLookup.jitter...NameLookup.jitter)
      }
      return time
    }
  }
}

/// What a resolver says about the name of an address.
struct ReverseName: Equatable {
  /// Nil where there is none.
  var name: String?
  var code: DNSBuilder.Code

  /// Draws one: in 1,000, `failing` addresses have no name, most of them by "no such name".
  init(of address: UInt32, failing: UInt64, _ random: inout RandomSource) {
    if random.chance(failing) {
      name = nil
      code = random.chance(760) ? .noSuchName : .serverFailure
    } else {
      name = MadeNames.host(of: address)
      code = .noError
    }
  }

  var failed: Bool { name == nil }

  /// How long the resolver takes: it waits long for servers that fail.
  func delay(_ random: inout RandomSource) -> Int64 {
    switch code {
    case .noError, .noSuchName: random.microseconds(15_000...300_000)
    case .serverFailure: random.microseconds(700_000...1_900_000)
    }
  }
}

/// A reverse query and its answer.
struct ReverseQuery {
  var asked: Int64
  var answered: Int64
  var address: UInt32
  var result: ReverseName
}

/// Somebody who comes to the server.
struct Visit {
  var time: Int64
  var address: UInt32
  var result: ReverseName
  /// What the server asked because of it; nil where it still knew the answer.
  var query: ReverseQuery?
}

/// Visits at a steady rate, and the reverse queries that they cause.
struct VisitorStream {
  /// Microseconds between visits, on average.
  let meanGap: Int64
  /// In 1,000: visits of somebody who was here not long ago.
  let returning: UInt64
  /// In 1,000: addresses without a name.
  let failing: UInt64
  /// How long the server remembers what the resolver said.
  let remembered = 10 * Clock.minute
  private let recentCount = 400

  /// All visits of an interval.
  func visits(
    from start: Int64, to end: Int64, strangers: inout PublicAddresses, _ random: inout RandomSource
  ) -> [Visit] {
    var visits: [Visit] = []
    var known: [UInt32: (result: ReverseName, asked: Int64)] = [:]
    var time = start + random.exponential(mean: meanGap)
    while time < end {
      let again = visits.count > recentCount && random.chance(returning)
      let address =
        again
        ? visits[visits.count - 1 - Int(random.below(UInt64(recentCount)))].address
        : strangers.next()
      let entry = known[address]
      let result = entry?.result ?? ReverseName(of: address, failing: failing, &random)
      var query: ReverseQuery?
      if entry.map({ time - $0.asked > remembered }) ?? true {
        let asked = time + random.microseconds(3_000...60_000)
        query = ReverseQuery(
          asked: asked, answered: asked + result.delay(&random), address: address, result: result)
      }
      known[address] = (result, query?.asked ?? entry?.asked ?? time)
      visits.append(Visit(time: time, address: address, result: result, query: query))
      time += random.exponential(mean: meanGap)
    }
    return visits
  }
}

/// The middle value of a list in ascending order (the upper one of two); nil where it is empty.
func median(_ values: [Int64]) -> Int64? {
  values.isEmpty ? nil : values.sorted()[values.count / 2]
}

extension Truth {
  /// A duration in seconds from microseconds; null where there is none.
  static func seconds(_ microseconds: Int64?) -> Truth {
    microseconds.map { .quotient(Int($0), 1_000_000, places: 3) } ?? .null
  }
}
