import Observations

/// The first line of a SIP message (RFC 3261). If the initialiser returned, no accessor can fail.
public struct SIPView: ~Escapable {
  /// The status of an answer; 0 of a request.
  public let status: UInt16

  /// Checks the first line.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(ContentMismatch) {
    guard let end = bytes.place(of: 10, from: 0, limit: 1_024), end >= 12,
      bytes.u8(end - 1) == 13, bytes.isPrintable(0..<end - 1)
    else { throw ContentMismatch() }
    if bytes.has("SIP/2.0 ") {
      var code: UInt16 = 0
      for at in 8..<11 {
        guard (0x30...0x39).contains(bytes.u8(at)) else { throw ContentMismatch() }
        code = code * 10 + UInt16(bytes.u8(at) - 0x30)
      }
      status = code
      return
    }
    status = 0
    guard end >= 16, bytes.has(" SIP/2.0", at: end - 9),
      let space = bytes.place(of: 0x20, from: 0, limit: 12),
      bytes.hasFolded("sip:", at: space + 1) || bytes.hasFolded("sips:", at: space + 1)
        || bytes.hasFolded("tel:", at: space + 1)
    else { throw ContentMismatch() }
  }

  static func read(
    _ payload: RawSpan, _ extent: Extent, _ ports: Ports, _ teller: inout ContentTeller
  ) -> Content? {
    guard let view = try? SIPView(payload) else { return nil }
    return Content(hint: .sip, detail: UInt32(view.status))
  }
}
