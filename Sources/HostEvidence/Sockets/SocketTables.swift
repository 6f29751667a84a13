/// The socket tables this room reads, known by content and never by name.
public enum SocketTables {
  /// One line for each tool; a heading that two would accept goes to the first.
  static let formats: [SocketFormat] = [
    .windowsNetstat,
    .ss,
    .linuxNetstat,
    .lsof,
    .procNet,
    .procDescriptors,
    .bsdNetstat,
    .solarisNetstat,
    .sockstat,
    .fport,
    .tcpvcon,
    .tcpView,
    .tasklist,
    .ps,
    .auditd,
    .records,
  ]

  /// What can be told apart from the beginning of a text; 64 KiB are enough.
  ///
  /// - Parameter head: the first bytes.
  /// - Returns: the instrument, or nil where this is no socket table.
  public static func recognise(_ head: [UInt8]) -> SocketInstrument? {
    var reader = SocketTableReader()
    let part = Array(head.prefix(64 << 10))
    unsafe reader.take(part.span.bytes)
    let build = reader.finished()
    let rows = build.table.entries.count + build.table.localSockets + build.table.processes.count
    guard build.headings > 0 || rows > 1 && rows > build.table.unrecognisedLines else { return nil }
    return build.table.instruments.isEmpty ? nil : build.table.instrument
  }

  /// Reads a whole text.
  public static func read(_ bytes: [UInt8]) -> SocketTable {
    var reader = SocketTableReader()
    unsafe reader.take(bytes.span.bytes)
    return reader.finish()
  }
}

/// Reads a text piece by piece; memory depends on the rows kept, which are bounded.
public struct SocketTableReader {
  private var feed = HostTextFeed()
  private var reading = SocketReading()

  /// A reader of nothing yet.
  public init() {}

  /// Takes further bytes.
  public mutating func take(_ bytes: RawSpan) {
    var feed = HostTextFeed()
    swap(&feed, &self.feed)
    feed.take(bytes) { reading.take($0) }
    swap(&feed, &self.feed)
  }

  /// The table of all bytes.
  public mutating func finish() -> SocketTable { finished().table }

  mutating func finished() -> SocketBuilder {
    var feed = self.feed
    feed.finish { reading.take($0) }
    reading.finish()
    return reading.build
  }
}

/// The state between two lines: which tool's output this is and a row still incomplete.
struct SocketReading {
  var build = SocketBuilder()
  private var section: (any SocketSection)?
  private var pending: HostLine?
  private var event: EventGatherer?

  mutating func take(_ piece: HostPiece) {
    switch piece {
    case .line(let line): take(line)
    case .tooLong(let number): build.table.problems.note(.lineTooLong, line: number)
    case .object(let bytes, let record):
      settlePending()
      if let object = JSONRecord(bytes),
        CollectedSockets.add(object.values, line: record, to: &build)
          || RecordTool.add(object.values, line: record, to: &build)
      {
        return
      }
      refuse(line: record)
    }
  }

  mutating func finish() {
    settlePending()
    section?.finish(into: &build)
    section = nil
    build.join()
  }

  private mutating func take(_ line: HostLine) {
    if line.isBlank {
      settlePending()
      section?.endRow(into: &build)
      return
    }
    if takeEvent(line) { return }
    if line.text.utf8.contains(0xef), line.text.unicodeScalars.contains("\u{fffd}") {
      build.table.problems.note(.encoding, line: line.number)
    }
    if let (command, isRoot) = PastedText.command(line.text) {
      take(command: command, isRoot)
      return
    }
    if open(line) { return }
    if complete(with: line) { return }
    settlePending()
    let known = build.table.problems.counts[.rowUnreadable]
    switch section?.take(line, isLast: false, into: &build) ?? .refused {
    case .taken: return
    case .incomplete: pending = line
    case .refused:
      // A row that is this tool's and broken is no other tool's.
      if build.table.problems.counts[.rowUnreadable] == known {
        takeElsewhere(line)
      } else {
        refuse(line: line.number)
      }
    }
  }

  private mutating func take(command: String, _ isRoot: Bool?) {
    settlePending()
    section?.finish(into: &build)
    section = nil
    build.label = command
    if let isRoot { build.table.isPrivileged = isRoot }
    if !command.isEmpty, build.table.commands.count < 64 { build.table.commands.append(command) }
  }

  private mutating func open(_ line: HostLine) -> Bool {
    guard line.mayOpen else { return false }
    for format in SocketTables.formats {
      guard let opened = format.opens(line, &build) else { continue }
      settlePending()
      section?.finish(into: &build)
      section = opened
      return true
    }
    return false
  }

  private mutating func takeElsewhere(_ line: HostLine) {
    guard line.text.utf8.count > 4 else {
      if !TableTitle.isRule(line) { refuse(line: line.number) }
      return
    }
    for format in SocketTables.formats {
      guard var other = format.rows(line) else { continue }
      let answer = other.take(line, isLast: false, into: &build)
      if answer == .refused { continue }
      section?.finish(into: &build)
      section = other
      if answer == .incomplete { pending = line }
      return
    }
    if line.has("/proc/") {
      build.label = line.trimmed
    } else if let time = CaptureTime.read(line) {
      if build.table.captured == nil { build.table.captured = time }
    } else if !LinuxNetstatSection.takeNotice(line, &build), !TableTitle.matches(line) {
      refuse(line: line.number)
    }
  }

  /// A row whose end a mail programme has put on the next line, with or without a blank between.
  private mutating func complete(with line: HostLine) -> Bool {
    guard let first = pending, section?.beginsRow(line) == false else { return false }
    for middle in [" ", ""] {
      let joined = HostLine(number: first.number, text: first.text + middle + line.trimmed)
      guard joined.text.utf8.count <= HostTextFeed.lineLimit else { return false }
      if section?.take(joined, isLast: false, into: &build) == .taken {
        pending = nil
        return true
      }
    }
    return false
  }

  private mutating func settlePending() {
    guard let line = pending else { return }
    pending = nil
    if section?.take(line, isLast: true, into: &build) != .taken { refuse(line: line.number) }
    build.table.problems.note(.rowCut, line: line.number)
  }

  private mutating func refuse(line: Int) {
    build.table.unrecognisedLines += 1
    if build.table.firstUnrecognised.count < 5 { build.table.firstUnrecognised.append(line) }
  }

  private mutating func takeEvent(_ line: HostLine) -> Bool {
    if event == nil, line.has("<Event") { event = EventGatherer(line: line.number) }
    guard event != nil else { return false }
    let records = event?.take(line.text) ?? []
    for record in records where !RecordTool.add(record, line: line.number, to: &build) {
      refuse(line: line.number)
    }
    if event?.isInside != true { event = nil }
    return true
  }
}

/// The lines tools put above their headings.
enum TableTitle {
  static func matches(_ line: HostLine) -> Bool {
    if isRule(line) { return true }
    guard line.text.utf8.count <= 400 else { return false }
    let folded = SocketState.fold(line.text)
    return titles.contains { folded.hasPrefix($0) } || line.text.contains("アクティブな接続")
  }

  /// A line of signs only, or a bracket of JSON.
  static func isRule(_ line: HostLine) -> Bool {
    line.trimmed.utf8.allSatisfy { marks.contains($0) }
  }

  private static let marks = Array("-=+*[]".utf8)
  private static let titles = [
    "activeconnections", "activeinternetconnections", "activeunixdomainsockets",
    "activemultipath", "activekernel", "activelocal", "registeredkernel", "aktiveverbindungen",
    "aktiveinternetverbindungen", "connexionsactives", "connexionsinternetactives",
    "conexionesactivas", "conexionesactivasdeinternet", "conexesativas", "ligaesativas",
    "connessioniattive", "microsoftwindows", "cmicrosoftcorp", "conexesinternetativas", "fportv",
    "copyright", "httpwwwfoundstone",
    "sysinternalswww", "fportprocesstoportmapper", "securingthedotcomworld",
  ]
}
