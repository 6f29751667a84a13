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
      end: data + size)
    if record.recordClass == 1, record.type == 1, size == 4 {
      record.address = Address(ipv4: bytes.u32(data))
    } else if record.recordClass == 1, record.type == 28, size == 16 {
      record.address = Address(high: bytes.u64(data), low: bytes.u64(data + 8))
    }
    return record
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
