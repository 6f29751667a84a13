import FoundationEssentials
import Observations
import PoolServer
import Yams

/// What `culprit serve` is told: by its command line, else by the environment, else by a file, else as
/// usual. All three name the same settings.
struct ServeSettings {
  var listen = "127.0.0.1:8137"
  var store: String?
  var enrol: [SensorPlace] = []
  var rate = 300
  var networks: UInt64 = 3
  var proxies: [Prefix] = []
  var certificate: String?
  var key: String?
  var behindTLS = false
  var logs = true
  var daysOfReports = 30
  var daysOfSums = 400
  /// Whom to tell what.
  var notices = NoticeSettings()

  /// A setting: its name in files, what it means, how it is set.
  struct Setting: Sendable {
    var name: String
    var meaning: String
    var set: @Sendable (inout ServeSettings, [String]) throws -> Void
  }

  /// Every setting; `tls.key` in a file is nested, in the environment it is `CULPRIT_TLS_KEY`.
  static let all: [Setting] = own + NoticeSettings.all

  private static let own: [Setting] = [
    Setting(name: "listen", meaning: "address and port, like 127.0.0.1:8137") {
      $0.listen = try one($1)
      _ = try ListenAddress($0.listen)
    },
    Setting(name: "store", meaning: "sqlite: and a folder") { $0.store = try one($1) },
    Setting(name: "enrol", meaning: "a list of name[=prefix[,addresses]]") {
      $0.enrol = try $1.map { try SensorPlace($0) }
    },
    Setting(name: "rate", meaning: "look-ups a minute for each address, 0 for any number") {
      $0.rate = try number($1, in: 0...1_000_000)
    },
    Setting(name: "networks", meaning: "networks that make an incident, 1 to 1000") {
      $0.networks = UInt64(try number($1, in: 1...1_000))
    },
    Setting(name: "proxies", meaning: "a list of blocks whose X-Forwarded-For is believed") {
      $0.proxies = try $1.map { text in
        guard let prefix = Prefix(text) else { throw Problem(text: "'\(text)' is no block") }
        return prefix
      }
    },
    Setting(name: "tls.certificate", meaning: "a file with the certificate and its chain (PEM)") {
      $0.certificate = try one($1)
    },
    Setting(name: "tls.key", meaning: "a file with its private key (PEM)") {
      $0.key = try one($1)
    },
    Setting(name: "tls.proxy", meaning: "true where a proxy before the server speaks TLS") {
      $0.behindTLS = try truth($1)
    },
    Setting(name: "log", meaning: "false to keep requests off standard error") {
      $0.logs = try truth($1)
    },
    Setting(name: "keep.reports", meaning: "days that single reports are kept for, 30 to 3650") {
      $0.daysOfReports = try number($1, in: 30...3_650)
    },
    Setting(name: "keep.sums", meaning: "days that sums are kept for, 30 to 36500") {
      $0.daysOfSums = try number($1, in: 30...36_500)
    },
  ]

  /// Why a value cannot be.
  struct Problem: Error { var text: String }

  static func one(_ values: [String]) throws -> String {
    guard values.count == 1, !values[0].isEmpty else { throw Problem(text: "one value is needed") }
    return values[0]
  }

  static func number(_ values: [String], in range: ClosedRange<Int>) throws -> Int {
    guard let number = Int(try one(values)), range.contains(number) else {
      throw Problem(text: "a number from \(range.lowerBound) to \(range.upperBound) is needed")
    }
    return number
  }

  static func truth(_ values: [String]) throws -> Bool {
    guard let truth = Bool(try one(values)) else { throw Problem(text: "true or false is needed") }
    return truth
  }

  // MARK: where they come from

  /// Takes over what a file says.
  ///
  /// - Parameter path: a YAML file.
  /// - Throws: `CommandError` for a file that cannot be read, or says what is no setting.
  mutating func take(file path: String) throws {
    guard let data = try? Data(contentsOf: URL(filePath: path)), data.count <= 1 << 20 else {
      throw CommandError.usage("\(path) cannot be read, or is larger than 1 MiB")
    }
    let node: Node?
    do { node = try Yams.compose(yaml: String(decoding: data, as: UTF8.self)) } catch {
      throw CommandError.usage("\(path) is no YAML: \(error)")
    }
    guard let node else { return }
    guard let mapping = node.mapping else {
      throw CommandError.usage("\(path): settings are pairs of a name and a value")
    }
    try take(mapping, under: "", of: path)
  }

  private mutating func take(_ mapping: Node.Mapping, under start: String, of path: String) throws {
    for (name, value) in mapping {
      let name = start + (name.string ?? "?")
      if let inner = value.mapping {
        guard start.count(where: { $0 == "." }) < 2 else {
          throw CommandError.usage("\(path): \(name) has no parts")
        }
        try take(inner, under: name + ".", of: path)
        continue
      }
      let values: [String]
      if let sequence = value.sequence {
        values = try sequence.map { node in
          guard let text = node.scalar?.string else {
            throw CommandError.usage("\(path): \(name) is a list of texts")
          }
          return text
        }
      } else {
        values = [value.scalar?.string ?? ""]
      }
      try set(name, to: values, of: path)
    }
  }

  /// Takes over what the environment says: `CULPRIT_LISTEN`, `CULPRIT_TLS_KEY`; lists with spaces
  /// between.
  mutating func take(environment: [String: String]) throws {
    for setting in ServeSettings.all {
      let name = ServeSettings.variable(setting.name)
      guard let value = environment[name] else { continue }
      let isList =
        ["enrol", "proxies"].contains(setting.name)
        || NoticeSettings.lists.contains(setting.name)
      let values = isList ? value.split(separator: " ").map(String.init) : [value]
      do { try setting.set(&self, values) } catch let problem as Problem {
        throw CommandError.usage("\(name): \(problem.text) (\(setting.meaning))")
      }
    }
  }

  static func variable(_ name: String) -> String {
    "CULPRIT_" + name.uppercased().replacing(".", with: "_").replacing("-", with: "_")
  }

  private mutating func set(_ name: String, to values: [String], of path: String) throws {
    guard let setting = ServeSettings.all.first(where: { $0.name == name }) else {
      let known = ServeSettings.all.map(\.name).joined(separator: ", ")
      throw CommandError.usage("\(path): there is no setting '\(name)'; there are \(known)")
    }
    do { try setting.set(&self, values) } catch let problem as Problem {
      throw CommandError.usage("\(path): \(name): \(problem.text) (\(setting.meaning))")
    }
  }

  // MARK: what they come to

  /// Tells a server what it may be told without a look at files.
  func apply(to options: inout PoolServerOptions) {
    options.lookupsPerMinute = rate
    options.networksOfIncident = networks
    options.networksOfStatement = networks
    options.proxies = proxies
    options.isSecure = behindTLS
    options.daysOfReports = daysOfReports
    options.daysOfSums = daysOfSums
  }

  /// The certificate that is served with; nil for none.
  func poolCertificate() throws -> PoolCertificate? {
    switch (certificate, key) {
    case (let chain?, let key?): return PoolCertificate(chain: chain, key: key)
    case (nil, nil): return nil
    default: throw CommandError.usage("tls.certificate and tls.key belong together")
    }
  }
}
