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
