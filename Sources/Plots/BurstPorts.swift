/// The first bursts one beside the other: how ports run within each.
public struct BurstPorts: Hashable, Sendable {
  /// What the drawing is called.
  public var title: String
  /// Packets in order of time.
  public var packets: [PortsOverTime.Packet]

  /// A drawing out of its parts.
  public init(title: String, packets: [PortsOverTime.Packet]) {
    self.title = title
    self.packets = packets
  }

  /// Bursts that are drawn.
  static let shown = 6
  /// Packets of a burst that are drawn.
  static let most = 16
  /// Packets that make a burst.
  static let least = 3

  /// Runs of packets between silences of twenty times the usual gap, a millisecond at least.
  var bursts: [[PortsOverTime.Packet]] {
    let gaps = zip(packets, packets.dropFirst()).map { gap($0, $1) }.sorted()
    guard let usual = gaps.isEmpty ? nil : gaps[gaps.count / 2] else { return [] }
    let silence = max(0.001, 20 * usual)
    var runs: [[PortsOverTime.Packet]] = []
    for packet in packets {
      if let last = runs.last?.last, gap(last, packet) <= silence {
        runs[runs.count - 1].append(packet)
      } else {
        runs.append([packet])
      }
    }
    return runs.filter { $0.count >= BurstPorts.least }
  }

  private func gap(_ a: PortsOverTime.Packet, _ b: PortsOverTime.Packet) -> Double {
    max(0, (Double(b.time) - Double(a.time)) / 1e9)
  }

  /// Whether there are bursts, and ports change within one.
  public var isTelling: Bool {
    let bursts = bursts
    return bursts.count > 1 && bursts.contains { Set($0.map(\.port)).count > 1 }
  }

  /// The drawing; `id` is unique in the page.
  public func svg(id: String) -> String {
    let bursts = bursts
    guard !bursts.isEmpty else {
      return Canvas.nothing(id: id, title: title, because: "the packets make no bursts")
    }
    let drawn = bursts.prefix(BurstPorts.shown)
    let told = drawn.map { burst in
      "\(Clock.text(burst[0].time)) UTC: ports \(burst.prefix(8).map { "\($0.port)" }.joined(separator: ", "))"
        + (burst.count > 8 ? " and \(burst.count - 8) more" : "")
    }
    let rest = bursts.count - drawn.count
    let rows = Double((drawn.count + 2) / 3)
    var canvas = Canvas(
      id: id, title: title,
      description: told.joined(separator: "; ")
        + (rest > 0 ? "; \(rest) more are not drawn." : "."),
      height: 22 + 150 * rows)
    canvas.text("the first \(drawn.count) of \(bursts.count) bursts, packet by packet", 0, 16, "t")
    for (index, burst) in drawn.enumerated() {
      draw(burst, 4 + 214 * Double(index % 3), 30 + 150 * Double(index / 3), on: &canvas)
    }
    return canvas.finished
  }

  private func draw(
    _ burst: [PortsOverTime.Packet], _ left: Double, _ top: Double, on canvas: inout Canvas
  ) {
    let packets = burst.prefix(BurstPorts.most)
    let low = Double(packets.map(\.port).min() ?? 0)
    let range = max(1, Double(packets.map(\.port).max() ?? 0) - low)
    canvas.rectangle(left, top, 200, 100, "a")
    let step = 180 / Double(max(1, packets.count - 1))
    var dots = ""
    for (index, packet) in packets.enumerated() {
      let x = left + 8 + step * Double(index)
      let y = top + 90 - (Double(packet.port) - low) / range * 80
      dots += "M\(number(x - 2)) \(number(y - 4))h5v5h-5z"
    }
    canvas.path(dots, "f")
    let ends = "\(burst[0].port) \u{2192} \(packets.last?.port ?? burst[0].port)"
    canvas.text(ends, left, top + 122, "n")
  }
}
