import Foundation
import Plots

/// Drawings by the name of their snapshots.
enum Drawings {
  static let hour: Int64 = 3_600_000_000_000
  /// 2008-10-09 00:00 UTC.
  static let start: Int64 = 1_223_510_400_000_000_000

  /// Text made to break out of markup, to reorder what stands beside it, and to be no XML.
  static let poison =
    "</title><script>alert(1)</script>&\"'\u{1b}[2J\0\u{8}\u{202e}\u{2028}\u{feff}\u{fffe}\u{e9}"

  static func timeline(_ label: String = "LAN cables pulled") -> Timeline {
    Timeline(
      title: "Lookups over time", unit: "lookups", binWidth: hour,
      bins: (0..<72).map { (number: Int64) -> Timeline.Bin in
        let count = number < 40 ? number % 3 : 900 + number
        return Timeline.Bin(start: start + number * hour, count: UInt64(count))
      }, covered: start...start + 72 * hour, onset: start + 40 * hour...start + 41 * hour,
      events: [
        .init(from: start + 50 * hour, to: start + 52 * hour, label: label),
        .init(from: start + 39 * hour, to: nil, label: "a driver was installed"),
      ])
  }

  static func weights(_ label: String = "reverse-name-lookup") -> WeightBars {
    WeightBars(
      title: "Weights",
      rows: [
        .init(
          label: label, probability: "98.7 %", supporting: [10, 6, 2], opposing: [1.5], unseen: 1),
        .init(label: "some-worm", probability: "1.2 %", supporting: [], opposing: [-8], unseen: 9),
        .init(label: "unexplained", probability: "0.1 %", supporting: [], opposing: [], unseen: 0),
      ])
  }

  /// Targets all over the space, without any order.
  static let scattered: [UInt32] = (1...600).map { (number: UInt32) in
    number &* 2_654_435_761
  }
  static let near: [UInt32] =
    [0x0a01_0203]
    + (0..<40).map { (number: UInt32) in 0xc0a8_0000 + number * 37 }

  static func contacts(_ name: String = "192.0.2.1") -> ContactGraph {
    ContactGraph(
      title: "Who reached whom",
      contacts: [
        .init(time: start, from: name, to: "192.0.2.2", delay: 12.4),
        .init(time: start + hour, from: "192.0.2.2", to: "192.0.2.3", delay: 60),
        .init(time: start + 2 * hour, from: "192.0.2.3", to: name, delay: 599.96),
      ])
  }

  static let packets = (0..<50).map { (number: Int) -> PortsOverTime.Packet in
    let time = start + Int64(number / 5) * 9_000_000_000
    return PortsOverTime.Packet(time: time, port: UInt16(58_000 + number % 5 * 3))
  }

  /// Eight bursts of five packets, their ports counting down.
  static let bursts = (0..<40).map { (number: Int) -> PortsOverTime.Packet in
    let time = start + Int64(number / 5) * 60_000_000_000 + Int64(number % 5) * 2_000_000
    return PortsOverTime.Packet(time: time, port: UInt16(58_943 - number / 5 * 700 - number % 5))
  }

  static let growth = (1...300).map { (number: Int64) -> TargetGrowth.Step in
    TargetGrowth.Step(time: start + number * number * 1_000_000_000, count: UInt64(number))
  }

  static let all: [(name: String, svg: String)] = [
    ("timeline", timeline().svg(id: "a")), ("weights", weights().svg(id: "a")),
    (
      "space",
      TargetMap(title: "Targets", targets: scattered, total: "2,000", isWhole: false).svg(id: "a")
    ),
    (
      "networks",
      TargetMap(title: "Targets", targets: near, total: "41", isWhole: true).svg(id: "a")
    ),
    (
      "ports",
      PortsOverTime(
        title: "Ports",
        packets: packets, sample: "the first 50 packets"
      ).svg(id: "a")
    ),
    (
      "growth",
      TargetGrowth(
        title: "Growth",
        steps: growth, sample: "the first 300"
      ).svg(id: "a")
    ),
    ("contacts", contacts().svg(id: "a")),
    ("bursts", BurstPorts(title: "Bursts", packets: bursts).svg(id: "a")),
  ]

  /// Empty, hostile and senseless values, each of which must still give a drawing.
  static let odd: [(name: String, svg: String)] = [
    ("no bins", Timeline(title: "", unit: "", binWidth: 1, bins: [], covered: 0...0).svg(id: "")),
    (
      "bins of no width",
      Timeline(
        title: poison, unit: poison, binWidth: 0, bins: [.init(start: 0, count: 1)], covered: 0...0
      ).svg(id: poison)
    ),
    (
      "all of time",
      Timeline(
        title: "t", unit: "u", binWidth: 1,
        bins: [.init(start: .min, count: .max), .init(start: .max, count: .max)],
        covered: .min ... .max, onset: .min ... .max,
        events: (0..<30).map { (number: Int64) -> Timeline.Event in
          Timeline.Event(from: .max - number, to: .max, label: poison)
        }
      ).svg(id: "1")
    ),
    (
      "the widest bin",
      Timeline(
        title: "t", unit: "u", binWidth: .max, bins: [.init(start: 0, count: 3)],
        covered: -5 ... .max
      ).svg(id: "1")
    ),
    ("hostile events", timeline(poison).svg(id: "x\"y")),
    ("hostile hypotheses", weights(poison).svg(id: "1")),
    ("hostile hosts", contacts(poison).svg(id: "1")),
    ("no hypotheses", WeightBars(title: "w", rows: []).svg(id: "1")),
    (
      "weights that are no numbers",
      WeightBars(
        title: "w",
        rows: [
          .init(
            label: "", probability: "?", supporting: [.nan, .infinity, 0, 1e300],
            opposing: [-.infinity, -1e300], unseen: -4)
        ]
      ).svg(id: "1")
    ),
    ("no targets", TargetMap(title: "m", targets: [], total: "0", isWhole: true).svg(id: "1")),
    (
      "the ends of the space",
      TargetMap(title: "m", targets: [0, .max, .max], total: "2", isWhole: true).svg(id: "1")
    ),
    ("no packets", PortsOverTime(title: "p", packets: [], sample: "none").svg(id: "1")),
    (
      "one packet",
      PortsOverTime(title: "p", packets: [.init(time: .min, port: 0)], sample: "one").svg(id: "1")
    ),
    (
      "ports at both ends of time",
      PortsOverTime(
        title: "p", packets: [.init(time: .min, port: 0), .init(time: .max, port: .max)],
        sample: poison
      ).svg(id: "1")
    ),
    ("no bursts", BurstPorts(title: "b", packets: []).svg(id: "1")),
    (
      "bursts at both ends of time",
      BurstPorts(
        title: poison,
        packets: [Int64.min, .min, .min, .max, .max, .max].map { .init(time: $0, port: .max) }
      ).svg(id: "1")
    ),
    ("no growth", TargetGrowth(title: "g", steps: [], sample: "none").svg(id: "1")),
    (
      "growth backwards",
      TargetGrowth(
        title: "g", steps: [.init(time: 5, count: 2), .init(time: 1, count: 1)], sample: "two"
      ).svg(id: "1")
    ),
    ("no contacts", ContactGraph(title: "c", contacts: []).svg(id: "1")),
    (
      "a crowd",
      ContactGraph(
        title: "c",
        contacts: (0..<500).map { (number: Int64) -> ContactGraph.Contact in
          ContactGraph.Contact(
            time: number, from: "h\(number)", to: "h\(number + 1)", delay: .nan)
        }
      ).svg(id: "1")
    ),
  ]
}
