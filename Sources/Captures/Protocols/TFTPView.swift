import Observations

/// A TFTP request (RFC 1350). If the initialiser returned, no accessor can fail.
public struct TFTPView: ~Escapable {
  let bytes: RawSpan
  let file: Range<Int>

  /// Checks the operation, the file's name and the mode.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(ContentMismatch) {
    guard bytes.byteCount >= 9, bytes.u16(0) == 1 || bytes.u16(0) == 2,
      let end = bytes.place(of: 0, from: 2, limit: 256), end > 2, bytes.isPrintable(2..<end),
      let modeEnd = bytes.place(of: 0, from: end + 1, limit: 9)
    else { throw ContentMismatch() }
    let mode = bytes.extracting(end + 1..<modeEnd)
    guard
      mode.byteCount == 5 && mode.hasFolded("octet", at: 0)
        || mode.byteCount == 8 && mode.hasFolded("netascii", at: 0)
        || mode.byteCount == 4 && mode.hasFolded("mail", at: 0)
    else { throw ContentMismatch() }
    self.bytes = bytes
    file = 2..<end
  }

  /// 1 to read, 2 to write.
  public var operation: UInt16 { bytes.u16(0) }

  static func read(
    _ payload: RawSpan, _ extent: Extent, _ ports: Ports, _ teller: inout ContentTeller
  ) -> Content? {
    guard let view = try? TFTPView(payload) else { return nil }
    teller.tell(.fileName, of: teller.destination, payload.extracting(view.file))
    return Content(hint: .tftp, detail: UInt32(view.operation))
  }
}
