extension Unicode.Scalar {
  /// Whether a terminal, or a reader's eye, could be misled by this: controls (C0, DEL, C1), format
  /// characters (bidirectional overrides and isolates, zero-width ones, tags), line and paragraph
  /// separators, invisible fillers, and what Unicode has not assigned or leaves to private agreement.
  var isTreacherous: Bool {
    if value < 0x7f { return value < 0x20 }
    if value < 0xa0 { return true }
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
      .unassigned:
      return true
    default:
      return properties.isDefaultIgnorableCodePoint
    }
  }
}

/// A string with everything that could drive a terminal or hide text shown as `\u{1b}`-like escapes.
///
/// Every other character is left alone, so that ordinary text of any language stays readable.
public func inert(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: \.isTreacherous) else { return text }
  var result = ""
  for scalar in text.unicodeScalars {
    if scalar.isTreacherous {
      result += "\\u{" + String(scalar.value, radix: 16) + "}"
    } else {
      result.unicodeScalars.append(scalar)
    }
  }
  return result
}
