import Foundation
import Simulation
import Testing

@Suite struct ExamplesTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Examples")

  @Test(
    "the committed examples are what seed 1 makes",
    arguments: ["sbs2003", "cadlock770", "mynetwatchman"])
  func sameBytes(_ id: String) throws {
    let folder = Self.folder.appending(path: id)
    let made = try scenario(id).make(seed: 1)
    for file in made {
      let kept = try Data(contentsOf: folder.appending(path: file.name))
      #expect(Array(kept) == file.bytes, "\(id)/\(file.name)")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path())
    #expect(Set(made.map(\.name)).isSubset(of: names))
  }
}
