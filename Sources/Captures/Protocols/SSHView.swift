import Observations

/// An SSH identification string (RFC 4253, 4.2). If the initialiser returned, no accessor can fail.
public struct SSHView: ~Escapable {
  let bytes: RawSpan
  let end: Int

  /// Checks protocol and version, and that the line is text.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(ContentMismatch) {
    guard bytes.byteCount >= 9, bytes.has("SSH-2.0-") || bytes.has("SSH-1.") else {
      throw ContentMismatch()
    }
    let line = bytes.place(of: 10, from: 0, limit: 256) ?? bytes.byteCount
    end = line > 0 && bytes.u8(line - 1) == 13 ? line - 1 : line
    guard end <= 255, bytes.isPrintable(0..<end), bytes.place(of: 0x2d, from: 5, limit: 5) != nil
    else { throw ContentMismatch() }
    self.bytes = bytes
  }

  static func read(
    _ payload: RawSpan, _ extent: Extent, _ ports: Ports, _ teller: inout ContentTeller
  ) -> Content? {
    guard let view = try? SSHView(payload) else { return nil }
    teller.tell(.banner, of: teller.source, payload.extracting(0..<view.end))
    return Content(hint: .ssh)
  }
}
