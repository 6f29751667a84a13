import Observations
import Pool
import Reporting

// What those may do who are spoken of.
extension Desk {
  func correctionsPage(_ call: Call) -> ServerAnswer {
    corrections(call, remark: nil, status: 200)
  }

  private func corrections(_ call: Call, remark: String?, status: Int) -> ServerAnswer {
    var page = page("Corrections and erasure", call)
    if let remark { page.html.element("p", remark, style: "remark") }
    page.html.element(
      "p",
      "An address may be spoken of here because sensors reported packets that bore it. Whoever answers "
        + "for it may say that what is said is wrong, or ask that all that is kept about it be erased. "
        + "Operators of this pool read it; say how to prove that the address is yours.")
    page.form(to: "/corrections")
    page.choice(
      "kind", "What is wanted",
      [("correction", "What is said is wrong"), ("erasure", "Erase what is kept")])
    page.field("address", "Address", value: call.query["address"] ?? "")
    page.field("text", "Why")
    page.field("contact", "How to reach you, if you want an answer", completion: "email")
    page.formEnd([("send", "Send")])
    page.html.element("h2", "What is kept, and for how long")
    page.html.element(
      "p",
      "Sensors report addresses, times, ports and counts of packets that reached them unasked, so that "
        + "those who meet the same can tell what it is. What is published is stated below on every page. "
        + "Single reports are forgotten after \(Desk.days) days unless the operators keep them for another "
        + "time; incidents with their journals stay until they are erased.")
    return page.answer(status: status)
  }

  /// Files what somebody asks for.
  func fileCorrection(_ call: Call) async -> ServerAnswer {
    guard let form = call.form, let kind = CorrectionRequest.Kind(rawValue: form["kind"] ?? ""),
      let address = Address((form["address"] ?? "").filter { $0 != " " })
    else {
      return corrections(
        call, remark: "Write an address like 198.51.100.7, and what is wanted.", status: 400)
    }
    let (text, contact) = (form["text"] ?? "", form["contact"] ?? "")
    guard (1...CorrectionRequest.textCharacters).contains(text.unicodeScalars.count),
      contact.unicodeScalars.count <= CorrectionRequest.contactCharacters
    else {
      return corrections(
        call,
        remark:
          "Say why, in at most \(CorrectionRequest.textCharacters) characters; the contact has at most "
          + "\(CorrectionRequest.contactCharacters).", status: 400)
    }
    do {
      let request = CorrectionRequest(
        at: clock(), kind: kind, subject: address, text: text, contact: contact)
      guard let kept = try await store.file(request) else {
        var answer = corrections(
          call, remark: "Too many requests wait; try again in a day.", status: 503)
        answer.headers.append(("Retry-After", "86400"))
        return answer
      }
      await notices?.take([
        Notice(.correction, at: kept.at, number: kept.id, subject: kept.subject)
      ])
      var page = page("It is noted", call)
      page.html.element(
        "p", "Your request has number \(kept.id). Operators of this pool will read it.")
      return page.answer()
    } catch { return Desk.unavailable(error) }
  }
}
