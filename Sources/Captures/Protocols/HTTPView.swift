import Observations

/// The beginning of an HTTP/1 message (RFC 9112). If the initialiser returned, no accessor can fail.
public struct HTTPView: ~Escapable {
  let bytes: RawSpan
  /// Of a request: where method and target end. 0 of a response.
  let requestEnd: Int
  /// Where the headers begin; nil where the first line is not whole.
  let headers: Int?
  /// The status of a response; 0 of a request.
  public let status: UInt16

  /// Checks the first line. That of a request may go on in the next segment where it begins with a path;
  /// `isUDP` lets `M-SEARCH` and `NOTIFY` pass, too.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, isUDP: Bool = false) throws(ContentMismatch) {
    self.bytes = bytes
    if bytes.byteCount >= 4, bytes.u32(0) == 0x4854_5450, bytes.has("HTTP/1.") {
      guard bytes.byteCount >= 13, bytes.u8(8) == 0x20, bytes.u8(7) == 0x30 || bytes.u8(7) == 0x31
      else { throw ContentMismatch() }
      var code: UInt16 = 0
      for at in 9..<12 {
        guard (0x30...0x39).contains(bytes.u8(at)) else { throw ContentMismatch() }
        code = code * 10 + UInt16(bytes.u8(at) - 0x30)
      }
      guard bytes.u8(12) == 0x20 || bytes.u8(12) == 13, (100...599).contains(code) else {
        throw ContentMismatch()
      }
      (status, requestEnd) = (code, 0)
      headers = bytes.place(of: 10, from: 0, limit: 512).map { $0 + 1 }
      return
    }
    status = 0
    let method = HTTPView.methodLength(bytes, isUDP: isUDP)
    guard method > 0, bytes.byteCount > method + 1 else { throw ContentMismatch() }
    let first = bytes.u8(method + 1)
    guard first > 0x20, first < 0x7f else { throw ContentMismatch() }
    let end = bytes.place(of: 10, from: 0, limit: 8_192)
    headers = end.map { $0 + 1 }
    let lineEnd = end.map { $0 > 0 && bytes.u8($0 - 1) == 13 ? $0 - 1 : $0 }
    guard let lineEnd else {
      // A line as long as all that is there.
      guard first == 0x2f, bytes.byteCount >= 16, bytes.isPrintable(0..<bytes.byteCount) else {
        throw ContentMismatch()
      }
      requestEnd = bytes.byteCount
      return
    }
    guard lineEnd >= method + 11, bytes.has(" HTTP/1.", at: lineEnd - 9),
      bytes.isPrintable(0..<lineEnd)
    else { throw ContentMismatch() }
    requestEnd = lineEnd - 9
  }

  private static func methodLength(_ bytes: RawSpan, isUDP: Bool) -> Int {
    guard bytes.byteCount >= 10 else { return 0 }
    if isUDP { return bytes.has("M-SEARCH ") ? 8 : bytes.has("NOTIFY ") ? 6 : 0 }
    switch bytes.u32(0) {
    case 0x4745_5420, 0x5055_5420: return 3  // GET PUT
    case 0x504f_5354, 0x4845_4144: return bytes.u8(4) == 0x20 ? 4 : 0  // POST HEAD
    case 0x5452_4143: return bytes.has("TRACE ") ? 5 : 0
    case 0x4445_4c45: return bytes.has("DELETE ") ? 6 : 0
    case 0x4f50_5449: return bytes.has("OPTIONS ") ? 7 : 0
    case 0x434f_4e4e: return bytes.has("CONNECT ") ? 7 : 0
    case 0x5052_4f50: return bytes.has("PROPFIND ") ? 8 : 0
    default: return 0
    }
  }

  /// Whether it is a request.
  public var isRequest: Bool { status == 0 }
  /// Method and target of a request.
  public var request: RawSpan {
    @_lifetime(copy self) get { bytes.extracting(0..<requestEnd) }
  }
  /// The value of a header, by its name in lower case; nil where it is not there.
  func header(_ name: StaticString) -> Range<Int>? {
    headers.flatMap { bytes.header(name, from: $0) }
  }

  static func read(
    _ payload: RawSpan, _ extent: Extent, _ ports: Ports, _ teller: inout ContentTeller
  ) -> Content? {
    guard let view = try? HTTPView(payload) else { return nil }
    guard view.isRequest else { return Content(hint: .httpResponse, detail: UInt32(view.status)) }
    let server = teller.destination
    teller.tell(.httpRequest, of: server, view.request)
    if let host = view.header("host") {
      teller.tell(.httpHost, of: server, payload.extracting(host))
    }
    if let agent = view.header("user-agent") {
      teller.tell(.userAgent, of: teller.source, payload.extracting(agent))
    }
    return Content(hint: .httpRequest)
  }
}
