/// Hypotheses with what speaks for each, against each, and what could not be seen.
public struct WeightBars: Hashable, Sendable {
  /// One hypothesis.
  public struct Row: Hashable, Sendable {
    /// What it is called.
    public var label: String
    /// Its probability in words.
    public var probability: String
    /// Weights that speak for it, in decibans, positive.
    public var supporting: [Double]
    /// Weights that speak against it, in decibans, as magnitudes.
    public var opposing: [Double]
    /// Indicators that could not speak.
    public var unseen: Int

    /// A row out of its parts.
    ///
    /// - Parameters:
    ///   - label: what it is called.
    ///   - probability: in words.
    ///   - supporting: weights for it.
    ///   - opposing: weights against it; signs are dropped.
    ///   - unseen: indicators that could not speak.
    public init(
      label: String, probability: String, supporting: [Double], opposing: [Double], unseen: Int
    ) {
      self.label = label
      self.probability = probability
      self.supporting = supporting.filter(\.isFinite).map(\.magnitude)
      self.opposing = opposing.filter(\.isFinite).map(\.magnitude)
      self.unseen = max(0, unseen)
    }
  }

  /// What the drawing is called.
  public var title: String
  /// The hypotheses, best first.
  public var rows: [Row]

  /// Bars out of their parts.
  public init(title: String, rows: [Row]) {
    self.title = title
    self.rows = rows
  }

  /// Hypotheses that are drawn.
  static let shown = 6

  /// The drawing; `id` is unique in the page.
  public func svg(id: String) -> String {
    guard !rows.isEmpty else {
      return Canvas.nothing(id: id, title: title, because: "no hypothesis was weighed")
    }
    let rows = rows.prefix(WeightBars.shown)
    var canvas = Canvas(
      id: id, title: title, description: description, height: 58 * Double(rows.count) + 32)
    let most = rows.flatMap { [sum($0.supporting), sum($0.opposing)] }.max() ?? 0
    let middle = 260.0
    let scale = 250 / max(10, most)
    canvas.text("\u{2190} against", middle - 8, 16, "t", .end)
    canvas.text("for \u{2192}", middle + 8, 16, "t")
    canvas.text("not seen", 632, 16, "t", .end)
    for (index, row) in rows.enumerated() {
      let y = 30 + 58 * Double(index)
      canvas.text(shortened(row.label, to: 34), 0, y + 14, "b")
      canvas.text(row.probability, 632, y + 14, "", .end)
      draw(row.supporting, from: middle, by: scale, at: y + 22, "p", on: &canvas)
      draw(row.opposing, from: middle, by: -scale, at: y + 22, "q", on: &canvas)
      let boxes = (0..<min(row.unseen, 6)).map { box in
        "M\(number(616 - 18 * Double(box))) \(number(y + 24))h14v14h-14z"
      }
      canvas.path(boxes.joined(), "u")
      if row.unseen > 6 { canvas.text("+\(row.unseen - 6)", 520, y + 36, "t", .end) }
      canvas.line(middle, y + 19, middle, y + 43, "a")
    }
    return canvas.finished
  }

  private func draw(
    _ weights: [Double], from start: Double, by scale: Double, at y: Double, _ style: String,
    on canvas: inout Canvas
  ) {
    var x = start
    for weight in weights where weight > 0 {
      let width = weight * scale
      // Outlines lie within their places, so that neighbours stay apart.
      let inset = style == "q" ? 1.5 : 0
      canvas.rectangle(
        min(x, x + width) + inset, y + inset, width.magnitude - 2 * inset, 18 - 2 * inset, style)
      x += width
    }
  }

  private func sum(_ weights: [Double]) -> Double { weights.reduce(0, +) }

  private var description: String {
    var words = rows.prefix(WeightBars.shown).map { row in
      "\(row.label), \(row.probability): \(number(sum(row.supporting))) dB for it, "
        + "\(number(sum(row.opposing))) dB against it, "
        + "\(row.unseen) \(row.unseen == 1 ? "indicator" : "indicators") not seen."
    }
    if rows.count > WeightBars.shown {
      words.append("\(rows.count - WeightBars.shown) more are not drawn.")
    }
    return words.joined(separator: " ")
  }
}
