import Foundation
import Observations
import Pool
import PoolStores
import Testing

/// A store that was damaged says so, and one that cannot write says when to come again.
@Suite struct DamageTests {
  private let made = MadeBatches(sources: 8, batches: 6, reports: 8)

  private func filled(_ folder: String) async throws -> SQLiteStore {
    var options = SQLiteOptions()
    options.fewestPastDays = 1
    let store = try SQLiteStore(folder: folder, options: options)
    _ = try await store.append(made.submissions())
    try await store.arrange(upTo: made.span.upperBound)
    return store
  }

  /// Everything a store answers, as text.
  private func answers(_ store: SQLiteStore) async throws -> String {
    var text = ""
    for source in Truth(made.submissions()).sources {
      text += "\(try await store.summary(source: source, in: made.span) as Any)\n"
      text +=
        "\(try await store.reports(source: source, in: made.span, limit: 99, after: nil))\n"
    }
    text += "\(try await store.hotSet(since: made.span.lowerBound.start, limit: 99, after: nil))\n"
    for kind in TopKind.allCases {
      text += "\(try await store.top(kind, in: made.span, limit: 99))"
    }
    text += "\(try await store.trend(.total, in: made.span, bucket: .hour))\n"
    return text
  }

  /// Opens with the complete check and answers; nil where damage was found.
  private func told(_ folder: String) async throws -> String? {
    var options = SQLiteOptions()
    options.check = .complete
    do {
      let store = try SQLiteStore(folder: folder, options: options)
      let text = try await answers(store)
      try? await store.close()
      return text
    } catch StoreError.damaged { return nil } catch StoreError.rejected { return nil }
  }

  /// Bits are flipped and files cut at 500 places of chance: in the files of a store that was closed, and
  /// in those of one that was killed, whose batches stand in journals.
  @Test func damageIsFoundOrHarmless() async throws {
    let folder = try Folder()
    let store = try await filled(folder.path)
    let truth = try await answers(store)
    #expect(try await store.check().isEmpty)
    let killed = try Folder()
    let journals = try copies(of: folder.path, to: killed.path)
    try await store.close()
    let closed = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".sqlite") }.sorted()
    #expect(closed.count == 3)
    #expect(journals.count == 6)
    var chance = Chance(5)
    var found = [0, 0, 0]
    for round in 0..<500 {
      let isKilled = round % 5 == 4
      let other = try Folder()
      _ = try copies(of: isKilled ? killed.path : folder.path, to: other.path)
      let name = chance.one(of: isKilled ? journals : closed)
      let path = "\(other.path)/\(name)"
      var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      guard !bytes.isEmpty else { continue }
      // Where something is written rather than in the empty middle of a page.
      var place = chance.below(bytes.count)
      for _ in 0..<50 where bytes[place] == 0 { place = chance.below(bytes.count) }
      let isCut = round % 10 == 0
      if isCut { bytes.removeSubrange(place...) } else { bytes[place] ^= 1 << chance.below(8) }
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      guard let text = try await told(other.path) else {
        found[isKilled ? 2 : isCut ? 1 : 0] += 1
        continue
      }
      // Damage in a journal's last transaction looks as though a crash had come earlier, and so does a
      // cut: then batches are missing, and nothing that is there is wrong.
      if text != truth, name.hasSuffix("-wal") {
        #expect(try await isPart(other.path), "byte \(place) of \(name)")
        let last = try Journal(killed, name).lastTransaction ?? 0
        #expect(isCut || place >= last, "byte \(place) of \(name)")
      } else {
        #expect(text == truth, "byte \(place) of \(name)")
      }
    }
    #expect(found[0] > 150)
    #expect(found[1] > 35)
  }

  /// The files of a store that is in use, journals among them.
  private func copies(of folder: String, to other: String) throws -> [String] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.contains(".sqlite") && !$0.hasSuffix("-shm") }.sorted()
    for name in names {
      try FileManager.default.copyItem(atPath: "\(folder)/\(name)", toPath: "\(other)/\(name)")
    }
    return names
  }

  /// Whether a store answers exactly as the batches that it lists would have it.
  private func isPart(_ folder: String) async throws -> Bool {
    let store = try SQLiteStore(folder: folder)
    let seen = try await store.seen(made.submissions().map(\.batch.id))
    let fresh = try Folder()
    let part = try SQLiteStore(folder: fresh.path)
    _ = try await part.append(made.submissions().filter { seen.contains($0.batch.id) })
    return try await answers(store) == answers(part)
  }

  @Test func cutAndMissingFilesAreFound() async throws {
    for name in ["main.sqlite", "raw-20260527.sqlite"] {
      for share in [0.0, 0.3, 0.9] {
        let folder = try Folder()
        try await filled(folder.path).close()
        let path = "\(folder.path)/\(name)"
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        try bytes.prefix(Int(Double(bytes.count) * share)).write(to: URL(fileURLWithPath: path))
        // An empty main file is that of a new store; then the single reports belong to nobody.
        if name == "main.sqlite", share == 0 { continue }
        #expect(try await told(folder.path) == nil, "\(name) \(share)")
      }
    }
    let folder = try Folder()
    try await filled(folder.path).close()
    try FileManager.default.removeItem(atPath: "\(folder.path)/raw-20260527.sqlite")
    #expect(throws: StoreError.self) { try SQLiteStore(folder: folder.path) }
  }

  @Test func fullDisksAreToldAndLeaveNothingInPart() async throws {
    let folder = try Folder()
    var options = SQLiteOptions()
    // Empty tables take a third of it.
    options.mostBytesOfFile = 300_000
    let store = try SQLiteStore(folder: folder.path, options: options)
    let many = MadeBatches(sources: 500, batches: 60, reports: 30)
    var taken: [Submission] = []
    var refusal: StoreError?
    for submission in many.submissions() {
      do throws(StoreError) {
        _ = try await store.append([submission])
        taken.append(submission)
      } catch {
        refusal = error
        break
      }
    }
    #expect(refusal == .unavailable(because: "no room is left", retryAfterSeconds: 300))
    #expect(taken.count > 3)
    #expect(
      try await store.seen(many.submissions().map(\.batch.id)) == Set(taken.map(\.batch.id)))
    #expect(try await store.check().isEmpty)
    // What was refused is not shown either.
    var shown = 0
    for source in Truth(many.submissions()).sources {
      shown += try await store.reports(source: source, in: many.span, limit: 999, after: nil).count
    }
    #expect(shown == taken.count * many.reports)
    try await store.close()
    // With room again the rest comes in, whatever the failed attempt left in raw files.
    let roomy = try SQLiteStore(folder: folder.path)
    let rest = many.submissions().filter { !taken.map(\.batch.id).contains($0.batch.id) }
    _ = try await roomy.append(rest)
    #expect(try await roomy.check().isEmpty)
    try await Conformance(makeStore: { roomy }, made: many).checkCounts(
      roomy, against: Truth(many.submissions()))
  }

  @Test func oneWritesAndManyRead() async throws {
    let folder = try Folder()
    let store = try await filled(folder.path)
    #expect(throws: StoreError.self) { try SQLiteStore(folder: folder.path) }
    var options = SQLiteOptions()
    options.readOnly = true
    let reader = try SQLiteStore(folder: folder.path, options: options)
    #expect(try await answers(reader) == answers(store))
    var fresh = made.submissions()[0]
    fresh.batch.id.sequence = 1_000
    await #expect(
      throws: StoreError.unavailable(
        because: "the store cannot be written to", retryAfterSeconds: 300)
    ) { try await reader.append([fresh]) }
    #expect(throws: StoreError.self) {
      try SQLiteStore(folder: folder.path + "/nothing", options: options)
    }
  }

  @Test func copiesAndExportsTellTheSame() async throws {
    let (folder, parent) = (try Folder(), try Folder())
    let store = try await filled(folder.path)
    _ = try await store.report(
      subject: MadeBatches.source(1),
      .reported(reports: 1, networks: 1, last: made.span.lowerBound.start, article: nil),
      at: made.span.lowerBound.start)
    let token = EnrolmentToken()
    try await store.issue(
      PendingEnrolment(
        digest: token.digest, name: "Ä", declaredNetwork: nil, expires: made.span.upperBound.start))
    _ = try await store.enrol(
      token, publicKey: SensorKey().publicKey, at: made.span.lowerBound.start)
    try await store.backUp(to: parent.path + "/copy")
    #expect(try await told(parent.path + "/copy") == answers(store))
    await #expect(throws: StoreError.self) { try await store.backUp(to: parent.path + "/copy") }

    let lines = try await exported(store)
    let other = try SQLiteStore(folder: parent.path + "/other")
    let result = try await other.importLines(lines)
    #expect(result.batches == made.batches && result.refused.isEmpty)
    #expect(result.sensors == 1 && result.incidents == 1)
    #expect(try await answers(other) == answers(store))
    #expect(try await exported(other) == lines)
    #expect(try await other.check().isEmpty)
    let again = try await other.importLines(lines)
    #expect(again.duplicates == made.batches && again.batches == 0)

    try await other.compact()
    #expect(try await answers(other) == answers(store))
  }

  @Test func hostileLinesHarmNoOther() async throws {
    let folder = try Folder()
    let lines = try await exported(try await filled(folder.path))
    var chance = Chance(3)
    var changed = lines
    for place in changed.indices where place % 2 == 1 {
      var bytes = changed[place]
      for _ in 0..<3 { bytes[chance.below(bytes.count)] = UInt8(32 + chance.below(90)) }
      changed[place] = bytes
    }
    let parent = try Folder()
    let store = try SQLiteStore(folder: parent.path)
    let result = try await store.importLines(changed + [[], Array("null".utf8), [0xff]])
    #expect(result.refused.suffix(3) == [lines.count + 1, lines.count + 2, lines.count + 3])
    #expect(result.batches + result.refused.count >= made.batches)
    #expect(try await store.check().isEmpty)
  }

  private func exported(_ store: SQLiteStore) async throws -> [[UInt8]] {
    let lines = Lines()
    try await store.export { lines.append($0) }
    return lines.all
  }
}

/// Lines as they come.
private final class Lines: @unchecked Sendable {
  private let lock = NSLock()
  private var lines: [[UInt8]] = []

  func append(_ line: [UInt8]) { lock.withLock { lines.append(Array(line.dropLast())) } }
  var all: [[UInt8]] { lock.withLock { lines } }
}
