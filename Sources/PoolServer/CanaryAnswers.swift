import Foundation
import Observations
import Pool
import Reporting

// Canaries, for programs of the staff.
extension Desk {
  func canaryList(_ call: Call) async -> ServerAnswer {
    do {
      let canaries = try await store.canaries()
      return Desk.forStaff([("canaries", .array(canaries.map { .object(Desk.members($0)) }))])
    } catch { return Desk.unavailable(error) }
  }

  /// A canary with its hits, the latest first.
  func canary(_ call: Call) async -> ServerAnswer {
    guard let address = Address(call.parameter("address")) else { return Desk.noAddress }
    do {
      guard let canary = try await store.canaries().first(where: { $0.address == address }) else {
        return .notFound
      }
      let hits = try await store.canaryHits(of: address, by: nil, limit: Desk.mostHits)
      return Desk.forStaff(
        Desk.members(canary) + [
          ("hits", .array(hits.map { Desk.json($0) })),
          (
            "says",
            .array(
              CanaryReading.allCases.filter { hits.map(\.reading).contains($0) }.map {
                .string($0.sentence)
              })
          ),
        ])
    } catch { return Desk.unavailable(error) }
  }

  private struct PlantingForm: Decodable {
    var address: String
    var note: String
    var by: String
  }

  func addCanary(_ call: Call) async -> ServerAnswer {
    guard call.body.count <= Desk.mostBytesOfCanary,
      let form = try? JSONDecoder().decode(PlantingForm.self, from: Data(call.body))
    else { return Desk.noCanary }
    do {
      switch try await plant(form.address, note: form.note, by: form.by) {
      case .planted:
        return Desk.forStaff([("canary", .text(Address(form.address)?.description))], status: 201)
      case .refused(let status, let because): return .problem(status, "No canary", because)
      }
    } catch { return Desk.unavailable(error) }
  }

  func endCanary(_ call: Call) async -> ServerAnswer {
    guard let address = Address(call.parameter("address")) else { return Desk.noAddress }
    do {
      guard try await withdraw(address) else { return .notFound }
      return Desk.forStaff([("withdrawn", .string(address.description))])
    } catch { return Desk.unavailable(error) }
  }

  private static let mostBytesOfCanary = 4_096
  private static let noCanary = ServerAnswer.problem(
    400, "No canary", "send {\"address\": …, \"note\": where it is planted, \"by\": who plants it}")

  private static func forStaff(
    _ members: [(key: String, value: JSONValue)], status: Int = 200
  ) -> ServerAnswer {
    var answer = ServerAnswer.json(.object(members), status: status)
    answer.isPrivate = true
    return answer
  }

  private static func members(_ canary: Canary) -> [(key: String, value: JSONValue)] {
    [
      ("address", .string(canary.address.description)), ("note", .string(canary.note)),
      ("by", .string(canary.by)), ("since", .string(canary.since.description)),
      ("withdrawn", .text(canary.withdrawn?.description)),
    ]
  }

  private static func json(_ hit: CanaryHit) -> JSONValue {
    .object([
      ("sensor", .string(hit.batch.sensor.description)),
      ("batch", .integer(Int(hit.batch.sequence))), ("noted", .string(hit.noted.description)),
      ("firm", .unsigned(hit.firm)), ("forgeable", .unsigned(hit.forgeable)),
      ("reading", .string(hit.reading.rawValue)), ("first", .string(hit.first.description)),
      ("last", .string(hit.last.description)),
    ])
  }
}

extension Routes {
  static let canary = Route.Parameter(
    name: "address", meaning: "A canary's address", example: "198.51.100.9",
    schema: Schemas.address)

  /// Canaries, for programs of the staff.
  static let canaries: [Route] = [
    Route(
      method: .get, path: "/api/v1/canaries", summary: "All canaries, for the staff",
      members: ["canaries"], gives: "application/json",
      answers: [(200, "Canaries, withdrawn ones among them"), noKey, notByKey, unavailable],
      scope: .canaries, handle: { await $0.canaryList($1) }),
    Route(
      method: .post, path: "/api/v1/canaries", summary: "Plant a canary, for the staff",
      takes: "application/json", body: Schemas.canary, members: ["canary"],
      gives: "application/json",
      answers: [
        (201, "It is out"), malformed, noKey, notByKey, (408, "It did not arrive in time"),
        (409, "It is one, or was reported lately, or too many are out"),
        (413, "More bytes than a request has"), unavailable,
      ], scope: .canaries, handle: { await $0.addCanary($1) }),
    Route(
      method: .get, path: "/api/v1/canaries/{address}",
      summary: "A canary with the batches that reported it, for the staff", parameters: [canary],
      members: ["address", "note", "since", "hits", "says"], gives: "application/json",
      answers: [(200, "The canary"), malformed, noKey, notByKey, unknown, unavailable],
      scope: .canaries, handle: { await $0.canary($1) }),
    Route(
      method: .post, path: "/api/v1/canaries/{address}/withdrawal",
      summary: "Withdraw a canary, for the staff", parameters: [canary], members: ["withdrawn"],
      gives: "application/json",
      answers: [
        (200, "It is not out any more"), malformed, noKey, notByKey, unknown,
        (408, "It did not arrive in time"), (413, "More bytes than a request has"), unavailable,
      ], scope: .canaries, handle: { await $0.endCanary($1) }),
  ]
}
