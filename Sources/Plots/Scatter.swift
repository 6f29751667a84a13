/// Ports over time: one dot a packet, of the packets that were kept.
public struct PortsOverTime: Hashable, Sendable {
  /// A packet.
  public struct Packet: Hashable, Sendable {
    /// Nanoseconds since 1970.
    public var time: Int64
    /// Its port.
    public var port: UInt16

    /// A packet out of its parts.
    public init(time: Int64, port: UInt16) {
      self.time = time
      self.port = port
    }
  }

  /// What the drawing is called.
  public var title: String
  /// Packets in order of time.
  public var packets: [Packet]
  /// What they are, as `the first 256 packets`.
  public var sample: String

  /// A drawing out of its parts.
  public init(title: String, packets: [Packet], sample: String) {
    self.title = title
    self.packets = packets
    self.sample = sample
  }

  /// The drawing; `id` is unique in the page.
  public func svg(id: String) -> String {
    guard let low = packets.map(\.port).min(), let high = packets.map(\.port).max(),
      let first = packets.map(\.time).min(), let last = packets.map(\.time).max()
    else { return Canvas.nothing(id: id, title: title, because: "no packet was kept") }
    let ports = Set(packets.map(\.port)).count
    let words =
      "\(sample): \(ports) distinct \(ports == 1 ? "port" : "ports") between \(low) and \(high), "
      + "from \(Clock.text(first)) to \(Clock.text(last)) UTC."
    var canvas = Canvas(id: id, title: title, description: words, height: 248)
    canvas.text("port, \(sample)", 0, 16, "t")
    let (top, bottom) = (32.0, 192.0)
    let axis = TimeAxis(range: first...last, left: 64, right: 626)
    let floor = Double(low)
    let range = max(1, Double(high) - floor)
    func place(_ port: UInt16) -> Double {
      low == high
        ? (top + bottom) / 2 : bottom - 8 - (Double(port) - floor) / range * (bottom - top - 16)
    }
    let marks = low == high ? [low] : [low, UInt16(floor + range / 2), high]
    for (index, mark) in marks.enumerated() where range >= 2 || index != 1 {
      canvas.line(axis.left, place(mark), axis.right, place(mark), "g")
      canvas.text("\(mark)", axis.left - 6, place(mark) + 4, "t", .end)
    }
    canvas.path(dots(axis, place), "f")
    axis.draw(on: &canvas, at: bottom)
    return canvas.finished
  }

  private func dots(_ axis: TimeAxis, _ place: (UInt16) -> Double) -> String {
    var seen: Set<String> = []
    var steps = ""
    for packet in packets {
      let dot = "M\(number(axis.x(packet.time) - 2)) \(number(place(packet.port) - 2))h4v4h-4z"
      // Dots at one place are one dot.
      if seen.insert(dot).inserted { steps += dot }
    }
    return steps
  }
}

/// How the number of distinct targets grows.
public struct TargetGrowth: Hashable, Sendable {
  /// A first contact.
  public struct Step: Hashable, Sendable {
    /// Nanoseconds since 1970.
    public var time: Int64
    /// Distinct targets by then.
    public var count: UInt64

    /// A step out of its parts.
    public init(time: Int64, count: UInt64) {
      self.time = time
      self.count = count
    }
  }

  /// What the drawing is called.
  public var title: String
  /// Steps in order of time, rising.
  public var steps: [Step]
  /// What they are, as `the first 1,024 targets`.
  public var sample: String

  /// A drawing out of its parts.
  public init(title: String, steps: [Step], sample: String) {
    self.title = title
    self.steps = steps
    self.sample = sample
  }

  /// Points of the line.
  static let points = 120

  /// The drawing; `id` is unique in the page.
  public func svg(id: String) -> String {
    guard let first = steps.first, let last = steps.last, last.count > 0, first.time <= last.time
    else { return Canvas.nothing(id: id, title: title, because: "no target was kept by time") }
    let words =
      "\(sample): \(Scales.grouped(Int(clamping: first.count))) by \(Clock.text(first.time)), "
      + "\(Scales.grouped(Int(clamping: last.count))) by \(Clock.text(last.time)) UTC."
    var canvas = Canvas(id: id, title: title, description: words, height: 228)
    canvas.text("distinct targets, \(sample)", 0, 16, "t")
    let (top, bottom) = (32.0, 172.0)
    let axis = TimeAxis(range: first.time...last.time, left: 64, right: 626)
    let ticks = Scales.ticks(upTo: Double(last.count))
    let scale = (bottom - top) / (ticks.last ?? 1)
    for tick in ticks {
      canvas.line(axis.left, bottom - tick * scale, axis.right, bottom - tick * scale, "g")
      canvas.text(Scales.label(tick), axis.left - 6, bottom - tick * scale + 4, "t", .end)
    }
    let stride = max(1, steps.count / TargetGrowth.points)
    var line = "M\(number(axis.x(first.time))) \(number(bottom - Double(first.count) * scale))"
    for (index, step) in steps.enumerated()
    where index > 0 && (index % stride == 0 || index == steps.count - 1) {
      line += "H\(number(axis.x(step.time)))V\(number(bottom - Double(step.count) * scale))"
    }
    canvas.path(line, "l")
    axis.draw(on: &canvas, at: bottom)
    return canvas.finished
  }
}
