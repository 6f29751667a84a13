// Fuzzing: any bytes through every reader and decoder, with what must hold of the outcome.
//
// `Fuzz/` feeds it with what a fuzzer makes up; a test feeds it with the named corpora below
// `Fuzz/corpora`, so that what once broke is tried again on every run.
internal import FirewallLogs
internal import Observations

/// Something that must hold of any reader, and did not.
public struct Violation: Error, Equatable, Sendable, CustomStringConvertible {
  /// What did not hold.
  public let description: String
}

/// Throws where a condition does not hold.
func require(_ condition: Bool, _ statement: String) throws(Violation) {
  if !condition { throw Violation(description: statement) }
}

/// The readers that bytes can be fed to.
public enum FuzzKind: UInt8, CaseIterable, Sendable {
  /// A file of any kind, as the program opens it.
  case evidence
  /// A capture, by its container.
  case capture
  /// Frames of one kind of link.
  case frames
  /// Lines through one log format's reader.
  case lines
  /// A log, recognised and read by all formats.
  case log
  /// A host's table of sockets.
  case sockets
  /// A list of files.
  case manifest
  /// A program's file.
  case program
  /// Notes in YAML.
  case notes
  /// Compressed bytes.
  case compressed
  /// A sealed bundle.
  case bundle
  /// What a pool is sent and what it keeps.
  case pool
}

/// Bytes through the readers.
public enum Fuzzing {
  /// Compressed bytes taken of an input: their expansion is what takes the time.
  public static let mostCompressed = 2_048

  /// The number of the log formats that `one` chooses among.
  public static var logFormats: [String] { LogFormats.names }

  /// One input of a fuzzer's: its first byte chooses the reader, the second how the rest is cut into
  /// windows; of lines the first names the format, of frames the next two bytes are the link type.
  ///
  /// - Parameter input: any bytes.
  /// - Throws: `Violation` where a reader breaks a rule.
  public static func one(_ input: [UInt8]) throws(Violation) {
    guard input.count > 4 else { return }
    let kinds = FuzzKind.allCases
    let kind = kinds[Int(input[0]) % kinds.count]
    let seed = UInt64(input[1])
    switch kind {
    case .lines:
      // The first line names the format; a name that is none is taken by its sum.
      guard let end = input[2...].firstIndex(of: 0x0a) else { return }
      let name = String(decoding: input[2..<end], as: UTF8.self)
      let sum = input[2..<end].reduce(0) { $0 + Int($1) }
      try lines(
        Array(input[(end + 1)...]), format: LogFormats.names.firstIndex(of: name) ?? sum, seed: seed
      )
    case .frames:
      let link = UInt32(input[2]) << 8 | UInt32(input[3])
      try frames(Array(input[4...]), link: link, seed: seed)
    default: try read(Array(input[2...]), by: kind, seed: seed)
    }
  }

  /// A file through every reader; of the links through the common ones, of the log formats through each where
  /// it is text, else through some.
  ///
  /// - Parameters:
  ///   - bytes: the file.
  ///   - seed: how it is cut into windows.
  /// - Throws: `Violation` where a reader breaks a rule.
  public static func all(_ bytes: [UInt8], seed: UInt64) throws(Violation) {
    for kind in FuzzKind.allCases {
      switch kind {
      case .lines:
        let isText = !bytes.prefix(200).contains { $0 < 0x20 && !(9...13).contains($0) }
        for format in LogFormats.names.indices where isText || format % 16 == Int(seed % 16) {
          try lines(bytes, format: format, seed: seed)
        }
      case .frames:
        for link in commonLinks { try frames(bytes, link: link, seed: seed) }
      default: try read(bytes, by: kind, seed: seed)
      }
    }
  }

  /// Links that frames of a named corpus are tried with.
  static let commonLinks: [UInt32] = [
    0, 1, 6, 8, 9, 10, 12, 50, 51, 101, 104, 105, 107, 108, 113, 117, 119, 127, 163, 166, 228, 229,
    239, 258, 276,
  ]

  private static func read(_ bytes: [UInt8], by kind: FuzzKind, seed: UInt64) throws(Violation) {
    switch kind {
    case .evidence: try evidence(bytes, named: "input")
    case .notes: try evidence(bytes, named: "notes.yaml")
    case .bundle: try bundle(bytes)
    case .pool: try pool(bytes)
    case .capture: try capture(bytes, seed: seed)
    case .log: try log(bytes, seed: seed)
    case .sockets: try sockets(bytes, seed: seed)
    case .manifest: try manifest(bytes, seed: seed)
    case .program: program(bytes)
    case .compressed: try compressed(bytes, seed: seed)
    case .lines, .frames: break
    }
  }

  private static var context: LogContext {
    LogContext(year: 2009, zoneOffsetSeconds: 0, now: Timestamp(seconds: 1_780_000_000))
  }

  private static func lines(_ bytes: [UInt8], format: Int, seed: UInt64) throws(Violation) {
    let name = LogFormats.names[format % LogFormats.names.count]
    guard let one = LogFormats.makeReader(named: name, context: context),
      let other = LogFormats.makeReader(named: name, context: context)
    else { throw Violation(description: "no reader of \(name)") }
    do throws(Violation) {
      let whole = try Reading.all(bytes, one, seed: nil)
      let cut = try Reading.all(bytes, other, seed: seed << 8 | 0x5eed)
      try LogRules.check(bytes, whole, cut)
    } catch { throw Violation(description: "\(name): \(error)") }
  }

  private static func log(_ bytes: [UInt8], seed: UInt64) throws(Violation) {
    guard let recognised = unsafe LogFormats.recognise(bytes.span.bytes, context: context) else {
      return
    }
    let whole = try Reading.all(bytes, recognised.makeReader(context: context), seed: nil)
    let cut = try Reading.all(
      bytes, recognised.makeReader(context: context), seed: seed << 8 | 0x10_65)
    try LogRules.check(bytes, whole, cut)
  }
}
