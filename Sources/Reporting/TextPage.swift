/// How text reports look.
public struct TextStyle: Sendable {
  /// Width that lines are wrapped to, in columns; at least 40.
  public var columns: Int
  /// Whether to colour headings and severities by ANSI escapes (ECMA-48); otherwise there are none.
  public var color: Bool
  /// Whether it is to be read aloud: no lines drawn, and nothing told by indents alone.
  public var isPlain = false
  /// Incidents without a verdict that are told in full; the others get a line each.
  public var unexplainedInFull = 12

  /// A style; 80 columns without colour unless told otherwise.
  public init(columns: Int = 80, color: Bool = false) {
    self.columns = max(40, columns)
    self.color = color
  }
}

/// Text under construction: wrapped with hanging indents, without trailing blanks, and inert.
///
/// Whatever is added may come from hostile evidence. Words longer than a line are left whole, so that
/// paths and digests can be copied.
public struct TextPage {
  /// How a line stands out where there is colour.
  public enum Emphasis: Sendable {
    case none, strong, faint, calm, warning, alarm

    fileprivate var parameters: String? {
      switch self {
      case .none: nil
      case .strong: "1"
      case .faint: "2"
      case .calm: "36"
      case .warning: "1;33"
      case .alarm: "1;31"
      }
    }
  }

  private let style: TextStyle
  private var lines: [String] = []

  /// An empty page.
  public init(style: TextStyle) { self.style = style }

  /// Everything added so far, with a newline at its end.
  public var text: String {
    var kept = lines[...]
    while kept.last?.isEmpty == true { kept = kept.dropLast() }
    return kept.isEmpty ? "" : kept.joined(separator: "\n") + "\n"
  }

  /// One empty line, unless there is one already or the page is empty.
  public mutating func blank() {
    if let last = lines.last, !last.isEmpty { lines.append("") }
  }

  /// A line of `=` across the page.
  public mutating func rule() {
    guard !style.isPlain else { return }
    lines.append(String(repeating: "=", count: style.columns))
  }

  /// A paragraph, wrapped. Runs of blanks and line breaks in `text` are single blanks when `prose` is
  /// set, for text that was written in lines; otherwise line breaks are shown escaped.
  public mutating func paragraph(
    _ text: String, indent: Int = 0, hang: Int = 0, emphasis: Emphasis = .none, prose: Bool = false
  ) {
    add(marker: "", prose ? text.unfolded : text, indent: indent, hang: hang, emphasis: emphasis)
  }

  /// An item of a list: a marker, then text that hangs beneath its own beginning.
  public mutating func item(
    _ marker: String, _ text: String, indent: Int = 0, markerWidth: Int? = nil,
    emphasis: Emphasis = .none
  ) {
    let shown = inert(marker)
    let width = markerWidth ?? shown.columns + 1
    let gap = String(repeating: " ", count: max(1, width - shown.columns))
    add(marker: shown + gap, text, indent: indent, hang: width, emphasis: emphasis)
  }

  /// A line that is meant to be copied: it is never broken, however wide the page.
  public mutating func verbatim(_ text: String, indent: Int) {
    finish(inert(text), indent: indent, .strong)
  }

  /// A name and its value side by side; the values of a list align at `width`.
  public mutating func field(_ name: String, _ value: String, indent: Int = 0, width: Int) {
    item(name, value, indent: indent, markerWidth: width)
  }

  private mutating func add(
    marker: String, _ text: String, indent: Int, hang: Int, emphasis: Emphasis
  ) {
    let words = inert(text).split(separator: " ")
    let (indent, hang) = style.isPlain ? (0, 0) : (indent, hang)
    var line = marker
    var width = indent + marker.columns
    var lineIndent = indent
    var isFresh = true
    for word in words {
      let needed = word.columns
      if !isFresh, width + 1 + needed > style.columns {
        finish(line, indent: lineIndent, emphasis)
        line = ""
        lineIndent = indent + hang
        width = lineIndent
        isFresh = true
      }
      if !isFresh {
        line += " "
        width += 1
      }
      line += word
      width += needed
      isFresh = false
    }
    if !line.isEmpty || words.isEmpty { finish(line, indent: lineIndent, emphasis) }
  }

  private mutating func finish(_ line: String, indent: Int, _ emphasis: Emphasis) {
    var line = line[...]
    while line.last == " " { line = line.dropLast() }
    // Markers are set right by blanks, which are read out or dwelt on.
    if style.isPlain { line = line.drop { $0 == " " } }
    guard !line.isEmpty else { return }
    let blanks = String(repeating: " ", count: style.isPlain ? 0 : indent)
    if style.color, let parameters = emphasis.parameters {
      lines.append("\(blanks)\u{1b}[\(parameters)m\(line)\u{1b}[0m")
    } else {
      lines.append(blanks + line)
    }
  }
}

extension String {
  /// The same words on one line.
  fileprivate var unfolded: String {
    split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}

extension StringProtocol {
  /// Columns that a terminal with a fixed-width font takes: two for East Asian wide characters, none
  /// for marks that sit on the character before.
  var columns: Int {
    unicodeScalars.reduce(0) { sum, scalar in
      if scalar.value < 0x300 { return sum + 1 }
      switch scalar.properties.generalCategory {
      case .nonspacingMark, .enclosingMark: return sum
      default: return sum + (scalar.isWide ? 2 : 1)
      }
    }
  }
}

extension Unicode.Scalar {
  /// The large blocks of wide and full-width characters (Unicode Standard Annex 11).
  fileprivate var isWide: Bool {
    switch value {
    case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
      0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd:
      true
    default: false
    }
  }
}
