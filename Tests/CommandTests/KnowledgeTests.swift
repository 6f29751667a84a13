import Foundation
import Testing

@Suite struct KnowledgeCommandTests {
  @Test func theArticlesAreListedShownAndSound() throws {
    let scratch = try Scratch()
    let list = try scratch.run("knowledge", "list")
    #expect(list.status == 0)
    for id in ["reverse-name-lookup", "opaserv-share-worm", "icmp-error-sent-as-udp"] {
      #expect(list.text.contains(id))
      let shown = try scratch.run("knowledge", "show", id)
      #expect(shown.status == 0 && shown.text.contains("SOURCES"))
      #expect(try scratch.run("explain", id).text == shown.text)
    }
    let check = try scratch.run("knowledge", "check")
    #expect(check.status == 0, "\(check.text)")
  }

  @Test func wordsLeadToArticles() throws {
    let scratch = try Scratch()
    #expect(try scratch.run("explain", "137").text.contains("reverse-name-lookup"))
    #expect(try scratch.run("explain", "solicited-probes").text.contains("reverse-name-lookup"))
    #expect(try scratch.run("explain", "captureCut").text.contains("ends inside a record"))
  }

  @Test func aFolderWithoutArticlesIs66AndABrokenOne65() throws {
    let scratch = try Scratch()
    try scratch.write("none/readme.txt", [])
    #expect(try scratch.run("knowledge", "list", "--knowledge", "none").status == 66)
    #expect(try scratch.run("knowledge", "list", "--knowledge", "missing").status == 66)
    try scratch.write("broken/a.yaml", "id: [unclosed".utf8)
    let broken = try scratch.run("knowledge", "list", "--knowledge", "broken")
    #expect(broken.status == 65)
    #expect(broken.complaint.contains("a.yaml"))
  }
}
