import Observations

/// A message of SMB 1, 2 or 3 behind its length (RFC 1002, 4.3.6; MS-CIFS 2.2.3, MS-SMB2 2.2.1). If the initialiser
/// returned, no accessor can fail.
public struct SMBView: ~Escapable {
  let bytes: RawSpan
  /// Whether it is SMB 1.
  public let isFirst: Bool

  /// Checks the length against the header, the protocol's sign and what the header cannot be otherwise.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(ContentMismatch) {
    guard bytes.byteCount >= 36, bytes.u8(0) == 0 else { throw ContentMismatch() }
    let length = Int(bytes.u32(0))
    switch bytes.u32(4) {
    case 0xff53_4d42:
      guard length >= 35, length <= 0x1_ffff else { throw ContentMismatch() }
      isFirst = true
    case 0xfe53_4d42:
      guard length >= 64, bytes.byteCount >= 68, bytes.littleU16(8) == 64 else {
        throw ContentMismatch()
      }
      isFirst = false
    default: throw ContentMismatch()
    }
    self.bytes = bytes
  }

  /// The command.
  public var command: UInt16 { isFirst ? UInt16(bytes.u8(8)) : bytes.littleU16(16) }
  /// Whether it is a response.
  public var isResponse: Bool { isFirst ? bytes.u8(13) & 0x80 != 0 : bytes.u8(20) & 1 != 0 }
  /// Whether SMB 1's texts are in UTF-16.
  var isUnicode: Bool { bytes.littleU16(14) & 0x8000 != 0 }
  /// Whether it opens something: negotiation, session, share. The others come by the thousand and say nothing
  /// new.
  public var isOpening: Bool {
    guard isFirst else { return command <= 1 || command == 3 }
    return command == 0x72 || command == 0x73 || command == 0x75 || command == 0x70
  }

  static func read(
    _ payload: RawSpan, _ extent: Extent, _ ports: Ports, _ teller: inout ContentTeller
  ) -> Content? {
    guard let view = try? SMBView(payload), view.isOpening else { return nil }
    if !view.isResponse { view.isFirst ? view.tellFirst(&teller) : view.tellSecond(&teller) }
    return Content(
      hint: view.isFirst ? .smb1 : .smb2,
      detail: UInt32(view.command) | (view.isResponse ? 0x100 : 0))
  }

  /// The dialects offered, or the shares asked for along a chain of commands.
  private func tellFirst(_ teller: inout ContentTeller) {
    var command = bytes.u8(8)
    var at = 36
    for _ in 0..<8 {
      guard bytes.byteCount > at else { return }
      let words = Int(bytes.u8(at))
      let data = at + 1 + 2 * words
      guard bytes.byteCount - data >= 2 else { return }
      let end = min(bytes.byteCount, data + 2 + Int(bytes.littleU16(data)))
      switch command {
      case 0x72:
        // Of a list that was cut the last is not known.
        if end == data + 2 + Int(bytes.littleU16(data)) { tellDialect(data + 2..<end, &teller) }
        return
      case 0x75 where words >= 4:
        share(data + 2 + Int(bytes.littleU16(at + 7)), end, isUnicode, &teller)
      case 0x70:
        // Old clients: path, password and service, each behind a byte 4, in the code page.
        if end > data + 2, bytes.u8(data + 2) == 4 { share(data + 3, end, false, &teller) }
        return
      case 0x73: break
      default: return
      }
      guard words >= 2, bytes.u8(at + 1) != 0xff else { return }
      command = bytes.u8(at + 1)
      let next = 4 + Int(bytes.littleU16(at + 3))
      guard next > at else { return }
      at = next
    }
  }

  private func tellDialect(_ range: Range<Int>, _ teller: inout ContentTeller) {
    var at = range.lowerBound
    var last: Range<Int>?
    for _ in 0..<32 {
      guard at < range.upperBound, bytes.u8(at) == 2,
        let end = bytes.place(of: 0, from: at + 1, limit: 64), end <= range.upperBound
      else { break }
      last = at + 1..<end
      at = end + 1
    }
    if let last { teller.tell(.dialect, of: teller.source, bytes.extracting(last)) }
  }

  /// A share's path up to its zero; UTF-16 is brought to bytes, what does not fit becoming `?`.
  private func share(_ start: Int, _ limit: Int, _ isWide: Bool, _ teller: inout ContentTeller) {
    let step = isWide ? 2 : 1
    // Wide text lies at an even distance from the header's beginning.
    var at = isWide && (start - 4) & 1 != 0 ? start + 1 : start
    var text = InlineArray<128, UInt8>(repeating: 0)
    var length = 0
    while at >= 0, at + step <= limit, length < 128 {
      let unit = isWide ? bytes.littleU16(at) : UInt16(bytes.u8(at))
      if unit == 0 { break }
      text[length] = unit < 0x100 ? UInt8(unit) : 0x3f
      length += 1
      at += step
    }
    guard length > 0 else { return }
    unsafe teller.tell(.share, of: teller.destination, text.span.bytes.extracting(0..<length))
  }

  private func tellSecond(_ teller: inout ContentTeller) {
    // A tree connect names its path by offset and length, from the header's beginning.
    guard command == 3, bytes.byteCount >= 76, bytes.littleU16(68) == 9 else { return }
    let start = 4 + Int(bytes.littleU16(72))
    let length = Int(bytes.littleU16(74))
    guard start >= 76, start <= bytes.byteCount else { return }
    share(start, min(bytes.byteCount, start + length), true, &teller)
  }
}
