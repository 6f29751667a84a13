import ArgumentParser
import FoundationEssentials
import Knowledge
import Observations
import Pool
import PoolNotices
import PoolServer
import PoolStores
import Simulation

/// `culprit serve`: a pool.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a pool: take in what sensors submit, and answer who asks for an address.",
    discussion: """
      It serves this machine only, unless told otherwise; put a server with a certificate before it \
      to serve others. At its start it prints a token for each sensor that may be enrolled; each is \
      good for one sensor, once, within a day. SIGINT and SIGTERM end it when what has begun is \
      answered.

      Examples:
        culprit serve --demo
        culprit serve --store sqlite:/var/lib/culprit/pool
        culprit serve --enrol office=198.51.100.0/24,256 --enrol home=203.0.113.0/24
        culprit serve --config pool.yaml
      """)

  @Option(
    help: ArgumentHelp(
      "Settings (YAML): \(ServeSettings.all.map(\.name).joined(separator: ", ")). Each may also be "
        + "given by the environment, like CULPRIT_TLS_KEY, which goes before the file.",
      valueName: "file"))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "Address and port to listen on; port 0 for any that is free. Default: 127.0.0.1:8137.",
      valueName: "address"))
  var listen: String?

  @Option(
    help: ArgumentHelp(
      "Where reports are kept: sqlite: and a folder. Default: a folder of your own.",
      valueName: "store"))
  var store: String?

  @Option(
    help: ArgumentHelp(
      "A sensor that may be enrolled: its name, the network it counts for where that is not the "
        + "one it submits from, and how many addresses it watches; may be given again.",
      valueName: "name[=prefix[,addresses]]"),
    transform: SensorPlace.argument)
  var enrol: [SensorPlace] = []

  @Flag(help: "Print a link for another operator although there is one already.")
  var `operator` = false

  @Flag(help: "Look at all settings and the files that they name, say what is wrong, and end.")
  var checkConfig = false

  @Flag(help: "Serve made-up reports of five sensors, kept nowhere.")
  var demo = false

  @Option(
    help: "Begin at this time (RFC 3339), to try old evidence. Default: this machine's clock.",
    transform: Timestamp.argument)
  var now: Timestamp?

  @Option(
    help: ArgumentHelp("Use the articles (*.yaml) of this folder instead.", valueName: "folder"))
  var knowledge: String?

  func validate() throws {
    if let listen { _ = try ListenAddress(listen) }
    if demo, store != nil { throw ValidationError("--demo keeps nothing: leave --store out") }
  }

  /// What it is told, by whatever way.
  private func settings() throws -> ServeSettings {
    var settings = ServeSettings()
    if let config { try settings.take(file: config) }
    try settings.take(environment: ProcessInfo.processInfo.environment)
    if let listen { settings.listen = listen }
    if let store { settings.store = store }
    if !enrol.isEmpty { settings.enrol = enrol }
    return settings
  }

  func run() throws {
    Heaps.share()
    let settings = try settings()
    let articles = try KnowledgeSource.load(knowledge)
    let address = try ListenAddress(settings.listen)
    let offset = (now ?? .present).nanoseconds - Timestamp.present.nanoseconds
    let clock: @Sendable () -> Timestamp = {
      Timestamp(nanoseconds: Timestamp.present.nanoseconds + offset)
    }
    if checkConfig { return try check(settings, clock) }
    let folder = try StorePlace.folder(demo ? nil : settings.store, isTemporary: demo)
    defer { if demo { try? FileManager.default.removeItem(atPath: folder) } }
    let base = try options(settings, address, clock)
    let letters = demo ? nil : try settings.notices.letters(clock)
    let destinations = demo ? [] : try settings.notices.destinations(letters, clock)
    let (isDemo, newOperator) = (demo, self.operator)
    let places =
      settings.enrol.isEmpty ? [SensorPlace(name: "sensor", network: nil)] : settings.enrol
    try waiting {
      do throws(StoreError) {
        let store = try SQLiteStore(folder: folder)
        let queue = try Serve.queue(destinations, folder: folder, clock)
        var options = base
        (options.notices, options.letters) = (queue, letters)
        // What is made up hides nobody; and five networks are no crowd to hide in.
        if !isDemo {
          options.publicationKey = PublicationKey(
            bytes: try await store.secret("publication", bytes: 32))
        }
        let server = PoolServer(store: store, knowledge: articles, options: options)
        if isDemo { try await Serve.fill(store, with: PoolDemo(now: clock())) }
        let tokens = try await Serve.issue(places, store, at: clock())
        let wantsLink = try await store.operators().isEmpty || newOperator
        let (path, isTLS) = (
          wantsLink ? server.operatorPath() : nil, options.certificate != nil
        )
        try await Serve.telling(queue) { () async throws(StoreError) in
          try await Serve.run(
            server, address, folder: isDemo ? nil : folder, tokens, operatorPath: path,
            isTLS: isTLS)
        }
        try await store.close()
      } catch { throw CommandError(error, about: folder) }
    }
  }

  private func options(
    _ settings: ServeSettings, _ address: ListenAddress,
    _ clock: @escaping @Sendable () -> Timestamp
  ) throws -> PoolServerOptions {
    var options = PoolServerOptions(clock: clock)
    (options.host, options.port) = (address.host, address.port)
    settings.apply(to: &options)
    options.certificate = try settings.poolCertificate()
    options.contacts = try settings.notices.contactTable()
    if settings.logs {
      let log = RequestLog()
      options.log = { log.write($0) }
    }
    if demo { options.remark = "All that is shown here is made up." }
    return options
  }

  /// Puts the demo's reports into a store, and lets its incidents live through these days.
  private static func fill(_ store: SQLiteStore, with demo: PoolDemo) async throws(StoreError) {
    _ = try await demo.fill(store)
    let clerk = IncidentClerk(store: store)
    for (received, batches) in Dictionary(grouping: demo.submissions(), by: \.received).sorted(
      by: { $0.key < $1.key })
    {
      clerk.note(batches.flatMap(\.batch.reports).map(\.subject))
      try await clerk.run(at: received, days: demo.days.count)
    }
  }

  private static func issue(
    _ places: [SensorPlace], _ store: SQLiteStore, at now: Timestamp
  ) async throws(StoreError) -> [(name: String, token: String)] {
    var tokens: [(name: String, token: String)] = []
    for place in places {
      let token = EnrolmentToken()
      try await store.issue(
        PendingEnrolment(
          digest: token.digest, name: place.name, declaredNetwork: place.network,
          watched: place.watched,
          expires: Timestamp(seconds: now.wholeSeconds + 86_400)))
      tokens.append((place.name, token.text))
    }
    return tokens
  }

  private static func run(
    _ server: PoolServer, _ address: ListenAddress, folder: String?,
    _ tokens: [(name: String, token: String)], operatorPath: String?, isTLS: Bool
  ) async throws(StoreError) {
    do {
      try await server.run { port in
        let url = "\(isTLS ? "https" : "http")://\(address.urlHost):\(port)"
        var text = "pool: \(url)/\n"
        text += folder.map { "store: \($0)\n" } ?? "store: none, all is made up\n"
        if folder == nil { text += "try: \(url)/address/\(PoolDemo.server)\n" }
        if let operatorPath {
          text += "operator, once within an hour: \(url)\(operatorPath)\n"
        }
        for (name, token) in tokens {
          text += "enrol \(name): culprit sensor enrol \(url) --token \(token)\n"
        }
        // Whoever started it reads on a terminal or a pipe; where nobody reads, it serves all the same.
        try? Terminal.show(text)
      }
    } catch {
      throw .rejected(because: "cannot listen on \(address.host):\(address.port): \(error)")
    }
  }
}

/// A sensor that may be enrolled.
struct SensorPlace: Sendable {
  var name: String
  /// The network that it counts for; nil for the one that it submits from.
  var network: Prefix?
  /// How many addresses it watches, where that is known.
  var watched: UInt64?

  init(name: String, network: Prefix?, watched: UInt64? = nil) {
    self.name = name
    self.network = network
    self.watched = watched
  }

  /// A place as users write it: `name`, `name=prefix`, `name=prefix,addresses`, `name=,addresses`.
  init(_ text: String) throws {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    name = String(parts[0])
    guard !name.isEmpty, name.utf8.count <= 64,
      name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x3d })
    else {
      throw ServeSettings.Problem(text: "'\(text)' is no sensor's name: letters, digits and dashes")
    }
    guard parts.count == 2 else { return }
    let place = parts[1].split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
    if !place[0].isEmpty {
      guard let network = Prefix(String(place[0])) else {
        throw ServeSettings.Problem(
          text: "'\(place[0])' is no network; write it like 198.51.100.0/24")
      }
      self.network = network
    }
    if place.count == 2 {
      guard let watched = UInt64(place[1]), watched > 0, watched <= 1 << 32 else {
        throw ServeSettings.Problem(text: "'\(place[1])' is no number of addresses")
      }
      self.watched = watched
    }
  }

  /// The same for the command line.
  static func argument(_ text: String) throws -> SensorPlace {
    do { return try SensorPlace(text) } catch let problem as ServeSettings.Problem {
      throw ValidationError(problem.text)
    }
  }
}

/// Where a server listens.
struct ListenAddress: Sendable {
  var host: String
  var port: Int

  /// An address and a port like `127.0.0.1:8137`, `[::1]:0` or `localhost:80`.
  init(_ text: String) throws {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...])
    else { throw ListenAddress.problem(text) }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard !host.isEmpty else { throw ListenAddress.problem(text) }
    (self.host, self.port) = (String(host), Int(port))
  }

  /// As it stands in an address of the web.
  var urlHost: String { host.contains(":") ? "[\(host)]" : host }

  private static func problem(_ text: String) -> ValidationError {
    ValidationError("'\(text)' is no address to listen on; write it like 127.0.0.1:8137")
  }
}

/// Where a pool's store is.
enum StorePlace {
  /// The folder of a store as users write it.
  ///
  /// - Parameters:
  ///   - text: `sqlite:` and a folder; nil for the usual one.
  ///   - isTemporary: whether it is a new one that is thrown away.
  /// - Returns: the folder's path.
  /// - Throws: `CommandError` for any other kind of store.
  static func folder(_ text: String?, isTemporary: Bool = false) throws -> String {
    if isTemporary {
      return FileManager.default.temporaryDirectory.appending(path: "culprit-\(UUID().uuidString)")
        .path()
    }
    guard let text else {
      let environment = ProcessInfo.processInfo.environment
      if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
        return state + "/culprit/pool"
      }
      return (environment["HOME"] ?? "") + "/.local/state/culprit/pool"
    }
    guard text.hasPrefix("sqlite:"), text.utf8.count > 7 else {
      throw CommandError.usage("'\(text)' is no store; write it like sqlite:/var/lib/culprit/pool")
    }
    return String(text.dropFirst(7))
  }
}

extension CommandError {
  /// What a store could not do.
  init(_ error: StoreError, about folder: String) {
    switch error {
    case .unavailable(let because, _), .partial(let because):
      self.init(description: "\(folder): \(because)", status: 75)
    case .rejected(let because): self.init(description: "\(folder): \(because)", status: 65)
    case .damaged(let because):
      self.init(description: "\(folder) is damaged: \(because)", status: 65)
    }
  }
}
