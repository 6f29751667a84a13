import Foundation
import Knowledge
import Reporting
import Testing

/// `docs/knowledge/` says what the articles say; `UPDATE_BASELINES=1` writes it anew.
@Suite struct ArticlePagesTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../docs/knowledge").standardized

  @Test("the pages are in step with the articles, and there are no others")
  func pages() throws {
    let files = ArticlePages.files(of: try KnowledgeBase.load())
    if ProcessInfo.processInfo.environment["UPDATE_BASELINES"] == "1" {
      try? FileManager.default.removeItem(at: Self.folder)
      try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
      for file in files {
        try Data(file.text.utf8).write(to: Self.folder.appending(path: file.name))
      }
    }
    let present = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path())
    #expect(present.sorted() == files.map(\.name).sorted())
    for file in files {
      let text = try? String(contentsOf: Self.folder.appending(path: file.name), encoding: .utf8)
      #expect(text == file.text, "\(file.name): UPDATE_BASELINES=1 writes it anew")
    }
  }

  @Test("what an article holds is taken for neither Markdown nor HTML")
  func hostile() throws {
    let text = """
      id: sample-cause
      title: "<b>A [sample](x) | `b`"
      summary: "*What* _it_ is & <script>"
      severity: low
      innocent: false
      prior: -3
      requires: [{present: sweep}]
      sentence: "{subject} does it"
      next: [{system: linux, run: "echo `id`", shows: "who"}]
      sources: [{fact: "a # heading"}]
      """
    let base = try KnowledgeBase.load(directory: [("sample-cause.yaml", text)])
    let files = ArticlePages.files(of: base)
    #expect(files.map(\.name) == ["README.md", "sample-cause.md"])
    let page = try #require(files.last?.text)
    #expect(page.hasPrefix("# &lt;b&gt;A \\[sample\\](x) \\| \\`b\\`\n"))
    #expect(page.contains("\\*What\\* \\_it\\_ is &amp; &lt;script&gt;"))
    #expect(page.contains("`` echo `id` ``"))
    #expect(page.contains("a \\# heading (from memory, checked against nothing)"))
  }
}
