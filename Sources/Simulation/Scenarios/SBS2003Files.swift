import Observations

/// What the administrator measured of the name server's program, and what its maker says of it.
struct SBS2003Files {
  static let path = "C:\\WINDOWS\\system32\\dns.exe"
  static let version = "5.2.3790.4318"
  static let size = 447_488
  static let md5 = "f48f7b44a7ab649c25d28ada071d615f"
  static let sha1 = "f8019cfbe2abd7b3910a72b0eea66dc9bad4fa3f"
  /// 20 June 2008, 13:38 by UTC; the server's own clock runs four hours behind that.
  static let modified =
    Clock.midnight(year: 2008, month: 6, day: 20) + 13 * Clock.hour + 38 * Clock.minute
  static let zone = -4 * Clock.hour

  private let recipe: Recipe
  private let created: Int64
  private let otherBranches: [(version: String, size: Int, built: Int64, branch: String)]
  private let otherHashes: (md5: String, sha1: String)

  init(_ recipe: Recipe) {
    self.recipe = recipe
    var random = recipe.random(22)
    created =
      Clock.midnight(year: 2008, month: 7, day: 8) + 22 * Clock.hour
      + random.microseconds(0...59) * Clock.minute
    otherBranches = [
      ("5.2.3790.3161", 442_368, "SP1GDR"), ("5.2.3790.3161", 443_904, "SP1QFE"),
      ("5.2.3790.4318", 448_512, "SP2QFE"),
    ].map { version, size, branch in
      (
        version, size + 512 * random.within(0...9),
        SBS2003Files.modified - random.microseconds(15...240) * Clock.minute, branch
      )
    }
    func digits(_ count: Int, _ random: inout RandomSource) -> String {
      (0..<count).map { _ in hexadecimal(random.within(0...15), width: 1) }.joined()
    }
    otherHashes = (digits(32, &random), digits(40, &random))
  }

  /// The files: what was measured, what the maker lists, and in one variant the maker's hashes.
  var files: [SimulatedFile] {
    var files = [measured, table]
    if recipe.variant == "altered-file" { files.append(hashes) }
    return files
  }

  private static func minute(_ time: Int64) -> String {
    "\(Clock.dateStamp(time, separator: "-")) \(Clock.timeStamp(time).prefix(5))"
  }

  private var measured: SimulatedFile {
    let text = """
      \(SBS2003Files.path)
        File version:  \(SBS2003Files.version)
        Size:          \(SBS2003Files.size) bytes
        Created:       \(SBS2003Files.minute(created))
        Modified:      \(SBS2003Files.minute(SBS2003Files.modified + SBS2003Files.zone))
        MD5:           \(SBS2003Files.md5)
        SHA-1:         \(SBS2003Files.sha1)

      """
    return SimulatedFile(name: "files.txt", bytes: Array(text.utf8))
  }

  private var table: SimulatedFile {
    var text =
      "File name\tFile version\tFile size\tDate (UTC)\tTime (UTC)\tPlatform\tService branch\n"
    let own = (SBS2003Files.version, SBS2003Files.size, SBS2003Files.modified, "SP2GDR")
    for (version, size, built, branch) in otherBranches.map({ ($0, $1, $2, $3) }) + [own] {
      let count = "\(size / 1_000),\(padded(size % 1_000, width: 3))"
      text +=
        "Dns.exe\t\(version)\t\(count)\t\(Clock.dateStamp(built, separator: "-"))\t"
        + "\(Clock.timeStamp(built).prefix(5))\tx86\t\(branch)\n"
    }
    return SimulatedFile(name: "vendor.txt", bytes: Array(text.utf8))
  }

  /// A list by which the bytes on the server are others than the maker's.
  private var hashes: SimulatedFile {
    let text =
      "File name\tFile version\tMD5 hash\tSHA-1 hash\n"
      + "Dns.exe\t\(SBS2003Files.version)\t\(otherHashes.md5)\t\(otherHashes.sha1)\n"
    return SimulatedFile(name: "hashes.txt", bytes: Array(text.utf8))
  }

  var truth: Truth {
    let isAltered = recipe.variant == "altered-file"
    return .object([
      ("files", .list(files.map { .text($0.name) })), ("name", .text("dns.exe")),
      ("path", .text(SBS2003Files.path)), ("version", .text(SBS2003Files.version)),
      ("size", .integer(SBS2003Files.size)), ("modified", .time(SBS2003Files.modified)),
      ("minutesAheadOfUTC", .integer(Int(SBS2003Files.zone / Clock.minute))),
      ("md5", .text(SBS2003Files.md5)), ("sha1", .text(SBS2003Files.sha1)),
      ("hashesCompared", .integer(isAltered ? 2 : 0)),
      ("verdict", .text(isAltered ? "differs" : "consistent")),
    ])
  }
}
