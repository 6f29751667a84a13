import Foundation
import Intake
import Observations
import Testing

/// Logs that were put aside one after the other.
@Suite struct RotationTests {
  private let options = IntakeOptions(now: CivilTime(year: 2010, month: 6, day: 1).timestamp)

  private func years(_ files: [(name: String, month: String)], given: Int? = nil) throws -> [Int] {
    let shelf = try Shelf()
    for (number, file) in files.enumerated() {
      let text = netfilterLines(3, month: file.month, source: "192.0.2.\(number)")
      try shelf.write(
        file.name, file.name.hasSuffix(".gz") ? try packed(text.utf8, as: 0) : Array(text.utf8))
    }
    var options = options
    options.year = given
    let opened = try openEvidence(paths: [shelf.path], options: options)
    return try files.map { file in
      try #require(opened.years.first { $0.path == shelf.path + "/" + file.name }).year
    }
  }

  @Test func numbersGoBackFromTheNewest() throws {
    #expect(
      try years([
        ("fw.log", "Mar"), ("fw.log.1", "Jan"), ("fw.log.2.gz", "Nov"), ("fw.log.10.gz", "Dec"),
        ("fw.log.11", "Mar"),
      ]) == [2010, 2010, 2009, 2008, 2008])
  }

  @Test func daysInNamesGoBackAndBound() throws {
    #expect(
      try years([
        ("fw.log", "Mar"), ("fw.log-20100301", "Feb"), ("fw.log-20100101.gz", "Dec"),
        ("fw.log-20070301", "Feb"),
      ]) == [2010, 2010, 2009, 2007])
    // A name alone says it, too, and an ending may stand behind the day.
    #expect(try years([("gate-2005-02-01.log", "Jan")]) == [2005])
    #expect(try years([("gate-20050201-2330.log", "Mar")]) == [2004])
  }

  @Test func otherSeriesAreTheirOwn() throws {
    #expect(
      try years([
        ("a/fw.log", "Feb"), ("b/fw.log.1", "Mar"), ("b/other.log", "Apr"), ("b/fw.log", "Apr"),
      ]) == [2010, 2010, 2010, 2010])
    // No rotation: a number that is part of the name, a day there is not.
    #expect(
      try years([("fw2", "Jan"), ("fw1", "Mar"), ("x-20101399", "May"), ("x", "Jan")])
        == [2010, 2010, 2010, 2010])
  }

  @Test func theGivenYearIsTheNewests() throws {
    #expect(
      try years([("fw.log", "Jan"), ("fw.log.1", "Dec")], given: 2004) == [2004, 2003])
  }

  @Test func theSameContentIsReadOnce() throws {
    let shelf = try Shelf()
    let text = netfilterLines(2_000)
    try shelf.write("fw.log.1", text)
    try shelf.write("fw.log.1.gz", try packed(text.utf8, as: 0))
    try shelf.write("kept/fw.xz", try packed(text.utf8, as: 2))
    // The same beginning is not the same content.
    try shelf.write("longer.log", text + netfilterLines(1, day: 11))
    let files = try openEvidence(paths: [shelf.path], options: options).files
    #expect(files.map(\.kind) == [.firewallLog, .copy, .copy, .firewallLog])
    #expect(
      files[1].refusal == "the same as \(shelf.path)/fw.log.1: not read twice")
    #expect(files.map(\.isReadable) == [true, false, false, true])
  }

  @Test func tablesThatAreAlikeAreLooksOfTheirOwn() throws {
    let shelf = try Shelf()
    let table = """
      Active Internet connections (servers and established)
      Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
      tcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN      1/sshd

      """
    try shelf.write("a", table)
    try shelf.write("b", table)
    let files = try openEvidence(paths: [shelf.path], options: options).files
    #expect(files.map(\.kind) == [.socketTable, .socketTable])
  }
}
