import Observations
import Pool
import Reporting

/// What is published of sources as a bundle of STIX 2.1: what was observed, and what sensors made of it.
/// No indicators: a pool names what was met, and accuses nobody.
enum STIX {
  private typealias Member = (key: String, value: JSONValue)

  static func bundle(of sources: [PublicSource]) -> JSONValue {
    let author = "identity--" + nameUUID("identity\nculprit pool", in: UUIDNamespace.own)
    let made = stamp(Day(Timestamp(nanoseconds: 0)))
    let identity = JSONValue.object([
      ("type", .string("identity")), ("spec_version", .string("2.1")), ("id", .string(author)),
      ("created", made), ("modified", made), ("name", .string("A pool of Culprit")),
      ("identity_class", .string("system")),
    ])
    let objects = [identity] + sources.flatMap { Self.objects(of: $0, author) }
    let digest = nameUUID(JSONValue.array(objects).line(), in: UUIDNamespace.own)
    return .object([
      ("type", .string("bundle")), ("id", .string("bundle--" + digest)),
      ("objects", .array(objects)),
    ])
  }

  private static func objects(of source: PublicSource, _ author: String) -> [JSONValue] {
    let type = source.source.isIPv4 ? "ipv4-addr" : "ipv6-addr"
    let value: Member = ("value", .string("\(source.source)"))
    let id = "\(type)--" + nameUUID(JSONValue.object([value]).line(), in: UUIDNamespace.observables)
    let observable = JSONValue.object([
      ("type", .string(type)), ("spec_version", .string("2.1")), ("id", .string(id)), value,
    ])
    let last = source.lastDay ?? Day(Timestamp(nanoseconds: 0))
    func object(_ kind: String, _ members: [Member]) -> (id: String, value: JSONValue) {
      let own =
        "\(kind)--"
        + nameUUID("\(kind)\n\(JSONValue.object(members).line())", in: UUIDNamespace.own)
      let begin: [Member] = [
        ("type", .string(kind)), ("spec_version", .string("2.1")), ("id", .string(own)),
        ("created_by_ref", .string(author)), ("created", stamp(last)), ("modified", stamp(last)),
      ]
      return (own, .object(begin + members))
    }
    let observed = object(
      "observed-data",
      [
        ("first_observed", stamp(source.firstDay ?? last)), ("last_observed", stamp(last)),
        ("number_observed", .integer(Int(min(max(source.reportsAtLeast, 1), 999_999_999)))),
        ("object_refs", .array([.string(id)])),
      ])
    let verdicts = source.verdicts.isEmpty ? "none" : source.verdicts.joined(separator: ", ")
    let note = object(
      "note",
      [
        ("abstract", .string("What sensors made of it: \(verdicts)")),
        (
          "content",
          .string(
            "\(source.prevalence.words). How far it can be forged: \(source.forgery.sentence).")
        ), ("object_refs", .array([.string(observed.id)])),
      ])
    return [observable, observed.value, note.value]
  }

  private static func stamp(_ day: Day) -> JSONValue { .string("\(day)T00:00:00.000Z") }
}
