import Foundation
import Simulation
import Testing

/// A line of one of the five logs, as this small reader, which shares nothing with the code under
/// test, sees it. Times are seconds since 1970 of the sensor's own clock.
struct WatchLine {
  var seconds: Int
  var source: String
  var sourcePort: Int?
  var target: String
  var port: Int
  var count = 1
  var identification = 0
  var ttl = 0
  var isTCP = false
  var isForwarded = false
  var isAllowed = false
}

/// The five logs with their truth.
struct Watch {
  struct Truth: Decodable {
    struct Sensor: Decodable {
      var place: String
      var file: String
      var zone: String
      var clockAheadSeconds: Int
      var lines: Int
      var packets: Int
      var sources: Int
    }
    struct Background: Decodable {
      struct Source: Decodable {
        var address: String
        var packets: [String: Int]
      }
      var sources: [Source]
    }
    struct Server: Decodable {
      var address: String
      var officeVisitsLogged: Int
      var lookups: [String: Int]
      var packets: [String: Int]
    }
    struct Gateway: Decodable {
      struct Host: Decodable {
        var ttl: Int
        var sourcePort: Int
        var identificationIsByteSwapped: Bool
        var packets: [String: Int]
      }
      var address: String
      var hosts: [Host]
      var packets: [String: Int]
    }
    struct Chain: Decodable {
      struct Host: Decodable {
        var address: String
        var nameProbes: Int
        var shareProbes: Int
      }
      struct Infection: Decodable {
        var victim: String
        var by: String
        var probed: String
        var starts: String
      }
      struct Cleaning: Decodable {
        var host: String
        var from: String
        var to: String
      }
      var hosts: [Host]
      var infections: [Infection]
      var cleanings: [Cleaning]
    }
    var sensors: [Sensor]
    var background: Background
    var innocentServer: Server
    var gateway: Gateway
    var chain: Chain
  }

  var files: [SimulatedFile]
  var truth: Truth
  /// By place.
  var logs: [String: [WatchLine]] = [:]
  /// Lines that have no packet and should not: headers.
  var headers: [String: Int] = [:]

  init(seed: UInt64) throws {
    files = try scenario("mynetwatchman").make(seed: seed)
    truth = try JSONDecoder().decode(
      Truth.self, from: Data(try file("truth.json", in: files).bytes))
    for sensor in truth.sensors {
      let texts = lines(of: try file(sensor.file, in: files))
      let read = Watch.reader(of: sensor.place)
      let zone = try Watch.seconds(ofZone: sensor.zone)
      let found = texts.compactMap { read($0) }
      headers[sensor.place] = texts.count - found.count
      logs[sensor.place] = found.map {
        var line = $0
        line.seconds -= zone
        return line
      }
    }
  }

  /// The log of a place.
  subscript(_ place: String) -> [WatchLine] { logs[place] ?? [] }

  private static func seconds(ofZone zone: String) throws -> Int {
    let parts = zone.dropFirst().split(separator: ":").compactMap { Int($0) }
    try #require(parts.count == 2)
    return (zone.hasPrefix("-") ? -1 : 1) * (parts[0] * 3_600 + parts[1] * 60)
  }

  // A regular expression is compiled where it is met: once for each log, not for each line.
  private static func reader(of place: String) -> (String) -> WatchLine? {
    switch place {
    case "campus": ipchains()
    case "office": netfilter()
    case "home": zoneAlarm()
    case "shop": blackICE()
    default: dshield()
    }
  }

  /// Seconds since 1970 of a day of September or October 2002, as if its zone were UTC.
  private static func seconds(_ month: Substring, _ day: Substring, _ time: Substring) -> Int {
    let clock = time.split(separator: ":").compactMap { Int($0) }
    // 2002-09-01 is day 11,931.
    let before = month == "Sep" || month == "09" ? 11_930 : 11_960
    return (before + (Int(day.filter { $0 != " " }) ?? 0)) * 86_400
      + clock.reduce(0) { $0 * 60 + $1 }
  }

  private static func ipchains() -> (String) -> WatchLine? {
    let form =
      /(Sep|Oct) ([ 0-9]\d) ([\d:]{8}) border kernel: Packet log: (input|forward) (DENY|ACCEPT) eth[01] PROTO=(1|6|17) ([\d.]+):(\d+) ([\d.]+):(\d+) L=\d+ S=0x00 I=(\d+) F=0x[04]000 T=(\d+)( SYN)? \(#\d+\)/
    return { line in
      guard let m = line.wholeMatch(of: form) else { return nil }
      return WatchLine(
        seconds: seconds(m.1, m.2, m.3), source: String(m.7), sourcePort: Int(m.8),
        target: String(m.9), port: Int(m.10) ?? -1, identification: Int(m.11) ?? -1,
        ttl: Int(m.12) ?? -1, isTCP: m.6 == "6", isForwarded: m.4 == "forward",
        isAllowed: m.5 == "ACCEPT")
    }
  }

  private static func netfilter() -> (String) -> WatchLine? {
    let form =
      /(Sep|Oct) ([ 0-9]\d) ([\d:]{8}) fw kernel: (DROP|ACCEPT) IN=\w+ OUT=\w+ SRC=([\d.]+) DST=([\d.]+) LEN=\d+ TOS=0x00 PREC=0x00 TTL=(\d+) ID=(\d+) (?:DF )?PROTO=(TCP|UDP|ICMP) (?:SPT|TYPE)=(\d+) (?:DPT|CODE)=(\d+) .+/
    return { line in
      guard let m = line.wholeMatch(of: form) else { return nil }
      return WatchLine(
        seconds: seconds(m.1, m.2, m.3), source: String(m.5), sourcePort: Int(m.10),
        target: String(m.6), port: Int(m.11) ?? -1, identification: Int(m.8) ?? -1,
        ttl: Int(m.7) ?? -1, isTCP: m.9 == "TCP", isAllowed: m.4 == "ACCEPT")
    }
  }

  private static func zoneAlarm() -> (String) -> WatchLine? {
    let form =
      /FWIN,2002\/(09|10)\/(\d\d),([\d:]{8}) -8:00 GMT,([\d.]+):(\d+),([\d.]+):(\d+),(UDP|TCP \(flags:S\)|ICMP \(type:8\/subtype:0\))/
    return { line in
      guard let m = line.wholeMatch(of: form) else { return nil }
      return WatchLine(
        seconds: seconds(m.1, m.2, m.3), source: String(m.4), sourcePort: Int(m.5),
        target: String(m.6), port: Int(m.7) ?? -1, isTCP: m.8.hasPrefix("TCP"))
    }
  }

  private static func blackICE() -> (String) -> WatchLine? {
    let form =
      /39, 2002-(09|10)-(\d\d) ([\d:]{8}), \d+, "(UDP|TCP|ICMP) [a-z ]+", ([\d.]+), "", ([\d.]+), "", "(?:port=(\d+))?", (\d+), A:2/
    return { line in
      guard let m = line.wholeMatch(of: form) else { return nil }
      return WatchLine(
        seconds: seconds(m.1, m.2, m.3), source: String(m.5), target: String(m.6),
        port: m.7.flatMap { Int($0) } ?? -1, count: Int(m.8) ?? -1, isTCP: m.4 == "TCP")
    }
  }

  private static func dshield() -> (String) -> WatchLine? {
    let form =
      /2002-(09|10)-(\d\d) ([\d:]{8}) \+10:00\t\d+\t(\d+)\t([\d.]+)\t(\d+)\t([\d.]+)\t(\d+)\t(1|6|17)\tS?/
    return { line in
      guard let m = line.wholeMatch(of: form) else { return nil }
      return WatchLine(
        seconds: seconds(m.1, m.2, m.3), source: String(m.5), sourcePort: Int(m.6),
        target: String(m.7), port: Int(m.8) ?? -1, count: Int(m.4) ?? -1, isTCP: m.9 == "6")
    }
  }
}
