/// Who reached whom before the other began to do the same: a line a host, an arrow a contact.
public struct ContactGraph: Hashable, Sendable {
  /// A beginning after being reached.
  public struct Contact: Hashable, Sendable {
    /// When the reached host began, in nanoseconds since 1970.
    public var time: Int64
    /// Who reached it.
    public var from: String
    /// Who then began.
    public var to: String
    /// How long before it had been reached, in seconds.
    public var delay: Double

    /// A contact out of its parts.
    ///
    /// - Parameters:
    ///   - time: when the reached host began.
    ///   - from: who reached it.
    ///   - to: who then began.
    ///   - delay: seconds in between.
    public init(time: Int64, from: String, to: String, delay: Double) {
      self.time = time
      self.from = from
      self.to = to
      self.delay = delay
    }
  }

  /// What the drawing is called.
  public var title: String
  /// Contacts in order of time.
  public var contacts: [Contact]

  /// A graph out of its parts.
  public init(title: String, contacts: [Contact]) {
    self.title = title
    self.contacts = contacts
  }

  /// Hosts that have a line; contacts of others are only counted.
  static let hosts = 24
  /// Contacts that are drawn.
  static let arrows = 120

  /// The drawing; `id` is unique in the page.
  public func svg(id: String) -> String {
    guard let first = contacts.map(\.time).min(), let last = contacts.map(\.time).max() else {
      return Canvas.nothing(id: id, title: title, because: "nobody began after being reached")
    }
    var rows: [String: Int] = [:]
    var names: [String] = []
    for contact in contacts {
      for host in [contact.from, contact.to]
      where rows[host] == nil && names.count < ContactGraph.hosts {
        rows[host] = names.count
        names.append(host)
      }
    }
    let drawn = contacts.filter { rows[$0.from] != nil && rows[$0.to] != nil }
      .prefix(ContactGraph.arrows)
    let bottom = 40 + 24 * Double(names.count)
    var canvas = Canvas(
      id: id, title: title, description: description(drawn.count), height: bottom + 76)
    canvas.text("an arrow leads from who reached to who then began", 0, 16, "t")
    let axis = TimeAxis(range: first...last, left: 190, right: 616)
    func y(_ host: String) -> Double { 44 + 24 * Double(rows[host] ?? 0) }
    for name in names {
      canvas.text(shortened(name, to: 18), 0, y(name) + 4, "n")
      canvas.line(axis.left, y(name), axis.right, y(name), "g")
    }
    for contact in drawn { draw(contact, axis.x(contact.time), y, on: &canvas) }
    axis.draw(on: &canvas, at: bottom)
    if drawn.count < contacts.count {
      canvas.text("\(contacts.count - drawn.count) more are not drawn", 0, bottom + 68, "t")
    }
    return canvas.finished
  }

  private func draw(
    _ contact: Contact, _ x: Double, _ y: (String) -> Double, on canvas: inout Canvas
  ) {
    let (from, to) = (y(contact.from), y(contact.to))
    let back: Double = to > from ? -8 : 8
    let hint =
      "\(contact.from) reached \(contact.to), which began \(number(contact.delay)) s later"
    canvas.path(
      "M\(number(x)) \(number(from))V\(number(to))"
        + "M\(number(x - 4)) \(number(to + back))L\(number(x)) \(number(to))"
        + "L\(number(x + 4)) \(number(to + back))", "k", says: hint)
  }

  private func description(_ drawn: Int) -> String {
    let told = contacts.prefix(20).map {
      "\($0.from) reached \($0.to), which began \(number($0.delay)) s later, at "
        + "\(Clock.text($0.time)) UTC."
    }
    let rest = contacts.count - told.count
    return told.joined(separator: " ") + (rest > 0 ? " And \(rest) more." : "")
      + (drawn < contacts.count ? " \(contacts.count - drawn) are not drawn." : "")
  }
}
