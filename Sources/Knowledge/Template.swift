public import Detection
public import Observations

/// A sentence with places for a finding's values: `{kind.value}`, `{kind.a/b}`, `{subject}`.
/// A part in `[…]` is left out where one of its places cannot be filled.
public struct Template: Hashable, Sendable {
  /// The text as written in the article.
  public var text: String

  /// A template from its text.
  public init(_ text: String) { self.text = text }

  /// The sentence filled in; nil where a place outside brackets cannot be.
  public func filled(from evidence: ActivityEvidence) -> String? {
    var result = ""
    for part in parts {
      var piece = ""
      var complete = true
      for token in Template.tokens(of: part.text) {
        switch token {
        case .literal(let text): piece += text
        case .place(let name):
          if let value = Template.lookup(name, evidence) {
            piece += value
          } else {
            complete = false
          }
        }
      }
      if complete { result += piece } else if !part.optional { return nil }
    }
    return result
  }

  /// The names of its places.
  public var places: [String] {
    parts.flatMap { Template.tokens(of: $0.text) }.compactMap {
      if case .place(let name) = $0 { name } else { nil }
    }
  }

  /// The finding and value a place names; nil for `subject` and for what names neither.
  public static func target(of place: String) -> (kind: FindingKind, value: String)? {
    guard let dot = place.firstIndex(of: "."),
      let kind = FindingKind(rawValue: String(place[..<dot]))
    else { return nil }
    return (kind, String(place[place.index(after: dot)...]))
  }

  private enum Token { case literal(String), place(String) }

  private var parts: [(text: String, optional: Bool)] {
    var result: [(String, Bool)] = []
    var rest = Substring(text)
    while let open = rest.firstIndex(of: "["), let close = rest[open...].firstIndex(of: "]") {
      result.append((String(rest[..<open]), false))
      result.append((String(rest[rest.index(after: open)..<close]), true))
      rest = rest[rest.index(after: close)...]
    }
    return result + [(String(rest), false)]
  }

  private static func tokens(of text: String) -> [Token] {
    var result: [Token] = []
    var rest = Substring(text)
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      result.append(.literal(String(rest[..<open])))
      result.append(.place(String(rest[rest.index(after: open)..<close])))
      rest = rest[rest.index(after: close)...]
    }
    return result + [.literal(String(rest))]
  }

  private static func lookup(_ place: String, _ evidence: ActivityEvidence) -> String? {
    if place == "subject" { return evidence.subject.value }
    guard let (kind, name) = target(of: place), let value = evidence.finding(kind)?.value(name)
    else { return nil }
    return Wording.text(value, named: name)
  }
}

/// Numbers as people read them.
public enum Wording {
  /// A value in words; its name says what it measures (`…Share` per cent, `…Seconds`, `pValue`).
  public static func text(_ value: FindingValue, named name: String) -> String {
    switch value {
    case .text(let text): return text
    case .flag(let flag): return flag ? "yes" : "no"
    case .time(let time): return time.description
    case .integer(let integer): return name.hasSuffix("Seconds") ? "\(integer) s" : "\(integer)"
    case .number(let number): return text(number, named: name)
    case .bound(let bound):
      let low = text(bound.low, named: name)
      return bound.low == bound.high ? low : "\(low) to \(text(bound.high, named: name))"
    }
  }

  private static func text(_ number: Double, named name: String) -> String {
    guard number.isFinite else { return "an unknown number" }
    if name.hasSuffix("PValue") || name == "pValue" { return probability(number) }
    if name.contains("/") || name.hasSuffix("Share") || name.hasPrefix("share") {
      return "\(decimal(number * 100, places: number > 0 && number < 0.01 ? 1 : 0)) %"
    }
    let text = decimal(number, places: abs(number) < 10 ? 2 : abs(number) < 100 ? 1 : 0)
    return name.hasSuffix("Seconds") ? "\(text) s" : text
  }

  /// A probability: `0.03`, `2·10⁻⁶`, `below 10⁻³⁰⁰`.
  public static func probability(_ p: Double) -> String {
    if p >= 0.001 { return decimal(p, places: 3) }
    if p < 1e-300 { return "below 10⁻³⁰⁰" }
    var mantissa = p
    var exponent = 0
    while mantissa < 1 {
      mantissa *= 10
      exponent += 1
    }
    if mantissa >= 9.5 {
      mantissa = 1
      exponent -= 1
    }
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    let superscript = String(String(exponent).compactMap { $0.wholeNumberValue.map { digits[$0] } })
    return "\(decimal(mantissa, places: 0))·10⁻\(superscript)"
  }

  /// A number with at most `places` (0...6) decimals, trailing zeros dropped; from 10¹² on as Swift
  /// writes it.
  public static func decimal(_ number: Double, places: Int) -> String {
    guard number.isFinite, abs(number) < 1e12 else { return "\(number)" }
    var scale: Int64 = 1
    for _ in 0..<min(max(places, 0), 6) { scale *= 10 }
    let scaled = Int64((abs(number) * Double(scale)).rounded())
    let sign = number < 0 && scaled > 0 ? "−" : ""
    let whole = "\(sign)\(scaled / scale)"
    if scaled % scale == 0 { return whole }
    var fraction = String(scaled % scale + scale).dropFirst()
    while fraction.last == "0" { fraction.removeLast() }
    return "\(whole).\(fraction)"
  }
}
