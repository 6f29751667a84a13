internal import HostEvidence
internal import Observations

/// The hashes of every program file that runs, taken through the running process, so that one
/// deleted or replaced meanwhile is hashed as it runs.
struct ProgramGatherer: Gatherer {
  let name = "programs"
  let how =
    "each distinct /proc/PID/exe read once: MD5, SHA-1, SHA-256; owners of the files from "
    + "/var/lib/dpkg, its MD5 sums compared with those found"

  /// Larger files, and what would take longer in all, are left.
  private static let largest: UInt64 = 512 << 20
  private static let patience = 30.0

  func takes(_ options: CollectOptions) -> String {
    "hashes of every program file that runs, and whether they are as their package brought them"
  }

  func leavesOut(_ options: CollectOptions) -> String? { "the files themselves" }

  func gather(_ run: inout CollectionRun) {
    let began = CollectionRun.now
    var measured: [(program: ProgramBook.Program, claim: FileClaim)] = []
    for program in run.programs.sorted {
      guard CollectionRun.now.seconds(since: began) < ProgramGatherer.patience else {
        run.note("the hash of a program", "it would have taken too long", example: program.path)
        continue
      }
      do {
        let path = "\(run.files.proc)/\(program.process)/exe"
        let file = try MeasuredFile(path: path, limit: ProgramGatherer.largest)
        guard try run.files.facts(path).inode == program.facts.inode else { continue }
        measured.append((program, file.claim))
      } catch let failure as MeasuredFile.Failure {
        let why = ProgramGatherer.words(failure)
        run.note("the hash of a program", why, example: program.path)
      } catch {
        run.note("the hash of a program", "its process has ended", example: program.path)
      }
    }
    write(measured, &run)
  }

  private func write(
    _ measured: [(program: ProgramBook.Program, claim: FileClaim)], _ run: inout CollectionRun
  ) {
    let wanted = measured.filter { isAtItsPath($0.program, run) }
    let packages = DebianPackages(run.files, wanted: wanted.map(\.program.path))
    var lists: [HashAlgorithm: String] = [.md5: "", .sha256: ""]
    var text = ""
    var differing = ""
    var references: [String: String] = [:]
    for (program, claim) in measured {
      let isHere = isAtItsPath(program, run)
      let listed = isHere ? program.path : "\(run.files.proc)/\(program.process)/exe"
      var line = JSONText()
      line.add("path", program.path)
      line.add("listedAs", listed)
      line.add("size", claim.size)
      line.add("modified", Timestamp(seconds: program.facts.modified).description)
      for hash in claim.hashes {
        line.add(hash.algorithm.rawValue, hash.digits)
        lists[hash.algorithm]?.append(ProgramGatherer.sumLine(hash.digits, listed))
      }
      line.add("buildIdentifier", claim.buildIdentifier)
      line.add("isDeleted", program.isDeleted ? true : nil)
      line.add("isInMemory", program.isInMemory ? true : nil)
      line.add("isOfAnotherRoot", program.isOwnFiles ? nil : true)
      if isHere, packages.isPresent {
        let verdict = packages.judge(program.path, md5: ProgramGatherer.md5(claim))
        line.add("package", verdict.package)
        line.add("packageVersion", verdict.version)
        line.add("verification", verdict.word.rawValue)
        if let sum = verdict.listed, let package = verdict.package {
          references[package, default: ""] += "\(sum)  \(program.path.dropFirst())\n"
        }
        if verdict.word == .differs { differing += "??5??????   \(program.path)\n" }
      }
      text += line.text + "\n"
    }
    run.add("programs.jsonl", text, count: measured.count)
    for (algorithm, list) in lists { run.add("executables.\(algorithm.rawValue)", list, count: 0) }
    if let why = packages.failure {
      run.note("the packages of programs", why)
    } else if packages.isPresent {
      run.add("packages/dpkg-verify.txt", differing, count: 0)
      run.add("packages/installed.txt", packages.installedText, count: 0)
      // As dpkg names them; a package's name may hold an architecture behind a colon.
      for (package, list) in references.sorted(by: { $0.key < $1.key }) {
        run.add("packages/\(package.split(separator: ":")[0]).md5sums", list, count: 0)
      }
    }
    if !run.options.isLive || Command.find("rpm", run.files) == nil { return }
    guard (try? run.files.facts("/var/lib/rpm")) != nil else { return }
    run.keep("packages/rpm-verify.txt", of: "rpm", ["-Vf"] + wanted.prefix(512).map(\.program.path))
  }

  /// Whether what runs is what stands at its path, in this program's own view of files. What does
  /// not is called by its process: a hash under the path of another file would accuse that.
  private func isAtItsPath(_ program: ProgramBook.Program, _ run: CollectionRun) -> Bool {
    guard program.isOwnFiles, !program.isDeleted, !program.isInMemory,
      let facts = try? run.files.facts(run.files.path(program.path))
    else { return false }
    return facts.device == program.facts.device && facts.inode == program.facts.inode
  }

  private static func md5(_ claim: FileClaim) -> String {
    claim.hashes.first { $0.algorithm == .md5 }?.digits ?? ""
  }

  /// As sha256sum writes it: a backslash in front where the name holds one or a line's end.
  static func sumLine(_ digits: String, _ path: String) -> String {
    guard path.contains("\\") || path.contains("\n") || path.contains("\r") else {
      return "\(digits)  \(path)\n"
    }
    var name = ""
    for character in path.unicodeScalars {
      switch character {
      case "\\": name += "\\\\"
      case "\n": name += "\\n"
      case "\r": name += "\\r"
      default: name.unicodeScalars.append(character)
      }
    }
    return "\\\(digits)  \(name)\n"
  }

  private static func words(_ failure: MeasuredFile.Failure) -> String {
    switch failure {
    case .unreadable(let number): SystemFailure(number: number).text
    case .notAFile: "not a regular file"
    case .tooLarge: "larger than \(largest >> 20) MiB"
    case .changedMeanwhile: "it changed while it was read"
    }
  }
}
