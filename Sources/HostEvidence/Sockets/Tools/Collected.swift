public import Observations

/// What the heading of collected sockets says of how they were looked at.
public struct CollectionHeading: Hashable, Sendable {
  /// When the sockets were looked at, ascending.
  public var moments: [Timestamp] = []
  /// The kinds of sockets that were asked for and listed: `tcp`, `udp`, `raw`, `packet` …
  public var lists: Set<String> = []
  /// The addresses of the network namespace they are in.
  public var addresses: [Address] = []
  /// The network namespace; nil for a system without any.
  public var namespace: UInt64?
  /// Whether it is the one the host itself uses.
  public var isOwnNamespace = true
  /// How many other network namespaces there are beside it.
  public var otherNamespaces = 0
  /// Whether packets of others pass through this host; nil where that is not stated.
  public var forwards: Bool?
}

/// The sockets that `culprit collect` writes, one JSON object a line: the only place that knows its
/// keys, for writing and for reading.
public enum CollectedSockets {
  /// A value to be written.
  public enum Value: Hashable, Sendable {
    /// A text.
    case text(String)
    /// A number.
    case number(UInt64)
  }

  /// Gives what the socket itself is, key by key, in the order of writing.
  ///
  /// - Parameters:
  ///   - entry: the socket.
  ///   - write: takes each key with its value.
  public static func describe(_ entry: SocketEntry, _ write: (String, Value) -> Void) {
    switch entry.transport {
    case .tcp: write("transport", .text("tcp"))
    case .udp: write("transport", .text("udp"))
    case .icmp: write("transport", .text("icmp"))
    case .raw(let number):
      write("transport", .text("raw"))
      if let number { write("protocol", .number(UInt64(number))) }
    case .packet(let type):
      write("transport", .text("packet"))
      if let type { write("etherType", .number(UInt64(type))) }
    case .other(let number):
      write("transport", .text("ip"))
      write("protocol", .number(UInt64(number)))
    case .unknown: write("transport", .text("unknown"))
    }
    write("family", .text(entry.family.rawValue))
    if let address = entry.local?.address { write("localAddress", .text(address.description)) }
    if let port = entry.local?.port { write("localPort", .number(UInt64(port))) }
    if let address = entry.remote?.address { write("remoteAddress", .text(address.description)) }
    if let port = entry.remote?.port { write("remotePort", .number(UInt64(port))) }
    if let state = entry.state { write("state", .text("\(state)")) }
  }

  /// Reads a heading, a socket or a process; false where the record is none of these.
  static func add(_ values: [String: String], line: Int, to build: inout SocketBuilder) -> Bool {
    switch values["culprit"] {
    case "sockets":
      setHeading(values, &build)
      return true
    case "processes":
      build.begin(.collectedProcesses, system(values), [.processIdentifier, .processName])
      setTime(values, &build)
      return true
    case .some: return false
    case nil: break
    }
    if values["ownership"] != nil, values["firstseen"] != nil {
      guard let entry = socket(values, line: line) else { return false }
      build.add(entry)
      return true
    }
    return addProcess(values, &build)
  }

  private static func setHeading(_ values: [String: String], _ build: inout SocketBuilder) {
    build.begin(
      .collected, system(values),
      [
        .transport, .localAddress, .localPort, .remoteAddress, .remotePort, .state, .user, .inode,
        .interface, .processIdentifier, .processName, .programPath,
      ])
    build.table.isPrivileged = values["owners"] == "all"
    setTime(values, &build)
    var heading = CollectionHeading()
    heading.moments = list("moments", values).compactMap { Timestamp($0) }.sorted()
    heading.lists = Set(list("lists", values))
    heading.addresses = list("addresses", values).compactMap { Address($0) }
    heading.namespace = values["namespace"].flatMap { digits($0, as: UInt64.self) }
    heading.isOwnNamespace = values["isownnamespace"] != "false"
    heading.otherNamespaces = values["othernamespaces"].flatMap { digits($0, as: Int.self) } ?? 0
    heading.forwards = values["forwards"].map { $0 == "true" }
    build.table.heading = heading
  }

  private static func setTime(_ values: [String: String], _ build: inout SocketBuilder) {
    guard build.table.captured == nil, let text = values["captured"] else { return }
    build.table.captured = RecordTool.utc(text, isUTC: false)
  }

  private static func system(_ values: [String: String]) -> SocketSystem {
    values["system"].flatMap { SocketSystem(rawValue: $0) } ?? .unknown
  }

  /// The elements of a list of scalars, which stand under the key and the key with a number.
  private static func list(_ key: String, _ values: [String: String]) -> [String] {
    var found: [String] = []
    while let value = values[found.isEmpty ? key : key + String(found.count)] {
      found.append(value)
    }
    return found
  }

  private static func socket(_ values: [String: String], line: Int) -> SocketEntry? {
    guard let transport = transport(values) else { return nil }
    var entry = SocketEntry(transport: transport, line: line)
    entry.family = values["family"].flatMap { SocketFamily(rawValue: $0) } ?? .unknown
    func end(_ address: String, _ port: String) -> SocketEndpoint? {
      let end = SocketEndpoint(
        address: values[address].flatMap { Address($0) },
        port: values[port].flatMap { digits($0, as: UInt16.self) })
      return end.address == nil && end.port == nil ? nil : end
    }
    entry.setEnds(
      end("localaddress", "localport"), end("remoteaddress", "remoteport"))
    entry.state = values["state"].map { SocketState(word: $0) }
    entry.user = values["user"]
    entry.inode = values["inode"].flatMap { digits($0, as: UInt64.self) }
    entry.interface = values["interface"]
    entry.processIdentifier = values["processidentifier"].flatMap { digits($0, as: UInt32.self) }
    entry.processName = values["processname"]
    entry.programPath = values["programpath"]
    entry.isOwnershipRefused = values["ownership"] == "refused"
    entry.sharedWith = list("sharedwith", values).compactMap { text in
      let parts = text.split(separator: " ", maxSplits: 1)
      guard let first = parts.first, let process = digits(first, as: UInt32.self) else {
        return nil
      }
      return SocketHolder(
        processIdentifier: process, processName: parts.count > 1 ? String(parts[1]) : nil)
    }
    if let first = values["firstseen"].flatMap({ Timestamp($0) }),
      let last = values["lastseen"].flatMap({ Timestamp($0) }), first <= last
    {
      entry.seen = first...last
    }
    return entry
  }

  private static func transport(_ values: [String: String]) -> SocketTransport? {
    let number = values["protocol"].flatMap { digits($0, as: UInt8.self) }
    switch values["transport"] {
    case "tcp": return .tcp
    case "udp": return .udp
    case "icmp": return .icmp
    case "raw": return .raw(number)
    case "packet": return .packet(values["ethertype"].flatMap { digits($0, as: UInt16.self) })
    case "ip": return number.map { .other($0) }
    case "unknown": return .unknown
    default: return nil
    }
  }

  private static func addProcess(
    _ values: [String: String], _ build: inout SocketBuilder
  ) -> Bool {
    guard values["parent"] != nil, values["started"] != nil,
      let number = values["process"].flatMap({ digits($0, as: UInt32.self) })
    else { return false }
    build.add(
      HostProcess(name: values["name"], path: values["program"], user: values["user"]),
      identifier: number)
    return true
  }
}
