import Observations

extension SocketFormat {
  /// `tasklist`, also `/svc`, `/v` and `/fo csv`.
  static let tasklist = SocketFormat(
    name: "tasklist",
    opens: { line, build in
      let isCSV = line.has("\",\"")
      let keys = isCSV ? line.separated(by: UInt8(ascii: ",")).map(RecordKey.fold) : []
      if keys.count >= 2, TasklistSection.imageWords.contains(keys[0]), keys[1] == "pid" {
        build.begin(.tasklist, .windows, [.processIdentifier, .processName])
        return TasklistSection(keys: keys, columns: [], headings: line)
      }
      let second = line.words.firstIndex { RecordKey.fold($0.text) == "pid" } ?? 0
      guard (1...3).contains(second), line.words.count >= 3,
        TasklistSection.imageWords.contains(
          RecordKey.fold(line.words[..<second].map(\.text).joined()))
      else { return nil }
      build.begin(.tasklist, .windows, [.processIdentifier, .processName])
      return TasklistSection(keys: [], columns: [], headings: line)
    })

  /// `ps aux`, `ps -ef` and `ps -e -o …` with a heading.
  static let ps = SocketFormat(
    name: "ps",
    opens: { line, build in
      let words = line.words.map(\.text)
      guard let pid = words.firstIndex(of: "PID"), words.count >= 2, words.count <= 24,
        let command = words.firstIndex(where: { ["COMMAND", "CMD", "COMM"].contains($0) }),
        command == words.count - 1, pid < command, !line.has("NODE"),
        !line.has("ADDRESS")
      else { return nil }
      build.begin(.ps, .unknown, [.processIdentifier, .processName])
      let user = words.firstIndex { $0 == "USER" || $0 == "UID" || $0 == "RUSER" }
      return ProcessSection(pid: pid, user: user, command: command)
    })
}

/// Rows of tasklist, cut at the columns its line of equal signs shows.
struct TasklistSection: SocketSection {
  let keys: [String]
  var columns: [Range<Int>]
  let headings: HostLine
  private var last: UInt32?

  init(keys: [String], columns: [Range<Int>], headings: HostLine) {
    self.keys = keys
    self.columns = columns
    self.headings = headings
  }

  /// "Image Name" in the languages known, folded.
  static let imageWords: Set<String> = [
    "imagename", "abbildname", "nomdelimage", "nombredeimagen", "nomedaimagem", "nomeimmagine",
    "イメージ名",
  ]

  mutating func take(_ line: HostLine, isLast: Bool, into build: inout SocketBuilder)
    -> SectionAnswer
  {
    if line.word(0).hasPrefix("===") {
      columns = line.words.map { $0.start..<$0.end }
      return .taken
    }
    let values = keys.isEmpty ? cut(line) : line.separated(by: UInt8(ascii: ","))
    guard values.count >= 2 else { return .refused }
    let hasServices =
      headings.has("Services") || headings.has("Dienste")
      || headings.has("Servi")
    guard let pid = digits(values[1], as: UInt32.self) else {
      // A long list of services goes on in its column.
      guard values[0].isEmpty, let last, hasServices, let more = values.last else {
        return .refused
      }
      var process = build.table.processes[last] ?? HostProcess()
      if process.services.count < 256 { process.services += TasklistSection.services(more) }
      build.table.processes[last] = process
      return .taken
    }
    var process = HostProcess(name: values[0].isEmpty ? nil : values[0])
    if hasServices, values.count >= 3, let list = values.last {
      process.services = TasklistSection.services(list)
    }
    build.add(process, identifier: pid)
    last = pid
    return .taken
  }

  private static func services(_ text: String) -> [String] {
    text.split(separator: ",").map { HostLine.trim(String($0)) }
      .filter { !$0.isEmpty && $0 != "N/A" }
  }

  /// The values by columns; without a line of equal signs, name and number.
  private func cut(_ line: HostLine) -> [String] {
    guard columns.count >= 2 else {
      let words = line.words.map(\.text)
      guard
        let at = words.indices.dropFirst().first(where: {
          digits(words[$0], as: UInt32.self) != nil
        })
      else { return [] }
      return [words[..<at].joined(separator: " "), words[at]]
    }
    return columns.map { column in
      line.words.filter { column.contains($0.start) || column.contains($0.end - 1) }
        .map(\.text).joined(separator: " ")
    }
  }
}

/// Rows of ps.
struct ProcessSection: SocketSection {
  let pid: Int
  let user: Int?
  let command: Int

  mutating func take(_ line: HostLine, isLast: Bool, into build: inout SocketBuilder)
    -> SectionAnswer
  {
    guard line.words.count > command, let number = digits(line.word(pid), as: UInt32.self) else {
      return .refused
    }
    var process = HostProcess()
    let text = line.rest(from: command)
    let first = line.word(command)
    let name = first.hasPrefix("[") ? first : first.split(separator: "/").last.map(String.init)
    process.name = name ?? first
    if text.contains("/") { process.path = text }
    if let user { process.user = line.word(user) }
    build.add(process, identifier: number)
    return .taken
  }
}
