import Observations
import Simulation
import Testing

@Suite struct SBS2003Tests {
  static let files = Scenarios.named("sbs2003")?.make(seed: 9) ?? []

  /// Seconds since 1970 of an RFC 3164 stamp in the story's year.
  func seconds(_ line: String) throws -> Int64 {
    let parts = line.split(separator: " ")
    let month = try #require(["Sep": 9, "Oct": 10][parts[0]])
    let clock = parts[2].split(separator: ":").compactMap { Int($0) }
    let day = try #require(Int(parts[1]))
    return CivilTime(
      year: 2008, month: month, day: day, hour: clock[0], minute: clock[1], second: clock[2]
    ).timestamp.wholeSeconds
  }

  func value(_ key: String, _ line: String) -> String {
    let token = line.split(separator: " ").first { $0.hasPrefix(key + "=") }
    return String(token?.dropFirst(key.count + 1) ?? "")
  }

  @Test func routerLogIsAsTheTruthSays() throws {
    let router = lines(of: try file("router.syslog", in: Self.files))
    let onset = try #require(Timestamp(try truth("onset", in: Self.files))).wholeSeconds
    #expect(router.count == (try truthNumber("lines", in: Self.files, section: "router")))
    #expect(router.allSatisfy { $0.contains(" gw kernel: REJECT-") })
    let times = try router.map(seconds)
    #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
    let named = zip(times, router).filter {
      $0.1.contains("REJECT-OUT") && value("DPT", $0.1) == "137"
    }
    #expect(named.allSatisfy { $0.1.contains(" LEN=78 ") && $0.1.hasSuffix(" LEN=58") })
    #expect(
      named.allSatisfy { value("SRC", $0.1) == "203.0.113.20" && value("SPT", $0.1) == "137" })
    let before = named.filter { $0.0 < onset }.count
    #expect(
      abs(before - (try truthNumber("nameServiceLinesBefore", in: Self.files))) <= 3)
    #expect(named.count == (try truthNumber("nameServiceLines", in: Self.files)))
    let perHour = Double(named.count - before) / (Double(times[times.count - 1] - onset) / 3_600)
    #expect((900...1_100).contains(perHour))
    #expect(!router.contains { $0.contains("REJECT-IN") && value("DPT", $0) == "137" })
  }

  @Test func captureAndLogShowTheSamePackets() throws {
    let seen = try packets(of: try file("wan.pcap", in: Self.files))
    let queries = seen.filter { $0.transport == 17 && $0.destinationPort == 137 }
    #expect(queries.count == (try truthNumber("nameServicePackets", in: Self.files)))
    var logged: [String: Int64] = [:]
    for line in lines(of: try file("router.syslog", in: Self.files))
    where value("DPT", line) == "137" {
      let at = try seconds(line)
      logged["\(value("DST", line)) \(value("ID", line)) \(at)"] = at
    }
    for query in queries {
      let at = (query.microseconds + 200) / 1_000_000
      let key = "\(text(query.destination)) \(query.identification)"
      #expect(logged["\(key) \(at)"] != nil || logged["\(key) \(at + 1)"] != nil)
    }
  }

  @Test func identificationsAreALittleEndianCounter() throws {
    let seen = try packets(of: try file("wan.pcap", in: Self.files)).filter {
      $0.source == 0xcb00_7114
    }
    let values = seen.map { $0.identification.byteSwapped }
    #expect(zip(values, values.dropFirst()).allSatisfy { (1...200).contains($1 &- $0) })
  }

  @Test func failedReverseQueriesPrecedeLookups() throws {
    let seen = try packets(of: try file("wan.pcap", in: Self.files))
    var failed: [String: Int64] = [:]
    var (lookups, preceded, reverse, failures) = (Set<String>(), 0, 0, 0)
    for packet in seen where packet.transport == 17 {
      let payload = packet.payloadOfUDP
      if packet.sourcePort == 53, let address = reverseAddress(payload) {
        reverse += 1
        if payload[3] & 15 != 0 {
          failures += 1
          failed[address] = packet.microseconds
        }
      } else if packet.destinationPort == 137 {
        let target = text(packet.destination)
        guard lookups.insert("\(target) \(payload[0]) \(payload[1])").inserted else { continue }
        if let time = failed[target], packet.microseconds - time <= 400_000 { preceded += 1 }
      }
    }
    // A lookup whose failure lies before the capture's first packet may be missed at the edge.
    #expect(
      abs(lookups.count - (try truthNumber("lookups", in: Self.files, section: "capture"))) <= 2)
    #expect(abs(preceded - (try truthNumber("lookupsAfterFailedReverse", in: Self.files))) <= 2)
    #expect(reverse == (try truthNumber("reverseQueries", in: Self.files)))
    #expect(failures == (try truthNumber("failedReverseQueries", in: Self.files)))
    #expect(preceded * 100 > lookups.count * 93)
  }

  /// The address that a PTR message is about; nil for other messages.
  func reverseAddress(_ message: [UInt8]) -> String? {
    var labels: [String] = []
    var at = 12
    while at < message.count, message[at] != 0 {
      let end = at + 1 + Int(message[at])
      guard end <= message.count else { return nil }
      labels.append(String(decoding: message[(at + 1)..<end], as: UTF8.self))
      at = end
    }
    guard labels.suffix(2) == ["in-addr", "arpa"] else { return nil }
    return labels.prefix(4).reversed().joined(separator: ".")
  }

  @Test func visitorsDoNotStep() throws {
    let log = lines(of: try file("visitors.log", in: Self.files))
    #expect(log.count == (try truthNumber("lines", in: Self.files, section: "visitors")))
    let connects = log.filter { $0.contains("]: connect from ") }
    #expect(connects.count == (try truthNumber("visits", in: Self.files)))
    let onset = try #require(Timestamp(try truth("onset", in: Self.files))).wholeSeconds
    let times = try connects.map(seconds)
    #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
    let before = Double(times.filter { $0 < onset }.count) / 24
    let after =
      Double(times.filter { $0 >= onset }.count)
      / (Double(times[times.count - 1] - onset) / 3_600)
    #expect(abs(before - after) < 0.06 * before)
  }

  @Test func withoutNamesOnlyTheNamesAreMissing() throws {
    let bare = try scenario("sbs2003").make(seed: 9, variant: "no-dns")
    for name in ["router.syslog", "visitors.log"] {
      #expect(try file(name, in: bare) == file(name, in: Self.files))
    }
    let whole = try packets(of: try file("wan.pcap", in: Self.files))
    let left = try packets(of: try file("wan.pcap", in: bare))
    #expect(
      left.map(\.frame) == whole.filter { $0.destinationPort == 137 }.map(\.frame))
  }
}
