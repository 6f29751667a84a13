import Observations

/// A message of SSDP, which is HTTP's form in a datagram. If the initialiser returned, no accessor can fail.
public struct SSDPView: ~Escapable {
  let message: HTTPView
  /// 0 for a search, 1 for an announcement, 2 for an answer.
  public let kind: UInt8
  let target: Range<Int>

  /// Checks the first line, and that it says what is searched for or announced.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(ContentMismatch) {
    message = try HTTPView(bytes, isUDP: true)
    guard message.status == 200 || message.isRequest else { throw ContentMismatch() }
    if message.isRequest {
      guard message.bytes.u8(message.requestEnd - 1) == 0x2a else { throw ContentMismatch() }
      kind = bytes.u8(0) == 0x4d ? 0 : 1
    } else {
      kind = 2
    }
    guard let found = message.header("st") ?? message.header("nt") else { throw ContentMismatch() }
    target = found
  }

  static func read(
    _ payload: RawSpan, _ extent: Extent, _ ports: Ports, _ teller: inout ContentTeller
  ) -> Content? {
    guard let view = try? SSDPView(payload) else { return nil }
    teller.tell(.ssdpTarget, of: teller.source, payload.extracting(view.target))
    if let server = view.message.header("server") {
      teller.tell(.ssdpServer, of: teller.source, payload.extracting(server))
    }
    return Content(hint: .ssdp, detail: UInt32(view.kind))
  }
}
