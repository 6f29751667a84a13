// Writes the manual's pages out of what the program says of its own commands.
//
//   culprit --experimental-dump-help | manual FOLDER
//
// One page for the program and one for each command, in roff's man macros (groff_man(7)); no dates, so
// that the same program gives the same pages.

import Foundation

struct Dump: Decodable { let command: Command }

struct Command: Decodable {
  let commandName: String
  let superCommands: [String]?
  let abstract: String?
  let discussion: String?
  let arguments: [Argument]?
  let subcommands: [Command]?

  var path: [String] { (superCommands ?? []) + [commandName] }
}

struct Argument: Decodable {
  struct Name: Decodable {
    let kind: String
    let name: String

    var text: String { (kind == "long" ? "--" : "-") + name }
  }

  let kind: String
  let shouldDisplay: Bool
  let isOptional: Bool
  let isRepeating: Bool
  let names: [Name]?
  let valueName: String?
  let defaultValue: String?
  let allValues: [String]?
  let abstract: String?
}

/// Text that no macro can be made of.
func escaped(_ text: String) -> String {
  text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
    let inner = line.replacingOccurrences(of: "\\", with: "\\e")
      .replacingOccurrences(of: "-", with: "\\-")
    return inner.hasPrefix(".") || inner.hasPrefix("'") ? "\\&" + inner : inner
  }.joined(separator: "\n")
}

/// A discussion: paragraphs are filled, indented lines stand as they are.
func paragraphs(_ text: String) -> String {
  var out = ""
  var isVerbatim = false
  for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
    let isIndented = line.hasPrefix("  ")
    if isIndented != isVerbatim { out += isIndented ? ".nf\n" : ".fi\n" }
    isVerbatim = isIndented
    out += line.isEmpty ? ".PP\n" : escaped(String(line)) + "\n"
  }
  return out + (isVerbatim ? ".fi\n" : "")
}

func synopsis(_ command: Command) -> String {
  let words = (command.arguments ?? []).filter(\.shouldDisplay).map { argument -> String in
    let value = "\\fI\(escaped(argument.valueName ?? ""))\\fR"
    let name = argument.names?.last.map { "\\fB\(escaped($0.text))\\fR" } ?? ""
    let text =
      switch argument.kind {
      case "flag": name
      case "option": "\(name) \(value)"
      default: value
      }
    let repeated = text + (argument.isRepeating ? " ..." : "")
    return argument.isOptional ? "[\(repeated)]" : repeated
  }
  let further = command.subcommands?.isEmpty == false ? " \\fIcommand\\fR" : ""
  return "\\fB\(escaped(command.path.joined(separator: " ")))\\fR\(further) "
    + words.joined(separator: " ")
}

func page(_ command: Command) -> String {
  let name = command.path.joined(separator: "-")
  var out = ".TH \"\(name.uppercased())\" 1 \"\" \"culprit\" \"User Commands\"\n"
  out += ".SH NAME\n\(escaped(name)) \\- \(escaped(command.abstract ?? ""))\n"
  out += ".SH SYNOPSIS\n\(synopsis(command))\n"
  if let discussion = command.discussion { out += ".SH DESCRIPTION\n" + paragraphs(discussion) }
  let shown = (command.arguments ?? []).filter(\.shouldDisplay)
  if !shown.isEmpty { out += ".SH OPTIONS\n" }
  for argument in shown {
    let names = (argument.names ?? []).map { "\\fB\(escaped($0.text))\\fR" }.joined(separator: ", ")
    let value = argument.kind == "flag" ? "" : "\\fI\(escaped(argument.valueName ?? ""))\\fR"
    out += ".TP\n\([names, value].filter { !$0.isEmpty }.joined(separator: " "))\n"
    var text = argument.abstract ?? ""
    if let values = argument.allValues, !values.isEmpty {
      text += " One of: \(values.joined(separator: ", "))."
    }
    if let usual = argument.defaultValue, !usual.isEmpty { text += " Default: \(usual)." }
    out += escaped(text.isEmpty ? "\u{a0}" : text) + "\n"
  }
  let others = (command.subcommands ?? []).filter { $0.commandName != "help" }
  if !others.isEmpty { out += ".SH COMMANDS\n" }
  for other in others {
    out += ".TP\n\\fB\(escaped(other.path.joined(separator: "-")))\\fR(1)\n"
    out += escaped(other.abstract ?? "") + "\n"
  }
  if command.path.count > 1 { out += ".SH SEE ALSO\n\\fBculprit\\fR(1)\n" }
  return out
}

func all(_ command: Command) -> [Command] {
  [command] + (command.subcommands ?? []).filter { $0.commandName != "help" }.flatMap(all)
}

@main
enum Manual {
  static func main() throws {
    guard CommandLine.arguments.count == 2 else {
      print("usage: culprit --experimental-dump-help | manual FOLDER")
      exit(64)
    }
    let folder = URL(filePath: CommandLine.arguments[1])
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let input = FileHandle.standardInput.readDataToEndOfFile()
    for command in all(try JSONDecoder().decode(Dump.self, from: input).command) {
      let file = folder.appending(path: command.path.joined(separator: "-") + ".1")
      try Data(page(command).utf8).write(to: file)
    }
  }
}
