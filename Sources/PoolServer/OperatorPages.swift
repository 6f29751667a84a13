import Observations
import Pool
import Reporting

// What operators look after.
extension Desk {
  func operatorPage(_ call: Call) async -> ServerAnswer {
    guard let session = sessions.session(call.session, at: clock()) else {
      return strange(call)
    }
    do {
      var page = page("For operators", call)
      page.form(to: "/operator/sign-out")
      page.formEnd([("sign-out", "Sign out \(session.name)")])
      try await tellReports(on: &page)
      try await listDue(on: &page)
      try await listRequests(on: &page)
      try await listSensors(on: &page)
      page.html.add("<p><a href=\"/operator/canaries\">Canaries</a>: addresses that send nothing, ")
      page.html.add("by which you see who reports what he did not observe</p>\n")
      try await listKeys(on: &page)
      try await listOperators(on: &page)
      list(await notices?.tally() ?? [], on: &page)
      return page.answer()
    } catch { return Desk.unavailable(error) }
  }

  private func listDue(on page: inout Page) async throws(StoreError) {
    let now = clock()
    let due = try await store.due(at: now, limit: PoolLimits.pageSize, after: nil)
      .filter { $0.due(at: now) == .escalateAgain }
    guard !due.isEmpty else { return }
    page.html.tableHead(
      "Reports still come, \(IncidentRules.hoursToEscalateAgain) hours after those answerable were told",
      ["Incident", "Address", "Told last"])
    for incident in due.prefix(100) {
      page.row(
        to: "/incident/\(incident.id)",
        ["#\(incident.id)", "\(incident.subject)", incident.escalated.map { "\($0)" } ?? ""])
    }
    page.tableEnd()
  }

  private func listRequests(on page: inout Page) async throws(StoreError) {
    let waiting = try await store.requests(waitingOnly: true, limit: 100)
    page.html.element("h2", "Requests for correction and erasure")
    if waiting.isEmpty { page.html.element("p", "None waits.") }
    for request in waiting {
      page.html.add("<section class=\"card\">\n<p>")
      page.html.text("\(request.id), of \(request.at): \(request.kind.rawValue) about ")
      page.html.add("<a href=\"/address/\(request.subject)\">\(request.subject)</a></p>\n")
      page.html.element("p", request.text)
      page.html.element("p", "Reach: \(request.contact.isEmpty ? "not said" : request.contact)")
      page.form(to: "/operator/requests/\(request.id)")
      page.field("text", "What is done, and why")
      page.formEnd([
        ("settle", "Note it as done"), ("erase", "Erase all about this address, and note it"),
      ])
      page.html.add("</section>\n")
    }
  }

  /// Notes what was done about a request, and does it where that is to erase.
  func settleRequest(_ call: Call) async -> ServerAnswer {
    await asOperator(call) { (session, form) async throws(StoreError) in
      let text = form["text"] ?? ""
      guard let id = Desk.incidentID(call.parameter("id"))?.rawValue,
        (1...PoolLimits.commentBytes).contains(text.utf8.count)
      else { return refused(Desk.noText, call) }
      let waiting = try await store.requests(waitingOnly: true, limit: PoolLimits.pageSize)
      guard let request = waiting.first(where: { $0.id == id }) else {
        return wrong(.notFound, call)
      }
      guard let wanted = form["do"], ["settle", "erase"].contains(wanted) else {
        return refused(Desk.noDeed, call)
      }
      if wanted == "erase" { _ = try await store.erase(source: request.subject) }
      _ = try await store.settle(
        id, CorrectionRequest.Settlement(by: session.name, at: clock(), answer: text))
      return .redirect(to: "/operator")
    }
  }

  private func listSensors(on page: inout Page) async throws(StoreError) {
    page.html.tableHead(
      "Sensors", ["Name", "Identity", "Network", "Enrolled", "State", "Reports about canaries"])
    let counts = Dictionary(
      try await store.canaryCounts().map { ($0.sensor, $0.words) }, uniquingKeysWith: { a, _ in a })
    for sensor in try await store.sensors() {
      page.row(
        to: "/operator/sensors/\(sensor.id)",
        [
          sensor.name, "\(sensor.id)",
          sensor.declaredNetwork.map { "\($0)" } ?? "where it submits from",
          "\(Day(sensor.enrolled))",
          sensor.suspension.map { "suspended \(Day($0.since)): \($0.because)" } ?? "may submit",
          counts[sensor.id] ?? "none",
        ])
    }
    page.tableEnd()
    page.form(to: "/operator/sensors")
    page.field("name", "Name of a new sensor")
    page.field("network", "Its network, if not where it submits from")
    page.field("watched", "Addresses that it watches, if known")
    page.formEnd([("issue", "Make a token")])
  }

  /// Makes a token for a sensor and shows it, once.
  func issueToken(_ call: Call) async -> ServerAnswer {
    await asOperator(call) { (_, form) async throws(StoreError) in
      let name = form["name"] ?? ""
      let network = (form["network"] ?? "").filter { $0 != " " }
      let prefix = Prefix(network)
      let watched = UInt64((form["watched"] ?? "").filter { $0 != " " })
      guard (1...64).contains(name.utf8.count), network.isEmpty || prefix != nil,
        (form["watched"] ?? "").isEmpty || watched.map({ $0 > 0 }) ?? false
      else {
        return refused(Desk.noSensor, call)
      }
      let token = EnrolmentToken()
      try await store.issue(
        PendingEnrolment(
          digest: token.digest, name: name, declaredNetwork: prefix, watched: watched,
          expires: Timestamp(seconds: clock().wholeSeconds + 86_400)))
      var page = page("A token for \(name)", call)
      page.html.element("p", "It is shown now and never again; it is good once, for a day:")
      page.html.element("pre", token.text)
      page.html.element(
        "p", "On the sensor: culprit sensor enrol and this pool's address, with --token.")
      return page.answer()
    }
  }

  func sensorPage(_ call: Call) async -> ServerAnswer {
    guard sessions.session(call.session, at: clock()) != nil else {
      return strange(call)
    }
    do {
      guard let id = SensorID(call.parameter("id")), let sensor = try await store.sensor(id)
      else { return wrong(.notFound, call) }
      var page = page("Sensor \(sensor.name)", call)
      page.html.element("p", "Identity \(sensor.id), enrolled \(sensor.enrolled).")
      page.html.element(
        "p",
        sensor.suspension.map { "Suspended since \($0.since): \($0.because)" } ?? "It may submit.")
      page.form(to: "/operator/sensors/\(sensor.id)")
      page.field("text", "Why")
      page.formEnd(
        sensor.suspension == nil
          ? [("suspend", "Suspend"), ("retract", "Suspend, and take its reports back")]
          : [("restore", "Let it submit again"), ("retract", "Take its reports back")])
      list(
        try await store.canaryHits(of: nil, by: sensor.id, limit: Desk.mostHits),
        "What it reported of canaries", on: &page)
      return page.answer()
    } catch { return Desk.unavailable(error) }
  }

  /// Suspends or restores a sensor, and takes its reports back if so wanted.
  func changeSensor(_ call: Call) async -> ServerAnswer {
    await asOperator(call) { (session, form) async throws(StoreError) in
      let text = form["text"] ?? ""
      guard let id = SensorID(call.parameter("id")), try await store.sensor(id) != nil else {
        return wrong(.notFound, call)
      }
      let action = form["do"] ?? ""
      guard ["suspend", "retract", "restore"].contains(action),
        action == "restore" || (1...PoolLimits.commentBytes).contains(text.utf8.count)
      else { return refused(Desk.noText, call) }
      let suspension =
        action == "restore"
        ? nil : SensorRecord.Suspension(since: clock(), because: "\(session.name): \(text)")
      _ = try await store.setSuspension(suspension, of: id)
      guard action == "retract" else { return .redirect(to: "/operator/sensors/\(id)") }
      let gone = try await store.retract(sensor: id)
      var page = page("Taken back", call)
      page.html.element(
        "p",
        "\(gone.reports) reports of \(gone.batches) batches are gone, and the sums of \(gone.days.count) "
          + "days were made anew. Of \(gone.beyondRecall) batches the single reports were forgotten "
          + "before: their share in sums remains.")
      return page.answer()
    }
  }

  private func listKeys(on page: inout Page) async throws(StoreError) {
    let keys = try await store.accessKeys()
    page.html.element("h2", "Programs")
    if !keys.isEmpty { page.html.tableHead("Their keys", ["Name", "May", "Until"]) }
    for key in keys {
      page.html.add("<tr>")
      page.html.element("td", key.name)
      page.html.element("td", key.scopes.sorted().map(\.rawValue).joined(separator: ", "))
      page.html.element("td", "\(key.expires)")
      page.html.add("</tr>\n")
    }
    if !keys.isEmpty { page.tableEnd() }
    page.form(to: "/operator/keys")
    page.field("name", "Name of a program")
    page.choice(
      "scopes", "It may",
      [
        ("read", "ask more often than others"), ("read details", "see what the staff see"),
        ("read details incidents", "and change incidents"),
        ("submit", "hand in lines of DShield's form"), ("canaries", "see and change canaries"),
      ])
    page.field("network", "If it hands in: its network, if not where it submits from")
    page.formEnd([("issue", "Make a key"), ("remove", "End all keys of this name")])
  }

  /// Makes a program's key and shows it, once; or ends keys.
  func changeKeys(_ call: Call) async -> ServerAnswer {
    await asOperator(call) { (_, form) async throws(StoreError) in
      let name = form["name"] ?? ""
      guard (1...64).contains(name.utf8.count) else { return refused(Desk.noKey, call) }
      if form["do"] == "remove" {
        for key in try await store.accessKeys() where key.name == name {
          _ = try await store.removeAccessKey(key.digest)
        }
        return .redirect(to: "/operator")
      }
      guard form["do"] == "issue" else { return refused(Desk.noDeed, call) }
      let wanted = (form["scopes"] ?? "").split(separator: " ").compactMap {
        AccessScope(rawValue: String($0))
      }
      let token = EnrolmentToken()
      let now = clock()
      if wanted.contains(.submit) {
        let network = (form["network"] ?? "").filter { $0 != " " }
        guard network.isEmpty || Prefix(network) != nil else { return refused(Desk.noKey, call) }
        try await DoorSensor.enrol(token, name: name, network: Prefix(network), in: store, at: now)
      }
      try await store.put(
        AccessKey(
          digest: token.digest, name: name, scopes: Set(wanted), made: now,
          expires: Timestamp(seconds: now.wholeSeconds + Desk.secondsOfKey)))
      var page = page("A key for \(name)", call)
      page.html.element("p", "It is shown now and never again; it is good for a year:")
      page.html.element("pre", token.text)
      page.html.element("p", "Programs show it as Authorization: Bearer and the key.")
      return page.answer()
    }
  }

  private static let secondsOfKey: Int64 = 365 * 86_400

  private func listOperators(on page: inout Page) async throws(StoreError) {
    page.html.tableHead("Operators", ["Name", "Since"])
    for one in try await store.operators() {
      page.html.add("<tr>")
      page.html.element("td", one.name)
      page.html.element("td", "\(Day(one.since))")
      page.html.add("</tr>\n")
    }
    page.tableEnd()
    page.form(to: "/operator/operators")
    page.field("name", "Name, to take the right away")
    page.formEnd([("link", "Make a link for a new operator"), ("remove", "Take it away")])
  }

  /// Makes a link for another operator, or takes one's right away.
  func changeOperators(_ call: Call) async -> ServerAnswer {
    await asOperator(call) { (session, form) async throws(StoreError) in
      guard ["remove", "link"].contains(form["do"]) else { return refused(Desk.noDeed, call) }
      guard form["do"] == "remove" else {
        let token = sessions.issueLink(at: clock())
        var page = page("A link for a new operator", call)
        page.html.element("p", "Under this pool's address; it is good once, for an hour:")
        page.html.element("pre", "/operator/enter/\(token.text)")
        return page.answer()
      }
      let name = form["name"] ?? ""
      guard name != session.name else { return refused(Desk.noSelf, call) }
      guard try await store.removeOperator(named: name) else {
        return refused(Desk.noOperator, call)
      }
      sessions.closeAll(of: name)
      return .redirect(to: "/operator")
    }
  }

  static let noText = ServerAnswer.problem(400, "No text", "say what is done, and why")
  static let noSensor = ServerAnswer.problem(
    400, "No name",
    "give a name of 1 to 64 bytes; a network like 198.51.100.0/24, and a number of addresses, or none"
  )
  static let noKey = ServerAnswer.problem(
    400, "No name", "give a name of 1 to 64 bytes; a network like 198.51.100.0/24, or none")
  static let noOperator = ServerAnswer.problem(
    404, "No such operator", "there is no operator of this name")
  static let noDeed = ServerAnswer.problem(400, "Nothing to do", "press one of the form's buttons")
  static let noSelf = ServerAnswer.problem(
    400, "Not yourself", "somebody else has to take your right away")
}
