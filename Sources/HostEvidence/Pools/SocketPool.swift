internal import Observations

/// Hundreds of unconnected UDP sockets of one process: ports held in advance, so that nobody can guess
/// from which one the next question leaves.
public struct SocketPool: Hashable, Sendable {
  /// Distinct ports below which nothing is called a pool.
  public static let leastPorts = 200

  /// The process, as far as the table names it.
  public var holder: SocketHolder
  /// Distinct local ports, ascending, without those that stand far apart from all others.
  public var ports: [UInt16]
  /// Whether they spread evenly between the lowest and the highest: not rejected at 1 % (Kolmogorov
  /// and Smirnov).
  public var isEven: Bool
  /// What is known to hold so many; nil where nothing is.
  public var known: KnownPool?

  /// From the lowest to the highest port.
  public var range: ClosedRange<UInt16> {
    guard let low = ports.first, let high = ports.last else { return 0...0 }
    return low...high
  }

  /// The chance that a port of its range is taken, 0...1.
  public var share: Double { Double(ports.count) / Double(range.count) }

  /// A pool that its maker describes.
  public struct KnownPool: Hashable, Sendable {
    /// The process's name.
    public var process: String
    /// How many sockets it holds unless told otherwise.
    public var size: Int
    /// What it is, in a clause.
    public var what: String
    /// Where that is said.
    public var source: String
  }

  /// The pools that are known; a table's count may differ by two in a hundred.
  public static let allKnown = [
    KnownPool(
      process: "dns.exe", size: 2_500,
      what: "the socket pool of the Windows DNS server since the update MS08-037",
      source: "Microsoft KB 956188")
  ]
}

extension SocketTable {
  /// The pools in the table, the largest first.
  public var pools: [SocketPool] {
    var ports: [SocketHolder: Set<UInt16>] = [:]
    for entry in entries where entry.transport == .udp && (entry.remote?.isWildcard ?? true) {
      guard let port = entry.local?.port, port > 0 else { continue }
      let holder = SocketHolder(entry: entry, processes)
      guard holder.processIdentifier != nil || holder.processName != nil else { continue }
      ports[holder, default: []].insert(port)
    }
    return ports.filter { $0.value.count >= SocketPool.leastPorts }.map { holder, ports in
      SocketPool(holder, ports.sorted())
    }.sorted {
      ($1.ports.count, $0.holder.processIdentifier ?? 0)
        < ($0.ports.count, $1.holder.processIdentifier ?? 0)
    }
  }
}

extension SocketPool {
  fileprivate init(_ holder: SocketHolder, _ all: [UInt16]) {
    self.holder = holder
    let ports = SocketPool.gathered(all)
    self.ports = ports
    let trimmed = ports.dropFirst(ports.count / 100).dropLast(ports.count / 100)
    isEven = SocketPool.isEven(Array(trimmed))
    known = SocketPool.allKnown.first {
      $0.process == holder.processName?.lowercased()
        && abs(ports.count - $0.size) * 50 <= $0.size
    }
  }

  /// The ports without those that stand apart: a name server holds 53, too, and that must not
  /// stretch the range of its pool.
  private static func gathered(_ ports: [UInt16]) -> [UInt16] {
    let edge = ports.count / 100
    let core = ports.dropFirst(edge).dropLast(edge)
    guard let low = core.first, let high = core.last, core.count > 1 else { return ports }
    let gap = Double(high - low) / Double(core.count - 1)
    // As many ports again as were left out fill twice that width only by rare chance.
    let slack = 2 * gap * Double(edge + 1)
    return ports.filter { Double($0) >= Double(low) - slack && Double($0) <= Double(high) + slack }
  }

  /// The greatest distance from the straight line, against the 1 % point 1.63/√n.
  private static func isEven(_ ports: [UInt16]) -> Bool {
    guard let low = ports.first, let high = ports.last, high > low else { return false }
    let (n, width) = (Double(ports.count), Double(Int(high) - Int(low) + 1))
    var distance = 0.0
    for (number, port) in ports.enumerated() {
      let expected = (Double(Int(port) - Int(low)) + 0.5) / width
      distance = max(
        distance, abs(expected - Double(number) / n), abs(expected - Double(number + 1) / n))
    }
    return distance < 1.63 / n.squareRoot()
  }
}
