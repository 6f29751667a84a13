/// What runs by the clock: tables of cron, timers of systemd.
struct TimerGatherer: Gatherer {
  let name = "timers"
  let how = "the tables of cron and the unit files of systemd's timers"

  func takes(_ options: CollectOptions) -> String {
    "what cron and systemd start by the clock: when, as whom, which program"
  }

  func leavesOut(_ options: CollectOptions) -> String? {
    options.keepsArguments
      ? "values of variables" : "arguments, of which only the number is kept; values of variables"
  }

  private static let tables = ["/etc/crontab", "/etc/anacrontab"]
  private static let folders = ["/etc/cron.d"]
  private static let ownTables = ["/var/spool/cron/crontabs", "/var/spool/cron"]
  private static let periods = ["hourly", "daily", "weekly", "monthly"]
  private static let units = [
    "/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system", "/lib/systemd/system",
  ]

  func gather(_ run: inout CollectionRun) {
    var lines: [String] = []
    for table in TimerGatherer.tables { read(table, user: nil, &lines, &run) }
    for folder in TimerGatherer.folders {
      for name in names(folder, &run) { read("\(folder)/\(name)", user: nil, &lines, &run) }
    }
    for folder in TimerGatherer.ownTables {
      for name in names(folder, &run) { read("\(folder)/\(name)", user: name, &lines, &run) }
    }
    for period in TimerGatherer.periods {
      for name in names("/etc/cron.\(period)", &run) where name != ".placeholder" {
        var line = JSONText()
        line.add("table", "/etc/cron.\(period)")
        line.add("schedule", period)
        line.add("command", name)
        lines.append(line.text)
      }
    }
    run.add("timers/cron.jsonl", lines.map { $0 + "\n" }.joined(), count: lines.count)
    let timers = self.timers(&run)
    run.add("timers/systemd.jsonl", timers.map { $0 + "\n" }.joined(), count: timers.count)
  }

  private func names(_ folder: String, _ run: inout CollectionRun) -> [String] {
    do {
      return try run.files.names(run.files.path(folder))
    } catch {
      if !error.isAbsence { run.note("tables of cron", error.text, example: folder) }
      return []
    }
  }

  private func read(
    _ path: String, user: String?, _ lines: inout [String], _ run: inout CollectionRun
  ) {
    guard let facts = try? run.files.facts(run.files.path(path)), facts.isRegular else { return }
    guard let file = run.read(run.files.path(path), as: "tables of cron") else { return }
    for line in file.lines {
      guard let entry = CronEntry(line, user: user, isAnacron: path.hasSuffix("/anacrontab")) else {
        continue
      }
      lines.append(entry.text(path, keepsArguments: run.options.keepsArguments).text)
    }
  }

  private func timers(_ run: inout CollectionRun) -> [String] {
    var found: [String] = []
    var seen: Set<String> = []
    for folder in TimerGatherer.units {
      let names = (try? run.files.names(run.files.path(folder))) ?? []
      // The folder named first overrides the others.
      for name in names where name.hasSuffix(".timer") && seen.insert(name).inserted {
        guard let unit = try? run.files.read(run.files.path("\(folder)/\(name)"), limit: 1 << 16)
        else { continue }
        found.append(timer(name, folder, UnitFile(unit.text), run).text)
      }
    }
    return found.sorted()
  }

  private func timer(
    _ name: String, _ folder: String, _ unit: UnitFile, _ run: CollectionRun
  ) -> JSONText {
    var text = JSONText()
    text.add("timer", name)
    text.add("folder", folder)
    text.add("when", unit.entries.filter { $0.key.hasPrefix("On") }.map { "\($0.key)=\($0.value)" })
    let wanted = "/etc/systemd/system/timers.target.wants/\(name)"
    text.add("isEnabled", (try? run.files.link(run.files.path(wanted))) != nil)
    let service = unit.value("Unit") ?? name.dropLast(6) + ".service"
    text.add("unit", service)
    guard !service.contains("/") else { return text }
    for folder in TimerGatherer.units {
      guard let file = try? run.files.read(run.files.path("\(folder)/\(service)"), limit: 1 << 16)
      else { continue }
      let unit = UnitFile(file.text)
      text.add("user", unit.value("User"))
      if let command = unit.value("ExecStart") {
        let words = command.drop { "@-:+!".contains($0) }.split(separator: " ").map(String.init)
        CommandWords(words: words).describe(
          in: &text, keepsArguments: run.options.keepsArguments)
      }
      break
    }
    return text
  }
}

/// The lines `Key=value` of a unit file (systemd.syntax(7)).
struct UnitFile {
  private(set) var entries: [(key: String, value: String)] = []

  init(_ text: String) {
    for line in text.split(separator: "\n") {
      guard let equals = line.firstIndex(of: "="), line.first != "#", line.first != ";" else {
        continue
      }
      entries.append((String(line[..<equals]), String(line[line.index(after: equals)...])))
    }
  }

  func value(_ key: String) -> String? { entries.first { $0.key == key }?.value }
}

/// One line of a table of cron (crontab(5), anacrontab(5)).
struct CronEntry {
  var schedule: String
  var user: String?
  var words: [String]

  /// Nil for comments and variables.
  init?(_ line: Substring, user: String?, isAnacron: Bool) {
    let fields = line.split { $0 == " " || $0 == "\t" }
    guard let first = fields.first, !first.hasPrefix("#") else { return nil }
    // NAME = value
    if first.first?.isLetter == true, line.contains("=") { return nil }
    let times = first.hasPrefix("@") && !isAnacron ? 1 : isAnacron ? 3 : 5
    let head = times + (user == nil && !isAnacron ? 1 : 0)
    guard fields.count > head else { return nil }
    schedule = fields[..<times].joined(separator: " ")
    self.user = user ?? (isAnacron ? "root" : String(fields[times]))
    words = fields[head...].map(String.init)
  }

  func text(_ table: String, keepsArguments: Bool) -> JSONText {
    var text = JSONText()
    text.add("table", table)
    text.add("schedule", schedule)
    text.add("user", user)
    CommandWords(words: words).describe(in: &text, keepsArguments: keepsArguments)
    return text
  }
}
