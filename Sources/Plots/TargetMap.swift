/// Where IPv4 targets lie: over the whole address space, or within the few networks they are in.
public struct TargetMap: Hashable, Sendable {
  /// What the drawing is called.
  public var title: String
  /// The targets at hand, ascending or not; each counts once.
  public var targets: [UInt32]
  /// How many targets there are in all, in words; said beside.
  public var total: String
  /// Whether those at hand are all of them.
  public var isWhole: Bool

  /// A map out of its parts.
  ///
  /// - Parameters:
  ///   - title: what the drawing is called.
  ///   - targets: the targets at hand.
  ///   - total: how many there are in all, in words.
  ///   - isWhole: whether those at hand are all.
  public init(title: String, targets: [UInt32], total: String, isWhole: Bool) {
    self.title = title
    self.targets = targets
    self.total = total
    self.isWhole = isWhole
  }

  /// Networks of 65,536 addresses up to which each is a row of its own.
  static let rows = 10

  /// The drawing; `id` is unique in the page.
  public func svg(id: String) -> String {
    guard !targets.isEmpty else {
      return Canvas.nothing(id: id, title: title, because: "no target was kept")
    }
    let distinct = Set(targets)
    let networks = Dictionary(grouping: distinct) { $0 >> 16 }
    return networks.count <= TargetMap.rows
      ? byNetwork(id, networks, distinct.count) : overTheSpace(id, distinct)
  }

  private func share(_ count: Int) -> String {
    isWhole
      ? "all \(Scales.grouped(count)) targets" : "\(Scales.grouped(count)) of \(total) targets"
  }

  /// A row of dots for each /16.
  private func byNetwork(_ id: String, _ networks: [UInt32: [UInt32]], _ count: Int) -> String {
    let keys = networks.keys.sorted()
    let words =
      "\(share(count)) in \(keys.count) \(keys.count == 1 ? "network" : "networks") of 65,536 "
      + "addresses: "
      + keys.map { "\(TargetMap.name($0)) (\(Scales.grouped(networks[$0]?.count ?? 0)))" }
      .joined(separator: ", ") + "."
    var canvas = Canvas(
      id: id, title: title, description: words, height: 40 + 38 * Double(keys.count) + 30)
    canvas.text("\(share(count)), a row a /16, from .0.0 to .255.255", 0, 16, "t")
    for (index, key) in keys.enumerated() {
      let y = 34 + 38 * Double(index)
      let members = networks[key] ?? []
      canvas.text(TargetMap.name(key), 0, y + 18, "n")
      canvas.text(Scales.grouped(members.count), 636, y + 18, "t", .end)
      canvas.rectangle(150, y, 420, 26, "a")
      // A place is as wide as it is drawn: what shares one is one mark.
      let places = Set(members.map { Int(Double($0 & 0xffff) / 65_536 * 210) }).sorted()
      let steps = places.map { "M\(number(150 + 2 * Double($0))) \(number(y + 3))v20h2v-20z" }
      canvas.path(steps.joined(), "f")
    }
    canvas.text(
      "a mark is 312 addresses wide: neighbours share one", 150, 54 + 38 * Double(keys.count), "t m"
    )
    return canvas.finished
  }

  /// The /12s of the whole space along a Hilbert curve: what is near in number is near in the picture.
  private func overTheSpace(_ id: String, _ distinct: Set<UInt32>) -> String {
    var cells: [UInt32: Int] = [:]
    for target in distinct { cells[target >> 20, default: 0] += 1 }
    let eights = Dictionary(grouping: distinct) { $0 >> 24 }
    let sixteens = Set(distinct.map { $0 >> 16 }).count
    let busiest = eights.map { (block: $0.key, count: $0.value.count) }
      .sorted { ($1.count, $0.block) < ($0.count, $1.block) }
    let first = busiest.prefix(5).map { "\($0.block).0.0.0/8 (\(Scales.grouped($0.count)))" }
    let words =
      "\(share(distinct.count)), in \(eights.count) of the 256 networks /8 and \(sixteens) networks "
      + "/16; most of them in \(first.joined(separator: ", ")). A cell is a /12, "
      + "1,048,576 addresses, laid along a Hilbert curve."
    var canvas = Canvas(id: id, title: title, description: words, height: 348)
    canvas.text(share(distinct.count), 0, 16, "t")
    draw(cells, on: &canvas)
    let lines = [
      "\(eights.count) of 256 networks /8", "\(Scales.grouped(sixteens)) networks /16", "",
      "most targets in",
    ]
    for (index, line) in lines.enumerated() {
      canvas.text(line, 350, 46 + 25 * Double(index), index == 3 ? "t" : "")
    }
    for (index, entry) in busiest.prefix(5).enumerated() {
      let y = 146 + 25 * Double(index)
      canvas.text("\(entry.block).0.0.0/8", 350, y, "n")
      canvas.text(Scales.grouped(entry.count), 636, y, "", .end)
    }
    canvas.text("a cell is a /12 (1,048,576 addresses),", 350, 306, "t m")
    canvas.text("laid along a Hilbert curve", 350, 326, "t m")
    return canvas.finished
  }

  private func draw(_ cells: [UInt32: Int], on canvas: inout Canvas) {
    let (left, top, side) = (0.0, 26.0, 5.0)
    var grid = ""
    for line in 0...16 {
      let at = Double(line) * 4 * side
      grid += "M\(number(left + at)) \(number(top))v320M\(number(left)) \(number(top + at))h320"
    }
    canvas.path(grid, "g")
    // Three steps of strength: one target, up to four, more. The fuller, the larger, too.
    let bounds = [("f1", 1...1, 3.0), ("f2", 2...4, 4.0), ("f", 5...Int.max, 5.0)]
    for (style, range, size) in bounds {
      let places = cells.filter { range.contains($0.value) }.keys.sorted()
      let steps = places.map { place in
        let (x, y) = TargetMap.hilbert(place)
        let inset = (side - size) / 2
        return "M\(number(left + side * Double(x) + inset)) "
          + "\(number(top + side * Double(y) + inset))"
          + "h\(number(size))v\(number(size))h-\(number(size))z"
      }
      canvas.path(steps.joined(), style)
    }
  }

  /// The place of the d-th of 4,096 cells on a Hilbert curve of 64 by 64.
  static func hilbert(_ distance: UInt32) -> (x: Int, y: Int) {
    var (x, y, rest) = (0, 0, Int(distance & 0xfff))
    var size = 1
    while size < 64 {
      let right = 1 & (rest / 2)
      let up = 1 & (rest ^ right)
      if up == 0 {
        if right == 1 { (x, y) = (size - 1 - x, size - 1 - y) }
        (x, y) = (y, x)
      }
      x += size * right
      y += size * up
      rest /= 4
      size *= 2
    }
    return (x, y)
  }

  private static func name(_ key: UInt32) -> String { "\(key >> 8).\(key & 255).0.0/16" }
}
