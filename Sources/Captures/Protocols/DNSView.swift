public import Observations

/// Steps through the labels of a DNS name (RFC 1035, 4.1.4). Each pointer must go back before where
/// the present run of labels began, so that no name loops.
struct NameCursor {
  private(set) var position: Int
  /// Where the record goes on behind the name; known once the name ended or first jumped.
  private(set) var end: Int?
  private(set) var isMalformed = false
  /// The bytes ran out; with a cut capture that is nobody's fault.
  private(set) var isCut = false
  private var runStart: Int
  private var length = 0

  init(at offset: Int) {
    position = offset
    runStart = offset
  }

  /// The next label's bytes, nil at the end of the name or where it is malformed or cut.
  mutating func next(in bytes: RawSpan) -> Range<Int>? {
    while true {
      guard position < bytes.byteCount else {
        isCut = true
        return nil
      }
      let size = Int(bytes.u8(position))
      if size == 0 {
        if end == nil { end = position + 1 }
        return nil
      }
      if size < 64 {
        guard bytes.byteCount - position > size else {
          isCut = true
          return nil
        }
        length += size + 1
        guard length < 255 else { break }
        defer { position += size + 1 }
        return position + 1..<position + 1 + size
      }
      guard size >= 0xc0 else { break }
      guard bytes.byteCount - position >= 2 else {
        isCut = true
        return nil
      }
      if end == nil { end = position + 2 }
      let target = Int(bytes.u16(position) & 0x3fff)
      guard target >= 12, target < runStart else { break }
      position = target
      runStart = target
    }
    isMalformed = true
    return nil
  }
}

/// A DNS message (RFC 1035). If the initialiser returned, no accessor can fail.
public struct DNSView: ~Escapable {
  /// The message header.
  public static let minimumLength = 12
  let bytes: RawSpan

  /// Checks that the header is there.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, within extent: Extent) throws(LengthError) {
    try LengthError.check(.dns, needed: 12, bytes: bytes, extent: extent)
    self.bytes = bytes
  }

  /// The transaction id.
  public var id: UInt16 { bytes.u16(0) }
  /// Whether it is a response.
  public var isResponse: Bool { bytes.u8(2) & 0x80 != 0 }
  /// 0 is a query.
  public var operation: UInt8 { bytes.u8(2) >> 3 & 15 }
  /// The response code: 0 none wrong, 2 server failure, 3 no such name, 5 refused.
  public var responseCode: UInt8 { bytes.u8(3) & 15 }
  /// Questions claimed.
  public var questionCount: Int { Int(bytes.u16(4)) }
  /// Answers claimed.
  public var answerCount: Int { Int(bytes.u16(6)) }
  /// Records claimed in all three parts behind the questions.
  public var recordCount: Int { answerCount + Int(bytes.u16(8)) + Int(bytes.u16(10)) }

  /// A question or the head of an answer.
  public struct Record: Hashable, Sendable {
    /// The record type: 1 A, 12 PTR, 28 AAAA.
    public var type: UInt16
    /// 1 is the internet.
    public var recordClass: UInt16
    /// The address that the name of a PTR question under `in-addr.arpa` or `ip6.arpa` stands for.
    public var reverse: Address?
    /// The address that the answer holds.
    public var address: Address?
    /// Where the next record begins.
    public var end: Int
    /// Bytes of the answer's data, which end there.
    public var size = 0
  }

  /// Why a record could not be read.
  public enum Failure: Error, Hashable, Sendable {
    /// The name is too long, loops or has impossible labels.
    case nameMalformed
    /// The message ends inside the record.
    case cut
  }

  /// Reads the question at `offset` (the first one is at 12).
  public func question(at offset: Int) throws(Failure) -> Record {
    let end = try nameEnd(at: offset)
    guard bytes.byteCount - end >= 4 else { throw .cut }
    let type = bytes.u16(end)
    // Only who asks for a name (PTR) asks about an address; the others' names need not be taken apart.
    return Record(
      type: type, recordClass: bytes.u16(end + 2), reverse: type == 12 ? reverse(at: offset) : nil,
      address: nil, end: end + 4)
  }

  /// Reads the answer at `offset`.
  public func answer(at offset: Int) throws(Failure) -> Record {
    let end = try nameEnd(at: offset)
    guard bytes.byteCount - end >= 10 else { throw .cut }
    let size = Int(bytes.u16(end + 8))
    let data = end + 10
    guard bytes.byteCount - data >= size else { throw .cut }
    var record = Record(
      type: bytes.u16(end), recordClass: bytes.u16(end + 2), reverse: nil, address: nil,
      end: data + size, size: size)
    if record.recordClass == 1, record.type == 1, size == 4 {
      record.address = Address(ipv4: bytes.u32(data))
    } else if record.recordClass == 1, record.type == 28, size == 16 {
      record.address = Address(high: bytes.u64(data), low: bytes.u64(data + 8))
    }
    return record
  }

  /// The address in a record whose class has multicast DNS's upper bit; nil where it holds none.
  func flushed(_ record: Record) -> Address? {
    guard record.recordClass == 0x8001 else { return nil }
    let data = record.end - record.size
    if record.type == 1, record.size == 4 { return Address(ipv4: bytes.u32(data)) }
    guard record.type == 28, record.size == 16 else { return nil }
    return Address(high: bytes.u64(data), low: bytes.u64(data + 8))
  }

  /// The name at `offset` as it would stand without pointers, its last zero left out; nil where it is
  /// malformed.
  func wireName(at offset: Int) -> WireName? {
    var cursor = NameCursor(at: offset)
    var name = WireName()
    while let label = cursor.next(in: bytes) { name.append(bytes.extracting(label)) }
    return cursor.isMalformed || cursor.isCut ? nil : name
  }

  /// Whether this is DNS beyond doubt, so that no port need say so: one question for the internet, of a
  /// name of ordinary characters, and records that end where the datagram does.
  func isUnmistakable(within extent: Extent) -> Bool {
    guard bytes.byteCount == extent.claimed, operation == 0, bytes.u8(3) & 0x40 == 0,
      questionCount == 1, recordCount <= 64, isResponse || answerCount == 0 && responseCode == 0,
      bytes.byteCount > 12, bytes.u8(12) != 0, let question = try? question(at: 12),
      question.recordClass == 1,
      question.type != 0, question.type <= 65 || question.type >= 249 && question.type <= 257
    else { return false }
    var cursor = NameCursor(at: 12)
    while let label = cursor.next(in: bytes) {
      for at in label {
        switch bytes.u8(at) {
        case 45, 46, 48...57, 65...90, 95, 97...122: break
        default: return false
        }
      }
    }
    var at = question.end
    for _ in 0..<recordCount {
      guard let record = try? answer(at: at) else { return false }
      at = record.end
    }
    return at == bytes.byteCount
  }

  /// Walks the name at `offset` to where the record goes on.
  private func nameEnd(at offset: Int) throws(Failure) -> Int {
    var cursor = NameCursor(at: offset)
    while cursor.next(in: bytes) != nil {}
    if cursor.isMalformed { throw .nameMalformed }
    guard !cursor.isCut, let end = cursor.end else { throw .cut }
    return end
  }

  /// The address that the name at `offset`, walked before, stands for; nil where it is no reverse name.
  private func reverse(at offset: Int) -> Address? {
    var cursor = NameCursor(at: offset)
    var reader = ReverseName()
    while let label = cursor.next(in: bytes) { reader.take(bytes.extracting(label)) }
    return reader.address
  }
}

/// A name of the DNS in labels, without its last zero.
struct WireName {
  private var text = InlineArray<255, UInt8>(repeating: 0)
  private var length = 0

  /// Appends a label; a name is no longer than 255 bytes with its zero.
  mutating func append(_ label: RawSpan) {
    guard length + 1 + label.byteCount < 255 else { return }
    text[length] = UInt8(label.byteCount)
    for at in 0..<label.byteCount { text[length + 1 + at] = label.u8(at) }
    length += 1 + label.byteCount
  }

  /// Its bytes.
  var bytes: RawSpan {
    @_lifetime(borrow self) get { unsafe text.span.bytes.extracting(0..<length) }
  }
}

/// Gathers the address out of a reverse name's labels, least significant part first.
private struct ReverseName {
  private var labels = 0
  private var quad: UInt32 = 0
  private var isQuad = true
  private var nibbles: (high: UInt64, low: UInt64) = (0, 0)
  private var areNibbles = true
  private var zone = Zone.none
  private var isOver = false
  private enum Zone { case none, v4, v6, v4Done, v6Done }

  /// Takes the next label.
  mutating func take(_ label: RawSpan) {
    defer { labels += 1 }
    switch zone {
    case .none:
      if labels == 4, isQuad, ReverseName.equals(label, "in-addr") {
        zone = .v4
      } else if labels == 32, areNibbles, ReverseName.equals(label, "ip6") {
        zone = .v6
      } else {
        takeQuad(label)
        takeNibble(label)
      }
    case .v4: zone = ReverseName.equals(label, "arpa") ? .v4Done : .none
    case .v6: zone = ReverseName.equals(label, "arpa") ? .v6Done : .none
    case .v4Done, .v6Done: isOver = true
    }
  }

  private mutating func takeQuad(_ label: RawSpan) {
    guard isQuad, labels < 4, label.byteCount <= 3 else {
      isQuad = false
      return
    }
    var value: UInt32 = 0
    for i in 0..<label.byteCount {
      let byte = label.u8(i)
      guard byte >= 48, byte <= 57 else {
        isQuad = false
        return
      }
      value = value * 10 + UInt32(byte - 48)
    }
    isQuad = value < 256
    quad |= (value & 255) << UInt32(8 * labels)
  }

  private mutating func takeNibble(_ label: RawSpan) {
    guard areNibbles, labels < 32, label.byteCount == 1 else {
      areNibbles = false
      return
    }
    let byte = label.u8(0)
    let digit: UInt8
    switch byte {
    case 48...57: digit = byte - 48
    case 65...70: digit = byte - 55
    case 97...102: digit = byte - 87
    default:
      areNibbles = false
      return
    }
    if labels < 16 {
      nibbles.low |= UInt64(digit) << UInt64(4 * labels)
    } else {
      nibbles.high |= UInt64(digit) << UInt64(4 * (labels - 16))
    }
  }

  /// The address, once the whole name was taken.
  var address: Address? {
    guard !isOver else { return nil }
    switch zone {
    case .v4Done: return Address(ipv4: quad)
    case .v6Done: return Address(high: nibbles.high, low: nibbles.low)
    default: return nil
    }
  }

  private static func equals(_ label: RawSpan, _ text: StaticString) -> Bool {
    guard label.byteCount == text.utf8CodeUnitCount else { return false }
    var isSame = true
    text.withUTF8Buffer { buffer in
      for i in 0..<buffer.count where unsafe buffer[i] != label.u8(i) | 0x20 {
        // '-' and digits have bit 0x20 set already; letters fold to lower case.
        isSame = false
      }
    }
    return isSame
  }
}
