/// Which Debian package a file comes from, and whether it is as the package brought it. dpkg's own
/// lists are read; its program is not asked.
struct DebianPackages {
  /// What comparing gave.
  enum Word: String {
    /// The package's MD5 sum is the file's.
    case consistent
    /// It is another: the file was changed after it was installed.
    case differs
    /// The package lists the file without a sum.
    case noSum
    /// Another file was put in its place by dpkg's own means.
    case diverted
    /// No package lists it.
    case noPackage
  }

  /// The package of a file.
  struct Verdict {
    var word: Word
    var package: String?
    var version: String?
    /// The MD5 that the package lists.
    var listed: String?
  }

  private static let home = "/var/lib/dpkg"

  /// Whether dpkg keeps lists here.
  private(set) var isPresent = false
  /// Why nothing could be compared.
  private(set) var failure: String?
  private var owners: [String: String] = [:]
  private var sums: [String: String] = [:]
  private var diverted: Set<String> = []
  private var versions: [String: String] = [:]

  init(_ files: HostFiles, wanted: [String]) {
    let folder = files.path(DebianPackages.home + "/info")
    let names: [String]
    do {
      names = try files.names(folder)
    } catch {
      if !error.isAbsence { failure = error.text }
      return
    }
    isPresent = true
    readStatus(files)
    readDiversions(files)
    // A list may name a file by the path it had before /bin became a link to /usr/bin.
    var aliases: [String: String] = [:]
    for path in wanted {
      aliases[path] = path
      for old in ["/bin/", "/sbin/", "/lib/", "/lib64/"] where path.hasPrefix("/usr" + old) {
        aliases[String(path.dropFirst(4))] = path
      }
    }
    for name in names where name.hasSuffix(".list") {
      guard let list = try? files.read("\(folder)/\(name)", limit: 32 << 20) else { continue }
      let package = String(name.dropLast(5))
      var isOwner = false
      for line in list.bytes.split(separator: 10) where line.count < 4_096 && line.count > 4 {
        guard let path = aliases[String(decoding: line, as: UTF8.self)] else { continue }
        owners[path] = package
        isOwner = true
      }
      if isOwner { readSums("\(folder)/\(package).md5sums", files, aliases) }
    }
  }

  private mutating func readSums(_ path: String, _ files: HostFiles, _ aliases: [String: String]) {
    guard let list = try? files.read(path, limit: 32 << 20) else { return }
    for line in list.bytes.split(separator: 10) where line.count > 34 && line.count < 4_096 {
      guard let name = aliases["/" + String(decoding: line.dropFirst(34), as: UTF8.self)] else {
        continue
      }
      sums[name] = String(decoding: line.prefix(32), as: UTF8.self)
    }
  }

  private mutating func readDiversions(_ files: HostFiles) {
    // Three lines each: the path, where it was put, by which package.
    let lines =
      (try? files.read(files.path(DebianPackages.home + "/diversions"), limit: 4 << 20))?.lines
      ?? []
    for place in stride(from: 0, to: lines.count, by: 3) { diverted.insert(String(lines[place])) }
  }

  private mutating func readStatus(_ files: HostFiles) {
    guard let status = try? files.read(files.path(DebianPackages.home + "/status"), limit: 64 << 20)
    else { return }
    var name = ""
    var isInstalled = false
    for line in status.bytes.split(separator: 10) {
      func value(_ key: String) -> String? {
        guard line.starts(with: key.utf8) else { return nil }
        return String(decoding: line.dropFirst(key.utf8.count), as: UTF8.self)
      }
      if let package = value("Package: ") {
        (name, isInstalled) = (package, false)
      } else if let state = value("Status: ") {
        isInstalled = state.hasSuffix(" installed")
      } else if isInstalled, let version = value("Version: ") {
        versions[name] = version
      }
    }
  }

  /// The installed packages, one a line.
  var installedText: String {
    versions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined()
  }

  /// Judges a file.
  func judge(_ path: String, md5: String) -> Verdict {
    let isDiverted =
      diverted.contains(path)
      || path.hasPrefix("/usr/") && diverted.contains(String(path.dropFirst(4)))
    guard let package = owners[path] else { return Verdict(word: .noPackage) }
    let version = versions[package.split(separator: ":").first.map(String.init) ?? package]
    guard !isDiverted else { return Verdict(word: .diverted, package: package, version: version) }
    guard let sum = sums[path] else {
      return Verdict(word: .noSum, package: package, version: version)
    }
    return Verdict(
      word: sum == md5 ? .consistent : .differs, package: package, version: version, listed: sum)
  }
}
