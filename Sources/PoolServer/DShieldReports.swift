import Detection
import Observations
import Pool

/// Makes reports of lines: of each source, for each day and each service one. What the lines do not say
/// is not guessed: there is no verdict, and nothing shows that answers reached the source.
struct DShieldReports {
  /// More lines are not taken at once: each may become a report of its own.
  static let mostLines = PoolLimits.reportsOfBatch
  /// A source that aimed at more ports than these on one day tries ports, not services.
  static let portsOfServices = PoolLimits.portsOfReport
  /// Stands where others have the version of their knowledge.
  static let knowledge = "dshield lines"

  private struct Key: Hashable, Comparable {
    var source: Address
    var transport: UInt8
    var day: Int
    /// The port, or type and code of ICMP; -1 where they are not known.
    var service: Int

    static func < (a: Key, b: Key) -> Bool {
      (a.source, a.transport, a.day, a.service) < (b.source, b.transport, b.day, b.service)
    }
  }

  private struct Sum {
    var first: Timestamp
    var last: Timestamp
    var packets: UInt64 = 0
    var pseudonyms: Set<Pseudonym> = []
    /// Whether some targets were made unrecognisable before they were sent.
    var hasHidden = false

    mutating func add(_ other: Sum) {
      first = min(first, other.first)
      last = max(last, other.last)
      packets += other.packets
      pseudonyms.formUnion(other.pseudonyms)
      hasHidden = hasHidden || other.hasHidden
    }
  }

  private var sums: [Key: Sum] = [:]

  /// Takes a line in; its target becomes a name that only the key can make again, at once.
  mutating func add(_ line: DShieldLine, key: SensorKey) {
    let isICMP = line.transport == .icmp || line.transport == .icmpv6
    let service: Int? =
      if isICMP {
        Int(line.first.map { min($0, 255) } ?? 0) << 9
          | Int(line.second.map { min($0, 255) } ?? 256)
      } else if line.transport.hasPorts {
        line.second.map { Int($0) }
      } else {
        nil
      }
    var sum = Sum(first: line.time, last: line.time)
    sum.packets = line.count
    // 10.0.0.1 and its like are what DShield's clients write in place of their own addresses.
    if line.target.isPrivate || line.target.isLoopback || line.target.isUnspecified {
      sum.hasHidden = true
    } else {
      sum.pseudonyms = [key.pseudonym(of: line.target)]
    }
    let place = Key(
      source: line.source, transport: line.transport.rawValue,
      day: Int(Day(line.time).rawValue), service: service ?? -1)
    if sums[place] == nil { sums[place] = sum } else { sums[place]?.add(sum) }
  }

  /// The reports, in order of source, transport, day and service: the same for the same lines in any
  /// order.
  var reports: [Report] {
    var reports: [Report] = []
    var rest = sums.sorted { $0.key < $1.key }[...]
    while let (key, _) = rest.first {
      let group = rest.prefix {
        $0.key.source == key.source && $0.key.transport == key.transport && $0.key.day == key.day
      }
      rest = rest.dropFirst(group.count)
      let transport = Transport(rawValue: key.transport)
      let ports = group.map(\.key.service).filter { $0 >= 0 }
      guard transport.hasPorts, ports.count > DShieldReports.portsOfServices else {
        reports += group.compactMap { DShieldReports.report($0.key, $0.value, .service, nil) }
        continue
      }
      var all = group[group.startIndex].value
      for one in group.dropFirst() { all.add(one.value) }
      reports += [DShieldReports.report(key, all, .manyPorts, ports)].compactMap(\.self)
    }
    return reports
  }

  private static func report(
    _ key: Key, _ sum: Sum, _ manner: ReportShape.Manner, _ ports: [Int]?
  ) -> Report? {
    let transport = Transport(rawValue: key.transport)
    let isICMP = transport == .icmp || transport == .icmpv6
    let message =
      isICMP
      ? ReportShape.ICMPMessage(
        type: UInt8(truncatingIfNeeded: key.service >> 9),
        code: key.service & 256 == 0 ? UInt8(truncatingIfNeeded: key.service) : nil) : nil
    let named = ports ?? (transport.hasPorts && key.service >= 0 ? [key.service] : [])
    let known = UInt64(sum.pseudonyms.count)
    let targets =
      sum.hasHidden
      ? CountRange(low: max(1, known), high: max(1, sum.packets)) : CountRange(max(1, known))
    let report = Report(
      subject: key.source,
      shape: ReportShape(
        transport: transport, direction: .inbound, manner: manner, icmp: message),
      ports: named.map { UInt16(truncatingIfNeeded: $0) }, first: sum.first, last: sum.last,
      packets: CountRange(sum.packets), targets: targets, pseudonyms: Array(sum.pseudonyms),
      knowledge: knowledge, mayBeForged: true)
    return report.problem == nil ? report : nil
  }
}
