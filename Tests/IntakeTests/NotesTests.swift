import Foundation
import Intake
import Observations
import Testing

/// `notes.yaml` and `--note`.
@Suite struct NotesTests {
  private func read(_ text: String, zone: Int = 0) throws -> EvidenceFile {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "notes-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "notes.yaml")
    try Data(text.utf8).write(to: file)
    // Notes by themselves are no evidence.
    let log = folder.appending(path: "gate.log")
    try Data(
      ("2008-10-14T10:00:00Z gate kernel: DROP IN=eth0 OUT= SRC=192.0.2.1 DST=192.0.2.2 LEN=40 "
        + "TTL=60 ID=1 PROTO=TCP SPT=1024 DPT=23\n").utf8
    ).write(to: log)
    var options = IntakeOptions(now: CivilTime(year: 2010, month: 6, day: 1).timestamp)
    options.zone = ZoneRule(offset: zone)
    return try #require(
      try openEvidence(paths: [file.path, log.path], options: options).files.first {
        $0.path == file.path
      })
  }

  @Test func everyFieldIsTaken() throws {
    let file = try read(
      """
      notes:
        - from: 2008-10-14T10:00:00-05:00
          to: 2008-10-14T12:00:00-05:00
          kind: intervention
          about: cleaned
          host: 192.0.2.7
          text: all of it
      """)
    #expect(file.kind == .notes && file.noteCount == 1)
    let note = try #require(file.notes.first)
    #expect(note.from == CivilTime(year: 2008, month: 10, day: 14, hour: 15).timestamp)
    #expect(note.to == CivilTime(year: 2008, month: 10, day: 14, hour: 17).timestamp)
    #expect(note.kind == .intervention && note.topic == .cleaned)
    #expect(note.host == Address("192.0.2.7") && note.text == "all of it")
  }

  @Test(arguments: [
    ("LAN cables pulled", Note.Topic.lanDisconnected, Note.Kind.intervention),
    ("modem driver installed", .softwareInstalled, .change),
    ("browsed from the server", .browsing, .intervention),
    ("Server neu gestartet", .reboot, .intervention),
    ("file server stops answering", .serviceFailing, .symptom),
    ("notebook cleaned", .cleaned, .change),
    ("the moon was full", .other, .intervention),
  ])
  func whatIsLeftOutIsTakenFromTheWords(_ words: String, _ topic: Note.Topic, _ kind: Note.Kind)
    throws
  {
    let note = try #require(
      Note(argument: "2008-10-14T10:00..2008-10-14T12:00 \(words)", zone: ZoneRule(offset: 3_600)))
    #expect(note.topic == topic)
    #expect(note.kind == kind || topic == .other)
    #expect(note.from == CivilTime(year: 2008, month: 10, day: 14, hour: 9).timestamp)
    #expect(note.text == words)
  }

  @Test func theOnlyAddressAmongTheWordsIsTheHost() {
    func host(_ words: String) -> Address? {
      Note(argument: "2008-10-14T10:00:00Z \(words)", zone: .utc)?.host
    }
    #expect(host("cleaned 192.0.2.7.") == Address("192.0.2.7"))
    #expect(host("2001:db8::7 rebooted") == Address("2001:db8::7"))
    #expect(host("192.0.2.7 and 192.0.2.8 cleaned") == nil)
    #expect(host("at 10:30 by hand") == nil)
  }

  @Test(arguments: [
    "", "yesterday LAN pulled", "2008-10-14T10:00", "2008-10-14T10:00 ",
    "2008-10-14T12:00..2008-10-14T10:00 backwards", "2008-10-14T10:00.. open",
    "2008-99-14T10:00 no month",
  ])
  func whatIsNoNoteIsNone(_ argument: String) {
    #expect(Note(argument: argument, zone: .utc) == nil)
  }

  @Test func badEntriesAreCountedAndToldAndTheOthersRead() throws {
    let file = try read(
      """
      notes:
        - from: 2008-10-14T10:00:00Z
          text: good
        - text: no time
        - from: 2008-10-14T10:00:00Z
        - from: 2008-10-14T10:00:00Z
          about: 192.0.2.7
          text: bad topic
        - 17
        - from: 2008-10-14T10:00:00Z
          to: 2008-10-13T10:00:00Z
          text: backwards
      """)
    #expect(file.notes.map(\.text) == ["good"])
    #expect(file.noteCount == 6)
    #expect(file.noteProblems.count(.noteMalformed) == 5)
    #expect(file.refusal?.contains("line 4") == true)
  }

  @Test(arguments: [
    "", "\u{0}\u{1}\u{2}", "notes: 7", "notes:\n  - [", "just words", "- - - - - - x",
    String(repeating: "[", count: 200_000), String(repeating: "- ", count: 200_000),
    String(repeating: "{a: ", count: 100_000), "notes: &a [*a, *a]",
    "a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nnotes: [*b,*b,*b,*b,*b,*b]",
  ])
  func hostileFilesAreAProblemAndNoMore(_ text: String) throws {
    #expect(try read(text).notes.isEmpty)
  }
}
