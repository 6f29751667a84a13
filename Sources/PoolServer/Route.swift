import Pool
import Reporting

/// Something that may be asked: what the server does and what its description says, in one place.
struct Route: Sendable {
  enum Method: String, Sendable {
    case get = "GET"
    case post = "POST"
  }

  /// A place in a path.
  struct Parameter: Sendable {
    var name: String
    var meaning: String
    var example: String
    /// What it may be, as JSON Schema says it.
    var schema = Schemas.text
  }

  var method: Method
  /// Segments; one in braces is a parameter.
  var path: String
  /// What it is for, without a trailing stop.
  var summary: String
  var parameters: [Parameter] = []
  /// Names of the query, with their meanings.
  var query: [Parameter] = []
  /// The media type of what is sent along; nil for nothing.
  var takes: String?
  /// What is sent along, as JSON Schema says it.
  var body = Schemas.bytes
  /// The members that an answer in JSON has.
  var members: [String] = []
  /// The media type of what is answered where all went well.
  var gives: String
  /// Every status with its meaning.
  var answers: [(status: Int, meaning: String)]
  /// By which measure it is limited.
  var kind = RateLimiter.Kind.look
  /// Whether it is much work: few such questions are answered at a time.
  var isHeavy = false
  /// What may be asked by whoever shows a key; nil: everybody may.
  var scope: AccessScope?
  var handle: @Sendable (Desk, Call) async -> ServerAnswer

  /// What stands in the path's places, where a path is this route's; nil where it is not.
  func match(_ segments: [String]) -> [String: String]? {
    let own = path.split(separator: "/")
    guard own.count == segments.count else { return nil }
    var found: [String: String] = [:]
    for (part, segment) in zip(own, segments) {
      if part.hasPrefix("{") {
        found[String(part.dropFirst().dropLast())] = segment
      } else if part != segment {
        return nil
      }
    }
    return found
  }
}

/// A request's target, taken apart. What is not plainly one is none: no empty segments, no dots, no
/// bytes that are no text.
struct Target {
  var segments: [String]
  var query: [String: String]

  /// The longest that is looked at, in bytes.
  static let most = 2_048

  init?(_ text: String) {
    guard text.utf8.count <= Target.most, text.utf8.first == 0x2f else { return nil }
    let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    segments = []
    let path = parts[0].dropFirst()
    if !path.isEmpty {
      for part in path.split(separator: "/", omittingEmptySubsequences: false) {
        guard let segment = Target.decoded(part), !segment.isEmpty, segment != ".", segment != "..",
          !segment.utf8.contains(0x2f), !segment.utf8.contains(0)
        else { return nil }
        segments.append(segment)
      }
    }
    query = [:]
    guard parts.count == 2 else { return }
    guard let pairs = Target.pairs(parts[1]) else { return nil }
    query = pairs
  }

  /// The pairs of a query or a form, the first of each name; nil where they are malformed.
  static func pairs(_ text: Substring) -> [String: String]? {
    var found: [String: String] = [:]
    for pair in text.split(separator: "&").prefix(16) {
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = decoded(sides[0], plus: true),
        let value = decoded(sides.count == 2 ? sides[1] : "", plus: true)
      else { return nil }
      if found[name] == nil { found[name] = value }
    }
    return found
  }

  /// Text behind per cent signs (RFC 3986); nil where they are broken or no UTF-8 comes out.
  private static func decoded(_ text: Substring, plus: Bool = false) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      switch byte {
      case 0x25:
        guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit)
        else { return nil }
        bytes.append(high << 4 | low)
      case 0x2b where plus: bytes.append(0x20)
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x37
    case 0x61...0x66: byte - 0x57
    default: nil
    }
  }
}
