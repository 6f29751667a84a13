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
