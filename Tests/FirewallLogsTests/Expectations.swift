import FirewallLogs
import Foundation
import Observations

/// What a log's own source says a line holds, by the source's names for it.
struct Expectation {
  /// The line's number, from 1.
  var line: Int
  var values: [String: String]
}

/// How a log's lines compare with what its source says of them.
struct Comparison {
  var agreed = 0
  var compared = 0
  /// The source's names that are no field of an observation.
  var notOurs: Set<String> = []
  var differences: [String] = []
}

/// The expectation files that lie beside logs of others, in the form each project gives them.
enum Expectations {
  /// The lines of a log, numbered as its reader numbers them.
  static func lines(_ log: [UInt8]) -> [String] {
    log.split(separator: 0x0a, omittingEmptySubsequences: false).map {
      String(decoding: $0.last == 0x0d ? $0.dropLast() : $0, as: UTF8.self)
    }
  }

  /// What the log's own source says of its lines; nil where it says nothing.
  static func of(_ file: String) -> [Expectation]? {
    guard let log = LogSupport.evidence("logs/" + file) else { return nil }
    if file.hasPrefix("fail2ban/") { return fail2ban(log) }
    return LogSupport.evidence("logs/\(file).parser.assert", isOptional: true).map {
      crowdsec(String(decoding: $0, as: UTF8.self), log)
    }
  }

  // MARK: - CrowdSec

  /// `results["STAGE"]["PARSER"][N].Evt.Parsed["KEY"] == "VALUE"`: facts of an event, which carries the
  /// text of its line as `message`. Stages that repeat each other add to the same line.
  static func crowdsec(_ asserted: String, _ log: [UInt8]) -> [Expectation] {
    let form =
      /results\["([^"]+)"\]\["([^"]+)"\]\[(\d+)\]\.Evt\.\w+(?:\["iptables"\])?\["(\w+)"\](?:\[4:\])? == "(.*)"/
    var events: [[String]: [String: String]] = [:]
    for line in asserted.split(separator: "\n") {
      guard let match = line.firstMatch(of: form)?.output else { continue }
      let event = [String(match.1), String(match.2), String(match.3)]
      events[event, default: [:]][String(match.4)] = unescaped(match.5)
    }
    let lines = lines(log)
    var values: [Int: [String: String]] = [:]
    var taken: [String: Set<Int>] = [:]
    for (event, facts) in events.sorted(by: { order($0.key) < order($1.key) }) {
      guard let message = facts["message"]?.trimmingCharacters(in: .whitespaces) else { continue }
      let node = event[0] + event[1]
      let found = lines.indices.first {
        lines[$0].contains(message) && !taken[node, default: []].contains($0)
      }
      guard let found else { continue }
      taken[node, default: []].insert(found)
      values[found + 1, default: [:]].merge(facts) { first, _ in first }
    }
    return values.sorted { $0.key < $1.key }.map { Expectation(line: $0.key, values: $0.value) }
  }

  private static func order(_ event: [String]) -> (String, String, Int) {
    (event[0], event[1], Int(event[2]) ?? 0)
  }

  private static func unescaped(_ text: Substring) -> String {
    var result = ""
    var isEscaped = false
    for character in text {
      if character == "\\", !isEscaped {
        isEscaped = true
      } else {
        result.append(character)
        isEscaped = false
      }
    }
    return result
  }

  // MARK: - Fail2ban

  /// `# failJSON: {"time": …, "match": true, "host": …}` above the line that it is about.
  static func fail2ban(_ log: [UInt8]) -> [Expectation] {
    let form = /# failJSON:.*"time": "([^"]+)".*"match": true.*"host": "([^"]+)"/
    var line = 1
    return lines(log).compactMap { text in
      guard text.hasPrefix("# failJSON") else {
        line += 1
        return nil
      }
      return text.firstMatch(of: form).map {
        Expectation(line: line, values: ["localTime": String($0.1), "host": String($0.2)])
      }
    }
  }

  /// A log of Fail2ban's tests as the program wrote it, without what they say of its lines.
  static func withoutNotes(_ log: [UInt8]) -> [UInt8] {
    let kept = log.split(separator: 0x0a, omittingEmptySubsequences: false).filter {
      !$0.starts(with: "# failJSON".utf8)
    }
    return Array(kept.joined(separator: [0x0a]))
  }

  // MARK: - Comparing

  /// Holds the lines that were read against what the source says of them. A line of which the
  /// source knows both ends must have been read.
  static func compare(
    _ log: ReadLog, _ expectations: [Expectation], needsYear: Bool
  ) -> Comparison {
    var result = Comparison()
    for expectation in expectations {
      let values = expectation.values
      guard let packet = log.records.first(where: { $0.record == UInt64(expectation.line) }) else {
        if values["dst_ip"] != nil || values["dest_ip"] != nil {
          result.compared += 1
          result.differences.append("line \(expectation.line) was not read")
        }
        continue
      }
      for (key, stated) in values.sorted(by: { $0.key < $1.key }) {
        // Of a netfilter line with two `LEN=` theirs is the second, that of UDP's header.
        if key == "length", values["LEN"] != nil, packet.transport == .udp { continue }
        switch answer(packet, key, stated, needsYear) {
        case .notOurs: result.notOurs.insert(key)
        case .open: break
        case .pair(let ours, let theirs):
          result.compared += 1
          if ours == theirs {
            result.agreed += 1
          } else {
            result.differences.append("line \(expectation.line) \(key): \(ours), stated \(theirs)")
          }
        }
      }
    }
    return result
  }

  private enum Answer {
    /// No field of an observation.
    case notOurs
    /// One of ours, and nothing to compare in this line.
    case open
    /// What we say and what is stated, in the same form.
    case pair(String, String)
  }

  /// Their names for our fields.
  private static func answer(
    _ packet: ReadRecord, _ key: String, _ stated: String,
    _ needsYear: Bool
  ) -> Answer {
    func same(_ ours: some CustomStringConvertible) -> Answer { .pair("\(ours)", stated) }
    func address(_ ours: Address) -> Answer {
      .pair(ours.description, Address(stated)?.description ?? stated)
    }
    switch key {
    case "src_ip", "source_ip", "SRC", "host": return address(packet.source)
    case "dst_ip", "dest_ip", "DST": return address(packet.destination)
    case "src_port", "source_port", "SPT": return same(packet.sourcePort)
    case "dst_port", "dest_port", "DPT": return same(packet.destinationPort)
    case "proto", "ip4_proto", "ip6_proto", "PROTO":
      return .pair(packet.transport.description, stated.lowercased())
    case "length":
      // Of IPv6 some write the payload's length, which is not the packet's.
      if !packet.source.isIPv4 || packet.length == 0 { return .open }
      return same(packet.length)
    case "ip4_ttl", "ip6_hop_limit", "TTL": return same(packet.timeToLive)
    case "ip4_id", "ID":
      return packet.marks.contains(.identification) ? same(packet.identification) : .open
    case "action":
      return .pair("\(packet.action)", ["block": "blocked", "pass": "allowed"][stated] ?? stated)
    case "tcp_flags": return .pair("\(packet.tcpFlags.rawValue)", "\(flags(stated).rawValue)")
    case "MarshaledTime": return time(packet, stated, needsYear)
    case "localTime": return localTime(packet, stated)
    default: return .notOurs
    }
  }

  private static func flags(_ letters: String) -> TCPFlags {
    let names: [Character: TCPFlags] = [
      "F": .fin, "S": .syn, "R": .rst, "P": .psh, "A": .ack, "U": .urg, "E": .ece, "W": .cwr,
    ]
    return letters.reduce(into: TCPFlags(rawValue: 0)) { sum, letter in
      sum.formUnion(names[letter] ?? TCPFlags(rawValue: 0))
    }
  }

  /// Without the year where the log gives none: theirs is that of the day their test was made.
  private static func time(_ packet: ReadRecord, _ stated: String, _ needsYear: Bool) -> Answer {
    let ours = Timestamp(nanoseconds: packet.time).description
    let theirs = stated.hasPrefix("-") ? "2009" + stated : stated
    let said = Timestamp(theirs)?.description ?? stated
    return needsYear
      ? .pair(String(ours.dropFirst(4)), String(said.dropFirst(4))) : .pair(ours, said)
  }

  /// Their time is that of a place they do not name: whole quarters of an hour are its zone.
  private static func localTime(_ packet: ReadRecord, _ stated: String) -> Answer {
    guard let said = Timestamp(stated + "Z") else { return .pair("", stated) }
    let apart = (packet.time - said.nanoseconds) / 1_000_000_000
    let isZone = abs(apart) <= 50_400 && apart % 900 == 0
    return .pair(isZone ? stated : Timestamp(nanoseconds: packet.time).description, stated)
  }
}
