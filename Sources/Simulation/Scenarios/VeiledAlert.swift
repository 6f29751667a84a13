import Observations

/// The same misread errors a year earlier, as another network's Snort logged them (`portscan.log` of
/// Snort 1), the targets' addresses veiled by letters and the ports running downwards.
///
/// Downwards, because there the quoted packet's identification grows by one from copy to copy: what
/// the sum of the message gains, its checksum loses.
struct VeiledAlert {
  static let name = "veiled.alert"
  static let start = Clock.midnight(year: 2001, month: 2, day: 13) + 14 * Clock.hour
  static let bursts = 6
  static let burstLength = 8
  /// Last octets of the targets; the first three are not told.
  private static let hosts = [23, 61, 140]

  private(set) var file: SimulatedFile
  let truth: Truth

  init(random: RandomSource, home: UInt32) {
    var random = random
    var strangers = PublicAddresses(
      random: RandomSource(seed: random.next(), stream: 1), home: home)
    let source = dotted(strangers.next())
    var lines = LogLines()
    var told: [Truth] = []
    var time = VeiledAlert.start + random.microseconds(0...10 * Clock.minute)
    func add(_ time: Int64, _ from: UInt16, _ host: Int, _ to: UInt16) {
      lines.add(time, "\(Clock.syslogStamp(time)) \(source):\(from) -> x.w.q.\(host):\(to) UDP")
    }
    for _ in 0..<VeiledAlert.bursts {
      let host = random.pick(VeiledAlert.hosts)
      let first = UInt16(random.within(1_100...65_000))
      add(time, DNSBuilder.port, host, DNSBuilder.port)
      told.append(.object([("time", .time(time)), ("firstPort", .integer(Int(first)))]))
      for index in 0..<VeiledAlert.burstLength {
        time += random.microseconds(20_000...220_000)
        add(time, Cadlock770.misreadPort, host, first - UInt16(index))
      }
      time += random.microseconds(4 * Clock.minute...20 * Clock.minute)
    }
    file = lines.file(named: VeiledAlert.name)
    truth = .object([
      ("file", .text(VeiledAlert.name)), ("year", .integer(2_001)), ("source", .text(source)),
      ("lines", .integer(lines.count)), ("burstLength", .integer(VeiledAlert.burstLength)),
      ("step", .integer(-1)), ("bursts", .list(told)),
    ])
  }
}
