import Detection
import Observations

/// A count with its digits in groups of three.
func grouped(_ value: UInt64) -> String {
  var digits = String(value)[...]
  var groups: [Substring] = []
  while digits.count > 3 {
    groups.insert(digits.suffix(3), at: 0)
    digits = digits.dropLast(3)
  }
  return ([digits] + groups).joined(separator: ",")
}

/// A count and what is counted, in the singular where it is one.
func counted(_ value: UInt64, _ one: String, _ many: String) -> String {
  "\(grouped(value)) \(value == 1 ? one : many)"
}

/// A count that may be known only within bounds. `many` names what is counted.
func counted(_ bound: Bound, _ one: String, _ many: String) -> String {
  guard let low = UInt64(exactly: bound.low.rounded()) else {
    return "an unknown number of \(many)"
  }
  guard bound.low != bound.high else { return counted(low, one, many) }
  guard let high = UInt64(exactly: bound.high.rounded()) else {
    return "at least \(counted(low, one, many))"
  }
  return "\(grouped(low)) to \(counted(high, one, many))"
}

/// A probability in per cent: one decimal, and no false certainty at either end.
func percent(_ share: Double) -> String {
  guard share.isFinite else { return "?" }
  if share > 0, share < 0.001 { return "under 0.1 %" }
  if share < 1, share > 0.999 { return "over 99.9 %" }
  return "\(oneDecimal(share * 100)) %"
}

/// A weight in decibans, signed: `+9.5 dB`.
func weight(_ decibans: Double) -> String {
  guard decibans.isFinite else { return "? dB" }
  return (decibans < 0 ? "-" : "+") + oneDecimal(decibans.magnitude) + " dB"
}

/// A number with one decimal, rounded half away from zero.
func oneDecimal(_ value: Double) -> String {
  guard let tenths = Int64(exactly: (value * 10).rounded()) else { return "\(value)" }
  let sign = tenths < 0 ? "-" : ""
  return "\(sign)\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
}

/// A time to the second, for people: `2008-10-09 13:12:05 UTC` without the zone.
func shortTime(_ time: Timestamp) -> String {
  let whole = Timestamp(seconds: time.wholeSeconds).description
  return whole.replacing("T", with: " ", by: "Z")
}

extension String {
  /// The text with one character replaced and a last one taken away.
  fileprivate func replacing(_ old: Character, with new: Character, by last: Character) -> String {
    var text = String(map { $0 == old ? new : $0 })
    if text.last == last { text.removeLast() }
    return text
  }
}

/// From and to, or one time where they are the same second; always with the zone named.
func span(_ first: Timestamp?, _ last: Timestamp?) -> String {
  guard let first, let last else { return "no times" }
  let (from, to) = (shortTime(first), shortTime(last))
  return from == to ? "\(from) UTC" : "\(from) to \(to) UTC"
}

/// The same where there is little room: the day once where both are of one day.
func briefSpan(_ first: Timestamp?, _ last: Timestamp?) -> String {
  guard let first, let last else { return "no times" }
  let (from, to) = (shortTime(first), shortTime(last))
  guard from != to, from.prefix(11) == to.prefix(11), to.count > 11 else {
    return span(first, last)
  }
  return "\(from) to \(to.dropFirst(11)) UTC"
}

/// Whether an owner of packets was seen, in words: the name that programs get may be none.
func ownerWords(_ status: String) -> String { status == "notVisible" ? "not visible" : status }

/// A list of records: `records 12, 15, 18 ... 4011`, where the last of the list ends the whole.
/// Plain digits: people paste them into their tools.
func recordList(_ records: [UInt64], total: Int) -> String {
  let shown = records.map(String.init)
  guard let last = shown.last else { return "no record" }
  if shown.count == 1 { return "record \(last)" }
  if total > shown.count {
    return "records \(shown.dropLast().joined(separator: ", ")) ... \(last)"
  }
  return "records \(shown.joined(separator: ", "))"
}

/// Ports as runs: `137`, `1000-1500`; at most eight of them.
func portList(_ ranges: [ClosedRange<UInt16>]) -> String {
  let shown = ranges.prefix(8).map { range in
    range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
  }
  let more = ranges.count - shown.count
  return shown.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
}

/// What the traffic is, in one line.
func describe(_ traffic: Traffic) -> String {
  var text = traffic.transport.description.uppercased()
  if traffic.transport.hasPorts {
    if traffic.sourcePortCount > 8 {
      text += " from various ports"
    } else if !traffic.sourcePorts.isEmpty {
      let ports = traffic.sourcePorts.map(String.init).joined(separator: ", ")
      text += " from port\(traffic.sourcePorts.count == 1 ? "" : "s") \(ports)"
    }
    if !traffic.destinationPorts.isEmpty {
      let isOne = traffic.destinationPorts.count == 1 && traffic.destinationPorts[0].count == 1
      text += " to port\(isOne ? "" : "s") \(portList(traffic.destinationPorts))"
    }
  } else if !traffic.sourcePorts.isEmpty, traffic.transport != .arp {
    text += " type \(traffic.sourcePorts.map(String.init).joined(separator: ", "))"
  }
  switch traffic.direction {
  case .outbound, .inbound, .internal: text += ", \(traffic.direction.rawValue)"
  case .unknown: text += ", direction unknown"
  }
  text += ": " + counted(traffic.packets, "packet", "packets")
  text += ", " + counted(traffic.destinations, "destination", "destinations")
  if let bytes = traffic.bytes { text += ", " + counted(bytes, "byte", "bytes") }
  return text
}
