internal import Crypto
import Observations

/// A pool's secret that makes thresholds and delays of publication differ from subject to subject.
///
/// Whoever searches for the number of networks at which something is published does not know it for the
/// next subject. It keeps nothing else secret: losing it costs no more than the difference.
public struct PublicationKey: Sendable {
  private let secret: SymmetricKey

  /// The fewest bytes of a key.
  public static let fewestBytes = 16

  /// A key of random bytes that are kept secret; nil for fewer than 16.
  public init?(bytes: [UInt8]) {
    guard bytes.count >= PublicationKey.fewestBytes else { return nil }
    secret = HKDF<SHA256>.deriveKey(
      inputKeyMaterial: SymmetricKey(data: bytes), info: Array("culprit pool publication 1".utf8),
      outputByteCount: 32)
  }

  /// What a number is for: numbers for different purposes say nothing of each other.
  enum Purpose: UInt8 {
    case networks = 1
    case hours = 2
  }

  /// A number that only this key gives for a subject.
  func number(_ purpose: Purpose, of subject: TrendKey) -> UInt64 {
    var writer = WireWriter()
    writer.write(purpose.rawValue)
    subject.write(to: &writer)
    let code = HMAC<SHA256>.authenticationCode(for: writer.bytes, using: secret)
    return code.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
  }
}

extension TrendKey {
  /// Bytes that no other key has.
  fileprivate func write(to writer: inout WireWriter) {
    switch self {
    case .total: writer.write(UInt8(0))
    case .transport(let transport):
      writer.write(UInt8(1))
      writer.write(transport.rawValue)
    case .service(let service):
      writer.write(UInt8(2))
      writer.write(service.transport.rawValue)
      writer.write(service.port)
    case .article(let article):
      writer.write(UInt8(3))
      if let article { writer.write(Array(article.utf8)) }
    case .source(let address):
      writer.write(UInt8(4))
      writer.write(address)
    case .prefix(let prefix):
      writer.write(UInt8(5))
      writer.write(prefix.base)
      writer.write(UInt8(clamping: prefix.length))
    case .pattern(let digest):
      writer.write(UInt8(6))
      writer.write(digest)
    }
  }
}
