import Knowledge
import Observations
import Pool
import Reporting

// Answers for programs.
extension Desk {
  func address(_ call: Call) async -> ServerAnswer {
    guard let address = Address(call.parameter("address")) else { return Desk.noAddress }
    do { return .json(Desk.json(try await look(address))) } catch { return Desk.unavailable(error) }
  }

  func prefix(_ call: Call) async -> ServerAnswer {
    guard let prefix = Desk.block(call) else { return Desk.refusal(of: call) }
    do {
      let look = try await look(prefix)
      return .json(
        .object([
          ("prefix", .string(prefix.description)), ("published", .bool(!look.sources.isEmpty)),
          ("addresses", .array(look.sources.map { Desk.json($0) })),
          ("more", .bool(look.isCut)),
          ("says", .array(look.says.map(JSONValue.string))),
          ("rules", .string(Look.rules)),
        ]))
    } catch { return Desk.unavailable(error) }
  }

  func port(_ call: Call) async -> ServerAnswer {
    guard let service = Desk.service(call) else { return Desk.noPort }
    do {
      let look = try await look(
        .service(service), articles: knowledge.find(String(service.port)))
      return .json(Desk.json([("port", .string(service.description))], look))
    } catch { return Desk.unavailable(error) }
  }

  func article(_ call: Call) async -> ServerAnswer {
    guard let article = knowledge.article(call.parameter("id")) else { return .notFound }
    do {
      let look = try await look(.article(article.id), articles: [article])
      return .json(Desk.json([("article", .string(article.id))], look))
    } catch { return Desk.unavailable(error) }
  }

  /// The most addresses of a block that are listed.
  static let mostListed = 100
  static let noAddress = ServerAnswer.problem(
    400, "No address", "write an address like 198.51.100.7 or 2001:db8::7")
  static let noPrefix = ServerAnswer.problem(
    400, "No block",
    "write a block like 198.51.100.0/24, of 16 bits or more for IPv4, of 32 or more for IPv6")
  static let noPort = ServerAnswer.problem(400, "No port", "write a port like udp/137")

  /// Why a block is not answered: it is none, or one of a size that nobody may ask for.
  static func refusal(of call: Call) -> ServerAnswer {
    let length = call.parameter("length")
    guard Address(call.parameter("base")) != nil, let bits = UInt8(length), "\(bits)" == length,
      (16...128).contains(bits)
    else { return noPrefix }
    return .problem(
      404, "No such block", "blocks of IPv4 have 16 to 32 bits here, those of IPv6 32 to 128")
  }

  /// A block that may be asked about: the larger ones are the whole pool's contents.
  static func block(_ call: Call) -> Prefix? {
    let length = call.parameter("length")
    guard let base = Address(call.parameter("base")), length.utf8.count <= 3,
      length.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let bits = Int(length),
      bits >= (base.isIPv4 ? 16 : 32)
    else { return nil }
    return Prefix(base, length: bits)
  }

  static func service(_ call: Call) -> Service? {
    let number = call.parameter("number")
    guard let transport = ["tcp": Transport.tcp, "udp": .udp][call.parameter("transport")],
      number.utf8.count <= 5, number.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let port = UInt16(number)
    else { return nil }
    return Service(transport: transport, port: port)
  }

  private static func json(_ look: AddressLook) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("address", .string(look.address.description)), ("published", .bool(look.source != nil)),
    ]
    if let source = look.source {
      members += json(members: source)
      members.append(
        (
          "articles",
          .array(look.verdicts.compactMap(\.article).map { json($0) })
        ))
    }
    members.append(("says", .array(look.says.map(JSONValue.string))))
    members.append(("rules", .string(Look.rules)))
    return .object(members)
  }

  static func json(_ source: PublicSource) -> JSONValue {
    .object([("address", .string(source.source.description))] + json(members: source))
  }

  private static func json(members source: PublicSource) -> [(key: String, value: JSONValue)] {
    [
      ("prevalence", .string(source.prevalence.rawValue)),
      ("reportsAtLeast", .unsigned(source.reportsAtLeast)),
      ("firstDay", .text(source.firstDay?.description)),
      ("lastDay", .text(source.lastDay?.description)),
      ("services", .array(source.services.map { .string($0.description) })),
      ("verdicts", .array(source.verdicts.map(JSONValue.string))),
      ("firmVerdicts", .array(source.firmVerdicts.map(JSONValue.string))),
      ("contested", .bool(source.isContested)),
      ("forgery", .string(source.forgery.rawValue)),
    ]
  }

  private static func json(_ article: Article) -> JSONValue {
    .object([
      ("id", .string(article.id)), ("title", .string(article.title)),
      ("innocent", .bool(article.innocent)), ("severity", .string(article.severity)),
      ("summary", .string(article.summary)),
    ])
  }

  private static func json(
    _ subject: [(key: String, value: JSONValue)], _ look: TrendLook
  ) -> JSONValue {
    .object(
      subject + [
        ("published", .bool(!look.points.isEmpty)),
        (
          "days",
          .array(
            look.points.map { point in
              .object([
                ("day", .string(Day(point.start).description)),
                ("reportsAtLeast", .unsigned(point.reportsAtLeast)),
                ("sourcesAtLeast", .unsigned(point.sourcesAtLeast)),
              ])
            })
        ), ("outlook", look.outlook.json), ("articles", .array(look.articles.map { json($0) })),
        ("says", .array(look.says.map(JSONValue.string))), ("rules", .string(Look.rules)),
      ])
  }
}
