internal import Observations

/// Lines of AirSnare, which watches a wireless network from Windows: time, hardware address and
/// address of the sender, what it was, and the same of the receiver, with tabs between:
/// `1/27/2007 4:48:46 PM⇥0006255E85A5⇥A⇥ =WEB=> ⇥000D28DF711E⇥B`.
///
/// What it was is the name of a service at either end (`=WEB=>` stands for requests and for answers),
/// or two ports, `1025 ==> 80`, both 0 where there are none. The transport is never named, so
/// neither are the ports. Lines without an arrow (`IP Assignment to Source`) tell of no packet.
/// Dates have the month first, unless it cannot be one; they are local. AirSnare watches, no more.
struct AirSnare: LineFormat {
  static var name: String { "airsnare" }

  init() {}

  mutating func read(
    _ bytes: RawSpan, _ range: Range<Int>, _ log: inout LogState
  ) -> LineReading {
    var line = TextCursor(bytes, range)
    guard bytes.byte(range.lowerBound) &- 48 < 10, let first = line.digits(1...2), line.take(0x2f),
      let second = line.digits(1...2), line.take(0x2f), let year = line.digits(4...4),
      line.take(0x20), let ofDay = AirSnare.timeOfDay(&line), line.take(0x09),
      AirSnare.isHardware(bytes, line.tabbed())
    else { return .foreign }
    let sender = line.tabbed()
    let what = line.tabbed()
    let isArrow = what.contains { bytes.has("=>", at: $0) }
    let hardware = line.tabbed()
    let receiver = line.tabbed()
    guard isArrow else { return AirSnare.isHardware(bytes, hardware) ? .other : .foreign }
    let (month, day) = first > 12 ? (second, first) : (first, second)
    guard
      let time = log.clock.instant(year, month, day, secondOfDay: ofDay)
    else { return .wrong(.stampMalformed) }
    let ends = EndpointPair(
      Endpoint(bytes, sender, takesPort: false), Endpoint(bytes, receiver, takesPort: false))
    switch ends {
    case .wrong(let anomaly): return .wrong(anomaly)
    case .known(let from, let to):
      var packet = Observation()
      packet.time = time
      packet.source = from.0
      packet.destination = to.0
      packet.action = .audited
      return .packet(packet, nil)
    }
  }

  /// `4:48:46 PM`, or without the half of the day.
  private static func timeOfDay(_ line: inout TextCursor) -> Int? {
    guard var hour = line.digits(1...2), line.take(0x3a), let minute = line.digits(2...2),
      line.take(0x3a), let second = line.digits(2...2), minute < 60, second <= 60
    else { return nil }
    if line.take(" PM") {
      hour = hour % 12 + 12
    } else if line.take(" AM") {
      hour %= 12
    }
    return hour < 24 ? hour * 3_600 + minute * 60 + second : nil
  }

  /// Twelve hexadecimal digits, or nearly so.
  private static func isHardware(_ bytes: RawSpan, _ cell: Range<Int>) -> Bool {
    (11...13).contains(cell.count) && cell.allSatisfy { Digits.hexadecimal(bytes.byte($0)) != nil }
  }
}
