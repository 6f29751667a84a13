import Observations
import Pool
import Testing

/// What every store of incidents and sensors must hold to.
struct IncidentConformance {
  let store: any IncidentStore
  private let start = MadeBatches.start.start

  private func hours(_ count: Int64) -> Timestamp {
    Timestamp(seconds: start.wholeSeconds + count * 3_600)
  }

  private func reported(_ at: Timestamp) -> IncidentEvent {
    .reported(reports: 3, networks: 2, last: at, article: "horizontal-scan")
  }

  func incidentsLive() async throws {
    let subjects = (0..<9).map { MadeBatches.source($0) }
    for subject in subjects {
      guard
        case .recorded(let new) = try await store.report(
          subject: subject, reported(start), at: start)
      else {
        Issue.record("not recorded")
        return
      }
      #expect(new.subject == subject && new.revision == 1)
    }
    let first = try #require(try await store.incident(subject: subjects[0]))
    let again = try await store.report(subject: subjects[0], reported(hours(1)), at: hours(1))
    guard case .recorded(let grown) = again else {
      Issue.record("not recorded")
      return
    }
    #expect(grown.id == first.id && grown.reports == 6)
    #expect(
      try await store.record(
        .acknowledged(by: "Ann"), on: first.id, at: hours(2), ifRevision: 1)
        == .refused(.changedMeanwhile))
    _ = try await store.record(.acknowledged(by: "Ann"), on: first.id, at: hours(2), ifRevision: 2)
    #expect(
      try await store.record(.acknowledged(by: "Bob"), on: first.id, at: hours(3), ifRevision: nil)
        == .refused(.isAcknowledged))
    #expect(
      try await store.record(
        .fellQuiet, on: IncidentID(rawValue: 999), at: start, ifRevision: nil) == .unknown)
    _ = try await store.record(
      .confirmed(by: "Ann", article: "backscatter", because: "asked them"), on: first.id,
      at: hours(4), ifRevision: nil)
    let journal = try await store.journal(first.id)
    #expect(journal.map(\.revision) == [1, 2, 3, 4])
    #expect(journal.map(\.event.name) == ["reported", "reported", "acknowledged", "confirmed"])
    let told = try Incident(
      id: first.id, subject: subjects[0], opened: start,
      journal: journal.map { (event: $0.event, at: $0.at) })
    #expect(try await store.incident(first.id) == told)
    #expect(
      try await store.confirmedCauses() == [
        Incident.Cause(article: "backscatter", stated: "horizontal-scan", at: hours(4))
      ])
    await #expect(throws: StoreError.self) {
      try await store.report(subject: subjects[1], .fellQuiet, at: hours(9))
    }
    try await pages(first, subjects)
  }

  private func pages(_ first: Incident, _ subjects: [Address]) async throws {
    var all: [Incident] = []
    while true {
      let page = try await store.incidents(
        IncidentFilter(), limit: 4, before: all.last?.id)
      all += page
      if page.count < 4 { break }
    }
    #expect(all.map(\.id.rawValue) == Array((1...9).reversed()))
    var filter = IncidentFilter()
    filter.states = [.acknowledged]
    #expect(try await store.incidents(filter, limit: 10, before: nil).map(\.id) == [first.id])
    filter = IncidentFilter()
    filter.reportedSince = hours(1)
    #expect(try await store.incidents(filter, limit: 10, before: nil).map(\.id) == [first.id])
    filter = IncidentFilter()
    filter.prefix = Prefix("2001:db8::/32")
    #expect(
      try await store.incidents(filter, limit: 10, before: nil).map(\.subject)
        == subjects.filter { !$0.isIPv4 }.reversed())
    let quiet = hours(7 * 24)
    let due = try await store.due(at: quiet, limit: 100, after: nil)
    #expect(due.map(\.id.rawValue) == Array(2...9))
    #expect(
      try await store.due(at: quiet, limit: 2, after: IncidentID(rawValue: 3)).map(\.id.rawValue)
        == [4, 5])
  }

  func sensorsAreEnrolledOnce() async throws {
    let (token, late) = (EnrolmentToken(), EnrolmentToken())
    let network = try #require(Prefix("192.0.2.0/24"))
    try await store.issue(
      PendingEnrolment(
        digest: token.digest, name: "one", declaredNetwork: network, expires: hours(24)))
    try await store.issue(
      PendingEnrolment(digest: late.digest, name: "two", declaredNetwork: nil, expires: hours(1)))
    let key = SensorKey()
    #expect(
      try await store.enrol(EnrolmentToken(), publicKey: key.publicKey, at: start) == .refused)
    #expect(try await store.enrol(token, publicKey: [1, 2], at: start) == .refused)
    #expect(try await store.enrol(late, publicKey: key.publicKey, at: hours(2)) == .refused)
    let record = SensorRecord(
      publicKey: key.publicKey, name: "one", declaredNetwork: network, enrolled: hours(2))
    #expect(
      try await store.enrol(token, publicKey: key.publicKey, at: hours(2)) == .enrolled(record))
    #expect(
      try await store.enrol(token, publicKey: SensorKey().publicKey, at: hours(2)) == .refused)
    #expect(try await store.sensor(key.sensor) == record)
    let suspension = SensorRecord.Suspension(since: hours(3), because: "lies")
    #expect(try await store.setSuspension(suspension, of: key.sensor))
    #expect(try await store.sensors().map(\.suspension) == [suspension])
    #expect(try await !store.setSuspension(nil, of: SensorKey().sensor))
    // No second token makes it trusted again.
    let other = EnrolmentToken()
    try await store.issue(
      PendingEnrolment(digest: other.digest, name: "x", declaredNetwork: nil, expires: hours(24)))
    #expect(try await store.enrol(other, publicKey: key.publicKey, at: hours(4)) == .refused)
    #expect(try await store.sensor(key.sensor)?.suspension == suspension)
  }

  /// Canaries are out until they are withdrawn, and of a batch the first word about one counts.
  func canariesAreKept(_ canaries: any CanaryStore) async throws {
    let (one, other) = (MadeBatches.source(1), MadeBatches.source(2))
    let first = Canary(
      address: one, note: "list of May'; DROP TABLE canary;--", by: "Ann", since: start)
    #expect(try await canaries.plant(first))
    #expect(try await !canaries.plant(first), "it is out already")
    #expect(try await canaries.plant(Canary(address: other, note: "x", by: "Bo", since: start)))
    #expect(try await canaries.canaries().map(\.address) == [one, other].sorted())
    #expect(try await canaries.withdraw(canary: one, at: hours(3)))
    #expect(try await !canaries.withdraw(canary: one, at: hours(4)))
    #expect(try await !canaries.withdraw(canary: MadeBatches.source(3), at: hours(4)))
    var held = first
    held.withdrawn = hours(3)
    #expect(try await canaries.canaries().first { $0.address == one } == held)
    let again = Canary(address: one, note: "list of June", by: "Bo", since: hours(9))
    #expect(try await canaries.plant(again), "a withdrawn one may be planted again")
    #expect(try await canaries.canaries().first { $0.address == one } == again)
    for number in 3...Canary.most {
      let address = Address(high: 0x2001_0db8_0000_0000, low: UInt64(number))
      #expect(
        try await canaries.plant(Canary(address: address, note: "x", by: "Bo", since: start)))
    }
    let beyond = Canary(address: MadeBatches.source(3), note: "x", by: "Bo", since: start)
    #expect(try await !canaries.plant(beyond), "so many are out")
    try await hitsAreKept(canaries, one, other)
  }

  private func hitsAreKept(
    _ canaries: any CanaryStore, _ one: Address, _ other: Address
  ) async throws {
    func hit(_ canary: Address, _ sensor: Int, _ sequence: Int64, _ at: Int64, firm: UInt64 = 0)
      -> CanaryHit
    {
      CanaryHit(
        canary: canary,
        batch: BatchID(sensor: MadeBatches.sensor(sensor), sequence: sequence), noted: hours(at),
        firm: firm, forgeable: 2, first: hours(at - 9), last: hours(at - 8))
    }
    let hits = [hit(one, 1, 1, 10), hit(one, 1, 2, 11, firm: 3), hit(other, 2, 1, 12)]
    try await canaries.note(hits)
    try await canaries.note([hit(one, 1, 1, 20, firm: 7)])
    #expect(try await canaries.canaryHits(of: nil, by: nil, limit: 9) == hits.reversed())
    #expect(try await canaries.canaryHits(of: nil, by: nil, limit: 1) == [hits[2]])
    #expect(
      try await canaries.canaryHits(of: one, by: nil, limit: 9) == hits.prefix(2).reversed())
    let (a, b) = (MadeBatches.sensor(1), MadeBatches.sensor(2))
    #expect(try await canaries.canaryHits(of: nil, by: b, limit: 9) == [hits[2]])
    #expect(try await canaries.canaryHits(of: one, by: b, limit: 9).isEmpty)
    let counts = [
      CanaryCount(sensor: a, canaries: 1, firm: 3, forgeable: 4),
      CanaryCount(sensor: b, canaries: 1, firm: 0, forgeable: 2),
    ]
    #expect(try await canaries.canaryCounts() == counts.sorted { $0.sensor < $1.sensor })
    try await canaries.forgetHits(before: hours(11))
    #expect(
      try await canaries.canaryHits(of: nil, by: nil, limit: 9) == hits.dropFirst().reversed())
  }

  /// Takes a store of staff: the same one.
  func staffIsKept(_ staff: any StaffStore) async throws {
    let ann = OperatorRecord(name: "Ann", password: "scrypt$1", since: start)
    try await staff.put(ann)
    try await staff.put(
      OperatorRecord(name: "Åsa'; DROP TABLE operator;--", password: "x", since: start))
    try await staff.put(OperatorRecord(name: "Ann", password: "scrypt$2", since: start))
    #expect(try await staff.operators().map(\.password) == ["scrypt$2", "x"])
    #expect(try await staff.removeOperator(named: "Ann"))
    #expect(try await !staff.removeOperator(named: "Ann"))
    let key = AccessKey(
      digest: EnrolmentToken().digest, name: "program", scopes: [.read, .incidents], made: start,
      expires: hours(1))
    try await staff.put(key)
    #expect(try await staff.accessKey(key.digest) == key)
    #expect(try await staff.accessKey(EnrolmentToken().digest) == nil)
    #expect(try await staff.accessKeys() == [key])
    #expect(try await staff.removeAccessKey(key.digest))
    #expect(try await staff.accessKeys().isEmpty)
    var request = CorrectionRequest(
      at: start, kind: .erasure, subject: MadeBatches.source(1), text: "not me", contact: "")
    for number in 1...3 {
      let kept = try await staff.file(request)
      #expect(kept?.id == Int64(number))
    }
    let settlement = CorrectionRequest.Settlement(by: "Ann", at: hours(2), answer: "done")
    #expect(try await staff.settle(2, settlement))
    #expect(try await !staff.settle(2, settlement))
    #expect(try await !staff.settle(9, settlement))
    #expect(try await staff.requests(waitingOnly: true, limit: 9).map(\.id) == [3, 1])
    #expect(try await staff.requests(waitingOnly: false, limit: 2).map(\.id) == [3, 2])
    request.id = 2
    request.settlement = settlement
    #expect(try await staff.requests(waitingOnly: false, limit: 2).last == request)
    for _ in 0..<CorrectionRequest.mostOpen { _ = try await staff.file(request) }
    #expect(try await staff.file(request) == nil, "a list that nobody reads does not grow for ever")
  }
}
