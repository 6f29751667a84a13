import ArgumentParser
import FoundationEssentials
import Observations
import PoolClient
import Reporting

/// `culprit lookup`: what a pool publishes of an address, a block or a port.
struct Lookup: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Ask a pool for an address, a block, a port, an article, or what evidence is like.",
    discussion: """
      What you ask for is told to the pool, and to nobody else. What it answers is coarse and late: \
      it may not tell where its sensors are. Of a file or folder the patterns are made here, with \
      addresses left out, and nothing but their features is sent.

      Examples:
        culprit lookup 198.51.100.7
        culprit lookup 198.51.100.0/24 --pool https://pool.example
        culprit lookup udp/137 --json
        culprit lookup 3f0a9b1c22d47e55
        culprit lookup router.log
      """)

  @Argument(
    help:
      "An address, a block like 198.51.100.0/24, a port like udp/137, an article's id, a pattern's digest, a file."
  )
  var what: String

  @OptionGroup var place: PoolPlace

  @Flag(help: "The pool's answer as it is, in JSON.")
  var json = false

  @OptionGroup var reading: ReadingOptions

  func run() throws {
    if let path = Lookup.evidence(what) { return try find(patternsOf: path) }
    let path = try Lookup.path(of: what)
    let address = try place.address()
    let reply = try asking { () throws(SensorError) -> PoolReply in
      try await PoolConnection.open(address) { connection throws(SensorError) in
        try await connection.send(path: path, body: nil, type: "")
      }
    }
    guard reply.status == 200 else {
      throw CommandError(
        description: "the pool answered \(reply.status): \(reply.complaint)",
        status: reply.status == 404 ? 64 : 69)
    }
    guard let answer = LookupAnswer(json: reply.body) else {
      throw CommandError(description: "\(address) is no pool", status: 69)
    }
    if json { return try Terminal.show(reply.body) }
    var page = TextPage(style: TextStyle())
    page.paragraph(what)
    for line in answer.says { page.item("-", line) }
    page.add(answer.matches)
    try Terminal.show(page.text)
  }

  /// The path of a file or folder that is meant; nil where something else is.
  private static func evidence(_ what: String) -> String? {
    // What could be an article's id is a file's name where there is such a file.
    if let path = try? Lookup.path(of: what), !path.contains("/articles/") { return nil }
    return FileManager.default.fileExists(atPath: what) ? what : nil
  }

  /// Where a pool answers to what somebody typed.
  private static func path(of what: String) throws -> String {
    let start = "/api/v1/"
    if let address = Address(what) { return start + "addresses/\(address)" }
    if what.contains("/"), let prefix = Prefix(what) { return start + "prefixes/\(prefix)" }
    let parts = what.lowercased().split(separator: "/", omittingEmptySubsequences: false)
    if parts.count == 2, ["tcp", "udp"].contains(parts[0]), let port = UInt16(parts[1]) {
      return start + "ports/\(parts[0])/\(port)"
    }
    let isName =
      !what.isEmpty && what.utf8.count <= 64
      && what.utf8.allSatisfy {
        (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d
      }
    if what.utf8.count == 16, what.allSatisfy(\.isHexDigit) {
      return start + "patterns/\(what.lowercased())"
    }
    guard isName, UInt16(what) == nil else {
      throw CommandError.usage(
        "'\(what)' is neither an address nor a block nor a port like udp/137 nor an article's id, a "
          + "pattern's digest or a file")
    }
    return start + "articles/\(what)"
  }
}

/// Which pool is meant.
struct PoolPlace: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The pool. Default: the one that this machine's sensor is enrolled with, else "
        + "http://127.0.0.1:8137.", valueName: "url"))
  var pool: String?

  func address() throws -> PoolAddress {
    let named = pool
    return try asking { () throws(SensorError) -> PoolAddress in
      let folder = SensorFolder(
        path: SensorFolder.usual(environment: SensorPlaceOption.environment))
      let known = named == nil ? try folder.pool() : nil
      return try PoolAddress(named ?? known ?? "http://127.0.0.1:8137")
    }
  }
}

/// Does something with a sensor's files or a pool; what goes wrong becomes one line.
func asking<Value: Sendable>(
  _ work: @escaping @Sendable () async throws(SensorError) -> Value
) throws -> Value {
  do { return try waiting(for: work) } catch let error as SensorError {
    throw CommandError(error)
  }
}

extension CommandError {
  /// What went wrong at a sensor.
  init(_ error: SensorError) {
    let status: Int32 =
      switch error {
      case .file: 74
      case .noKey: 66
      case .keyExists, .badAddress: 64
      case .keyIsOpen, .badKey: 77
      case .beyondBound: 73
      case .unreachable, .answer: 69
      }
    self.init(description: error.description, status: status)
  }
}
