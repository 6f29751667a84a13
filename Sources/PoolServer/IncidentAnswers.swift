import Foundation
import Knowledge
import Observations
import Pool
import Reporting

// Incidents and sensors for programs.
extension Desk {
  func incidentList(_ call: Call) async -> ServerAnswer {
    let before = call.query["before"].map { Desk.incidentID($0) }
    let limit = call.query["limit"].map { Int($0) } ?? 50
    guard let states = Desk.states(call.query["state"]), before != .some(nil), let limit,
      (1...Desk.mostListed).contains(limit)
    else { return Desk.noIncidents }
    do {
      let (found, next) = try await incidents(
        states, before: before ?? nil, limit: limit, isStaff: false)
      return .json(
        .object([
          ("incidents", .array(found.map { Desk.json($0) })),
          ("next", next.map { .integer(Int($0.rawValue)) } ?? .null),
          ("rules", .string(Look.rules)),
        ]))
    } catch { return Desk.unavailable(error) }
  }

  func incident(_ call: Call) async -> ServerAnswer {
    guard let id = Desk.incidentID(call.parameter("id")) else { return Desk.noIncident }
    do {
      guard let look = try await look(id, isStaff: false) else { return .notFound }
      return .json(Desk.json(look))
    } catch { return Desk.unavailable(error) }
  }

  /// An incident with its journal, for programs of the staff.
  func incidentDetails(_ call: Call) async -> ServerAnswer {
    guard let id = Desk.incidentID(call.parameter("id")) else { return Desk.noIncident }
    do {
      guard let look = try await look(id, isStaff: true) else { return .notFound }
      let journal = try await store.journal(id)
      var answer = ServerAnswer.json(
        .object(
          Desk.members(look) + [
            ("reports", .unsigned(look.incident.reports)),
            ("networks", .unsigned(look.incident.networks)),
            ("revision", .integer(look.incident.revision)),
            (
              "journal",
              .array(
                journal.map { entry in
                  .object([
                    ("revision", .integer(entry.revision)), ("at", .string("\(entry.at)")),
                    ("event", .string(entry.event.name)), ("says", .string(entry.event.words)),
                  ])
                })
            ),
          ]))
      answer.isPrivate = true
      return answer
    } catch { return Desk.unavailable(error) }
  }

  private struct EventForm: Decodable {
    var event: String
    var by: String
    var text: String?
    var article: String?
    var revision: Int?
  }

  /// Lets something happen to an incident, for a program of the staff.
  func addEvent(_ call: Call) async -> ServerAnswer {
    guard let id = Desk.incidentID(call.parameter("id")) else { return Desk.noIncident }
    guard call.body.count <= 32_768,
      let form = try? JSONDecoder().decode(EventForm.self, from: Data(call.body)),
      let event = IncidentEvent(
        named: form.event, by: form.by, text: form.text ?? "", article: form.article)
    else { return Desk.noEvent }
    do {
      switch try await store.record(event, on: id, at: clock(), ifRevision: form.revision) {
      case .recorded(let incident):
        precisions.renew()
        return .json(
          .object([
            ("incident", .integer(Int(incident.id.rawValue))),
            ("state", .string(incident.state.rawValue)),
            ("revision", .integer(incident.revision)),
          ]))
      case .refused(let problem):
        let isForm = [.badName, .badText, .badArticle].contains(problem)
        return .problem(isForm ? 400 : 409, "Not possible", problem.sentence)
      case .unknown: return .notFound
      }
    } catch { return Desk.unavailable(error) }
  }

  static let noIncident = ServerAnswer.problem(
    400, "No incident", "incidents have numbers, from 1 on")

  private static func json(_ look: IncidentLook) -> JSONValue { .object(members(look)) }

  private static func members(_ look: IncidentLook) -> [(key: String, value: JSONValue)] {
    let incident = look.incident
    return [
      ("incident", .integer(Int(incident.id.rawValue))),
      ("address", .string("\(incident.subject)")), ("state", .string(look.state.rawValue)),
      ("lastDay", .text(look.lastDay?.description)), ("verdict", .text(look.article)),
      ("confirmed", .text(incident.cause?.article)),
      ("escalations", .integer(incident.escalations)),
      ("forgery", .text(look.source?.forgery.rawValue)),
      ("says", .array(look.says.map(JSONValue.string))),
    ]
  }

  // MARK: sensors

  /// What is published of the sensors together: nothing of any single one.
  private func crew() async throws(StoreError) -> (sensors: UInt64, networks: UInt64) {
    let sensors = try await store.sensors().filter { $0.suspension == nil }
    let total = try await store.trend(.total, in: span(of: .total), bucket: .day)
    return (
      Publication.coarse(UInt64(sensors.count)),
      Publication.coarse(total.map(\.networks.value).max() ?? 0)
    )
  }

  func sensorCount(_ call: Call) async -> ServerAnswer {
    do {
      let crew = try await crew()
      return .json(
        .object([
          ("sensorsAtLeast", .unsigned(crew.sensors)),
          ("networksAtLeast", .unsigned(crew.networks)), ("rules", .string(Look.rules)),
        ]))
    } catch { return Desk.unavailable(error) }
  }

  func sensorsPage(_ call: Call) async -> ServerAnswer {
    do {
      let crew = try await crew()
      var page = page("Sensors", call)
      page.html.element(
        "p",
        "At least \(crew.sensors) sensors are enrolled, and on the fullest of the last \(Desk.days) days "
          + "sensors of at least \(crew.networks) networks reported. Which they are, and where, is told to nobody."
      )
      try await tellBeginning(on: &page)
      page.html.element("h2", "To take part")
      page.html.element(
        "p",
        "Ask the operators of this pool for a token. Then, on the machine that has the logs or captures:"
      )
      page.html.element(
        "pre",
        "culprit sensor enrol POOL --token TOKEN\nculprit analyze EVIDENCE --submit-dry-run\n"
          + "culprit analyze EVIDENCE --submit POOL")
      page.html.element(
        "p",
        "Nothing leaves a site unasked, and the dry run shows all that would: aggregates about strangers' "
          + "addresses, no packet, nobody of your own network, no target but as a pseudonym that only the "
          + "sensor can make.")
      if sessions.session(call.session, at: clock()) != nil {
        page.html.add("<p><a href=\"/operator\">All sensors, for operators</a></p>\n")
      }
      return page.answer()
    } catch { return Desk.unavailable(error) }
  }
}
