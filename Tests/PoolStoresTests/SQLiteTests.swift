import Observations
import Pool
import PoolStores
import Testing

/// The SQLite store is held to what every store must do.
@Suite struct SQLiteConformanceTests {
  private func conformance(_ folders: Folders) -> Conformance {
    Conformance { try SQLiteStore(folder: folders.next()) }
  }

  @Test(arguments: Conformance.checks.indices)
  func holds(_ number: Int) async throws {
    try await Conformance.checks[number].body(conformance(Folders()))
  }

  @Test(arguments: DigestConformance.checks.indices)
  func digestsHold(_ number: Int) async throws {
    let folders = Folders()
    try await DigestConformance.checks[number].body(
      DigestConformance { try SQLiteStore(folder: folders.next()) })
  }

  /// Addresses that the staff stated stand in what was watched; a sensor without makes its network's unknown.
  @Test func watchedAddressesAreStated() async throws {
    let folders = Folders()
    let store = try SQLiteStore(folder: folders.next())
    let made = MadeBatches(sensors: 6, networks: 3)
    let now = MadeBatches.start.start
    for sensor in 0..<5 as Range<Int> {
      let token = EnrolmentToken()
      try await store.issue(
        PendingEnrolment(
          digest: token.digest, name: "s\(sensor)", declaredNetwork: nil,
          watched: UInt64(100 + sensor), expires: now))
      let key = SensorKey(seed: [UInt8](repeating: UInt8(sensor + 1), count: 32))
      let result = try await store.enrol(token, publicKey: try #require(key).publicKey, at: now)
      guard case .enrolled(let record) = result else {
        Issue.record("\(result)")
        continue
      }
      #expect(record.watched == UInt64(100 + sensor))
      #expect(try await store.sensor(record.id) == record)
    }
    for (number, submission) in made.submissions().enumerated() {
      let key = SensorKey(seed: [UInt8](repeating: UInt8(number % 6 + 1), count: 32))
      var batch = submission.batch
      batch.id.sensor = try #require(key).sensor
      _ = try await store.append([
        Submission(batch: batch, network: submission.network, received: submission.received)
      ])
    }
    try await store.digest(MadeBatches.start)
    let exposure = try #require(try await store.exposures(in: made.span).first)
    #expect(exposure.day == MadeBatches.start)
    #expect(exposure.networks.map(\.network) == (0..<3).map { made.network($0) })
    #expect(exposure.networks.map(\.watched) == [203, 205, nil])
    #expect(try await store.check().isEmpty)
  }

  @Test func secretsAreTheSameEverAfter() async throws {
    let folders = Folders()
    let folder = try folders.next()
    var store = try SQLiteStore(folder: folder)
    let first = try await store.secret("one", bytes: 32)
    #expect(first.count == 32)
    #expect(try await store.secret("two", bytes: 32) != first)
    try await store.close()
    store = try SQLiteStore(folder: folder)
    #expect(try await store.secret("one", bytes: 32) == first)
    await #expect(throws: StoreError.self) { try await store.secret("one", bytes: 16) }
  }

  @Test func incidentsLive() async throws {
    let folders = Folders()
    let store = try SQLiteStore(folder: folders.next())
    try await IncidentConformance(store: store).incidentsLive()
    #expect(try await store.check().isEmpty)
  }

  @Test func staffIsKept() async throws {
    let folders = Folders()
    let store = try SQLiteStore(folder: folders.next())
    try await IncidentConformance(store: store).staffIsKept(store)
  }

  @Test func canariesAreKept() async throws {
    let folders = Folders()
    let store = try SQLiteStore(folder: folders.next())
    try await IncidentConformance(store: store).canariesAreKept(store)
    #expect(try await store.check().isEmpty)
  }

  @Test func canariesAreInNoDigest() async throws {
    let folders = Folders()
    let store = try SQLiteStore(folder: folders.next())
    let made = MadeBatches(networks: 6, sources: 30, batches: 24)
    try await DigestConformance(makeStore: { store }, made: made).canariesAreLeftOut(store)
  }

  @Test func sensorsAreEnrolledOnce() async throws {
    let folders = Folders()
    try await IncidentConformance(store: SQLiteStore(folder: folders.next()))
      .sensorsAreEnrolledOnce()
  }
}

/// Folders that are gone when the test is.
final class Folders {
  private var all: [Folder] = []

  func next() throws -> String {
    let folder = try Folder()
    all.append(folder)
    return folder.path
  }
}
