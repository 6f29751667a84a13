import Observations
import Pool
import Reporting

// Canaries, for operators: addresses that send nothing, and who reported them all the same.
extension Desk {
  /// The most hits that a page or an answer tells of.
  static let mostHits = 500

  /// What became of the wish to plant a canary.
  enum Planting {
    case planted
    /// It cannot be one, or is one; why, in a sentence.
    case refused(status: Int, because: String)
  }

  /// Plants a canary where the address can be one.
  ///
  /// What anybody reported lately is no silent address; and a pool whose staff could hide whatever they like
  /// by calling it a canary would not be worth asking.
  func plant(_ text: String, note: String, by name: String) async throws(StoreError) -> Planting {
    guard let address = Address(text), rules.takes(address) else {
      return .refused(status: 400, because: "That is no address that a sensor could report.")
    }
    guard (1...Canary.noteBytes).contains(note.utf8.count),
      (1...IncidentRules.nameBytes).contains(name.utf8.count)
    else {
      return .refused(
        status: 400,
        because: "Say where it is planted, in \(Canary.noteBytes) bytes at most, and who plants it."
      )
    }
    let today = Day(clock())
    let lately = today.advanced(by: -Desk.days - 1)...today.advanced(by: 1)
    // Sums may be written late.
    try await store.settle()
    guard try await store.summary(source: address, in: lately) == nil else {
      return .refused(
        status: 409,
        because:
          "Somebody reported this address in the last \(Desk.days) days: it is no silent one.")
    }
    let canary = Canary(
      address: address, note: note, by: name, since: Timestamp(seconds: clock().wholeSeconds))
    guard try await store.plant(canary) else {
      return .refused(
        status: 409,
        because: "It is a canary already, or \(Canary.most) are out, which is the most.")
    }
    upkeep.canaries.renew()
    return .planted
  }

  /// Withdraws a canary; false where none of this address is out.
  func withdraw(_ address: Address) async throws(StoreError) -> Bool {
    let done = try await store.withdraw(canary: address, at: clock())
    upkeep.canaries.renew()
    return done
  }

  // MARK: pages

  func canariesPage(_ call: Call) async -> ServerAnswer {
    guard sessions.session(call.session, at: clock()) != nil else { return strange(call) }
    do {
      var page = page("Canaries", call)
      page.html.element(
        "p",
        "Addresses of your own that send nothing, and that stand in nothing but what you hand out. Whoever "
          + "reports one did not observe it. Nothing that is reported of a canary is published, and nothing "
          + "follows of itself: what a report means is for you to judge.")
      let canaries = try await store.canaries()
      if !canaries.isEmpty {
        page.html.tableHead("Canaries", ["Address", "Planted", "Since", "By", "State"])
        for canary in canaries {
          page.row(
            to: "/operator/canaries/\(canary.address)",
            [
              "\(canary.address)", canary.note, "\(Day(canary.since))", canary.by,
              canary.withdrawn.map { "withdrawn \(Day($0))" } ?? "out",
            ])
        }
        page.tableEnd()
      }
      page.form(to: "/operator/canaries")
      page.field("address", "Address that sends nothing")
      page.field("note", "Where it is planted, and for whom to find")
      page.formEnd([("plant", "Plant it")])
      list(
        try await store.canaryHits(of: nil, by: nil, limit: Desk.mostHits),
        "What was reported of canaries", on: &page)
      return page.answer()
    } catch { return Desk.unavailable(error) }
  }

  func plantCanary(_ call: Call) async -> ServerAnswer {
    await asOperator(call) { (session, form) async throws(StoreError) in
      guard form["do"] == "plant" else { return wrong(Desk.noDeed, call) }
      let text = (form["address"] ?? "").filter { $0 != " " }
      switch try await plant(text, note: form["note"] ?? "", by: session.name) {
      case .planted: return .redirect(to: "/operator/canaries")
      case .refused(let status, let because):
        var page = page("That cannot be a canary", call)
        page.html.element("p", because)
        page.html.add("<p><a href=\"/operator/canaries\">Back to the canaries</a></p>\n")
        return page.answer(status: status)
      }
    }
  }

  func canaryPage(_ call: Call) async -> ServerAnswer {
    guard sessions.session(call.session, at: clock()) != nil else { return strange(call) }
    do {
      guard let address = Address(call.parameter("address")),
        let canary = try await store.canaries().first(where: { $0.address == address })
      else { return wrong(.notFound, call) }
      var page = page("Canary \(address)", call)
      page.html.element("p", "Planted \(canary.since) by \(canary.by): \(canary.note)")
      if let withdrawn = canary.withdrawn {
        page.html.element(
          "p",
          "Withdrawn \(withdrawn). What is reported of days up to that is not published; what is reported "
            + "of later ones is.")
      } else {
        page.form(to: "/operator/canaries/\(address)")
        page.formEnd([("withdraw", "Withdraw it")])
      }
      list(
        try await store.canaryHits(of: address, by: nil, limit: Desk.mostHits),
        "Who reported it", on: &page)
      return page.answer()
    } catch { return Desk.unavailable(error) }
  }

  func withdrawCanary(_ call: Call) async -> ServerAnswer {
    await asOperator(call) { (_, form) async throws(StoreError) in
      guard form["do"] == "withdraw" else { return wrong(Desk.noDeed, call) }
      guard let address = Address(call.parameter("address")), try await withdraw(address) else {
        return wrong(.notFound, call)
      }
      return .redirect(to: "/operator/canaries/\(address)")
    }
  }

  /// Hits with what they can mean.
  func list(_ hits: [CanaryHit], _ caption: String, on page: inout Page) {
    guard !hits.isEmpty else { return }
    page.html.tableHead(
      caption, ["Sensor", "Canary", "Noted", "Batch", "Reports", "Stated times"])
    for hit in hits {
      page.row(
        to: "/operator/sensors/\(hit.batch.sensor)",
        [
          "\(hit.batch.sensor)", "\(hit.canary)", "\(hit.noted)", "\(hit.batch.sequence)",
          hit.words, "\(hit.first) to \(hit.last)",
        ])
    }
    page.tableEnd()
    page.html.element("p", "Firm reports", style: "name")
    page.html.element("p", CanaryReading.firm.sentence)
    page.html.element("p", "Reports that can be forged", style: "name")
    page.html.element("p", CanaryReading.forgeable.sentence)
  }

  /// On an address's page, for operators alone: that it is a canary.
  func tellOfCanary(
    _ address: Address, _ call: Call, on page: inout Page
  ) async throws(StoreError) {
    guard sessions.session(call.session, at: clock()) != nil,
      try await upkeep.canaries.table()[address] != nil
    else { return }
    page.html.add("<p><a href=\"/operator/canaries/\(address)\">For operators: this is, or was, a ")
    page.html.add("canary</a></p>\n")
  }
}

extension CanaryHit {
  /// How many reports, of which kind.
  fileprivate var words: String {
    [(firm, "firm"), (forgeable, "can be forged")].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
      .joined(separator: ", ")
  }
}

extension CanaryCount {
  /// How many reports, of which kind, about how many canaries.
  var words: String {
    "\(firm) firm, \(forgeable) that can be forged, about \(canaries) canar\(canaries == 1 ? "y" : "ies")"
  }
}
