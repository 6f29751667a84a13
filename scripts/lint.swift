// The rules of this house that neither the compiler nor swift-format checks.
//
//   git ls-files | lint MANIFEST.json
//
// MANIFEST.json is what `swift package dump-package` prints. Prints one line for each breach and
// ends with status 1 where there is any; long files are only mentioned.

import Foundation

/// The part of the package manifest that is held against the sources.
struct Manifest: Decodable {
  /// A target and what it says it needs.
  struct Target: Decodable {
    let name: String
    let type: String
    let path: String?
    let dependencies: [Dependency]
  }

  /// The name of a dependency: the first string of `{"byName": ["Observations", null]}` and the like.
  struct Dependency: Decodable {
    let name: String

    init(from decoder: any Decoder) throws {
      let kinds = try decoder.singleValueContainer().decode([String: [Part]].self)
      name = kinds.values.first?.first?.text ?? ""
    }
  }

  /// One element of a dependency's list: a string, or something that is of no interest here.
  struct Part: Decodable {
    let text: String?

    init(from decoder: any Decoder) throws {
      text = try? decoder.singleValueContainer().decode(String.self)
    }
  }

  let targets: [Target]
}

/// One line of a file.
struct Line {
  let path: String
  let number: Int
  let text: Substring
}

@main
struct Lint {
  /// Lines a file may have before it is mentioned.
  static let longFile = 400

  var breaches: [String] = []
  var remarks: [String] = []

  static func main() throws {
    guard CommandLine.arguments.count == 2 else {
      print("usage: git ls-files | lint MANIFEST.json")
      exit(64)
    }
    let data = try Data(contentsOf: URL(fileURLWithPath: CommandLine.arguments[1]))
    let manifest = try JSONDecoder().decode(Manifest.self, from: data)
    var paths: [String] = []
    while let path = readLine() { paths.append(path) }
    var lint = Lint()
    lint.check(paths: paths.sorted(), manifest: manifest)
    for remark in lint.remarks { print("note: \(remark)") }
    for breach in lint.breaches { print("error: \(breach)") }
    exit(lint.breaches.isEmpty ? 0 : 1)
  }

  mutating func check(paths: [String], manifest: Manifest) {
    var imports: [String: [String: Line]] = [:]
    for path in paths where !path.hasPrefix("Examples/") && !path.hasSuffix("LICENSE") {
      guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { continue }
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map {
        Line(path: path, number: $0.offset + 1, text: $0.element)
      }
      for line in lines { checkPathsOfMachines(line) }
      guard path.hasSuffix(".swift") || path.hasSuffix(".c") || path.hasSuffix(".h") else {
        continue
      }
      if lines.count > Lint.longFile + 1 {
        remarks.append("\(path) has \(lines.count - 1) lines; is it two things?")
      }
      for line in lines { checkForbidden(line) }
      guard path.hasSuffix(".swift"), let target = Lint.target(of: path, in: manifest) else {
        continue
      }
      for line in lines {
        if let module = Lint.importedModule(line.text) {
          imports[target.name, default: [:]][module] = line
        }
      }
    }
    checkImports(imports, manifest: manifest)
  }

  /// The target a file belongs to; nil for the manifest and for scripts.
  static func target(of path: String, in manifest: Manifest) -> Manifest.Target? {
    manifest.targets.first { target in
      let home = target.path ?? (target.type == "test" ? "Tests/" : "Sources/") + target.name
      return path.hasPrefix(home + "/")
    }
  }

  /// `Observations` of `public import struct Observations.Address`; nil where nothing is imported.
  static func importedModule(_ text: Substring) -> String? {
    let modifiers: Set<Substring> = ["public", "internal", "package", "fileprivate", "private"]
    let kinds: Set<Substring> = [
      "struct", "class", "enum", "protocol", "typealias", "func", "let", "var",
    ]
    var words = text.split(separator: " ")[...]
    while let first = words.first, modifiers.contains(first) || first.hasPrefix("@") {
      words.removeFirst()
    }
    guard words.first == "import" else { return nil }
    words.removeFirst()
    if let kind = words.first, kinds.contains(kind) { words.removeFirst() }
    return words.first?.split(separator: ".").first.map(String.init)
  }

  /// What a target imports of ours must be declared, and what it declares must be imported.
  mutating func checkImports(_ imports: [String: [String: Line]], manifest: Manifest) {
    let ours = Set(manifest.targets.map(\.name))
    let inC = Set(
      manifest.targets.filter { imports[$0.name] == nil && $0.type != "test" }.map(\.name))
    for target in manifest.targets where !inC.contains(target.name) {
      let declared = Set(target.dependencies.map(\.name))
      let imported = imports[target.name] ?? [:]
      for (module, line) in imported.sorted(by: { $0.key < $1.key })
      where ours.contains(module) && !declared.contains(module) {
        breaches.append(
          "\(line.path):\(line.number): \(target.name) imports \(module), "
            + "which Package.swift does not grant it")
      }
      // Tests of a program depend on it so that it is built, and run it; they do not import it.
      let programs = Set(manifest.targets.filter { $0.type == "executable" }.map(\.name))
      for name in declared.subtracting(programs).sorted() where imported[name] == nil {
        breaches.append("Package.swift: \(target.name) declares \(name) and never imports it")
      }
    }
  }

  /// Calls that end the program, and promises to finish something later.
  mutating func checkForbidden(_ line: Line) {
    // Put together here, so that this file does not find itself.
    let everywhere = ["TO" + "DO", "FIX" + "ME"]
    let inSources = ["try" + "!", "fatal" + "Error(", "as" + "! "]
    for word in everywhere where line.text.contains(word) {
      breaches.append(
        "\(line.path):\(line.number): \(word): do it, or say in prose what is missing")
    }
    guard line.path.hasPrefix("Sources/") else { return }
    for word in inSources where line.text.contains(word) {
      breaches.append("\(line.path):\(line.number): \(word) ends the program; return an error")
    }
  }

  /// A path that exists on one machine only: below the home folder, or beside this working copy.
  mutating func checkPathsOfMachines(_ line: Line) {
    let here = FileManager.default.currentDirectoryPath
    let parent = (here as NSString).deletingLastPathComponent
    let suspects = [parent == "/" ? here : parent, NSHomeDirectory()].filter { $0 != "/" }
      .map { $0 + "/" }
    for suspect in suspects {
      guard let range = line.text.range(of: suspect) else { continue }
      // Part of a longer word (`Documents/home/…`, a URL) is not a path of a machine.
      let before = line.text[..<range.lowerBound].last
      if let before, before.isLetter || before.isNumber || "./~:-_".contains(before) { continue }
      breaches.append("\(line.path):\(line.number): a path of one machine: \(suspect)…")
    }
  }
}
