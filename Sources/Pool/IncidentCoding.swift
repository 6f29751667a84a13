public import Observations

extension IncidentEvent {
  /// As it stands in a journal.
  public var encoded: [UInt8] {
    var writer = WireWriter()
    switch self {
    case .reported(let reports, let networks, let last, let article):
      writer.write(UInt8(0))
      writer.write(small: reports)
      writer.write(small: networks)
      writer.write(last.nanoseconds)
      writer.write(short: article ?? "")
    case .acknowledged(let name): writer.write(event: 1, name)
    case .escalated(let name): writer.write(event: 2, name)
    case .closed(let name, let text): writer.write(event: 3, name, text)
    case .fellQuiet: writer.write(UInt8(4))
    case .reopened(let name, let text): writer.write(event: 5, name, text)
    case .commented(let name, let text): writer.write(event: 6, name, text)
    case .confirmed(let name, let article, let text):
      writer.write(event: 7, name, text)
      writer.write(short: article ?? "")
    }
    return writer.bytes
  }

  /// Reads what `encoded` wrote.
  ///
  /// - Parameter bytes: any bytes.
  /// - Throws: `BatchError` where they are something else.
  public init(encoded bytes: [UInt8]) throws(BatchError) {
    var reader = WireReader(bytes[...])
    self = try IncidentEvent(from: &reader)
    guard reader.left == 0 else { throw .trailing(bytes: reader.left) }
  }

  private init(from reader: inout WireReader) throws(BatchError) {
    switch try reader.number(UInt8.self) {
    case 0:
      let (reports, networks) = (try reader.small(), try reader.small())
      let last = Timestamp(nanoseconds: try reader.number())
      self = .reported(
        reports: reports, networks: networks, last: last, article: try reader.article())
    case 1: self = .acknowledged(by: try reader.text())
    case 2: self = .escalated(by: try reader.text())
    case 3: self = .closed(by: try reader.text(), because: try reader.text())
    case 4: self = .fellQuiet
    case 5: self = .reopened(by: try reader.text(), because: try reader.text())
    case 6: self = .commented(by: try reader.text(), text: try reader.text())
    case 7:
      let (name, text) = (try reader.text(), try reader.text())
      self = .confirmed(by: name, article: try reader.article(), because: text)
    default: throw .notCanonical(offset: 0)
    }
  }
}

extension WireWriter {
  fileprivate mutating func write(event code: UInt8, _ texts: String...) {
    write(code)
    for text in texts {
      let utf8 = Array(text.utf8)
      write(UInt16(clamping: utf8.count))
      write(Array(utf8.prefix(Int(UInt16.max))))
    }
  }
}

extension WireReader {
  fileprivate mutating func text() throws(BatchError) -> String {
    let start = offset
    let bytes = try raw(try count(most: Int(UInt16.max), each: 1))
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .notCanonical(offset: start)
    }
    return text
  }

  fileprivate mutating func article() throws(BatchError) -> String? {
    let text = try short(most: PoolLimits.articleBytes)
    return text.isEmpty ? nil : text
  }
}

extension Incident {
  /// Everything but the number and the subject, so that the journal need not be read each time.
  public var snapshot: [UInt8] {
    var writer = WireWriter()
    writer.write(UInt8(IncidentState.allCases.firstIndex(of: state) ?? 0))
    for time in [opened, lastReported, changed] { writer.write(time.nanoseconds) }
    for number in [
      reports, networks, UInt64(escalations), UInt64(reopenings), UInt64(revision),
    ] { writer.write(small: number) }
    writer.write(short: article ?? "")
    writer.write(UInt8((escalated == nil ? 0 : 1) | (cause == nil ? 0 : 2)))
    if let escalated { writer.write(escalated.nanoseconds) }
    if let cause {
      writer.write(short: cause.article ?? "")
      writer.write(short: cause.stated ?? "")
      writer.write(cause.at.nanoseconds)
    }
    return writer.bytes
  }

  /// Reads what `snapshot` wrote.
  ///
  /// - Parameters:
  ///   - id: the incident's number.
  ///   - subject: its source.
  ///   - bytes: any bytes.
  /// - Throws: `BatchError` where they are something else.
  public init(id: IncidentID, subject: Address, snapshot bytes: [UInt8]) throws(BatchError) {
    var reader = WireReader(bytes[...])
    let place = Int(try reader.number(UInt8.self))
    guard place < IncidentState.allCases.count else { throw .notCanonical(offset: 0) }
    let opened = Timestamp(nanoseconds: try reader.number())
    self.init(id: id, subject: subject, opened: opened)
    let times = (try reader.number(Int64.self), try reader.number(Int64.self))
    let (reports, networks) = (try reader.small(), try reader.small())
    let counts = (try reader.small(), try reader.small(), try reader.small())
    let article = try reader.article()
    let parts = try reader.number(UInt8.self)
    let escalated = parts & 1 == 0 ? nil : Timestamp(nanoseconds: try reader.number())
    var cause: Cause?
    if parts & 2 != 0 {
      cause = Cause(
        article: try reader.article(), stated: try reader.article(),
        at: Timestamp(nanoseconds: try reader.number()))
    }
    guard reader.left == 0 else { throw .trailing(bytes: reader.left) }
    restore(
      state: IncidentState.allCases[place], lastReported: Timestamp(nanoseconds: times.0),
      changed: Timestamp(nanoseconds: times.1), reports: reports, networks: networks)
    restore(
      article: article, escalated: escalated, cause: cause, escalations: Int(clamping: counts.0),
      reopenings: Int(clamping: counts.1), revision: Int(clamping: counts.2))
  }
}
