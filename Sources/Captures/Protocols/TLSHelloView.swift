import Observations

/// A TLS record that begins with a client's or server's hello (RFC 8446, 4.1). If the initialiser returned, no
/// accessor can fail.
public struct TLSHelloView: ~Escapable {
  let bytes: RawSpan

  /// Checks record and handshake headers against each other, the version and the session id's length.
  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) throws(ContentMismatch) {
    guard bytes.byteCount >= 11, bytes.u16(0) == 0x1603, bytes.u8(2) <= 4 else {
      throw ContentMismatch()
    }
    let record = Int(bytes.u16(3))
    let type = bytes.u8(5)
    let hello = Int(bytes.u32(5) & 0xff_ffff)
    guard type == 1 || type == 2, bytes.u8(9) == 3, bytes.u8(10) <= 4,
      record <= 16_384, record >= 42, hello >= 38,
      // A hello in several records fills the first.
      hello + 4 <= record || record >= 512
    else { throw ContentMismatch() }
    if bytes.byteCount > 43 {
      guard bytes.u8(43) <= 32 else { throw ContentMismatch() }
    }
    self.bytes = bytes
  }

  /// 1 a client's, 2 a server's.
  public var kind: UInt8 { bytes.u8(5) }
  /// The version that the hello gives.
  public var version: UInt16 { bytes.u16(9) }

  /// Where a client's hello names the server, as far as it was captured; nil where it does not.
  public var serverName: Range<Int>? {
    guard kind == 1 else { return nil }
    let count = bytes.byteCount
    guard count > 43 else { return nil }
    var at = 44 + Int(bytes.u8(43))
    guard count - at >= 2 else { return nil }
    at += 2 + Int(bytes.u16(at))  // cipher suites
    guard count - at >= 1 else { return nil }
    at += 1 + Int(bytes.u8(at))  // compression methods
    guard count - at >= 2 else { return nil }
    let end = min(count, at + 2 + Int(bytes.u16(at)))
    at += 2
    for _ in 0..<64 {
      guard end - at >= 4 else { return nil }
      let length = Int(bytes.u16(at + 2))
      if bytes.u16(at) == 0 {
        // A list of one: its length, type host_name, the name's length.
        guard end - at >= 9, bytes.u8(at + 6) == 0 else { return nil }
        let name = at + 9..<at + 9 + Int(bytes.u16(at + 7))
        guard name.upperBound <= end, name.count + 5 <= length, !name.isEmpty,
          bytes.isPrintable(name)
        else { return nil }
        return name
      }
      at += 4 + length
    }
    return nil
  }

  static func read(
    _ payload: RawSpan, _ extent: Extent, _ ports: Ports, _ teller: inout ContentTeller
  ) -> Content? {
    guard let view = try? TLSHelloView(payload) else { return nil }
    if let name = view.serverName {
      teller.tell(.serverName, of: teller.destination, payload.extracting(name))
    }
    return Content(hint: .tls, detail: UInt32(view.kind) << 16 | UInt32(view.version))
  }
}
