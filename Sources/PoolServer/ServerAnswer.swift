import Crypto
import Observations
import Reporting

/// What is answered to one request.
struct ServerAnswer: Sendable {
  var status: Int
  var type: String
  var body: [UInt8]
  /// Further headers.
  var headers: [(name: String, value: String)] = []
  /// What kept the store from serving: for those who run the server, and sent to nobody.
  var reason: String?
  /// What is wrong, where something is: for whoever asked.
  var detail: String?
  /// Whether it is for one reader only, and kept nowhere.
  var isPrivate = false

  static func json(_ value: JSONValue, status: Int = 200) -> ServerAnswer {
    ServerAnswer(status: status, type: "application/json", body: Array(value.document().utf8))
  }

  static func text(_ text: String, status: Int = 200, type: String = "text/plain; charset=utf-8")
    -> ServerAnswer
  {
    ServerAnswer(status: status, type: type, body: Array(text.utf8))
  }

  /// A problem (RFC 9457).
  static func problem(_ status: Int, _ title: String, _ detail: String) -> ServerAnswer {
    var answer = ServerAnswer.json(
      .object([
        ("type", .string("about:blank")), ("title", .string(title)), ("status", .integer(status)),
        ("detail", .string(detail)),
      ]), status: status)
    answer.type = "application/problem+json"
    answer.detail = detail
    return answer
  }

  /// The way to another page.
  static func redirect(to path: String) -> ServerAnswer {
    var answer = ServerAnswer.text("", status: 303)
    answer.headers.append(("Location", path))
    answer.isPrivate = true
    return answer
  }

  static let notFound = ServerAnswer.problem(404, "Not found", "there is nothing under this path")

  /// What stands for the body, so that whoever has it already need not be sent it again.
  var tag: String {
    let digest = SHA256.hash(data: body).prefix(12)
    return "\"" + digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "\""
  }
}

/// One request, as far as answers depend on it.
struct Call: Sendable {
  /// What stands in the path's places.
  var parameters: [String: String] = [:]
  /// The query's first value of each name.
  var query: [String: String] = [:]
  var body: [UInt8] = []
  /// Where it came from.
  var from = Address.unspecified
  /// What an operator's browser showed.
  var session: String?
  /// The key that a program showed.
  var key: String?
  /// What the browser says of the page that asked: `Sec-Fetch-Site`.
  var site: String?

  func parameter(_ name: String) -> String { parameters[name] ?? "" }

  /// The fields of a form that was sent; nil where the body is none.
  var form: [String: String]? {
    guard body.count <= Call.mostBytesOfForm, let text = String(validating: body, as: UTF8.self)
    else { return nil }
    return Target.pairs(text[...])
  }

  private static let mostBytesOfForm = 32_768
}
