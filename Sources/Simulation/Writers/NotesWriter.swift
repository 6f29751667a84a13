import Observations

/// A line of `notes.yaml`: what the people of a story did, changed or noticed.
struct StoryNote {
  var from: Int64
  var to: Int64?
  var kind: String
  var about: String
  var host: UInt32?
  var text: String

  /// The file that holds them, in the order given.
  static func file(_ notes: [StoryNote]) -> SimulatedFile {
    var text = "notes:\n"
    for note in notes {
      text += "  - from: \(Clock.text(note.from))\n"
      if let to = note.to { text += "    to: \(Clock.text(to))\n" }
      text += "    kind: \(note.kind)\n    about: \(note.about)\n"
      if let host = note.host { text += "    host: \(dotted(host))\n" }
      text += "    text: \"\(note.text)\"\n"
    }
    return SimulatedFile(name: "notes.yaml", bytes: Array(text.utf8))
  }
}
