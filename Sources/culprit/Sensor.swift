import ArgumentParser
import FoundationEssentials
import Pool
import PoolClient
import Reporting

/// `culprit sensor`: this machine as a pool's sensor.
struct Sensor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make this machine a sensor of a pool, and see what it has to send.",
    discussion: """
      Examples:
        culprit sensor enrol https://pool.example --token TOKEN
        culprit sensor status
      """, subcommands: [Enrol.self, Status.self, Send.self])
}

/// Where a sensor's files are.
struct SensorPlaceOption: ParsableArguments {
  @Option(
    name: .customLong("sensor"),
    help: ArgumentHelp(
      "The sensor's folder: its key and what waits to be sent. Default: a folder of your own.",
      valueName: "folder"))
  var folder: String?

  static var environment: [String: String] { ProcessInfo.processInfo.environment }

  var place: SensorFolder {
    SensorFolder(path: folder ?? SensorFolder.usual(environment: SensorPlaceOption.environment))
  }
}

extension Sensor {
  /// `culprit sensor enrol`.
  struct Enrol: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a key and enrol it with a pool.",
      discussion: """
        The key stays in the sensor's folder, where only you can read it. The pool is told its public \
        half, and the network that you submit from is counted as one.

        Example:
          culprit sensor enrol https://pool.example --token TOKEN
        """)

    @Argument(help: "The pool.") var pool: String

    @Option(help: "The token that the pool's staff gave you; it is used up.") var token: String

    @OptionGroup var sensor: SensorPlaceOption

    func run() throws {
      guard let token = EnrolmentToken(self.token) else {
        throw CommandError.usage("a token has 52 letters and digits")
      }
      let (folder, pool) = (sensor.place, self.pool)
      let id = try asking { () throws(SensorError) -> SensorID in
        let address = try PoolAddress(pool)
        return try await PoolConnection.open(address) { connection throws(SensorError) in
          try await folder.enrol(with: address, token: token, by: connection)
        }
      }
      try Terminal.show("enrolled: sensor \(id), key in \(inert(folder.path))\n")
    }
  }

  /// `culprit sensor status`.
  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tell which sensor this is, its pool, and what waits to be sent.",
      discussion: """
        Example:
          culprit sensor status
        """)

    @OptionGroup var sensor: SensorPlaceOption

    func run() throws {
      let folder = sensor.place
      let text = try asking { () throws(SensorError) -> String in
        let key = try folder.key()
        let waiting = try folder.spool().waiting()
        let bytes = waiting.reduce(0) { $0 + $1.bytes }
        return """
          sensor: \(key.sensor)
          folder: \(inert(folder.path))
          pool: \(inert(try folder.pool() ?? "none yet"))
          waiting: \(waiting.count) \(waiting.count == 1 ? "batch" : "batches"), \(bytes) bytes

          """
      }
      try Terminal.show(text)
    }
  }

  /// `culprit sensor send`.
  struct Send: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Send what waits.",
      discussion: """
        Example:
          culprit sensor send
        """)

    @OptionGroup var sensor: SensorPlaceOption

    func run() throws {
      let folder = sensor.place
      let delivery = try asking { () throws(SensorError) -> Delivery in
        guard let pool = try folder.pool() else { throw SensorError.noKey(folder: folder.path) }
        return try await SubmitArguments.deliver(folder, to: try PoolAddress(pool))
      }
      try Terminal.show(delivery.text)
      if delivery.waiting > 0 { throw ExitCode(75) }
    }
  }
}
