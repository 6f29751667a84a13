import Observations

/// What a published rule of another program says of one source.
struct PeerHit: Sendable {
  /// The rule, by the name it is published under.
  var rule: String
  /// What was counted, against which threshold.
  var measured: String
  /// When it was reached.
  var time: Timestamp
}

/// The published rules of one program, as far as evidence at rest can answer them.
struct PeerRules: Sendable {
  /// Its name on the command line.
  var name: String
  /// The rules with their thresholds.
  var rules: String
  /// Where they are published.
  var source: String
  /// What cannot be answered here, a sentence each.
  var limits: [String]
  /// What they say of a source's attempts, in order of time; `start` is the evidence's first moment.
  var judge: @Sendable ([Attempts.Attempt], _ start: Int64) -> [PeerHit]
  /// Why this evidence says nothing about them; nil where it does.
  var silent: @Sendable (Attempts) -> String?

  /// One line for each program.
  static let all = [zeek, psad, slips, crowdsec]
}

private let second: Int64 = 1_000_000_000

extension PeerRules {
  static let zeek = PeerRules(
    name: "zeek",
    rules:
      "address scan: 25 hosts at one port; port scan: 15 ports at one host; both by failed TCP "
      + "connections within 5 minutes",
    source: "scripts/policy/misc/scan.zeek (to Zeek 6; later as the package bro-simple-scan)",
    limits: [
      "its five minutes begin where the evidence begins, as if it had been started then",
      "connections of which a log does not say that they were refused are not counted",
    ],
    judge: { attempts, start in
      let failed = attempts.filter { $0.transport == .tcp && $0.failed == true }
      let scan = PeerWindow(seconds: 300, words: "within 5 min", start: start)
      return scan.hosts("Scan::Address_Scan", least: 25, of: failed)
        + scan.ports("Scan::Port_Scan", least: 15, of: failed)
    }, silent: silentOfPackets)

  static let psad = PeerRules(
    name: "psad",
    rules:
      "danger levels 1 to 5 at 5, 15, 150, 1,500 and 10,000 logged packets, where ports differ",
    source: "psad.conf (DANGER_LEVEL1 to 5, PORT_RANGE_SCAN_THRESHOLD 1)",
    limits: [
      "its signatures, which raise a level by single packets, are not asked",
      "packets of TCP and UDP are counted, for each target apart; it counts ICMP, too",
      "packets are counted without end, as with ENABLE_PERSISTENCE",
    ],
    judge: { attempts, _ in
      let pairs = Dictionary(grouping: attempts.filter(\.isNetfilter), by: \.target)
      // Targets in order, so that of equal levels the same one is told every time.
      let hits = pairs.sorted { $0.key < $1.key }.compactMap { psadHit($0.value) }
      return hits.max { $0.rule < $1.rule }.map { [$0] } ?? []
    },
    silent: { $0.hasNetfilter ? nil : "it reads logs of netfilter only, and there is none" })

  static let slips = PeerRules(
    name: "slips",
    rules:
      "horizontal port scan: 5 hosts at one port; vertical: 5 ports at one host; both by flows "
      + "that were not established, within its time window of an hour",
    source: "modules/network_discovery/horizontal_portscan.py, vertical_portscan.py",
    limits: [
      "what it does with further evidence before it raises an alert is not asked",
      "flows of which a log does not say that they were refused are not counted",
    ],
    judge: { attempts, start in
      let failed = attempts.filter { $0.failed == true }
      let scan = PeerWindow(seconds: 3_600, words: "within an hour", start: start)
      return scan.hosts("HorizontalPortscan", least: 5, of: failed)
        + scan.ports("VerticalPortscan", least: 5, of: failed)
    }, silent: silentOfPackets)

  static let crowdsec = PeerRules(
    name: "crowdsec",
    rules: "iptables-scan-multi_ports: a bucket that leaks one event in 5 s overflows beyond 15 "
      + "different ports",
    source: "crowdsecurity/hub, scenarios/crowdsecurity/iptables-scan-multi_ports.yaml",
    limits: [
      "a bucket that has emptied is taken for a new one, which forgets the ports it has met",
      "whether a line was logged as a drop is known from its prefix only; others are counted, too",
    ],
    judge: { attempts, _ in
      let leak = 5 * second
      var level: Int64 = 0
      var last: Int64 = 0
      var met: Set<UInt16> = []
      for attempt in attempts where attempt.isNetfilter {
        let drained = level == 0 ? 0 : max(0, attempt.time &- last) / leak
        if level > 0, drained > 0 {
          level = max(0, level - drained)
          last = last &+ drained * leak
        }
        if level == 0 {
          met = []
          last = attempt.time
        }
        guard met.insert(attempt.port).inserted else { continue }
        level += 1
        if level > 15 {
          return [
            PeerHit(
              rule: "iptables-scan-multi_ports",
              measured: "\(met.count) different ports before the bucket could leak (more than 15)",
              time: Timestamp(nanoseconds: attempt.time))
          ]
        }
      }
      return []
    },
    silent: { $0.hasNetfilter ? nil : "its scenario reads logs of netfilter, and there is none" })
}

/// Rules on connections are asked of packets and of any firewall's lines.
@Sendable private func silentOfPackets(_ attempts: Attempts) -> String? {
  attempts.hasCapture || attempts.hasNetfilter || attempts.hasOtherLog
    ? nil : "there are neither packets nor lines of a firewall"
}

/// psad's level for what one source sent to one target.
private func psadHit(_ logged: [Attempts.Attempt]) -> PeerHit? {
  guard let low = logged.map(\.port).min(), let high = logged.map(\.port).max(), high > low
  else { return nil }
  let levels: [UInt64] = [5, 15, 150, 1_500, 10_000]
  var packets: UInt64 = 0
  var level = 0
  var reached: Int64 = 0
  for attempt in logged {
    packets += UInt64(attempt.packets)
    let now = levels.count { packets >= $0 }
    if now > level { (level, reached) = (now, attempt.time) }
  }
  guard level > 0 else { return nil }
  return PeerHit(
    rule: "danger level \(level)",
    measured: "\(grouped(packets)) packets to one target (\(grouped(levels[level - 1])))",
    time: Timestamp(nanoseconds: reached))
}

/// Windows of time that follow on each other, in each of which different things are counted.
struct PeerWindow {
  let seconds: Int64
  /// The window in words.
  let words: String
  let start: Int64

  /// What a rule says that counts hosts at one port.
  func hosts(_ rule: String, least: Int, of attempts: [Attempts.Attempt]) -> [PeerHit] {
    mostOf(attempts, each: { "\($0.transport)/\($0.port)" }, what: { "\($0.target)" })
      .filter { $0.count >= least }.map {
        PeerHit(
          rule: rule, measured: "\($0.count) hosts at \($0.name) \(words) (\(least))",
          time: $0.time)
      }
  }

  /// What a rule says that counts ports at one host, of each transport apart.
  func ports(_ rule: String, least: Int, of attempts: [Attempts.Attempt]) -> [PeerHit] {
    mostOf(attempts, each: { "\($0.transport) \($0.target)" }, what: { "\($0.port)" })
      .filter { $0.count >= least }.map {
        PeerHit(
          rule: rule, measured: "\($0.count) ports at one host \(words) (\(least))", time: $0.time)
      }
  }

  /// The most different things met within one window, for the name that has most of them.
  ///
  /// - Parameters:
  ///   - attempts: in order of time.
  ///   - each: what is counted apart.
  ///   - what: what is counted once.
  /// - Returns: the fullest, or nothing.
  func mostOf(
    _ attempts: [Attempts.Attempt], each: (Attempts.Attempt) -> String,
    what: (Attempts.Attempt) -> String
  ) -> [(name: String, count: Int, time: Timestamp)] {
    var best: (name: String, count: Int, time: Timestamp)?
    var window = Int64.min
    var counts: [String: Set<String>] = [:]
    for attempt in attempts {
      let number =
        attempt.time.subtractingReportingOverflow(start).partialValue / (seconds * second)
      if number != window {
        counts = [:]
        window = number
      }
      let name = each(attempt)
      counts[name, default: []].insert(what(attempt))
      let count = counts[name]?.count ?? 0
      if count > best?.count ?? 0 {
        best = (name, count, Timestamp(nanoseconds: attempt.time))
      }
    }
    return best.map { [$0] } ?? []
  }
}
