import Observations

/// The sentences that say in what two patterns agree or differ.
enum LikenessWording {
  /// One feature in a sentence; only for features that both have.
  static func sentence(_ name: Likeness.Name, _ a: Pattern, _ b: Pattern) -> String {
    switch name {
    case .transport:
      pair("both are ", a.transport.description.uppercased(), b.transport.description.uppercased())
    case .sourcePort: pair("both send from ", words(a.sourcePort), words(b.sourcePort))
    case .destinationPort:
      a.transport.hasPorts || b.transport.hasPorts
        ? pair("both go to ", port(a.destinationPort), port(b.destinationPort))
        : pair("both are of ", kind(a.destinationPort), kind(b.destinationPort))
    case .portStep: portStep(a, b)
    case .portSpread:
      pair("both go to ", spread(a.portSpread), spread(b.portSpread))
    case .targetOrder: pair("both go to ", words(a.targetOrder), words(b.targetOrder))
    case .burstSize: pair("both come in ", bursts(a.burstSize), bursts(b.burstSize))
    case .gapWithin:
      pair(
        "within bursts both send ", "every " + seconds(a.gapWithin),
        "every " + seconds(b.gapWithin), otherwise: "within bursts ")
    case .gapBetween:
      pair(
        "both begin a burst ", "every " + seconds(a.gapBetween), "every " + seconds(b.gapBetween),
        otherwise: "bursts begin ")
    case .length: pair("both send packets of ", bytes(a.length), bytes(b.length))
    case .payloadLength:
      pair("both carry payloads of ", bytes(a.payloadLength), bytes(b.payloadLength))
    case .payloadKey: pair("both payloads begin with ", key(a.payloadKey), key(b.payloadKey))
    case .tcpFlags:
      pair("both bear the TCP flags ", flags(a.tcpFlags), flags(b.tcpFlags))
    }
  }

  private static func pair(
    _ both: String, _ a: String, _ b: String, otherwise: String = ""
  ) -> String {
    a == b ? both + a : "\(otherwise)\(a) in the first, \(b) in the second"
  }

  private static func portStep(_ a: Pattern, _ b: Pattern) -> String {
    let (x, y) = (Int(a.portStep ?? 0), Int(b.portStep ?? 0))
    guard x == y else {
      return "destination ports step by \(x) in the first, by \(y) in the second"
    }
    let same = "destination ports step by \(x) in both"
    guard a.portDirection != b.portDirection else {
      return same + (a.portDirection.map { ", \($0.rawValue)" } ?? ", both ways")
    }
    return same + ", but \(a.portDirection?.rawValue ?? "both ways") in the first and "
      + "\(b.portDirection?.rawValue ?? "both ways") in the second"
  }

  private static func words(_ mode: Pattern.SourcePort?) -> String {
    switch mode {
    case .fixed(let port): "source port \(port)"
    case .few: "a few source ports"
    case .sequential: "source ports that count up"
    case .ephemeral, nil: "ever-changing source ports"
    }
  }

  private static func words(_ order: Pattern.TargetOrder?) -> String {
    switch order {
    case .one: "one address"
    case .broadcast: "everybody on a network"
    case .sequential: "one address after the other"
    case .unordered, nil: "addresses in no order"
    }
  }

  private static func port(_ number: UInt16?) -> String { "port \(number ?? 0)" }

  private static func kind(_ number: UInt16?) -> String {
    "type \((number ?? 0) >> 8), code \((number ?? 0) & 255)"
  }

  private static func spread(_ share: Double?) -> String {
    switch share ?? 0 {
    case ..<0.1: "few ports"
    case ..<0.5: "several ports"
    default: "ever new ports"
    }
  }

  private static func bursts(_ size: Double?) -> String {
    let size = size ?? 1
    return size <= 1 ? "single packets" : "bursts of \(short(size))"
  }

  private static func seconds(_ value: Double?) -> String {
    let value = value ?? 0
    switch value {
    case ..<0.001: return "\(short(value * 1e6)) µs"
    case ..<1: return "\(short(value * 1e3)) ms"
    case ..<600: return "\(short(value)) s"
    default: return "\(short(value / 60)) min"
    }
  }

  private static func bytes(_ count: UInt16?) -> String { "\(count ?? 0) bytes" }

  private static func key(_ value: UInt32?) -> String {
    let digits = String(value ?? 0, radix: 16)
    return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
  }

  private static let flagNames = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"]

  private static func flags(_ set: TCPFlags?) -> String {
    let names = flagNames.enumerated().filter { (set?.rawValue ?? 0) >> UInt8($0.offset) & 1 == 1 }
    return names.isEmpty ? "none" : names.map(\.element).joined(separator: "+")
  }

  /// A number to three figures at most, without trailing zeros.
  private static func short(_ value: Double) -> String {
    guard value.isFinite, value.magnitude < 1e15 else { return "many" }
    let scale: Double = value < 10 ? 100 : value < 100 ? 10 : 1
    let rounded = (value * scale).rounded() / scale
    return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
  }
}
