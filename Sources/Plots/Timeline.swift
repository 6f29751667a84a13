/// Events over time, with an onset and with what else happened.
public struct Timeline: Hashable, Sendable {
  /// Events within one stretch.
  public struct Bin: Hashable, Sendable {
    /// Where it begins, in nanoseconds since 1970.
    public var start: Int64
    /// Events in it.
    public var count: UInt64

    /// A stretch with its events.
    public init(start: Int64, count: UInt64) {
      self.start = start
      self.count = count
    }
  }

  /// Something that happened beside.
  public struct Event: Hashable, Sendable {
    /// When it began.
    public var from: Int64
    /// When it ended; nil: a moment.
    public var to: Int64?
    /// What it was; told in the description, in the drawing it is a number.
    public var label: String

    /// An event out of its parts.
    public init(from: Int64, to: Int64?, label: String) {
      self.from = from
      self.to = to
      self.label = label
    }
  }

  /// What the drawing is called.
  public var title: String
  /// What is counted, in the plural.
  public var unit: String
  /// How long a stretch is, in nanoseconds.
  public var binWidth: Int64
  /// Stretches with events, ascending; those that are missing had none.
  public var bins: [Bin]
  /// What the evidence covers.
  public var covered: ClosedRange<Int64>
  /// Where the rate stepped up.
  public var onset: ClosedRange<Int64>?
  /// What happened beside, in order; numbered from 1.
  public var events: [Event]
  /// Whether each count is the least that it may be, so that no total of them is told.
  public var areFloors = false

  /// A timeline out of its parts.
  ///
  /// - Parameters:
  ///   - title: what the drawing is called.
  ///   - unit: what is counted, in the plural.
  ///   - binWidth: how long a stretch is, in nanoseconds.
  ///   - bins: stretches with events, ascending.
  ///   - covered: what the evidence covers.
  ///   - onset: where the rate stepped up.
  ///   - events: what happened beside.
  public init(
    title: String, unit: String, binWidth: Int64, bins: [Bin], covered: ClosedRange<Int64>,
    onset: ClosedRange<Int64>? = nil, events: [Event] = []
  ) {
    self.title = title
    self.unit = unit
    self.binWidth = binWidth
    self.bins = bins
    self.covered = covered
    self.onset = onset
    self.events = events
  }

  /// Columns that a drawing has at most.
  static let columns = 160
  /// Events that are drawn; the rest is only counted.
  static let lanes = 9

  /// The drawing; `id` is unique in the page.
  public func svg(id: String) -> String {
    guard binWidth > 0, !bins.isEmpty, bins.contains(where: { $0.count > 0 }) else {
      return Canvas.nothing(id: id, title: title, because: "no \(unit) were kept by time")
    }
    let (width, columns) = folded
    let top = columns.map(\.count).max() ?? 1
    let ticks = Scales.ticks(upTo: Double(top))
    let lanes = min(events.count, Timeline.lanes)
    let head = 34.0 + 22 * Double(lanes) + (onset == nil ? 0 : 22)
    let bottom = head + 150
    var canvas = Canvas(
      id: id, title: title, description: description(width, top), height: bottom + 52)
    let axis = TimeAxis(range: covered, left: 64, right: 626)
    let rate = "\(unit) per \(Clock.rate(width))"
    canvas.text(areFloors ? "\(rate), at least" : rate, 0, 16, "t")
    let scale = 150 / (ticks.last ?? 1)
    for tick in ticks {
      let y = bottom - tick * scale
      canvas.line(axis.left, y, axis.right, y, "g")
      canvas.text(Scales.label(tick), axis.left - 6, y + 4, "t", .end)
    }
    canvas.path(area(columns, width, axis, bottom, scale), "f")
    draw(events.prefix(lanes), axis, bottom, on: &canvas)
    if let onset { draw(onset, axis, head, bottom, on: &canvas) }
    axis.draw(on: &canvas, at: bottom)
    return canvas.finished
  }

  /// Stretches put together until few enough are left.
  private var folded: (width: Int64, columns: [Bin]) {
    let length = Double(covered.upperBound) - Double(covered.lowerBound)
    let needed = length / Double(binWidth) / Double(Timeline.columns)
    // The bins of a range of at most 2^64 are at most so many, and binWidth times that fits.
    let factor = max(1, Int64(min(needed.rounded(.up), Double(Int64.max / binWidth / 2))))
    let width = binWidth * factor
    var columns: [Bin] = []
    for bin in bins {
      let distance = bin.start.subtractingReportingOverflow(covered.lowerBound)
      let number = min(
        Int64(Timeline.columns), distance.overflow ? 0 : max(0, distance.partialValue) / width)
      let start = covered.lowerBound &+ number &* width
      if columns.last?.start == start {
        columns[columns.count - 1].count &+= bin.count
      } else {
        columns.append(Bin(start: start, count: bin.count))
      }
    }
    return (width, columns)
  }

  private func area(
    _ columns: [Bin], _ width: Int64, _ axis: TimeAxis, _ bottom: Double, _ scale: Double
  ) -> String {
    var steps = ""
    for column in columns where column.count > 0 {
      // What is there is seen, at the very end, too.
      let left = min(axis.x(column.start), axis.right - 2)
      let right = max(left + 2, axis.x(column.start &+ width))
      // What is there is seen, however little it is beside the most.
      let height = max(1, Double(column.count) * scale)
      steps += "M\(number(left)) \(number(bottom))v-\(number(height))"
      steps += "h\(number(right - left))v\(number(height))z"
    }
    return steps
  }

  private func draw(
    _ events: ArraySlice<Event>, _ axis: TimeAxis, _ bottom: Double, on canvas: inout Canvas
  ) {
    for (index, event) in events.enumerated() {
      let y = 34.0 + 22 * Double(index)
      let from = axis.x(event.from)
      let to = event.to.map(axis.x) ?? from
      if event.to != nil {
        canvas.rectangle(from, y, max(2, to - from), bottom - y, "o", says: event.label)
        canvas.line(from, y, max(from + 2, to), y, "k")
      }
      canvas.line(from, y, from, bottom, "d")
      let isLate = from > axis.right - 30
      canvas.text(
        "\(index + 1)", isLate ? from - 4 : from + 4, y + 12, "kt", isLate ? .end : .start)
    }
  }

  private func draw(
    _ onset: ClosedRange<Int64>, _ axis: TimeAxis, _ head: Double, _ bottom: Double,
    on canvas: inout Canvas
  ) {
    let from = axis.x(onset.lowerBound)
    let to = max(from + 2, axis.x(onset.upperBound))
    canvas.rectangle(from, head - 20, to - from, bottom - head + 20, "o")
    canvas.path("M\(number(from)) \(number(bottom))V\(number(head - 20))", "k")
    let isLate = from > axis.right - 120
    canvas.text(
      "onset", isLate ? from - 4 : from + 4, head - 7, "kt", isLate ? .end : .start)
  }

  private func description(_ width: Int64, _ top: UInt64) -> String {
    let total = bins.reduce(UInt64(0)) { $0 &+ $1.count }
    let most = Scales.grouped(Int(clamping: top))
    let time = "between \(Clock.text(covered.lowerBound)) and \(Clock.text(covered.upperBound)) UTC"
    var words =
      areFloors
      ? "At least \(most) \(unit) in the fullest \(Clock.rate(width)) \(time)."
      : "\(Scales.grouped(Int(clamping: total))) \(unit) \(time), at most \(most) per "
        + "\(Clock.rate(width))."
    if let onset {
      words +=
        " The rate steps up between \(Clock.text(onset.lowerBound)) and "
        + "\(Clock.text(onset.upperBound))."
    }
    for (index, event) in events.prefix(Timeline.lanes).enumerated() {
      let until = event.to.map { " to \(Clock.text($0))" } ?? ""
      words += " \(index + 1): \(Clock.text(event.from))\(until), \(event.label)."
    }
    if events.count > Timeline.lanes {
      words += " \(events.count - Timeline.lanes) more are not drawn."
    }
    return words
  }
}
