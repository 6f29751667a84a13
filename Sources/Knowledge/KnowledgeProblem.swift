/// Something wrong with an article: where, what, why it matters and what to do.
public struct KnowledgeProblem: Error, Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The file's name.
  public var file: String
  /// The line, from 1; 0 where the whole file is meant.
  public var line: Int
  /// What is wrong.
  public var what: String
  /// Why that is not accepted.
  public var why: String
  /// What to do about it.
  public var remedy: String

  /// A problem out of its parts.
  public init(file: String, line: Int, what: String, why: String, remedy: String) {
    self.file = file
    self.line = line
    self.what = what
    self.why = why
    self.remedy = remedy
  }

  /// By file, then line, then what is wrong.
  public static func < (a: KnowledgeProblem, b: KnowledgeProblem) -> Bool {
    (a.file, a.line, a.what, a.why) < (b.file, b.line, b.what, b.why)
  }

  /// All of it in one line.
  public var description: String {
    "\(file)\(line > 0 ? ":\(line)" : ""): \(what): \(why). \(remedy)."
  }
}
