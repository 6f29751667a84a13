import ArgumentParser
import Reporting

/// How text is laid out.
struct LayoutArguments: ParsableArguments {
  @Option(help: ArgumentHelp("Columns of a text report, 40 to 400.", valueName: "columns"))
  var width = 80

  @Flag(help: "Text for a screen reader: no lines drawn, no hanging indents, no colour.")
  var plain = false

  @Flag(
    help:
      "Tell every unexplained incident in full; without it, a dozen, and the others in a line each."
  )
  var full = false

  func validate() throws {
    guard (40...400).contains(width) else {
      throw ValidationError("a report is 40 to 400 columns wide")
    }
  }

  /// The style of a text.
  func style(color: Bool) -> TextStyle {
    var style = TextStyle(columns: width, color: color && !plain)
    style.isPlain = plain
    if full { style.unexplainedInFull = .max }
    return style
  }
}
