public import ArgumentParser
public import Diagnosis
import Glibc
import Intake
public import Observations

/// The formats a report can have.
enum ReportFormat: String, CaseIterable, ExpressibleByArgument {
  case text, json
}

extension Severity: ExpressibleByArgument {}

extension Prefix: ExpressibleByArgument {
  /// An address block in CIDR notation.
  public init?(argument: String) { self.init(argument) }
}

extension Timestamp {
  /// A time from the command line.
  static func argument(_ text: String) throws -> Timestamp {
    guard let time = Timestamp(text) else {
      throw ValidationError(
        "'\(text)' is not a time; write it like 2008-10-09T12:00:00Z or 2008-10-09")
    }
    return time
  }

  /// What the clock of this machine says.
  static var present: Timestamp {
    var clock = timespec()
    // The call writes one structure, which is there.
    unsafe clock_gettime(CLOCK_REALTIME, &clock)
    return Timestamp(
      nanoseconds: Timestamp(seconds: Int64(clock.tv_sec)).nanoseconds + Int64(clock.tv_nsec))
  }
}

/// The zone of stamps that state none.
enum ZoneArgument {
  /// The zone of `UTC`, `Z`, `±HH:MM`, or a name like `Europe/Berlin`.
  static func zone(_ text: String) throws -> ZoneRule {
    if text == "UTC" || text == "Z" { return .utc }
    let bytes = Array(text.utf8)
    guard bytes.first == UInt8(ascii: "+") || bytes.first == UInt8(ascii: "-") else {
      do throws(ZoneFile.Failure) {
        return try ZoneFile.zone(named: text)
      } catch { throw ValidationError(error.description) }
    }
    let digits = bytes.dropFirst().filter { $0 != UInt8(ascii: ":") }
    let isOffset =
      digits.count == 4 && digits.allSatisfy { (48...57).contains($0) }
      && (bytes.count == 5 || bytes.count == 6 && bytes[3] == UInt8(ascii: ":"))
    guard isOffset else {
      throw ValidationError(
        "'\(text)' is not an offset like +01:00, a name like Europe/Berlin, or UTC")
    }
    let parts = digits.map { Int($0) - 48 }
    let (hours, minutes) = (parts[0] * 10 + parts[1], parts[2] * 10 + parts[3])
    guard hours <= 14, minutes < 60 else {
      throw ValidationError("'\(text)' is further from UTC than any zone")
    }
    return ZoneRule(
      offset: (bytes.first == UInt8(ascii: "-") ? -1 : 1) * (hours * 3_600 + minutes * 60))
  }
}

extension ColumnsArgument {
  /// The meaning of columns from the command line.
  static func argument(_ text: String) throws -> ColumnsArgument {
    do throws(ColumnsArgument.Failure) {
      return try ColumnsArgument(text)
    } catch { throw ValidationError(error.description) }
  }
}

extension Match {
  /// An expression from the command line.
  static func argument(_ text: String) throws -> Match {
    do throws(Match.Failure) {
      return try Match(text)
    } catch { throw ValidationError(error.description) }
  }
}

/// What reading evidence needs to know; shared by the commands that read any.
struct ReadingOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "Zone of logs that state none: a name like Europe/Berlin, an offset like -05:00, or UTC.",
    transform: ZoneArgument.zone)
  var zone = ZoneRule.utc

  @Option(
    help: ArgumentHelp(
      "What the columns of tables mean that no format knows: "
        + "'time=1,source=src_ip,destination=4,destination-port=dport,protocol=6'.",
      valueName: "map"), transform: ColumnsArgument.argument)
  var columns: ColumnsArgument?

  @Option(
    help: ArgumentHelp(
      "Only packets and lines that match this filter, in tcpdump's language; the rest is counted.",
      valueName: "expression"), transform: Match.argument)
  var match: Match?

  @Option(help: "Year of logs that state none; otherwise other evidence or --now gives it.")
  var year: Int?

  @Option(
    help: "Take this for the present time (RFC 3339). Default: this machine's clock.",
    transform: Timestamp.argument)
  var now: Timestamp?

  @Flag(help: "Never colour text. The environment variable NO_COLOR does the same.")
  var noColor = false

  func validate() throws {
    if let year, !(1970...2261).contains(year) {
      throw ValidationError("the year must lie between 1970 and 2261")
    }
  }
}
